//! Valid inputs written from known values: reading returns the values.

use crate::source;
use proptest::prelude::*;
use workhours_plugin_api::testing::{Event, parse_bytes};
use workhours_plugin_api::{Zone, civil};

fn attr(event: &Event, key: &str) -> Option<String> {
    event.attrs.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone())
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

prop_compose! {
    /// A date that exists, a clock, and an offset.
    fn moment()(year in 1970..2100_i32, month in 1..=12_u32, day in 1..=28_u32, hour in 0..24_u32,
                minute in 0..60_u32, second in 0..60_u32, offset in -14 * 4..=14 * 4_i16) -> Moment {
        Moment { year, month, day, hour, minute, second, offset: offset * 15 }
    }
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    offset: i16,
}

impl Moment {
    fn wall(&self) -> i64 {
        civil::seconds(self.year, self.month, self.day, self.hour, self.minute, self.second).unwrap()
    }
    fn secs(&self) -> i64 {
        self.wall() - self.offset as i64 * 60
    }
    fn zone(&self) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        format!("{sign}{:02}{:02}", self.offset.abs() / 60, self.offset.abs() % 60)
    }
    fn clf(&self) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let Self { year, day, hour, minute, second, .. } = self;
        let month = months[self.month as usize - 1];
        format!("{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} {}", self.zone())
    }
    fn iso(&self) -> String {
        let Self { year, month, day, hour, minute, second, .. } = self;
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{}", self.zone())
    }
    fn naive(&self, seconds: bool) -> String {
        let Self { year, month, day, hour, minute, second, .. } = self;
        let second = if seconds { format!(".{second:02}") } else { String::new() };
        format!("{month:02}/{day:02}/{:02} {hour:02}:{minute:02}{second}", year % 100)
    }
}

/// As `ap_escape_logitem` does.
fn escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for b in text {
        match b {
            b'"' | b'\\' => out.extend([b'\\', *b]),
            b'\n' => out.extend(b"\\n"),
            b'\t' => out.extend(b"\\t"),
            0x20..=0x7e => out.push(*b),
            _ => out.extend(format!("\\x{b:02x}").into_bytes()),
        }
    }
    out
}

fn bytes(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![3 => 0x20..0x7f_u8, 1 => any::<u8>()], len)
        .prop_filter("a lone - means absent", |b| b != b"-")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn access_log_lines(
        vhost in proptest::option::of("[a-z]{1,8}\\.example(:443|:8080)?"),
        host in "(192\\.0\\.2\\.[1-9]|2001:db8::[1-9a-f])",
        user in proptest::option::of("[a-zA-Z@.]{1,7}[a-z]|[a-zA-Z@]{1,7}[a-z]( [a-z]{1,5})?"),
        at in moment(),
        path in "/[a-z0-9/?&=%_.]{0,30}",
        status in 100..600_u32,
        size in proptest::option::of(0..i64::MAX),
        fields in proptest::option::of((bytes(0..40), bytes(0..60))),
        extra in proptest::option::of("[0-9]{1,6}"),
    ) {
        let mut line = Vec::new();
        line.extend(vhost.iter().flat_map(|v| format!("{v} ").into_bytes()));
        let shown = user.as_deref().unwrap_or("-");
        line.extend(format!("{host} - {shown} [{}] \"GET {path} HTTP/1.1\" {status} ", at.clf()).into_bytes());
        line.extend(size.map_or("-".into(), |n| n.to_string()).into_bytes());
        if let Some((referrer, agent)) = &fields {
            line.extend([b" \"", &escape(referrer)[..], b"\" \"", &escape(agent), b"\""].concat());
        }
        line.extend(extra.iter().flat_map(|e| format!(" {e}").into_bytes()));
        line.push(b'\n');

        let got = parse_bytes(source("log.http"), &line);
        prop_assert_eq!((got.events.len(), got.rejects.len()), (1, 0), "{:?}", got);
        let e = &got.events[0];
        prop_assert_eq!(e.time.map(|t| (t.secs, t.zone)), Some((at.secs(), Zone::Offset(at.offset))));
        prop_assert_eq!(&e.raw, &line[..line.len() - 1]);
        let title = format!("GET {path} HTTP/1.1");
        prop_assert_eq!(&e.title, title.as_bytes());
        let url = match vhost.as_deref() {
            None => path,
            Some(v) => match v.strip_suffix(":443") {
                Some(name) => format!("https://{name}{path}"),
                None => format!("http://{v}{path}"),
            },
        };
        prop_assert_eq!(&e.url, url.as_bytes());
        prop_assert_eq!(&e.peer, host.as_bytes());
        prop_assert!(e.host.is_empty());
        prop_assert_eq!(&e.user, user.as_deref().unwrap_or_default().as_bytes());
        prop_assert_eq!(attr(e, "status"), Some(status.to_string()));
        prop_assert_eq!(attr(e, "size_bytes"), size.map(|n| n.to_string()));
        prop_assert_eq!(attr(e, "vhost"), vhost.map(|v| quoted(&v)));
        prop_assert_eq!(attr(e, "extra"), extra.map(|v| quoted(&v)));
        let (referrer, agent) = fields.unwrap_or_default();
        prop_assert_eq!((&e.referrer, &e.agent), (&referrer, &agent));
        prop_assert_eq!(e.flags.0, 0);
    }

    /// For any text before the time, each word ends at its place or is reported to have none.
    #[test]
    fn access_logs_behind_proxies(
        head in proptest::sample::select(vec!["", "<133>Feb  5 10:00:00 web1 httpd: ", "2024-02-05T10:00:00Z web1 nginx[7]: "]),
        vhost in proptest::option::of("[a-z]{1,8}\\.example(:443|:8080)?"),
        clients in proptest::collection::vec("(192\\.0\\.2\\.[1-9]|2001:db8::[1-9a-f])", 1..4),
        comma in "( ,|,  ?|,)",
        proxy in proptest::option::of("198\\.51\\.100\\.[1-9]"),
        user in proptest::option::of("[a-z]{2,8}"),
        blank in "( {1,3}|\t)",
        at in moment(),
        layout in 0..3_usize,
        status in proptest::option::of(100..600_u32),
    ) {
        let mut words: Vec<String> = vhost.iter().cloned().collect();
        words.push(clients.join(&comma));
        words.extend(proxy.clone());
        words.extend(["-".to_owned(), user.clone().unwrap_or("-".into())]);
        let (time, zone) = match layout {
            0 => (at.clf(), Zone::Offset(at.offset)),
            1 => (at.iso(), Zone::Offset(at.offset)),
            _ => (at.clf().split(' ').next().unwrap().to_owned(), Zone::Local),
        };
        words.extend([format!("[{time}]"), "\"GET /a HTTP/1.1\"".to_owned()]);
        words.extend([status.map_or("-".into(), |n| n.to_string()), "-".to_owned()]);
        let line = format!("{head}{}\n", words.join(&blank));

        let got = parse_bytes(source("log.http"), line.as_bytes());
        prop_assert_eq!((got.events.len(), got.rejects.len()), (1, 0), "{}{}", line, got);
        let e = &got.events[0];
        let secs = if zone == Zone::Local { at.wall() } else { at.secs() };
        prop_assert_eq!(e.time.map(|t| (t.secs, t.zone)), Some((secs, zone)));
        prop_assert_eq!(&e.peer, clients[0].as_bytes());
        prop_assert_eq!(&e.host, if head.is_empty() { &b""[..] } else { b"web1" });
        prop_assert_eq!(&e.user, user.as_deref().unwrap_or_default().as_bytes());
        prop_assert_eq!(attr(e, "vhost"), vhost.map(|v| quoted(&v)));
        prop_assert_eq!(attr(e, "proxy"), proxy.map(|v| quoted(&v)));
        prop_assert_eq!(attr(e, "status"), status.map(|n| n.to_string()));
        prop_assert_eq!(e.flags.0, 0);
    }

    #[test]
    fn shell_records(records in proptest::collection::vec(
        (0..8_usize, moment(), moment(), "#?[a-z]{3}[a-zA-Z0-9]{1,8}", "[a-z][a-z0-9 '|./-]{0,29}[a-z.]", "(\n[a-z<>]{1,9}){0,2}"), 1..6,
    )) {
        let mut log = String::new();
        for (era, at, start, id, cmd, more) in &records {
            let (iso, start) = (at.iso(), start.iso());
            log += &match era {
                0 => format!("{id:<11}: {} ::: {cmd}{more}\n", at.naive(false)),
                1 => format!("{id:<11}: {} ::: {cmd}{more}\n", at.naive(true)),
                2 => format!("# {id:<11}: {} :::   522  {cmd}{more}\n", at.naive(true)),
                3 => format!("{id}\t{iso}\t{cmd}{more}\n"),
                4 => format!("{iso}\t{id}\t{cmd}{more}\n"),
                5 => format!("{iso}\t{id}\t{start}  {cmd}{more}\n"),
                6 => format!("# {iso}\t{id}\t/home/ada\t{start}\tlaptop\tada\t$$\t{cmd}{more} \n"),
                _ => format!("#  {iso}\t{id}\t/ve\t/home/ada\t 12  \t{start}\tlaptop\tada\t$$\t{cmd}{more} \n"),
            };
        }
        let got = parse_bytes(source("log.shell"), log.as_bytes());
        prop_assert_eq!((got.events.len(), got.rejects.len()), (records.len(), 0), "{}", log);
        let mut raws = Vec::new();
        for ((era, at, start, id, cmd, more), e) in records.iter().zip(&got.events) {
            raws.extend_from_slice(&e.raw);
            raws.push(b'\n');
            prop_assert_eq!(e.kind.as_str(), "shell.command");
            prop_assert_eq!(String::from_utf8_lossy(&e.text), format!("{cmd}{more}"), "era {}", era);
            prop_assert_eq!(attr(e, "session"), Some(quoted(id)), "era {}", era);
            let time = e.time.unwrap();
            if *era < 3 {
                // Two digits of the year.
                let year = if at.year % 100 >= 70 { 1900 } else { 2000 } + at.year % 100;
                let second = if *era == 0 { 0 } else { at.second };
                let want = Moment { year, second, ..*at }.wall();
                prop_assert_eq!((time.secs, time.zone), (want, Zone::Local));
            } else {
                prop_assert_eq!((time.secs, time.zone), (at.secs(), Zone::Offset(at.offset)));
            }
            let started = (*era >= 5 && start.iso() != at.iso()).then(|| quoted(&start.iso()));
            prop_assert_eq!(attr(e, "started"), started);
            let number = match era { 2 => Some("522".into()), 7 => Some("12".into()), _ => None };
            prop_assert_eq!(attr(e, "history_line"), number);
            if *era >= 6 {
                prop_assert_eq!((&e.host[..], &e.user[..]), (&b"laptop"[..], &b"ada"[..]));
                prop_assert_eq!(attr(e, "cwd"), Some(quoted("/home/ada")));
                prop_assert_eq!(attr(e, "venv"), (*era == 7).then(|| quoted("/ve")));
            }
        }
        prop_assert_eq!(raws, log.into_bytes());
    }

    #[test]
    fn bookmarks(nodes in proptest::collection::vec(node(), 0..6)) {
        let mut html = String::from("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>B</TITLE>\n<H1>B</H1>\n<DL><p>\n");
        let mut want = Vec::new();
        write_nodes(&nodes, "", &mut html, &mut want);
        html += "</DL><p>\n";
        let got = parse_bytes(source("bookmarks.html"), html.as_bytes());
        prop_assert_eq!((got.rejects.len(), &got.error), (0, &None), "{}", html);
        let seen: Vec<_> = got.events.iter().map(|e| {
            let text = |b: &[u8]| String::from_utf8(b.to_vec()).unwrap();
            let tags: Vec<_> = e.tags.iter().map(|t| text(t)).collect();
            Seen {
                folder: attr(e, "folder").unwrap_or(quoted("")),
                url: text(&e.url),
                title: text(&e.title),
                text: text(&e.text),
                tags,
                secs: e.time.map(|t| t.secs),
            }
        }).collect();
        prop_assert_eq!(seen, want, "{}", html);
        for e in &got.events {
            prop_assert!(e.raw.starts_with(b"<DT>") && e.raw.ends_with(b"</A>"));
        }
    }
}

#[derive(Clone, Debug)]
enum Node {
    Folder(String, Vec<Node>),
    Mark { url: String, title: String, text: String, tags: Vec<String>, date: i64, unit: u32 },
}

#[derive(Debug, PartialEq)]
struct Seen {
    folder: String,
    url: String,
    title: String,
    text: String,
    tags: Vec<String>,
    secs: Option<i64>,
}

fn node() -> impl Strategy<Value = Node> {
    // No white space at the ends and none doubled: that is not kept.
    let words = "[a-z<>&\"'é☃;#]{1,8}( [a-z<>&\"'é]{1,8}){0,3}";
    let tags = proptest::collection::vec("[a-z&\"]{1,6}( [a-z]{1,3})?", 2..4);
    let mark = (
        "https://[a-z]{1,8}\\.example/[a-z?&=\"<>]{0,12}",
        words,
        "(|[a-z<>&]{1,9})",
        tags,
        1..4_000_000_000_i64,
        0..3_u32,
    )
        .prop_map(|(url, title, text, tags, date, unit)| Node::Mark {
            url,
            title,
            text,
            tags,
            date,
            unit,
        });
    mark.prop_recursive(4, 24, 4, move |inner| {
        (words, proptest::collection::vec(inner, 0..4)).prop_map(|(name, nodes)| Node::Folder(name, nodes))
    })
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn write_nodes(nodes: &[Node], folder: &str, html: &mut String, want: &mut Vec<Seen>) {
    for node in nodes {
        match node {
            Node::Folder(name, nodes) => {
                *html += &format!("<DT><H3 ADD_DATE=\"1\">{}</H3>\n<DL><p>\n", escape_html(name));
                let path = if folder.is_empty() { name.clone() } else { format!("{folder} / {name}") };
                write_nodes(nodes, &path, html, want);
                *html += "</DL><p>\n";
            }
            Node::Mark { url, title, text, tags, date, unit } => {
                let stamp = format!("{date}{}", "000".repeat(*unit as usize));
                let (href, joined) = (escape_html(url), escape_html(&tags.join(",")));
                *html += &format!(
                    "<DT><A HREF=\"{href}\" ADD_DATE=\"{stamp}\" TAGS=\"{joined}\">{}</A>\n",
                    escape_html(title)
                );
                if !text.is_empty() {
                    *html += &format!("<DD>{}\n", escape_html(text));
                }
                want.push(Seen {
                    folder: quoted(folder),
                    url: url.clone(),
                    title: title.clone(),
                    text: text.clone(),
                    tags: tags.clone(),
                    // Small numbers of milliseconds look like seconds.
                    secs: Some(match unit {
                        1 if date * 1_000 < 100_000_000_000 => date * 1_000,
                        2 if date * 1_000_000 < 100_000_000_000 => date * 1_000_000,
                        2 if date * 1_000_000 < 100_000_000_000_000 => date * 1_000,
                        _ => *date,
                    }),
                });
            }
        }
    }
}
