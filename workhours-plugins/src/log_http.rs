//! `log.http`: access logs of web servers in the common and combined formats, with or without a virtual host
//! in front.
//!
//! One line is one request. Not for error logs, W3C extended logs or JSON logs; the splitting of a line is in
//! `clf`.

use crate::clf::{self, Fields, Refusal};
use memchr::{memchr, memrchr};
use workhours_plugin_api::*;

/// The source behind `log.http`.
pub struct HttpLog;

export_source!(HttpLog);

static INFO: SourceInfo = SourceInfo {
    name: "log.http",
    aliases: &["http.log", "access.log"],
    summary: "Access logs of web servers: common, combined, with or without a virtual host",
    details: "\
Each line is `%h %l %u [%t] \"%r\" %>s %b`, optionally followed by `\"referrer\" \"agent\"` and anything more \
(kept as `extra`), optionally preceded by a virtual host with or without `:port`. The time carries its own \
offset from UTC.

* The title is the request line, the address its target: absolute when the line names a virtual host (`https` \
if its port is 443) or the client asked for an absolute address, else the bare path.
* `\\\"`, `\\\\`, `\\b`, `\\n`, `\\r`, `\\t`, `\\v` and `\\xHH` are turned back into bytes.
* `-` is absent, and so is the user `\"\"`.
* Four or more words before the time: the first is a virtual host if the second is an IP address, if the \
first ends in `:port`, or if the third is `-` and the second has a dot; else the user holds spaces.
* A quote inside the request that the server did not escape is understood by looking for the status and size.
* A line cut after its status, such as within the user agent, is an event with a remark; one cut earlier is \
rejected.
* A size that is negative or does not fit is left out with a remark. Second 60 counts as 59 with a remark.
* Lines that begin with `#` and blank lines are no records.",
    authority: "Apache HTTP Server, mod_log_config and ap_escape_logitem: \
https://httpd.apache.org/docs/current/mod/mod_log_config.html",
    activity: Activity::Machine,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["http.request"],
    locations: &[
        Location { os: Os::Linux, glob: "/var/log/apache2/*access*.log*" },
        Location { os: Os::Linux, glob: "/var/log/httpd/*access_log*" },
        Location { os: Os::Linux, glob: "/var/log/nginx/*access*.log*" },
        Location { os: Os::MacOs, glob: "/var/log/apache2/access_log*" },
        Location { os: Os::MacOs, glob: "/opt/homebrew/var/log/nginx/access.log*" },
        Location { os: Os::Windows, glob: "C:/Apache24/logs/access.log*" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../samples/log.http"), events: 5, rejects: 1 },
};

impl IDataSource for HttpLog {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut lines = Lines::new(input);
        let mut scratch = Scratch::default();
        while let Some(line) = lines.next()? {
            one_line(&line, &mut scratch, out)?;
            if line.terminated {
                out.checkpoint(line.end, &[])?;
            }
        }
        Ok(())
    }
}

fn one_line(line: &Line<'_>, scratch: &mut Scratch, out: &mut dyn EventSink) -> Result<(), Stop> {
    let (span, provisional) = (line.span, !line.terminated);
    if line.too_long {
        let reason = "the line is longer than a record may be";
        return out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional });
    }
    // Behind an unfinished line may stand half a line end, `\r`.
    let bytes = line.bytes().trim_ascii_start();
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if bytes.is_empty() || bytes[0] == b'#' {
        return out.ignored(1);
    }
    match clf::split(bytes) {
        Ok(fields) => scratch.emit(span, provisional, &fields, out),
        Err(Refusal { code, reason }) => out.reject(&Reject { span, code, reason: &reason, provisional }),
    }
}

/// Room for the fields that cannot be shown as they stand, kept from line to line.
#[derive(Default)]
struct Scratch {
    request: Vec<u8>,
    url: Vec<u8>,
    user: Vec<u8>,
    referrer: Vec<u8>,
    agent: Vec<u8>,
}

impl Scratch {
    fn emit(
        &mut self,
        span: Span<'_>,
        provisional: bool,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let title = unescaped(present(fields.request), &mut self.request);
        let mut attrs = [Attr { key: "status", value: Value::Int(fields.status) }; 5];
        let mut n = 1;
        let mut add = |key, value| {
            attrs[n] = Attr { key, value };
            n += 1;
        };
        if let Some(size) = fields.size {
            add("size_bytes", Value::Int(size));
        }
        let text = [("vhost", fields.vhost), ("ident", fields.ident), ("extra", fields.extra)];
        for (key, value) in text.into_iter().filter(|(_, v)| !present(v).is_empty()) {
            add(key, Value::Str(Text(value)));
        }
        let user = if fields.user == b"\"\"" { b"" } else { present(fields.user) };
        let mut flags = fields.flags | fields.time.1;
        if provisional {
            flags |= RowFlags::PROVISIONAL;
        }
        out.emit(&Request(EventRow {
            span,
            time: Some(fields.time.0),
            kind: "http.request",
            url: Text(address(present(fields.vhost), target(title), &mut self.url)),
            referrer: Text(unescaped(present(fields.referrer), &mut self.referrer)),
            title: Text(title),
            host: Text(present(fields.host)),
            user: Text(unescaped(user, &mut self.user)),
            agent: Text(unescaped(present(fields.agent), &mut self.agent)),
            attrs: &attrs[..n],
            flags,
            ..EventRow::default()
        }))
    }
}

struct Request<'a>(EventRow<'a>);

impl IEventRecord for Request<'_> {
    fn to_event_row(&self) -> EventRow<'_> {
        self.0
    }
}

/// A lone `-` says that there is nothing.
fn present(field: &[u8]) -> &[u8] {
    if field == b"-" { b"" } else { field }
}

/// The field with its escapes undone; a backslash that begins none stays.
fn unescaped<'a>(field: &'a [u8], room: &'a mut Vec<u8>) -> &'a [u8] {
    let Some(mut at) = memchr(b'\\', field) else { return field };
    room.clear();
    let mut rest = field;
    loop {
        room.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let (byte, taken) = match rest {
            [quoted @ (b'"' | b'\\'), ..] => (*quoted, 1),
            [b'b', ..] => (8, 1),
            [b'n', ..] => (b'\n', 1),
            [b'r', ..] => (b'\r', 1),
            [b't', ..] => (b'\t', 1),
            [b'v', ..] => (11, 1),
            [b'x', high, low, ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (b'\\', 0),
            },
            _ => (b'\\', 0),
        };
        room.push(byte);
        rest = &rest[taken..];
        match memchr(b'\\', rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    room.extend_from_slice(rest);
    room
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|d| d as u8)
}

/// What was asked for: between the method and the protocol, which HTTP/0.9 leaves out. Empty for noise.
fn target(request: &[u8]) -> &[u8] {
    let Some(space) = memchr(b' ', request) else { return b"" };
    let (method, rest) = (&request[..space], &request[space + 1..]);
    if method.is_empty() || !method.iter().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(b)) {
        return b"";
    }
    match memrchr(b' ', rest) {
        Some(i) if rest[i + 1..].starts_with(b"HTTP/") => &rest[..i],
        None if rest.starts_with(b"HTTP/") => b"",
        _ => rest,
    }
}

/// The target as an absolute address where the virtual host is known.
fn address<'a>(vhost: &[u8], target: &'a [u8], room: &'a mut Vec<u8>) -> &'a [u8] {
    if vhost.is_empty() || target.first() != Some(&b'/') {
        return target;
    }
    let port = clf::port(vhost);
    let scheme: &[u8] = if port == Some(b"443") { b"https://" } else { b"http://" };
    let name = match port {
        Some(default @ (b"443" | b"80")) => &vhost[..vhost.len() - default.len() - 1],
        _ => vhost,
    };
    room.clear();
    for part in [scheme, name, target] {
        room.extend_from_slice(part);
    }
    room
}
