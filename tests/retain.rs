//! `workhours retain`: old events go, and no load brings them back.

use crate::kit::Home;
use serde_json::Value;

/// Requests at noon of the days of January 2026, with a line on each.
fn log(days: std::ops::Range<u32>) -> String {
    let line =
        |day| format!("10.0.0.{day} - - [{day:02}/Jan/2026:12:00:00 +0000] \"GET /{day} HTTP/1.1\" 200 5\n");
    days.map(line).collect()
}

const CONFIG: &str = "[retention]\n'log.http' = '10d'\n";
/// 31 January, at noon: events from 21 January on are kept.
const NOW: &str = "2026-01-31T12:00:00Z";

fn days(home: &Home) -> Vec<String> {
    home.column("date").iter().map(|date| date[8..10].to_owned()).collect()
}

/// Old events go from a database and stay away.
pub(crate) fn is_kept_away(home: &Home) {
    home.write("wh.toml", CONFIG);
    home.write("a.log", log(1..31));
    home.write("history", "#1767268800\nls\n");
    home.load(&["-s", "log.http", "a.log"]);
    home.load(&["-s", "bash.history", "history"]);
    let retain = |args: &[&str]| {
        let args = [&["-c", "wh.toml", "--now", NOW, "-O", "json", "retain"], args].concat();
        let rows: Value = serde_json::from_str(&home.ok(&args).stdout()).unwrap();
        assert_eq!(rows.as_array().unwrap().len(), 1, "of log.http alone: {rows}");
        (rows[0]["from"].as_str().unwrap().to_owned(), rows[0]["events"].as_u64().unwrap())
    };
    let from = "2026-01-21T00:00:00Z".to_owned();
    assert_eq!(retain(&["--dry-run"]), (from.clone(), 20));
    assert_eq!(home.column("date").len(), 31);
    assert_eq!(retain(&[]), (from.clone(), 20));
    assert_eq!(retain(&[]), (from, 0), "they are gone");
    let kept: Vec<String> = std::iter::once(1).chain(21..31).map(|day| format!("{day:02}")).collect();
    assert_eq!(days(home), kept, "and nothing else is");
    // Read again, by another name, and reloaded from the copy: they stay away.
    home.write("b.log", log(1..31));
    let again = home.run(&["-s", "log.http", "b.log", "-P", "-r", "events", "-O", "csv"]);
    home.load(&["-s", "log.http", "a.log"]);
    assert_eq!(days(home), kept, "{}", again.stderr());
    home.ok(&["inputs", "reload", "1", "--force"]);
    assert_eq!(days(home), kept);
    // A file of which only a part is old is loaded in part, and the load says so.
    home.write("c.log", log(15..25).replace("10.0.0.", "10.0.1."));
    let loaded = home.ok(&["-s", "log.http", "c.log", "-P"]);
    loaded.says(&["before 2026-01-21 00:00 UTC are left out"]);
    assert_eq!(days(home).len(), kept.len() + 4);
}

#[test]
fn what_is_too_old_is_removed_and_not_loaded_again() {
    is_kept_away(&Home::new());
}

#[test]
fn copies_of_what_is_counted_elsewhere_follow() {
    let home = Home::new();
    home.write("wh.toml", CONFIG);
    home.write("a.log", log(1..31));
    home.load(&["-s", "log.http", "a.log"]);
    home.ok(&["columns", "rebuild"]);
    home.ok(&["index", "update"]);
    home.ok(&["-c", "wh.toml", "--now", NOW, "retain"]);
    let requests = |args: &[&str]| {
        let args = [&["-r", "kinds", "-O", "json"], args].concat();
        let rows: Value = serde_json::from_str(&home.ok(&args).stdout()).unwrap();
        rows[0]["count"].as_u64()
    };
    assert_eq!(requests(&[]), Some(10));
    assert_eq!(home.ok(&["search", "GET OR 200", "-O", "jsonl"]).stdout().lines().count(), 10);
    home.ok(&["db", "check", "--deep"]);
}

#[test]
fn without_a_time_nothing_goes() {
    let home = Home::new();
    home.run(&["retain"]).says(&["error: ", "[retention]"]);
    for (config, says) in [
        ("[retention]\n'log.htp' = '10d'\n", "log.http"),
        ("[retention]\ndefault = '1h'\n", "less than a day"),
        ("[retention]\ndefault = 'soon'\n", "wh.toml:2"),
    ] {
        home.write("wh.toml", config);
        home.run(&["-c", "wh.toml", "retain"]).says(&["error: ", says]);
    }
}
