//! Instants in every epoch, spreadsheets' days, and values that aren't dates.

use super::*;

fn read(format: &str, text: &str) -> Moment {
    Dates::new(Some(format), None, 1_709_251_210).unwrap().read(text.as_bytes(), Hint::default())
}

fn at(format: &str, text: &str) -> (i64, u32, Zone, Precision) {
    match read(format, text) {
        Moment::At(t, _) => (t.secs, t.nanos, t.zone, t.precision),
        other => panic!("{format} {text}: {other:?}"),
    }
}

#[test]
fn one_instant_in_every_epoch() {
    let want = (1_600_133_363, 720_000_000);
    for (format, text) in [
        ("unix", "1600133363.72"),
        ("unix", "1.60013336372e9"),
        ("unix_ms", "1600133363720"),
        ("unix_us", "1600133363720000"),
        ("unix_ns", "1600133363720000000"),
        ("webkit", "13244606963720000"),
        ("filetime", "132446069637200000"),
        ("cocoa", "621826163.72"),
        ("auto", "1600133363.72"),
        ("auto", "1600133363720"),
        ("auto", "1600133363720000"),
        ("auto", "1600133363720000000"),
        ("rfc3339", "2020-09-15T01:29:23.72Z"),
        ("auto", "2020-09-15 03:29:23,720 +0200"),
    ] {
        let got = at(format, text);
        assert_eq!((got.0, got.1), want, "{format} {text}");
    }
    assert_eq!(at("unix", "-1.5"), (-2, 500_000_000, Zone::Unknown, Precision::Millisecond));
}

#[test]
fn no_date_and_bad_dates() {
    for text in ["", " ", "-", "null", "0", "0.0"] {
        assert_eq!(read("unix", text), Moment::Absent, "{text:?}");
    }
    for text in ["0000-00-00", "00/00/0000 --:--:-- UTC", "0000-00-00 00:00:00", "--:--:--", "--"] {
        assert_eq!(read("auto", text), Moment::Absent, "{text:?}");
    }
    assert_eq!(read("webkit", "0"), Moment::Absent);
    for (format, text) in [
        ("auto", "1601-01-01T00:00:00Z"),
        ("auto", "2227-01-01"),
        ("auto", "20241302"),
        ("auto", "45366"),
        ("auto", "03/04/2024"),
        ("auto", "13244606963720000"),
        ("auto", "132446069637200000"),
        ("auto", "9999999999999999999999999"),
        ("auto", "1234 19:01:01"),
        ("auto", "2023-02-29"),
        ("unix", "9999999999999"),
        ("webkit", "1"),
        ("unix", "1e400"),
        ("unix", "1e-400"),
        ("unix", "."),
        ("unix", "yesterday"),
        ("rfc3339", "1600133363"),
    ] {
        assert_eq!(read(format, text), Moment::Bad, "{format} {text}");
    }
}

#[test]
fn days_of_spreadsheets() {
    let excel = |text| at("excel", text);
    assert_eq!(excel("45366"), (1_710_460_800, 0, Zone::Local, Precision::Day));
    assert_eq!(excel("45366.4375"), (1_710_498_600, 0, Zone::Local, Precision::Second));
    assert_eq!(excel("45366,437511574"), (1_710_498_601, 0, Zone::Local, Precision::Second));
    let dates = Dates::new(None, None, 0).unwrap();
    let hint = Hint { serial: true, order: None };
    assert!(matches!(dates.read(b"45366.5", hint), Moment::At(..)));
    assert!(matches!(dates.read(b"1709287200", hint), Moment::At(t, _) if t.secs == 1_709_287_200));
    assert_eq!(dates.read(b"12345", hint), Moment::Bad);
}

#[test]
fn zones() {
    assert_eq!(at("auto", "2024-05-01").2, Zone::Local);
    assert_eq!(at("auto", "2024-05-01").3, Precision::Day);
    assert_eq!(at("auto", "2024/05/01 10:20").3, Precision::Minute);
    assert_eq!(at("auto", "2024-05-01 10:20:30 UTC").2, Zone::Offset(0));
    assert_eq!(at("auto", "2024-05-01 10:20:30+02").2, Zone::Offset(120));
    let fixed = Dates::new(None, Some("+01:00"), 0).unwrap();
    let Moment::At(time, _) = fixed.read(b"1970-01-01 01:00:01", Hint::default()) else { panic!() };
    assert_eq!((time.secs, time.zone), (1, Zone::Offset(60)));
    assert!(Dates::new(None, Some("Berlin"), 0).is_err());
    assert!(Dates::new(Some("epoch"), None, 0).is_err());
}
