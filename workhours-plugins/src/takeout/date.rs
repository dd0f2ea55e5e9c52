//! Dates as the pages of Google Takeout write them, in the language of the account.
//!
//! A line has a date, a time with seconds and perhaps a zone, in the order of the language. The patterns are those of
//! CLDR; this decides what is a date, and not a title that looks like one.

use crate::takeout::clock::{Clock, clock};
use crate::takeout::text::{numbers, plain, words};
use crate::takeout::words::WORDS;
use crate::takeout::zone;
use crate::toolkit::months;
use workhours_plugin_api::*;

/// The first part of `02/03/2024`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

/// The date of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stated {
    /// None if day and month could be swapped and nothing shows the order.
    pub(crate) time: Option<EventTime>,
    /// The name of a zone that is not known.
    pub(crate) zone: String,
}

/// The date in a line; `None` if it is anything else. `order` is what other dates of the page show.
pub(crate) fn dated(line: &str, order: Option<Order>) -> Option<Stated> {
    const LONGEST: usize = 70;
    const WORDS_LONG: usize = 7;
    let line = plain(line);
    if line.chars().count() > LONGEST {
        return None;
    }
    let clock = clock(&line)?;
    let (date, offset, name) = apart(&line, &clock);
    if date.split(' ').count() > WORDS_LONG {
        return None;
    }
    let stated = |time| Some(Stated { time, zone: name.to_owned() });
    // Arabic has the day first.
    let arabic = line.contains(|c| ('\u{600}'..='\u{6ff}').contains(&c)).then_some(Order::DayFirst);
    let Day::Known(days) = day(&date, &clock, arabic.or(order))? else { return stated(None) };
    let wall = days * 86_400 + clock.secs;
    stated(Some(match offset {
        Some(minutes) => EventTime::at_offset(wall, minutes, Precision::Second),
        None => EventTime::local(wall, Precision::Second),
    }))
}

/// The order that the date in a line shows, if it is numeric and ends in the year.
pub(crate) fn shown(line: &str) -> Option<Order> {
    let line = plain(line);
    let clock = clock(&line)?;
    let (date, ..) = apart(&line, &clock);
    match numbers(&date)?[..] {
        [13..=31, 1..=12, 1000..=9999] => Some(Order::DayFirst),
        [1..=12, 13..=31, 1000..=9999] => Some(Order::MonthFirst),
        _ => None,
    }
}

/// The date, the offset, and the name of the zone if it is unknown. Chinese has the zone before the time, Vietnamese
/// the date after it.
fn apart<'a>(line: &str, clock: &Clock<'a>) -> (String, Option<i16>, &'a str) {
    let Clock { before, after, .. } = *clock;
    // Languages of India, and a clock of twelve hours in English: Ireland has 24.
    let india = clock.halved || line.contains(|c| ('\u{900}'..='\u{dff}').contains(&c));
    let has_digits = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    if after.is_empty() {
        return match zone::at_end(before, india) {
            Some((minutes, date)) => (date.to_owned(), Some(minutes), ""),
            None => (before.to_owned(), None, ""),
        };
    }
    if let Some((minutes, rest)) = zone::at_start(after, india) {
        return (format!("{before} {rest}"), Some(minutes), "");
    }
    if has_digits(before) {
        return (before.to_owned(), None, after.trim_matches([' ', ',', '(', ')', '[', ']']));
    }
    if let Some((minutes, date)) = zone::at_end(after, india) {
        return (format!("{before} {date}"), Some(minutes), "");
    }
    match after.rsplit_once(' ') {
        Some((date, name)) if !has_digits(name) => (date.to_owned(), None, name),
        _ => (after.to_owned(), None, ""),
    }
}

/// A day that is written.
enum Day {
    /// Days since 1970.
    Known(i64),
    /// Day and month could change places.
    EitherWay,
}

/// The day that is written, with a month's name or in numbers.
fn day(date: &str, clock: &Clock<'_>, order: Option<Order>) -> Option<Day> {
    let numbers = numbers(date)?;
    let words: Vec<String> = words(date).collect();
    if let Some(month) = words.iter().find_map(|w| WORDS.persian(w))
        && let [a, b] = numbers[..]
    {
        return persian(a.max(b), month, a.min(b)).map(Day::Known);
    }
    let (year, month, day) = match numbers[..] {
        [a, b] => {
            let month = named(date, &words)?;
            if a >= 1000 { (a, month, b) } else { (b, month, a) }
        }
        [year @ 1000..=9999, month, day] => (year, month, day),
        [a, b, year] => match order_of(date, clock.halved, [a, b], order) {
            Some(Order::DayFirst) => (year, b, a),
            Some(Order::MonthFirst) => (year, a, b),
            None => return Some(Day::EitherWay),
        },
        _ => return None,
    };
    let year = match year {
        0..=69 => 2000 + year,
        70..=99 => 1900 + year,
        // Thailand counts from the death of the Buddha.
        2400.. if date.contains(|c| ('\u{e00}'..='\u{e7f}').contains(&c)) => year - 543,
        _ => year,
    };
    let year = i32::try_from(year).ok().filter(|y| (1000..=9999).contains(y))?;
    civil::seconds(year, month, day, 0, 0, 0).map(|_| Day::Known(civil::days(year, month, day)))
}

/// The month that one of the words names, if no other word names another.
fn named(date: &str, words: &[String]) -> Option<u32> {
    // Croatian has a dot after the year; Polish, which uses the same words for other months, has none.
    let croatian = date.trim_end_matches([',', ' ']).ends_with('.');
    let mut known = words.iter().filter_map(|w| WORDS.month(w, croatian));
    match known.next() {
        Some(month) => known.all(|m| m == month).then_some(month),
        None => words.iter().find_map(|w| months::month(w)),
    }
}

/// The first part of a numeric date that ends in the year.
fn order_of(date: &str, halved: bool, [a, b]: [u32; 2], known: Option<Order>) -> Option<Order> {
    match (a, b) {
        (13.., _) => return Some(Order::DayFirst),
        (_, 13..) => return Some(Order::MonthFirst),
        _ if a == b => return Some(Order::DayFirst),
        _ => {}
    }
    // With slashes and a clock of twelve hours both are written: in Panama and the United States the month comes first,
    // in Colombia and Australia the day. All else has the day first.
    let open = date.contains('/') && halved;
    known.or((!open).then_some(Order::DayFirst))
}

/// Days from 1970 to a date of the Persian calendar, whose leap years follow the rule of 33 years: correct from 1799 to
/// 2256.
fn persian(year: u32, month: u32, day: u32) -> Option<i64> {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let before = |year: i64| 365 * (year - 1) + (8 * year + 21) / 33;
    let length = match month {
        1..=6 => 31,
        7..=11 => 30,
        _ => before(year + 1) - before(year) - 336,
    };
    let before_month = 31 * (month - 1) - (month - 7).max(0);
    // The first day of the first year.
    let first = civil::days(622, 3, 21);
    let fits = (1178..1636).contains(&year) && (1..=length).contains(&day);
    fits.then(|| first + before(year) + before_month + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_many_languages() {
        for (line, secs, zone) in [
            ("Jan 31, 2018, 10:54:50 PM", 1_517_439_290, Zone::Local),
            ("Jan 31, 2018, 10:54:50\u{202f}PM EST", 1_517_457_290, Zone::Offset(-300)),
            ("31.01.2018, 22:54:50 MEZ", 1_517_435_690, Zone::Offset(60)),
            ("31 janv. 2018, 22:54:50 CET", 1_517_435_690, Zone::Offset(60)),
            ("31 de jan. de 2018 22:54:50 BRT", 1_517_450_090, Zone::Offset(-180)),
            ("2018/01/31 22:54:50 JST", 1_517_406_890, Zone::Offset(540)),
            ("2018年1月31日 GMT+8 22:54:50", 1_517_410_490, Zone::Offset(480)),
            ("2018. 1. 31. 오후 10:54:50 GMT+9", 1_517_406_890, Zone::Offset(540)),
            ("22:54:50 31 thg 1, 2018 GMT+7", 1_517_414_090, Zone::Offset(420)),
            ("31.1.2018 klo 22.54.50 UTC+2", 1_517_432_090, Zone::Offset(120)),
            ("31 Jan 2018, 22:54:50 IST", 1_517_439_290, Zone::Local),
            ("31 Jan 2018, 10:54:50 pm IST", 1_517_419_490, Zone::Offset(330)),
            ("31/01/2018, 22:54:50 WET", 1_517_439_290, Zone::Offset(0)),
            ("10 marraskuuta 2018 22:54:50", 1_541_890_490, Zone::Local),
            ("15. lip 2018. 22:54:50 CEST", 1_529_096_090, Zone::Offset(120)),
            ("15 lip 2018, 22:54:50 CEST", 1_531_688_090, Zone::Offset(120)),
            ("30 اسفند 1399، 0:00:00 (+3:30 گرینویچ)", 1_616_185_800, Zone::Offset(210)),
        ] {
            let stated = dated(line, None).unwrap_or_else(|| panic!("{line}"));
            let time = stated.time.unwrap_or_else(|| panic!("{line}"));
            assert_eq!((time.secs, time.zone), (secs, zone), "{line}");
        }
        for none in [
            "Visited Jan 31, 2018",
            "Searched for 10:54:50",
            "Jan 31, 2018, 10:54 PM",
            "",
            "Feb 30, 2018, 1:00:00 AM",
            "30 اسفند 1400، 0:00:00",
            "31 Foo 2018, 22:54:50",
            "Jan 31, 2018 Feb 1, 10:54:50 PM",
        ] {
            assert_eq!(dated(none, None), None, "{none}");
        }
    }

    #[test]
    fn a_date_that_could_be_two_is_none_of_them() {
        let line = "02/03/2018, 10:54:50 PM";
        assert_eq!(dated(line, None).map(|s| s.time), Some(None));
        let on =
            |line: &str, order| dated(line, order).and_then(|s| s.time).map(|t| (t.secs - 82_490) / 86_400);
        let (february, march) = (Some(civil::days(2018, 2, 3)), Some(civil::days(2018, 3, 2)));
        assert_eq!(on(line, Some(Order::MonthFirst)), february);
        assert_eq!(on(line, Some(Order::DayFirst)), march);
        // Nothing but a day of this order is written so.
        for clear in [
            "02/03/2018, 22:54:50 WET",
            "02\u{200f}/03\u{200f}/2018، 10:54:50 م غرينتش",
            "02.03.2018 22:54:50",
        ] {
            assert_eq!(on(clear, None), march, "{clear}");
        }
        assert_eq!(shown("15/03/2018, 10:54:50 PM"), Some(Order::DayFirst));
        assert_eq!((shown("3/15/2018, 10:54:50 PM"), shown(line)), (Some(Order::MonthFirst), None));
    }
}
