//! The meaning of each way of typing a time.

use super::*;
use chrono_tz::America::Chicago;
use chrono_tz::Europe::Berlin;
use chrono_tz::Tz;

/// Wednesday, 15 May 2024, 12:34:56 in Berlin.
const NOW: i64 = 1_715_769_296_000_000;

fn shown(us: i64, zone: Tz) -> String {
    let t = DateTime::from_timestamp_micros(us).unwrap().with_timezone(&zone);
    t.format("%Y-%m-%d %H:%M:%S%.f").to_string()
}

fn bounds(text: &str, zone: Tz) -> (String, String) {
    let zones = Zones::plain(zone);
    let from = parse_when(text, NOW, &zones).unwrap_or_else(|e| panic!("{text}: {e}"));
    (shown(from, zone), shown(parse_until(text, NOW, &zones).unwrap(), zone))
}

#[test]
fn spans() {
    for (text, from, until) in [
        ("2024", "2024-01-01", "2025-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2024-12", "2024-12-01", "2025-01-01"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("20240229", "2024-02-29", "2024-03-01"),
        (" Today ", "2024-05-15", "2024-05-16"),
        ("yesterday", "2024-05-14", "2024-05-15"),
        ("last monday", "2024-05-13", "2024-05-14"),
        ("last wednesday", "2024-05-08", "2024-05-09"),
        ("wednesday", "2024-05-15", "2024-05-16"),
        ("thu", "2024-05-09", "2024-05-10"),
        ("next thursday", "2024-05-16", "2024-05-17"),
        ("this week", "2024-05-13", "2024-05-20"),
        ("last month", "2024-04-01", "2024-05-01"),
        ("last year", "2023-01-01", "2024-01-01"),
        ("2024-5-1", "2024-05-01", "2024-05-02"),
        ("april", "2024-04-01", "2024-05-01"),
        ("june", "2023-06-01", "2023-07-01"),
        ("may 2022", "2022-05-01", "2022-06-01"),
        ("1 may", "2024-05-01", "2024-05-02"),
        ("24 december", "2023-12-24", "2023-12-25"),
        ("1 may 2022", "2022-05-01", "2022-05-02"),
        ("May 1, 2022", "2022-05-01", "2022-05-02"),
        ("2024-W20", "2024-05-13", "2024-05-20"),
        ("2020-w53-5", "2021-01-01", "2021-01-02"),
        ("2024-Q2", "2024-04-01", "2024-07-01"),
        ("last quarter", "2024-01-01", "2024-04-01"),
        ("last 7 days", "2024-05-09", "2024-05-16"),
        ("last 2 weeks", "2024-05-02", "2024-05-16"),
    ] {
        let want = (format!("{from} 00:00:00"), format!("{until} 00:00:00"));
        assert_eq!(bounds(text, Berlin), want, "{text}");
    }
}

#[test]
fn instants() {
    for (text, want) in [
        ("now", "2024-05-15 12:34:56"),
        ("2024-05-01T10:30", "2024-05-01 10:30:00"),
        ("2024-05-01 10:30:15.25", "2024-05-01 10:30:15.250"),
        ("2024-05-01T24:00", "2024-05-02 00:00:00"),
        ("2024-05-01T10:30Z", "2024-05-01 12:30:00"),
        ("2024-05-01t10:30z", "2024-05-01 12:30:00"),
        ("2024-05-01 10:30:00 +0530", "2024-05-01 07:00:00"),
        ("2024-05-01T10:30-05:00", "2024-05-01 17:30:00"),
        ("2024-05-01 10:30 America/Chicago", "2024-05-01 17:30:00"),
        ("-7d", "2024-05-08 12:34:56"),
        ("-2h", "2024-05-15 10:34:56"),
        ("- 90 min", "2024-05-15 11:04:56"),
        ("-1w", "2024-05-08 12:34:56"),
        ("3 days ago", "2024-05-12 12:34:56"),
        ("1 month ago", "2024-04-15 12:34:56"),
        ("+1h", "2024-05-15 13:34:56"),
        ("last monday 8am", "2024-05-13 08:00:00"),
        ("yesterday 17:30", "2024-05-14 17:30:00"),
        ("10:30", "2024-05-15 10:30:00"),
        ("8pm", "2024-05-15 20:00:00"),
        ("1 may 2022 10:30", "2022-05-01 10:30:00"),
        ("@1700000000", "2023-11-14 23:13:20"),
        ("@1700000000.5", "2023-11-14 23:13:20.500"),
        ("@-1", "1970-01-01 00:59:59"),
    ] {
        assert_eq!(bounds(text, Berlin), (want.to_owned(), want.to_owned()), "{text}");
    }
}

#[test]
fn last_so_many_hours_end_now() {
    let now = "2024-05-15 12:34:56".to_owned();
    assert_eq!(bounds("Last 2 hours", Berlin), ("2024-05-15 10:34:56".to_owned(), now));
}

#[test]
fn clocks_that_jump() {
    let utc = |text, zone| shown(parse_when(text, NOW, &Zones::plain(zone)).unwrap(), Tz::UTC);
    assert_eq!(utc("2026-11-01 01:30", Chicago), "2026-11-01 06:30:00", "the earlier of two");
    assert_eq!(utc("2026-03-08 02:30", Chicago), "2026-03-08 08:00:00", "the first there is");
    assert_eq!(utc("2024-04-26", chrono_tz::Africa::Cairo), "2024-04-25 22:00:00", "no midnight");
    assert_eq!(utc("2011-12-30", chrono_tz::Pacific::Apia), "2011-12-30 10:00:00", "no such day");
    let berlin = Zones::plain(Berlin);
    let hours = |text| {
        (parse_until(text, NOW, &berlin).unwrap() - parse_when(text, NOW, &berlin).unwrap()) / 3_600_000_000
    };
    assert_eq!((hours("2024-03-31"), hours("2024-10-27"), hours("2024-10-28")), (23, 25, 24));
}

#[test]
fn mistakes_say_why_and_show_how() {
    for (text, part) in [
        ("", "empty"),
        ("2024-02-30", "no day 2024-02-30"),
        ("2024-13", "no day"),
        ("0000", "no day"),
        ("2024-05-01 25:00", "HH:MM"),
        ("2024-05-01 10:30 Mars/Base", "not a time zone"),
        ("2024-05T10:30", "needs the day"),
        ("2024-05-01-02", "no day"),
        ("2024-05-01 Europe/Berlin", "no time of day"),
        ("2024-05-01 İ", "no time of day"),
        ("2024-05-01 10:30 ++500", "not a time zone"),
        ("last 3 d 4", "cannot read"),
        ("01/04/2024", "slashes"),
        ("1700000000", "@1700000000"),
        ("7d", "-7d"),
        ("3 monkeys ago", "did you mean \"mo"),
        ("yestreday", "\"yesterday\""),
        ("4 july 17", "year"),
        ("@soon", "seconds since 1970"),
        ("@99999999999999", "years 1 to 9999"),
        ("yesterday 10:30+02:00", "zone"),
        ("-", "cannot read"),
        ("Łódź", "nothing about time"),
    ] {
        let error = parse_when(text, NOW, &Zones::plain(Berlin)).expect_err(text);
        assert!(error.to_string().contains(part), "{text}: {error}");
        assert!(error.hint_text().unwrap().contains("last monday"));
    }
}

#[test]
fn nothing_panics() {
    let pieces = ["", "-", "@", "9999", "12", ":", "may", "last", "d", " ", "T", "+", "ago", "é", ",", "."];
    let n = pieces.len();
    for i in 0..n.pow(3) {
        let text = format!("{}{}{}", pieces[i % n], pieces[i / n % n], pieces[i / n / n]);
        for now in [NOW, i64::MIN, i64::MAX] {
            let _ = parse_until(&text, now, &Zones::plain(Chicago));
        }
    }
}

#[test]
fn periods_are_whole_work_days() {
    let berlin = Zones::new(Berlin, Vec::new(), 4 * 60).unwrap();
    let period = |text: &str, now: i64| {
        let (from, until) = parse_period(text, now, &berlin).unwrap_or_else(|e| panic!("{text}: {e}"));
        (shown(from, Berlin), shown(until, Berlin))
    };
    let days = |from: &str, until: &str| (format!("{from} 04:00:00"), format!("{until} 04:00:00"));
    assert_eq!(period("last month", NOW), days("2024-04-01", "2024-05-01"));
    assert_eq!(period("2024-05-01..2024-05-03", NOW), days("2024-05-01", "2024-05-04"));
    assert_eq!(period("2024-04 .. 2024-W20", NOW), days("2024-04-01", "2024-05-20"));
    // At half past three in the night it is still yesterday.
    let night = NOW - (9 * 60 + 5) * 60_000_000;
    assert_eq!(period("today", night), days("2024-05-14", "2024-05-15"));
    assert_eq!(shown(parse_when("2024-05-14", NOW, &berlin).unwrap(), Berlin), "2024-05-14 04:00:00");
    assert_eq!(shown(parse_when("2024-05-14 00:30", NOW, &berlin).unwrap(), Berlin), "2024-05-14 00:30:00");
    for moment in ["now", "-7d", "10:30", "2024-05-01 10:30", "@0", "last 2 hours", "2024-05-02..2024-05-01"]
    {
        let error = parse_period(moment, NOW, &berlin).expect_err(moment);
        assert!(error.hint_text().unwrap().contains("--from"), "{moment}");
    }
    for none in ["2024-W54", "2024-Q5", "2024-W20-8", "last 0 days"] {
        assert!(parse_period(none, NOW, &berlin).is_err(), "{none}");
    }
}
