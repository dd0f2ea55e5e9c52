//! Reading events back: filtered, in order of time, a page at a time.
//!
//! Paging uses the clustered key, so page ten thousand costs as much as page one, memory is bounded, and no long read
//! transaction keeps the write-ahead log from shrinking. Events of one instant keep the order of their file; undated
//! ones come last, in that order too.

mod ahead;
mod page;
mod row;
mod walk;

pub use page::Wanted;
pub use walk::EventWalk;
use workhours_event::StoredEvent;

use super::Store;
use super::names::Names;
use super::schema::events;
use ahead::Ahead;
use diesel::prelude::*;
use page::{PAGE, Page, Range, page};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_event::{EventId, FileId, InputId};
use workhours_query::{Context, Expr, Field, Lookup};

/// Pages read before others are fetched ahead.
const FEW: u32 = 4;

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
    /// Only events with this text, ignoring case, in title, text, URL, host, peer or user.
    pub text: Option<String>,
    /// Leave out undated events.
    pub dated_only: bool,
    /// Only events of these inputs; `None` means all.
    pub input_ids: Option<Vec<InputId>>,
    /// Only events of this kind; one that ends in a dot is a prefix.
    pub kind: Option<&'static str>,
    /// Only events with a whole address: not those without one, or with only a path.
    pub with_place: bool,
    /// Only events that match this query.
    pub query: Option<Arc<Expr>>,
    /// How projects and persons are determined.
    pub lookup: Lookup,
}

impl EventFilter {
    /// Whether an event returned by the database matches.
    fn accepts(&self, e: &StoredEvent, context: &Context<'_>) -> bool {
        if self.query.as_ref().is_some_and(|query| !query.matches(e, context)) {
            return false;
        }
        let Some(wanted) = &self.text else { return true };
        let wanted = wanted.to_lowercase();
        [&e.title, &e.text, &e.url, &e.host, &e.peer, &e.user]
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

    /// The numbers of its inputs, for SQL.
    pub(crate) fn input_numbers(&self) -> Option<Vec<i64>> {
        Some(self.input_ids.as_ref()?.iter().map(|input| input.get()).collect())
    }

    fn bounded(&self) -> bool {
        self.dated_only || self.from_us.is_some() || self.until_us.is_some()
    }
}

/// The position after which a page is read.
enum Phase {
    Dated(EventId),
    Undated(FileId, i64, EventId),
    End,
}

/// Reads events one by one.
pub struct EventReader<'s> {
    store: &'s mut Store,
    filter: EventFilter,
    wanted: Wanted,
    phase: Phase,
    ready: std::vec::IntoIter<StoredEvent>,
    /// Events of the latest instant read, held back until no more of it can follow.
    held: Vec<StoredEvent>,
    paths: FxHashMap<FileId, Text>,
    labels: FxHashMap<InputId, String>,
    names: Names,
    pages: u32,
    ahead: Option<Ahead>,
}

/// The events: read, counted, listed. Opened by [`Store::events`].
pub struct Events<'s> {
    pub(crate) store: &'s mut Store,
}

impl<'s> Events<'s> {
    /// Reads the events the filter lets through.
    pub fn reader(self, filter: EventFilter) -> EventReader<'s> {
        self.reader_of(filter, Wanted::ALL)
    }

    /// The same, with nothing in the fields that are not wanted.
    pub fn reader_of(self, filter: EventFilter, wanted: Wanted) -> EventReader<'s> {
        let after = EventId::first_at(filter.from_us.unwrap_or(i64::MIN));
        // Read what the query or the rules for projects need.
        let needs_all = filter.text.is_some() || filter.query.is_some() || wanted.project;
        EventReader {
            store: self.store,
            wanted: if needs_all { Wanted::ALL } else { wanted },
            filter,
            phase: Phase::Dated(after),
            ready: Vec::new().into_iter(),
            held: Vec::new(),
            paths: FxHashMap::default(),
            labels: FxHashMap::default(),
            names: Names::default(),
            pages: 0,
            ahead: None,
        }
    }

    /// How many events there are.
    ///
    /// # Errors
    /// Database errors.
    pub fn count(&mut self) -> Result<i64> {
        self.store.read("count the events", |conn| events::table.count().get_result(conn))
    }
}

impl EventReader<'_> {
    /// The next event, or `None` at the end.
    ///
    /// # Errors
    /// Database errors.
    pub fn next_event(&mut self) -> Result<Option<StoredEvent>> {
        loop {
            if let Some(event) = self.ready.next() {
                return Ok(Some(event));
            }
            match &self.phase {
                Phase::End => return Ok(None),
                Phase::Dated(after) => {
                    let after = *after;
                    self.dated_page(after)?;
                }
                Phase::Undated(file, offset, id) => {
                    let after = (*file, *offset, *id);
                    self.undated_page(after)?;
                }
            }
        }
    }

    /// The path a logical file was first read from.
    ///
    /// # Errors
    /// Database errors.
    pub fn path_of(&mut self, file_id: FileId) -> Result<Text> {
        if let Some(path) = self.paths.get(&file_id) {
            return Ok(path.clone());
        }
        let path = Text::from(self.store.files().path_of(file_id)?);
        self.paths.insert(file_id, path.clone());
        Ok(path)
    }

    fn dated_page(&mut self, after: EventId) -> Result<()> {
        let until = self.filter.until_us.map_or(EventId::first_undated(), EventId::first_at);
        self.pages += 1;
        if self.pages == FEW {
            self.ahead = Ahead::start(self.store, &self.filter, self.wanted, (after, until));
        }
        let page = match self.ahead.as_ref().and_then(Ahead::page) {
            Some(page) => page?,
            None => {
                self.ahead = None;
                self.fetch(&Range::Dated(after, until))?
            }
        };
        let full = page.is_full();
        self.phase = if full {
            Phase::Dated(page.events.last().map_or(after, |event| event.id))
        } else if self.filter.bounded() {
            Phase::End
        } else {
            Phase::Undated(FileId::new(i64::MIN), i64::MIN, EventId([0; 16]))
        };
        let events = self.look_up(page)?;
        self.release(events, full)
    }

    fn undated_page(&mut self, (file, offset, id): (FileId, i64, EventId)) -> Result<()> {
        let page = self.fetch(&Range::Undated(file, offset, id))?;
        self.phase = match page.events.last() {
            Some(e) if page.is_full() => Phase::Undated(e.file_id, e.file_offset, e.id),
            _ => Phase::End,
        };
        let events = self.look_up(page)?;
        self.take(events)
    }

    fn fetch(&mut self, range: &Range) -> Result<Page> {
        let (filter, wanted) = (&self.filter, self.wanted);
        self.store.read("read events", |conn| page(conn, filter, wanted, (range, PAGE)))
    }

    /// The events of a page, with what they refer to.
    fn look_up(&mut self, mut page: Page) -> Result<Vec<StoredEvent>> {
        let (names, wanted) = (&mut self.names, self.wanted);
        self.store.read("read events", |conn| page.look_up(conn, wanted, names))?;
        Ok(page.events)
    }

    /// Returns the held-back events and those read after them, except those held back now if more may follow.
    fn release(&mut self, read: Vec<StoredEvent>, more: bool) -> Result<()> {
        let mut events = std::mem::take(&mut self.held);
        events.extend(read);
        if more {
            let last = events.last().map(|event| event.date);
            self.held = events.split_off(events.partition_point(|event| Some(event.date) < last));
        }
        for instant in events.chunk_by_mut(|a, b| a.date == b.date) {
            instant.sort_by_key(|event| (event.file_id, event.file_offset, event.id));
        }
        self.take(events)
    }

    /// The label of an input. Known after its first events were read.
    pub fn label_of(&self, input_id: InputId) -> &str {
        self.labels.get(&input_id).map_or("", String::as_str)
    }

    /// Keeps those that match the filter, and finds their projects.
    fn take(&mut self, mut events: Vec<StoredEvent>) -> Result<()> {
        if self.labels.is_empty() && !events.is_empty() {
            self.labels = self.store.inputs().labels()?;
        }
        let filters = self.filter.text.is_some() || self.filter.query.is_some();
        let wants_project = self.wanted.project;
        let lookup = self.filter.lookup.clone();
        if wants_project && !filters && !lookup.projects.asks_for_origin() {
            // Most often, and without moving any event.
            let context = lookup.context();
            for event in &mut events {
                event.project = context.project(event);
            }
        } else if filters || wants_project {
            let asks = self.filter.query.as_ref().is_some_and(|query| query.asks_for_origin());
            let asks_for_path = asks || wants_project && lookup.projects.asks_for_origin();
            let mut accepted = Vec::new();
            for mut event in events {
                let path = if asks_for_path { self.path_of(event.file_id)? } else { Text::default() };
                let context = lookup.context_of(&path, self.label_of(event.input_id));
                if wants_project {
                    event.project = context.project(&event);
                }
                if !filters || self.filter.accepts(&event, &context) {
                    accepted.push(event);
                }
            }
            events = accepted;
        }
        self.ready = events.into_iter();
        Ok(())
    }
}
