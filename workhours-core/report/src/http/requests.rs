//! Counting requests. Each field of a request is read once for each different text; a request itself then only adds
//! to the tallies of what its fields count for.

use crate::ReportParams;
use crate::counting::Day;
use crate::engine::{Collect, Fields, Keys, Reads, Row, number_of};
use chrono::NaiveDate;
use rustc_hash::{FxHashMap, FxHashSet};
use workhours_base::Text;
use workhours_event::StoredEvent;
use workhours_store::Wanted;

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

/// Keys of `meta`.
const STATUS: &str = "status";
const SIZE: &str = "size_bytes";

/// The fields of a request, in the order of the keys that are made of them.
const LINE: usize = 0;
const AGENT: usize = 1;
const PEER: usize = 2;
const REFERRER: usize = 3;

/// What is read of requests.
pub(super) fn reads() -> Reads {
    let keys = vec![
        Fields::texts(Wanted { title: true, ..Wanted::NONE }),
        Fields::texts(Wanted { agent: true, ..Wanted::NONE }),
        Fields::texts(Wanted { peer: true, ..Wanted::NONE }),
        Fields::texts(Wanted { referrer: true, ..Wanted::NONE }),
        Fields { meta: &[STATUS], ..Fields::NONE },
    ];
    Reads { keys, number: Some(SIZE), ..Reads::default() }
}

/// The requests with one value.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) hits: i64,
    pub(super) bytes: i64,
    pub(super) visitors: i64,
}

impl Tally {
    fn add(&mut self, bytes: i64, is_visit: bool) {
        self.hits += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.visitors += i64::from(is_visit);
    }
}

/// The values of a field, each with a number.
#[derive(Default)]
struct Values {
    numbers: FxHashMap<Text, u32>,
    tallies: Vec<(Text, Tally)>,
}

impl Values {
    fn number(&mut self, value: &str) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let (value, number) = (Text::from(value), self.tallies.len() as u32);
        self.tallies.push((value.clone(), Tally::default()));
        self.numbers.insert(value, number);
        number
    }

    fn tally(&mut self, number: u32) -> &mut Tally {
        &mut self.tallies[number as usize].1
    }
}

/// What a request counts for because of one of its fields.
pub(super) enum Part {
    Line { method: Option<Value>, protocol: Option<Value>, path: Option<Value> },
    Agent { kind: u32, number: u32 },
    Peer { host: Option<u32>, number: u32 },
    Referrer(Option<Value>),
    Status { code: Option<i64>, value: Option<Value> },
}

/// A value, and its bit among those of a client; 0 if it has none.
#[derive(Clone, Copy)]
pub(super) struct Value {
    number: u32,
    bit: u64,
}

/// The requests so far.
pub(super) struct Requests<'p> {
    params: &'p ReportParams,
    total: Tally,
    kinds: Values,
    statuses: Values,
    methods: Values,
    protocols: Values,
    /// Those that were found.
    paths: Values,
    /// For each path, whether it is one of a static file, and the requests that found nothing.
    path_is_static: Vec<bool>,
    not_found: Vec<Tally>,
    hosts: Values,
    referrers: Values,
    agents: Values,
    visits: Visits,
}

/// Who was there today. A visitor is an address with a program; requests come in order of time.
#[derive(Default)]
struct Visits {
    day: Day,
    /// The day of the latest request, and its number.
    today: Option<Option<NaiveDate>>,
    n: u32,
    clients: FxHashMap<(u32, u32), u32>,
    seen: Vec<Seen>,
    /// Values with a bit of their own: there are few statuses, methods and protocols.
    bits: FxHashMap<(Of, u32), u64>,
    /// Other values with their clients of today.
    with: FxHashSet<(Of, u32, u32)>,
}

/// What a client was seen with.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// The number of its latest day.
    day: u32,
    /// The values with a bit that day.
    values: u64,
}

/// The fields of which a client may have several values a day.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    Status,
    Method,
    Protocol,
    Path,
    Referrer,
}

/// A client on a day.
#[derive(Clone, Copy)]
struct Visit {
    client: u32,
    /// Whether it is its first request of the day.
    is_first: bool,
}

impl Visits {
    fn visit(&mut self, params: &ReportParams, date: Option<i64>, client: (u32, u32)) -> Visit {
        let day = date.map(|date| self.day.of(date, params));
        if self.today != Some(day) {
            self.today = Some(day);
            self.n += 1;
            self.with.clear();
        }
        let next = self.seen.len() as u32;
        let client = *self.clients.entry(client).or_insert(next);
        if client == next {
            self.seen.push(Seen::default());
        }
        let seen = &mut self.seen[client as usize];
        let is_first = seen.day != self.n;
        if is_first {
            *seen = Seen { day: self.n, values: 0 };
        }
        Visit { client, is_first }
    }

    /// The bit of a value, if there is one for it.
    fn bit(&mut self, of: Of, value: u32) -> u64 {
        let next = self.bits.len() as u32;
        *self.bits.entry((of, value)).or_insert(1u64.checked_shl(next).unwrap_or(0))
    }

    /// Whether it is the client's first request of the day with this value, which may have a bit.
    fn is_first_with(&mut self, visit: Option<Visit>, of: Of, value: Value) -> bool {
        let Some(visit) = visit else { return false };
        if value.bit == 0 {
            return self.with.insert((of, value.number, visit.client));
        }
        let values = &mut self.seen[visit.client as usize].values;
        let is_first = *values & value.bit == 0;
        *values |= value.bit;
        is_first
    }
}

impl<'p> Requests<'p> {
    pub(super) fn new(params: &'p ReportParams) -> Self {
        Self {
            params,
            total: Tally::default(),
            kinds: Values::default(),
            statuses: Values::default(),
            methods: Values::default(),
            protocols: Values::default(),
            paths: Values::default(),
            path_is_static: Vec::new(),
            not_found: Vec::new(),
            hosts: Values::default(),
            referrers: Values::default(),
            agents: Values::default(),
            visits: Visits::default(),
        }
    }

    /// How many they are.
    pub(super) fn n(&self) -> i64 {
        self.total.hits
    }

    /// The sections with their values.
    pub(super) fn sections(self) -> [(&'static str, Vec<(Text, Tally)>); 10] {
        let total = if self.total.hits > 0 { vec![("requests".into(), self.total)] } else { Vec::new() };
        let (mut pages, mut files, mut not_found) = (Vec::new(), Vec::new(), Vec::new());
        for (n, (path, found)) in self.paths.tallies.into_iter().enumerate() {
            if self.not_found[n].hits > 0 {
                not_found.push((path.clone(), self.not_found[n]));
            }
            if found.hits > 0 {
                if self.path_is_static[n] { &mut files } else { &mut pages }.push((path, found));
            }
        }
        [
            ("total", total),
            ("client", self.kinds.tallies),
            ("status", self.statuses.tallies),
            ("method", self.methods.tallies),
            ("protocol", self.protocols.tallies),
            ("path", pages),
            ("static", files),
            ("not_found", not_found),
            ("host", self.hosts.tallies),
            ("referrer", self.referrers.tallies),
        ]
    }

    fn line(&mut self, line: &str) -> Part {
        let (method, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (path, protocol) = match rest.rsplit_once(' ') {
            Some((path, protocol)) if protocol.starts_with("HTTP/") => (path, protocol),
            _ => (rest, ""),
        };
        let known = |values: &mut Values, value: &str| (!value.is_empty()).then(|| values.number(value));
        let (method, protocol) = (known(&mut self.methods, method), known(&mut self.protocols, protocol));
        let number = known(&mut self.paths, path);
        if number.is_some_and(|number| number as usize == self.not_found.len()) {
            self.not_found.push(Tally::default());
            self.path_is_static.push(is_static(path));
        }
        let mut small = |of: Of, number: u32| Value { number, bit: self.visits.bit(of, number) };
        Part::Line {
            method: method.map(|number| small(Of::Method, number)),
            protocol: protocol.map(|number| small(Of::Protocol, number)),
            path: number.map(|number| Value { number, bit: 0 }),
        }
    }

    fn agent(&mut self, agent: Option<&str>) -> Part {
        let lower = agent.unwrap_or_default().to_lowercase();
        let kind = if lower.is_empty() {
            "unknown"
        } else if ROBOTS.iter().any(|word| lower.contains(word)) {
            "robot"
        } else {
            "browser"
        };
        // An empty name isn't the same as none.
        let number = agent.map_or(0, |agent| self.agents.number(agent) + 1);
        Part::Agent { kind: self.kinds.number(kind), number }
    }
}

fn is_static(path: &str) -> bool {
    let ending = path.split('?').next().and_then(|path| path.rsplit_once('.')).map(|(_, end)| end);
    ending.is_some_and(|end| STATIC.split_whitespace().any(|s| s.eq_ignore_ascii_case(end)))
}

impl Collect for Requests<'_> {
    type Key = Part;

    fn key(&mut self, n: usize, event: &StoredEvent, _: &str) -> Part {
        match n {
            LINE => self.line(event.title.as_deref().unwrap_or_default()),
            AGENT => self.agent(event.agent.as_deref()),
            PEER => {
                let host = event.peer.as_deref().map(|peer| self.hosts.number(peer));
                Part::Peer { host, number: host.map_or(0, |host| host + 1) }
            }
            REFERRER => {
                let url = event.referrer.as_deref().and_then(|url| url::Url::parse(url).ok());
                let number = url.and_then(|url| Some(self.referrers.number(url.host_str()?)));
                Part::Referrer(number.map(|number| Value { number, bit: 0 }))
            }
            _ => {
                let code = event.meta.as_deref().and_then(|meta| number_of(meta, STATUS));
                let number = code.map(|code| self.statuses.number(&code.to_string()));
                let value = number.map(|number| Value { number, bit: self.visits.bit(Of::Status, number) });
                Part::Status { code, value }
            }
        }
    }

    fn add(&mut self, row: &Row, keys: &Keys<'_, Part>) {
        let bytes = row.number.unwrap_or(0);
        let (mut client, mut refused, mut missing) = ((0, 0), false, false);
        for part in keys.iter() {
            match part {
                Part::Agent { number, .. } => client.0 = *number,
                Part::Peer { number, .. } => client.1 = *number,
                Part::Status { code, .. } => {
                    // As in GoAccess: a request answered with 4xx isn't a visit.
                    refused = code.is_some_and(|code| (400..500).contains(&code));
                    missing = *code == Some(404);
                }
                _ => {}
            }
        }
        let visit = (!refused).then(|| self.visits.visit(self.params, row.date, client));
        let is_first = visit.is_some_and(|visit| visit.is_first);
        self.total.add(bytes, is_first);
        let visits = &mut self.visits;
        let mut count = |values: &mut Values, of: Of, value: Option<Value>| {
            if let Some(value) = value {
                let is_visit = visits.is_first_with(visit, of, value);
                values.tally(value.number).add(bytes, is_visit);
            }
        };
        for part in keys.iter() {
            match part {
                Part::Line { method, protocol, path } => {
                    count(&mut self.methods, Of::Method, *method);
                    count(&mut self.protocols, Of::Protocol, *protocol);
                    match path {
                        Some(path) if missing => self.not_found[path.number as usize].add(bytes, false),
                        path => count(&mut self.paths, Of::Path, *path),
                    }
                }
                Part::Agent { kind, .. } => self.kinds.tally(*kind).add(bytes, is_first),
                Part::Peer { host, .. } => {
                    if let Some(host) = host {
                        self.hosts.tally(*host).add(bytes, is_first);
                    }
                }
                Part::Referrer(referrer) => count(&mut self.referrers, Of::Referrer, *referrer),
                Part::Status { value, .. } => count(&mut self.statuses, Of::Status, *value),
            }
        }
    }
}
