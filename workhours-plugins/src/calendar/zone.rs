//! Zones defined in a calendar: VTIMEZONE of RFC 5545, section 3.6.5.
//!
//! A zone of the file goes before any of the same name elsewhere; the names of others are in
//! [`names`](crate::calendar::names).

use crate::calendar::clock::Clock;
use crate::calendar::lines::Property;
use crate::calendar::names::clock_of;
use crate::calendar::rule::{Rule, rule, year_of};
use crate::calendar::time::{Moment, moment, offset};
use std::collections::{BTreeSet, HashMap};
use workhours_plugin_api::Precision;

/// Maximum number of a zone's transitions; the rest is left out, because each is checked for each time.
pub(crate) const MAX_OBSERVANCES: usize = 1_000;

/// All zones of an input, by their calendar and name.
#[derive(Debug, Default)]
pub(crate) struct Zones(HashMap<(u32, Vec<u8>), Vec<Observance>>);

/// STANDARD or DAYLIGHT: an offset and when it begins to apply.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observance {
    start: Option<i64>,
    from: Option<i64>,
    to: Option<i64>,
    dates: BTreeSet<i64>,
    rule: Option<Rule>,
}

impl Observance {
    /// Takes in a property; those without a meaning for the offset are looked over.
    pub(crate) fn add(&mut self, property: &Property<'_>) {
        let value = property.value;
        if property.is("DTSTART") {
            self.start = moment(value).map(|m| m.wall);
        } else if property.is("TZOFFSETFROM") {
            self.from = offset(value);
        } else if property.is("TZOFFSETTO") {
            self.to = offset(value);
        } else if property.is("RDATE") {
            let first = |period: &[u8]| moment(period.split(|b| *b == b'/').next()?);
            self.dates.extend(value.split(|b| *b == b',').filter_map(first).map(|m| m.wall));
        } else if property.is("RRULE") {
            self.rule = rule(value);
        }
    }

    /// The last time at or before `wall` when this offset began, on the clock before it began.
    fn onset(&self, wall: i64) -> Option<i64> {
        let start = self.start?;
        let date = self.dates.range(..=wall).next_back().copied();
        let single = date.max(Some(start).filter(|s| *s <= wall));
        let Some(rule) = &self.rule else { return single };
        let (first_year, year) = (year_of(start), year_of(wall));
        let fits = |onset: &i64| {
            let until = rule.until.is_none_or(|until| {
                *onset - if until.utc { self.from.unwrap_or(0) } else { 0 } <= until.wall
            });
            until && *onset >= start && *onset <= wall
        };
        let last_year = rule.count.map_or(year, |n| year.min(first_year.saturating_add(n - 1)));
        // When the rule has ended, its last year is the one to look at.
        let last_year = rule.until.map_or(last_year, |until| last_year.min(year_of(until.wall)));
        let recurring = (last_year - 1..=last_year).filter_map(|y| rule.in_year(y, start)).filter(fits).max();
        single.max(recurring)
    }
}

impl Zones {
    /// Keeps a zone; of two with one name in one calendar the first.
    pub(crate) fn insert(&mut self, calendar: u32, name: &[u8], observances: Vec<Observance>) {
        if !observances.is_empty() {
            self.0.entry((calendar, name.to_vec())).or_insert(observances);
        }
    }

    /// The clock of a time with a `TZID`, and whether it is known.
    pub(crate) fn clock(&self, moment: Moment, name: &[u8], calendar: u32) -> (Clock<'_>, bool) {
        if moment.precision == Precision::Day {
            return (Clock::Floating, true);
        }
        if moment.utc || is_utc(name) {
            return (Clock::Fixed(0), true);
        }
        if name.is_empty() {
            return (Clock::Floating, true);
        }
        if let Some(rules) = self.0.get(&(calendar, name.to_vec())) {
            return (Clock::Rules(rules), true);
        }
        clock_of(name).map_or((Clock::Floating, false), |clock| (clock, true))
    }
}

/// The offset in seconds at a clock reading. One that comes twice is the first; one that is skipped is read with
/// the offset before it.
pub(crate) fn offset_at(observances: &[Observance], wall: i64) -> Option<i64> {
    let begun = observances.iter().filter_map(|o| {
        let (from, to) = (o.from.or(o.to)?, o.to?);
        let skipped = (to - from).max(0);
        Some((o.onset(wall - skipped)?, to))
    });
    let earliest = || observances.iter().filter(|o| o.start.is_some()).min_by_key(|o| o.start);
    let last = begun.max_by_key(|(onset, _)| *onset).map(|(_, to)| to);
    last.or_else(|| earliest().and_then(|o| o.from.or(o.to)))
}

/// The offset in seconds at an instant.
pub(crate) fn offset_at_utc(observances: &[Observance], utc: i64) -> Option<i64> {
    let begun = observances.iter().filter_map(|o| {
        let (from, to) = (o.from.or(o.to)?, o.to?);
        Some((o.onset(utc + from)? - from, to))
    });
    let earliest = || observances.iter().filter(|o| o.start.is_some()).min_by_key(|o| o.start);
    let last = begun.max_by_key(|(onset, _)| *onset).map(|(_, to)| to);
    last.or_else(|| earliest().and_then(|o| o.from.or(o.to)))
}

/// All offsets there are.
pub(crate) fn offsets(observances: &[Observance]) -> Vec<i64> {
    observances.iter().flat_map(|o| [o.from, o.to]).flatten().collect()
}

fn is_utc(name: &[u8]) -> bool {
    ["UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z"].iter().any(|n| name.eq_ignore_ascii_case(n.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observance(lines: &[&str]) -> Observance {
        let mut o = Observance::default();
        lines.iter().for_each(|l| o.add(&Property::read(l.as_bytes()).unwrap()));
        o
    }

    fn chicago() -> Vec<Observance> {
        vec![
            observance(&[
                "DTSTART:20071104T020000",
                "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
                "TZOFFSETFROM:-0500",
                "TZOFFSETTO:-0600",
            ]),
            observance(&[
                "DTSTART:20070311T020000",
                "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU",
                "TZOFFSETFROM:-0600",
                "TZOFFSETTO:-0500",
            ]),
        ]
    }

    #[test]
    fn offsets_through_a_year() {
        let at = |text: &str| offset_at(&chicago(), moment(text.as_bytes()).unwrap().wall).unwrap() / 3600;
        for (text, hours) in [
            ("20260115T120000", -6),
            ("20260308T015959", -6),
            ("20260308T023000", -6), // skipped
            ("20260308T030000", -5),
            ("20260701T000000", -5),
            ("20261101T013000", -5), // the first of two
            ("20261101T020000", -6),
            ("20261231T235959", -6),
            ("19990101T000000", -6), // before all rules
        ] {
            assert_eq!(at(text), hours, "{text}");
        }
    }

    #[test]
    fn instants_of_what_comes_twice_and_never() {
        let zone = chicago();
        let clock = Clock::Rules(&zone);
        let wall = |text: &str| moment(text.as_bytes()).unwrap().wall;
        let twice = wall("20261101T013000");
        assert_eq!(clock.instants(twice), [wall("20261101T063000"), wall("20261101T073000")]);
        assert!(clock.instants(wall("20260308T023000")).is_empty());
        assert_eq!(clock.instants(wall("20260701T120000")), [wall("20260701T170000")]);
        assert_eq!(clock.wall(wall("20261101T073000")), twice);
    }

    #[test]
    fn rules_that_end() {
        let zone = [
            observance(&["DTSTART:19700101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100"]),
            observance(&[
                "DTSTART:19800406T020000",
                "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=19820404T010000Z",
                "TZOFFSETFROM:+0100",
                "TZOFFSETTO:+0200",
            ]),
            observance(&[
                "DTSTART:19800928T030000",
                "RRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=-1SU;COUNT=3",
                "TZOFFSETFROM:+0200",
                "TZOFFSETTO:+0100",
            ]),
        ];
        let at = |text: &str| offset_at(&zone, moment(text.as_bytes()).unwrap().wall).unwrap() / 3600;
        assert_eq!((at("19820701T000000"), at("19821001T000000"), at("19900701T000000")), (2, 1, 1));
    }
}
