//! Promise: a query for a value that no event has prints a note with similar values. A query in the config that names a
//! host where events have a peer prints the fix.

use crate::kit::{Home, Ran};

/// Requests from two machines to one, and commands in the folder of a project.
fn home() -> Home {
    let home = Home::new();
    home.write(
        "access.log",
        "192.0.2.10 - ada [03/Mar/2026:09:00:00 +0100] \"GET /a HTTP/1.1\" 200 5\n\
         office.example.org - - [03/Mar/2026:09:05:00 +0100] \"GET /b HTTP/1.1\" 404 5\n",
    );
    home.write(
        "work.csv",
        "date,title,host,cwd,tags\n2026-03-03 10:00:00,Round,desk,/home/ada/src/tides,client\n",
    );
    home.write(
        "conf.toml",
        "[[inputs]]\ntype = 'log.http'\npath = 'access.log'\nlabel = 'www'\nhost = 'web1'\n\
         [[inputs]]\ntype = 'csv'\npath = 'work.csv'\n",
    );
    home.load(&["-c", "conf.toml"]);
    home
}

const SILENT: &str = "no event has";

#[test]
fn values_that_no_event_has_are_named() {
    let home = home();
    for (query, texts) in [
        (
            "project:tidse",
            [
                "no event has the project \"tidse\"",
                "did you mean project:tides? workhours -r projects lists all",
            ],
        ),
        (
            "source:log.htp",
            [
                "no event has the source \"log.htp\"",
                "did you mean source:log.http? workhours -r sources lists all",
            ],
        ),
        (
            "host:web2",
            ["no event has the host \"web2\"", "did you mean host:web1? workhours -r hosts lists all"],
        ),
        (
            "host:office.example.org",
            ["no event has the host \"office.example.org\"", "did you mean peer:office.example.org?"],
        ),
        (
            "peer:ofice.example.org",
            ["no event has the peer \"ofice.example.org\"", "did you mean peer:office.example.org?"],
        ),
        (
            "tag:cleint",
            ["no event has the tag \"cleint\"", "did you mean tag:client? workhours -r tags lists all"],
        ),
        (
            "label:ww",
            ["no event has the label \"ww\"", "did you mean label:www? workhours -r sources lists all"],
        ),
        ("input:7", ["no event has the input \"7\"", "workhours -r sources lists all"]),
        (
            "person:adda",
            ["no event has the person \"adda\"", "did you mean person:ada? workhours -r users lists all"],
        ),
    ] {
        for report in ["events", "hours", "sessions"] {
            home.ok(&["-r", report, "--where", query]).says(&texts);
        }
        home.ok(&["search", query]).says(&texts);
        home.ok(&["search", "--no-index", query]).says(&texts);
    }
}

#[test]
fn values_that_there_are_need_no_note() {
    let home = home();
    let is_silent = |ran: Ran| assert!(!ran.stderr().contains(SILENT), "{ran}");
    for query in [
        "project:tides",
        "(host:office.example.org OR peer:office.example.org)",
        "source:log.http user:ada -host:desk",
        "host:w* tag:client",
        "project:\"(none)\"",
        "nothing title:nothing",
    ] {
        is_silent(home.ok(&["-r", "events", "--where", query]));
        is_silent(home.ok(&["search", query]));
    }
    is_silent(Home::new().ok(&["-r", "events", "--where", "host:web1"]));
}

#[test]
fn rules_that_name_a_peer_as_host_are_named() {
    let home = home();
    home.write(
        "rules.toml",
        "[projects]\noffice = 'host:office.example.org'\nboth = ['tag:client', 'host:192.0.2.10 -status:404']\n\
         desk = 'host:desk OR host:nowhere'\neither = '(host:192.0.2.10 OR peer:192.0.2.10)'\n\n\
         [reports]\nclient = '-r hours --where host:192.0.2.10'\nwrong = '--no-such-flag'\n",
    );
    let texts = [
        "rules.toml:2: the project office asks for host:office.example.org, which events have as peer only",
        "hint: write (host:office.example.org OR peer:office.example.org)",
        "rules.toml:3: the project both asks for host:192.0.2.10, which events have as peer only",
        "hint: write (host:192.0.2.10 OR peer:192.0.2.10) -status:404",
        "rules.toml:8: the report client asks for host:192.0.2.10, which events have as peer only",
    ];
    home.ok(&["-r", "events", "--where", "host:192.0.2.10", "reports", "save", "kept"]);
    for args in [&["-r", "hours", "-r", "sessions"][..], &["search", "round"], &["reports", "run", "kept"]] {
        let ran = home.ok(&[&["-c", "rules.toml"], args].concat()).says(&texts);
        let ran =
            ran.says(&["the saved report kept asks for host:192.0.2.10, which events have as peer only"]);
        assert_eq!(ran.stderr().matches("as peer only").count(), 4, "once in a run\n{ran}");
    }
    let ran = home.ok(&["-c", "rules.toml", "-q", "-r", "hours"]);
    assert_eq!(ran.stderr(), "", "{ran}");
    // In INI, a line of the section.
    home.write("rules.ini", "[projects]\noffice = host:office.example.org\n");
    home.ok(&["-c", "rules.ini", "-r", "hours"])
        .says(&["rules.ini:2: the project office asks for host:office"]);
    // If no event has such a peer either, there is no message.
    let other = Home::new();
    other.write("rules.ini", "[projects]\noffice = host:office.example.org\n");
    let ran = other.ok(&["-c", "rules.ini", "-r", "hours"]);
    assert!(!ran.stderr().contains("as peer only"), "{ran}");
}
