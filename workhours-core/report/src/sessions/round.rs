//! Rounding that adds up: a rounded total is divided into whole steps, the largest remainders first.

use workhours_base::vocabulary::{RoundMode, Rounding};

/// µs as hours, exactly: rows that were rounded for the eye would not add up. Outputs for people show two decimals.
pub(crate) fn hours(us: i64) -> f64 {
    us as f64 / 3.6e9
}

/// The same for a sentence.
pub(crate) fn hours_text(us: i64) -> String {
    ((hours(us) * 10_000.0).round() / 10_000.0).to_string()
}

fn step(rounding: Rounding) -> i64 {
    i64::from(rounding.step_min) * 60_000_000
}

/// A length in whole steps.
pub(crate) fn round(us: i64, rounding: Rounding) -> i64 {
    let step = step(rounding);
    let (whole, rest) = (us.div_euclid(step), us.rem_euclid(step));
    let up = match rounding.mode {
        RoundMode::Up => rest > 0,
        RoundMode::Down => false,
        RoundMode::Nearest => rest * 2 >= step,
    };
    (whole + i64::from(up)) * step
}

/// Lengths in whole steps whose sum is the rounded sum of the lengths.
pub(crate) fn share(lengths: &[i64], rounding: Rounding) -> Vec<i64> {
    let step = step(rounding);
    let mut shares: Vec<i64> = lengths.iter().map(|us| us.div_euclid(step)).collect();
    let whole = round(lengths.iter().sum(), rounding) / step;
    let mut by_rest: Vec<usize> = (0..lengths.len()).collect();
    by_rest.sort_by_key(|i| (std::cmp::Reverse(lengths[*i].rem_euclid(step)), *i));
    let mut left = whole - shares.iter().sum::<i64>();
    // At most one step each is left over, and only those that have a remainder take one.
    for i in by_rest {
        if left <= 0 {
            break;
        }
        shares[i] += 1;
        left -= 1;
    }
    shares.into_iter().map(|steps| steps * step).collect()
}
