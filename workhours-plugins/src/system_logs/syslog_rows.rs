//! The messages of `syslog` as events.
//!
//! Not for splitting a stream into messages: the source does that.

use crate::system_logs::bsd;
use crate::system_logs::log_auth::{dated, head_attrs, said};
use crate::system_logs::login::Facts;
use crate::system_logs::priority;
use crate::system_logs::rfc5424::{self, Message};
use crate::toolkit::folded;
use crate::toolkit::keys::{Names, snake};
use crate::toolkit::years::Years;
use std::borrow::Cow;
use workhours_plugin_api::*;

/// The kind of a message without a login.
const MESSAGE: &str = "syslog.message";

/// Whether a line or frame begins a message.
pub(crate) fn begins(line: &[u8]) -> bool {
    priority::priority(line).is_some() || bsd::when(line).is_some()
}

/// State kept from message to message: the years, and a text buffer.
pub(crate) struct Reader {
    pub(crate) years: Years,
    pub(crate) text: Vec<u8>,
}

impl Reader {
    /// Pushes a message that its line ends end.
    pub(crate) fn line(&mut self, span: Span<'_>, last: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
        self.message(span, span.raw, last, out)
    }

    /// Pushes a message after a count, which is `head` bytes long with its space.
    pub(crate) fn counted(
        &mut self,
        span: Span<'_>,
        head: usize,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let frame = span.raw.get(head..).unwrap_or_default();
        if !begins(frame) {
            let reason = "the counted message begins with no <PRI> and no date; is its count right?";
            return out.reject(&Reject { span, code: RejectCode::Malformed, reason, provisional: false });
        }
        self.message(span, frame, false, out)
    }

    fn message(
        &mut self,
        span: Span<'_>,
        frame: &[u8],
        last: bool,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let frame = frame.trim_ascii_end();
        let refuse = |(code, reason)| Reject { span, code, reason, provisional: last };
        if let Some(message) = rfc5424::split(frame) {
            return match message {
                Ok(message) => self.new_style(span, &message, last, out),
                Err(why) => out.reject(&refuse(why)),
            };
        }
        let mut attrs = Vec::new();
        let provisional = if last { RowFlags::PROVISIONAL } else { RowFlags::NONE };
        if let Some((pri, text)) = priority::priority(frame)
            && (bsd::when(frame).is_none() || self.years.reads_alone() && bsd::is_printed(frame))
        {
            let flags = provisional | RowFlags::UNPLACED | priority_attrs(pri, &mut attrs);
            return out.emit(&EventRow {
                span,
                kind: MESSAGE,
                text: Text(text),
                attrs: &attrs,
                flags,
                ..EventRow::default()
            });
        }
        let (header, (time, flags)) = match dated(Span { raw: frame, ..span }, &mut self.years) {
            Ok(dated) => dated,
            Err(why) => return out.reject(&refuse(why)),
        };
        let counted = frame.len() < span.raw.trim_ascii_end().len();
        folded::unfold(header.message.trim_ascii_start(), counted, &mut self.text);
        let flags = flags | provisional | head_attrs(&header, &mut attrs);
        let (facts, repeated) = said(header.tag, header.message);
        if let Some(count) = repeated {
            attrs.push(Attr { key: "repeated", value: Value::Int(count) });
        }
        attrs.extend(facts.iter().flat_map(Facts::attrs));
        out.emit(&EventRow {
            span,
            time: Some(time),
            kind: facts.map_or(MESSAGE, |f| f.kind),
            text: Text(&self.text),
            host: Text(header.host),
            peer: facts.map_or(Text::NONE, |f| f.peer()),
            user: Text(facts.map_or(b"", |f| f.user)),
            agent: Text(header.tag),
            attrs: &attrs,
            flags,
            ..EventRow::default()
        })
    }

    fn new_style(
        &mut self,
        span: Span<'_>,
        message: &Message<'_>,
        last: bool,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        if let Some((year, month, day)) = message.day {
            self.years.saw(year, month, day);
        }
        let mut attrs = Vec::new();
        let mut flags = message.flags | message.time.map_or(RowFlags::NONE, |t| t.1);
        flags |= priority_attrs(message.pri, &mut attrs);
        if last {
            flags |= RowFlags::PROVISIONAL;
        }
        let mut add = |key, value| attrs.push(Attr { key, value });
        match civil::digits(message.procid) {
            Some(pid) => add("pid", Value::Int(pid.into())),
            None if message.procid.is_empty() => {}
            None => add("pid", Value::Str(Text(message.procid))),
        }
        if !message.msgid.is_empty() {
            add("msgid", Value::Str(Text(message.msgid)));
        }
        if message.version != 1 {
            add("version", Value::Int(message.version.into()));
        }
        let params = named_params(message.data);
        match &params {
            None => add("structured_data", Value::Str(Text(message.data))),
            Some(params) => {
                for (key, value) in params {
                    add(key, value.as_ref().map_or(Value::Bool(true), |v| Value::Str(Text(v))));
                }
            }
        }
        folded::unfold(message.text.strip_prefix(b" ").unwrap_or(message.text), true, &mut self.text);
        let (facts, _) = said(message.app, message.text);
        attrs.extend(facts.iter().flat_map(Facts::attrs));
        out.emit(&EventRow {
            span,
            time: message.time.map(|t| t.0),
            kind: facts.map_or(MESSAGE, |f| f.kind),
            text: Text(&self.text),
            host: Text(message.host),
            peer: facts.map_or(Text::NONE, |f| f.peer()),
            user: Text(facts.map_or(b"", |f| f.user)),
            agent: Text(message.app),
            attrs: &attrs,
            flags,
            ..EventRow::default()
        })
    }
}

fn priority_attrs(pri: u32, attrs: &mut Vec<Attr<'_>>) -> RowFlags {
    let Some((facility, severity)) = priority::names(pri) else { return RowFlags::BAD_NUMBER };
    for (key, name) in [("facility", facility), ("severity", severity)] {
        attrs.push(Attr { key, value: Value::Str(name.into()) });
    }
    RowFlags::NONE
}

/// A parameter's attribute; without a value for an element without parameters.
type Named<'a> = (String, Option<Cow<'a, [u8]>>);

/// The parameters by the names of their attributes; `None` if there are too many.
fn named_params(data: &[u8]) -> Option<Vec<Named<'_>>> {
    const MAX_PARAMS: usize = 200;
    let mut names = Names::default();
    let mut named = Vec::new();
    for (id, name, value) in rfc5424::params(data) {
        if named.len() == MAX_PARAMS {
            return None;
        }
        let value = (!name.is_empty()).then_some(value);
        named.push((names.free(&snake(&[b"sd", id, name])), value));
    }
    Some(named)
}
