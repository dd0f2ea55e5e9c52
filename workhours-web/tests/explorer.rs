//! The explorer and its endpoints: results, stable pages during loads, counts, saved searches and exports, and results
//! without an index.

use crate::kit::{COMMANDS, Home, Site};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Waits until the index knows everything.
fn indexed(site: &Site) {
    let begun = Instant::now();
    loop {
        let (now, known) = (site.json("/api/reports/sources"), site.json("/api/events?size=1"));
        if known["warnings"] == Value::Array(vec![]) && known["page"]["as_of"] == now["page"]["as_of"] {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{known}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

fn texts(answer: &Value) -> Vec<String> {
    let data = answer["data"].as_array().unwrap();
    data.iter().map(|event| event["text"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn what_is_asked_for_is_found() {
    let home = Home::small();
    home.load("log.http", "access.log", ACCESS.as_bytes());
    let site = home.serve();
    indexed(&site);
    for (query, total) in [
        ("", 20),
        ("q=push", 3),
        ("q=git%20-push", 6),
        ("q=git&f=-text:git%20push&from=2026-03-11&to=2026-03-11", 2),
        ("f=source:log.http", 2),
        ("f=-source:log.http", 18),
        ("f=meta.status:404", 1),
        ("q=nothing", 0),
        ("from=2026-03-12&to=2026-03-12", 7),
    ] {
        let got = site.json(&format!("/api/events?{query}"));
        assert_eq!(got["total"]["value"], total, "{query}: {got}");
        assert_eq!(got["total"]["relation"], "eq");
        let counted = site.json(&format!("/api/histogram?{query}"));
        assert_eq!(counted["total"], total, "{query}");
        let facets = site.json(&format!("/api/facets?facet=source&{query}"));
        let sum: u64 = facets["data"][0]["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["count"].as_u64().unwrap())
            .sum();
        assert_eq!(sum, total, "{query}");
        let csv = site.get(&format!("/api/export.csv?{query}")).text();
        assert_eq!(csv.lines().count() as u64, total + 1, "{query}: {csv}");
        let page = site.page(&format!("/events?whole=1&{query}"));
        assert!(page.contains(&format!("{total} events")) || total == 1, "{query}");
    }
    let found = site.json("/api/events?q=push&size=1&sort=date");
    assert_eq!(found["data"][0]["highlight"]["text"], serde_json::json!([["git ", 0], ["push", 1]]));
    let suggested = site.json("/api/suggest?start=source:l");
    assert_eq!(suggested["data"][0]["text"], "source:log.http");
    assert_eq!(suggested["data"][0]["count"], 2);
    let fields = site.json("/api/suggest?start=ho");
    assert_eq!(fields["data"][0]["text"], "host:");
}

/// Two requests, one of which found nothing.
const ACCESS: &str = "203.0.113.9 - - [12/Mar/2026:23:10:00 +0000] \"GET /a HTTP/1.1\" 200 10 \"-\" \"x\"\n\
                      203.0.113.9 - - [14/Mar/2026:10:00:00 +0000] \"GET /b HTTP/1.1\" 404 10 \"-\" \"x\"\n";

#[test]
fn values_that_no_event_has_are_named() {
    let home = Home::small();
    home.load("log.http", "access.log", ACCESS.as_bytes());
    let site = home.serve();
    indexed(&site);
    for (query, texts) in [
        ("q=source:log.htp", ["No event has the source \"log.htp\".", "Did you mean source:log.http?"]),
        ("f=host:203.0.113.9", ["No event has the host \"203.0.113.9\".", "Did you mean peer:203.0.113.9?"]),
        ("q=-git%20project:nowhere", ["No event has the project \"nowhere\".", ""]),
    ] {
        let warnings = site.json(&format!("/api/events?{query}"))["warnings"].to_string();
        let page = site.page(&format!("/events?{query}")).replace("&quot;", "\"");
        for text in texts {
            assert!(warnings.replace("\\\"", "\"").contains(text), "{query}: {warnings}");
            assert!(page.contains(text), "{query}: {page}");
        }
    }
    // The page of a report says it too.
    let page = site.page("/reports/events?where=peer:203.0.113.8").replace("&quot;", "\"");
    assert!(page.contains("no event has the peer \"203.0.113.8\". did you mean peer:203.0.113.9?"), "{page}");
    let found = site.json("/api/events?q=source:log.http%20nothing");
    assert_eq!(found["warnings"], serde_json::json!([]), "what is there is not spoken of");
}

#[test]
fn pages_go_on_whatever_comes_in() {
    let home = Home::small();
    let site = home.serve();
    indexed(&site);
    // Relevance depends on all events: that order is stable only while nothing is loaded.
    for sort in ["relevance", "-date", "date", "host", "-text", "-duration", "source"] {
        let mut next = format!("/api/events?q=git&sort={sort}&size=5");
        let (mut seen, mut all) = (BTreeSet::new(), 0);
        loop {
            let got = site.ask("GET", &next, &[], "");
            let page: Value = serde_json::from_slice(&got.body).unwrap();
            for event in page["data"].as_array().unwrap() {
                seen.insert(event["id"].as_str().unwrap().to_owned());
                all += 1;
            }
            // More of the same come in between two pages.
            let line = format!(": {}:0;git {sort} {all}\n", 1_773_300_000 + all);
            if sort != "relevance" {
                home.load("zsh.history", &format!("more{sort}{all}"), line.as_bytes());
                indexed(&site);
            }
            let Some(link) = got.header("link").strip_prefix('<').and_then(|link| link.split_once('>'))
            else {
                assert_eq!(page["page"]["next"], Value::Null);
                break;
            };
            assert!(link.0.contains("as_of="), "{link:?}");
            next = link.0.to_owned();
        }
        assert_eq!(seen.len(), all, "{sort}: an event came twice");
        assert!(all >= 9, "{sort}: {all}");
        let now = site.json("/api/events?q=git&size=500")["data"].as_array().unwrap().len();
        assert!(now > all || sort == "relevance", "{sort}");
    }
}

/// As if an index was built while a user turned pages that came from the database.
#[test]
fn pages_of_what_the_index_does_not_know_yet_are_of_the_database() {
    let home = Home::small();
    indexed(&home.serve());
    home.load("log.http", "access.log", ACCESS.as_bytes());
    let site = home.serve_as(|setup| setup.keeps_index = false);
    let known = site.json("/api/events");
    assert_eq!(known["total"]["value"], 18, "{known}");
    let now = site.json("/api/reports/sources")["page"]["as_of"].as_str().unwrap().to_owned();
    assert_ne!(known["page"]["as_of"], now.as_str());
    let page = site.json(&format!("/api/events?as_of={now}"));
    assert_eq!((&page["total"]["value"], &page["page"]["as_of"]), (&20.into(), &now.as_str().into()));
    assert!(page["warnings"][0].as_str().unwrap().contains("the database itself"), "{page}");
    assert_eq!(site.json(&format!("/api/histogram?as_of={now}"))["total"], 20);
}

#[test]
fn listeners_are_told_of_what_is_newer() {
    let home = Home::small();
    let site = home.serve();
    indexed(&site);
    let as_of = site.json("/api/events")["page"]["as_of"].as_str().unwrap().to_owned();
    let mut socket = TcpStream::connect(site.address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head =
        format!("GET /api/events/stream?q=push&as_of={as_of} HTTP/1.1\r\nHost: {}\r\n\r\n", site.address);
    socket.write_all(head.as_bytes()).unwrap();
    home.load(
        "zsh.history",
        "later",
        b": 1773400000:0;git push\n: 1773400001:0;git push\n: 1773400002:0;ls\n",
    );
    let mut lines = BufReader::new(socket).lines().map(Result::unwrap);
    assert!(lines.by_ref().take_while(|line| !line.is_empty()).any(|l| l.contains("text/event-stream")));
    let told = lines.find(|line| line.starts_with("data:")).unwrap();
    assert!(told.contains("\"count\":2"), "{told}");
    assert_eq!(site.get("/api/events/stream").status, 400);
}

#[test]
fn searches_are_kept() {
    let home = Home::small();
    let site = home.serve();
    let own = format!("Origin: http://{}", site.address);
    let put = site.ask("PUT", "/api/saved/my%20pushes?q=push&f=-host:a&from=-7d", &[&own], "");
    assert_eq!(put.status, 201, "{}", put.text());
    assert_eq!(site.ask("PUT", "/api/saved/my%20pushes?q=push", &[&own], "").status, 200);
    assert_eq!(site.json("/api/saved/my%20pushes")["query"], "q=push");
    assert_eq!(site.json("/api/saved")["data"][0]["name"], "my pushes");
    assert_eq!(site.ask("PUT", "/api/saved/x?q=(", &[&own], "").status, 400);
    assert_eq!(site.ask("PUT", "/api/saved/x?q=a", &["Origin: http://evil.example"], "").status, 403);
    let posted = site.ask("POST", "/saved", &[&own], "name=%3Cb%3E&query=q%3Dls%26f%3Dsource%3Azsh.history");
    assert_eq!(posted.status, 303, "{}", posted.text());
    let page = site.page("/saved");
    assert!(page.contains("&lt;b&gt;") && page.contains("/events?q=ls&amp;f=source%3Azsh.history"), "{page}");
    assert_eq!(site.ask("POST", "/saved/delete", &[&own], "name=%3Cb%3E").status, 303);
    assert_eq!(site.ask("DELETE", "/api/saved/my%20pushes", &[&own], "").status, 200);
    assert_eq!(site.ask("DELETE", "/api/saved/my%20pushes", &[&own], "").status, 404);
    assert_eq!(site.json("/api/saved")["data"], Value::Array(vec![]));
}

#[test]
fn without_an_index_the_database_answers_and_says_so() {
    let home = Home::small();
    let site = home.serve_as(|setup| setup.keeps_index = false);
    let got = site.json("/api/events?q=push&sort=date");
    assert_eq!(texts(&got), ["git push", "git push", "git push"]);
    assert!(got["warnings"][0].as_str().unwrap().contains("no index yet"), "{got}");
    let page = site.page("/events?q=push&whole=1");
    assert!(page.contains("no index yet") && page.contains("3 events") && page.contains("facet-source"));
    assert_eq!(site.json("/api/facets?facet=kind")["data"][0]["values"][0]["count"], 18);
    assert_eq!(site.get("/api/export.ndjson?q=push").text().lines().count(), 3);
}

#[test]
fn everything_on_the_page_is_an_address() {
    let home = Home::small();
    let site = home.serve();
    indexed(&site);
    let page = site.page("/events?q=git&whole=1&size=5");
    // Each command that was found, marked; its values lead on; the bars lead into their time.
    assert!(page.contains("<mark>git</mark> log") && !page.contains("ls -l"));
    assert!(page.contains("href=\"/events?q=git&amp;size=5&amp;f=source%3Azsh.history\""));
    assert!(page.contains("rel=\"next\"") && page.contains("as_of="));
    assert!(page.contains("/api/export.parquet?q=git"));
    let bar = page
        .split("href=\"")
        .find(|link| link.starts_with("/events?") && link.contains("from=2026"))
        .unwrap();
    let bar = bar.split('"').next().unwrap().replace("&amp;", "&");
    assert!(site.page(&bar).contains("<mark>git</mark>"), "{bar}");
    let nothing = site.page("/events?q=git&f=kind:shell.command&f=host:nowhere");
    assert!(
        nothing.contains("No event matches all conditions") && nothing.contains("Without host:nowhere: 9"),
        "{nothing}"
    );
    let day = site.page("/timeline?day=2026-03-11");
    assert!(
        day.contains("Wednesday, 11 March 2026")
            && day.contains("zsh.history")
            && day.contains("class=\"band\"")
    );
    let week = site.page("/timeline?week=2026-03-11");
    assert!(week.contains("9 March – 15 March 2026"));
    let empty = site.page("/timeline?week=2020-01-01");
    assert!(empty.contains("no events in this time") && empty.contains("13 March 2026"), "{empty}");
    assert!(COMMANDS.len() == 6 && site.page("/").contains("/events?"));
}

#[test]
fn what_is_too_much_is_refused() {
    let home = Home::small();
    let site = home.serve();
    let deep = format!("{}a{}", "(".repeat(20), ")".repeat(20));
    let facets = "facet=host&".repeat(17);
    for (query, status) in [
        (format!("q={deep}"), 422),
        (format!("q={}", "(".repeat(1000)), 422),
        (format!("q={}", "a+".repeat(65)), 422),
        (format!("q={}", "a".repeat(1025)), 422),
        ("size=501".to_owned(), 422),
        (facets, 422),
        ("bucket=1s&from=2026-01-01&to=2026-12-31&whole=1".to_owned(), 422),
        ("size=0".to_owned(), 400),
        ("sort=person".to_owned(), 400),
        ("by=tag".to_owned(), 400),
        ("q=title%3Ea".to_owned(), 400),
        ("f=host".to_owned(), 400),
        ("facet=text".to_owned(), 400),
        ("after=xyz".to_owned(), 400),
        ("bucket=7h".to_owned(), 400),
        ("query=a".to_owned(), 400),
    ] {
        let got = site.get(&format!("/events?{query}"));
        assert_eq!(got.status, status, "{query}");
    }
    let mistaken = site.get("/events?q=git%20(push").text();
    assert!(mistaken.contains("name=\"q\" value=\"git (push\"") && mistaken.contains("never closed"));
    let got = site.ask("GET", &format!("/api/events?q={deep}"), &[], "");
    let problem: Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(problem["position"], 17, "{problem}");
}
