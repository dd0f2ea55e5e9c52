//! Decimal numbers as people and programs write them, exactly: an instant in nanoseconds has more digits than a
//! float keeps.

/// A decimal number: whole units, and the digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) negative: bool,
    pub(crate) whole: i128,
    pub(crate) fraction: i128,
    /// How many digits `fraction` has, at most nine.
    pub(crate) places: u32,
}

/// `-12`, `1600133363.72`, `1.6e9`; `None` for anything else and for numbers beyond all use.
pub(crate) fn number(text: &[u8]) -> Option<Number> {
    const MAX_DIGITS: usize = 24;
    let text = text.trim_ascii();
    let (negative, text) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    let (mantissa, exponent) = match text.iter().position(|b| b.eq_ignore_ascii_case(&b'e')) {
        Some(at) => (&text[..at], std::str::from_utf8(&text[at + 1..]).ok()?.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let point = mantissa.iter().position(|b| *b == b'.').unwrap_or(mantissa.len());
    let digits: Vec<u8> = mantissa.iter().enumerate().filter(|(i, _)| *i != point).map(|(_, b)| *b).collect();
    if digits.is_empty() || digits.len() > 60 || point == 0 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let point = i32::try_from(point).ok()?.checked_add(exponent)?;
    if !(-9..=MAX_DIGITS as i32).contains(&point) {
        // Too large for any date, or too small to differ from 0.
        return None;
    }
    // The digit at a decimal place, which may be before or after all written ones.
    let digit = |place: i32| {
        usize::try_from(place).ok().and_then(|i| digits.get(i)).map_or(0, |b| i128::from(b - b'0'))
    };
    let whole = (0..point.max(0)).fold(0, |n, place| n * 10 + digit(place));
    let places = (digits.len() as i32 - point).clamp(0, 9);
    let fraction = (point..point + places).fold(0, |n, place| n * 10 + digit(place));
    Some(Number { negative, whole, fraction, places: places as u32 })
}

impl Number {
    /// As nanoseconds, if it counts units of this size.
    pub(crate) fn nanos(&self, unit_ns: i128) -> Option<i128> {
        let whole = self.whole.checked_mul(unit_ns)?;
        let total = whole.checked_add(self.fraction * unit_ns / 10_i128.pow(self.places))?;
        Some(if self.negative { -total } else { total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_to_the_nanosecond() {
        for (text, want) in [
            ("1600133363.123456789", 1_600_133_363_123_456_789_i128),
            ("-1.5", -1_500_000_000),
            ("+2", 2_000_000_000),
            ("1.6e9", 1_600_000_000_000_000_000),
            ("25E-1", 2_500_000_000),
            ("7.", 7_000_000_000),
            ("0.0000000019", 1),
        ] {
            assert_eq!(number(text.as_bytes()).unwrap().nanos(1_000_000_000), Some(want), "{text}");
        }
        for text in ["", ".", ".5", "-", "1.2.3", "0x10", "1e", "1e400", "1e-400", "12 34", "NaN"] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
    }
}
