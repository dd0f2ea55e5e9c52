//! Records of the syslog family written from known values: reading returns the values.

use crate::source;
use crate::syslogs::{attr, parse_at};
use proptest::prelude::*;
use workhours_plugin_api::testing::{Event, check_source, parse_bytes};
use workhours_plugin_api::{Resume, civil};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month and day of a number of days since 1970.
fn date(days: i64) -> (i32, u32, u32) {
    let year = (1970..2200).rev().find(|y| civil::days(*y, 1, 1) <= days).unwrap();
    let month = (1..=12).rev().find(|m| civil::days(year, *m, 1) <= days).unwrap();
    (year, month, (days - civil::days(year, month, 1)) as u32 + 1)
}

fn auth_line(secs: i64) -> String {
    let (_, month, day) = date(secs.div_euclid(86_400));
    let clock = secs.rem_euclid(86_400);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!("{} {day:2} {hour:02}:{minute:02}:{second:02} mill app[7]: text\n", MONTHS[month as usize - 1])
}

fn exported(fields: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = b"__CURSOR=c1\n".to_vec();
    for (name, value) in fields {
        out.extend(name.as_bytes());
        if value.iter().all(|b| *b >= b' ' || *b == b'\t') && std::str::from_utf8(value).is_ok() {
            out.extend([b"=", &value[..]].concat());
        } else {
            out.extend([&b"\n"[..], &(value.len() as u64).to_le_bytes(), value].concat());
        }
        out.push(b'\n');
    }
    out.push(b'\n');
    out
}

fn as_json(fields: &[(String, Vec<u8>)]) -> Vec<u8> {
    let value = |v: &[u8]| match std::str::from_utf8(v) {
        Ok(text) => serde_json::Value::from(text),
        Err(_) => serde_json::Value::from(v.to_vec()),
    };
    let mut object = serde_json::Map::from_iter([("__CURSOR".to_owned(), "c1".into())]);
    for (name, v) in fields {
        let all: Vec<_> = fields.iter().filter(|(n, _)| n == name).map(|(_, v)| value(v)).collect();
        object.insert(name.clone(), if all.len() == 1 { value(v) } else { all.into() });
    }
    format!("{}\n", serde_json::Value::Object(object)).into_bytes()
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let printable = proptest::collection::vec(0x20..0x7f_u8, 0..20);
    prop_oneof![2 => printable, 1 => proptest::collection::vec(any::<u8>(), 0..20)]
}

/// As RFC 5424 escapes a value.
fn escape(value: &str) -> String {
    value.chars().flat_map(|c| if "\"\\]".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A log of up to ten years with gaps of up to nine months, last written at its last record, in some zone.
    #[test]
    fn years_come_back(start in 0..4_000_000_000_i64, gaps in proptest::collection::vec(0..270 * 86_400_i64, 1..15),
                       zone in -12 * 3_600..14 * 3_600_i64) {
        let mut secs = start;
        let mut times = vec![secs];
        times.extend(gaps.iter().map(|gap| { secs += gap; secs }));
        let log: String = times.iter().map(|t| auth_line(*t)).collect();
        let got = parse_at("log.auth", log.as_bytes(), secs - zone, Resume::default());
        let read: Vec<_> = got.events.iter().map(|e| e.time.unwrap().secs).collect();
        // Only the order of months shows years: a record in the same month or the next one a year later looks like one
        // of the same year.
        let tellable = times.windows(2).all(|pair| {
            let ((y1, m1, _), (y2, m2, _)) = (date(pair[0] / 86_400), date(pair[1] / 86_400));
            y1 == y2 && (m1, m2) != (1, 12) || y2 == y1 + 1 && m1 > m2 + 1
        });
        if tellable {
            prop_assert_eq!(read, times);
        } else {
            prop_assert_eq!(read.len(), times.len());
        }
    }

    #[test]
    fn journal_entries_come_back(fields in proptest::collection::vec(("[A-Z]{1,2}", text()), 0..8), message in text()) {
        let mut fields = fields;
        fields.push(("MESSAGE".into(), message.clone()));
        let name = |event: &Event| { let mut a = event.attrs.clone(); a.sort(); a };
        let export = parse_bytes(source("journald"), &exported(&fields));
        let json = parse_bytes(source("journald"), &as_json(&fields));
        prop_assert_eq!((export.events.len(), json.events.len()), (1, 1));
        let (export, json) = (&export.events[0], &json.events[0]);
        prop_assert_eq!(&export.text, &message);
        prop_assert_eq!(&export.text, &json.text);
        prop_assert_eq!(export.attrs.len(), fields.len() - 1);
        prop_assert_eq!(name(export), name(json));
    }

    #[test]
    fn syslog_messages_come_back(messages in proptest::collection::vec(
        (0..192_u32, "[!-~]{2,9}", "[a-z]{1,8}", "\\PC{0,12}", "[a-z]{1,4}", "[!-~][ -~]{0,20}[!-~]"), 1..6),
        counted: bool)
    {
        let mut input = String::new();
        for (pri, host, id, value, name, text) in &messages {
            let data = format!("[{id} {name}=\"{}\"]", escape(value));
            let frame = format!("<{pri}>1 2024-02-03T09:00:00.25+01:00 {host} app 7 - {data} {text}");
            input += &if counted { format!("{} {frame}", frame.len()) } else { format!("{frame}\n") };
        }
        let got = parse_bytes(source("syslog"), input.as_bytes());
        prop_assert_eq!((got.events.len(), got.rejects.len()), (messages.len(), 0));
        for (event, (_, host, id, value, name, text)) in got.events.iter().zip(&messages) {
            prop_assert_eq!(&event.host, host.as_bytes());
            prop_assert_eq!(&event.text, text.as_bytes());
            prop_assert_eq!(attr(event, &format!("sd_{id}_{name}")), Some(format!("{value:?}")));
            prop_assert_eq!(event.time.unwrap().secs, 1_706_947_200);
        }
    }
}

proptest! {
    /// Words that no tag follows name no host and no program, in either kind of line.
    #[test]
    fn words_without_a_tag_are_in_no_wrong_field(words in proptest::collection::vec("[A-Za-z0-9.<>()/=-]{1,8}", 1..6)) {
        let message = words.join(" ");
        let named = parse_bytes(source("log.auth"), format!("Feb  3 09:00:00 {message}\n").as_bytes());
        prop_assert_eq!((named.events.len(), named.rejects.len()), (1, 0));
        let event = &named.events[0];
        let fields = [&event.host, &event.user, &event.agent, &event.peer];
        prop_assert!(fields.iter().all(|f| f.is_empty()), "{:?}", event);
        prop_assert_eq!(&event.text, message.as_bytes());
        for time in ["2026-02-03 09:00:00.123", "2026-02-03T09:00:00Z"] {
            let other = parse_bytes(source("log.auth"), format!("{time} {message}\n").as_bytes());
            prop_assert_eq!((other.events.len(), other.rejects.len()), (0, 1));
        }
    }
}

const WORDS: &[&str] = &[
    "Feb  3 09:00:00 ",
    "Dec 31 23:59:60 ",
    "Feb 29 12:00:00 ",
    "2024-02-03T09:00:00Z ",
    "<13>",
    "<13>1 2024-02-03T09:00:00Z h a - - ",
    "<999>",
    "mill ",
    "Sun 2025-05-11 21:33:13.924352 CEST ",
    "Sun 2025-05-11 21:33:13 CEST [s=1;i=2]\n    MESSAGE=x\n      y\n    B=[9B blob data]\n",
    "Sun Feb  3 09:00:00 2019 ",
    "1746991993.924352 ",
    "2019 Feb  3 09:00:00 ",
    "auth.info ",
    "<4.6> ",
    "gdm-password][7]: ",
    "[ID 800047 auth.info] ",
    "sshd[1]: ",
    "Failed password for x from 192.0.2.1 port 2 ssh2",
    "last message repeated 2 times",
    "[a b=\"c\"]",
    "[a b=\"\\\"",
    "18 <13>1 - - - - - -x",
    "40 <13>",
    "__CURSOR=c",
    "__REALTIME_TIMESTAMP=1706950800000000\n",
    "MESSAGE\n\x03\0\0\0\0\0\0\0abc\n",
    "MESSAGE\n",
    "{\"MESSAGE\":[1,2],\"__CURSOR\":\"c\"}",
    "{\"MESSAGE\":null",
    "\n\n",
    "  ",
    "-",
];

/// Words of the formats, line ends and noise in any order.
fn anything() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => proptest::sample::select(WORDS).prop_map(|w| w.as_bytes().to_vec()),
        3 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn syslogs_keep_the_contract(input in anything()) {
        for name in ["log.auth", "syslog", "journald"] {
            prop_assert_eq!(check_source(source(name), &input), [""; 0], "{} {:?}", name, String::from_utf8_lossy(&input));
        }
    }
}
