//! Reading events back: filtered, in order of time, a page at a time.
//!
//! Paging goes by the clustered key, so page ten thousand costs what page one costs, memory is bounded, and
//! no long read transaction keeps the write-ahead log from shrinking. Events of one instant come in the
//! order in which they stand in their file; undated ones come last, in that order too.

use super::names::Names;
use super::schema::{event_tags, events, files, tags};
use super::{Conn, MultiBackend, Store};
use crate::error::Result;
use crate::event::EventId;
use crate::query::{Expr, Field};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;

const PAGE: i64 = 4096;

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only these users' events; empty means everyone's.
    pub users: Vec<String>,
    /// Only these source types; empty means all.
    pub source_types: Vec<String>,
    /// From this time on, µs since the epoch. Leaves out undated events.
    pub from_us: Option<i64>,
    /// Before this time. Leaves out undated events.
    pub until_us: Option<i64>,
    /// Only events that hold this text, in any case, in title, text, URL, host or user.
    pub text: Option<String>,
    /// Leave out undated events.
    pub dated_only: bool,
    /// Only events of these inputs; `None` means all.
    pub input_ids: Option<Vec<i64>>,
    /// Only events of this kind; one that ends in a dot means all that begin so.
    pub kind: Option<&'static str>,
    /// Only events with a whole address: not those with none, nor with a path on a server that is not known.
    pub with_place: bool,
    /// Only events this question is true of.
    pub query: Option<Arc<Expr>>,
}

/// What is read of events beside what they are and when they were. What a report does not look at need not be fetched,
/// which is most of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the fields' names
pub struct Wanted {
    pub url: bool,
    pub referrer: bool,
    pub agent: bool,
    pub title: bool,
    pub text: bool,
    pub host: bool,
    pub user: bool,
    pub meta: bool,
    pub tags: bool,
}

impl Wanted {
    /// All there is.
    pub const ALL: Self = Self::all(true);
    /// Nothing more.
    pub const NONE: Self = Self::all(false);

    const fn all(wanted: bool) -> Self {
        Self {
            url: wanted,
            referrer: wanted,
            agent: wanted,
            title: wanted,
            text: wanted,
            host: wanted,
            user: wanted,
            meta: wanted,
            tags: wanted,
        }
    }
}

/// An event as it is stored, with its place and names looked up.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // the columns of the tables
pub struct StoredEvent {
    pub id: Vec<u8>,
    pub date: Option<i64>,
    pub offset_min: Option<i16>,
    pub precision: i16,
    pub flags: i32,
    pub duration_us: Option<i64>,
    pub kind: String,
    pub source_type: String,
    pub url: Option<String>,
    pub referrer: Option<String>,
    pub agent: Option<String>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub host: Option<String>,
    pub user: Option<String>,
    pub meta: Option<String>,
    pub input_id: i64,
    pub file_id: i64,
    pub file_offset: i64,
    pub file_length: i64,
    pub tags: Vec<String>,
}

impl EventFilter {
    fn accepts(&self, e: &StoredEvent, path: &str) -> bool {
        if self.query.as_ref().is_some_and(|query| !query.matches(e, path)) {
            return false;
        }
        let Some(wanted) = &self.text else { return true };
        let wanted = wanted.to_lowercase();
        [&e.title, &e.text, &e.url, &e.host, &e.user]
            .into_iter()
            .flatten()
            .any(|field| field.to_lowercase().contains(&wanted))
    }

    /// Narrows it to a question, and to the times and names without which nothing can match.
    pub fn ask(&mut self, query: Expr) {
        let (from, until) = query.time_bounds();
        self.from_us = self.from_us.max(from);
        self.until_us = [self.until_us, until].into_iter().flatten().min();
        for (field, names) in [(Field::User, &mut self.users), (Field::Source, &mut self.source_types)] {
            if let Some(wanted) = query.exactly(&field).filter(|_| names.is_empty()) {
                *names = wanted.into_iter().map(str::to_owned).collect();
            }
        }
        self.query = Some(Arc::new(match self.query.take() {
            Some(before) => Expr::And(vec![Expr::clone(&before), query]),
            None => query,
        }));
    }

    fn bounded(&self) -> bool {
        self.dated_only || self.from_us.is_some() || self.until_us.is_some()
    }
}

/// What a page is read after.
enum Phase {
    Dated(EventId),
    Undated(i64, i64, Vec<u8>),
    End,
}

/// Reads events one by one.
pub struct EventReader<'s> {
    store: &'s mut Store,
    filter: EventFilter,
    wanted: Wanted,
    phase: Phase,
    ready: VecDeque<StoredEvent>,
    /// Events of the latest instant read, held back until it is sure that no more of it follow.
    held: Vec<StoredEvent>,
    paths: FxHashMap<i64, String>,
    names: Names,
}

impl Store {
    /// Reads the events the filter lets through.
    pub fn event_reader(&mut self, filter: EventFilter) -> EventReader<'_> {
        self.event_reader_of(filter, Wanted::ALL)
    }

    /// The same, with nothing in the fields that are not wanted.
    pub fn event_reader_of(&mut self, filter: EventFilter, wanted: Wanted) -> EventReader<'_> {
        let after = EventId::first_at(filter.from_us.unwrap_or(i64::MIN));
        EventReader {
            store: self,
            // What is asked about is looked at.
            wanted: if filter.text.is_some() || filter.query.is_some() { Wanted::ALL } else { wanted },
            filter,
            phase: Phase::Dated(after),
            ready: VecDeque::new(),
            held: Vec::new(),
            paths: FxHashMap::default(),
            names: Names::default(),
        }
    }

    /// How many events there are.
    ///
    /// # Errors
    /// What the database reports.
    pub fn count_events(&mut self) -> Result<i64> {
        self.read("count the events", |conn| events::table.count().get_result(conn))
    }
}

impl EventReader<'_> {
    /// The next event, or `None` at the end.
    ///
    /// # Errors
    /// What the database reports.
    pub fn next_event(&mut self) -> Result<Option<StoredEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            match &self.phase {
                Phase::End => return Ok(None),
                Phase::Dated(after) => {
                    let after = *after;
                    self.dated_page(after)?;
                }
                Phase::Undated(file, offset, id) => {
                    let after = (*file, *offset, id.clone());
                    self.undated_page(after)?;
                }
            }
        }
    }

    /// The path a logical file was first read from.
    ///
    /// # Errors
    /// What the database reports.
    pub fn path_of(&mut self, file_id: i64) -> Result<String> {
        if let Some(path) = self.paths.get(&file_id) {
            return Ok(path.clone());
        }
        let path: Option<String> = self.store.read("look up a file", |conn| {
            files::table.find(file_id).select(files::path).first(conn).optional()
        })?;
        let path = path.unwrap_or_default();
        self.paths.insert(file_id, path.clone());
        Ok(path)
    }

    fn dated_page(&mut self, after: EventId) -> Result<()> {
        let until = self.filter.until_us.map_or(EventId::first_undated(), EventId::first_at);
        let filter = self.filter.clone();
        let (range, names, wanted) = (Range::Dated(after, until), &mut self.names, self.wanted);
        let mut page = self.store.read("read events", |conn| page(conn, &filter, wanted, &range, names))?;
        let full = page.len() as i64 == PAGE;
        let mut last_id = after;
        if let Some(id) = page.last().and_then(|e| e.id.clone().try_into().ok()) {
            last_id = EventId(id);
        }
        for event in page.drain(..) {
            if self.held.first().is_some_and(|h| h.date != event.date) {
                self.release()?;
            }
            self.held.push(event);
        }
        self.phase = if full {
            Phase::Dated(last_id)
        } else if self.filter.bounded() {
            Phase::End
        } else {
            Phase::Undated(i64::MIN, i64::MIN, Vec::new())
        };
        if !full {
            self.release()?;
        }
        Ok(())
    }

    fn undated_page(&mut self, (file, offset, id): (i64, i64, Vec<u8>)) -> Result<()> {
        let filter = self.filter.clone();
        let range = Range::Undated(file, offset, id);
        let (names, wanted) = (&mut self.names, self.wanted);
        let page = self.store.read("read events", |conn| page(conn, &filter, wanted, &range, names))?;
        self.phase = match page.last() {
            Some(e) if page.len() as i64 == PAGE => Phase::Undated(e.file_id, e.file_offset, e.id.clone()),
            _ => Phase::End,
        };
        self.take(page)
    }

    fn release(&mut self) -> Result<()> {
        self.held.sort_by(|a, b| (a.file_id, a.file_offset, &a.id).cmp(&(b.file_id, b.file_offset, &b.id)));
        let held = std::mem::take(&mut self.held);
        self.take(held)
    }

    /// Keeps those the filter lets through.
    fn take(&mut self, events: Vec<StoredEvent>) -> Result<()> {
        let asks_for_path = self.filter.query.as_ref().is_some_and(|query| query.asks_for_path());
        for event in events {
            let path = if asks_for_path { self.path_of(event.file_id)? } else { String::new() };
            if self.filter.accepts(&event, &path) {
                self.ready.push_back(event);
            }
        }
        Ok(())
    }
}

enum Range {
    /// Ids after the first and before the second.
    Dated(EventId, EventId),
    /// Undated events after this file, offset and id.
    Undated(i64, i64, Vec<u8>),
}

/// One page, in order, with names and tags.
fn page(
    conn: &mut Conn,
    filter: &EventFilter,
    wanted: Wanted,
    range: &Range,
    names: &mut Names,
) -> QueryResult<Vec<StoredEvent>> {
    let text = |wanted: bool, column: &'static str| {
        diesel::dsl::sql::<Nullable<Text>>(if wanted { column } else { "NULL" })
    };
    let number = |wanted: bool, column: &'static str| {
        diesel::dsl::sql::<Nullable<BigInt>>(if wanted { column } else { "NULL" })
    };
    let mut query = events::table
        .select((
            (events::id, events::date, events::offset_min, events::precision, events::flags),
            (events::duration_us, events::kind, events::source_type, text(wanted.url, "\"url\"")),
            (
                number(wanted.url, "\"place_id\""),
                number(wanted.referrer, "\"referrer_id\""),
                number(wanted.agent, "\"agent_id\""),
            ),
            (
                text(wanted.title, "\"title\""),
                text(wanted.text, "\"text\""),
                text(wanted.host, "\"host\""),
                text(wanted.user, "\"user\""),
                text(wanted.meta, "\"meta\""),
            ),
            (events::input_id, events::file_id, events::file_offset, events::file_length),
        ))
        .into_boxed::<MultiBackend>();
    if !filter.users.is_empty() {
        query = query.filter(events::user.eq_any(&filter.users));
    }
    if !filter.source_types.is_empty() {
        query = query.filter(events::source_type.eq_any(&filter.source_types));
    }
    query = match filter.kind {
        Some(kind) if kind.ends_with('.') => query.filter(events::kind.like(format!("{kind}%"))),
        Some(kind) => query.filter(events::kind.eq(kind)),
        None => query,
    };
    if filter.with_place {
        // An address too long to be a place is one all the same.
        query = query.filter(events::place_id.is_not_null().or(events::url.not_like("/%")));
    }
    if let Some(inputs) = &filter.input_ids {
        query = query.filter(events::input_id.eq_any(inputs));
    }
    query = match range {
        Range::Dated(after, until) => query
            .filter(events::id.gt(after.0.to_vec()))
            .filter(events::id.lt(until.0.to_vec()))
            .order(events::id),
        &Range::Undated(file, offset, ref id) => query
            .filter(events::id.ge(EventId::first_undated().0.to_vec()))
            .filter(
                events::file_id.gt(file).or(events::file_id.eq(file).and(
                    events::file_offset
                        .gt(offset)
                        .or(events::file_offset.eq(offset).and(events::id.gt(id.clone()))),
                )),
            )
            .order((events::file_id, events::file_offset, events::id)),
    };
    let rows: Vec<Columns> = query.limit(PAGE).load(conn)?;
    let places = rows.iter().flat_map(|(_, _, (place, referrer, _), ..)| [*place, *referrer]).flatten();
    names.fetch(conn, places, rows.iter().filter_map(|(_, _, (.., agent), ..)| *agent))?;
    let mut page: Vec<StoredEvent> = rows.into_iter().map(|row| StoredEvent::new(row, names)).collect();
    if wanted.tags {
        add_tags(conn, &mut page)?;
    }
    Ok(page)
}

type Columns = (
    (Vec<u8>, Option<i64>, Option<i16>, i16, i32),
    (Option<i64>, String, String, Option<String>),
    (Option<i64>, Option<i64>, Option<i64>),
    (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>),
    (i64, i64, i64, i64),
);

impl StoredEvent {
    fn new((when, what, refers, content, provenance): Columns, names: &Names) -> Self {
        let (id, date, offset_min, precision, flags) = when;
        let (duration_us, kind, source_type, url) = what;
        let (place, referrer, agent) = refers;
        let (title, text, host, user, meta) = content;
        let (input_id, file_id, file_offset, file_length) = provenance;
        Self {
            id,
            date,
            offset_min,
            precision,
            flags,
            duration_us,
            kind,
            source_type,
            url: names.place(place).or(url),
            referrer: names.place(referrer),
            agent: names.agent(agent),
            title,
            text,
            host,
            user,
            meta,
            input_id,
            file_id,
            file_offset,
            file_length,
            tags: Vec::new(),
        }
    }
}

/// Looks up the tags of a page's events, which lie in a narrow range of ids.
fn add_tags(conn: &mut Conn, page: &mut [StoredEvent]) -> QueryResult<()> {
    let ids = || page.iter().map(|e| &e.id);
    let (Some(first), Some(last)) = (ids().min().cloned(), ids().max().cloned()) else { return Ok(()) };
    let links: Vec<(Vec<u8>, String)> = event_tags::table
        .inner_join(tags::table.on(tags::id.eq(event_tags::tag_id)))
        .filter(event_tags::event_id.between(first, last))
        .order(tags::tag)
        .select((event_tags::event_id, tags::tag))
        .load(conn)?;
    if links.is_empty() {
        return Ok(());
    }
    let mut by_event: FxHashMap<Vec<u8>, Vec<String>> = FxHashMap::default();
    for (id, tag) in links {
        by_event.entry(id).or_default().push(tag);
    }
    for event in page {
        event.tags = by_event.remove(&event.id).unwrap_or_default();
    }
    Ok(())
}
