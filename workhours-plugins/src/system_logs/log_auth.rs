//! `log.auth`: the logs in which syslog daemons record logins, and any other log with that layout.
//!
//! A record is a line that begins with a date, and the following lines without one. Not for RFC 5424 (`syslog`), nor
//! for the journal's own formats. `bsd` reads the head of a line, `years` finds its year, and `authmsg` reads the
//! message.

use crate::system_logs::authmsg;
use crate::system_logs::bsd::{self, Header};
use crate::system_logs::journal_verbose;
use crate::system_logs::log_time;
use crate::system_logs::login::Facts;
use crate::system_logs::priority;
use crate::toolkit::ahead::Ahead;
use crate::toolkit::empty_lines;
use crate::toolkit::folded::{self, Folded};
use crate::toolkit::stamp::Stamp;
use crate::toolkit::years::{Day, Years};
use workhours_plugin_api::*;

/// The source `log.auth`.
pub struct AuthLog;

export_source!(AuthLog);

static INFO: SourceInfo = SourceInfo {
    name: "log.auth",
    aliases: &["auth.log"],
    summary: "Logs of syslog daemons: who logged in, failed to, used sudo or su (auth.log, secure, syslog)",
    details: "\
Each record is `[<PRI>]Mmm dd HH:MM:SS[.f] [host] [tag[pid]:] message`, or has an RFC 3339 time in place of the \
date; a year may stand before the month or after the day. A time without an offset is local. What journalctl prints \
is read too (`short` in all its kinds, `with-unit`, `verbose`), and what OpenWrt's logread does; a zone's abbreviation \
there counts if it means one thing, else the time is local with the flag `unknown-zone`.

* **Years** are told from the order of the records. The year steps when the month drops by more than 1; a drop \
by 1, or December up to 31 days before January, is taken for lines out of order. The first record is as late as \
the input's reference moment allows (its modification time when it was first loaded, and a day for zones), and \
those after it follow, also beyond that moment: the file has grown since. If what is there fills more than a \
year, the years are counted back from its latest record instead; for this, the first 16 MiB are looked at when the \
file is first read. A record that states its year settles it. Events whose year was told so carry the flag \
`inferred-year`.
* The 29th of February settles the years of its neighbours: they are the latest in which that day exists.
* A line without a date continues the record before it, and the indentation that such lines share is taken off; what \
it says is no fact about the record. But \
one that looks as if it should have a date is rejected, such as one with a month in another language, or with a \
`<PRI>` of another format; and so is one before the first record. Lines that begin with `-- ` are marks of \
journalctl and no records.
* `host` is the machine that a line names, and a word is one only where a tag follows it: `host tag:` or `host \
tag[pid]:`. The host may be missing. A line with a month's name and without a tag is all message, with the flag \
`unplaced`; with an RFC 3339 time it is rejected, as one of another program's own log (PostgreSQL, dpkg, containers).
* `peer` is the other end: where a login came from. It is `source` as well, with `source_port`.
* Facility and severity are those of the `<PRI>`, or of the word that busybox, OpenWrt, FreeBSD and Solaris write \
for it.
* `last message repeated 3 times` is an event of its own with `repeated`; so is `message repeated 3 times: [ … ]`, \
which is read like the message inside.
* Messages of sshd, Dropbear, PAM, sudo, doas, pkexec, su, login, systemd-logind, cron and the account tools are \
understood: the user who acted, `source`, `method`, `result` (`granted` or `refused`), `target_user`, `command` and \
the like; in `syslog` and `journald` too. One failed attempt may be several events, as it is several lines. All else is an `auth.message`.
* Several messages that run together after a `<PRI>` without line ends stay one event with a remark.
* The last record is always provisional: lines that continue it may follow.",
    authority: "RFC 3164, and the templates of rsyslog: https://www.rfc-editor.org/rfc/rfc3164",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &[
        "auth.account",
        "auth.cron",
        "auth.failure",
        "auth.login",
        "auth.message",
        "auth.session",
        "auth.su",
        "auth.sudo",
    ],
    locations: &[
        Location { os: Os::Linux, glob: "/var/log/auth.log*" },
        Location { os: Os::Linux, glob: "/var/log/secure*" },
        Location { os: Os::MacOs, glob: "/var/log/system.log*" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/log.auth"), events: 7, rejects: 1 },
};

impl IDataSource for AuthLog {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let (mut ahead, mut years) = Ahead::years(input, day);
        let mut input = Input::new(&mut ahead);
        let start = input.resume().position;
        // The plan of the years, so that it need not be made again.
        out.checkpoint(start, &years.state())?;
        let mut lines = Lines::new(&mut input);
        let (mut record, mut text) = (Folded::default(), Vec::new());
        while let Some(line) = lines.next()? {
            let begins = bsd::when(line.bytes()).is_some() || journal_verbose::begins(line.bytes());
            if !begins && record.is_open() && continues(record.raw(), line.bytes()) {
                record.append(&line);
                continue;
            }
            record.end(false, out, |span, last, out| push(span, last, &mut years, &mut text, out))?;
            out.checkpoint(Position { offset: line.span.offset, lines: line.span.line - 1 }, &years.state())?;
            if begins {
                record.begin(&line);
            } else {
                match is_mark(line.bytes()) {
                    true => out.ignored(1)?,
                    false => folded::stray(&line, NO_DATE, out)?,
                }
                if line.terminated {
                    out.checkpoint(line.end, &years.state())?;
                }
                if empty_lines::is_one(&line) {
                    empty_lines::pass_over(&mut lines, &years.state(), out)?;
                }
            }
        }
        record.end(true, out, |span, last, out| push(span, last, &mut years, &mut text, out))?;
        Ok(())
    }
}

const NO_DATE: &str = "the line begins with no date (Feb  3 09:00:00 or RFC 3339) and continues no record";

fn day(line: &[u8]) -> Option<Day> {
    bsd::when(line)?.day()
}

/// Whether a line without a date belongs to the record before it. Most loggers indent such lines, but not all.
fn continues(record: &[u8], line: &[u8]) -> bool {
    let is_field = line.first().is_none_or(|b| matches!(b, b' ' | b'\t'));
    (is_field || !journal_verbose::begins(record))
        && !bsd::resembles_head(line)
        && priority::priority(line).is_none()
        && !is_mark(line)
}

/// journalctl's lines between records: `-- Reboot --`.
fn is_mark(line: &[u8]) -> bool {
    line.starts_with(b"-- ") && line.len() <= 200
}

/// A record's head and time. The head is that of its first line; its message continues in the lines that follow.
pub(crate) fn dated<'a>(
    span: Span<'a>,
    years: &mut Years,
) -> Result<(Header<'a>, Stamp), (RejectCode, &'static str)> {
    let raw = span.raw.trim_ascii_end();
    let line = raw.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii_end();
    let header = match bsd::header(line) {
        Some(Ok(header)) => header,
        Some(Err(reason)) => return Err((RejectCode::Malformed, reason)),
        None => return Err((RejectCode::Malformed, "the line begins with no date")),
    };
    let message = raw.get(line.len() - header.message.len()..).unwrap_or(header.message);
    match header.when.place(years) {
        Some(stamp) => Ok((Header { message, ..header }, stamp)),
        None => Err((RejectCode::BadTime, "there is no such date or time")),
    }
}

/// The login in a message, and how often it occurred: `message repeated 3 times: [ … ]` is read like the message
/// inside. Continuation lines have none.
pub(crate) fn said<'a>(tag: &'a [u8], message: &'a [u8]) -> (Option<Facts<'a>>, Option<i64>) {
    let line = message.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii_end();
    match bsd::repeats(line) {
        Some((count, inside)) => (authmsg::known(tag, inside), Some(count)),
        None => (authmsg::known(tag, line), bsd::repeated(line)),
    }
}

fn push(
    span: Span<'_>,
    last: bool,
    years: &mut Years,
    text: &mut Vec<u8>,
    out: &mut dyn EventSink,
) -> Result<(), Stop> {
    if journal_verbose::begins(span.raw) {
        return journal_verbose::emit(span, last, false, out);
    }
    let (header, (time, mut flags)) = match dated(span, years) {
        Ok(dated) => dated,
        Err((code, reason)) => return out.reject(&Reject { span, code, reason, provisional: last }),
    };
    folded::unfold(header.message.trim_ascii_start(), false, text);
    let (facts, repeated) = said(header.tag, header.message);
    let facts = facts.unwrap_or(Facts::new("auth.message", b"", None));
    let mut attrs = Vec::with_capacity(12);
    flags |= head_attrs(&header, &mut attrs);
    if let Some(count) = repeated {
        attrs.push(Attr { key: "repeated", value: Value::Int(count) });
    }
    attrs.extend(facts.attrs());
    if last {
        flags |= RowFlags::PROVISIONAL;
    }
    out.emit(&EventRow {
        span,
        time: Some(time),
        kind: facts.kind,
        text: Text(text),
        host: Text(header.host),
        peer: facts.peer(),
        user: Text(facts.user),
        agent: Text(header.tag),
        attrs: &attrs,
        flags,
        ..EventRow::default()
    })
}

/// The attributes of a head, and its remarks.
pub(crate) fn head_attrs<'a>(header: &Header<'a>, attrs: &mut Vec<Attr<'a>>) -> RowFlags {
    let mut flags = if header.placed { RowFlags::NONE } else { RowFlags::UNPLACED };
    let mut add = |key, value| attrs.push(Attr { key, value });
    match header.pri.map(priority::names).or(header.names.map(Some)) {
        None => {}
        Some(None) => flags |= RowFlags::BAD_NUMBER,
        Some(Some((facility, severity))) => {
            add("facility", Value::Str(facility.into()));
            add("severity", Value::Str(severity.into()));
        }
    }
    match civil::digits(header.pid) {
        Some(pid) => add("pid", Value::Int(pid.into())),
        None if header.pid.is_empty() => {}
        None => add("pid", Value::Str(Text(header.pid))),
    }
    if !header.level.is_empty() {
        add("level", Value::Str(Text(header.level)));
    }
    if header.pri.is_some() && run_together(header.message) {
        flags |= RowFlags::MALFORMED_TAIL;
    }
    flags
}

/// Whether there is another head within a message.
fn run_together(message: &[u8]) -> bool {
    memchr::memchr_iter(b'<', message)
        .any(|at| priority::priority(&message[at..]).is_some_and(|(_, rest)| log_time::time(rest).is_some()))
}
