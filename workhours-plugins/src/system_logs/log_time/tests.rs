//! Times of every layout.

use super::*;
use workhours_plugin_api::Zone;

fn read(text: &str) -> Option<(i64, Zone, RowFlags, &str)> {
    let Timed { when, rest, .. } = time(text.as_bytes())?;
    let When::Full(Some((time, flags)), _) = when else { return None };
    Some((time.secs, time.zone, flags, std::str::from_utf8(rest).ok()?))
}

#[test]
fn layouts_with_a_year() {
    let at = |h| civil::seconds(2025, 5, 11, h, 33, 13).unwrap();
    let none = RowFlags::NONE;
    for (text, secs, zone, flags) in [
        ("Sun 2025-05-11 21:33:13 CEST x", at(19), Zone::Offset(120), none),
        ("Sun 2025-05-11 21:33:13.924352 UTC x", at(21), Zone::Offset(0), none),
        ("Sun 2025-05-11 21:33:13 -03 x", at(24 - 24) + 86_400, Zone::Offset(-180), none),
        ("Sun 2025-05-11 21:33:13 CST x", at(21), Zone::Local, RowFlags::UNKNOWN_ZONE),
        ("Sun 2025-05-11 21:33:13 x", at(21), Zone::Local, none),
        ("Sun May 11 21:33:13 2025 x", at(21), Zone::Local, none),
        ("2025 May 11 21:33:13 x", at(21), Zone::Local, none),
        ("2025 May 11 21:33:13.5 CEST x", at(19), Zone::Offset(120), none),
        ("May 11 2025 21:33:13 x", at(21), Zone::Local, none),
        ("1746991993.924352 x", at(19), Zone::Unknown, none),
    ] {
        assert_eq!(read(text), Some((secs, zone, flags, " x")), "{text}");
    }
    for text in
        ["Sun 11 May 21:33:13 x", "Son 2025-05-11 21:33:13 x", "1746991993 x", "12.5 x", "25 May 11 21:33:13"]
    {
        assert!(time(text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn days_come_back() {
    for day in (0..40_000).step_by(13) {
        let (y, m, d) = civil_day(day);
        assert_eq!(civil::days(y, m, d), day);
    }
}
