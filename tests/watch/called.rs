//! Schedules and alerts: what runs when it is due, and what is called when there are enough events.

use super::{Watching, command, until, until_there};
use crate::kit::Home;
use std::fs;

#[test]
fn schedules_run_when_they_are_due_and_say_how_they_ended() {
    let home = Home::new();
    home.write("history", command(1, "one"));
    let config = home.path("config/workhours/config.toml");
    let schedules = "[schedules.hours]\nevery = '1s'\nrun = \"-r hours --in 'last week' -o ~/{period}.csv\"\n\
                     [schedules.load]\nevery = '1s'\nrun = '-s bash.history history -P'\n\
                     [schedules.wrong]\nevery = '1s'\nrun = '-s bash.history not-there -P'\n";
    home.write(&config, schedules);
    let watching = Watching::of(&mut home.command(&["watch", "--now", "2026-11-30"]));
    watching.until_it_says("schedule wrong failed: ");
    until_there(&home, &["one"]);
    let list = || home.ok(&["schedule", "list", "-O", "jsonl"]).json_lines();
    let has_ended = |name: &str| {
        let rows = list();
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        !row["state"].is_null() && row["state"] != "running"
    };
    until(&|| ["hours", "load", "wrong"].iter().all(|name| has_ended(name)), &|| format!("{:?}", list()));
    let said = watching.end();
    assert!(said.contains("no inputs are followed"), "{said}");
    assert!(said.contains("config.toml:7: it runs workhours -s bash.history not-there -P"), "{said}");
    let week = fs::read_dir(home.path(""))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    assert!(
        week.into_iter().any(|name| name.contains("-W") && name.ends_with(".csv")),
        "a file named by its week"
    );
    let ran = home.run(&["status"]).exits(1);
    assert!(
        ran.stdout().contains("Schedules 3; next: ") && ran.stdout().contains("wrong: failed just now"),
        "{ran}"
    );
    home.run(&["schedule", "run", "wrong"]).exits(1).says(&["schedule wrong failed", "not-there"]);
    home.ok(&["schedule", "run", "load"]).says(&["schedule load: "]);
    home.run(&["schedule", "run", "hour"]).exits(2).says(&["did you mean hours?"]);
    home.write(&config, "[schedules.x]\nevery = '1m'\nrun = '--nonsense'\n");
    home.run(&["watch"]).exits(2).says(&["config.toml:1: the schedule x: ", "--nonsense"]);
}

#[test]
fn alerts_call_once_when_there_are_enough_events_and_once_when_it_is_over() {
    let home = Home::new();
    let config = home.path("config/workhours/config.toml");
    home.write(
        &config,
        format!(
            "[[inputs]]\ntype = 'bash.history'\npath = '{0}/history'\n[alerts.panic]\nquery = 'panic*'\nwindow = '8s'\n\
             threshold = 2\ncommand = \"sh -c 'echo $WORKHOURS_STATE $WORKHOURS_COUNT >> {0}/called; cat >> {0}/events'\"\n",
            home.path("").display()
        ),
    );
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    home.write("history", format!("#{}\npanic long ago\n#{}\npanic 1\n", now() - 600, now()));
    let watching = Watching::start(&home, &[]);
    until_there(&home, &["panic long ago", "panic 1"]);
    home.append("history", format!("#{}\npanic 2\n", now()));
    let called = || fs::read_to_string(home.path("called")).unwrap_or_default();
    until(&|| called() == "firing 2\n", &called);
    let ran = home.run(&["status"]).exits(1);
    assert!(ran.stdout().contains("Alerts    1; firing: panic"), "{ran}");
    home.append("history", format!("#{}\npanic 3\n", now()));
    until_there(&home, &["panic long ago", "panic 1", "panic 2", "panic 3"]);
    until(&|| called().starts_with("firing 2\nover "), &called);
    assert_eq!(called().lines().count(), 2, "{}", called());
    let given = fs::read_to_string(home.path("events")).unwrap();
    let first: serde_json::Value = serde_json::from_str(given.lines().next().unwrap()).unwrap();
    assert_eq!(first["text"], "panic 1");
    let said = watching.end();
    assert!(
        said.contains("alert panic: 2 or more of panic*") && said.contains("alert panic: over"),
        "{said}"
    );
    let listed = home.ok(&["alert", "list", "-O", "jsonl"]).json_lines();
    assert_eq!((&listed[0]["state"], &listed[0]["threshold"]), (&"quiet".into(), &2.into()));
    home.ok(&["alert", "test", "panic"]);
    assert!(called().lines().nth(2).unwrap().starts_with("test "), "{}", called());
    home.write(&config, "[alerts.x]\nquery = 'status>>1'\ncommand = 'true'\n");
    home.run(&["watch"]).exits(2).says(&["config.toml:1: the alert x: "]);
}
