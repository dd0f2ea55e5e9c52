//! Access logs in JSON: Caddy's, Traefik's, Envoy's, and those that nginx, Apache and others write by their users'
//! formats.
//!
//! An object is a request if several members together say what was requested and with what outcome. Any other is
//! rejected, not guessed at. [`json_keys`](crate::access_logs::json_keys) has the names of the members.

use crate::access_logs::clf::{Refusal, refuse};
use crate::access_logs::clf_tail;
use crate::access_logs::host::{self, Class};
use crate::access_logs::json_keys::{ROLES, Role, role};
use crate::access_logs::row::{OWN_ATTRS, Request, compose, present};
use crate::access_logs::time;
use crate::toolkit::attr_names::{Keys, snake_case};
use crate::toolkit::found::{Extra, Held};
use crate::toolkit::json::nodes::{Kind, Object};
use crate::toolkit::numbers;
use std::borrow::Cow;
use workhours_plugin_api::{RejectCode, RowFlags};

/// The kind of a JSON object.
pub(crate) enum Line<'a> {
    Request(Box<Found<'a>>),
    /// A line of another log, as container runtimes wrap it, and the stream it was written to.
    Wrapped {
        line: Cow<'a, [u8]>,
        stream: Cow<'a, [u8]>,
    },
}

/// The values of a request.
pub(crate) struct Found<'a> {
    /// With the rank of the name of each.
    values: [Option<(usize, Cow<'a, [u8]>)>; ROLES],
    more: Vec<Extra<'a>>,
    /// The request line, if its parts are separate.
    line: Vec<u8>,
}

/// Reads an object.
pub(crate) fn read(text: &[u8]) -> Result<Line<'_>, Refusal> {
    let object = match Object::read(text) {
        Ok(object) => object,
        Err(mistake) => {
            let code = if mistake.at >= text.len() { RejectCode::Truncated } else { RejectCode::Malformed };
            return refuse(code, format!("JSON, byte {}: {}", mistake.at + 1, mistake.what));
        }
    };
    if let Some(wrapped) = wrapped(&object) {
        return Ok(wrapped);
    }
    let mut found = Found::of(&object);
    if !found.is_request() {
        return refuse(
            RejectCode::Malformed,
            "a JSON object without target, status and method or client of a request",
        );
    }
    found.compose();
    Ok(Line::Request(Box::new(found)))
}

/// `{"log":"…\n","stream":"stdout","time":"…"}`
fn wrapped<'a>(object: &Object<'a>) -> Option<Line<'a>> {
    let member = |name: &[u8]| {
        let found = object.children(0).find(|(_, node)| object.key(node).as_ref() == name)?;
        (found.1.kind == Kind::String).then(|| object.text(found.1))
    };
    let (line, stream) = (member(b"log")?, member(b"stream")?);
    member(b"time").or_else(|| member(b"attrs"))?;
    Some(Line::Wrapped { line, stream })
}

/// An object or array around a place.
struct Around {
    /// The node after it.
    end: usize,
    /// The names on the way to it as [`role`] knows them.
    names: String,
    /// As the key of an attribute.
    shown: String,
}

impl Around {
    fn new(outer: Option<&Self>, key: &[u8], end: usize) -> Self {
        const MAX_NAME_BYTES: usize = 80;
        let (mut names, shown) = outer.map_or_else(Default::default, |o| (o.names.clone(), o.shown.clone()));
        let key = String::from_utf8_lossy(&key[..key.len().min(MAX_NAME_BYTES)]);
        let plain = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase());
        names.extend(plain.take(MAX_NAME_BYTES.saturating_sub(names.len())));
        let shown = if key.is_empty() { shown } else { snake_case(&format!("{shown} {key}")) };
        Self { end, names, shown }
    }
}

impl<'a> Found<'a> {
    fn of(object: &Object<'a>) -> Self {
        let mut found = Self { values: std::array::from_fn(|_| None), more: Vec::new(), line: Vec::new() };
        let mut keys = Keys::default();
        for own in OWN_ATTRS {
            keys.unique(own.to_owned());
        }
        // The names under which values of a role were found, which others may still displace.
        let mut shown_as: [String; ROLES] = std::array::from_fn(|_| String::new());
        let mut around: Vec<Around> = Vec::new();
        for (at, node) in object.nodes.iter().enumerate().skip(1) {
            while around.last().is_some_and(|outer| outer.end <= at) {
                around.pop();
            }
            let Around { names, shown, .. } =
                Around::new(around.last(), &object.key(node), node.next as usize);
            if matches!(node.kind, Kind::Object | Kind::Array) {
                around.push(Around { end: node.next as usize, names, shown });
                continue;
            }
            let text = object.text(node);
            if present(&text).is_empty() {
                continue;
            }
            let is_header = names.contains("headers") || names.contains("tls");
            let (mut shown, mut kind, mut text) = (shown, node.kind, text);
            if let Some((role, rank)) = role(&names) {
                let slot = &mut found.values[role as usize];
                let displaced = match slot {
                    Some((known, _)) if rank >= *known => Some((shown, kind, text)),
                    _ => {
                        let before = slot.replace((rank, text));
                        let name = std::mem::replace(&mut shown_as[role as usize], shown);
                        before.map(|(_, text)| (name, Kind::String, text))
                    }
                };
                match displaced {
                    Some(other) => (shown, kind, text) = other,
                    None => continue,
                }
            }
            // Headers are many, and some are secrets; they stay in the line.
            if !is_header {
                let key = if shown.is_empty() { "value".to_owned() } else { shown };
                found.more.push(Extra { key: Cow::Owned(keys.unique(key)), value: held(kind, text) });
            }
        }
        found
    }

    fn get(&self, role: Role) -> &[u8] {
        self.values[role as usize].as_ref().map_or(b"", |(_, text)| text.trim_ascii())
    }

    /// By the request, the outcome, and one more thing that only requests have.
    fn is_request(&self) -> bool {
        let has = |role| !self.get(role).is_empty();
        let status = self.get(Role::Status);
        let status = status.len() <= 3 && clf_tail::number(status).is_some();
        let line = self.get(Role::Line).contains(&b' ');
        let asked = line || has(Role::Target);
        asked && status && (line || has(Role::Method) || (has(Role::Client) && has(Role::Agent)))
    }

    /// Builds the request line.
    fn compose(&mut self) {
        let line = self.get(Role::Line);
        if line.contains(&b' ') {
            return;
        }
        let mut line = Vec::new();
        let [method, target, query, protocol] =
            [Role::Method, Role::Target, Role::Query, Role::Protocol].map(|role| self.get(role));
        compose(&mut line, method, target, query, protocol);
        self.line = line;
    }

    /// The request.
    pub(crate) fn request(&self) -> Result<Request<'_>, Refusal> {
        let written = self.get(Role::Time);
        let aws_time = self.get(Role::Seconds);
        let Some(time) = time::read(written).or_else(|| time::read(aws_time)) else {
            return match written {
                b"" => refuse(RejectCode::BadTime, "a request without a time"),
                _ => {
                    let shown = String::from_utf8_lossy(&written[..written.len().min(40)]);
                    refuse(RejectCode::BadTime, format!("no such time: {shown}"))
                }
            };
        };
        let mut found = Request { time: Some(time), ..Request::default() };
        found.request = if self.line.is_empty() { self.get(Role::Line) } else { &self.line };
        if self.get(Role::Method).is_empty() {
            found.target = &self.line;
        }
        found.status = clf_tail::number(self.get(Role::Status)).filter(|status| *status > 0);
        let size = self.get(Role::Size);
        found.size = clf_tail::number(size);
        if !size.is_empty() && found.size.is_none() {
            found.flags |= RowFlags::BAD_NUMBER;
        }
        (found.user, found.vhost, found.host) =
            (self.get(Role::User), self.get(Role::Vhost), self.get(Role::Host));
        (found.referrer, found.agent) = (self.get(Role::Referrer), self.get(Role::Agent));
        found.https = self.get(Role::Scheme) == b"https"
            || self.get(Role::Port) == b"443"
            || !self.get(Role::Tls).is_empty();
        self.place_client(&mut found);
        self.place_duration(&mut found);
        found.more.extend(self.more.iter().map(Extra::attr));
        Ok(found)
    }

    /// The left-most address of a list of forwarders is the client's, unless the server has already decided which of
    /// them to trust.
    fn place_client<'f>(&'f self, found: &mut Request<'f>) {
        let (direct, forwarded) = (self.get(Role::Client), self.get(Role::Forwarded));
        let decided = self.values[Role::Client as usize].as_ref().is_some_and(|(rank, _)| *rank == 0);
        let is_client = |text| !matches!(host::class(text), Class::Word | Class::Number | Class::Url);
        let usable = !host::client(forwarded).0.is_empty() && is_client(forwarded);
        if usable && !decided {
            found.set_client(forwarded);
            let (proxy, _) = host::client(direct);
            if proxy != found.peer {
                found.add("proxy", proxy);
            }
        } else if is_client(direct) {
            found.set_client(direct);
        } else if !direct.is_empty() {
            found.add("client_text", direct);
            found.flags |= RowFlags::UNPLACED;
        }
    }

    fn place_duration<'f>(&'f self, found: &mut Request<'f>) {
        let ns = |text: &[u8], unit: i128| {
            numbers::number(text).and_then(|n| n.nanos(unit)).and_then(|ns| u64::try_from(ns).ok())
        };
        let rank = |role: Role| self.values[role as usize].as_ref().map(|(rank, _)| *rank);
        let text = self.get(Role::Duration);
        let unit = match () {
            // Traefik counts nanoseconds, Envoy milliseconds, Caddy seconds; and pino, which writes `res`,
            // milliseconds.
            () if rank(Role::Status) == Some(0) => Some(1),
            () if self.is_named(Role::Status, "responsecode")
                || self.is_named(Role::Status, "resstatuscode") =>
            {
                Some(1_000_000)
            }
            () if self.is_named(Role::Target, "requesturi")
                && self.is_named(Role::Client, "requestremoteip requestclientip requestremoteaddr") =>
            {
                Some(1_000_000_000)
            }
            () => None,
        };
        found.lasted_ns = ns(self.get(Role::Seconds), 1_000_000_000)
            .or_else(|| ns(self.get(Role::Millis), 1_000_000))
            .or_else(|| ns(self.get(Role::Nanos), 1))
            .or_else(|| unit.and_then(|unit| ns(text, unit)))
            .or_else(|| with_unit(text));
        if found.lasted_ns.is_none() {
            found.add("duration_text", text);
        }
    }

    /// Whether the value of a role had one of these names.
    fn is_named(&self, of: Role, names: &str) -> bool {
        let rank = self.values[of as usize].as_ref().map(|(rank, _)| *rank);
        names.split(' ').any(|name| rank.is_some() && role(name) == rank.map(|rank| (of, rank)))
    }
}

/// `12ms`, `0.02s`, `150µs`: as Go writes durations.
fn with_unit(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let unit = match std::str::from_utf8(&text[digits..]).ok()? {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        _ => return None,
    };
    u64::try_from(numbers::number(&text[..digits])?.nanos(unit)?).ok()
}

fn held(kind: Kind, text: Cow<'_, [u8]>) -> Held<'_> {
    match kind {
        Kind::True => Held::Bool(true),
        Kind::False => Held::Bool(false),
        Kind::Number => {
            let number = std::str::from_utf8(&text).ok();
            match (number.and_then(|n| n.parse().ok()), number.and_then(|n| n.parse().ok())) {
                (Some(whole), _) => Held::Int(whole),
                (None, Some(float)) => Held::Float(float),
                _ => Held::Str(text),
            }
        }
        _ => Held::Str(text),
    }
}
