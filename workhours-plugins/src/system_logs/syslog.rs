//! `syslog`: messages of the syslog protocol, as servers store them and as they are sent.
//!
//! RFC 5424 with either framing of RFC 6587, and the older layout of RFC 3164. Not for what a message of a login means:
//! that is `authmsg`.

use crate::system_logs::bsd;
use crate::system_logs::rfc5424;
use crate::system_logs::syslog_rows::{Reader, begins};
use crate::toolkit::ahead::Ahead;
use crate::toolkit::folded::{self, Folded};
use crate::toolkit::window::Window;
use crate::toolkit::years::Day;
use workhours_plugin_api::*;

/// The source `syslog`.
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
all of it is text, with the flag `unplaced`.
* Messages of logins are read as in `log.auth`, with its kinds, `user`, `peer` and attributes; so are heads of the older \
layout: a word is a host only where a tag follows it, or if it is an address.
* Structured data become attributes: `iut` of `[exampleSDID@32473 iut=\"3\"]` is `sd_examplesdid_32473_iut`, an \
element without parameters is true, and a name that stands twice gets a number. With more than 200 parameters \
it is kept as it is, as `structured_data`. If it cannot be read, the text begins with it and there is a remark. If \
there is none, parts of the head are missing: the words before it that may be the message's are in the text, with the \
flag `unplaced`. A host, name or id longer than the RFC allows leaves a remark.
* A byte order mark before the text is taken off, and so is the one space that older templates of rsyslog put \
there.
* A line without a head continues the message before it, unless it looks as if it should have a date: then it is \
rejected.
* Years of dates without one are told as in `log.auth`, with the flag `inferred-year`.
* A counted message is taken by its count whatever it holds. One that ends early is rejected, to be looked at \
again.
* Several RFC 3164 messages that run together without line ends stay one event with a remark.
* The last message that is not counted is always provisional: lines that continue it may follow.",
    authority: "RFC 5424, RFC 6587 and RFC 3164: https://www.rfc-editor.org/rfc/rfc5424",
    activity: Activity::Machine,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &[
        "syslog.message",
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
        Location { os: Os::Linux, glob: "/var/log/syslog*" },
        Location { os: Os::Linux, glob: "/var/log/messages*" },
        Location { os: Os::Linux, glob: "/var/log/remote/*.log" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/syslog"), events: 5, rejects: 1 },
};

impl IDataSource for Syslog {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let (mut ahead, years) = Ahead::years(input, day);
        let mut input = Input::new(&mut ahead);
        let start = input.resume().position;
        // The plan of the years, so that it need not be made again.
        out.checkpoint(start, &years.state())?;
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
            if !begins && record.is_open() && !bsd::resembles_head(line.bytes()) {
                record.append(&line);
                continue;
            }
            record.end(false, out, |span, last, out| reader.line(span, last, out))?;
            out.checkpoint(start, &reader.years.state())?;
            if begins {
                record.begin(&line);
            } else {
                folded::stray(&line, NO_HEAD, out)?;
                if line.terminated {
                    out.checkpoint(line.end, &reader.years.state())?;
                }
            }
        }
        record.end(true, out, |span, last, out| reader.line(span, last, out))?;
        Ok(())
    }
}

const NO_HEAD: &str = "the line begins with no <PRI> and no date, and continues no message";

/// The lengths of `16 ` and of the message after it.
fn counted(window: &mut Window<'_, '_>) -> std::io::Result<Option<(usize, usize)>> {
    const LONGEST: usize = b"16777216 <".len();
    window.has(LONGEST)?;
    let unread = window.unread();
    let digits = unread.iter().take(LONGEST).take_while(|b| b.is_ascii_digit()).count();
    let len = civil::digits(&unread[..digits]).map_or(0, |n| n as usize);
    let fits = (1..=MAX_RECORD_BYTES).contains(&len) && unread[digits..].starts_with(b" <");
    Ok(fits.then_some((digits + 1, len)))
}

/// The day of a line, also after a count.
fn day(line: &[u8]) -> Option<Day> {
    let digits = line.iter().take_while(|b| b.is_ascii_digit()).count();
    let line =
        line.get(digits..).and_then(|rest| rest.strip_prefix(b" ")).filter(|_| digits < 9).unwrap_or(line);
    match rfc5424::split(line) {
        Some(message) => message.ok()?.day.map(|(y, m, d)| Day::Full(y, m, d)),
        None => bsd::when(line)?.day(),
    }
}
