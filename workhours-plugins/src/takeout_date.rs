//! Dates as the pages of Google Takeout write them, in the language of the account.
//!
//! What a date is made of is read in [`written`]; here is what is one, and what a title that looks like one is not.

use crate::written::{self, plain};
use crate::zone_names::zone;
use workhours_plugin_api::*;

/// The time a line states and the name of its zone, if that could not be read; `None` if it is anything but a date.
pub(crate) fn dated(line: &str) -> Option<(EventTime, String)> {
    const LONGEST: usize = 60;
    let line = plain(line);
    if line.chars().count() > LONGEST {
        return None;
    }
    // With dots `22.54.50` is a time, but `31.01.20` is one too: colons go first.
    let clock = [false, true].into_iter().find_map(|dots| written::clock(&line, dots))?;
    if clock.precision != Precision::Second {
        return None;
    }
    // Chinese has the zone before the time, Vietnamese the date behind it.
    let (date, name) = match clock.before.trim() {
        "" => last_word(clock.after),
        before if clock.after.is_empty() => match last_word(before) {
            (date, name) if zone(name).is_some() => (date, name),
            _ => (before, ""),
        },
        before => (before, clock.after),
    };
    if date.split(' ').count() > 6 {
        return None;
    }
    let (year, month, day) = written::day(date, None)?;
    let wall = civil::days(year, month, day) * 86_400 + clock.secs;
    Some(match zone(name) {
        Some(minutes) => (EventTime::at_offset(wall, minutes, Precision::Second), String::new()),
        None => (EventTime::local(wall, Precision::Second), name.trim().to_owned()),
    })
}

fn last_word(text: &str) -> (&str, &str) {
    text.trim().rsplit_once(' ').unwrap_or((text.trim(), ""))
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
        ] {
            let (time, _) = dated(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((time.secs, time.zone), (secs, zone), "{line}");
        }
        for none in [
            "Visited Jan 31, 2018",
            "Searched for 10:54:50",
            "Jan 31, 2018, 10:54 PM",
            "",
            "Feb 30, 2018, 1:00:00 AM",
        ] {
            assert_eq!(dated(none), None, "{none}");
        }
    }
}
