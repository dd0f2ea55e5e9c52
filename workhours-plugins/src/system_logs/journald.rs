//! `journald`: the systemd journal as journalctl exports it.
//!
//! The export format, JSON and `verbose`, detected by the beginning of the input. Not for the journal's own files, nor
//! for the lines that journalctl prints for people: those are for `log.auth`.

use crate::system_logs::journal_export;
use crate::system_logs::journal_json;
use crate::system_logs::journal_verbose;
use crate::toolkit::window::Window;
use workhours_plugin_api::*;

/// The source `journald`.
pub struct Journald;

export_source!(Journald);

static INFO: SourceInfo = SourceInfo {
    name: "journald",
    aliases: &["journal"],
    summary: "The systemd journal as exported by journalctl -o export, json or verbose",
    details: "\
An export is entries of `NAME=value` lines with a blank line after each; a value that holds line ends or other \
control characters is a line `NAME`, a little-endian 64-bit length, that many bytes and a line end. JSON is an \
object to a line, also as `json-seq` or `json-sse` mark it; not `json-pretty`. `verbose` is a line of a time and a \
cursor in brackets, and an indented line for each field. The beginning tells which it is.

* The time is `__REALTIME_TIMESTAMP`, in microseconds; `_SOURCE_REALTIME_TIMESTAMP` is kept beside it, and stands \
in where the other is missing.
* An entry is known by its `__CURSOR`, else by boot, monotonic time, time and sequence number: exported again it is \
the same event. With neither it is known by its bytes.
* `MESSAGE` is the text, `_HOSTNAME` the host, `SYSLOG_IDENTIFIER` or else `_COMM` the agent. `PRIORITY` and \
`SYSLOG_FACILITY` become `severity` and `facility` by their names; numbers such as `_PID` become integers. All other \
fields are kept as text under their names in lower case without underscores before them.
* Messages of logins are read as in `log.auth`, with its kinds, `user`, `peer` and attributes, whichever program wrote \
them.
* In `verbose` the time is that of the first line; a value that journalctl left out (`[99B blob data]`) leaves a remark.
* A field that stands twice (in JSON, an array of values) gets a number: `name_2`. In JSON an array of numbers from \
0 to 255 is the bytes of one value. A value left out by journalctl (`null`) or that is none leaves a remark.
* An entry at the end without its blank line is provisional. A broken entry, or one with neither \
a cursor, a time, a boot nor a message, is rejected, and reading goes on behind \
the next blank line.",
    authority: "systemd, Journal Export Formats: https://systemd.io/JOURNAL_EXPORT_FORMATS/",
    activity: Activity::Machine,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &[
        "journal.message",
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
        Location { os: Os::Linux, glob: "~/*.journal.export" },
        Location { os: Os::Linux, glob: "~/journal*.json" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/journald"), events: 3, rejects: 1 },
};

const EXPORT: &[u8] = b"export";
const JSON: &[u8] = b"json";
const VERBOSE: &[u8] = b"verbose";

impl IDataSource for Journald {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let state = input.resume().state.clone();
        let mut window = Window::new(input)?;
        // Blank lines, and what journalctl writes between entries: `-- Boot 0123 --`.
        while state.is_empty()
            && (window.at_blank_line()? || window.has(3)? && window.unread().starts_with(b"-- "))
        {
            window.skip_line()?;
            out.ignored(1)?;
        }
        window.has(256)?;
        let head = window.unread();
        if head.is_empty() {
            return Ok(());
        }
        if state == JSON || (state.is_empty() && journal_json::begins(head)) {
            return journal_json::read(&mut window, JSON, out);
        }
        if state == VERBOSE || (state.is_empty() && journal_verbose::begins(head)) {
            return journal_verbose::read(&mut window, VERBOSE, out);
        }
        if state == EXPORT || journal_export::begins(head) {
            return journal_export::read(&mut window, EXPORT, out);
        }
        let expected =
            "expected a field of the export format, a JSON object or an entry of -o verbose at the beginning";
        Err(SourceError::Unsupported(format!("{expected}, not byte 0x{:02x}", head[0])))
    }
}
