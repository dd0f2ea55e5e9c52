//! `/timeline`: a week, a lane for each day, or a day, a lane for each source: when there were events, and sessions of
//! work as bands over them. A lane is as long as its day: 23, 24 or 25 hours.

mod lanes;

use super::explore::instant;
use super::home::{Rows, number, rows, text, time, today};
use super::report::{Link, grouped};
use crate::answer::Answer;
use crate::event::local;
use crate::fresh::Clock;
use crate::links::only;
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::request::Request;
use crate::route::{Nav, Route};
use crate::site::Site;
use crate::template::Template;
use chrono::NaiveDate;
use lanes::{HOUR, Lane, MINUTE, bands, inside, lane, stretch};
use serde::Serialize;
use std::collections::BTreeMap;
use workhours_core::report::settings::{Parameter, ParameterKind};
use workhours_core::table::Cell;
use workhours_core::zones::{Zones, monday};

inventory::submit! { Template { name: "timeline", text: include_str!("timeline.hbs") } }

const DAY: Parameter =
    Parameter::new("day", "A day, with a lane for each source: 2026-03-10", ParameterKind::When);
const WEEK: Parameter =
    Parameter::new("week", "Any day of the week that is shown: 2026-03-10", ParameterKind::When);
/// Lanes of a day, at most: the sources with the most events.
const LANES: usize = 12;
/// Counts that are read of a week, at most: a row for each minute and source.
const COUNTS: u64 = 200_000;

/// The values of the template.
#[derive(Serialize)]
struct TimelinePage {
    title: String,
    #[serde(flatten)]
    links: Links,
    lanes: Vec<Lane>,
    sessions: Vec<Session>,
    total: String,
    zone: &'static str,
    nothing: bool,
    last: Option<Link>,
}

/// A session, in words.
#[derive(Serialize)]
struct Session {
    begin: String,
    end: String,
    length: String,
    events: u64,
    first: String,
    last: String,
    path: String,
}

async fn timeline(site: Site, asked: Request) -> Result<Answer, Problem> {
    let (asked, site) = (&asked, &site);
    let given = |name: &str| asked.query.one(name)?.map(|text| day(name, text)).transpose();
    let (one, week) = (given("day")?, given("week")?);
    let answer = || async move {
        let zones = site.config.zones(None, None)?;
        let page = match one {
            Some(day) => of_day(site, &zones, day).await?,
            None => of_week(site, &zones, monday(week.unwrap_or_else(|| today(site)))).await?,
        };
        Ok(Answer::page(site.templates.page(site, "timeline", "Timeline", asked.theme, page)?))
    };
    site.fresh(asked, Clock::Minute, answer).await
}

fn day(name: &str, text: &str) -> Result<NaiveDate, Problem> {
    let known =
        text.parse::<NaiveDate>().ok().filter(|day| (1970..2200).contains(&chrono::Datelike::year(day)));
    known.ok_or_else(|| {
        Problem::bad(format!("{name} takes a day, not {text:?}")).hint("write it as 2026-03-10")
    })
}

async fn of_week(site: &Site, zones: &Zones, first: NaiveDate) -> Result<TimelinePage, Problem> {
    let days: Vec<NaiveDate> = first.iter_days().take(7).collect();
    let found = Found::between(site, first, days[6]).await?;
    let bands = bands(&found.sessions, zones);
    let lanes = days.iter().map(|day| {
        let stretch = stretch(zones, *day, day.format("%a %-d %b").to_string(), at("day", *day));
        let counts = found.counts.iter().filter_map(|row| Some((time(row, "start")?, number(row, "count"))));
        let worked: f64 = inside(&bands, &stretch).map(|(a, b, _)| (b - a) as f64).sum();
        lane(&stretch, zones, counts, &bands, 15 * MINUTE, hours(worked))
    });
    let lanes = lanes.collect();
    let beside = |weeks: i64| at("week", first + chrono::TimeDelta::weeks(weeks));
    let links = Links { before: beside(-1), after: beside(1), up: None, now: "/timeline".to_owned() };
    let title = format!("{} – {}", first.format("%-d %B"), days[6].format("%-d %B %Y"));
    found.page(site, title, links, lanes).await
}

async fn of_day(site: &Site, zones: &Zones, day: NaiveDate) -> Result<TimelinePage, Problem> {
    let found = Found::between(site, day, day).await?;
    let bands = bands(&found.sessions, zones);
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for row in &found.counts {
        *sums.entry(text(row, "key")).or_default() += number(row, "count");
    }
    let mut sources: Vec<(String, f64)> = sums.into_iter().filter(|(name, _)| !name.is_empty()).collect();
    sources.sort_by(|(a, n), (b, m)| m.total_cmp(n).then(a.cmp(b)));
    let all = stretch(zones, day, "Sessions".to_owned(), within(day));
    let worked: f64 = inside(&bands, &all).map(|(a, b, _)| (b - a) as f64).sum();
    let mut lanes = vec![lane(&all, zones, std::iter::empty(), &bands, 5 * MINUTE, hours(worked))];
    for (source, sum) in sources.into_iter().take(LANES) {
        let of_source = found.counts.iter().filter(|row| text(row, "key") == source);
        let counts = of_source.filter_map(|row| Some((time(row, "start")?, number(row, "count"))));
        let kept = QueryString::default().with("from", day).with("to", day);
        let stretch = stretch(zones, day, source.clone(), only(&kept, "source", &source));
        lanes.push(lane(&stretch, zones, counts, &[], 5 * MINUTE, grouped(sum as u64)));
    }
    let beside = |days: i64| at("day", day + chrono::TimeDelta::days(days));
    let links = Links {
        before: beside(-1),
        after: beside(1),
        up: Some(at("week", day)),
        now: at("day", today(site)),
    };
    found.page(site, day.format("%A, %-d %B %Y").to_string(), links, lanes).await
}

/// The links of a page to other pages.
#[derive(Serialize)]
struct Links {
    before: String,
    after: String,
    /// The day's week.
    up: Option<String>,
    now: String,
}

/// The events and sessions of a week or a day.
struct Found {
    sessions: Rows,
    /// Events by minute and source.
    counts: Rows,
}

impl Found {
    async fn between(site: &Site, from: NaiveDate, to: NaiveDate) -> Result<Self, Problem> {
        let (sessions, counts) = tokio::try_join!(sessions(site, from, to), counts(site, from, to))?;
        Ok(Self { sessions, counts })
    }

    async fn page(
        self,
        site: &Site,
        title: String,
        links: Links,
        lanes: Vec<Lane>,
    ) -> Result<TimelinePage, Problem> {
        let nothing = self.counts.is_empty();
        Ok(TimelinePage {
            title,
            links,
            lanes,
            sessions: listed(site, &self.sessions),
            total: total(&self.sessions),
            zone: site.config.timezone.name(),
            nothing,
            last: if nothing { last_day(site).await? } else { None },
        })
    }
}

fn at(name: &str, day: NaiveDate) -> String {
    QueryString::default().with(name, day).at("/timeline")
}

/// The events of a day.
fn within(day: NaiveDate) -> String {
    QueryString::default().with("from", day).with("to", day).at("/events")
}

async fn sessions(site: &Site, from: NaiveDate, to: NaiveDate) -> Result<Rows, Problem> {
    let query = QueryString::default().with("from", from).with("to", to).at("");
    rows(site, "sessions", query.trim_start_matches('?'), 2_000).await
}

async fn counts(site: &Site, from: NaiveDate, to: NaiveDate) -> Result<Rows, Problem> {
    let query = QueryString::default()
        .with("from", from)
        .with("to", to)
        .with("by", "source")
        .with("bucket", "minute");
    let mut rows = rows(site, "histogram", query.at("").trim_start_matches('?'), COUNTS).await?;
    // Periods without events are included, so that they are visible.
    rows.retain(|row| number(row, "count") > 0.0);
    Ok(rows)
}

/// The last day with events, if there are none to show.
async fn last_day(site: &Site) -> Result<Option<Link>, Problem> {
    let days = rows(site, "histogram", "bucket=day&sort=-period&limit=1", 1).await?;
    let day = days.first().and_then(|row| text(row, "period").parse::<NaiveDate>().ok());
    Ok(day.map(|day| Link { label: day.format("%-d %B %Y").to_string(), path: at("week", day), here: false }))
}

fn listed(site: &Site, sessions: &Rows) -> Vec<Session> {
    let zone = site.config.timezone;
    let session = |row: &BTreeMap<&'static str, Cell>| {
        let (begin, end) = (time(row, "start")?, time(row, "end")?);
        let path = QueryString::default()
            .with("from", instant(begin, zone))
            .with("to", instant(end, zone))
            .at("/events");
        Some(Session {
            begin: local(begin, zone),
            end: local(end, zone).get(11..16).unwrap_or_default().to_owned(),
            length: hours((end - begin) as f64),
            events: number(row, "events") as u64,
            first: text(row, "first"),
            last: text(row, "last"),
            path,
        })
    };
    sessions.iter().filter_map(session).collect()
}

fn total(sessions: &Rows) -> String {
    let length = |row: &BTreeMap<&'static str, Cell>| Some((time(row, "end")? - time(row, "start")?) as f64);
    hours(sessions.iter().filter_map(length).sum())
}

/// Microseconds as hours and minutes.
fn hours(us: f64) -> String {
    super::home::clock(us / HOUR as f64)
}

inventory::submit! { Route {
    params: |_| vec![DAY, WEEK],
    nav: Some(Nav { order: 15, label: "Timeline" }),
    ..Route::page("/timeline", "A week or a day as lanes of events and sessions", |site, asked| {
        Box::pin(timeline(site, asked))
    })
} }
