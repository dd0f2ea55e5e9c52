//! Which words are hosts or tags, and which lines belong to other logs.

use super::*;

/// Host, tag, pid, level and message; `Err` for a line of another log, `?` before the message that is not placed.
fn read(line: &str) -> Result<[String; 5], &'static str> {
    let text = |b: &[u8]| String::from_utf8(b.to_vec()).unwrap();
    let h = header(line.as_bytes()).unwrap_or_else(|| panic!("no head: {line}"))?;
    let mark = if h.placed { "" } else { "?" };
    Ok([text(h.host), text(h.tag), text(h.pid), text(h.level), format!("{mark}{}", text(h.message))])
}

#[test]
fn hosts_and_tags() {
    for (line, fields) in [
        ("Feb  3 09:00:00 mill sshd[1]: text", ["mill", "sshd", "1", "", "text"]),
        ("Feb  3 09:00:00   mill   sshd[1]:   text", ["mill", "sshd", "1", "", "text"]),
        ("Feb  3 09:00:00 sshd[1]: text", ["", "sshd", "1", "", "text"]),
        ("Feb  3 09:00:00 mill words without a tag", ["", "", "", "", "?mill words without a tag"]),
        (
            "Feb  3 09:00:00 mill last message repeated 2 times",
            ["mill", "", "", "", "last message repeated 2 times"],
        ),
        ("Feb  3 09:00:00 mill -- MARK --", ["mill", "", "", "", "-- MARK --"]),
        ("Feb  3 09:00:00 mill", ["", "", "", "", "?mill"]),
        ("Feb  3 09:00:00", ["", "", "", "", ""]),
        ("Feb  3 09:00:00 UTC: %SYS-5-CONFIG: x", ["", "", "", "", "?UTC: %SYS-5-CONFIG: x"]),
        ("Feb  3 09:00:00 mill gdm-password][7]: text", ["mill", "gdm-password", "7", "", "text"]),
        ("Feb  3 09:00:00 mill gdm-password]: text", ["mill", "gdm-password", "", "", "text"]),
        ("Feb  3 09:00:00 mill auth.info sshd[1]: text", ["mill", "sshd", "1", "", "text"]),
        ("Feb  3 09:00:00 <auth.info> mill sshd[1]: text", ["mill", "sshd", "1", "", "text"]),
        ("Feb  3 09:00:00 mill sshd[1]: [ID 800047 auth.info] text", ["mill", "sshd", "1", "", "text"]),
        ("Sun Feb  3 09:00:00 2019 authpriv.info dropbear[1]: text", ["", "dropbear", "1", "", "text"]),
        ("Sun 2019-02-03 09:00:00 CET mill ssh.service[1]: text", ["mill", "ssh.service", "1", "", "text"]),
        ("1549184400.123456 mill sshd[1]: text", ["mill", "sshd", "1", "", "text"]),
        ("2019 Feb  3 09:00:00 mill sshd[1]: text", ["mill", "sshd", "1", "", "text"]),
        ("<13>Feb  3 09:00:00 192.0.2.9 text", ["192.0.2.9", "", "", "", "text"]),
        ("<13>Feb  3 09:00:00 mill text", ["", "", "", "", "?mill text"]),
        ("<13>2019-02-03T09:00:00Z mill text", ["", "", "", "", "?mill text"]),
        ("2019-02-03T09:00:00Z INFO app[1]: text", ["", "app", "1", "INFO", "text"]),
    ] {
        assert_eq!(read(line).as_ref().map(|f| f.each_ref().map(String::as_str)), Ok(fields), "{line}");
    }
}

#[test]
fn other_logs_are_refused() {
    for line in [
        "2026-01-05 13:54:43.262 CET [1234] ada@db LOG:  duration: 1.2 ms",
        "2026-01-05 13:54:43 UTC LOG:  checkpoint starting: time",
        "2026-01-05 13:54:43 CET [1234]: [3-1] user=ada LOG:  text",
        "2026-01-05 13:54:43 UTC:192.0.2.1(4000):ada@db:[1234]:LOG:  text",
        "2026-01-05 13:54:43 status installed libc6:amd64 2.36-9",
        "2026-01-05 13:54:43 install libc6:amd64 <none> 2.36-9",
        "2026-01-05T13:54:43.669794202Z stdout F log content: 2",
        "2026-01-05T13:54:43.669794202Z stderr F sshd[1]: text",
        "2026-01-05 00:00:01 192.0.2.48 GET /website/example q=1 80 - 198.51.100.20",
        "2026-01-05 13:54:43 INFO app: text",
        "2026-01-05 13:54:43 1234 [Note] InnoDB: text",
        "2026-01-05 13:54:43 1234 app: text",
        "2026-01-05T13:54:43.123Z [INFO]  agent: text",
        "2026-01-05T13:54:43.123+0100 I NETWORK  [conn1] end connection",
        "2026-01-05 13:54:43 +0100 tag.name: {}",
        "1286536309.021    921 192.0.2.68 TCP_MISS/200 507 POST http://example.org/ - DIRECT/192.0.2.1",
    ] {
        assert_eq!(read(line), Err(OTHER_LOG), "{line}");
    }
    for line in ["1286536309.021    921 192.0.2.68 TCP_MISS/200", "Sun Feb  3 09:00:00 2019 words"] {
        assert!(when(line.as_bytes()).is_none(), "{line}: no record begins there");
    }
}
