//! The times that lines of system logs begin with: those of syslog daemons, of rsyslog's and of journalctl's layouts.
//!
//! Not for the years of dates without one (`years`), nor for the text after a time (`bsd`).

use crate::toolkit::stamp::{self, Stamp};
use crate::toolkit::years::{Day, Yearless, Years};
use crate::toolkit::zone_names;
use workhours_plugin_api::{EventTime, RowFlags, civil};

/// A time as written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// With a year, month and day, which Feb 30 has too: then there is no time.
    Full(Option<Stamp>, (i32, u32, u32)),
    Yearless(Yearless),
}

impl When {
    /// The day, if it can be one.
    pub(crate) fn day(&self) -> Option<Day> {
        match *self {
            Self::Full(stamp, (year, month, day)) => stamp.map(|_| Day::Full(year, month, day)),
            Self::Yearless(date) => Some(Day::Yearless(date)),
        }
    }

    /// The time, if there is such a date. `years` finds its year, and learns from it.
    pub(crate) fn place(&self, years: &mut Years) -> Option<Stamp> {
        match *self {
            Self::Full(stamp, (year, month, day)) => {
                let stamp = stamp?;
                years.saw(year, month, day);
                Some(stamp)
            }
            Self::Yearless(date) => years.place(&date),
        }
    }
}

/// The writer of a time like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Syslog daemons: `Feb  3 09:00:00`, also with a year after the day.
    Named,
    /// rsyslog, and many other programs in their own logs: `2024-02-03T09:00:00`, with an offset or without.
    Iso { offset: bool },
    /// Tools that print logs: a weekday, a year or a count of seconds comes first.
    Printed,
}

/// A time that a text begins with, and what follows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed<'a> {
    pub(crate) when: When,
    pub(crate) layout: Layout,
    pub(crate) rest: &'a [u8],
}

/// The time a line begins with.
pub(crate) fn time(text: &[u8]) -> Option<Timed<'_>> {
    let printed = |(when, rest)| Timed { when, layout: Layout::Printed, rest };
    if text.first()?.is_ascii_digit() {
        let iso = iso(text).map(|(when, rest)| Timed {
            when,
            layout: Layout::Iso { offset: has_offset(&when) },
            rest,
        });
        return iso.or_else(|| year_first(text).or_else(|| unix(text)).map(printed));
    }
    let named = named_month(text).map(|(when, rest)| Timed { when, layout: Layout::Named, rest });
    named.or_else(|| weekday_first(text).map(printed))
}

fn has_offset(when: &When) -> bool {
    matches!(when, When::Full(Some((time, _)), _) if !matches!(time.zone, workhours_plugin_api::Zone::Local))
}

/// `Feb  3 09:00:00`, `Feb 03 2024 09:00:00.123`.
fn named_month(text: &[u8]) -> Option<(When, &[u8])> {
    let (month, day, rest) = month_and_day(text)?;
    let (year, rest) = match number(rest, 4) {
        Some((year @ 1000.., after)) if after.starts_with(b" ") => {
            (Some(year as i32), after.trim_ascii_start())
        }
        _ => (None, rest),
    };
    let (clock, rest) = clock(rest)?;
    let (nanos, precision, rest) = stamp::fraction(rest)?;
    let date = Yearless { month, day, clock, nanos, precision };
    match year {
        Some(year) => Some((in_year(&date, year), rest)),
        None => Some((When::Yearless(date), rest)),
    }
}

/// `2024 Feb  3 09:00:00`, with the zone of [`zoned`] or none.
fn year_first(text: &[u8]) -> Option<(When, &[u8])> {
    let (year, rest) = text.split_at_checked(4)?;
    let year = civil::digits(year).filter(|y| *y >= 1000)? as i32;
    let (month, day, rest) = month_and_day(rest.strip_prefix(b" ")?.trim_ascii_start())?;
    let (clock, rest) = clock(rest)?;
    let (nanos, precision, rest) = stamp::fraction(rest)?;
    Some(zoned(in_year(&Yearless { month, day, clock, nanos, precision }, year), rest))
}

/// `Sun 2025-05-11 21:33:13.924352 CEST` as journalctl prints it, `Sun May 11 21:33:13 2025` as OpenWrt's logread.
fn weekday_first(text: &[u8]) -> Option<(When, &[u8])> {
    const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    let (day, rest) = text.split_at_checked(3)?;
    let rest = rest.strip_prefix(b" ").filter(|_| DAYS.contains(&day))?;
    if rest.first()?.is_ascii_digit() {
        let (when, rest) = iso(rest)?;
        return Some(if has_offset(&when) { (when, rest) } else { zoned(when, rest) });
    }
    let (month, day, rest) = month_and_day(rest.trim_ascii_start())?;
    let (clock, rest) = clock(rest)?;
    let (nanos, precision, rest) = stamp::fraction(rest)?;
    let (year, rest) = number(rest.strip_prefix(b" ")?, 4).filter(|(year, _)| *year >= 1000)?;
    Some((in_year(&Yearless { month, day, clock, nanos, precision }, year as i32), rest))
}

/// `1747000000.924352`, seconds since 1970.
fn unix(text: &[u8]) -> Option<(When, &[u8])> {
    let (secs, rest) = text.split_at(text.iter().take_while(|b| b.is_ascii_digit()).count());
    if !(9..=10).contains(&secs.len()) || !rest.starts_with(b".") {
        return None;
    }
    let secs: i64 = std::str::from_utf8(secs).ok()?.parse().ok()?;
    let (nanos, precision, rest) = stamp::fraction(rest)?;
    let time = EventTime { nanos, precision, ..EventTime::from_unix(secs) };
    let (year, month, day) = civil_day(secs.div_euclid(86_400));
    Some((When::Full(Some((time, RowFlags::NONE)), (year, month, day)), rest))
}

/// The day of a number of days since 1970, after "days from civil" turned round.
fn civil_day(days: i64) -> (i32, u32, u32) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    ((year + era * 400 + i64::from(month <= 2)) as i32, month as u32, day as u32)
}

/// `2024-02-03T09:00:00.123456+01:00`, also with a space for the `T`, or without offset:
/// then it is a local time.
pub(crate) fn iso(text: &[u8]) -> Option<(When, &[u8])> {
    let (date, rest) = text.split_at_checked(19)?;
    if !stamp::fits(date, b"####-##-##T##:##:##") && !stamp::fits(date, b"####-##-## ##:##:##") {
        return None;
    }
    let field = |from: usize, to: usize| date.get(from..to).and_then(civil::digits);
    let (year, month, day) = (field(0, 4)? as i32, field(5, 7)?, field(8, 10)?);
    let second = field(17, 19)?;
    let secs = civil::seconds(year, month, day, field(11, 13)?, field(14, 16)?, second);
    let (nanos, precision, rest) = stamp::fraction(rest)?;
    let (zone, rest) = rest.split_at(rest.iter().take_while(|b| b"+-:Zz0123456789".contains(b)).count());
    let (zone, rest) = match zone.strip_suffix(b":") {
        Some(zone) => (zone, &text[text.len() - rest.len() - 1..]),
        None => (zone, rest),
    };
    let time = match (secs, zone) {
        (Some(secs), b"") => Some(EventTime::local(secs, precision)),
        // macOS leaves out minutes.
        (Some(secs), &[sign @ (b'+' | b'-'), h1, h2]) => civil::offset_min(&[sign, h1, h2, b'0', b'0'])
            .map(|min| EventTime::at_offset(secs, min, precision)),
        (Some(secs), zone) => civil::offset_min(zone).map(|min| EventTime::at_offset(secs, min, precision)),
        (None, _) => None,
    };
    let stamp = time.map(|t| (EventTime { nanos, ..t }, stamp::leap_second(second)));
    Some((When::Full(stamp, (year, month, day)), rest))
}

/// A local time with the zone whose name follows it, if one does. With an unknown or ambiguous name the time stays
/// local, with a flag.
fn zoned(when: When, rest: &[u8]) -> (When, &[u8]) {
    let (When::Full(stamp, date), Some(after)) = (when, rest.strip_prefix(b" ")) else {
        return (when, rest);
    };
    let (name, after) = after.split_at(after.iter().take_while(|b| !b.is_ascii_whitespace()).count());
    if !is_zone_shaped(name) {
        return (when, rest);
    }
    let stamp = stamp.map(|(time, flags)| match zone(name) {
        Some(min) => {
            let at = EventTime::at_offset(time.secs, min, time.precision);
            (EventTime { nanos: time.nanos, ..at }, flags)
        }
        None => (time, flags | RowFlags::UNKNOWN_ZONE),
    });
    (When::Full(stamp, date), after)
}

/// Minutes east of UTC for a zone's abbreviation that means one thing in the IANA database.
pub(crate) fn zone(name: &[u8]) -> Option<i16> {
    const SHARED: [&[u8]; 3] = [b"CST", b"CDT", b"IST"];
    let known = || zone_names::zone(std::str::from_utf8(name).ok()?);
    if SHARED.contains(&name) { None } else { known() }
}

/// `CEST`, `+03`, `-0930`.
fn is_zone_shaped(word: &[u8]) -> bool {
    match word {
        [b'+' | b'-', digits @ ..] => matches!(digits.len(), 2 | 4) && digits.iter().all(u8::is_ascii_digit),
        _ => (3..=5).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase),
    }
}

fn in_year(date: &Yearless, year: i32) -> When {
    let [hour, minute, second] = date.clock;
    let time = civil::seconds(year, date.month, date.day, hour, minute, second)
        .map(|secs| EventTime { nanos: date.nanos, ..EventTime::local(secs, date.precision) });
    When::Full(time.map(|t| (t, stamp::leap_second(second))), (year, date.month, date.day))
}

/// `Feb  3 `, with what follows its spaces.
fn month_and_day(text: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (name, rest) = text.split_at_checked(3)?;
    let month = civil::month(name)?;
    let (day, rest) = number(rest.strip_prefix(b" ")?.trim_ascii_start(), 2)?;
    Some((month, day, rest.strip_prefix(b" ")?.trim_ascii_start()))
}

/// A number of up to `most` digits, and what follows it.
pub(crate) fn number(text: &[u8], most: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at(text.iter().take_while(|b| b.is_ascii_digit()).count());
    Some((civil::digits(digits).filter(|_| digits.len() <= most)?, rest))
}

fn clock(text: &[u8]) -> Option<([u32; 3], &[u8])> {
    let (clock, rest) = text.split_at_checked(8)?;
    if !stamp::fits(clock, b"##:##:##") {
        return None;
    }
    let field = |from: usize| clock.get(from..from + 2).and_then(civil::digits);
    Some(([field(0)?, field(3)?, field(6)?], rest))
}

#[cfg(test)]
mod tests;
