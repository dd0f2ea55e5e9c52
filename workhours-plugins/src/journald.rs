//! `journald`: the systemd journal as journalctl exports it.
//!
//! The export format and JSON, told apart by how the input begins. Not for the journal's own files, nor for what
//! journalctl prints for people: that is `log.auth`.

use crate::window::Window;
use crate::{journal_export, journal_json};
use workhours_plugin_api::*;

/// The source behind `journald`.
pub struct Journald;

export_source!(Journald);

static INFO: SourceInfo = SourceInfo {
    name: "journald",
    aliases: &["journal"],
    summary: "The systemd journal as exported by journalctl -o export or -o json",
    details: "\
An export is entries of `NAME=value` lines with a blank line after each; a value that holds line ends or other \
control characters is a line `NAME`, a little-endian 64-bit length, that many bytes and a line end. JSON is an \
object to a line, also as `json-seq` or `json-sse` mark it; not `json-pretty`. The first byte tells which it is.

* The time is `__REALTIME_TIMESTAMP`, in microseconds; `_SOURCE_REALTIME_TIMESTAMP` is kept beside it, and stands \
in where the other is missing.
* An entry is known by its `__CURSOR`, else by boot, monotonic time, time and sequence number: exported again it is \
the same event. With neither it is known by its bytes.
* `MESSAGE` is the text, `_HOSTNAME` the host, `SYSLOG_IDENTIFIER` or else `_COMM` the agent. `PRIORITY` and \
`SYSLOG_FACILITY` become `severity` and `facility` by their names; numbers such as `_PID` become integers. All other \
fields are kept as text under their names in lower case without underscores before them.
* A field that stands twice (in JSON, an array of values) gets a number: `name_2`. In JSON an array of numbers from \
0 to 255 is the bytes of one value. A value left out by journalctl (`null`) or that is none leaves a remark.
* An entry at the end without its blank line is provisional. A broken entry, or one with neither \
a cursor, a time, a boot nor a message, is rejected, and reading goes on behind \
the next blank line.",
    authority: "systemd, Journal Export Formats: https://systemd.io/JOURNAL_EXPORT_FORMATS/",
    activity: Activity::Machine,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["journal.message"],
    locations: &[
        Location { os: Os::Linux, glob: "~/*.journal.export" },
        Location { os: Os::Linux, glob: "~/journal*.json" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../samples/journald"), events: 3, rejects: 1 },
};

const EXPORT: &[u8] = b"export";
const JSON: &[u8] = b"json";

impl IDataSource for Journald {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let state = input.resume().state.clone();
        let mut window = Window::new(input)?;
        while state.is_empty() && window.at_blank_line()? {
            window.skip_line()?;
            out.ignored(1)?;
        }
        window.has(64)?;
        let head = window.unread();
        if head.is_empty() {
            return Ok(());
        }
        if state == JSON || (state.is_empty() && journal_json::begins(head)) {
            return journal_json::read(&mut window, JSON, out);
        }
        if state == EXPORT || journal_export::begins(head) {
            return journal_export::read(&mut window, EXPORT, out);
        }
        let expected = "expected a field of the export format or a JSON object at the beginning";
        Err(SourceError::Unsupported(format!("{expected}, not byte 0x{:02x}", head[0])))
    }
}
