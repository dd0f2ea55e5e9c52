//! `apt.history`: what apt installed, upgraded and removed, and for which user. An example of a workhours plugin in
//! Rust.
//!
//! A record is a stanza: a line `Start-Date: …` and the lines that follow, up to `End-Date: …`, a blank line or the
//! next start. Not for `term.log`, which has the terminal output.

mod stanza;

use stanza::Stanza;
use workhours_plugin_api::*;

/// The source `apt.history`.
pub struct AptHistory;

export_source!(AptHistory);

static INFO: SourceInfo = SourceInfo {
    name: "apt.history",
    aliases: &["apt.log"],
    summary: "Packages installed, upgraded and removed by apt, with the command that asked for it",
    details: "\
Stanzas that begin with `Start-Date: YYYY-MM-DD  HH:MM:SS`, a local time. A stanza is one event, with the command line \
as its text.

* It ends with `End-Date`, before a blank line, or before the next `Start-Date`. Without an `End-Date` apt was \
interrupted: the event has no end.
* Each list of packages becomes two attributes, the list as it is written and the number of packages: `install` and \
`install_count`, and so on for `reinstall`, `upgrade`, `downgrade`, `remove`, `purge` and `disappeared`.
* `Requested-By: ada (1000)` is the user `ada` with `uid`.
* Unknown lines are part of the record, but are not interpreted. Lines outside any stanza are rejected.",
    authority: "apt's own writer, pkgDPkgPM::OpenLog and CloseLog in apt-pkg/deb/dpkgpm.cc: \
https://salsa.debian.org/apt-team/apt/-/blob/main/apt-pkg/deb/dpkgpm.cc",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["package.transaction"],
    locations: &[Location { os: Os::Linux, glob: "/var/log/apt/history.log*" }],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../fixtures/apt.history/usual/input"), events: 4, rejects: 0 },
};

impl IDataSource for AptHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut lines = Lines::new(input);
        let mut stanza = Stanza::default();
        while let Some(line) = lines.next()? {
            let blank = line.bytes().is_empty();
            let starts = line.bytes().starts_with(stanza::START);
            if starts || blank {
                stanza.push_into(out, false)?;
            }
            if starts {
                // Records pushed so far are complete; this line is read again if the run ends in its stanza.
                out.checkpoint(Position { offset: line.span.offset, lines: line.span.line - 1 }, &[])?;
                stanza.begin(&line);
                continue;
            }
            if stanza.is_open() {
                stanza.append(&line);
                // apt writes nothing after this line, so don't wait for more.
                if !(line.terminated && line.bytes().starts_with(stanza::END)) {
                    continue;
                }
                stanza.push_into(out, false)?;
            } else if blank {
                out.ignored(1)?;
            } else {
                outside(&line, out)?;
            }
            if line.terminated {
                out.checkpoint(line.end, &[])?;
            }
        }
        stanza.push_into(out, true)?;
        Ok(())
    }
}

/// A line that belongs to no stanza.
fn outside(line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    let (code, reason) = match line.too_long {
        true => (RejectCode::TooLong, "the line is longer than a record may be"),
        false => (RejectCode::Malformed, "the line belongs to no stanza: there is no Start-Date before it"),
    };
    out.reject(&Reject { span: line.span, code, reason, provisional: !line.terminated })
}
