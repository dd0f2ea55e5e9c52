//! Logs in the extended format of the W3C, as IIS and CloudFront write them: `#Fields:` names the columns of the
//! lines that follow.
//!
//! Knows what the columns mean; [`log_http`](crate::access_logs::log_http) sorts out other lines between them.

use crate::access_logs::clf::{Refusal, refuse};
use crate::access_logs::clf_tail;
use crate::access_logs::host;
use crate::access_logs::row::{OWN_ATTRS, Request, compose, present};
use crate::access_logs::time;
use crate::access_logs::w3c_columns::{Column, column};
use crate::toolkit::keys::{Names, snake};
use crate::toolkit::numbers;
use std::borrow::Cow;
use workhours_plugin_api::{Attr, EventTime, RejectCode, RowFlags, Text, Value, Zone};

/// More columns than any server writes.
const MAX_COLUMNS: usize = 100;

/// The state of the lines that begin with `#`.
#[derive(Default)]
pub(crate) struct Header {
    columns: Vec<(Column, String)>,
    /// `#Date:`, for lines with only a time.
    date: Vec<u8>,
    is_iis: bool,
    /// All of it, as it is handed to a checkpoint; empty as long as nothing is known.
    pub(crate) state: Vec<u8>,
}

impl Header {
    /// Restores the state of a checkpoint: the lines, one after the other.
    pub(crate) fn resume(state: &[u8]) -> Self {
        let mut header = Self::default();
        for line in state.split(|b| *b == b'\n') {
            header.read(line);
        }
        header
    }

    /// Whether lines are read by columns now.
    pub(crate) fn is_active(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Reads a line that begins with `#`.
    pub(crate) fn read(&mut self, line: &[u8]) {
        /// Longer lines name no columns.
        const LONGEST: usize = 16 << 10;
        if line.len() > LONGEST {
            return;
        }
        let value = |name: &[u8]| {
            let rest = line.strip_prefix(b"#")?;
            let (found, rest) = rest.split_at_checked(name.len())?;
            found.eq_ignore_ascii_case(name).then(|| rest.trim_ascii())
        };
        if let Some(fields) = value(b"Fields:") {
            let names = fields.split(u8::is_ascii_whitespace).filter(|n| !n.is_empty());
            let mut keys = Names::default();
            OWN_ATTRS.iter().for_each(|own| _ = keys.free(own));
            let mut key = |name: &[u8]| match snake(&[name]) {
                key if key.is_empty() => keys.free("column"),
                key => keys.free(&key),
            };
            self.columns = names.take(MAX_COLUMNS).map(|n| (column(n), key(n))).collect();
            // A log without fields of a request is another kind of log.
            if !self.columns.iter().any(|(c, _)| matches!(c, Column::Stem | Column::Uri)) {
                self.columns.clear();
            }
        } else if let Some(date) = value(b"Date:") {
            self.date = date.get(..10).unwrap_or_default().to_vec();
        } else if let Some(software) = value(b"Software:") {
            self.is_iis = software.starts_with(b"Microsoft Internet Information Services");
        } else {
            return;
        }
        // The last of each kind is what counts.
        let kind = line.split_inclusive(|b| *b == b':').next().unwrap_or_default();
        let mut state: Vec<&[u8]> = self.state.split(|b| *b == b'\n').collect();
        state.retain(|known| {
            !known.is_empty() && !known.get(..kind.len()).is_some_and(|k| k.eq_ignore_ascii_case(kind))
        });
        state.push(line);
        self.state = state.join(&b'\n');
    }

    /// The values of a line, if it has as many as there are columns.
    pub(crate) fn split<'a>(&self, line: &'a [u8]) -> Result<Values<'a>, Refusal> {
        let values = values(line);
        let (n, wanted) = (values.len(), self.columns.len());
        if n != wanted {
            let reason = format!("{n} values, where #Fields: names {wanted}");
            let code = if n < wanted { RejectCode::Truncated } else { RejectCode::Malformed };
            return refuse(code, reason);
        }
        let get = |wanted: Column| {
            let at = self.columns.iter().position(|(c, _)| *c == wanted);
            at.map_or(&b""[..], |at| present(values[at].0))
        };
        let mut found = Values { values: Vec::new(), line: Vec::new(), agent: Cow::Borrowed(b"") };
        let (stem, query) = (get(Column::Stem), get(Column::Query));
        let target = if get(Column::Uri).is_empty() { stem } else { get(Column::Uri) };
        let version = get(Column::Version);
        let protocol: &[u8] = if version.starts_with(b"HTTP/") { version } else { b"" };
        compose(&mut found.line, get(Column::Method), target, query, protocol);
        let agent_at = self.columns.iter().position(|(c, _)| *c == Column::Agent);
        if let Some((agent, quoted)) = agent_at.map(|at| values[at]) {
            found.agent = if quoted { Cow::Borrowed(agent) } else { spaced(agent) };
        }
        found.values = values.into_iter().map(|(value, _)| value).collect();
        Ok(found)
    }

    /// The request that the values make.
    pub(crate) fn request<'f>(&'f self, values: &'f Values<'_>) -> Result<Request<'f>, Refusal> {
        let get = |wanted: Column| {
            let at = self.columns.iter().position(|(c, _)| *c == wanted);
            at.map_or(&b""[..], |at| present(values.values[at]))
        };
        let mut found = Request { time: Some(self.time(&get)?), request: &values.line, ..Request::default() };
        if get(Column::Method).is_empty() {
            found.target = &values.line;
        }
        let (direct, forwarded) = (get(Column::Client), get(Column::Forwarded));
        match host::client(forwarded).0 {
            b"" => found.set_client(direct),
            _ => {
                found.set_client(forwarded);
                found.add("proxy", direct);
            }
        }
        let (name, address) = (get(Column::ServerName), get(Column::ServerAddress));
        found.host = if name.is_empty() { address } else { name };
        if !name.is_empty() {
            found.add("server", address);
        }
        found.vhost =
            if get(Column::AskedHost).is_empty() { get(Column::Vhost) } else { get(Column::AskedHost) };
        found.https = get(Column::Protocol) == b"https" || get(Column::Port) == b"443";
        found.user = get(Column::User);
        found.referrer = get(Column::Referrer);
        found.agent = present(&values.agent);
        for (number, column) in [(&mut found.status, Column::Status), (&mut found.size, Column::Size)] {
            *number = clf_tail::number(get(column));
            if !get(column).is_empty() && number.is_none() {
                found.flags |= RowFlags::BAD_NUMBER;
            }
        }
        found.lasted_ns = self.lasted(&get);
        for ((column, key), value) in self.columns.iter().zip(&values.values) {
            if matches!(column, Column::Other | Column::Win32Status)
                || (*column == Column::Port && !found.https && *value != b"80")
            {
                match clf_tail::number(value) {
                    Some(number) => found.more.push(Attr { key, value: Value::Int(number) }),
                    None if present(value).is_empty() => {}
                    None => found.more.push(Attr { key, value: Value::Str(Text(value)) }),
                }
            }
        }
        Ok(found)
    }

    /// Times are in UTC unless the column is for local times.
    fn time<'f>(&self, get: &impl Fn(Column) -> &'f [u8]) -> Result<crate::toolkit::stamp::Stamp, Refusal> {
        let (stamp, local) = (get(Column::Timestamp), !get(Column::LocalTime).is_empty());
        if !stamp.is_empty()
            && let Some(time) = time::read(stamp)
        {
            return Ok(time);
        }
        let (date, clock) = match local {
            true => (get(Column::LocalDate), get(Column::LocalTime)),
            false => (get(Column::Date), get(Column::Time)),
        };
        let date = if date.is_empty() { &self.date } else { date };
        let Some((time, flags)) = time::read(&[date, b" ", clock].concat()) else {
            let shown =
                String::from_utf8_lossy(&[date, b" ", clock].concat()).chars().take(40).collect::<String>();
            return refuse(RejectCode::BadTime, format!("no such date and time: {shown}"));
        };
        let zone = if time.zone == Zone::Local && !local { Zone::Offset(0) } else { time.zone };
        Ok((EventTime { zone, ..time }, flags))
    }

    /// IIS counts milliseconds, others seconds.
    fn lasted<'f>(&self, get: &impl Fn(Column) -> &'f [u8]) -> Option<u64> {
        let has = |wanted: Column| self.columns.iter().any(|(c, _)| *c == wanted);
        let taken = get(Column::Taken);
        let in_ms = !taken.contains(&b'.') && (self.is_iis || has(Column::Win32Status));
        let (text, unit) = match taken {
            b"" => (get(Column::TakenMs), 1_000_000),
            _ => (taken, if in_ms { 1_000_000 } else { 1_000_000_000 }),
        };
        u64::try_from(numbers::number(text)?.nanos(unit)?).ok()
    }
}

/// The values of a line, and those built from several.
pub(crate) struct Values<'a> {
    values: Vec<&'a [u8]>,
    line: Vec<u8>,
    agent: Cow<'a, [u8]>,
}

/// The values between tabs, or else between spaces; and whether each was in quotes.
fn values(line: &[u8]) -> Vec<(&[u8], bool)> {
    let tabs = memchr::memchr(b'\t', line).is_some();
    let blank = |b: &u8| if tabs { *b == b'\t' } else { *b == b' ' };
    let mut values = Vec::new();
    let mut rest = if tabs { line } else { line.trim_ascii() };
    while !rest.is_empty() && values.len() <= MAX_COLUMNS {
        let quoted = rest.strip_prefix(b"\"").and_then(|inside| {
            let ends = |q: &usize| inside.get(q + 1).is_none_or(&blank);
            memchr::memchr_iter(b'"', inside).find(ends).map(|q| &inside[..q])
        });
        let len = match quoted {
            Some(inside) => inside.len() + 2,
            None => rest.iter().position(blank).unwrap_or(rest.len()),
        };
        values.push((quoted.unwrap_or(&rest[..len]), quoted.is_some()));
        rest = &rest[len..];
        let blanks = rest.iter().take_while(|b| blank(b)).count();
        rest = &rest[if tabs { blanks.min(1) } else { blanks }..];
    }
    values
}

/// An agent as it was sent: IIS writes `+` for a space, CloudFront `%20`, once or twice.
fn spaced(agent: &[u8]) -> Cow<'_, [u8]> {
    let percent = agent.windows(3).any(|w| w == b"%20" || w == b"%25");
    if !percent && !agent.contains(&b'+') {
        return Cow::Borrowed(agent);
    }
    let mut out = Vec::with_capacity(agent.len());
    if percent {
        out = unpercented(&unpercented(agent));
        return Cow::Owned(out);
    }
    let mut before = b' ';
    for byte in agent {
        // One of the two was a plus: `; +http://…` is written `;++http://…`.
        let shown = if *byte == b'+' && before != b'+' { b' ' } else { *byte };
        before = if shown == b'+' { b' ' } else { *byte };
        out.push(shown);
    }
    Cow::Owned(out)
}

fn unpercented(text: &[u8]) -> Vec<u8> {
    let hex = |b: Option<&u8>| b.and_then(|b| (*b as char).to_digit(16)).map(|d| d as u8);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, hex(text.get(at + 1)), hex(text.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}
