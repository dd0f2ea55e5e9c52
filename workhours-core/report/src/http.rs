//! A summary of a web server's log: totals, status codes, methods, paths, missing pages, clients, robots.
//!
//! A visitor is defined as in GoAccess: an address with a program on a day; requests answered with 4xx don't count. The
//! extension decides what is a static file, with GoAccess's list; paths keep their query.

use super::counting::Day;
use super::engine::{self, Collect, Question, Reads, Row};
use super::settings::DAY_START;
use super::{Report, ReportEntry, ReportInfo, ReportParams};
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;
use std::hash::{BuildHasher, BuildHasherDefault};
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, ColumnType, Table};
use workhours_event::StoredEvent;
use workhours_store::{EventFilter, Store, Wanted};

const COLUMNS: [Column; 6] = [
    Column::new(
        "section",
        ColumnType::Category,
        "what is counted: total, client, status, method, protocol, path, static, not_found, host, referrer",
    ),
    Column::new("value", ColumnType::Text, "the status code, path, client … that is counted"),
    Column::bar("hits", ColumnType::Int, "requests"),
    Column::new(
        "visitors",
        ColumnType::Int,
        "distinct pairs of client and user agent, for each day; without requests answered with 4xx",
    ),
    Column::new("bytes", ColumnType::Int, "bytes sent").unit("bytes"),
    Column::new("share", ColumnType::Float, "percent of all requests").unit("%"),
];

/// Values shown of each section, at most.
const TOP: usize = 100;

/// Extensions of files that aren't pages.
const STATIC: &str = "css js jpg png gif ico jpeg pdf txt csv mpeg mpg swf woff woff2 xls xlsx doc docx ppt pptx zip mp3 \
                      mp4 exe iso gz rar svg bmp tar tgz tiff tif ttf flv avi eot otf webp webm map xml json";

/// Words in the names of automatic programs.
const ROBOTS: [&str; 20] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "curl",
    "wget",
    "python",
    "go-http",
    "java/",
    "libwww",
    "scan",
    "monitor",
    "fetch",
    "feed",
    "http-client",
    "okhttp",
    "axios",
    "headless",
    "lighthouse",
    "archiver",
];

struct Http;

static INFO: ReportInfo = ReportInfo {
    name: "http",
    summary: "Web-server logs at a glance: totals, status codes, paths, what was not found, visitors, robots",
    columns: &COLUMNS,
    options: &[DAY_START],
};

#[derive(Default)]
struct Tally {
    hits: i64,
    bytes: i64,
    visitors: FxHashSet<u64>,
}

/// The sections, in the order in which they are shown.
const SECTIONS: [&str; 10] =
    ["total", "client", "status", "method", "protocol", "path", "static", "not_found", "host", "referrer"];

impl Report for Http {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let filter = EventFilter { kind: Some("http.request"), ..params.filter.clone() };
        let texts = Wanted {
            url: false,
            text: false,
            user: false,
            tags: false,
            project: false,
            meta: false,
            host: false,
            ..Wanted::ALL
        };
        let reads = Reads { texts, keys: &[STATUS], number: Some(SIZE), ..Reads::NOTHING };
        let question = Question { filter, reads };
        let (requests, notes) = engine::ask(store, params, &question, || Requests::new(params))?;
        let sections = requests.sections;
        let all = sections[0].tallies.first().map_or(0, |(_, tally)| tally.hits);
        let mut rows = Vec::new();
        for (section, found) in SECTIONS.iter().zip(sections) {
            let mut tallies = found.tallies;
            tallies.sort_by(|(a, x), (b, y)| y.hits.cmp(&x.hits).then_with(|| a.cmp(b)));
            for (value, tally) in tallies.into_iter().take(TOP) {
                let share = (tally.hits as f64 / all.max(1) as f64 * 10_000.0).round() / 100.0;
                rows.push(vec![
                    Cell::from(*section),
                    Cell::from(value),
                    Cell::Int(tally.hits),
                    Cell::Int(tally.visitors.len() as i64),
                    Cell::Int(tally.bytes),
                    Cell::Float(share),
                ]);
            }
        }
        Ok(Table::ready(INFO.name, &COLUMNS, rows).noted(notes))
    }
}

/// Keys of `meta`.
const STATUS: &str = "status";
const SIZE: &str = "size_bytes";

/// The values of a section.
#[derive(Default)]
struct Section {
    numbers: FxHashMap<String, usize>,
    tallies: Vec<(String, Tally)>,
}

/// The requests so far.
struct Requests<'p> {
    params: &'p ReportParams,
    day: Day,
    sections: Vec<Section>,
}

/// What requests with the same line, client and status count for.
struct Counted {
    /// Sections, and numbers of values there.
    values: Vec<(usize, usize)>,
    /// The client with its program. As in GoAccess, a request answered with 4xx isn't a visit.
    visitor: Option<u64>,
}

impl<'p> Requests<'p> {
    fn new(params: &'p ReportParams) -> Self {
        let sections = SECTIONS.iter().map(|_| Section::default()).collect();
        Self { params, day: Day::default(), sections }
    }
}

impl Collect for Requests<'_> {
    type Key = Counted;

    fn key(&mut self, event: &StoredEvent, _: &str) -> Counted {
        let request = Request::of(event);
        let mut values = Vec::new();
        for (section, value) in request.values() {
            let at = SECTIONS.iter().position(|s| *s == section).unwrap_or(0);
            let Section { numbers, tallies } = &mut self.sections[at];
            let number = match numbers.get(value.as_ref()) {
                Some(number) => *number,
                None => {
                    tallies.push((value.clone().into_owned(), Tally::default()));
                    numbers.insert(value.into_owned(), tallies.len() - 1);
                    tallies.len() - 1
                }
            };
            values.push((at, number));
        }
        let refused = request.status.is_some_and(|status| (400..500).contains(&status));
        Counted { values, visitor: (!refused).then(|| hash_of((&event.peer, &event.agent))) }
    }

    fn add(&mut self, row: &Row, counted: &Counted) {
        let bytes = row.number.unwrap_or(0);
        let day = row.date.map(|date| self.day.of(date, self.params));
        let visitor = counted.visitor.map(|client| hash_of((day, client)));
        for (section, value) in &counted.values {
            let tally = &mut self.sections[*section].tallies[*value].1;
            tally.hits += 1;
            tally.bytes = tally.bytes.saturating_add(bytes);
            tally.visitors.extend(visitor);
        }
    }
}

/// A parsed request.
struct Request<'e> {
    event: &'e StoredEvent,
    status: Option<i64>,
    method: &'e str,
    path: &'e str,
    protocol: &'e str,
}

impl<'e> Request<'e> {
    fn of(event: &'e StoredEvent) -> Self {
        let status = event.meta.as_deref().and_then(|meta| engine::number_of(meta, STATUS));
        let line = event.title.as_deref().unwrap_or_default();
        let (method, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (path, protocol) = match rest.rsplit_once(' ') {
            Some((path, protocol)) if protocol.starts_with("HTTP/") => (path, protocol),
            _ => (rest, ""),
        };
        Self { event, status, method, path, protocol }
    }

    /// Everything it counts for.
    fn values(&self) -> impl Iterator<Item = (&'static str, Cow<'e, str>)> {
        let agent = self.event.agent.as_deref().unwrap_or_default().to_lowercase();
        let client = if agent.is_empty() {
            "unknown"
        } else if ROBOTS.iter().any(|word| agent.contains(word)) {
            "robot"
        } else {
            "browser"
        };
        let not_found = self.status == Some(404);
        let ending = self.path.split('?').next().and_then(|path| path.rsplit_once('.')).map(|(_, end)| end);
        let is_static =
            ending.is_some_and(|end| STATIC.split_whitespace().any(|s| s.eq_ignore_ascii_case(end)));
        let page = match (not_found, is_static) {
            (true, _) => "not_found",
            (false, true) => "static",
            (false, false) => "path",
        };
        let referrer = self.event.referrer.as_deref().and_then(|url| url::Url::parse(url).ok());
        let referrer = referrer.and_then(|url| url.host_str().map(str::to_owned));
        let known = |text: &'e str| (!text.is_empty()).then_some(text.into());
        [
            ("total", Some("requests".into())),
            ("client", Some(client.into())),
            ("status", self.status.map(|status| status.to_string().into())),
            ("method", known(self.method)),
            ("protocol", known(self.protocol)),
            (page, known(self.path)),
            ("host", self.event.peer.as_deref().map(Into::into)),
            ("referrer", referrer.map(Into::into)),
        ]
        .into_iter()
        .filter_map(|(section, value)| value.map(|value| (section, value)))
    }
}

fn hash_of(value: impl std::hash::Hash) -> u64 {
    BuildHasherDefault::<rustc_hash::FxHasher>::default().hash_one(value)
}

inventory::submit! { ReportEntry(&Http) }
