//! `firefox.history`: the visits in a Firefox profile, on the desktop and on phones.
//!
//! Not for bookmarks, which are in the same file, nor for downloads and form entries. `fennec` reads the older database
//! of Firefox for Android, `firefox_ios` that of iOS.

use crate::browsers::fennec;
use crate::browsers::firefox_ios;
use crate::toolkit::cells::Cells;
use crate::toolkit::facts::Facts;
use crate::toolkit::sqlite::{COMPANIONS, Database, Join, Select};
use workhours_plugin_api::*;

/// The source `firefox.history`.
pub struct FirefoxHistory;

export_source!(FirefoxHistory);

static INFO: SourceInfo = SourceInfo {
    name: "firefox.history",
    aliases: &["mozilla.history"],
    summary: "Pages visited with Firefox and its kin (places.sqlite, browser.db)",
    details: "\
Each row of `moz_historyvisits` with the address in `moz_places` it points to is an event. Columns that a version \
lacks are absent from the event.

* `visit_date` is in microseconds since 1970. Where visits have the column `is_local`, as on Android and iOS, it \
is in milliseconds, unless that is after the year 5138. 0 or NULL: the event has no date.
* `transition` is the word for `visit_type`: `link`, `typed`, `bookmark`, `embed`, `redirect_permanent`, \
`redirect_temporary`, `download`, `framed_link`, `reload`.
* `referrer` is the address of the visit in `from_visit`. `is_local` is false for a visit that came by \
synchronisation; `hidden` is true for an address that Firefox does not show.
* A visit is known by its id, its time and its address, so that those of two profiles stay apart.
* A visit whose address is not there is rejected.
* `browser.db` of Firefox for Android up to 68: the rows of `visits`, in microseconds. Where that table is \
missing, the last visit to each address in `history`, in milliseconds, with the `visit_count`. Addresses marked \
deleted are ignored.
* `browser.db` of Firefox for iOS before 2023: the rows of `visits`, in microseconds, with the address in `history`.",
    authority: "Places database schema: \
https://searchfox.org/mozilla-central/source/toolkit/components/places/nsPlacesTables.h",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["web.visit"],
    locations: PROFILES,
    companions: COMPANIONS,
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/firefox.history"), events: 5, rejects: 1 },
};

/// The database's folders in profiles.
pub(crate) const PROFILES: &[Location] = &[
    Location { os: Os::Linux, glob: "~/.mozilla/firefox/*/places.sqlite" },
    Location { os: Os::Linux, glob: "~/.config/mozilla/firefox/*/places.sqlite" },
    Location { os: Os::Linux, glob: "~/snap/firefox/common/.mozilla/firefox/*/places.sqlite" },
    Location { os: Os::Linux, glob: "~/.var/app/org.mozilla.firefox/.mozilla/firefox/*/places.sqlite" },
    Location { os: Os::Linux, glob: "~/.librewolf/*/places.sqlite" },
    Location { os: Os::Linux, glob: "~/.waterfox/*/places.sqlite" },
    Location { os: Os::Linux, glob: "~/.moonchild productions/pale moon/*/places.sqlite" },
    Location { os: Os::MacOs, glob: "~/Library/Application Support/Firefox/Profiles/*/places.sqlite" },
    Location { os: Os::Windows, glob: "~/AppData/Roaming/Mozilla/Firefox/Profiles/*/places.sqlite" },
];

const VISITS: Select = Select {
    alias: "v",
    table: "moz_historyvisits",
    joins: &[
        Join { alias: "p", table: "moz_places", column: "id", equals: "v.place_id" },
        Join { alias: "f", table: "moz_historyvisits", column: "id", equals: "v.from_visit" },
        Join { alias: "fp", table: "moz_places", column: "id", equals: "f.place_id" },
    ],
    columns: &[
        "v.id",
        "v.visit_date",
        "v.visit_type",
        "v.is_local",
        "p.url",
        "p.title",
        "p.description",
        "p.hidden",
        "fp.url",
    ],
};

impl IDataSource for FirefoxHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let database = Database::open(input)?;
        if fennec::is_one(&database)? {
            return fennec::read(&database, out);
        }
        if firefox_ios::is_one(&database)? {
            return firefox_ios::read(&database, out);
        }
        database.expect("moz_historyvisits", &["id", "place_id", "visit_date"])?;
        database.expect("moz_places", &["id", "url"])?;
        let clock = match database.has("moz_historyvisits", &["is_local"])? {
            true => Clock::Milliseconds,
            false => Clock::Microseconds,
        };
        database.rows(&VISITS, out, |cells, out| Ok(emit(cells, clock, out)?))
    }
}

/// The unit of a time in the database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    Milliseconds,
    Microseconds,
}

impl Clock {
    pub(crate) fn time(self, number: i64) -> Option<EventTime> {
        /// In milliseconds it is the year 5138.
        const TOO_LATE: i64 = 100_000_000_000_000;
        Some(match self {
            Self::Milliseconds if number < TOO_LATE => EventTime::from_unix_ms(number),
            _ => EventTime::from_unix_us(number),
        })
    }
}

fn emit(cells: &Cells<'_>, clock: Clock, out: &mut dyn EventSink) -> Result<(), Stop> {
    let url = cells.bytes("p.url");
    if url.is_empty() {
        return cells.refuse("the visit points to an address that is not in moz_places", out);
    }
    let (time, flags) = cells.time("v.visit_date", |_, n| clock.time(n));
    let mut facts = Facts::default();
    let (word, number) = transition(cells.int("v.visit_type"));
    facts.text("transition", word.as_bytes());
    facts.int("transition_code", number);
    facts.flag("is_local", false, cells.int("v.is_local") == Some(0));
    facts.flag("hidden", true, cells.yes("p.hidden"));
    out.emit(&EventRow {
        span: cells.span(),
        time,
        kind: "web.visit",
        key: &cells.key(&["v.id", "v.visit_date", "p.url"]),
        url: Text(url),
        referrer: Text(cells.bytes("fp.url")),
        title: Text(cells.bytes("p.title")),
        text: Text(cells.bytes("p.description")),
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}

/// The word for a way to come to a page, or the number when there is none.
pub(crate) fn transition(code: Option<i64>) -> (&'static str, Option<i64>) {
    const WORDS: [&str; 9] = [
        "link",
        "typed",
        "bookmark",
        "embed",
        "redirect_permanent",
        "redirect_temporary",
        "download",
        "framed_link",
        "reload",
    ];
    match code.filter(|c| *c != 0) {
        None => ("", None),
        Some(code) => {
            let word = usize::try_from(code - 1).ok().and_then(|i| WORDS.get(i));
            word.map_or(("", Some(code)), |word| (word, None))
        }
    }
}
