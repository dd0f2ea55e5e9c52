//! Untrusted text: it has no effect in a page, a spreadsheet or a terminal.

use crate::kit::Home;
use workhours_core::report::reports;

/// Hostile titles, commands and addresses.
const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "\u{1b}]0;owned\u{7}\u{1b}[2J",
    "exe\u{202e}gpj.exe\u{2066}",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "{{put page}} {{{x}}} ${x}",
    "'; DROP TABLE events; --",
    "' onmouseover='alert(1)",
];

fn hostile() -> Home {
    let home = Home::new();
    let mut lines = String::new();
    for (i, text) in HOSTILE.iter().enumerate() {
        lines.push_str(&format!(": {}:0;{text}\n", 1_773_187_200 + i * 60));
    }
    home.load("zsh.history", "<b>name\u{202e}.history", lines.as_bytes());
    let mut page = String::from("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n");
    for address in [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https://e.example/?\"><script>",
        "file:///etc/passwd",
    ] {
        let address = address.replace('"', "&quot;").replace('<', "&lt;");
        page.push_str(&format!(
            "<DT><A HREF=\"{address}\" ADD_DATE=\"1773187200\">&lt;script&gt;alert(2)&lt;/script&gt;</A>\n"
        ));
    }
    page.push_str("</DL><p>\n");
    home.load("bookmarks.html", "bookmarks.html", page.as_bytes());
    home
}

/// Nothing in a page runs, loads or leads where it should not.
fn assert_inert(what: &str, page: &str) {
    let lower = page.to_lowercase();
    assert!(!lower.contains("<script>") && !lower.contains("<img"), "{what}: {page}");
    assert_eq!(
        lower.matches("<script").count(),
        lower.matches("<script type=\"module\" src=\"/static/").count(),
        "{what}"
    );
    assert!(
        !lower.contains("href=\"javascript:")
            && !lower.contains("href=\"data:")
            && !lower.contains("href=\"file:"),
        "{what}"
    );
    assert!(
        !page.chars().any(|c| (c.is_control() && c != '\n') || "\u{202e}\u{2066}\u{200b}".contains(c)),
        "{what}"
    );
    // Inside of tags there is nothing but names and quoted values of ours.
    for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
        let outside: String = tag.split('"').step_by(2).collect();
        assert!(!outside.contains('\'') && !outside.to_lowercase().contains(" on"), "{what}: <{tag}>");
        assert!(!outside.contains(" style="), "{what}: <{tag}>");
    }
    for link in page.split("<a href=\"http").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
        assert!(link.contains("rel=\"noopener noreferrer nofollow\""), "{what}: {link}");
    }
}

#[test]
fn pages_are_inert() {
    let home = hostile();
    let site = home.serve();
    for report in reports() {
        let path = format!("/reports/{}", report.info().name);
        assert_inert(&path, &site.page(&path));
    }
    for path in ["/", "/places", "/sources", "/help", "/api/docs", "/reports"] {
        assert_inert(path, &site.page(path));
    }
    let rows = site.json("/api/reports/events");
    let rows = rows["data"].as_array().unwrap();
    assert!(rows.len() >= HOSTILE.len(), "{rows:?}");
    for row in rows {
        let path = format!("/events/{}", row["id"].as_str().unwrap());
        assert_inert(&path, &site.page(&path));
    }
    let asked = ["%3Cscript%3Ealert(1)%3C/script%3E", "%22%20onfocus=alert(1)%20x=%22", "%1B%5B2J%E2%80%AE"];
    for text in asked {
        for path in [
            "/reports/events?text=",
            "/places?text=",
            "/reports/events?where=",
            "/reports/",
            "/",
            "/?",
            "/login?next=",
        ] {
            let got = site.get(&format!("{path}{text}"));
            assert_inert(&format!("{path}{text}"), &got.text());
        }
    }
}

#[test]
fn exports_are_inert() {
    let home = hostile();
    let site = home.serve();
    let csv = site.get("/reports/events.csv").text();
    assert!(csv.contains("'=HYPERLINK("), "{csv}");
    let mut cells = csv.split(['\n', ',']).map(|cell| cell.trim_matches('"'));
    assert!(!cells.any(|cell| cell.starts_with('=')), "{csv}");
    // Programs get the original text, and a header keeps browsers from guessing its type.
    let got = site.get("/reports/events.json");
    assert!(got.text().contains("<script>alert(1)</script>"));
    assert_eq!(
        (got.header("content-type"), got.header("x-content-type-options")),
        ("application/json", "nosniff")
    );
    let rows: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert!(rows.as_array().unwrap().len() >= HOSTILE.len());
    let calendar = site.get("/reports/events.ics").text();
    assert!(!calendar.contains('\u{1b}'), "{calendar}");
    // We choose the names of files, whatever an address says.
    assert_eq!(site.get("/reports/events%22%0d%0aX-Evil:1.csv").status, 404);
}

#[test]
fn nothing_strange_gets_into_the_log() {
    let home = Home::new();
    let site = home.serve();
    site.get("/%1B%5B2J%0Alevel=error?token=abc");
    site.get("/events/%0a%1b%e2%80%ae");
    let log = site.log();
    assert!(!log.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{log:?}");
    assert!(!log.contains("token=abc"), "{log}");
}
