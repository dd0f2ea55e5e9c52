//! Bars and sparklines out of the block characters that every terminal has, for outputs made of text.
//!
//! Not for outputs that can draw: those draw.

/// Eighths of a character, from the left.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// Eighths of a character, from below.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Ends a clipped bar.
const BEYOND: char = '›';

/// A bar of at most this many characters; the highest number has the longest. Higher ones are clipped and marked; a
/// positive number shows at least an eighth.
pub(super) fn bar(number: f64, highest: f64, columns: usize) -> String {
    if number <= 0.0 || highest <= 0.0 || !number.is_finite() || columns == 0 {
        return String::new();
    }
    if number > highest {
        return "█".repeat(columns - 1) + &String::from(BEYOND);
    }
    let eighths = ((number / highest * (columns * 8) as f64).round() as usize).clamp(1, columns * 8);
    let mut out = "█".repeat(eighths / 8);
    if let Some(last) = (eighths % 8).checked_sub(1) {
        out.push(EIGHTHS[last]);
    }
    out
}

/// A character for each number, from zero, or the lowest if that is less, to the highest. A missing number leaves its
/// place empty.
pub(super) fn sparkline(numbers: &[f64]) -> String {
    let finite = || numbers.iter().copied().filter(|n| n.is_finite());
    let lowest = finite().fold(0.0, f64::min);
    let highest = finite().fold(0.0, f64::max);
    let place = |n: f64| {
        if !n.is_finite() {
            return ' ';
        }
        // Halved, so that the span of the largest numbers is still one.
        let part = (n / 2.0 - lowest / 2.0) / (highest / 2.0 - lowest / 2.0);
        HEIGHTS[if part.is_finite() { (part * 7.0).round() as usize } else { 0 }.min(7)]
    };
    numbers.iter().map(|n| place(*n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        for (number, want) in [
            (0.0, ""),
            (-1.0, ""),
            (f64::NAN, ""),
            (0.001, "▏"),
            (1.0, "▌"),
            (4.0, "██"),
            (5.0, "██▌"),
            (8.0, "████"),
            (8.1, "███›"),
            (f64::INFINITY, ""),
        ] {
            assert_eq!(bar(number, 8.0, 4), want, "{number}");
        }
        assert_eq!((bar(1.0, 0.0, 4), bar(1.0, 1.0, 0)), (String::new(), String::new()));
    }

    #[test]
    fn sparklines() {
        for (numbers, want) in [
            (&[][..], ""),
            (&[0.0, 0.0], "▁▁"),
            (&[0.0, 1.0, 3.5, 7.0], "▁▂▅█"),
            (&[5.0], "█"),
            (&[-7.0, 0.0], "▁█"),
            (&[1.0, f64::NAN, f64::INFINITY, 0.0], "█  ▁"),
            (&[f64::MAX, f64::MIN], "█▁"),
        ] {
            assert_eq!(sparkline(numbers), want, "{numbers:?}");
        }
    }
}
