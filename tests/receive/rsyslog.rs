//! rsyslog itself as the sender: over UDP, TCP and TLS, with both framings. In the database is what it has sent.

use super::sockets::{Running, connect, free_port};
use super::until_events;
use crate::kit::{Home, pause, skipped};
use std::process::Command;
use std::time::{Duration, Instant};

/// Messages of each transport.
const MESSAGES: usize = 500;

/// A certificate for 127.0.0.1 with its key.
fn certificate(home: &Home) -> bool {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(home.path(""))
        .output();
    made.is_ok_and(|made| made.status.success())
}

#[test]
fn rsyslogs_messages_arrive_over_every_transport() {
    if !Command::new("rsyslogd").arg("-v").output().is_ok_and(|output| output.status.success()) {
        skipped(format_args!("rsyslog is not installed"));
        return;
    }
    let home = Home::new();
    let encrypts = cfg!(feature = "tls")
        && std::path::Path::new("/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_ossl.so").exists()
        && certificate(&home);
    if !encrypts {
        skipped(format_args!("the program has no TLS, or rsyslog has no OpenSSL"));
    }
    let [udp, tcp, tls] = [free_port(), free_port(), free_port()];
    let mut config = format!(
        "[receivers.udp]\nlisten = 'udp://127.0.0.1:{udp}'\n[receivers.tcp]\nlisten = 'tcp://127.0.0.1:{tcp}'\n"
    );
    let mut rules = format!(
        "module(load=\"imfile\")\nglobal(workDirectory=\"{dir}\" defaultNetstreamDriverCAFile=\"{dir}/cert.pem\")\n\
         input(type=\"imfile\" file=\"{dir}/numbers\" tag=\"numbers:\" severity=\"info\")\n\
         action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{tcp}\" protocol=\"tcp\" TCP_Framing=\"octet-counted\" \
         action.resumeRetryCount=\"-1\" action.resumeInterval=\"1\")\n\
         action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{udp}\" protocol=\"udp\" template=\"RSYSLOG_SyslogProtocol23Format\")\n",
        dir = home.path("").display()
    );
    if encrypts {
        config += &format!(
            "[receivers.tls]\nlisten = 'tls://127.0.0.1:{tls}'\ncertificate = 'cert.pem'\nkey = 'key.pem'\n"
        );
        rules += &format!(
            "action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{tls}\" protocol=\"tcp\" StreamDriver=\"ossl\" \
             StreamDriverMode=\"1\" StreamDriverAuthMode=\"x509/name\" StreamDriverPermittedPeers=\"127.0.0.1\")\n"
        );
    }
    home.write("wh.toml", config);
    home.write("rsyslog.conf", rules);
    let lines: String = (0..MESSAGES).map(|n| format!("number {n}\n")).collect();
    home.write("numbers", lines);
    let watch = Running::watch(&home);
    drop(connect(tcp));
    let mut command = Command::new("rsyslogd");
    command.args(["-n", "-f"]).arg(home.path("rsyslog.conf")).arg("-i").arg(home.path("rsyslog.pid"));
    let mut daemon = Running::start(&mut command);
    let transports: &[&str] = if encrypts { &["tcp", "tls", "udp"] } else { &["tcp", "udp"] };
    until_events(&home, MESSAGES * transports.len());
    for transport in transports {
        let mut numbers: Vec<usize> = home
            .events(&["--where", &format!("label:{transport}")])
            .iter()
            .map(|event| {
                event["text"].as_str().unwrap().trim().strip_prefix("number ").unwrap().parse().unwrap()
            })
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..MESSAGES).collect::<Vec<_>>(), "{transport}");
    }
    // It sends what it has kept while nothing listened.
    watch.end();
    home.append("numbers", "number 500\n");
    pause(Duration::from_millis(500));
    let watch = Running::watch(&home);
    let since = Instant::now();
    // The first message to a connection that was closed is lost with it.
    while !home.column("text").iter().any(|title| title.trim() == "number 500") {
        home.append("numbers", "number 501\n");
        assert!(since.elapsed() < Duration::from_secs(60), "nothing arrives after a restart");
        pause(Duration::from_millis(500));
    }
    daemon.kill();
    watch.end();
}
