//! Whatever time is divided by, the parts add up: windows, days, dimensions, a query and its contrary, persons; hours to
//! the µs, money to the cent, events to the last one. `PROPTEST_CASES` sets how many cases each property is tried with.

use super::made::{BASE, Case, MINUTE, case};
use crate::sessions::{Build, Depth, Sessions, hours};
use crate::{ReportParams, by_name};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use workhours_base::table::{Cell, Row};
use workhours_base::vocabulary::{Bucket, Dimension, RoundMode, RoundPer, Rounding};
use workhours_query::{Expr, Field, Want, parse};
use workhours_store::Store;

/// The result of a question: µs and traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    us: i64,
    events: i64,
}

impl std::ops::Add for Sum {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { us: self.us + other.us, events: self.events + other.events }
    }
}

impl std::iter::Sum for Sum {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), std::ops::Add::add)
    }
}

/// By the sessions themselves.
fn worked(store: &mut Store, params: &ReportParams, depth: Depth) -> Sum {
    let mut sessions = Sessions::new(store, params, Build::new(params, depth)).unwrap();
    let mut sum = Sum::default();
    let mut end: BTreeMap<workhours_query::people::Who, i64> = BTreeMap::new();
    while let Some(session) = sessions.next_session() {
        for part in &session.parts {
            let end = end.entry(session.who.clone()).or_insert(i64::MIN);
            assert!(part.from >= *end && part.until >= part.from, "one person's time overlaps");
            assert!(part.until == part.from || params.zones.day_of(part.until - 1) == part.day);
            assert_eq!(params.zones.day_of(part.from), part.day);
            *end = part.until;
        }
        sum = sum + Sum { us: session.length(), events: session.events() as i64 };
    }
    sum
}

/// A report's rows by their first text or list: µs of `hours`, traces, and cents.
fn rows(store: &mut Store, name: &str, params: &ReportParams) -> Vec<(Option<String>, Sum, Option<i64>)> {
    let mut table = by_name(name).unwrap().run(store, params).unwrap();
    let at = |column: &str| table.columns.iter().position(|c| c.name == column);
    let (key, time, events, amount) = (at("key"), at("hours").unwrap(), at("events").unwrap(), at("amount"));
    let mut rows = Vec::new();
    while let Some(row) = table.rows.next_row().unwrap() {
        let Row::Data(cells) = row else { panic!("a separator") };
        let key = key.and_then(|at| match &cells[at] {
            Cell::Text(text) => Some(text.to_string()),
            _ => None,
        });
        let us = (cells[time].number().unwrap() * 3.6e9).round() as i64;
        let sum = Sum { us, events: cells[events].number().unwrap() as i64 };
        let cents = amount.and_then(|at| cells[at].number()).map(|amount| (amount * 100.0).round() as i64);
        rows.push((key, sum, cents));
    }
    rows
}

fn total(rows: &[(Option<String>, Sum, Option<i64>)]) -> (Sum, i64) {
    (rows.iter().map(|row| row.1).sum(), rows.iter().filter_map(|row| row.2).sum())
}

/// The windows that cuts make of all time.
fn windows(case: &Case, params: &ReportParams) -> Vec<ReportParams> {
    let mut edges: Vec<Option<i64>> = vec![None];
    edges.extend(case.cuts.iter().map(|minute| Some(BASE + minute * MINUTE + minute % 3 * 7_000_001)));
    edges.push(None);
    let window = |two: &[Option<i64>]| ReportParams { from_us: two[0], until_us: two[1], ..params.clone() };
    edges.windows(2).map(window).collect()
}

fn keep(query: Expr, params: &ReportParams) -> ReportParams {
    ReportParams { keep: Some(Arc::new(query)), ..params.clone() }
}

/// Queries that some traces match and others do not.
const QUERIES: [&str; 6] =
    ["tag:t", "host:laptop OR project:tides", "date:2026-03-29", "t", "duration>=60000", "user:ada -tag:t"];

fn asked(text: &str, params: &ReportParams) -> Expr {
    parse(text, 0, &params.zones).unwrap()
}

/// A number of a report's rows, summed up, and how many rows there are.
fn cells(store: &mut Store, name: &str, params: &ReportParams, column: &str) -> (f64, i64) {
    let mut table = by_name(name).unwrap().run(store, params).unwrap();
    let at = table.columns.iter().position(|c| c.name == column).unwrap();
    let (mut sum, mut n) = (0.0, 0);
    while let Some(Row::Data(cells)) = table.rows.next_row().unwrap() {
        sum += cells[at].number().unwrap();
        n += 1;
    }
    (sum, n)
}

/// Where the rows of a report begin and end.
fn intervals(store: &mut Store, name: &str, params: &ReportParams) -> Vec<(i64, i64)> {
    let mut table = by_name(name).unwrap().run(store, params).unwrap();
    let at = |column: &str| table.columns.iter().position(|c| c.name == column).unwrap();
    let (start, end) = (at("start"), at("end"));
    let mut found = Vec::new();
    while let Some(Row::Data(cells)) = table.rows.next_row().unwrap() {
        let (Cell::Time(start), Cell::Time(end)) = (&cells[start], &cells[end]) else { panic!("no times") };
        found.push((*start, *end));
    }
    found
}

fn length(intervals: &[(i64, i64)]) -> i64 {
    intervals.iter().map(|(from, until)| until - from).sum()
}

fn is(field: Field, value: &str) -> Expr {
    Expr::Term { field: Some(field), want: Want::Phrase(value.into()), span: None }
}

fn no(query: Expr) -> Expr {
    Expr::Not(Box::new(query))
}

proptest! {
    #[test]
    fn windows_add_up(case in case()) {
        let (mut store, params) = (case.store(), case.params());
        let all = worked(&mut store, &params, Depth::Times);
        prop_assert_eq!(worked(&mut store, &params, Depth::Each), all, "traces are the same as sums of them");
        let parts = windows(&case, &params);
        let by_window: Sum = parts.iter().map(|part| worked(&mut store, part, Depth::Times)).sum();
        prop_assert_eq!(by_window, all);
        for report in ["hours", "calendar"] {
            let of = |store: &mut Store, p: &ReportParams| total(&rows(store, report, p));
            let (whole, money) = of(&mut store, &params);
            prop_assert_eq!(whole, all, "{}", report);
            let parts: Vec<_> = parts.iter().map(|part| of(&mut store, part)).collect();
            prop_assert_eq!(parts.iter().map(|part| part.0).sum::<Sum>(), all, "{}", report);
            prop_assert_eq!(parts.iter().map(|part| part.1).sum::<i64>(), money, "{}", report);
        }
    }

    #[test]
    fn gaps_and_sessions_fill_time(case in case(), query in 0..=QUERIES.len()) {
        let (mut store, plain) = (case.store(), ReportParams { pad_min: 0.0, ..case.params() });
        let params = QUERIES.get(query).map_or(plain.clone(), |text| keep(asked(text, &plain), &plain));
        let all = intervals(&mut store, "gaps", &params);
        let parts = windows(&case, &params);
        let by_window: i64 = parts.iter().map(|part| length(&intervals(&mut store, "gaps", part))).sum();
        prop_assert_eq!(by_window, length(&all));
        // One person's time and gaps add up to the time from the first to the last trace.
        if case.people == 0 && case.corrections.is_empty() && params.keep.is_none() {
            let sessions = intervals(&mut store, "sessions", &params);
            let span = sessions.first().zip(sessions.last()).map_or(0, |(first, last)| last.1 - first.0);
            prop_assert_eq!(length(&sessions) + length(&all), span);
            for two in sessions.windows(2) {
                prop_assert!(two[1].0 - two[0].1 > (params.gaptime_min * 6e7) as i64, "no gap between two sessions");
            }
        }
    }

    #[test]
    fn sessions_add_up(case in case(), query in 0..=QUERIES.len()) {
        let (mut store, plain) = (case.store(), case.params());
        let params = QUERIES.get(query).map_or(plain.clone(), |text| keep(asked(text, &plain), &plain));
        let all = worked(&mut store, &params, Depth::Titles);
        let parts = windows(&case, &params);
        let counted = |store: &mut Store, params: &ReportParams| cells(store, "sessions", params, "events");
        prop_assert_eq!(counted(&mut store, &params).0, all.events as f64);
        prop_assert_eq!(parts.iter().map(|part| counted(&mut store, part).0).sum::<f64>(), all.events as f64);
        // Minutes are shown to the hundredth.
        let shown = |store: &mut Store, params: &ReportParams| cells(store, "sessions", params, "minutes");
        let by_window: Vec<_> = parts.iter().map(|part| shown(&mut store, part)).collect();
        for (minutes, rows) in [
            shown(&mut store, &params),
            by_window.iter().fold((0.0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1)),
        ] {
            prop_assert!((minutes - all.us as f64 / 6e7).abs() <= 0.005 * rows as f64 + 1e-6, "{minutes} {}", all.us);
        }
        // Nothing is left out or cut out of them, so they are as long as from their start to their end.
        if case.corrections.is_empty() && params.keep.is_none() {
            prop_assert_eq!(length(&intervals(&mut store, "sessions", &params)), all.us);
            let by_window: i64 = parts.iter().map(|part| length(&intervals(&mut store, "sessions", part))).sum();
            prop_assert_eq!(by_window, all.us);
        }
    }

    #[test]
    fn dimensions_and_queries_add_up(case in case(), by in 0..Dimension::ALL.len()) {
        let (mut store, plain) = (case.store(), case.params());
        let all = worked(&mut store, &plain, Depth::Times);
        let money = total(&rows(&mut store, "hours", &plain)).1;
        let by = Dimension::ALL[by];
        let params = ReportParams { by: Some(by), ..plain.clone() };
        let divided = rows(&mut store, "hours", &params);
        prop_assert_eq!(total(&divided), (all, money), "{:?}", by);
        let field = match by {
            Dimension::Source => Field::Source,
            Dimension::Kind => Field::Kind,
            Dimension::Host => Field::Host,
            Dimension::Project => Field::Project,
            Dimension::Label => Field::Label,
            Dimension::Person => Field::Person,
            Dimension::User if !plain.lookup.people.all_is_mine() => Field::Person,
            _ => return Ok(()),
        };
        // Added time has no machine and no source.
        let added = case.corrections.iter().any(|(kind, ..)| *kind == 0);
        if added && by != Dimension::Project {
            return Ok(());
        }
        let mut keys: BTreeMap<String, (Sum, i64)> = BTreeMap::new();
        for (key, sum, cents) in divided {
            let Some(key) = key else { continue };
            let of = keys.entry(key).or_default();
            *of = (of.0 + sum, of.1 + cents.unwrap_or(0));
        }
        for (key, sum) in keys {
            let kept = total(&rows(&mut store, "hours", &keep(is(field.clone(), &key), &plain)));
            prop_assert_eq!(kept, sum, "{:?} {}", by, key);
            let others = total(&rows(&mut store, "hours", &keep(no(is(field.clone(), &key)), &plain)));
            prop_assert_eq!((kept.0 + others.0, kept.1 + others.1), (all, money), "not {:?} {}", by, key);
        }
    }

    #[test]
    fn a_query_and_its_contrary_add_up(case in case(), query in 0..QUERIES.len()) {
        let (mut store, params) = (case.store(), case.params());
        let (text, query) = (QUERIES[query], asked(QUERIES[query], &params));
        for part in windows(&case, &params).into_iter().chain([params]) {
            for report in ["hours", "calendar"] {
                let all = total(&rows(&mut store, report, &part));
                let yes = total(&rows(&mut store, report, &keep(query.clone(), &part)));
                let not = total(&rows(&mut store, report, &keep(no(query.clone()), &part)));
                prop_assert_eq!((yes.0 + not.0, yes.1 + not.1), all, "{} {}", report, text);
            }
        }
    }

    #[test]
    fn persons_and_buckets_add_up(case in case()) {
        let (mut store, params) = (case.store(), case.params());
        let months = ReportParams { bucket: Some(Bucket::Month), ..params.clone() };
        prop_assert_eq!(total(&rows(&mut store, "hours", &months)), total(&rows(&mut store, "hours", &params)));
        if params.lookup.people.all_is_mine() {
            return Ok(());
        }
        let whose = |users: &[&str]| ReportParams { users: users.iter().map(|u| (*u).to_owned()).collect(), ..params.clone() };
        let team = total(&rows(&mut store, "hours", &whose(&["all"])));
        let each: Vec<_> = ["me", "bo", "cy", "ada"].iter().map(|user| total(&rows(&mut store, "hours", &whose(&[user])))).collect();
        // Ada is me, where I am known; Bo and Cy are strangers where they are not.
        let apart: Vec<_> = if params.lookup.people.me.is_unknown() { vec![each[0], each[1]] } else { each[..3].to_vec() };
        prop_assert_eq!(apart.iter().map(|sum| sum.0).sum::<Sum>(), team.0);
        prop_assert_eq!(apart.iter().map(|sum| sum.1).sum::<i64>(), team.1);
    }

    #[test]
    fn rounded_views_add_up(case in case(), step in 1u32..61, mode in 0usize..3, per in 0usize..4, by in 0..Dimension::ALL.len()) {
        let (mut store, plain) = (case.store(), case.params());
        let rounding = Some(Rounding { step_min: step, mode: RoundMode::ALL[mode], per: RoundPer::ALL[per] });
        let rounded = |store: &mut Store, params: &ReportParams| -> (i64, i64) {
            let mut table = by_name("hours").unwrap().run(store, params).unwrap();
            let at = |column: &str| table.columns.iter().position(|c| c.name == column).unwrap();
            let (rounded, amount) = (at("rounded"), at("amount"));
            let (mut us, mut cents) = (0, 0);
            while let Some(Row::Data(cells)) = table.rows.next_row().unwrap() {
                us += (cells[rounded].number().unwrap() * 3.6e9).round() as i64;
                cents += cells[amount].number().map_or(0, |amount| (amount * 100.0).round() as i64);
            }
            let said = table.rows.totals().into_iter().find(|(name, _)| name == "rounded").unwrap().1;
            assert!((said.parse::<f64>().unwrap() - hours(us)).abs() < 1e-4, "{said} {us}");
            (us, cents)
        };
        let params = ReportParams { rounding, ..plain.clone() };
        let whole = rounded(&mut store, &params);
        prop_assert_eq!(whole.0 % (i64::from(step) * MINUTE), 0, "whole steps");
        // With rates, money is the same in every view.
        if plain.terms.has_rates() {
            let divided = ReportParams { by: Some(Dimension::ALL[by]), ..params.clone() };
            prop_assert_eq!(rounded(&mut store, &divided), whole);
            let by_source = keep(is(Field::Source, "one"), &params);
            let others = keep(no(is(Field::Source, "one")), &params);
            let (a, b) = (rounded(&mut store, &by_source), rounded(&mut store, &others));
            prop_assert_eq!((a.0 + b.0, a.1 + b.1), whole);
        }
    }
}
