//! `epiphany.history`: the visits of GNOME Web (Epiphany).
//!
//! Its tables are called as those of Chrome, but count from 1970: see `webkit_history` for those. Not for bookmarks.

use crate::toolkit::cells::Cells;
use crate::toolkit::facts::Facts;
use crate::toolkit::sqlite::{COMPANIONS, Database, Join, Select};
use workhours_plugin_api::*;

/// The source `epiphany.history`.
pub struct EpiphanyHistory;

export_source!(EpiphanyHistory);

static INFO: SourceInfo = SourceInfo {
    name: "epiphany.history",
    aliases: &["gnome-web.history"],
    summary: "Pages visited with GNOME Web (ephy-history.db)",
    details: "\
Each row of `visits` with the address in `urls` it points to is an event.

* `visit_time` is in microseconds since 1970; versions before 3.26 (2017) counted seconds, which are told by their size. \
0 or NULL: the event has no date.
* `transition` is the word for `visit_type`: `link`, `typed`, `manual_subframe`, `auto_subframe`, `startup`, \
`form_submit`, `form_reload`, `bookmark`, `homepage`.
* `referrer` is the address of the visit in `referring_visit`. `hidden` is true for an address that is not to be shown \
in the overview.
* A visit is known by its id, its time and its address, so that those of two profiles stay apart.
* A visit whose address is not there is rejected.",
    authority: "Epiphany, lib/history: https://gitlab.gnome.org/GNOME/epiphany/-/tree/main/lib/history",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["web.visit"],
    locations: &[
        Location { os: Os::Linux, glob: "~/.local/share/epiphany/ephy-history.db" },
        Location { os: Os::Linux, glob: "~/.local/share/org.gnome.Epiphany*/ephy-history.db" },
        Location { os: Os::Linux, glob: "~/.var/app/org.gnome.Epiphany/data/epiphany/ephy-history.db" },
    ],
    companions: COMPANIONS,
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/epiphany.history"), events: 4, rejects: 1 },
};

const VISITS: Select = Select {
    alias: "v",
    table: "visits",
    joins: &[
        Join { alias: "u", table: "urls", column: "id", equals: "v.url" },
        Join { alias: "f", table: "visits", column: "id", equals: "v.referring_visit" },
        Join { alias: "fu", table: "urls", column: "id", equals: "f.url" },
    ],
    columns: &[
        "v.id",
        "v.visit_time",
        "v.visit_type",
        "u.url",
        "u.title",
        "u.hidden_from_overview",
        "fu.url",
    ],
};

impl IDataSource for EpiphanyHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let database = Database::open(input)?;
        database.expect("visits", &["id", "url", "visit_time", "visit_type", "referring_visit"])?;
        database.expect("urls", &["id", "host", "url", "title"])?;
        database.rows(&VISITS, out, |cells, out| Ok(emit(cells, out)?))
    }
}

fn emit(cells: &Cells<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    /// In seconds it is the year 5138.
    const FIRST_US: i64 = 100_000_000_000;
    let url = cells.bytes("u.url");
    if url.is_empty() {
        return cells.refuse("the visit points to an address that is not in the table urls", out);
    }
    let (time, flags) = cells.time("v.visit_time", |_, n| match n {
        ..FIRST_US => Some(EventTime::from_unix(n)),
        _ => Some(EventTime::from_unix_us(n)),
    });
    let mut facts = Facts::default();
    let (word, number) = transition(cells.int("v.visit_type"));
    facts.text("transition", word.as_bytes());
    facts.int("transition_code", number);
    facts.flag("hidden", true, cells.yes("u.hidden_from_overview"));
    out.emit(&EventRow {
        span: cells.span(),
        time,
        kind: "web.visit",
        key: &cells.key(&["v.id", "v.visit_time", "u.url"]),
        url: Text(url),
        referrer: Text(cells.bytes("fu.url")),
        title: Text(cells.bytes("u.title")),
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}

/// The word for a way to come to a page, or the number when there is none.
fn transition(code: Option<i64>) -> (&'static str, Option<i64>) {
    const WORDS: [&str; 9] = [
        "link",
        "typed",
        "manual_subframe",
        "auto_subframe",
        "startup",
        "form_submit",
        "form_reload",
        "bookmark",
        "homepage",
    ];
    match code.filter(|c| *c != 0) {
        None => ("", None),
        Some(code) => {
            let word = usize::try_from(code - 1).ok().and_then(|i| WORDS.get(i));
            word.map_or(("", Some(code)), |word| (word, None))
        }
    }
}
