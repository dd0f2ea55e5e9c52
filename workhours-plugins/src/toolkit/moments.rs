//! Dates in a layout from the user, or in any detectable one: ISO 8601, numbers since an epoch, the spellings of
//! `spelled`, or a pattern of `strftime`.
//!
//! No zone look-up: a local time without an offset stays one, unless the user set a fixed offset for all.

use crate::toolkit::numbers::{Number, number};
use crate::toolkit::spelled::{self, Spelled};
use crate::toolkit::strptime::Pattern;
use crate::toolkit::written::Order;
use workhours_plugin_api::{EventTime, Precision, RowFlags, SourceError, Zone, civil};

/// The meaning of a date's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// That there is none: nothing, `null`, `-` or the number 0.
    Absent,
    /// A date, with remarks.
    At(EventTime, RowFlags),
    /// Something that cannot be read, or a year that no trace is from.
    Bad,
}

/// The date as written, before its zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The wall clock, counted as if it were UTC.
    pub(crate) wall: i64,
    pub(crate) nanos: u32,
    pub(crate) precision: Precision,
    pub(crate) offset_min: Option<i16>,
    pub(crate) flags: RowFlags,
}

#[derive(Debug)]
enum Layout {
    Auto,
    Rfc3339,
    Number(Epoch),
    Excel,
    Pattern(Pattern),
}

/// What the others in a date's column show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hint {
    /// Whether the day or the month comes first, if the numbers alone don't show it.
    pub(crate) order: Option<Order>,
    /// Numbers are days as spreadsheets count them.
    pub(crate) serial: bool,
}

/// A number's unit and epoch.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    unit_ns: i128,
    zero_secs: i64,
}

const SECOND_NS: i128 = 1_000_000_000;
const UNIX: Epoch = Epoch { unit_ns: SECOND_NS, zero_secs: 0 };
const UNIX_MS: Epoch = Epoch { unit_ns: 1_000_000, zero_secs: 0 };
const UNIX_US: Epoch = Epoch { unit_ns: 1_000, zero_secs: 0 };
const UNIX_NS: Epoch = Epoch { unit_ns: 1, zero_secs: 0 };
/// 1601-01-01 and 2001-01-01.
const SINCE_1601: i64 = -11_644_473_600;
const SINCE_2001: i64 = 978_307_200;

/// The years 1900 to 2199. Further off lie the zeros of other epochs and numbers read in the wrong unit.
const FIRST_SECS: i64 = -2_208_988_800;
const LAST_SECS: i64 = 7_258_118_399;

/// Reads the dates of one input.
#[derive(Debug)]
pub(crate) struct Dates {
    layout: Layout,
    /// For written dates that name no offset.
    offset_min: Option<i16>,
    /// The reference for dates without a year.
    reference_secs: i64,
}

impl Dates {
    /// From the values of the options `date_format` and `offset`.
    pub(crate) fn new(
        format: Option<&str>,
        offset: Option<&str>,
        reference_secs: i64,
    ) -> Result<Self, SourceError> {
        let layout = match format.unwrap_or("auto") {
            "auto" | "" => Layout::Auto,
            "rfc3339" => Layout::Rfc3339,
            "unix" => Layout::Number(UNIX),
            "unix_ms" => Layout::Number(UNIX_MS),
            "unix_us" => Layout::Number(UNIX_US),
            "unix_ns" => Layout::Number(UNIX_NS),
            "webkit" => Layout::Number(Epoch { unit_ns: 1_000, zero_secs: SINCE_1601 }),
            "filetime" => Layout::Number(Epoch { unit_ns: 100, zero_secs: SINCE_1601 }),
            "excel" => Layout::Excel,
            "cocoa" => Layout::Number(Epoch { unit_ns: SECOND_NS, zero_secs: SINCE_2001 }),
            pattern if pattern.contains('%') => Layout::Pattern(Pattern::new(pattern)?),
            other => {
                return Err(SourceError::Config(format!(
                    "date_format cannot be {other:?}: use auto, rfc3339, unix, unix_ms, unix_us, unix_ns, \
                     webkit, cocoa, filetime, excel, or a pattern such as %d.%m.%Y %H:%M"
                )));
            }
        };
        let offset_min = match offset.filter(|text| !text.is_empty()) {
            Some(text) => Some(civil::offset_min(text.as_bytes()).ok_or_else(|| {
                SourceError::Config(format!("offset cannot be {text:?}: write it as +02:00"))
            })?),
            None => None,
        };
        Ok(Self { layout, offset_min, reference_secs })
    }

    /// Those without an input: to see whether a text is a date at all.
    pub(crate) fn guessed() -> Self {
        Self { layout: Layout::Auto, offset_min: None, reference_secs: 0 }
    }

    /// Reads one date.
    pub(crate) fn read(&self, text: &[u8], hint: Hint) -> Moment {
        let text = text.trim_ascii();
        if is_none(text) {
            return Moment::Absent;
        }
        let found = match &self.layout {
            Layout::Number(epoch) => return number(text).map_or(Moment::Bad, |n| n.since(*epoch)),
            Layout::Excel => serial(text, true),
            Layout::Auto => match number(text) {
                Some(n) => match n.guessed() {
                    Moment::Bad if hint.serial => serial(text, false),
                    Moment::Bad => spelled(text, hint.order),
                    moment => return moment,
                },
                None if hint.serial => serial(text, false).or_else(|| auto(text, hint.order)),
                None => auto(text, hint.order),
            },
            Layout::Rfc3339 => iso(text),
            Layout::Pattern(pattern) => pattern.read(text, self.reference_secs),
        };
        found.map_or(Moment::Bad, |written| self.placed(written))
    }

    fn placed(&self, w: Written) -> Moment {
        let time = match w.offset_min.or(self.offset_min) {
            Some(offset) => EventTime::at_offset(w.wall, offset, w.precision),
            None => EventTime::local(w.wall, w.precision),
        };
        in_range(EventTime { nanos: w.nanos, ..time }, w.flags)
    }
}

/// Values for no date: empty, `-`, `null`, a day of zeros, only dashes.
fn is_none(text: &[u8]) -> bool {
    const ZEROS: [&[u8]; 4] = [b"0000-00-00", b"0000/00/00", b"00/00/0000", b"00.00.0000"];
    text.eq_ignore_ascii_case(b"null")
        || text.iter().all(|b| b"-:/. ".contains(b)) && (text.is_empty() || text.contains(&b'-'))
        || ZEROS.iter().any(|zeros| text.starts_with(zeros))
}

fn auto(text: &[u8], order: Option<Order>) -> Option<Written> {
    iso(text).or_else(|| spelled(text, order))
}

fn spelled(text: &[u8], order: Option<Order>) -> Option<Written> {
    match spelled::read(text, order) {
        Spelled::Date(written) => Some(written),
        Spelled::Ambiguous | Spelled::No => None,
    }
}

/// Days since the end of 1899, as in spreadsheets, with the time of day as their fraction. Without the user's setting,
/// only the years from 1980 to 2099.
pub(crate) fn serial(text: &[u8], told: bool) -> Option<Written> {
    /// From 1899-12-30 to 1970-01-01.
    const DAYS: i128 = 25_569;
    const DAY_MS: i128 = 86_400_000;
    let point: Vec<u8> = text.iter().map(|b| if *b == b',' { b'.' } else { *b }).collect();
    let n = number(&point).filter(|n| !n.negative && (told || (29_221..73_051).contains(&n.whole)))?;
    let ms = (n.nanos(DAY_MS * 1_000_000)? + 500_000) / 1_000_000 - DAYS * DAY_MS;
    let (wall, fine) = (i64::try_from(ms.div_euclid(1_000)).ok()?, ms.rem_euclid(1_000));
    let precision = match fine {
        _ if n.fraction == 0 => Precision::Day,
        0 => Precision::Second,
        _ => Precision::Millisecond,
    };
    Some(Written { wall, nanos: fine as u32 * 1_000_000, precision, offset_min: None, flags: RowFlags::NONE })
}

fn in_range(time: EventTime, flags: RowFlags) -> Moment {
    if (FIRST_SECS..=LAST_SECS).contains(&time.secs) { Moment::At(time, flags) } else { Moment::Bad }
}

/// `2024-05-01`, `2024-05-01 10:20`, `2024/05/01T10:20:30.123456Z`, `… +0200`, `… UTC`.
fn iso(text: &[u8]) -> Option<Written> {
    let (date, rest) = text.split_at_checked(10)?;
    if date[4] != date[7] || !b"-/".contains(&date[4]) {
        return None;
    }
    let day = |hour, minute, second| {
        let year = civil::digits(&date[..4])? as i32;
        civil::seconds(year, civil::digits(&date[5..7])?, civil::digits(&date[8..])?, hour, minute, second)
    };
    let flags = RowFlags::NONE;
    let Some((separator, rest)) = rest.split_first() else {
        let wall = day(0, 0, 0)?;
        return Some(Written { wall, nanos: 0, precision: Precision::Day, offset_min: None, flags });
    };
    if !b"Tt _".contains(separator) {
        return None;
    }
    let (clock, mut rest) = rest.split_at_checked(5)?;
    if clock[2] != b':' {
        return None;
    }
    let (hour, minute) = (civil::digits(&clock[..2])?, civil::digits(&clock[3..])?);
    let (mut second, mut nanos, mut precision) = (0, 0, Precision::Minute);
    if let Some(after) = rest.strip_prefix(b":") {
        let (digits, after) = after.split_at_checked(2)?;
        second = civil::digits(digits)?;
        (nanos, precision, rest) = fraction(after)?;
    }
    let offset_min = match rest.trim_ascii_start() {
        b"" => None,
        zone => Some(offset(zone)?),
    };
    let flags = if second == 60 { RowFlags::LEAP_SECOND } else { flags };
    Some(Written { wall: day(hour, minute, second)?, nanos, precision, offset_min, flags })
}

/// `Z`, `UTC`, `GMT`, `+02`, `+0200`, `+02:00`.
pub(crate) fn offset(zone: &[u8]) -> Option<i16> {
    if zone.eq_ignore_ascii_case(b"UTC") || zone.eq_ignore_ascii_case(b"GMT") {
        return Some(0);
    }
    match zone {
        [sign, h1, h2] => civil::offset_min(&[*sign, *h1, *h2, b'0', b'0']),
        _ => civil::offset_min(zone),
    }
}

/// An optional `.` or `,` and digits, of which nine count; and what follows.
pub(crate) fn fraction(text: &[u8]) -> Option<(u32, Precision, &[u8])> {
    let Some((b'.' | b',', digits)) = text.split_first() else {
        return Some((0, Precision::Second, text));
    };
    let len = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at(len);
    let (nanos, precision) = nanos(digits)?;
    Some((nanos, precision, rest))
}

/// The digits after a decimal point as nanoseconds.
pub(crate) fn nanos(digits: &[u8]) -> Option<(u32, Precision)> {
    let precision = match digits.len() {
        0 => return None,
        1..=3 => Precision::Millisecond,
        4..=6 => Precision::Microsecond,
        _ => Precision::Nanosecond,
    };
    let kept = &digits[..digits.len().min(9)];
    Some((civil::digits(kept)? * 10_u32.pow(9 - kept.len() as u32), precision))
}

impl Number {
    fn since(&self, epoch: Epoch) -> Moment {
        let Some(nanos) = self.nanos(epoch.unit_ns) else { return Moment::Bad };
        if nanos == 0 {
            return Moment::Absent;
        }
        let Ok(secs) = i64::try_from(nanos.div_euclid(SECOND_NS)) else { return Moment::Bad };
        let precision = match epoch.unit_ns / 10_i128.pow(self.places) {
            SECOND_NS.. => Precision::Second,
            1_000_000.. => Precision::Millisecond,
            1_000.. => Precision::Microsecond,
            _ => Precision::Nanosecond,
        };
        let secs = secs.saturating_add(epoch.zero_secs);
        let nanos = nanos.rem_euclid(SECOND_NS) as u32;
        in_range(EventTime { secs, nanos, zone: Zone::Unknown, precision }, RowFlags::NONE)
    }

    /// Seconds to nanoseconds since 1970 by their size. A value between the ranges could also be a day written as a
    /// number, or count from another epoch.
    fn guessed(&self) -> Moment {
        match self.whole {
            0 if self.fraction == 0 => Moment::Absent,
            100_000_000..100_000_000_000 => self.since(UNIX),
            100_000_000_000..100_000_000_000_000 => self.since(UNIX_MS),
            100_000_000_000_000..100_000_000_000_000_000 => self.since(UNIX_US),
            1_000_000_000_000_000_000.. => self.since(UNIX_NS),
            _ => Moment::Bad,
        }
    }
}

#[cfg(test)]
mod tests;
