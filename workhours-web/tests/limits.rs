//! Requests that are too large, too slow, for missing pages, or with a wrong method.

use crate::kit::Home;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn too_much_is_refused() {
    let home = Home::new();
    let site = home.serve();
    let long = "x".repeat(9_000);
    assert_eq!(site.get(&format!("/reports?{long}")).status, 414);
    let wide = format!("X-Wide: {}", "x".repeat(20_000));
    assert_eq!(site.ask("GET", "/reports", &[&wide], "").status, 431);
    let huge = site.ask("POST", "/theme", &["Sec-Fetch-Site: same-origin"], &"x".repeat(70_000));
    assert_eq!(huge.status, 413);
    // Without a length it is found out on the way.
    let mut endless =
        b"POST /theme HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_vec();
    for _ in 0..20 {
        endless.extend_from_slice(format!("2000\r\n{}\r\n", "x".repeat(0x2000)).as_bytes());
    }
    endless.extend_from_slice(b"0\r\n\r\n");
    let got = String::from_utf8_lossy(&site.send(&endless)).into_owned();
    assert!(got.starts_with("HTTP/1.1 4") || got.is_empty(), "{got}");
    assert!(site.send(b"\x16\x03\x01\x02nonsense\r\n\r\n").starts_with(b"HTTP/1.1 400"));
}

#[test]
fn slow_heads_are_given_up() {
    let home = Home::new();
    let site = home.serve();
    let mut socket = TcpStream::connect(site.address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    socket.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
    let begun = Instant::now();
    let mut got = Vec::new();
    let _ = socket.read_to_end(&mut got);
    let took = begun.elapsed();
    assert!((8..20).contains(&took.as_secs()), "given up after {took:?}");
    assert!(got.is_empty() || got.starts_with(b"HTTP/1.1 408"));
}

/// Strangers fill all seats with connections on which nothing comes, and one on which half a head did.
#[test]
fn strangers_keep_nobody_out() {
    let home = Home::new();
    let site = home.serve();
    let connect = || {
        let socket = TcpStream::connect(site.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        socket
    };
    let get = |socket: &mut TcpStream| {
        let (address, token) = (site.address, &site.token);
        let head =
            format!("GET /api/fields HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        let mut got = vec![0; 12];
        socket.read_exact(&mut got).map(|()| String::from_utf8(got).unwrap())
    };
    let begun = Instant::now();
    let mut known = connect();
    assert_eq!(get(&mut known).unwrap(), "HTTP/1.1 200");
    let mut first = connect();
    first.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
    let strangers: Vec<TcpStream> = (0..254).map(|_| connect()).collect();
    // All seats are taken. A new client gets a response, and the stranger who came first is disconnected.
    assert_eq!(get(&mut connect()).unwrap(), "HTTP/1.1 200");
    assert_eq!(first.read_to_end(&mut Vec::new()).unwrap_or(0), 0);
    let closed = |socket: &TcpStream| {
        socket.set_nonblocking(true).unwrap();
        socket.peek(&mut [0]).is_ok()
    };
    let left = strangers.iter().filter(|socket| closed(socket)).count();
    // After ten seconds all of them are closed for being slow, on a busy machine sooner than they are counted.
    assert!(left <= 1 || begun.elapsed() > Duration::from_secs(8), "{left} strangers were let go");
}

#[test]
fn what_is_not_there_and_what_is_not_to_be_asked_like_this() {
    let home = Home::new();
    let site = home.serve();
    for path in ["/nowhere", "/reports/nothing", "/events/a/b", "/api/nothing", "/static/none.css"] {
        assert_eq!(site.get(path).status, 404, "{path}");
    }
    assert_eq!(site.get(&format!("/events/{}", "0".repeat(32))).status, 404);
    assert_eq!(site.get("/events/xyz").status, 400);
    for (method, path, allow) in [
        ("POST", "/reports", "GET, HEAD"),
        ("DELETE", "/api/reports/hours", "GET, HEAD"),
        ("GET", "/theme", "POST"),
        ("PUT", "/login", "GET, HEAD, POST"),
        ("OPTIONS", "/", "GET, HEAD"),
        ("PATCH", "/", "GET, HEAD"),
    ] {
        let got = site.ask(method, path, &["Sec-Fetch-Site: same-origin"], "");
        assert_eq!((got.status, got.header("allow")), (405, allow), "{method} {path}");
    }
    let head = site.ask("HEAD", "/reports", &[], "");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn problems_are_for_whoever_asks() {
    let home = Home::new();
    let site = home.serve();
    let got = site.ask("GET", "/api/reports/huors", &[], "");
    assert_eq!((got.status, got.header("content-type")), (404, "application/problem+json"));
    let problem: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!((&problem["type"], &problem["status"]), (&"about:blank".into(), &404.into()));
    assert_eq!(problem["hint"], "did you mean hours?");
    let page = site.get("/reports/huors");
    assert!(
        page.header("content-type").starts_with("text/html") && page.text().contains("did you mean hours?")
    );
    let wants_json = site.ask("GET", "/reports/huors", &["Accept: application/json"], "");
    assert_eq!(wants_json.header("content-type"), "application/problem+json");
}

#[test]
fn mistakes_are_told_with_a_hint() {
    let home = Home::new();
    let site = home.serve();
    for (query, detail, hint) in [
        ("form=2026", "unknown parameter \"form\"", "did you mean from?"),
        ("round=15", "unknown parameter \"round\"", ""),
        ("from=2026-99", "2026-99", ""),
        ("from=2026-02&to=2026-01", "from is not before to", "no event"),
        ("limit=x", "limit takes a number", ""),
        ("limit=1&limit=2", "given twice", "give it once"),
        ("source=log.htp", "unknown source type", "did you mean log.http?"),
        ("tz=Europe/Berln", "unknown time zone", "Europe/Berlin"),
        ("sort=nope", "unknown column", ""),
        ("limit=999999999", "at most", "export"),
    ] {
        let got = site.ask("GET", &format!("/api/reports/events?{query}"), &[], "");
        let problem: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!(got.status, 400, "{query}: {problem}");
        let said = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
        assert!(said("detail").contains(detail), "{query}: {problem}");
        assert!(said("hint").contains(hint), "{query}: {problem}");
        assert_eq!(site.get(&format!("/reports/events?{query}")).status, 400, "{query}");
    }
    let got = site.ask("GET", "/api/reports/events?where=user:ada%20AND%20(", &[], "");
    let problem: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert!(problem["position"].as_u64().is_some_and(|at| at > 10), "{problem}");
}

#[test]
fn an_end_is_quick() {
    let home = Home::small();
    let site = home.serve();
    site.page("/");
    // A visitor that stays does not keep it.
    let mut stays = TcpStream::connect(site.address).unwrap();
    stays.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let begun = Instant::now();
    drop(site);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
