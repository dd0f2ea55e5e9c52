//! A request from a line of any layout, and the event made from it.
//!
//! Not for finding anything: [`clf`](crate::access_logs::clf), [`json`](crate::access_logs::json), [`w3c`](crate::access_logs::w3c) and
//! `http_pattern` do that.

use crate::access_logs::host;
use crate::toolkit::stamp::Stamp;
use memchr::{memchr, memrchr};
use workhours_plugin_api::*;

/// The one kind of these events.
pub(crate) const KIND: &str = "http.request";

/// Attributes that mean the same in all of these events; what a log calls so is given another name.
pub(crate) const OWN_ATTRS: [&str; 14] = [
    "status",
    "size_bytes",
    "vhost",
    "ident",
    "extra",
    "elapsed_ms",
    "duration_text",
    "peer_port",
    "forwarded_for",
    "proxy",
    "server",
    "prefix",
    "before_request",
    "client_text",
];

/// The values of a line; an empty field, or a `-`, has no value.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    pub(crate) time: Option<Stamp>,
    /// How long it took.
    pub(crate) lasted_ns: Option<u64>,
    /// The server, if the line names it.
    pub(crate) host: &'a [u8],
    /// The client.
    pub(crate) peer: &'a [u8],
    /// The virtual host, with its port or as an address, unchanged.
    pub(crate) vhost: &'a [u8],
    /// Whether the line shows that the request used TLS.
    pub(crate) https: bool,
    pub(crate) ident: &'a [u8],
    pub(crate) user: &'a [u8],
    /// Method, target and protocol.
    pub(crate) request: &'a [u8],
    /// The target, if the request doesn't show which of its words it is.
    pub(crate) target: &'a [u8],
    pub(crate) status: Option<i64>,
    pub(crate) size: Option<i64>,
    pub(crate) referrer: &'a [u8],
    pub(crate) agent: &'a [u8],
    /// The text after the known fields.
    pub(crate) extra: &'a [u8],
    /// All else, by the names of its attributes.
    pub(crate) more: Vec<Attr<'a>>,
    pub(crate) flags: RowFlags,
    /// Whether quotes and other bytes of the fields are escaped as web servers do it.
    pub(crate) escaped: bool,
}

impl<'a> Request<'a> {
    /// Adds a text attribute, unless it is empty or the name exists.
    pub(crate) fn add(&mut self, key: &'a str, value: &'a [u8]) {
        if !present(value).is_empty() && self.more.iter().all(|a| a.key != key) {
            self.more.push(Attr { key, value: Value::Str(Text(value)) });
        }
    }

    /// Places the client: of several addresses the left-most, without its port.
    pub(crate) fn set_client(&mut self, written: &'a [u8]) {
        // A socket within the machine has no other end.
        let (client, port) = if written == b"unix:" { (&b""[..], &b""[..]) } else { host::client(written) };
        self.peer = client;
        self.add("peer_port", port);
        if memchr(b',', written).is_some() {
            self.add("forwarded_for", written);
        }
    }
}

/// Buffers for fields that need changes before they are shown, reused from line to line.
#[derive(Default)]
pub(crate) struct Scratch {
    request: Vec<u8>,
    url: Vec<u8>,
    user: Vec<u8>,
    referrer: Vec<u8>,
    agent: Vec<u8>,
}

impl Scratch {
    /// Pushes the event of a request.
    pub(crate) fn emit(
        &mut self,
        span: Span<'_>,
        provisional: bool,
        found: &Request<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let plain =
            |field, room| if found.escaped { unescaped(present(field), room) } else { present(field) };
        let title = uncoloured(plain(found.request, &mut self.request));
        let asked = if found.target.is_empty() { target(title) } else { found.target };
        let mut attrs = [Attr { key: "", value: Value::Int(0) }; 5];
        let mut n = 0;
        let mut add = |key, value| {
            attrs[n] = Attr { key, value };
            n += 1;
        };
        let numbers = [("status", found.status), ("size_bytes", found.size)];
        for (key, number) in numbers {
            if let Some(number) = number {
                add(key, Value::Int(number));
            }
        }
        let text = [("vhost", found.vhost), ("ident", found.ident), ("extra", found.extra)];
        for (key, value) in text.into_iter().filter(|(_, v)| !present(v).is_empty()) {
            add(key, Value::Str(Text(value)));
        }
        let all;
        let attrs = if found.more.is_empty() && found.lasted_ns.is_none() {
            &attrs[..n]
        } else {
            let ms = found.lasted_ns.map(|ns| Value::Int((ns / 1_000_000) as i64));
            let lasted = ms.map(|value| Attr { key: "elapsed_ms", value });
            all = [&attrs[..n], lasted.as_slice(), &found.more].concat();
            &all[..]
        };
        let user = if found.user == b"\"\"" { b"" } else { found.user };
        let mut flags = found.flags | found.time.map_or(RowFlags::NONE, |t| t.1);
        if provisional {
            flags |= RowFlags::PROVISIONAL;
        }
        let time = found.time.map(|t| t.0);
        out.emit(&EventRow {
            span,
            time,
            end: found.lasted_ns.and_then(|ns| later(time?, ns)),
            kind: KIND,
            url: Text(address(present(found.vhost), found.https, asked, &mut self.url)),
            referrer: Text(plain(found.referrer, &mut self.referrer)),
            title: Text(title),
            host: Text(present(found.host)),
            peer: Text(present(found.peer)),
            user: Text(plain(user, &mut self.user)),
            agent: Text(plain(found.agent, &mut self.agent)),
            attrs,
            flags,
            ..EventRow::default()
        })
    }
}

/// A request built from its parts; without a method it is only the target.
pub(crate) fn compose(line: &mut Vec<u8>, method: &[u8], target: &[u8], query: &[u8], protocol: &[u8]) {
    line.clear();
    if !method.is_empty() {
        line.extend(method.to_ascii_uppercase());
        line.push(b' ');
    }
    line.extend_from_slice(target);
    if !query.is_empty() && !target.contains(&b'?') {
        line.push(b'?');
        line.extend_from_slice(query.strip_prefix(b"?").unwrap_or(query));
    }
    if !method.is_empty() && !protocol.is_empty() {
        line.extend_from_slice(if protocol[0].is_ascii_digit() { b" HTTP/" } else { b" " });
        line.extend_from_slice(protocol);
    }
}

/// A single `-` means empty.
pub(crate) fn present(field: &[u8]) -> &[u8] {
    if field == b"-" { b"" } else { field }
}

fn later(time: EventTime, ns: u64) -> Option<EventTime> {
    let total = u64::from(time.nanos).checked_add(ns)?;
    let secs = time.secs.checked_add(i64::try_from(total / 1_000_000_000).ok()?)?;
    Some(EventTime { secs, nanos: (total % 1_000_000_000) as u32, ..time })
}

/// The field with its escapes undone; a backslash that begins none stays.
#[inline]
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

/// The request without the colours that werkzeug writes around it for terminals.
fn uncoloured(request: &[u8]) -> &[u8] {
    let mut inside = request;
    while let Some(rest) = inside.strip_prefix(b"\x1b[") {
        let Some(end) = rest.iter().position(|b| !b.is_ascii_digit() && *b != b';') else { return request };
        if rest[end] != b'm' {
            return request;
        }
        inside = &rest[end + 1..];
    }
    if inside.len() == request.len() { request } else { inside.strip_suffix(b"\x1b[0m").unwrap_or(request) }
}

/// The target: between the method and the protocol, which HTTP/0.9 leaves out. Empty for noise.
fn target(request: &[u8]) -> &[u8] {
    let Some(space) = memchr(b' ', request) else { return b"" };
    let (method, rest) = (&request[..space], &request[space + 1..]);
    if method.is_empty() || !method.iter().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(b)) {
        return b"";
    }
    match memrchr(b' ', rest) {
        Some(i) if rest[i + 1..].starts_with(b"HTTP/") => trimmed(&rest[..i]),
        None if rest.starts_with(b"HTTP/") => b"",
        _ => trimmed(rest),
    }
}

/// Without spaces around it; blanks of other kinds are what a stranger sent.
fn trimmed(text: &[u8]) -> &[u8] {
    let from = text.iter().take_while(|b| **b == b' ').count();
    let to = text.len() - text[from..].iter().rev().take_while(|b| **b == b' ').count();
    &text[from..to]
}

/// The target as an absolute address where the virtual host is known.
fn address<'a>(vhost: &[u8], https: bool, target: &'a [u8], room: &'a mut Vec<u8>) -> &'a [u8] {
    // `_` and `*` mean any name.
    let any = vhost == b"_" || memchr(b'*', vhost).is_some();
    if vhost.is_empty() || any || target.first() != Some(&b'/') {
        return target;
    }
    room.clear();
    if host::is_url(vhost) {
        room.extend_from_slice(vhost.strip_suffix(b"/").unwrap_or(vhost));
        room.extend_from_slice(target);
        return room;
    }
    let port = host::port(vhost);
    let scheme: &[u8] = if https || port == Some(b"443") { b"https://" } else { b"http://" };
    let name = match port {
        Some(default @ b"443") => &vhost[..vhost.len() - default.len() - 1],
        Some(default @ b"80") if !https => &vhost[..vhost.len() - default.len() - 1],
        _ => vhost,
    };
    for part in [scheme, name, target] {
        room.extend_from_slice(part);
    }
    room
}
