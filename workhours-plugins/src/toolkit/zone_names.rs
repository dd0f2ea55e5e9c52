//! Names of zones as web pages write them next to a time.
//!
//! Not a time zone database: a name is an offset here, or nothing if it has several meanings.

use workhours_plugin_api::civil;

/// Minutes east of UTC for the name of a zone as pages write it. Names with several meanings have none here.
pub(crate) fn zone(name: &str) -> Option<i16> {
    const NAMES: [(&str, i16); 33] = [
        ("UTC", 0),
        ("GMT", 0),
        ("Z", 0),
        ("WET", 0),
        ("WEST", 60),
        ("BST", 60),
        ("CET", 60),
        ("CEST", 120),
        ("MEZ", 60),
        ("MESZ", 120),
        ("EET", 120),
        ("EEST", 180),
        ("OEZ", 120),
        ("OESZ", 180),
        ("MSK", 180),
        ("EST", -300),
        ("EDT", -240),
        ("CST", -360),
        ("CDT", -300),
        ("MST", -420),
        ("MDT", -360),
        ("PST", -480),
        ("PDT", -420),
        ("AKST", -540),
        ("AKDT", -480),
        ("HST", -600),
        ("JST", 540),
        ("KST", 540),
        ("AEST", 600),
        ("AEDT", 660),
        ("NZST", 720),
        ("NZDT", 780),
        ("BRT", -180),
    ];
    let name = name.trim();
    if let Some((_, minutes)) = NAMES.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
        return Some(*minutes);
    }
    let rest = ["GMT", "UTC", ""].iter().find_map(|p| name.strip_prefix(p))?.replace('\u{2212}', "-");
    let (sign, digits) = match rest.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes) = (civil::digits(hours.as_bytes())?, civil::digits(minutes.as_bytes())?);
    (hours <= 14 && minutes <= 59).then(|| sign * (hours * 60 + minutes) as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones() {
        for (name, minutes) in
            [("CEST", 120), ("GMT+05:30", 330), ("UTC-3", -180), ("GMT\u{2212}0230", -150), ("+01:00", 60)]
        {
            assert_eq!(zone(name), Some(minutes), "{name}");
        }
        assert_eq!((zone("IST"), zone(""), zone("GMT+99")), (None, None, None));
    }
}
