//! Login records: the sample corpus, and one history written in all four layouts.

use crate::histories::{corpus, exact_rows};
use crate::source;
use proptest::prelude::*;
use workhours_plugin_api::Input;
use workhours_plugin_api::testing::{MemoryInput, MemorySink, parse_bytes};

#[test]
fn corpus_rows() {
    exact_rows("log.wtmp", "log.wtmp");
}

#[test]
fn corpus_values() {
    let Some(got) = corpus("log.wtmp", "log.wtmp/plaso-utmp") else { return };
    let (first, last) = (&got.events[0], &got.events[13]);
    assert_eq!(
        (first.kind.as_str(), first.time.map(|t| (t.secs, t.nanos))),
        ("system.boot", Some((1_386_945_909, 688_666_000)))
    );
    assert_eq!((last.user.as_slice(), last.time.map(|t| t.nanos)), (&b"moxilo"[..], Some(251_947_000)));
    let got = corpus("log.wtmp", "log.wtmp/utillinux-wtmp-ipv6.LE").unwrap();
    assert!(got.events[0].attrs.contains(&("address".into(), "\"2001:503:ba3e::2:30\"".into())));
    let got = corpus("log.wtmp", "log.wtmp/plaso-wtmp.1").unwrap();
    assert_eq!(got.events[3].time.map(|t| t.secs), Some(0));
    let got = corpus("log.wtmp", "log.wtmp/plaso-utmp_s390").unwrap();
    assert_eq!(got.events[5].time.map(|t| t.secs), Some(1_783_141_525));
}

#[derive(Clone, Debug)]
struct Login {
    kind: i16,
    pid: i32,
    line: String,
    id: String,
    user: String,
    host: String,
    exit: (i16, i16),
    session: i32,
    secs: u32,
    micros: i32,
    address: [u8; 16],
}

impl Login {
    /// As glibc lays it out.
    fn written(&self, wide: bool, big_endian: bool) -> Vec<u8> {
        let number = |value: i64, size: usize| {
            if big_endian {
                value.to_be_bytes()[8 - size..].to_vec()
            } else {
                value.to_le_bytes()[..size].to_vec()
            }
        };
        let text = |text: &str, size: usize| {
            let mut bytes = text.as_bytes().to_vec();
            bytes.resize(size, 0);
            bytes
        };
        let long = if wide { 8 } else { 4 };
        let mut record = [
            number(self.kind.into(), 2),
            vec![0; 2],
            number(self.pid.into(), 4),
            text(&self.line, 32),
            text(&self.id, 4),
            text(&self.user, 32),
            text(&self.host, 256),
            number(self.exit.0.into(), 2),
            number(self.exit.1.into(), 2),
            number(self.session.into(), long),
            number(self.secs.into(), long),
            number(self.micros.into(), long),
            self.address.to_vec(),
        ]
        .concat();
        record.resize(if wide { 400 } else { 384 }, 0);
        record
    }
}

prop_compose! {
    fn login()(kind in 0..=9_i16, pid in any::<i32>(), line in "[a-z/0-9]{0,32}", id in "[a-z0-9]{0,4}",
               user in "[a-zé]{0,16}", host in "[a-z.:]{0,60}", exit in any::<(i16, i16)>(), session in 0..4_194_304_i32,
               secs in 315_532_800..4_102_444_800_u32, micros in 0..1_000_000, v6 in any::<[u8; 16]>(), none in any::<bool>())
              -> Login {
        let address = if none { [0; 16] } else { v6 };
        Login { kind, pid, line, id, user, host, exit, session, secs, micros, address }
    }
}

proptest! {
    #[test]
    fn all_layouts_give_the_same_events(mut logins in proptest::collection::vec(login(), 1..6), kind in 1..=9_i16) {
        // Cleared slots alone show nothing.
        logins[0].kind = kind;
        let read = |wide, big| {
            let file: Vec<u8> = logins.iter().flat_map(|l| l.written(wide, big)).collect();
            let mut got = parse_bytes(source("log.wtmp"), &file);
            for event in &mut got.events {
                (event.offset, event.raw) = (0, Vec::new());
            }
            (got.events, got.rejects, got.error)
        };
        let first = read(false, false);
        prop_assert_eq!(first.0.len(), logins.len());
        for (event, login) in first.0.iter().zip(&logins) {
            prop_assert_eq!(event.time.map(|t| (t.secs, t.nanos)), Some((login.secs.into(), login.micros as u32 * 1_000)));
        }
        for (wide, big) in [(false, true), (true, false), (true, true)] {
            prop_assert_eq!(&read(wide, big), &first);
        }
    }
}

#[test]
fn failed_logins() {
    let login = Login {
        kind: 6,
        pid: 1,
        line: "ssh:notty".into(),
        id: String::new(),
        user: "ada".into(),
        host: "192.0.2.7".into(),
        exit: (0, 0),
        session: 0,
        secs: 1_709_251_210,
        micros: 0,
        address: [0; 16],
    };
    for (option, kind) in [("yes", "session.failed"), ("no", "session.prompt")] {
        let mut host = MemoryInput::new(login.written(false, false)).option("failed", option);
        let mut sink = MemorySink::default();
        source("log.wtmp").parse(&mut Input::new(&mut host), &mut sink).unwrap();
        assert_eq!(sink.events[0].kind, kind);
    }
}
