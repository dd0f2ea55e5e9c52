//! `webkit.history`: the visits in a profile of Chrome, Chromium or a browser based on it.
//!
//! Not for downloads, search terms and bookmarks, nor for Safari, which has a different database: `safari_history`.

use crate::toolkit::cells::Cells;
use crate::toolkit::epoch;
use crate::toolkit::facts::Facts;
use crate::toolkit::sqlite::{COMPANIONS, Database, Join, Select};
use workhours_plugin_api::*;

/// The source `webkit.history`.
pub struct WebkitHistory;

export_source!(WebkitHistory);

static INFO: SourceInfo = SourceInfo {
    name: "webkit.history",
    aliases: &["chrome.history", "chromium.history"],
    summary: "Pages visited with Chrome, Chromium, Brave, Edge, Vivaldi and Opera (History)",
    details: "\
Each row of `visits` with the address in `urls` it points to is an event. The columns that exist are read, whatever \
the version; downloads are not.

* `visit_time` is in microseconds since 1601. In a file of version 16 or before, a time that would lie before 1970 \
counts from 1970: Chrome for Linux and macOS wrote it so. 0 or NULL: the event has no date.
* `transition` is the word for the core of `transition`: `link`, `typed`, `auto_bookmark`, `auto_subframe`, \
`manual_subframe`, `generated`, `auto_toplevel`, `form_submit`, `reload`, `keyword`, `keyword_generated`. \
`redirect` is true for an address that the server or the page put in the place of another.
* `referrer` is the address of the visit in `from_visit`, else `external_referrer_url`.
* `elapsed_ms` is `visit_duration`, if it is not 0: how long the page was open. It is no end of the event, since \
nobody need have looked at it.
* `visit_source` is the word for how the visit came here, if it was not made here: `synced`, `extension`, \
`firefox_imported`, `ie_imported`, `safari_imported`, `os_migration_imported`; `actor`: a program that acted for the \
user. `synced_from` names the other device.
* A visit is known by its id, its time and its address, so that those of two profiles stay apart.
* A visit whose address is not there is rejected. A database whose visits have no `transition` is another program's: \
that of GNOME Web is for `epiphany.history`.",
    authority: "Chromium, components/history/core/browser/visit_database.cc: \
https://source.chromium.org/chromium/chromium/src/+/main:components/history/core/browser/visit_database.cc",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["web.visit"],
    locations: &[
        Location { os: Os::Linux, glob: "~/.config/google-chrome*/*/History" },
        Location { os: Os::Linux, glob: "~/.config/chromium/*/History" },
        Location { os: Os::Linux, glob: "~/snap/chromium/common/chromium/*/History" },
        Location { os: Os::Linux, glob: "~/.config/BraveSoftware/Brave-Browser/*/History" },
        Location { os: Os::Linux, glob: "~/.config/microsoft-edge*/*/History" },
        Location { os: Os::Linux, glob: "~/.config/vivaldi/*/History" },
        Location { os: Os::Linux, glob: "~/.config/opera/History" },
        Location { os: Os::Linux, glob: "~/.var/app/*/config/*/*/History" },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/Google/Chrome*/*/History" },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/Chromium/*/History" },
        Location {
            os: Os::MacOs,
            glob: "~/Library/Application Support/BraveSoftware/Brave-Browser/*/History",
        },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/Microsoft Edge*/*/History" },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/Vivaldi/*/History" },
        Location { os: Os::Windows, glob: "~/AppData/Local/Google/Chrome*/User Data/*/History" },
        Location { os: Os::Windows, glob: "~/AppData/Local/Chromium/User Data/*/History" },
        Location { os: Os::Windows, glob: "~/AppData/Local/BraveSoftware/Brave-Browser/User Data/*/History" },
        Location { os: Os::Windows, glob: "~/AppData/Local/Microsoft/Edge*/User Data/*/History" },
        Location { os: Os::Windows, glob: "~/AppData/Local/Vivaldi/User Data/*/History" },
    ],
    companions: COMPANIONS,
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/webkit.history"), events: 4, rejects: 1 },
};

const VISITS: Select = Select {
    alias: "v",
    table: "visits",
    joins: &[
        Join { alias: "u", table: "urls", column: "id", equals: "v.url" },
        Join { alias: "f", table: "visits", column: "id", equals: "v.from_visit" },
        Join { alias: "fu", table: "urls", column: "id", equals: "f.url" },
        Join { alias: "s", table: "visit_source", column: "id", equals: "v.id" },
    ],
    columns: &[
        "v.id",
        "v.visit_time",
        "v.transition",
        "v.visit_duration",
        "v.external_referrer_url",
        "v.originator_cache_guid",
        "v.app_id",
        "u.url",
        "u.title",
        "u.hidden",
        "fu.url",
        "s.source",
    ],
};

const VERSION: Select = Select { alias: "m", table: "meta", joins: &[], columns: &["m.key", "m.value"] };

impl IDataSource for WebkitHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let database = Database::open(input)?;
        database.expect("visits", &["id", "url", "visit_time", "transition"])?;
        database.expect("urls", &["id", "url"])?;
        let old = version(&database, out)?.is_some_and(|version| version <= 16);
        database.rows(&VISITS, out, |cells, out| Ok(emit(cells, old, out)?))
    }
}

/// The version of the schema, which the program itself wrote down.
fn version(database: &Database, out: &mut dyn EventSink) -> Result<Option<i64>, SourceError> {
    let mut version = None;
    if database.has("meta", &["key", "value"])? {
        database.rows(&VERSION, out, |cells, _| {
            if cells.bytes("m.key") == b"version" {
                let text = std::str::from_utf8(cells.bytes("m.value")).ok();
                version = text.and_then(|t| t.parse().ok()).or(cells.int("m.value"));
            }
            Ok(())
        })?;
    }
    Ok(version)
}

fn emit(cells: &Cells<'_>, old: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
    let url = cells.bytes("u.url");
    if url.is_empty() {
        return cells.refuse("the visit points to an address that is not in the table urls", out);
    }
    let (time, flags) = cells.time("v.visit_time", |_, n| match epoch::from_1601_us(n) {
        Some(time) if old && time.secs < 0 => Some(EventTime::from_unix_us(n)),
        time => time,
    });
    let code = cells.int("v.transition");
    let (word, number) = transition(code);
    let mut facts = Facts::default();
    facts.text("transition", word.as_bytes());
    facts.int("transition_code", number);
    facts.flag("redirect", true, code.is_some_and(|c| c & REDIRECT != 0));
    facts.int("elapsed_ms", cells.int("v.visit_duration").filter(|d| *d > 0).map(|us| us / 1_000));
    facts.flag("hidden", true, cells.yes("u.hidden"));
    let (word, number) = origin(cells.int("s.source"));
    facts.text("visit_source", word.as_bytes());
    facts.int("visit_source_code", number);
    facts.text("synced_from", cells.bytes("v.originator_cache_guid"));
    facts.text("app_id", cells.bytes("v.app_id"));
    let referrer = match cells.bytes("fu.url") {
        b"" => cells.bytes("v.external_referrer_url"),
        from => from,
    };
    out.emit(&EventRow {
        span: cells.span(),
        time,
        kind: "web.visit",
        key: &cells.key(&["v.id", "v.visit_time", "u.url"]),
        url: Text(url),
        referrer: Text(referrer),
        title: Text(cells.bytes("u.title")),
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}

/// Qualifiers of a transition: by the page (meta, script) or by the server.
const REDIRECT: i64 = 0xc000_0000;

/// The word for the core of a transition, or its number when there is none.
fn transition(code: Option<i64>) -> (&'static str, Option<i64>) {
    const WORDS: [&str; 11] = [
        "link",
        "typed",
        "auto_bookmark",
        "auto_subframe",
        "manual_subframe",
        "generated",
        "auto_toplevel",
        "form_submit",
        "reload",
        "keyword",
        "keyword_generated",
    ];
    let Some(core) = code.map(|c| c & 0xff) else { return ("", None) };
    let word = usize::try_from(core).ok().and_then(|i| WORDS.get(i));
    word.map_or(("", Some(core)), |word| (word, None))
}

/// The word for where a visit came from, or the number when there is none. No row, or 1: it was made here.
fn origin(code: Option<i64>) -> (&'static str, Option<i64>) {
    match code {
        None | Some(1) => ("", None),
        Some(0) => ("synced", None),
        Some(2) => ("extension", None),
        Some(3) => ("firefox_imported", None),
        Some(4) => ("ie_imported", None),
        Some(5) => ("safari_imported", None),
        Some(6) => ("actor", None),
        Some(7) => ("os_migration_imported", None),
        other => ("", other),
    }
}
