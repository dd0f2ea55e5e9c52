//! Every page and every ending, of nothing and of a small database.

use crate::kit::{COMMANDS, Home};
use workhours_core::report::reports;
use workhours_web::{Verb, routes};

const ENDINGS: [(&str, &str); 8] = [
    ("csv", "text/csv; charset=utf-8"),
    ("json", "application/json"),
    ("ndjson", "application/x-ndjson"),
    ("parquet", "application/vnd.apache.parquet"),
    ("arrow", "application/vnd.apache.arrow.file"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("md", "text/markdown; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
];

#[test]
fn every_page_of_nothing_and_of_a_little() {
    for home in [Home::new(), Home::small()] {
        let site = home.serve();
        for (verb, path, _) in routes() {
            if verb == Verb::Get
                && !path.contains('{')
                && path != "/login"
                && !path.ends_with("/stream")
                && !path.starts_with("/api/v1/")
                && !path.starts_with("/api/0/")
            {
                let got = site.get(path);
                assert_eq!(got.status, 200, "{path}: {}", got.text());
            }
        }
        let empty = site.page("/");
        assert_eq!(empty.contains("workhours scan --load"), !home.dir.path().join(".zsh_history").exists());
    }
}

#[test]
fn every_report_in_every_form() {
    for home in [Home::new(), Home::small()] {
        let site = home.serve();
        for report in reports() {
            let name = report.info().name;
            let page = site.page(&format!("/reports/{name}"));
            assert!(page.contains(&format!("<h1>{name}</h1>")), "{name}");
            site.page(&format!("/reports/{name}?from=-7d&to=today&where=git"));
            for (ending, kind) in ENDINGS {
                let got = site.get(&format!("/reports/{name}.{ending}"));
                assert_eq!(
                    (got.status, got.header("content-type")),
                    (200, kind),
                    "{name}.{ending}: {}",
                    got.text()
                );
            }
            let rows = site.json(&format!("/api/reports/{name}"));
            let columns: Vec<&str> =
                rows["columns"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
            for row in rows["data"].as_array().unwrap() {
                assert!(
                    row.as_object().unwrap().keys().all(|key| columns.contains(&key.as_str())),
                    "{name}: {row}"
                );
            }
            assert_eq!(rows["page"]["size"], rows["data"].as_array().unwrap().len(), "{name}");
        }
        for calendar in ["sessions", "hours", "events"] {
            let got = site.get(&format!("/reports/{calendar}.ics"));
            assert!(got.status == 200 && got.text().starts_with("BEGIN:VCALENDAR"), "{calendar}");
        }
    }
}

#[test]
fn what_is_accepted_decides() {
    let home = Home::small();
    let site = home.serve();
    for (accept, kind) in [
        ("text/html", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
    ] {
        let got = site.ask("GET", "/reports/events", &[&format!("Accept: {accept}")], "");
        assert_eq!(got.header("content-type"), kind, "{accept}");
        assert_eq!(got.header("vary"), "Accept", "{accept}");
    }
    let got = site.get("/reports/events.csv?limit=2&sort=-date");
    assert_eq!(got.text().lines().count(), 3, "{}", got.text());
    assert_eq!(got.header("content-disposition"), "attachment; filename=\"events.csv\"");
}

#[test]
fn pages_show_what_they_are_asked_for() {
    let home = Home::small();
    let site = home.serve();
    let events = site.page("/reports/events?limit=5");
    assert!(events.contains("5 of 18 rows") && events.contains("Show more"), "{events}");
    assert!(events.contains("limit=25"));
    let all = site.page("/reports/events");
    assert!(all.contains("18 rows") && !all.contains("Show more"));
    let commands = site.page("/reports/commands?sort=-runs");
    assert!(commands.contains("aria-sort=\"descending\""));
    // A day of hours links to its sessions, and those to the events.
    let hours = site.page("/reports/hours");
    let made_of = "/reports/hours?from=2026-03-11&amp;to=2026-03-11&amp;explain=1";
    assert!(hours.contains(made_of) && hours.contains("<svg class=\"chart\""), "{hours}");
    let explained = site.page(&made_of.replace("&amp;", "&"));
    assert_eq!(explained.matches("href=\"/events/").count(), COMMANDS.len());
    let home = site.page("/");
    assert!(
        home.contains("h in 7 days") && home.contains("class=\"heat\"") && home.contains("git push"),
        "{home}"
    );
    let form = site.page("/reports/hours?by=source&sensitivity=1");
    assert!(form.contains("<option value=\"source\" selected>") && form.contains("value=\"1\" checked"));
}

#[test]
fn an_event_with_its_record_and_neighbours() {
    let home = Home::small();
    let site = home.serve();
    let rows = site.json("/api/reports/events?limit=9");
    let id = rows["data"][8]["id"].as_str().unwrap();
    let page = site.page(&format!("/events/{id}"));
    assert!(page.contains(&format!("2;{}", COMMANDS[2])), "the record as it was: {page}");
    assert_eq!(page.matches("data-label=\"What\"").count(), 18);
    assert!(page.contains("rel=\"prev\"") && page.contains("rel=\"next\""));
    let event = site.json(&format!("/api/events/{id}"));
    assert_eq!(event["data"]["id"], id);
    assert!(event["raw"]["text"].as_str().unwrap().ends_with(COMMANDS[2]));
    let context = site.json(&format!("/api/events/{id}/context?before=2&after=3"));
    let lens = ["before", "after"].map(|side| context[side].as_array().unwrap().len());
    assert_eq!(lens, [2, 3]);
    assert!(context["before"][1]["date"].as_str() <= context["data"]["date"].as_str());
}

#[test]
fn a_text_with_a_nul_byte_is_a_text_all_the_same() {
    let home = Home::new();
    home.load("zsh.history", ".zsh_history", b": 1773187200:0;make \0\n: 1773187300:0;uptime\n");
    let site = home.serve();
    let id = site.json("/api/events?q=uptime")["data"][0]["id"].as_str().unwrap().to_owned();
    let page = site.page(&format!("/events/{id}"));
    assert!(page.contains("<h2>Record</h2>") && page.contains("1773187300:0;uptime"), "{page}");
}

#[test]
fn a_secret_in_a_record_is_not_shown() {
    let home = Home::new();
    home.load("zsh.history", "h", b": 1773187200:0;mysql --password=hunter2secret\n");
    let site = home.serve();
    let id = site.json("/api/reports/events")["data"][0]["id"].as_str().unwrap().to_owned();
    for path in [format!("/events/{id}"), format!("/api/events/{id}"), format!("/api/events/{id}/context")] {
        let got = site.get(&path).text();
        assert!(!got.contains("hunter2secret") && got.contains("redacted:password"), "{path}: {got}");
    }
}

#[test]
fn copies_that_still_hold_are_not_made_again() {
    let home = Home::small();
    let site = home.serve();
    for path in ["/", "/reports/hours", "/reports/events.csv", "/api/reports/events", "/places"] {
        let first = site.get(path);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        assert_eq!(first.header("cache-control"), "private, no-cache", "{path}");
        let again = site.ask("GET", path, &["Accept: text/html", &format!("If-None-Match: {tag}")], "");
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let dark = ["Accept: text/html", "Cookie: theme=dark", &format!("If-None-Match: {tag}")];
        assert_eq!(site.ask("GET", path, &dark, "").status, 200, "{path}");
    }
    let tag = site.get("/reports/events").header("etag").to_owned();
    home.load("zsh.history", "more", b": 1773300000:0;uptime\n");
    let later =
        site.ask("GET", "/reports/events", &["Accept: text/html", &format!("If-None-Match: {tag}")], "");
    assert!(later.status == 200 && later.text().contains("uptime"));
}

#[test]
fn templates_of_ones_own() {
    let home = Home::new();
    let own = home.dir.path().join("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("help.hbs"), "{{#> base}}<h1>Mine</h1>{{/base}}").unwrap();
    let site = home.serve_as(|setup| setup.config.server.templates = Some(own.clone()));
    assert!(site.page("/help").contains("<h1>Mine</h1>"));
    std::fs::write(own.join("help.hbs"), "{{page.nothing_of_that_name}}").unwrap();
    let site = home.serve_as(|setup| setup.config.server.templates = Some(own.clone()));
    let got = site.get("/help");
    assert_eq!(got.status, 500);
    assert!(!got.text().contains("nothing_of_that_name") && site.log().contains("nothing_of_that_name"));
}

#[test]
fn refused_records_are_counted_by_class() {
    let home = Home::new();
    let good = "192.0.2.7 - - [11/Mar/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 200 12\n";
    let bad = "192.0.2.7 - - [99/Mar/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 200 12\n";
    home.load("log.http", "access.log", [good, "nonsense\n", bad, "<b>more</b> of it\n"].concat().as_bytes());
    let site = home.serve();
    let page = site.page("/sources");
    let code_of = |text: &str| {
        let (before, _) = page.split_once(text).unwrap_or_else(|| panic!("{text} in {page}"));
        before.rsplit_once("code=").unwrap().1.split_once('#').unwrap().0.to_owned()
    };
    assert!(page.contains("data-label=\"Records\">2</td>"), "{page}");
    assert!(page.contains("nonsense") && page.contains("&lt;b&gt;more&lt;/b&gt;"), "{page}");
    let code = code_of("data-label=\"Records\">2</td>");
    let some = site.page(&format!("/sources?input=1&code={code}"));
    let listed = some.split_once("id=\"refused\"").unwrap().1;
    assert!(listed.contains("nonsense") && !listed.contains("99/Mar"), "{some}");
    assert!(site.page("/sources?code=timestamp-of-dreams").contains("No record of this class."));
}

#[test]
fn inputs_that_came_to_little_say_so() {
    let home = Home::new();
    home.load("bash.history", "history", b"ls -l\ncd mill\n");
    home.load("log.http", "letter", b"Dear reader,\n");
    home.load(
        "log.http",
        "access.log",
        b"192.0.2.7 - - [11/Mar/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 200 12\n",
    );
    let page = home.serve().page("/sources");
    for note in
        ["no event has a date: they count in no hours", "every record was rejected: is it of another type?"]
    {
        assert_eq!(page.matches(note).count(), 1, "{page}");
    }
}
