//! How long something took, as people and programs write it.
//!
//! Not for instants. Two numbers with a colon are hours and minutes, as time sheets have them.

use crate::toolkit::numbers::number;

const SECOND_NS: i128 = 1_000_000_000;
const MINUTE_NS: i128 = 60 * SECOND_NS;
const HOUR_NS: i128 = 60 * MINUTE_NS;
const DAY_NS: i128 = 24 * HOUR_NS;

/// Nanoseconds: a number of units of this size, or a text that names its units. `None` for anything else and for
/// negative values.
pub(crate) fn nanos(text: &[u8], unit_ns: i128) -> Option<i128> {
    let text = text.trim_ascii();
    let plain = number(text).or_else(|| number(&decimal_comma(text)?)).and_then(|n| n.nanos(unit_ns));
    plain.or_else(|| named(text)).filter(|ns| *ns >= 0)
}

/// A duration with a unit: `01:30:00`, `1:30`, `1h 30min`, `PT1H30M`, `1 day, 2:00:00`.
pub(crate) fn named(text: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    iso(text).or_else(|| with_units(text))
}

/// `1,5` as `1.5`. Before three digits a comma could as well part thousands.
fn decimal_comma(text: &[u8]) -> Option<Vec<u8>> {
    let comma = text.iter().position(|b| *b == b',')?;
    let behind = text.get(comma + 1..)?;
    let is_decimal = behind.len() != 3 && !behind.is_empty() && behind.iter().all(u8::is_ascii_digit);
    is_decimal.then(|| [&text[..comma], b".", behind].concat())
}

/// `P1DT2H30M5.5S`, `P2W`.
fn iso(text: &str) -> Option<i128> {
    let (date, time) = match text.strip_prefix(['P', 'p'])?.split_once(['T', 't']) {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text.get(1..)?, ""),
    };
    let mut total = None;
    for (part, units) in [
        (date, &[('W', 7 * DAY_NS), ('D', DAY_NS)][..]),
        (time, &[('H', HOUR_NS), ('M', MINUTE_NS), ('S', SECOND_NS)]),
    ] {
        let mut rest = part;
        while let Some(end) = rest.find(|c: char| c.is_ascii_alphabetic()) {
            let letter = rest[end..].chars().next()?.to_ascii_uppercase();
            let (_, unit_ns) = units.iter().find(|(l, _)| *l == letter)?;
            total = Some(total.unwrap_or(0) + amount(&rest[..end], *unit_ns)?);
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            return None;
        }
    }
    total
}

fn amount(digits: &str, unit_ns: i128) -> Option<i128> {
    let digits = digits.trim();
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number = number(digits.as_bytes()).or_else(|| number(&decimal_comma(digits.as_bytes())?))?;
    number.nanos(unit_ns)
}

/// Numbers with units, and at the end perhaps a clock: `1 h 30 min`, `90m`, `2 days, 3:04:05`, `1.02:03:04`.
fn with_units(text: &str) -> Option<i128> {
    let (mut total, mut rest, mut any) = (0, text, false);
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if rest.is_empty() {
            return any.then_some(total);
        }
        if let Some(clock) = clock(rest) {
            return Some(total + clock);
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let word_len = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (word, after) = after.split_at(word_len);
        total += amount(number.trim_end_matches(','), unit(word)?)?;
        any = true;
        rest = after.strip_prefix('.').unwrap_or(after);
    }
}

/// Hours, minutes and perhaps seconds with a fraction; days in front, followed by a dot, as in .NET.
fn clock(text: &str) -> Option<i128> {
    let (hours, rest) = text.split_once(':')?;
    let (days, hours) = match hours.split_once('.') {
        Some((days, hours)) => (whole(days, 5)?, hours),
        None => (0, hours),
    };
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let (seconds, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
    let (hours, minutes, seconds) = (whole(hours, 6)?, whole(minutes, 2)?, whole(seconds, 2)?);
    let (fine, _) = crate::toolkit::moments::nanos(fraction.as_bytes())?;
    let two = rest.len() >= 2 && rest.as_bytes().get(2).is_none_or(|b| *b == b':');
    (two && minutes < 60 && seconds < 60).then(|| {
        days * DAY_NS + hours * HOUR_NS + minutes * MINUTE_NS + seconds * SECOND_NS + i128::from(fine)
    })
}

fn whole(digits: &str, most: usize) -> Option<i128> {
    let fits = !digits.is_empty() && digits.len() <= most && digits.bytes().all(|b| b.is_ascii_digit());
    if fits { digits.parse().ok() } else { None }
}

/// Nanoseconds in a unit, by its name or a word of a column's name.
pub(crate) fn unit(word: &str) -> Option<i128> {
    Some(match word.to_lowercase().as_str() {
        "ns" | "nanos" | "nanoseconds" => 1,
        "us" | "µs" | "micros" | "microseconds" => 1_000,
        "ms" | "msec" | "msecs" | "millis" | "milliseconds" => 1_000_000,
        "s" | "sec" | "secs" | "second" | "seconds" | "sek" | "sekunden" | "secondes" | "segundos" => {
            SECOND_NS
        }
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "minutos" | "minuti" => MINUTE_NS,
        "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden" | "heure" | "heures"
        | "hora" | "horas" | "ore" | "uren" => HOUR_NS,
        "d" | "day" | "days" | "tag" | "tage" => DAY_NS,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let minutes = |n: i128| Some(n * MINUTE_NS);
        for (text, want) in [
            ("01:30:00", minutes(90)),
            ("1:30", minutes(90)),
            ("0:05", minutes(5)),
            ("100:00:00", minutes(6_000)),
            ("00:00:30.5", Some(30 * SECOND_NS + SECOND_NS / 2)),
            ("1h 30min", minutes(90)),
            ("1 h 30 m", minutes(90)),
            ("1h30m", minutes(90)),
            ("90 min.", minutes(90)),
            ("1,5 Std.", minutes(90)),
            ("1.5h", minutes(90)),
            ("PT1H30M", minutes(90)),
            ("P1DT1M", minutes(1_441)),
            ("1 day, 2:03:00", minutes(1_563)),
            ("1.02:03:00", minutes(1_563)),
        ] {
            assert_eq!(named(text.as_bytes()), want, "{text}");
            assert_eq!(nanos(text.as_bytes(), 1), want, "{text}");
        }
        assert_eq!(nanos(b"1.5", HOUR_NS), minutes(90));
        assert_eq!(nanos(b"1,5", HOUR_NS), minutes(90));
        for none in [
            "",
            "-",
            "1:60",
            "1:2:3",
            "1:5",
            "-01:30",
            "1,234",
            "soon",
            "1 fortnight",
            "P",
            "PT",
            "PT5",
            "::",
            "1::2",
        ] {
            assert_eq!(nanos(none.as_bytes(), SECOND_NS), None, "{none}");
        }
    }
}
