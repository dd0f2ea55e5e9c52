//! `qutebrowser.history`: the visits of qutebrowser.
//!
//! Not for the text file of versions before 1.0, nor for the table of completions.

use crate::toolkit::cells::Cells;
use crate::toolkit::epoch;
use crate::toolkit::facts::Facts;
use crate::toolkit::sqlite::{COMPANIONS, Database, Select};
use std::collections::HashMap;
use workhours_plugin_api::*;

/// The source `qutebrowser.history`.
pub struct QutebrowserHistory;

export_source!(QutebrowserHistory);

static INFO: SourceInfo = SourceInfo {
    name: "qutebrowser.history",
    aliases: &[],
    summary: "Pages visited with qutebrowser (history.sqlite)",
    details: "\
Each row of the table `History` is an event; `CompletionHistory`, which is made of it, is not read.

* `atime` is in seconds since 1970. 0 or NULL: the event has no date.
* `redirect` is true for an address that led on to another.
* Visits have no ids: one is known by its time, its address and whether it led on, and of several such by its number \
among them.
* A visit without an address is rejected.",
    authority: "qutebrowser, browser/history.py: \
https://github.com/qutebrowser/qutebrowser/blob/main/qutebrowser/browser/history.py",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["web.visit"],
    locations: &[
        Location { os: Os::Linux, glob: "~/.local/share/qutebrowser/history.sqlite" },
        Location { os: Os::Linux, glob: "~/.var/app/org.qutebrowser.qutebrowser/data/qutebrowser/history.sqlite" },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/qutebrowser/history.sqlite" },
        Location { os: Os::Windows, glob: "~/AppData/Roaming/qutebrowser/data/history.sqlite" },
    ],
    companions: COMPANIONS,
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/qutebrowser.history"), events: 4, rejects: 1 },
};

const VISITS: Select = Select {
    alias: "h",
    table: "History",
    joins: &[],
    columns: &["h.url", "h.title", "h.atime", "h.redirect"],
};

impl IDataSource for QutebrowserHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let database = Database::open(input)?;
        database.expect("History", &["url", "title", "atime", "redirect"])?;
        let mut seen = HashMap::new();
        database.rows(&VISITS, out, |cells, out| {
            let mut key = cells.key(&["h.atime", "h.redirect", "h.url"]);
            let times: &mut u32 = seen.entry(key.clone()).or_default();
            if *times > 0 {
                key.extend_from_slice(format!(" {times}").as_bytes());
            }
            *times += 1;
            Ok(emit(cells, &key, out)?)
        })
    }
}

fn emit(cells: &Cells<'_>, key: &[u8], out: &mut dyn EventSink) -> Result<(), Stop> {
    let url = cells.bytes("h.url");
    if url.is_empty() {
        return cells.refuse("the visit has no address", out);
    }
    let (time, flags) = cells.time("h.atime", |x, n| match x.fract() {
        0.0 => Some(EventTime::from_unix(n)),
        _ => epoch::from_1970_secs(x),
    });
    let mut facts = Facts::default();
    facts.flag("redirect", true, cells.yes("h.redirect"));
    out.emit(&EventRow {
        span: cells.span(),
        time,
        kind: "web.visit",
        key,
        url: Text(url),
        title: Text(cells.bytes("h.title")),
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}
