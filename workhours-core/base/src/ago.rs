//! How long ago something was, as people say it: roughly, in minutes, hours, days, months or years.

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const TWO_DAYS: i64 = 2 * DAY;

/// From one moment, in µs, to a later one.
pub fn ago(us: i64, now_us: i64) -> String {
    let passed = now_us - us;
    match passed {
        ..0 => "in the future".to_owned(),
        0..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => format!("{} min ago", passed / MINUTE),
        HOUR..TWO_DAYS => format!("{} h ago", passed / HOUR),
        _ => match passed / DAY {
            days @ ..60 => format!("{days} days ago"),
            days @ 60..730 => format!("{} months ago", days / 30),
            days => format!("{} years ago", days / 365),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_roughly() {
        let told = [
            (-1, "in the future"),
            (0, "just now"),
            (MINUTE, "1 min ago"),
            (HOUR - 1, "59 min ago"),
            (HOUR, "1 h ago"),
            (2 * DAY - 1, "47 h ago"),
            (2 * DAY, "2 days ago"),
            (60 * DAY, "2 months ago"),
            (729 * DAY, "24 months ago"),
            (730 * DAY, "2 years ago"),
            (4396 * DAY, "12 years ago"),
        ];
        for (passed, text) in told {
            assert_eq!(ago(0, passed), text);
        }
    }
}
