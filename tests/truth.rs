//! Promise: hours are true in every view. Three months of traces with hours known by construction, from several
//! sources, with a colleague, a weekly meeting, work over midnight and a night in which clocks change; by day, week,
//! month, year, project, period, window, query and person, on the command line, over HTTP and in a workbook.

use crate::kit::Home;
use crate::serve::Served;
use chrono::{Datelike, Days, NaiveDate, TimeZone, Weekday};
use chrono_tz::Europe::Berlin;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;

const FIRST: &str = "2026-02-02";
const DAYS: i64 = 88;

/// Minutes by day and project.
type Truth = BTreeMap<(String, &'static str), i64>;

struct Made {
    home: Home,
    mine: Truth,
    bos: i64,
}

fn day(n: i64) -> NaiveDate {
    FIRST.parse::<NaiveDate>().unwrap() + Days::new(n.unsigned_abs())
}

/// Seconds since 1970 of a wall clock in Berlin.
fn at(day: NaiveDate, hour: u32, minute: u32) -> i64 {
    Berlin.from_local_datetime(&day.and_hms_opt(hour, minute, 0).unwrap()).earliest().unwrap().timestamp()
}

fn made() -> Made {
    let (mut shell, mut bo, mut mine, mut bos) = (Vec::new(), String::new(), Truth::new(), 0);
    // A command every ten minutes from one moment to another: that long, and no longer.
    let mut work = |from: i64, minutes: i64, what: &str| {
        (0..=minutes / 10).for_each(|n| shell.push((from + n * 600, format!("{what} {n}"))));
    };
    let mut add =
        |day: NaiveDate, project, minutes| *mine.entry((day.to_string(), project)).or_default() += minutes;
    for day in (0..DAYS).map(day) {
        let next = day.succ_opt().unwrap();
        if day.to_string() == "2026-03-29" {
            // From 01:30 to 03:30 it is one hour.
            work(at(day, 1, 30), 60, "tides night");
            add(day, "tides", 60);
        }
        if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            continue;
        }
        work(at(day, 9, 0), 180, "tides build");
        add(day, "tides", 180);
        work(at(day, 13, 30), 90, "locks test");
        add(day, "locks", 90);
        for n in 0..=12 {
            let time = at(day, 9, 5) + n * 600;
            bo += &format!("{{\"date\": {time}, \"title\": \"tides too\", \"user\": \"bo\"}}\n");
        }
        bos += 120;
        match day.weekday() {
            Weekday::Mon => {
                // A quarter of an hour of the meeting is the command's.
                work(at(day, 16, 10), 0, "tides fix");
                add(day, "tides", 15);
                add(day, "harbour", 45);
            }
            Weekday::Fri => {
                work(at(day, 23, 40), 50, "tides late");
                add(day, "tides", 20);
                add(next, "tides", 30);
            }
            _ => {}
        }
    }
    shell.sort();
    let home = Home::new();
    home.write(
        "zsh_history",
        shell.iter().map(|(time, what)| format!(": {time}:0;{what}\n")).collect::<String>(),
    );
    home.write("bo.jsonl", bo);
    home.write(
        "team.ics",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:weekly\r\nSUMMARY:harbour weekly\r\n\
         DTSTART;TZID=Europe/Berlin:20260202T160000\r\nDTEND;TZID=Europe/Berlin:20260202T170000\r\n\
         RRULE:FREQ=WEEKLY;UNTIL=20260430T220000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    home.write(
        "config.toml",
        "timezone = \"Europe/Berlin\"\n[me]\nusers = [\"ada\"]\n[people.bo]\nusers = [\"bo\"]\n\
         [projects]\ntides = 'text:tides OR title:tides'\nlocks = 'text:locks'\nharbour = 'title:harbour'\n\
         [rates]\ntides = 95\nlocks = [80, { from = \"2026-04-01\", rate = 85 }]\nharbour = 33.33\n\
         [[inputs]]\ntype = \"zsh.history\"\npath = \"zsh_history\"\nuser = \"ada\"\n\
         [[inputs]]\ntype = \"jsonl\"\npath = \"bo.jsonl\"\nactivity = \"human\"\n\
         [[inputs]]\ntype = \"ical\"\npath = \"team.ics\"\n",
    );
    home.load(&["-c", "config.toml"]);
    Made { home, mine, bos }
}

/// The hours in the truth that are wanted.
fn sum(truth: &Truth, wanted: impl Fn(&str, &str) -> bool) -> f64 {
    truth.iter().filter(|((day, project), _)| wanted(day, project)).map(|(_, n)| *n).sum::<i64>() as f64
        / 60.0
}

fn rows(made: &Made, args: &[&str]) -> Vec<Value> {
    let fixed = ["-c", "config.toml", "--now", "2026-05-10", "-r", "hours", "-O", "jsonl"];
    made.home.ok(&[&fixed, args].concat()).json_lines()
}

fn total(rows: &[Value], column: &str) -> f64 {
    rows.iter().filter_map(|row| row[column].as_f64()).sum()
}

#[track_caller]
fn same(got: f64, want: f64, what: &str) {
    assert!((got - want).abs() < 0.001, "{what}: {got}, not {want}");
}

#[test]
fn however_one_asks() {
    let made = made();
    let truth = &made.mine;
    let all = sum(truth, |_, _| true);
    let money = total(&rows(&made, &[]), "amount");
    for row in rows(&made, &["--by", "project"]) {
        let (day, project) = (row["period"].as_str().unwrap(), row["key"].as_str().unwrap());
        same(row["hours"].as_f64().unwrap(), sum(truth, |d, p| d == day && p == project), &format!("{row}"));
    }
    for bucket in ["day", "week", "month", "quarter", "year"] {
        for by in [&[][..], &["--by", "project"], &["--by", "source"], &["--by", "host"]] {
            let rows = rows(&made, &[&["--bucket", bucket][..], by].concat());
            same(total(&rows, "hours"), all, bucket);
            same(total(&rows, "amount"), money, bucket);
        }
    }
    for month in ["2026-02", "2026-03", "2026-04"] {
        let want = sum(truth, |day, _| day.starts_with(month));
        same(total(&rows(&made, &["--in", month]), "hours"), want, month);
        same(total(&rows(&made, &["--from", month, "--to", month]), "hours"), want, month);
        let by_month = rows(&made, &["--bucket", "month"]);
        let row: Vec<Value> = by_month.into_iter().filter(|row| row["period"] == month).collect();
        same(total(&row, "hours"), want, month);
    }
    // Every day separately: over midnight, through the change of clocks, and those without work.
    for day in (0..DAYS).map(day).step_by(4).chain([day(55), day(54), day(4), day(5)]) {
        let day = day.to_string();
        same(total(&rows(&made, &["--in", &day]), "hours"), sum(truth, |d, _| d == day), &day);
    }
    for (from, until) in [("2026-02-06 23:50", "2026-02-07 00:10"), ("2026-03-02 16:05", "2026-03-02 16:20")]
    {
        let want = if from.ends_with("50") { 20.0 } else { 15.0 } / 60.0;
        same(total(&rows(&made, &["--from", from, "--to", until]), "hours"), want, from);
    }
    for project in ["tides", "locks", "harbour"] {
        let want = sum(truth, |_, p| p == project);
        let query = format!("project:{project}");
        same(total(&rows(&made, &["--where", &query]), "hours"), want, project);
        same(total(&rows(&made, &["--where", &format!("NOT {query}")]), "hours"), all - want, project);
        let amount = total(&rows(&made, &["--where", &query]), "amount");
        let others = total(&rows(&made, &["--where", &format!("NOT {query}")]), "amount");
        same(amount + others, money, project);
    }
    let bos = made.bos as f64 / 60.0;
    same(total(&rows(&made, &["-u", "bo"]), "hours"), bos, "bo");
    let team = rows(&made, &["-u", "all", "--by", "user"]);
    same(total(&team, "hours"), all + bos, "everybody");
    let named: Vec<Value> = team.into_iter().filter(|row| row["key"] == "bo").collect();
    same(total(&named, "hours"), bos, "bo among everybody");
}

#[test]
fn over_http_and_in_a_workbook() {
    let made = made();
    let march = sum(&made.mine, |day, _| day.starts_with("2026-03"));
    let served = Served::start(&made.home, &["-c", "config.toml", "--no-auth", "--now", "2026-05-10"]);
    let answer = served.get("/reports/hours.json?in=2026-03&by=project", "Accept: application/json\r\n");
    let body = &answer[answer.find('[').unwrap()..=answer.rfind(']').unwrap()];
    // The response may come in chunks, whose lengths are on separate lines.
    let body: String = body.split("\r\n").filter(|line| line.len() > 8 || !is_hex(line)).collect();
    let rows: Vec<Value> = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{e}: {body}"));
    same(total(&rows, "hours"), march, "over HTTP");
    served.end("-TERM");

    let fixed = ["-c", "config.toml", "--now", "2026-05-10"];
    made.home.ok(&[&fixed[..], &["-r", "hours", "--in", "2026-03", "-o", "hours.xlsx"]].concat());
    let file = std::fs::File::open(made.home.path("hours.xlsx")).unwrap();
    let mut sheet = String::new();
    zip::ZipArchive::new(file)
        .unwrap()
        .by_name("xl/worksheets/sheet1.xml")
        .unwrap()
        .read_to_string(&mut sheet)
        .unwrap();
    // Hours are the seventh column.
    let cells =
        sheet.split("<c r=\"G").skip(2).filter_map(|cell| cell.split("<v>").nth(1)?.split('<').next());
    let hours: f64 = cells.filter_map(|value| value.parse::<f64>().ok()).sum();
    same(hours, march, "in the workbook");
}

fn is_hex(line: &str) -> bool {
    !line.is_empty() && line.chars().all(|c| c.is_ascii_hexdigit())
}
