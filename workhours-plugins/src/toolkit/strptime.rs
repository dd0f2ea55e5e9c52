//! Dates by a pattern in the letters of `strftime`, read backwards.
//!
//! English names of months and days only, in any case. No zone names but `UTC`, `GMT` and `Z`.

use crate::toolkit::moments::{self, Written};
use workhours_plugin_api::{Precision, RowFlags, SourceError, civil};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Literal(u8),
    Spaces,
    Field(u8),
}

/// A pattern such as `%d/%b/%Y %H:%M:%S %z`.
#[derive(Debug)]
pub(crate) struct Pattern {
    items: Vec<Directive>,
}

const FIELDS: &[u8] = b"YymdeHkIlMSfLpPbBhaAzZjs";

impl Pattern {
    /// Reads the pattern.
    pub(crate) fn new(text: &str) -> Result<Self, SourceError> {
        let wrong = |what: String| Err(SourceError::Config(format!("date_format {text:?}: {what}")));
        let long = text.replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d").replace("%R", "%H:%M");
        let long = long.replace("%D", "%m/%d/%y").replace("%n", " ").replace("%t", " ");
        let (mut items, mut bytes) = (Vec::new(), long.bytes());
        while let Some(byte) = bytes.next() {
            items.push(match byte {
                b'%' => match bytes.next() {
                    Some(b'%') => Directive::Literal(b'%'),
                    Some(letter) if FIELDS.contains(&letter) => Directive::Field(letter),
                    Some(letter) => return wrong(format!("%{} is not known", char::from(letter))),
                    None => return wrong("it ends in %".to_owned()),
                },
                space if space.is_ascii_whitespace() => Directive::Spaces,
                other => Directive::Literal(other),
            });
        }
        let has =
            |letters: &[u8]| items.iter().any(|i| matches!(i, Directive::Field(f) if letters.contains(f)));
        if !(has(b"s") || has(b"j") || has(b"mbBh") && has(b"de")) {
            return wrong("a date has at least a month and a day".to_owned());
        }
        Ok(Self { items })
    }

    /// The date of the whole `text`; `None` if it doesn't match or doesn't exist. A date without a year is the last
    /// such one before `reference_secs`, give or take a day.
    pub(crate) fn read(&self, text: &[u8], reference_secs: i64) -> Option<Written> {
        let mut parts = Parts::default();
        let mut rest = text;
        for item in &self.items {
            rest = match item {
                Directive::Literal(byte) => rest.strip_prefix(&[*byte])?,
                Directive::Spaces => rest.trim_ascii_start(),
                Directive::Field(letter) => parts.take(*letter, rest)?,
            };
        }
        if rest.is_empty() { parts.written(reference_secs) } else { None }
    }
}

#[derive(Default)]
struct Parts {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    fraction: Option<(u32, Precision)>,
    afternoon: Option<bool>,
    offset_min: Option<i16>,
    unix: Option<i64>,
}

impl Parts {
    /// Takes a field from the front and returns what follows.
    fn take<'a>(&mut self, letter: u8, text: &'a [u8]) -> Option<&'a [u8]> {
        let text = if b"ekl".contains(&letter) { text.trim_ascii_start() } else { text };
        let run = |accept: fn(&u8) -> bool, most| text.iter().take(most).take_while(|b| accept(b)).count();
        let digits = |most| {
            let (number, rest) = text.split_at(run(u8::is_ascii_digit, most));
            Some((civil::digits(number)?, rest))
        };
        let word = || text.split_at(run(u8::is_ascii_alphabetic, 12));
        let mut number = |slot: fn(&mut Self) -> &mut Option<u32>| {
            let (n, rest) = digits(2)?;
            *slot(self) = Some(n);
            Some(rest)
        };
        match letter {
            b'm' => number(|p| &mut p.month),
            b'd' | b'e' => number(|p| &mut p.day),
            b'H' | b'k' | b'I' | b'l' => number(|p| &mut p.hour),
            b'M' => number(|p| &mut p.minute),
            b'S' => number(|p| &mut p.second),
            b'Y' => {
                let (n, rest) = digits(4)?;
                self.year = Some(i32::try_from(n).ok()?);
                Some(rest)
            }
            b'y' => {
                let (n, rest) = digits(2)?;
                let n = i32::try_from(n).ok()?;
                self.year = Some(if n < 70 { 2000 + n } else { 1900 + n });
                Some(rest)
            }
            b'j' => {
                let (n, rest) = digits(3)?;
                self.day_of_year = Some(n);
                Some(rest)
            }
            b'f' | b'L' => {
                let (digits, rest) = text.split_at(run(u8::is_ascii_digit, usize::MAX));
                self.fraction = Some(moments::nanos(digits)?);
                Some(rest)
            }
            b's' => {
                let signed = text.len() - text.strip_prefix(b"-").unwrap_or(text).len();
                let (number, rest) =
                    text.split_at(signed + text[signed..].iter().take_while(|b| b.is_ascii_digit()).count());
                self.unix = Some(std::str::from_utf8(number).ok()?.parse().ok()?);
                Some(rest)
            }
            b'b' | b'B' | b'h' => {
                let (name, rest) = word();
                self.month = Some(month(name)?);
                Some(rest.strip_prefix(b".").unwrap_or(rest))
            }
            b'a' | b'A' => {
                let (name, rest) = word();
                (!name.is_empty()).then_some(rest)
            }
            b'p' | b'P' => {
                let (half, rest) = text.split_at_checked(2)?;
                self.afternoon = Some(match half.to_ascii_lowercase().as_slice() {
                    b"am" => false,
                    b"pm" => true,
                    _ => return None,
                });
                Some(rest)
            }
            _ => {
                let is_zone: fn(&u8) -> bool = |b| b.is_ascii_alphanumeric() || b"+-:".contains(b);
                let (zone, rest) = text.split_at(run(is_zone, 6));
                self.offset_min = Some(moments::offset(zone)?);
                Some(rest)
            }
        }
    }

    fn written(&self, reference_secs: i64) -> Option<Written> {
        let (nanos, fine) = self.fraction.unwrap_or((0, Precision::Second));
        if let Some(wall) = self.unix {
            let (offset_min, flags) = (Some(self.offset_min.unwrap_or(0)), RowFlags::NONE);
            return Some(Written { wall, nanos, precision: fine, offset_min, flags });
        }
        let precision = match (self.hour, self.minute, self.second) {
            (None, ..) => Precision::Day,
            (_, _, None) => Precision::Minute,
            _ => fine,
        };
        let hour = match (self.hour.unwrap_or(0), self.afternoon) {
            (hour, None) => hour,
            (hour @ 1..=12, Some(afternoon)) => hour % 12 + if afternoon { 12 } else { 0 },
            _ => return None,
        };
        let second = self.second.unwrap_or(0);
        let in_year = |year: i32| {
            let (month, day) = match (self.day_of_year, self.month, self.day) {
                (Some(n), ..) => month_and_day(year, n)?,
                (None, Some(month), Some(day)) => (month, day),
                _ => return None,
            };
            civil::seconds(year, month, day, hour, self.minute.unwrap_or(0), second)
        };
        let mut flags = if second == 60 { RowFlags::LEAP_SECOND } else { RowFlags::NONE };
        let wall = match self.year {
            Some(year) => in_year(year)?,
            None => {
                flags |= RowFlags::INFERRED_YEAR;
                // Eight years back there was a 29th of February, also around 1900 and 2100.
                let this = year_of(reference_secs);
                (0..=8).filter_map(|back| in_year(this + 1 - back)).find(|t| *t <= reference_secs + 86_400)?
            }
        };
        Some(Written { wall, nanos, precision, offset_min: self.offset_min, flags })
    }
}

/// `Jan`, `January`, `Sept`: a beginning of at least three letters.
fn month(name: &[u8]) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let month = civil::month(name.get(..3)?)?;
    let full = NAMES.get(month as usize - 1)?.as_bytes();
    full.get(..name.len()).filter(|f| f.eq_ignore_ascii_case(name)).map(|_| month)
}

fn month_and_day(year: i32, day_of_year: u32) -> Option<(u32, u32)> {
    let mut day = day_of_year;
    for month in 1..=12 {
        let length = civil::days_in_month(year, month);
        if day <= length {
            return Some((month, day));
        }
        day -= length;
    }
    None
}

/// The year of a Unix time, between 1 and 9999.
fn year_of(secs: i64) -> i32 {
    let days = secs.div_euclid(86_400);
    let mut year = (1970 + days.div_euclid(366)).clamp(1, 9999) as i32;
    while year < 9999 && civil::days(year + 1, 1, 1) <= days {
        year += 1;
    }
    year
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_709_251_210; // 2024-03-01T00:00:10Z

    fn read(pattern: &str, text: &str) -> Option<Written> {
        Pattern::new(pattern).unwrap().read(text.as_bytes(), NOW)
    }

    #[test]
    fn patterns() {
        let wall = |p, t| read(p, t).unwrap_or_else(|| panic!("{p} {t}")).wall;
        assert_eq!(wall("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700"), 971_186_136);
        assert_eq!(wall("%a, %d %B %Y %T", "Tue, 10 October 2000 13:55:36"), 971_186_136);
        assert_eq!(wall("%m/%d/%y %I:%M %p", "10/10/00 12:05 AM"), wall("%F %R", "2000-10-10 00:05"));
        assert_eq!(wall("%m/%d/%y %I:%M %p", "10/10/00 1:05 pm"), wall("%F %R", "2000-10-10 13:05"));
        assert_eq!(wall("%Y-%j", "2024-060"), wall("%F", "2024-02-29"));
        assert_eq!(wall("%s.%f", "971186136.25"), 971_186_136);
        let fine = read("%F %T,%f", "2000-10-10 13:55:36,250").unwrap();
        assert_eq!(
            (fine.nanos, fine.precision, fine.offset_min),
            (250_000_000, Precision::Millisecond, None)
        );
        assert_eq!(read("%d.%m.%Y", "01.02.2024").unwrap().precision, Precision::Day);
    }

    #[test]
    fn what_does_not_fit() {
        for (pattern, text) in [
            ("%F", "2023-02-29"),
            ("%F", "2023-02-28 x"),
            ("%F %R", "2023-02-28"),
            ("%d %b %Y", "01 Janet 2024"),
            ("%I:%M %p %F", "13:00 pm 2024-01-01"),
            ("%Y-%j", "2023-366"),
            ("%F %z", "2024-01-01 CEST"),
        ] {
            assert_eq!(read(pattern, text), None, "{pattern} {text}");
        }
        for pattern in ["%H:%M", "%Q", "%Y%", "%m"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn years_that_are_not_written() {
        let inferred = |t| read("%b %e %T", t).unwrap();
        assert_eq!(inferred("Mar  1 00:00:00").wall, NOW - 10);
        assert_eq!(inferred("Mar  3 00:00:00").wall, NOW - 10 + 2 * 86_400 - 366 * 86_400);
        assert_eq!(inferred("Feb 29 00:00:00").wall, NOW - 10 - 86_400);
        assert!(inferred("Feb 29 00:00:00").flags.contains(RowFlags::INFERRED_YEAR));
    }
}
