//! All instances of an entry: its rules, dates and exceptions combined (RFC 5545, 3.8.5).
//!
//! The caller passes as [`Marks`] which other entries replace some of them (RECURRENCE-ID).

use crate::calendar::clock::Clock;
use crate::calendar::expand::{Recurrence, Start};
use crate::calendar::time::{Duration, Moment, duration, moment};
use crate::calendar::zone::Zones;
use std::collections::{BTreeMap, HashSet};
use workhours_plugin_api::Precision;

const DAY: i64 = 86_400;

/// RRULE, RDATE, EXDATE and EXRULE of an entry, as written.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) rules: Vec<Vec<u8>>,
    pub(crate) not_rules: Vec<Vec<u8>>,
    /// A list of dates, times or periods, with the name of its zone.
    pub(crate) dates: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) not_dates: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Named starts: those that don't take place, or are replaced.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    instants: HashSet<i64>,
    walls: HashSet<i64>,
    days: HashSet<i64>,
    /// The days of dates with a time: they are meant where only days are allowed.
    days_of_times: HashSet<i64>,
}

impl Marks {
    pub(crate) fn add(&mut self, moment: Moment, clock: Clock<'_>) {
        let day = moment.wall.div_euclid(DAY);
        if moment.precision == Precision::Day {
            self.days.insert(day);
            return;
        }
        self.days_of_times.insert(day);
        match clock.utc(moment.wall) {
            Some(instant) => self.instants.insert(instant),
            None => self.walls.insert(moment.wall),
        };
    }

    /// Adds all of a list.
    fn add_list(&mut self, list: &[u8], zone: &[u8], at: Place<'_>) -> bool {
        let mut fine = true;
        for part in parts(list) {
            match moment(part) {
                Some(m) => self.add(m, at.zones.clock(m, zone, at.calendar).0),
                None => fine = false,
            }
        }
        fine
    }

    fn has(&self, start: &Start, whole_day: bool) -> bool {
        let day = start.wall.div_euclid(DAY);
        if whole_day {
            return self.days.contains(&day) || self.days_of_times.contains(&day);
        }
        self.days.contains(&day)
            || self.walls.contains(&start.wall)
            || self.instants.contains(&start.utc.unwrap_or(start.wall))
    }
}

/// The calendar of an entry, for the zones it names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'z> {
    pub(crate) zones: &'z Zones,
    pub(crate) calendar: u32,
}

/// How long an instance takes, if it has its own length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasting {
    Until(Moment),
    For(Duration),
}

/// The result of an entry.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    /// In order, each once.
    pub(crate) starts: Vec<(Start, Option<Lasting>)>,
    /// Part of the dates is missing: it couldn't be read, or there are too many.
    pub(crate) incomplete: bool,
    /// Its rules have no instances at all, whatever the exceptions say.
    pub(crate) never: bool,
}

impl Lists {
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.dates.is_empty() && self.not_dates.is_empty()
    }

    /// The instances of an entry that begins at `start`, but for the marked ones.
    pub(crate) fn instances(
        &self,
        start: Moment,
        clock: Clock<'_>,
        gone: &Marks,
        at: Place<'_>,
        horizon: i64,
    ) -> Instances {
        let day = start.precision == Precision::Day;
        let first = Start { utc: clock.utc(start.wall).filter(|_| !day), wall: start.wall };
        let mut all: BTreeMap<Start, Option<Lasting>> = BTreeMap::new();
        let (mut incomplete, mut not_understood) = (false, false);
        let mut counted = |rules: &[Vec<u8>]| {
            let mut starts = Vec::new();
            for text in rules {
                match Recurrence::read(text).and_then(|rule| rule.count_out(start, clock, horizon)) {
                    Some(some) => {
                        incomplete |= some.cut;
                        starts.extend(some.starts);
                    }
                    None => not_understood = true,
                }
            }
            starts
        };
        all.extend(counted(&self.rules).into_iter().map(|s| (s, None)));
        let excluded: HashSet<Start> = counted(&self.not_rules).into_iter().collect();
        incomplete |= not_understood;
        // Without a rule, or with an unknown one, the entry's own start is the first instance. With a rule it is if the
        // rule includes it, as in python-dateutil; RFC 5545 doesn't define another start.
        if self.rules.is_empty() || not_understood {
            all.insert(first, None);
        }
        for (list, zone) in &self.dates {
            for part in parts(list) {
                match date(part, zone, (first, clock), day, at) {
                    Some((s, lasting)) => _ = all.insert(s, lasting),
                    None => incomplete = true,
                }
            }
        }
        let never = all.is_empty();
        let mut not = Marks::default();
        for (list, zone) in &self.not_dates {
            incomplete |= !not.add_list(list, zone, at);
        }
        all.retain(|s, _| !excluded.contains(s) && !not.has(s, day) && !gone.has(s, day));
        Instances { starts: all.into_iter().collect(), incomplete, never }
    }
}

fn parts(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(|p| !p.is_empty())
}

/// One of an RDATE: a date, a time, or a period with its end or duration.
fn date(
    part: &[u8],
    zone: &[u8],
    (first, clock): (Start, Clock<'_>),
    whole_day: bool,
    at: Place<'_>,
) -> Option<(Start, Option<Lasting>)> {
    let mut halves = part.splitn(2, |b| *b == b'/');
    let m = moment(halves.next()?)?;
    let lasting = match halves.next() {
        Some(end) => Some(moment(end).map(Lasting::Until).or_else(|| duration(end).map(Lasting::For))?),
        None => None,
    };
    if whole_day {
        return Some((Start { utc: None, wall: m.wall - m.wall.rem_euclid(DAY) }, lasting));
    }
    if m.precision == Precision::Day {
        // Only the day of an entry with a time is given: it is at its usual time.
        let wall = m.wall + first.wall.rem_euclid(DAY);
        return Some((Start { utc: clock.utc(wall), wall }, lasting));
    }
    let told_by = match at.zones.clock(m, zone, at.calendar).0 {
        Clock::Floating => clock,
        own => own,
    };
    let utc = told_by.utc(m.wall);
    Some((Start { utc, wall: utc.map_or(m.wall, |utc| clock.wall(utc)) }, lasting))
}
