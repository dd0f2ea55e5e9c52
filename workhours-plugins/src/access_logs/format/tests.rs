//! Layouts in the words of three programs, and lines written by them.

use crate::access_logs::log_http::HttpLog;
use workhours_plugin_api::testing::{Event, MemoryInput, MemorySink};
use workhours_plugin_api::{IDataSource, Input, RowFlags, Zone};

fn read(format: &str, lines: &str) -> MemorySink {
    let mut input = MemoryInput::new(lines).option("log_format", format);
    let mut sink = MemorySink::default();
    if let Err(e) = HttpLog.parse(&mut Input::new(&mut input), &mut sink) {
        sink.error = Some(e.to_string());
    }
    sink
}

fn one(format: &str, line: &str) -> Event {
    let got = read(format, &format!("{line}\n"));
    assert_eq!((got.events.len(), got.rejects.len(), &got.error), (1, 0, &None), "{format}\n{line}\n{got}");
    got.events[0].clone()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn attr<'e>(event: &'e Event, key: &str) -> &'e str {
    event.attrs.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v.as_str())
}

/// Time, client, user, url, status and size of 2024-02-05T10:00:00+01:00.
fn is_usual(event: &Event, url: &str) {
    let time = event.time.unwrap();
    assert_eq!((time.secs, time.zone), (1_707_123_600, Zone::Offset(60)), "{event:?}");
    assert_eq!(
        [text(&event.peer), text(&event.user), text(&event.url)],
        ["192.0.2.1", "ada", url],
        "{event:?}"
    );
    assert_eq!([attr(event, "status"), attr(event, "size_bytes")], ["200", "7"], "{event:?}");
    assert_eq!(event.flags, RowFlags::NONE, "{event:?}");
}

#[test]
fn apaches_words() {
    let format = r#"%h %l %u %t %D \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" \"%{X-Trace}i\""#;
    let line =
        r#"192.0.2.1 - ada [05/Feb/2024:10:00:00 +0100] 561 "GET /a HTTP/1.0" 200 7 "-" "curl/8" "t-1""#;
    let e = one(format, line);
    is_usual(&e, "/a");
    assert_eq!([text(&e.agent), attr(&e, "x_trace"), attr(&e, "elapsed_ms")], ["curl/8", "\"t-1\"", "0"]);
    assert_eq!(e.end.unwrap().nanos, 561_000);

    let e = one(
        r#"%h %V %l %u %t %T/%D "%r" %>s %b"#,
        r#"192.0.2.1 https://www.example.org - ada [05/Feb/2024:10:00:00 +0100] 0/799940 "GET /b HTTP/1.1" 200 7"#,
    );
    is_usual(&e, "https://www.example.org/b");
    assert_eq!(attr(&e, "elapsed_ms"), "799");

    let format = r#"%a %A:%p %u [%{%Y-%m-%d %T}t.%{msec_frac}t %{%z}t] "%r" %s %B"#;
    let line = r#"192.0.2.1 198.51.100.1:443 ada [2024-02-05 10:00:00.250 +0100] "GET /c HTTP/1.1" 200 7"#;
    let e = one(format, line);
    is_usual(&e, "/c");
    assert_eq!((e.time.unwrap().nanos, attr(&e, "server")), (250_000_000, "\"198.51.100.1\""));

    let e = one(
        r#"%{msec}t %!200,304{X-Forwarded-For}i %h %l %u "%m %U%q %H" %>s %O %{ms}T"#,
        r#"1707123600250 192.0.2.1, 198.51.100.2 198.51.100.1 - john doe "GET /d?a=b HTTP/1.1" - - 12"#,
    );
    assert_eq!([text(&e.peer), text(&e.user), text(&e.url)], ["192.0.2.1", "john doe", "/d?a=b"]);
    assert_eq!(
        [attr(&e, "proxy"), attr(&e, "status"), attr(&e, "elapsed_ms")],
        ["\"198.51.100.1\"", "", "12"]
    );
    assert_eq!((e.time.unwrap().secs, e.time.unwrap().zone), (1_707_123_600, Zone::Unknown));
}

#[test]
fn the_words_of_nginx() {
    let format = r#"[$time_local] "$request_id" "$remote_addr" "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $remote_user "$upstream_addr" "$host" "$request_time" $hostname"#;
    let line = r#"[05/Feb/2024:10:00:00 +0100] "125043" "192.0.2.1" "GET /api/x HTTP/1.1" 200 7 "https://example.org/s" "a \"b\" c" ada "10.0.0.1:7671" "example.org" "0.002" web1"#;
    let e = one(format, line);
    is_usual(&e, "http://example.org/api/x");
    assert_eq!(
        [text(&e.referrer), text(&e.agent), text(&e.host)],
        ["https://example.org/s", "a \"b\" c", "web1"]
    );
    assert_eq!([attr(&e, "request_id"), attr(&e, "elapsed_ms")], ["125043", "2"]);

    let e = one(
        "$time_iso8601\t$scheme\t$http_host\t$remote_addr\t$remote_user\t${request_method}\t$request_uri\t$status\t$bytes_sent",
        "2024-02-05T10:00:00+01:00\thttps\twww.example.org\t192.0.2.1\tada\tPOST\t/p?q\t200\t7",
    );
    is_usual(&e, "https://www.example.org/p?q");
    assert_eq!(text(&e.title), "POST /p?q");

    let e =
        one("$remote_addr [$msec] $status \"$request\"", "192.0.2.1 [1707123600.125] 204 \"GET / HTTP/1.1\"");
    assert_eq!((e.time.unwrap().secs, e.time.unwrap().nanos), (1_707_123_600, 125_000_000));
}

#[test]
fn the_words_of_goaccess() {
    let line = r#"www.example.org:443 192.0.2.1 - ada [05/Feb/2024:10:00:00 +0100] "GET /a HTTP/1.0" 200 7 "-" "curl/8""#;
    let e = one(r#"%v:%^ %h %^ %e [%d:%t %^] "%r" %s %b "%R" "%u""#, line);
    is_usual(&e, "http://www.example.org/a");
    assert_eq!(text(&e.agent), "curl/8");

    let e = one(
        r#"[%x] ~h{, } "%e" "%m" "%U" "%H" %s %b %L "%u""#,
        r#"[2024-02-05T10:00:00+01:00] 192.0.2.1, 198.51.100.1 "ada" "GET" "/b" "HTTP/1.1" 200 7 12 "curl/8""#,
    );
    is_usual(&e, "/b");
    assert_eq!([text(&e.title), attr(&e, "elapsed_ms")], ["GET /b HTTP/1.1", "12"]);

    // Without an offset it is a local time; date and time may be separate.
    let e = one(r#"%d %^ %t %h "%r" %s"#, r#"2024-02-05 x 10:00:00 192.0.2.1 "GET / HTTP/1.1" 200"#);
    assert_eq!((e.time.unwrap().secs, e.time.unwrap().zone), (1_707_127_200, Zone::Local));
}

#[test]
fn layouts_with_names() {
    for name in ["combined", "COMBINED"] {
        let line =
            r#"192.0.2.1 - ada [05/Feb/2024:10:00:00 +0100] "GET /q?x="y" HTTP/1.1" 200 7 "-" "a "b" c""#;
        let e = one(name, line);
        is_usual(&e, "/q?x=\"y\"");
        assert_eq!(text(&e.agent), "a \"b\" c");
    }
    let e = one(
        "vcommon",
        r#"[2001:db8::5]:80  192.0.2.1 - ada [05/Feb/2024:10:00:00 +0100] "GET / HTTP/1.1" 200 7"#,
    );
    is_usual(&e, "http://[2001:db8::5]/");
    let line = r#"192.0.2.1 - ada [05/Feb/2024:10:00:00 +0100] "GET / HTTP/2.0" 200 7 "-" "-" 3 "r@docker" "http://198.51.100.4:80" 29ms"#;
    let e = one("TRAEFIKCLF", line);
    is_usual(&e, "/");
    assert_eq!([attr(&e, "router"), attr(&e, "elapsed_ms")], ["\"r@docker\"", "29"]);
}

#[test]
fn lines_that_do_not_fit() {
    let lines = "\n# a comment\n\
        192.0.2.1 - - [05/Feb/2024:10:00:00 +0100] \"GET / HTTP/1.1\" 200 7 and more\n\
        192.0.2.1 - - [30/Feb/2024:10:00:00 +0100] \"GET / HTTP/1.1\" 200 7\n\
        192.0.2.1 - - [05/Feb/2024:10:00:00 +0100] \"GET / HTTP/1.1\" OK 7\n\
        192.0.2.1 - - [05/Feb/2024:10:00:00 +0100] \"GET / HTT";
    let got = read("common", lines);
    let reasons: Vec<_> = got.rejects.iter().map(|r| r.reason.as_str()).collect();
    let no_fit = "the line does not fit the log_format";
    assert_eq!(reasons, ["no such time: 30/Feb/2024:10:00:00 +0100", no_fit, no_fit]);
    assert_eq!((got.events.len(), got.ignored), (1, 2));
    assert_eq!((attr(&got.events[0], "extra"), got.events[0].flags), ("\"and more\"", RowFlags::UNPLACED));

    let line = r#"192.0.2.1 - ada [05/Feb/2024:10:00:00 +0100] "GET / HTTP/1.1" 200 7 "-" "curl/8" "-|-""#;
    let e = one("combined", line);
    assert_eq!((text(&e.agent), attr(&e, "extra")), ("curl/8", r#""\"-|-\"""#));
}

#[test]
fn layouts_that_are_none() {
    for (format, why) in [
        ("%h %l %u \"%r\" %>s %b", "it says nowhere where the time stands"),
        ("%h %l %u %t %>s %b", "it says nowhere where the request stands"),
        ("%h %Z %t \"%r\"", "%Z is no word of Apache's"),
        ("%h %{Referer %t \"%r\"", "a %{ without its }"),
        ("%h %t \"%r\" %", "a % without a letter"),
        ("%h [%d:%t %^] \"%r\" %z", "%z is no word of GoAccess's"),
        ("$remote_addr $ [$time_local] \"$request\"", "a $ without a name"),
        ("no words", "it says nowhere where the time stands"),
    ] {
        let error = read(format, "").error.unwrap();
        assert!(error.starts_with("wrong option: log_format cannot be ") && error.ends_with(why), "{error}");
    }
    assert_eq!(read("", "").error, None);
}
