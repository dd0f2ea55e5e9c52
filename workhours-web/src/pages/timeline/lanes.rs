//! Lanes of the timeline: an interval of time with its marks. Coordinates and words, no markup: that is in the
//! template.

use super::hours;
use crate::pages::explore::instant;
use crate::pages::home::{Rows, number, time};
use crate::query_string::QueryString;
use chrono::{Days, NaiveDate, Timelike};
use serde::Serialize;
use std::collections::BTreeMap;
use workhours_core::index::{Step, TimeBuckets};
use workhours_core::table::Cell;
use workhours_core::zones::Zones;

/// The width of a lane, in its own units.
const WIDTH: f64 = 1000.0;
pub(super) const HOUR: i64 = 3_600_000_000;
pub(super) const MINUTE: i64 = 60_000_000;

/// A line of time.
#[derive(Serialize)]
pub(super) struct Lane {
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
    /// The position of its name, percent of the width: drawings stretch, letters don't.
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

/// An interval of time that is a lane.
pub(super) struct Stretch {
    label: String,
    path: String,
    from: i64,
    until: i64,
}

pub(super) fn stretch(zones: &Zones, day: NaiveDate, label: String, path: String) -> Stretch {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    Stretch { label, path, from: zones.start_of(day), until: zones.start_of(next) }
}

/// Begin, end and what to say of each session.
pub(super) fn bands(sessions: &Rows, zones: &Zones) -> Vec<(i64, i64, String)> {
    let band = |row: &BTreeMap<&'static str, Cell>| {
        let (begin, end) = (time(row, "start")?, time(row, "end")?);
        let clock = |us: i64| zones.wall(us).format("%H:%M").to_string();
        let (length, events) = (hours((end - begin) as f64), number(row, "events"));
        Some((begin, end, format!("{}–{}, {length} h, {events} events", clock(begin), clock(end))))
    };
    sessions.iter().filter_map(band).collect()
}

/// Their parts within an interval.
pub(super) fn inside<'b>(
    bands: &'b [(i64, i64, String)],
    stretch: &Stretch,
) -> impl Iterator<Item = (i64, i64, &'b String)> {
    let (from, until) = (stretch.from, stretch.until);
    bands.iter().map(move |(a, b, what)| ((*a).max(from), (*b).min(until), what)).filter(|(a, b, _)| a < b)
}

pub(super) fn lane(
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
        path: QueryString::default()
            .with("from", instant(begin, zones.on(zones.day_of(begin))))
            .with("to", instant(end, zones.on(zones.day_of(end))))
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
    let Ok(edges) = TimeBuckets::new(stretch.from, stretch.until, half, zones) else { return Vec::new() };
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
        // The hour from two to three doesn't exist, but the hour of three does.
        assert_eq!(labels, ["00", "03", "06", "09", "12", "15", "18", "21"]);
        let bands = vec![(stretch.from - HOUR, stretch.from + HOUR, "a".to_owned())];
        let found = [(stretch.from + 5 * HOUR, 3.0), (stretch.until, 9.0)];
        let lane = lane(&stretch, &zones, found.into_iter(), &bands, 15 * MINUTE, String::new());
        assert_eq!((lane.bands.len(), lane.counts.len()), (1, 1));
        assert_eq!((lane.bands[0].x.as_str(), lane.bands[0].width.as_str()), ("0.00", "43.48"));
    }
}
