//! Questions and their results, errors and their positions, and no other result for any text.

use super::*;
use proptest::prelude::*;
use workhours_base::error::ErrorKind;
use workhours_event::StoredEvent;

const NOW: i64 = 1_773_138_871_000_000; // 2026-03-10T10:34:31Z

fn ask(text: &str) -> Expr {
    parse(text, NOW, &workhours_base::zones::Zones::plain(chrono_tz::Tz::UTC))
        .unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

fn event() -> StoredEvent {
    StoredEvent {
        date: Some(NOW),
        kind: "http.request".into(),
        source_type: "log.http".into(),
        url: Some("https://docs.example.co.uk/a/b-c?q=Release+notes".into()),
        title: Some("GET /a/b-c HTTP/1.1".into()),
        text: Some("naïve Ünïcode; don't panic".into()),
        host: Some("192.0.2.7".into()),
        user: Some("ada".into()),
        meta: Some(r#"{"status": 404, "size_bytes": 12, "via": ["x", "y", null], "tls": true}"#.into()),
        duration_us: Some(1_500_000),
        tags: vec!["work".into(), "two words".into()],
        ..StoredEvent::default()
    }
}

fn finds(text: &str) -> bool {
    ask(text).matches(&event(), &Lookup::default().context_of("/var/log/access.log", ""))
}

#[test]
fn what_is_found() {
    for text in [
        "",
        "release",
        "RELEASE notes",
        "\"release notes\"",
        "b-c",
        "pan*",
        "ünïcode",
        "don't",
        "user:ada",
        "host:192.0.2.7",
        "host:192.*",
        "source:log.http",
        "kind:http.*",
        "domain:example.co.uk",
        "tag:work",
        "tag:\"two words\"",
        "path:access",
        "status:404",
        "status>=400",
        "meta.status:[400 TO 499]",
        "size_bytes<13",
        "meta.via:y",
        "meta.tls:true",
        "date:2026-03",
        "date>=2026-03-10 date<2026-03-11",
        "date:[2026-03 TO *]",
        "date:today",
        "date>-1h",
        "duration:1500",
        "duration>1000",
        "user:bob OR user:ada",
        "(user:bob OR status:404) release",
        "-user:bob",
        "NOT user:bob",
        "-(user:bob OR host:x)",
        "user:ada AND -tag:home",
        "url:docs.example.co.uk",
        "text:\"don't panic\"",
        "date:[* TO *]",
        "user:[ada TO adb]",
        "404",
        "40*",
        "true",
        "-503 Y",
        "404 release",
    ] {
        assert!(finds(text), "{text}: {:?}", ask(text));
    }
    for text in [
        "user:Ada",
        "relea",
        "\"notes release\"",
        "status:40",
        "status>404",
        "domain:co.uk",
        "-release",
        "tag:wor",
        "user:ada -status:404",
        "date<2026-03",
        "date>2026-03-10",
        "release AND missing",
        "user:bob OR host:x",
        "meta.none:1",
        "duration<1500",
        "kind:http",
        "\"panic don't\"",
        "path:messages",
        "-404",
        "40",
        "status",
        "via",
        "\"x y\"",
        "meta.via:null",
    ] {
        assert!(!finds(text), "{text}: {:?}", ask(text));
    }
}

#[test]
fn bounds_are_seen_from_outside() {
    let day = 86_400_000_000;
    let midnight = NOW - NOW.rem_euclid(day);
    for (text, from, until) in [
        ("date:today", Some(midnight), Some(midnight + day)),
        ("date>=today x", Some(midnight), None),
        ("date>yesterday date<=today", Some(midnight), Some(midnight + day)),
        ("(date:today) OR x", None, None),
        ("-date:today", None, None),
        ("date:[today TO *]", Some(midnight), None),
    ] {
        assert_eq!(ask(text).time_bounds(), (from, until), "{text}");
    }
    assert_eq!(ask("source:a x").exactly(&Field::Source), Some(vec!["a"]));
    assert_eq!(ask("(source:a OR source:b) x").exactly(&Field::Source), Some(vec!["a", "b"]));
    assert_eq!(ask("source:a OR user:b").exactly(&Field::Source), None);
    assert_eq!(ask("-source:a").exactly(&Field::Source), None);
}

#[test]
fn mistakes_have_a_place() {
    for (text, place, words) in [
        ("usr:ada", 1, "no field \"usr\"; did you mean user?"),
        ("a (b", 3, "never closed"),
        ("a b)", 4, "never opened"),
        ("x \"y", 3, "never closed"),
        ("date:[a", 6, "never closed"),
        ("date:[2026 2027]", 6, "with TO in capitals"),
        ("ä date:soon", 8, "cannot read \"soon\" as a time"),
        ("a OR", 5, "missing"),
        ("user:", 6, "missing"),
        ("duration:fast", 10, "not a number"),
        (">5", 1, "needs a field"),
        ("a title>b", 8, "no order"),
        ("url:[a TO b]", 5, "no order"),
        ("date>", 5, "value is missing"),
    ] {
        let error =
            parse(text, NOW, &workhours_base::zones::Zones::plain(chrono_tz::Tz::UTC)).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Usage);
        let message = error.full_message();
        assert!(
            message.contains(words) && message.contains(&format!("at character {place}:")),
            "{text}: {message}"
        );
        assert_eq!(error.position(), Some(place));
        let mark = error.hint_text().unwrap().lines().nth(1).unwrap();
        assert_eq!(mark.find('^'), Some(6 + place - 1), "{text}");
    }
}

#[test]
fn caps_hold() {
    let deep = |n: usize| "(".repeat(n) + "a" + &")".repeat(n);
    assert!(parse(&deep(MAX_DEPTH), NOW, &workhours_base::zones::Zones::plain(chrono_tz::Tz::UTC)).is_ok());
    for text in
        [deep(MAX_DEPTH + 1), "a ".repeat(MAX_CLAUSES + 1), "a".repeat(MAX_BYTES + 1), "(".repeat(1_000)]
    {
        assert_eq!(
            parse(&text, NOW, &workhours_base::zones::Zones::plain(chrono_tz::Tz::UTC)).unwrap_err().kind(),
            ErrorKind::LimitExceeded
        );
    }
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in "\\PC{0,60}|[-()\"\\[\\]:<>= a-zA-Z*]{0,60}") {
        if let Ok(expr) = parse(&text, NOW, &workhours_base::zones::Zones::plain(chrono_tz::Tz::UTC)) {
            let _ = expr.matches(&event(), &Lookup::default().context());
            let _ = expr.time_bounds();
        }
    }

    #[test]
    fn outside_its_bounds_nothing_matches(days in -3i64..3, op in 0usize..6, hours in -80i64..80) {
        let text = format!("date{}", ["<", "<=", ">", ">=", ":", ":"][op]);
        let text = format!("{text}-{}d", days + 4);
        let expr = ask(&text);
        let mut e = event();
        let date = NOW + hours * 3_600_000_000;
        e.date = Some(date);
        let (from, until) = expr.time_bounds();
        if from.is_some_and(|from| date < from) || until.is_some_and(|until| date >= until) {
            prop_assert!(!expr.matches(&e, &Lookup::default().context()), "{text} {hours}");
        }
    }
}
