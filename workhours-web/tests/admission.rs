//! Authentication: names, tokens, tickets, sessions, and requests from other sites.

use crate::kit::Home;
use workhours_web::{Verb, routes};

/// Headers that every answer has.
const DRESS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
];

#[test]
fn every_answer_is_dressed() {
    let (open, closed) = (Home::small(), Home::small());
    let (open, closed) = (open.serve(), closed.serve_as(|setup| setup.auth = true));
    for (verb, path, _) in routes() {
        let path = path.replace("{id}", &"0".repeat(32)).replace("{name}", "hours");
        for (site, host) in [(&open, ""), (&closed, ""), (&open, "Host: evil.example")] {
            let headers: Vec<&str> = [host].into_iter().filter(|h| !h.is_empty()).collect();
            let got = site.ask(verb.as_str(), &path, &headers, "");
            for (name, value) in DRESS {
                assert_eq!(got.header(name), value, "{verb:?} {path} {host}: {name}");
            }
            assert!(!got.header("cache-control").is_empty(), "{verb:?} {path}");
            assert_eq!(got.header("access-control-allow-origin"), "", "{verb:?} {path}");
            assert!(got.status < 500, "{verb:?} {path}: {}", got.text());
        }
    }
    for (method, path) in [("GET", "/nowhere"), ("TRACE", "/"), ("GET", "/?x=1"), ("POST", "/reports")] {
        let got = open.ask(method, path, &[], "");
        assert!(got.status >= 400 && got.status < 500, "{method} {path}: {}", got.status);
        for (name, value) in DRESS {
            assert_eq!(got.header(name), value, "{method} {path}: {name}");
        }
    }
}

#[test]
fn other_names_are_refused() {
    let home = Home::new();
    let site = home.serve_as(|setup| setup.config.server.allow_hosts = vec!["hours.example".into()]);
    let port = site.address.port();
    let ask = |host: &str| site.ask("GET", "/healthz", &[&format!("Host: {host}")], "").status;
    for good in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), "hours.example".into()] {
        assert_eq!(ask(&good), 200, "{good}");
    }
    for bad in ["evil.example", "127.0.0.1:1", "localhost.evil.example", "127.0.0.1.nip.io", ""] {
        assert_eq!(ask(bad), 403, "{bad}");
    }
    let two = site.ask("GET", "/healthz", &["Host: hours.example", "Host: evil.example"], "");
    assert!(two.status == 403 || two.status == 400);
    // HTTP/1.0 may leave the name away, and is not answered then.
    let none = site.send(b"GET /healthz HTTP/1.0\r\n\r\n");
    assert!(none.starts_with(b"HTTP/1.0 403"), "{}", String::from_utf8_lossy(&none));
    assert_eq!(site.ask("GET", "http://evil.example/healthz", &[], "").status, 403);
}

#[test]
fn nothing_is_shown_to_strangers() {
    let home = Home::small();
    let site = home.serve_as(|setup| setup.auth = true);
    for (verb, path, api) in routes() {
        let open = ["/healthz", "/login", "/logout", "/theme", "/static/{name}"].contains(&path);
        if open || verb != Verb::Get {
            continue;
        }
        let path = path.replace("{id}", &"0".repeat(32)).replace("{name}", "hours");
        let got = site.get(&path);
        let (want, place) = if api { (401, String::new()) } else { (303, "/login?next=".into()) };
        assert_eq!(got.status, want, "{path}");
        assert!(got.header("location").starts_with(&place), "{path}: {}", got.header("location"));
        assert!(!got.text().contains("git push"), "{path}");
    }
    let wrong = site.ask("GET", "/api/reports", &["Authorization: Bearer 123"], "");
    assert_eq!((wrong.status, wrong.header("www-authenticate")), (401, "Bearer"));
    let right = site.ask("GET", "/api/reports", &[&format!("Authorization: Bearer {}", site.token)], "");
    assert_eq!(right.status, 200);
    assert_eq!(site.get("/healthz").status, 200);
    assert_eq!(site.get("/readyz").status, 401);
}

#[test]
fn a_ticket_lets_one_in_and_a_session_outlives_a_restart() {
    let home = Home::small();
    let site = home.serve_as(|setup| setup.auth = true);
    let (_, ticket) = site.invitation.split_once("/login").unwrap();
    let ticket = format!("/login{ticket}");
    assert!(!ticket.contains(&site.token), "the address that is printed is not the token");
    let got = site.get(&format!("{ticket}&next=%2Freports%3Fx"));
    assert_eq!((got.status, got.header("location")), (303, "/reports?x"));
    let cookie = got.header("set-cookie").to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = format!("Cookie: {}", cookie.split(';').next().unwrap());
    assert_eq!(site.ask("GET", "/reports", &["Accept: text/html", &cookie], "").status, 200);
    let again = site.get(&ticket);
    assert!(again.status == 200 && again.header("set-cookie").is_empty(), "a ticket is for once");

    // Another port has other cookies; the same keys sign them.
    let port = site.address.port();
    drop(site);
    let site = home.serve_as(|setup| {
        setup.auth = true;
        setup.config.server.port = Some(port);
    });
    assert_eq!(site.ask("GET", "/reports", &["Accept: text/html", &cookie], "").status, 200);
    let ended = site.ask("POST", "/logout", &[&cookie, "Sec-Fetch-Site: same-origin"], "");
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
}

#[test]
fn the_token_signs_in_by_the_form() {
    let home = Home::new();
    let site = home.serve_as(|setup| setup.auth = true);
    let own = "Sec-Fetch-Site: same-origin";
    let wrong = site.ask("POST", "/login", &[own], "token=123&next=%2F");
    assert!(wrong.status == 401 && wrong.text().contains("not the token"));
    let right = site.ask("POST", "/login", &[own], &format!("token={}&next=//evil.example", site.token));
    assert_eq!((right.status, right.header("location")), (303, "/"));
    assert!(!right.header("set-cookie").is_empty());
    let said = site.log();
    assert!(!said.contains(&site.token) && !said.contains("token="), "no secret is in the log: {said}");
}

#[test]
fn a_proxy_that_encrypts_gets_cookies_for_encrypted_lines() {
    let home = Home::new();
    let site = home.serve_as(|setup| {
        setup.auth = true;
        setup.config.server.behind_proxy = true;
    });
    let (_, ticket) = site.invitation.split_once("/login").unwrap();
    assert!(site.get(&format!("/login{ticket}")).header("set-cookie").ends_with("; Secure"));
}

#[test]
fn nothing_is_changed_from_elsewhere() {
    let home = Home::new();
    let site = home.serve();
    let ours = format!("Origin: http://{}", site.address);
    for (headers, want) in [
        (vec!["Sec-Fetch-Site: same-origin"], 303),
        (vec!["Sec-Fetch-Site: cross-site"], 403),
        (vec!["Sec-Fetch-Site: same-site"], 403),
        (vec![ours.as_str()], 303),
        (vec!["Origin: http://evil.example"], 403),
        (vec!["Origin: null"], 403),
        (vec![], 403),
        (vec!["Authorization: Bearer whatever"], 303),
    ] {
        assert_eq!(site.ask("POST", "/theme", &headers, "theme=dark").status, want, "{headers:?}");
    }
}

#[test]
fn colours_are_kept() {
    let home = Home::new();
    let site = home.serve();
    let got = site.ask(
        "POST",
        "/theme",
        &["Sec-Fetch-Site: same-origin", &format!("Referer: http://{}/help?x=1#keys", site.address)],
        "theme=dark",
    );
    assert_eq!(got.header("location"), "/help?x=1");
    assert!(got.header("set-cookie").starts_with("theme=dark;"));
    let page = site.ask("GET", "/help", &["Accept: text/html", "Cookie: theme=dark"], "").text();
    assert!(page.contains("data-theme=\"dark\""));
    assert!(site.page("/help").contains("data-theme=\"system\""));
    let strange = site.ask("POST", "/theme", &["Sec-Fetch-Site: same-origin"], "theme=%22%3E%3Cscript%3E");
    assert_eq!(strange.status, 400);
}
