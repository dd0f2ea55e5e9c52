//! Series of calendars compared with `python-dateutil`, which is correct for all rules of RFC 5545 of days and longer.
//!
//! Runs where `WORKHOURS_TEST_PYTHON` names a Python that has dateutil, else `python3` if that has it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use workhours_plugin_api::testing::{MemoryInput, MemorySink};
use workhours_plugin_api::{IDataSource, Input};
use workhours_plugins::calendar::ical::Ical;

/// 2035-01-01
const HORIZON: i64 = 2_051_222_400;

/// 2100-01-01, with a margin for zones.
const CENTURY: i64 = 4_102_444_800 - 86_400;

/// Reads `start <tab> zone <tab> rule` and writes the instants of each, expanded in local time and converted.
const PROGRAM: &str = r#"
import datetime, sys, zoneinfo
from dateutil.rrule import rrulestr
utc, horizon = datetime.timezone.utc, datetime.datetime(2035, 1, 1)
datetime.MAXYEAR = 3000 # It looks no further, which takes long enough.
for line in sys.stdin:
    start, zone, rule = line.rstrip("\n").split("\t")
    zone, found, n = zoneinfo.ZoneInfo(zone), [], 0
    ends = "COUNT" in rule or "UNTIL" in rule
    instant = rule.partition("UNTIL=")[2].partition(";")[0]
    if instant.endswith("Z"):
        rule = ";".join(p for p in rule.split(";") if not p.startswith("UNTIL="))
    for wall in rrulestr(rule, dtstart=datetime.datetime.strptime(start, "%Y%m%dT%H%M%S")):
        at = wall.replace(tzinfo=zone).astimezone(utc)
        past = instant.endswith("Z") and at.strftime("%Y%m%dT%H%M%SZ") > instant
        if past or wall >= datetime.datetime(2099, 12, 31) or wall > horizon and n > 0 and not (ends and n < 1000):
            break
        found.append(int(at.timestamp()))
        n += 1
    print(*sorted(set(found)))
"#;

/// Numbers that look random and are the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len() as u64) as usize]
    }
    fn some(&mut self, from: i64, to: i64, signed: bool) -> String {
        let n = 1 + self.roll(3);
        let mut all: Vec<i64> = (0..n)
            .map(|_| {
                let x = from + self.roll((to - from + 1) as u64) as i64;
                if signed && self.roll(3) == 0 { -x } else { x }
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        all.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
    }
}

/// Start, zone and rule.
fn case(dice: &mut Dice) -> [String; 3] {
    const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let freq = dice.one(&["YEARLY", "MONTHLY", "WEEKLY", "WEEKLY", "DAILY"]);
    let mut parts = vec![format!("FREQ={freq}")];
    let mut by = false;
    let mut part = |dice: &mut Dice, one_in: u64, name: &str, values: &dyn Fn(&mut Dice) -> String| {
        if dice.roll(one_in) > 0 {
            return false;
        }
        by = true;
        let values = values(dice);
        parts.push(format!("{name}={values}"));
        true
    };
    part(dice, 4, "BYMONTH", &|d| d.some(1, 12, false));
    if freq != "WEEKLY" {
        part(dice, 4, "BYMONTHDAY", &|d| d.some(1, 31, true));
    }
    if freq == "YEARLY" {
        part(dice, 6, "BYYEARDAY", &|d| d.some(1, 366, true));
    }
    let by_week = freq == "YEARLY" && part(dice, 6, "BYWEEKNO", &|d| d.some(1, 53, true));
    let numbered = matches!(freq, "YEARLY" | "MONTHLY") && !by_week;
    part(dice, 2, "BYDAY", &|d| {
        let n = 1 + d.roll(3);
        let numbers = if numbered { &["", "", "1", "2", "3", "-1", "-2"][..] } else { &[""] };
        let mut days: Vec<String> = (0..n).map(|_| format!("{}{}", d.one(numbers), d.one(&DAYS))).collect();
        days.sort();
        days.dedup();
        days.join(",")
    });
    part(dice, 8, "BYHOUR", &|d| d.some(0, 23, false));
    part(dice, 12, "BYMINUTE", &|d| d.some(0, 59, false));
    if by && dice.roll(5) == 0 {
        parts.push(format!("BYSETPOS={}", dice.some(1, 4, true)));
    }
    if dice.roll(2) == 0 {
        parts.push(format!("INTERVAL={}", dice.one(&["1", "2", "3", "4", "6"])));
    }
    if dice.roll(3) == 0 {
        parts.push(format!("WKST={}", dice.one(&DAYS)));
    }
    match dice.roll(4) {
        0 => parts.push(format!("COUNT={}", 1 + dice.roll(60))),
        1 => parts.push(format!("UNTIL={}{:02}15T070000Z", 2000 + dice.roll(32), 1 + dice.roll(12))),
        2 => parts.push(format!(
            "UNTIL={}{:02}15{}",
            2000 + dice.roll(32),
            1 + dice.roll(12),
            dice.one(&["", "T090000"])
        )),
        _ => {}
    }
    let hour = dice.one(&["000000", "013000", "020000", "023000", "090000", "233000"]);
    let start = format!("{}{:02}{:02}T{hour}", 2000 + dice.roll(26), 1 + dice.roll(12), 1 + dice.roll(28));
    let zone = dice.one(&["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]);
    [start, zone.into(), parts.join(";")]
}

fn ours([start, zone, rule]: &[String; 3]) -> String {
    let text = format!("BEGIN:VEVENT\nUID:u\nDTSTART;TZID={zone}:{start}\nRRULE:{rule}\nEND:VEVENT\n");
    let (mut host, mut sink) = (MemoryInput::new(text).horizon_secs(HORIZON), MemorySink::default());
    Ical.parse(&mut Input::new(&mut host), &mut sink).unwrap();
    // The zones compiled in go no further than this century.
    let secs = sink.events.iter().map(|e| e.time.unwrap().secs).filter(|secs| *secs < CENTURY);
    let secs: Vec<String> = secs.map(|secs| secs.to_string()).collect();
    secs.join(" ")
}

#[test]
fn python_dateutil_has_the_same_instances() {
    let python = std::env::var("WORKHOURS_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let has = Command::new(&python).args(["-c", "import dateutil.rrule, zoneinfo"]).output();
    if !has.is_ok_and(|out| out.status.success()) {
        let _ = writeln!(
            std::io::stderr(),
            "\nSKIPPED: {python} has no dateutil to hold series of calendars against"
        );
        return;
    }
    let mut dice = Dice(20_261_129);
    let cases: Vec<_> = (0..500).map(|_| case(&mut dice)).collect();
    let mut lines = String::new();
    for case in &cases {
        let _ = writeln!(lines, "{}", case.join("\t"));
    }
    let mut child = Command::new(&python)
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let theirs = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    feeder.join().unwrap().unwrap();
    assert_eq!(theirs.lines().count(), cases.len());
    for (case, theirs) in cases.iter().zip(theirs.lines()) {
        assert_eq!(ours(case), theirs, "{case:?}");
    }
    assert!(theirs.lines().filter(|l| l.split(' ').count() > 5).count() > 250, "most of them take place");
}
