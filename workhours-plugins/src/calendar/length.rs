//! How long an instance of an entry takes: DTEND, DURATION or the period of an RDATE, counted from its beginning.
//!
//! A DTEND is this many seconds after DTSTART in every instance, a DURATION of days follows the calendar (RFC 5545,
//! 3.8.2.2 and 3.3.6).

use crate::calendar::clock::Clock;
use crate::calendar::expand::Start;
use crate::calendar::series::Lasting;
use crate::calendar::time::{Duration, Moment};
use chrono::DateTime;
use workhours_plugin_api::{EventTime, Precision, Zone};

/// A date that could be read, and its clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'z> {
    pub(crate) moment: Moment,
    pub(crate) clock: Clock<'z>,
    /// Whether its zone is known.
    pub(crate) known: bool,
}

impl Start {
    /// The key of an instance that does not begin with its entry: the entry's and when it begins, in UTC if that is known.
    pub(crate) fn in_key(self, key: &[u8], own: Told<'_>) -> Vec<u8> {
        let layout = match (own.moment.precision, self.utc) {
            (Precision::Day, _) => "%Y%m%d",
            (_, Some(_)) => "%Y%m%dT%H%M%SZ",
            (_, None) => "%Y%m%dT%H%M%S",
        };
        let at = DateTime::from_timestamp(self.key(), 0).map(|t| t.format(layout).to_string());
        [key, b"/", at.unwrap_or_default().as_bytes()].concat()
    }

    /// As an event's time, on the clock of the entry's own start.
    pub(crate) fn time(self, own: Told<'_>) -> EventTime {
        match self.utc {
            Some(utc) => own.clock.time_at(utc),
            None => own.clock.time(Moment { wall: self.wall, ..own.moment }),
        }
    }
}

/// How long an instance takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length<'z> {
    Unknown,
    /// It ends before it begins.
    Backwards,
    /// Seconds from instant to instant; the end uses this clock.
    Exact(i64, Clock<'z>),
    /// Seconds on the clock's face, to an end of this precision.
    Shown(i64, Precision),
    /// Days, which follow the calendar, and seconds, which follow the clock.
    Nominal(Duration),
    /// Until an instant that it names.
    Until(Told<'z>),
}

impl<'z> Length<'z> {
    pub(crate) fn between(start: Told<'z>, until: Told<'z>) -> Self {
        let instant = |t: Told<'_>| t.clock.utc(t.moment.wall);
        match (instant(start), instant(until)) {
            (Some(from), Some(to)) if to < from => Self::Backwards,
            (Some(from), Some(to)) => Self::Exact(to - from, until.clock),
            // A local time and one with an offset can't be compared.
            (None, Some(_)) | (Some(_), None) => Self::Until(until),
            (None, None) if until.moment.wall < start.moment.wall => Self::Backwards,
            (None, None) => Self::Shown(until.moment.wall - start.moment.wall, until.moment.precision),
        }
    }

    pub(crate) fn of(lasting: Lasting, start: Told<'z>) -> Self {
        match lasting {
            Lasting::For(d) if d.days < 0 || d.secs < 0 => Self::Backwards,
            Lasting::For(d) => Self::Nominal(d),
            Lasting::Until(moment) => {
                let clock = if moment.utc { Clock::Fixed(0) } else { start.clock };
                Self::Until(Told { moment, clock, known: true })
            }
        }
    }

    /// When what begins then ends.
    pub(crate) fn end(self, begins: Start, start: Told<'_>) -> Option<EventTime> {
        match self {
            Self::Unknown | Self::Backwards => None,
            Self::Exact(secs, clock) => Some(clock.time_at(begins.utc? + secs)),
            Self::Shown(secs, precision) => Some(EventTime::local(begins.wall + secs, precision)),
            Self::Nominal(Duration { days: 0, secs }) if begins.utc.is_some() => {
                begins.utc.map(|utc| start.clock.time_at(utc + secs))
            }
            Self::Nominal(d) => {
                let moved = Moment { wall: begins.wall + d.days * 86_400, ..start.moment };
                let end = start.clock.time(moved);
                Some(EventTime { secs: end.secs + d.secs, ..end })
            }
            Self::Until(until) => {
                let end = until.clock.time(until.moment);
                let comparable = matches!(end.zone, Zone::Local) == begins.utc.is_none();
                Some(end).filter(|e| !comparable || e.secs >= begins.utc.unwrap_or(begins.wall))
            }
        }
    }
}
