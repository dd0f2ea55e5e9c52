//! `log.wtmp`: logins and starts of the machine: wtmp, utmp and btmp.
//!
//! The layout of a record is in `utmp`. Not for lastlog, and not for the databases that replace these files.

use crate::system_logs::login::is_machine;
use crate::system_logs::utmp::{Layout, Record};
use crate::toolkit::joined::Row;
use std::io::{ErrorKind, Read};
use workhours_plugin_api::*;

/// The source `log.wtmp`.
pub struct WtmpLog;

export_source!(WtmpLog);

static INFO: SourceInfo = SourceInfo {
    name: "log.wtmp",
    aliases: &["wtmp", "utmp", "btmp"],
    summary: "Logins, logouts and starts of a machine (wtmp, utmp, btmp of Linux)",
    details: "\
Records of 384 bytes (32-bit times: x86-64 and most others) or of 400 (64-bit times: AArch64, s390), little or big \
endian. Which of the four it is, the first records tell: types from 0 to 9, times, microseconds and texts that can be. \
One event per record of any type, at its time. A file of nothing but zeros is none of these.

* The identity is made of the values, not of the bytes: a file and its copy in another layout give the same events.
* A time of 32 bits is unsigned, as in glibc since 2.40: it ends in 2106. A time of 0 is an event at the start of \
1970, as it stands there.
* For starts, run levels and shutdowns the host field holds the kernel's version: `kernel`. \
Else it is where the login came from: `peer`, or `origin` if it is a display or a terminal (`:0`, `tmux(7).%0`); the \
address beside it is `address` (IPv4 if all but 4 bytes are 0), and `peer` where nothing else is. No record names the \
machine it was written on: set the input's host.
* A run level of the user `shutdown` is `system.shutdown`. `reboot`, `runlevel`, `shutdown`, `date` and `LOGIN` are no \
users but `user_field`; `run_level` is the level entered.
* Microseconds of 1,000,000 or more are left out with a remark.
* A record of another type is corrupt and rejected; the next one is looked for behind it. What is left at the end and \
shorter than a record is ignored until it is whole: it may be being written.
* Failed logins in btmp look like logins. With the option `failed` set to `yes` they are `session.failed`.",
    authority: "utmp(5): https://man7.org/linux/man-pages/man5/utmp.5.html; glibc, bits/utmp.h",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &[
        "session.login",
        "session.logout",
        "session.failed",
        "session.prompt",
        "process.init",
        "system.boot",
        "system.runlevel",
        "system.shutdown",
        "system.accounting",
        "clock.before",
        "clock.after",
        "record.empty",
    ],
    locations: &[
        Location { os: Os::Linux, glob: "/var/log/wtmp" },
        Location { os: Os::Linux, glob: "/var/log/wtmp.1*" },
        Location { os: Os::Linux, glob: "/var/log/wtmp-*" },
    ],
    companions: &[],
    options: &[SourceOption {
        name: "failed",
        help: "`yes` for btmp: logins are attempts that failed",
        default: "no",
    }],
    sample: Sample { bytes: include_bytes!("../../samples/log.wtmp"), events: 4, rejects: 1 },
};

/// How many bytes are read to detect the layout.
const LOOKED_AT: usize = 32 << 10;

impl IDataSource for WtmpLog {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let failed = match input.option("failed") {
            None | Some("no") => false,
            Some("yes") => true,
            Some(other) => return Err(SourceError::Config(format!("failed: `yes` or `no`, not {other:?}"))),
        };
        let known = Layout::from_state(&input.resume().state);
        let mut at = input.resume().position.offset;
        let (mut buf, mut eof) = (Vec::new(), false);
        if known.is_none() {
            eof = fill(input, &mut buf, LOOKED_AT)?;
        }
        let layout = match known.or_else(|| Layout::detect(&buf)) {
            Some(layout) => layout,
            None if buf.is_empty() => return Ok(()),
            None => {
                let why =
                    "expected login records of 384 or 400 bytes with types from 0 to 9; the file has none";
                return Err(SourceError::Unsupported(why.into()));
            }
        };
        loop {
            let whole = buf.len() - buf.len() % layout.size();
            for raw in buf.get(..whole).unwrap_or_default().chunks_exact(layout.size()) {
                push(Span { offset: at, line: 0, raw }, layout, failed, out)?;
                at += raw.len() as u64;
                out.checkpoint(Position { offset: at, lines: 0 }, &layout.state())?;
            }
            buf.drain(..whole);
            if eof {
                break;
            }
            eof = fill(input, &mut buf, LOOKED_AT)?;
        }
        if !buf.is_empty() {
            // There is no checkpoint after it, so it is read again when there is more.
            out.ignored(1)?;
        }
        Ok(())
    }
}

/// Reads until there are `len` bytes. Returns whether the input ended before.
fn fill(input: &mut Input<'_>, buf: &mut Vec<u8>, len: usize) -> Result<bool, SourceError> {
    let mut have = buf.len();
    buf.resize(len.max(have), 0);
    while have < len {
        match input.read(buf.get_mut(have..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    buf.truncate(have);
    Ok(have < len)
}

fn push(span: Span<'_>, layout: Layout, failed: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
    let record = layout.read(span.raw);
    let Some((kind, word)) = kind(&record, failed) else {
        let reason = format!("a record of type {}, where 0 to 9 are known: it is corrupt", record.kind);
        let code = RejectCode::Malformed;
        return out.reject(&Reject { span, code, reason: &reason, provisional: false });
    };
    emit(span, &record, kind, word, out)
}

/// The kind of event, and the word that begins its title.
fn kind(record: &Record<'_>, failed: bool) -> Option<(&'static str, &'static str)> {
    Some(match record.kind {
        0 => ("record.empty", "empty"),
        1 if record.user == b"shutdown" => ("system.shutdown", "shutdown"),
        1 => ("system.runlevel", "run level"),
        2 => ("system.boot", "boot"),
        3 => ("clock.after", "clock set, new time"),
        4 => ("clock.before", "clock set, old time"),
        5 => ("process.init", "init process"),
        6 if failed => ("session.failed", "failed login"),
        6 => ("session.prompt", "login prompt"),
        7 if failed => ("session.failed", "failed login"),
        7 => ("session.login", "login"),
        8 => ("session.logout", "logout"),
        9 => ("system.accounting", "accounting"),
        _ => return None,
    })
}

fn emit(
    span: Span<'_>,
    record: &Record<'_>,
    kind: &str,
    word: &str,
    out: &mut dyn EventSink,
) -> Result<(), Stop> {
    let about_machine = matches!(record.kind, 1 | 2);
    // The text in the user's place if there is no user: `reboot`, `date`.
    let nobody = matches!(record.kind, 1..=4) || record.user == b"LOGIN";
    let (user, user_field): (&[u8], _) = if nobody { (b"", record.user) } else { (record.user, &b""[..]) };
    let (remote, kernel): (&[u8], _) =
        if about_machine { (b"", record.host) } else { (record.host, &b""[..]) };
    let run_level = run_level(record);
    let address = record.address();
    // A display or a terminal multiplexer isn't another machine.
    let (peer, origin): (&[u8], _) = match is_machine(remote) {
        true => (remote, &b""[..]),
        false => (if about_machine { b"" } else { address.as_bytes() }, remote),
    };
    let mut attrs = Vec::with_capacity(10);
    let texts = [
        ("tty", record.line),
        ("terminal_id", record.id),
        ("user_field", user_field),
        ("kernel", kernel),
        ("origin", origin),
        ("run_level", run_level.as_bytes()),
        ("address", address.as_bytes()),
    ];
    for (key, value) in texts.into_iter().filter(|(_, v)| !v.is_empty()) {
        attrs.push(Attr { key, value: Value::Str(Text(value)) });
    }
    let numbers = [
        ("pid", i64::from(record.pid)),
        ("session", record.session),
        ("exit_status", i64::from(record.exit)),
        ("exit_signal", i64::from(record.termination)),
    ];
    for (key, value) in numbers.into_iter().filter(|(_, v)| *v != 0) {
        attrs.push(Attr { key, value: Value::Int(value) });
    }
    let mut title = word.as_bytes().to_vec();
    let tty = if matches!(record.kind, 1..=4) { b"" } else { record.line };
    let on: &[u8] = if tty.is_empty() { b"" } else { b"on" };
    for part in [run_level.as_bytes(), user, on, tty].into_iter().filter(|p| !p.is_empty()) {
        title.push(b' ');
        title.extend_from_slice(part);
    }
    let (time, flags) = record.time();
    out.emit(&Row(EventRow {
        span,
        time: Some(time),
        kind,
        key: &record.key(),
        title: Text(&title),
        peer: Text(peer),
        user: Text(user),
        // It was part of records' identities when it was in the host's place.
        key_host: Text(remote),
        attrs: &attrs,
        flags,
        ..EventRow::default()
    }))
}

/// The letter or digit of the new run level, which is in the place of the process id.
fn run_level(record: &Record<'_>) -> String {
    let level = u8::try_from(record.pid & 0xff).map_or('\0', char::from);
    if record.kind == 1 && level.is_ascii_alphanumeric() { level.to_string() } else { String::new() }
}
