//! `/timeline`: a week, a lane for each day, or a day, a lane for each source: when there were events, and sessions of
//! work as bands over them. A lane is as long as its day: 23, 24 or 25 hours.

use super::home::{Rows, number, rows, text, time, today};
use super::only;
use super::report::Link;
use crate::answer::Answer;
use crate::asked::Asked;
use crate::event::local;
use crate::fresh::Clock;
use crate::problem::Problem;
use crate::query::Query;
use crate::route::{Nav, Route};
use crate::site::Site;
use crate::template::Template;
use chrono::{Days, NaiveDate, Timelike};
use serde::Serialize;
use std::collections::BTreeMap;
use workhours_core::index::{Edges, Step};
use workhours_core::report::settings::{Parameter, ParameterKind};
use workhours_core::table::Cell;
use workhours_core::zones::{Zones, monday};

inventory::submit! { Template { name: "timeline", text: include_str!("timeline.hbs") } }

const DAY: Parameter =
    Parameter::new("day", "A day, with a lane for each source: 2026-03-10", ParameterKind::When);
const WEEK: Parameter =
    Parameter::new("week", "Any day of the week that is shown: 2026-03-10", ParameterKind::When);
/// The width of a lane, in its own units.
const WIDTH: f64 = 1000.0;
const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;
/// Lanes of a day, at most: the sources with the most events.
const LANES: usize = 12;
/// Counts that are read of a week, at most: a row for each minute and source.
const COUNTS: u64 = 200_000;

/// What the template shows.
#[derive(Serialize)]
struct Page {
    title: String,
    before: String,
    after: String,
    /// The day's week.
    up: Option<String>,
    now: String,
    lanes: Vec<Lane>,
    sessions: Vec<Session>,
    total: String,
    zone: &'static str,
    nothing: bool,
    last: Option<Link>,
}

/// A line of time.
#[derive(Serialize)]
struct Lane {
    label: String,
    path: String,
    sum: String,
    marks: Vec<Mark>,
    counts: Vec<Bar>,
    bands: Vec<Band>,
}

/// A full hour.
#[derive(Serialize)]
struct Mark {
    x: String,
    label: String,
    /// Where its name stands, percent of the width: drawings stretch, letters do not.
    place: String,
}

/// How many events there were.
#[derive(Serialize)]
struct Bar {
    x: String,
    width: String,
    y: String,
    height: String,
}

/// A session.
#[derive(Serialize)]
struct Band {
    x: String,
    width: String,
    title: String,
    path: String,
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

/// A stretch of time that is a lane.
struct Stretch {
    label: String,
    path: String,
    from: i64,
    until: i64,
}

async fn timeline(site: Site, asked: Asked) -> Result<Answer, Problem> {
    let (asked, site) = (&asked, &site);
    let given = |name: &str| asked.query.one(name)?.map(|text| day(name, text)).transpose();
    let (one, week) = (given("day")?, given("week")?);
    let answer = || async move {
        let zones = Zones::new(site.config.timezone, site.config.hours.travels.clone(), 0)?;
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
        Problem::bad(format!("{name} takes a day, and {text:?} is none")).hint("write it as 2026-03-10")
    })
}

async fn of_week(site: &Site, zones: &Zones, first: NaiveDate) -> Result<Page, Problem> {
    let days: Vec<NaiveDate> = first.iter_days().take(7).collect();
    let (sessions, counts) = tokio::try_join!(sessions(site, first, days[6]), counts(site, first, days[6]))?;
    let bands = bands(&sessions, zones);
    let lanes = days.iter().map(|day| {
        let stretch = stretch(zones, *day, day.format("%a %-d %b").to_string(), at("day", *day));
        let found = counts.iter().filter_map(|row| Some((time(row, "start")?, number(row, "count"))));
        let worked: f64 = inside(&bands, &stretch).map(|(a, b, _)| (b - a) as f64).sum();
        lane(&stretch, zones, found, &bands, 15 * MINUTE, hours(worked))
    });
    let lanes = lanes.collect();
    let shift = |weeks: i64| first.checked_add_signed(chrono::TimeDelta::weeks(weeks)).unwrap_or(first);
    let title = format!("{} – {}", first.format("%-d %B"), days[6].format("%-d %B %Y"));
    let nothing = counts.is_empty();
    let page = Page {
        title,
        before: at("week", shift(-1)),
        after: at("week", shift(1)),
        up: None,
        now: "/timeline".to_owned(),
        lanes,
        sessions: listed(site, &sessions),
        total: total(&sessions),
        zone: site.config.timezone.name(),
        nothing,
        last: if nothing { last_day(site).await? } else { None },
    };
    Ok(page)
}

async fn of_day(site: &Site, zones: &Zones, day: NaiveDate) -> Result<Page, Problem> {
    let (sessions, counts) = tokio::try_join!(sessions(site, day, day), counts(site, day, day))?;
    let bands = bands(&sessions, zones);
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for row in &counts {
        *sums.entry(text(row, "key")).or_default() += number(row, "count");
    }
    let mut sources: Vec<(String, f64)> = sums.into_iter().filter(|(name, _)| !name.is_empty()).collect();
    sources.sort_by(|(a, n), (b, m)| m.total_cmp(n).then(a.cmp(b)));
    let all = stretch(zones, day, "Sessions".to_owned(), within(day));
    let worked: f64 = inside(&bands, &all).map(|(a, b, _)| (b - a) as f64).sum();
    let mut lanes = vec![lane(&all, zones, std::iter::empty(), &bands, 5 * MINUTE, hours(worked))];
    for (source, sum) in sources.into_iter().take(LANES) {
        let found = counts.iter().filter(|row| text(row, "key") == source);
        let found = found.filter_map(|row| Some((time(row, "start")?, number(row, "count"))));
        let kept = Query::default().with("from", day).with("to", day);
        let stretch = stretch(zones, day, source.clone(), only(&kept, "source", &source));
        lanes.push(lane(&stretch, zones, found, &[], 5 * MINUTE, super::report::grouped(sum as u64)));
    }
    let beside = |days: i64| day.checked_add_signed(chrono::TimeDelta::days(days)).unwrap_or(day);
    let nothing = counts.is_empty();
    let page = Page {
        title: day.format("%A, %-d %B %Y").to_string(),
        before: at("day", beside(-1)),
        after: at("day", beside(1)),
        up: Some(at("week", day)),
        now: at("day", today(site)),
        lanes,
        sessions: listed(site, &sessions),
        total: total(&sessions),
        zone: site.config.timezone.name(),
        nothing,
        last: if nothing { last_day(site).await? } else { None },
    };
    Ok(page)
}

fn at(name: &str, day: NaiveDate) -> String {
    Query::default().with(name, day).at("/timeline")
}

/// The events of a day.
fn within(day: NaiveDate) -> String {
    Query::default().with("from", day).with("to", day).at("/events")
}

async fn sessions(site: &Site, from: NaiveDate, to: NaiveDate) -> Result<Rows, Problem> {
    let query = Query::default().with("from", from).with("to", to).at("");
    rows(site, "sessions", query.trim_start_matches('?'), 2_000).await
}

async fn counts(site: &Site, from: NaiveDate, to: NaiveDate) -> Result<Rows, Problem> {
    let query =
        Query::default().with("from", from).with("to", to).with("by", "source").with("bucket", "minute");
    let mut rows = rows(site, "histogram", query.at("").trim_start_matches('?'), COUNTS).await?;
    // Periods without events come along, to be seen as such.
    rows.retain(|row| number(row, "count") > 0.0);
    Ok(rows)
}

/// The last day with events, where there are none to show.
async fn last_day(site: &Site) -> Result<Option<Link>, Problem> {
    let days = rows(site, "histogram", "bucket=day&sort=-period&limit=1", 1).await?;
    let day = days.first().and_then(|row| text(row, "period").parse::<NaiveDate>().ok());
    Ok(day.map(|day| Link { label: day.format("%-d %B %Y").to_string(), path: at("week", day), here: false }))
}

fn stretch(zones: &Zones, day: NaiveDate, label: String, path: String) -> Stretch {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    Stretch { label, path, from: zones.start_of(day), until: zones.start_of(next) }
}

/// Begin, end and what to say of each session.
fn bands(sessions: &Rows, zones: &Zones) -> Vec<(i64, i64, String)> {
    let band = |row: &BTreeMap<&'static str, Cell>| {
        let (begin, end) = (time(row, "start")?, time(row, "end")?);
        let clock = |us: i64| zones.wall(us).format("%H:%M").to_string();
        let (length, events) = (hours((end - begin) as f64), number(row, "events"));
        Some((begin, end, format!("{}–{}, {length} h, {events} events", clock(begin), clock(end))))
    };
    sessions.iter().filter_map(band).collect()
}

/// The parts of them that are in a stretch.
fn inside<'b>(
    bands: &'b [(i64, i64, String)],
    stretch: &Stretch,
) -> impl Iterator<Item = (i64, i64, &'b String)> {
    let (from, until) = (stretch.from, stretch.until);
    bands.iter().map(move |(a, b, what)| ((*a).max(from), (*b).min(until), what)).filter(|(a, b, _)| a < b)
}

fn lane(
    stretch: &Stretch,
    zones: &Zones,
    found: impl Iterator<Item = (i64, f64)>,
    bands: &[(i64, i64, String)],
    slot: i64,
    sum: String,
) -> Lane {
    const HEIGHT: f64 = 30.0;
    let length = (stretch.until - stretch.from).max(1) as f64;
    let x = |us: i64| (us - stretch.from) as f64 / length * WIDTH;
    let mut slots: BTreeMap<i64, f64> = BTreeMap::new();
    for (us, n) in found.filter(|(us, _)| (stretch.from..stretch.until).contains(us)) {
        *slots.entry((us - stretch.from) / slot).or_default() += n;
    }
    let highest = slots.values().copied().fold(1.0, f64::max);
    // Many and few are both to be seen.
    let bar = |(at, n): (&i64, &f64)| {
        let height = (n.ln_1p() / highest.ln_1p() * HEIGHT).max(2.0);
        Bar {
            x: format!("{:.2}", x(stretch.from + at * slot)),
            width: format!("{:.2}", slot as f64 / length * WIDTH),
            y: format!("{:.2}", HEIGHT + 4.0 - height),
            height: format!("{height:.2}"),
        }
    };
    let band = |(begin, end, what): (i64, i64, &String)| Band {
        x: format!("{:.2}", x(begin)),
        width: format!("{:.2}", (x(end) - x(begin)).max(2.0)),
        title: what.clone(),
        path: Query::default()
            .with("from", super::explore::instant(begin, zones.on(zones.day_of(begin))))
            .with("to", super::explore::instant(end, zones.on(zones.day_of(end))))
            .at("/events"),
    };
    Lane {
        label: stretch.label.clone(),
        path: stretch.path.clone(),
        sum,
        marks: marks(stretch, zones),
        counts: slots.iter().map(bar).collect(),
        bands: inside(bands, stretch).map(band).collect(),
    }
}

/// Every third full hour of the clock on the wall, be it moved by half an hour that day.
fn marks(stretch: &Stretch, zones: &Zones) -> Vec<Mark> {
    let half = Step::Clock(HOUR / 2);
    let Ok(edges) = Edges::new(stretch.from, stretch.until, half, zones) else { return Vec::new() };
    let length = (stretch.until - stretch.from).max(1) as f64;
    let mark = |us: &i64| {
        let wall = zones.wall(*us);
        let part = (us - stretch.from) as f64 / length;
        (wall.hour().is_multiple_of(3) && wall.minute() == 0).then(|| Mark {
            x: format!("{:.2}", part * WIDTH),
            label: wall.format("%H").to_string(),
            place: format!("{:.2}", part * 100.0),
        })
    };
    edges.bounds()[..edges.len()].iter().filter_map(mark).collect()
}

fn listed(site: &Site, sessions: &Rows) -> Vec<Session> {
    let zone = site.config.timezone;
    let session = |row: &BTreeMap<&'static str, Cell>| {
        let (begin, end) = (time(row, "start")?, time(row, "end")?);
        let path = Query::default()
            .with("from", super::explore::instant(begin, zone))
            .with("to", super::explore::instant(end, zone))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_as_long_as_their_days() {
        let zones = Zones::plain(chrono_tz::Europe::Berlin);
        let day: NaiveDate = "2026-03-29".parse().unwrap();
        let stretch = stretch(&zones, day, "x".into(), "/".into());
        assert_eq!((stretch.until - stretch.from) / HOUR, 23);
        let labels: Vec<String> = marks(&stretch, &zones).into_iter().map(|mark| mark.label).collect();
        // The hour from two to three is not there, but the hour of three is.
        assert_eq!(labels, ["00", "03", "06", "09", "12", "15", "18", "21"]);
        let bands = vec![(stretch.from - HOUR, stretch.from + HOUR, "a".to_owned())];
        let found = [(stretch.from + 5 * HOUR, 3.0), (stretch.until, 9.0)];
        let lane = lane(&stretch, &zones, found.into_iter(), &bands, 15 * MINUTE, String::new());
        assert_eq!((lane.bands.len(), lane.counts.len()), (1, 1));
        assert_eq!((lane.bands[0].x.as_str(), lane.bands[0].width.as_str()), ("0.00", "43.48"));
    }
}
