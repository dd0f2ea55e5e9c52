//! A length of time as people write it: `250ms`, `30s`, `15m`, `12h`, `7d`.

use crate::error::{Error, Result};
use std::time::Duration;

/// The units with their milliseconds, longest first.
const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a whole number and a unit.
///
/// # Errors
/// A usage error when it is none, or 0.
pub fn parse_duration(text: &str) -> Result<Duration> {
    let trimmed = text.trim();
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = trimmed.split_at(digits);
    let number = number.parse::<u64>().ok().filter(|n| *n > 0);
    let unit = UNITS.iter().find(|(name, _)| *name == unit.trim());
    number
        .zip(unit)
        .and_then(|(number, (_, ms))| number.checked_mul(*ms))
        .map(Duration::from_millis)
        .ok_or_else(|| {
            Error::usage(format!("{text:?} is not a length of time"))
                .hint("write a whole number and ms, s, m, h, d or w: 250ms, 30s, 15m")
        })
}

/// Writes it in the longest unit that has no remainder, so that [`parse_duration`] reads the same.
pub fn duration_text(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (unit, of) = UNITS.into_iter().find(|(_, of)| ms > 0 && ms % of == 0).unwrap_or(("ms", 1));
    format!("{}{unit}", ms / of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_is_written() {
        for (text, ms) in
            [("250ms", 250), ("2s", 2_000), (" 15 m ", 900_000), ("24h", 86_400_000), ("7d", 604_800_000)]
        {
            let duration = parse_duration(text).unwrap();
            assert_eq!(duration, Duration::from_millis(ms), "{text}");
            assert_eq!(parse_duration(&duration_text(duration)).unwrap(), duration, "{text}");
        }
        assert_eq!(duration_text(Duration::from_millis(90_000)), "90s");
        for text in
            ["", "5", "m", "0s", "1.5h", "-1s", "3 fortnights", "99999999999999999999s", "9999999999999999d"]
        {
            let error = parse_duration(text).unwrap_err();
            assert!(error.is_user_error() && error.hint_text().is_some(), "{text}");
        }
    }
}
