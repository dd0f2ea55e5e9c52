//! Dates and clocks as web pages write them for people, in many languages.
//!
//! Order and names are detected from the text alone, so this is a guess where languages differ: a caller that knows the
//! order of day and month passes it.

use crate::toolkit::months::month;
use workhours_plugin_api::{Precision, civil};

/// The first part of a date of numbers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    MonthFirst,
    DayFirst,
}

/// No-break and thin spaces as plain ones, marks of direction left out.
pub(crate) fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'));
    let spaced = kept.map(|c| match c {
        '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}' | '\u{3000}' => ' ',
        c => c,
    });
    spaced.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs of digits and of letters; all else separates.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let digits = rest.chars().next()?.is_ascii_digit();
        let ends = |c: char| !c.is_alphanumeric() || c.is_ascii_digit() != digits;
        let (token, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        rest = after;
        Some(token)
    })
}

/// The three numbers of a date without a month name, in order.
fn numbers(text: &str) -> Option<[u32; 3]> {
    let mut all = tokens(text).filter_map(|t| civil::digits(t.as_bytes()));
    let three = [all.next()?, all.next()?, all.next()?];
    all.next().is_none().then_some(three)
}

/// The order that a date of numbers shows by a day beyond 12.
pub(crate) fn order(text: &str) -> Option<Order> {
    match numbers(text)? {
        [13..=31, 1..=12, _] => Some(Order::DayFirst),
        [1..=12, 13..=31, _] => Some(Order::MonthFirst),
        _ => None,
    }
}

/// Year, month and day of `Nov 10, 2026`, `10 nov. 2026`, `11/10/26`, `10.11.2026`, `2026-11-10`, `2026年11月10日`.
/// Between slashes the month comes first unless `order` or the numbers say otherwise, else the day.
pub(crate) fn day(text: &str, known: Option<Order>) -> Option<(i32, u32, u32)> {
    let mut named = tokens(text).filter(|t| !t.starts_with(|c: char| c.is_ascii_digit())).filter_map(month);
    let (year, month, day) = match named.next() {
        Some(month) => {
            let mut all = tokens(text).filter_map(|t| civil::digits(t.as_bytes()));
            match (all.next()?, all.next()?) {
                (year @ 1000.., day) => (year, month, day),
                (day, year) => (year, month, day),
            }
        }
        None => {
            let [a, b, c] = numbers(text)?;
            let slashes = text.contains('/');
            match order(text).or(known) {
                _ if a >= 1000 => (a, b, c),
                Some(Order::DayFirst) => (c, b, a),
                Some(Order::MonthFirst) => (c, a, b),
                None if slashes => (c, a, b),
                None => (c, b, a),
            }
        }
    };
    let year = match year {
        0..=69 => 2000 + year,
        70..=99 => 1900 + year,
        _ => year,
    };
    let year = i32::try_from(year).ok().filter(|y| (1000..=9999).contains(y))?;
    civil::seconds(year, month, day, 0, 0, 0).map(|_| (year, month, day))
}

/// The position of a time with its hours, minutes and perhaps seconds in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock<'a> {
    /// Seconds since midnight.
    pub(crate) secs: i64,
    pub(crate) precision: Precision,
    pub(crate) before: &'a str,
    pub(crate) after: &'a str,
}

/// Finds the last `02:00`, `2:00 AM`, `14.05.33`, `14h05` or `下午2:00` in a text. Dots count only if `dots` allows them:
/// dates have them too.
pub(crate) fn clock(text: &str, dots: bool) -> Option<Clock<'_>> {
    let at_word = |from: usize| {
        !text[..from].ends_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ':' | '/' | '-' | '+'))
    };
    let starts = text.char_indices().filter(|(i, c)| c.is_ascii_digit() && at_word(*i)).map(|(i, _)| i);
    // The last with a colon; else the last of all.
    let mut found = None;
    for start in starts {
        let Some((parts, len)) = clock_at(&text[start..], dots) else { continue };
        found = Some((start, len, parts));
    }
    let (start, len, [hour, minute, second]) = found?;
    let (before, after) = (text[..start].trim_end(), text[start + len..].trim_start());
    let (noon, before, after) = half(before, after);
    let (hour, minute) = (hour?, minute?);
    let hour = match noon {
        Some(pm) if (1..=12).contains(&hour) => hour % 12 + if pm { 12 } else { 0 },
        // `13:00 PM` and `0:30 PM` are written too.
        Some(true) if hour == 0 => 12,
        _ => hour,
    };
    let precision = if second.is_some() { Precision::Second } else { Precision::Minute };
    let secs = civil::seconds(1970, 1, 1, hour, minute, second.unwrap_or(0))?;
    Some(Clock { secs, precision, before, after })
}

type Parts = [Option<u32>; 3];

/// Hour, minute and perhaps second at the very start, and their length.
fn clock_at(text: &str, dots: bool) -> Option<(Parts, usize)> {
    let bytes = text.as_bytes();
    let number = |from: usize, most: usize| {
        let len = bytes.get(from..)?.iter().take_while(|b| b.is_ascii_digit()).count();
        (1..=most).contains(&len).then(|| (civil::digits(&bytes[from..from + len]), from + len))
    };
    let (hour, at) = number(0, 2)?;
    let separator = *bytes.get(at)?;
    if !(separator == b':' || separator == b'h' || separator == b'.' && dots) {
        return None;
    }
    let (minute, at) = number(at + 1, 2).filter(|(_, end)| *end == at + 3)?;
    let second = (bytes.get(at) == Some(&separator)).then(|| number(at + 1, 2)).flatten();
    match second {
        Some((second, end)) => Some(([hour, minute, second], end)),
        None => Some(([hour, minute, None], at)),
    }
}

/// Takes off a word for before or after noon: `true` is after.
fn half<'a>(before: &'a str, after: &'a str) -> (Option<bool>, &'a str, &'a str) {
    const BEHIND: [(&str, bool); 12] = [
        ("a. m.", false),
        ("p. m.", true),
        ("a.m.", false),
        ("p.m.", true),
        ("am", false),
        ("pm", true),
        ("fm", false),
        ("em", true),
        ("vorm.", false),
        ("nachm.", true),
        ("π.μ.", false),
        ("μ.μ.", true),
    ];
    const BEFORE: [(&str, bool); 10] = [
        ("上午", false),
        ("下午", true),
        ("凌晨", false),
        ("早上", false),
        ("晚上", true),
        ("中午", true),
        ("午前", false),
        ("午後", true),
        ("오전", false),
        ("오후", true),
    ];
    for (word, pm) in BEHIND {
        let Some((head, rest)) = after.split_at_checked(word.len()) else { continue };
        if head.to_lowercase() == word && !rest.starts_with(char::is_alphanumeric) {
            return (Some(pm), before, rest.trim_start());
        }
    }
    for (word, pm) in BEFORE {
        if let Some(rest) = before.strip_suffix(word) {
            return (Some(pm), rest.trim_end(), after);
        }
    }
    (None, before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_many_languages() {
        for text in [
            "Nov 10, 2026",
            "10 nov. 2026",
            "10. Nov. 2026",
            "2026-11-10",
            "11/10/26",
            "10.11.2026",
            "10-11-2026",
            "2026年11月10日",
            "2026. 11. 10.",
            "10 de nov. de 2026",
            "10 нояб. 2026 г.",
            "10 lis 2026",
            "2026. nov. 10.",
            "10 Kas 2026",
            "10 thg 11, 2026",
            "Tuesday, November 10, 2026",
            "10 marraskuuta 2026",
        ] {
            assert_eq!(day(&plain(text), None), Some((2026, 11, 10)), "{text}");
        }
        assert_eq!(day("10/11/26", Some(Order::DayFirst)), Some((2026, 11, 10)));
        assert_eq!(day("31/01/2018", None), Some((2018, 1, 31)));
        for none in ["Context Navigation", "Today", "2/30/2024", "10 Nov", "1, 2, 3, 4", ""] {
            assert_eq!(day(none, None), None, "{none}");
        }
    }

    #[test]
    fn clocks() {
        for (text, secs) in [
            ("02:00", 7_200),
            ("2:00\u{202f}AM", 7_200),
            ("12:30 am", 1_800),
            ("12:30 PM", 45_000),
            ("14h05", 50_700),
            ("下午2:05", 50_700),
            ("오전 12:00", 0),
            ("2:05 p. m.", 50_700),
            ("14:05:33", 50_733),
            ("14.05", 50_700),
        ] {
            assert_eq!(clock(&plain(text), true).map(|c| c.secs), Some(secs), "{text}");
        }
        let found = clock("31.01.2018, 22:54:50 MEZ", true).unwrap();
        assert_eq!((found.secs, found.before, found.after), (82_490, "31.01.2018,", "MEZ"));
        for none in ["25:00", "12:60", "now", "2018", "1:2"] {
            assert_eq!(clock(none, true), None, "{none}");
        }
    }
}
