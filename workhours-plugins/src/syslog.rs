//! `syslog`: messages of the syslog protocol, as servers store them and as they stand on the wire.
//!
//! RFC 5424 with either framing of RFC 6587, and the older layout of RFC 3164. Not for what a message means:
//! `log.auth` reads those of logins.

use crate::ahead::Ahead;
use crate::bsd;
use crate::folded::{self, Folded};
use crate::keys::{Names, snake};
use crate::log_auth::{dated, head_attrs};
use crate::rfc5424::{self, Message};
use crate::window::Window;
use crate::years::{Day, Years};
use std::borrow::Cow;
use workhours_plugin_api::*;

/// The source behind `syslog`.
pub struct Syslog;

export_source!(Syslog);

static INFO: SourceInfo = SourceInfo {
    name: "syslog",
    aliases: &["rfc5424"],
    summary: "Syslog messages, stored or as sent: RFC 5424 in both framings, and RFC 3164",
    details: "\
Each message is `<PRI>VERSION TIME HOST APP PROCID MSGID STRUCTURED-DATA MESSAGE` (RFC 5424) or `[<PRI>]Mmm dd \
HH:MM:SS host tag[pid]: message` (RFC 3164, also with an RFC 3339 time). Both may be mixed, one to a line, or \
counted: `LENGTH message`, with line ends within.

* `-` is absent; a message without a time is undated. So is one of a `<PRI>` and neither a version nor a date: \
all of it is text.
* Structured data become attributes: `iut` of `[exampleSDID@32473 iut=\"3\"]` is `sd_examplesdid_32473_iut`, an \
element without parameters is true, and a name that stands twice gets a number. With more than 200 parameters \
it is kept as it is, as `structured_data`. If it cannot be read, the text begins with it and there is a remark.
* A byte order mark before the text is taken off, and so is the one space that older templates of rsyslog put \
there.
* A line without a head continues a message that begins with `<PRI>`; a message without one only goes on in \
indented lines, and others are rejected.
* Years of dates without one are told as in `log.auth`, with the flag `inferred-year`.
* A counted message is taken by its count whatever it holds. One that ends early is rejected, to be looked at \
again.
* Several RFC 3164 messages that run together without line ends stay one event with a remark.
* The last message that is not counted is always provisional: lines that continue it may follow.",
    authority: "RFC 5424, RFC 6587 and RFC 3164: https://www.rfc-editor.org/rfc/rfc5424",
    activity: Activity::Machine,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["syslog.message"],
    locations: &[
        Location { os: Os::Linux, glob: "/var/log/syslog*" },
        Location { os: Os::Linux, glob: "/var/log/messages*" },
        Location { os: Os::Linux, glob: "/var/log/remote/*.log" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../samples/syslog"), events: 5, rejects: 1 },
};

impl IDataSource for Syslog {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let (mut ahead, years) = Ahead::years(input, day);
        let mut input = Input::new(&mut ahead);
        let mut window = Window::new(&mut input)?;
        let mut reader = Reader { years, text: Vec::new() };
        let mut record = Folded::default();
        loop {
            let start = window.position();
            if let Some((head, len)) = counted(&mut window)? {
                record.end(false, out, |span, last, out| reader.line(span, last, out))?;
                out.checkpoint(start, &reader.years.state())?;
                let whole = window.has(head + len)?;
                let raw = window.unread();
                let raw = raw.get(..head + len).unwrap_or(raw);
                let span = Span { offset: start.offset, line: start.lines + 1, raw };
                if whole {
                    reader.counted(span, head, out)?;
                } else {
                    let reason = "the input ends before the message is as long as its count says";
                    out.reject(&Reject { span, code: RejectCode::Truncated, reason, provisional: true })?;
                }
                window.take(head + len);
                if whole {
                    out.checkpoint(window.position(), &reader.years.state())?;
                }
                continue;
            }
            let Some(line) = window.line()? else { break };
            let begins = begins(line.bytes());
            if !begins && record.is_open() && continues(&line, &record) {
                record.append(&line);
                continue;
            }
            record.end(false, out, |span, last, out| reader.line(span, last, out))?;
            out.checkpoint(start, &reader.years.state())?;
            if begins {
                record.begin(&line);
            } else {
                folded::stray(
                    &line,
                    "the line begins with no <PRI> and no date, and it is not indented",
                    out,
                )?;
                if line.terminated {
                    out.checkpoint(line.end, &reader.years.state())?;
                }
            }
        }
        record.end(true, out, |span, last, out| reader.line(span, last, out))?;
        Ok(())
    }
}

/// The lengths of `16 ` and of the message behind it.
fn counted(window: &mut Window<'_, '_>) -> std::io::Result<Option<(usize, usize)>> {
    const LONGEST: usize = b"16777216 <".len();
    window.has(LONGEST)?;
    let unread = window.unread();
    let digits = unread.iter().take(LONGEST).take_while(|b| b.is_ascii_digit()).count();
    let len = civil::digits(&unread[..digits]).map_or(0, |n| n as usize);
    let fits = (1..=MAX_RECORD_BYTES).contains(&len) && unread[digits..].starts_with(b" <");
    Ok(fits.then_some((digits + 1, len)))
}

fn begins(line: &[u8]) -> bool {
    bsd::priority(line).is_some() || bsd::when(line).is_some()
}

fn continues(line: &Line<'_>, record: &Folded) -> bool {
    let bytes = line.bytes();
    record.raw().starts_with(b"<") || bytes.trim_ascii().is_empty() || matches!(bytes, [b' ' | b'\t', ..])
}

/// The day a line is of, also behind a count.
fn day(line: &[u8]) -> Option<Day> {
    let digits = line.iter().take_while(|b| b.is_ascii_digit()).count();
    let line =
        line.get(digits..).and_then(|rest| rest.strip_prefix(b" ")).filter(|_| digits < 9).unwrap_or(line);
    match rfc5424::split(line) {
        Some(message) => message.ok()?.day.map(|(y, m, d)| Day::Full(y, m, d)),
        None => bsd::when(line)?.day(),
    }
}

struct Reader {
    years: Years,
    text: Vec<u8>,
}

impl Reader {
    fn line(&mut self, span: Span<'_>, last: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
        self.message(span, span.raw, last, out)
    }

    fn counted(&mut self, span: Span<'_>, head: usize, out: &mut dyn EventSink) -> Result<(), Stop> {
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
        if let Some((pri, text)) = bsd::priority(frame)
            && bsd::when(frame).is_none()
        {
            let flags = provisional | priority_attrs(pri, &mut attrs);
            return out.emit(&EventRow {
                span,
                kind: "syslog.message",
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
        folded::unfold(header.message, counted, &mut self.text);
        let flags = flags | provisional | head_attrs(&header, &mut attrs);
        if let Some(count) = bsd::repeated(header.message).or(bsd::repeats(header.message).map(|r| r.0)) {
            attrs.push(Attr { key: "repeated", value: Value::Int(count) });
        }
        out.emit(&EventRow {
            span,
            time: Some(time),
            kind: "syslog.message",
            text: Text(&self.text),
            host: Text(header.host),
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
        out.emit(&EventRow {
            span,
            time: message.time.map(|t| t.0),
            kind: "syslog.message",
            text: Text(&self.text),
            host: Text(message.host),
            agent: Text(message.app),
            attrs: &attrs,
            flags,
            ..EventRow::default()
        })
    }
}

fn priority_attrs(pri: u32, attrs: &mut Vec<Attr<'_>>) -> RowFlags {
    let Some((facility, severity)) = bsd::names(pri) else { return RowFlags::BAD_NUMBER };
    for (key, name) in [("facility", facility), ("severity", severity)] {
        attrs.push(Attr { key, value: Value::Str(name.into()) });
    }
    RowFlags::NONE
}

/// A parameter's attribute; no value stands for an element without parameters.
type Named<'a> = (String, Option<Cow<'a, [u8]>>);

/// The parameters by the names of their attributes; `None` if there are too many.
fn named_params(data: &[u8]) -> Option<Vec<Named<'_>>> {
    const MOST: usize = 200;
    let mut names = Names::default();
    let mut named = Vec::new();
    for (id, name, value) in rfc5424::params(data) {
        if named.len() == MOST {
            return None;
        }
        let value = (!name.is_empty()).then_some(value);
        named.push((names.free(&snake(&[b"sd", id, name])), value));
    }
    Some(named)
}
