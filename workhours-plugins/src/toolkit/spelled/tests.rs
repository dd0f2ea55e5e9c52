//! Spellings of one instant, and texts that are none.

use super::*;

/// 2024-03-15T10:30:00 as if it were UTC.
const WALL: i64 = 1_710_498_600;
const DAY: i64 = 1_710_460_800;

fn date(text: &str, order: Option<Order>) -> Written {
    match read(text.as_bytes(), order) {
        Spelled::Date(written) => written,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn one_moment() {
    for (text, offset) in [
        ("Fri, 15 Mar 2024 10:30:00 +0100", Some(60)),
        ("Fri, 15 Mar 2024 10:30:00 +0100 (CET)", Some(60)),
        ("Fri, 15 Mar 2024 10:30:00 GMT", Some(0)),
        ("Fri Mar 15 10:30:00 2024", None),
        ("Fri Mar 15 10:30:00 UTC 2024", Some(0)),
        ("Fri 15 Mar 2024 10:30:00 AM CET", Some(60)),
        ("20240315T103000", None),
        ("20240315T103000Z", Some(0)),
        ("20240315T1030+0100", Some(60)),
        ("20240315103000", None),
        ("2024-03-15 10:30:00 CET", Some(60)),
        ("2024-03-15 10:30:00 UTC", Some(0)),
        ("2024-03-15T10:30:00+01:00[Europe/Berlin]", Some(60)),
        ("15 Mar 2024 10:30", None),
        ("Mar 15, 2024 10:30 AM", None),
        ("March 15th, 2024 10:30am", None),
        ("15/Mar/2024:10:30:00 -0700", Some(-420)),
        ("15-Mar-24 10:30", None),
        ("15.03.2024 10:30", None),
        ("15. März 2024, 10:30", None),
        ("Freitag, 15. März 2024 um 10:30", None),
        ("15 de marzo de 2024 10:30", None),
        ("ven. 15 mars 2024 à 10:30", None),
        ("3/15/2024 10:30:00 AM", None),
        ("15/03/2024 10:30", None),
        ("2024/3/15 10:30", None),
        ("2024年3月15日 10:30", None),
        ("03/15/2024 10:30:00 UTC", Some(0)),
    ] {
        let got = date(text, None);
        assert_eq!((got.wall, got.offset_min, got.flags), (WALL, offset, RowFlags::NONE), "{text}");
    }
    let fine = date("3/15/2024 10:30:00.250 PM", None);
    assert_eq!((fine.wall, fine.nanos), (WALL + 43_200, 250_000_000));
}

#[test]
fn days_alone() {
    for text in [
        "20240315",
        "2024-075",
        "2024-W11-5",
        "15.03.24",
        "15.3.2024",
        "15 March 2024",
        "3/15/2024",
        "2024.03.15",
    ] {
        let got = date(text, None);
        assert_eq!((got.wall, got.precision), (DAY, Precision::Day), "{text}");
    }
}

#[test]
fn either_way_round() {
    assert_eq!(read(b"03/04/2024", None), Spelled::Ambiguous);
    assert_eq!(read(b"03/04/2024 10:30 PM", None), Spelled::Ambiguous);
    assert_eq!(date("03/04/2024", Some(Order::MonthFirst)).wall, date("2024-03-04", None).wall);
    assert_eq!(date("03/04/2024", Some(Order::DayFirst)).wall, date("2024-04-03", None).wall);
    assert_eq!(date("04/04/2024", None).wall, date("2024-04-04", None).wall);
}

#[test]
fn zones_nobody_knows() {
    for text in ["2024-03-15 10:30 Europe/Berlin", "2024-03-15 10:30:00 IST"] {
        let got = date(text, None);
        assert_eq!((got.wall, got.offset_min, got.flags), (WALL, None, RowFlags::UNKNOWN_ZONE), "{text}");
    }
}

#[test]
fn what_is_no_date() {
    for text in [
        "",
        "10 days ago 2024",
        "May",
        "2024",
        "10:30",
        "1234 19:01:01",
        "2024-02-30",
        "30.02.2024",
        "31/31/2024",
        "00/00/0000",
        "version 1.2.2024",
        "Mar 2024",
        "15 Mar",
        "1.2.3",
        "192.168.2.1",
        "20241301",
        "2023-366",
        "2024-W54-1",
        "2024-03-15 25:00",
        "2024-03-15 10:30 tomorrow",
        "1, 2, 2024",
        "12345678",
        "15 Mar 2024 10:30 x",
    ] {
        assert_eq!(read(text.as_bytes(), None), Spelled::No, "{text}");
    }
}
