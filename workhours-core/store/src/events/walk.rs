//! Walking over events by their key, in either direction and from anywhere, a page at a time. For callers that come
//! back later for the next page, and for feeding an index.
//!
//! Unlike an [`EventReader`](super::EventReader) it borrows no store, takes undated events as the last of all, and
//! leaves events of one instant in the order of their keys.

use super::super::Store;
use super::super::names::Names;
use super::EventFilter;
use super::Events;
use super::page::{PAGE, Range, Wanted, page};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use workhours_base::error::Result;
use workhours_event::{EventId, FileId, InputId, StoredEvent};

/// After every key there is.
const END: EventId = EventId([0xff; 16]);

/// The position of a walk.
pub struct EventWalk {
    filter: EventFilter,
    newest_first: bool,
    /// Keys still to be walked over: from the first to before the second, or to after it when it is `END`.
    left: Option<(EventId, EventId)>,
    names: Names,
    paths: FxHashMap<FileId, Arc<str>>,
    labels: Option<FxHashMap<InputId, String>>,
}

impl EventWalk {
    /// The events with these keys and those between them.
    pub fn through(first: EventId, last: EventId) -> Self {
        // There is no key above the greatest one.
        let after = u128::from_be_bytes(last.0).checked_add(1);
        Self::between(first, after.map(|after| EventId(after.to_be_bytes())))
    }

    /// Over all events from one key to before another, `None` meaning the end, oldest first.
    pub fn between(from: EventId, until: Option<EventId>) -> Self {
        Self::new(EventFilter::default(), false, (from, until.unwrap_or(END)))
    }

    /// Over the events a filter lets through, those that are dated or those that are not.
    pub fn filtered(filter: EventFilter, dated: bool, newest_first: bool) -> Self {
        let undated = EventId::first_undated();
        let range = match dated {
            true => (
                EventId::first_at(filter.from_us.unwrap_or(i64::MIN)),
                filter.until_us.map_or(undated, EventId::first_at).min(undated),
            ),
            false => (undated, END),
        };
        Self::new(filter, newest_first, range)
    }

    fn new(filter: EventFilter, newest_first: bool, range: (EventId, EventId)) -> Self {
        Self {
            filter,
            newest_first,
            left: Some(range),
            names: Names::default(),
            paths: FxHashMap::default(),
            labels: None,
        }
    }

    /// Only those that a filter lets through.
    pub fn matching(self, filter: EventFilter) -> Self {
        Self { filter, ..self }
    }

    /// Continues after this event, whether or not it still exists.
    pub fn after(mut self, id: EventId) -> Self {
        self.advance(id);
        self
    }

    fn advance(&mut self, last: EventId) {
        let Some((from, until)) = self.left else { return };
        let left =
            if self.newest_first { (from, last.min(until)) } else { (following(last).max(from), until) };
        self.left = Some(left).filter(|(from, until)| from < until);
    }

    /// The next events; at most this many are read. Empty at the end, or if the filter let none of them through: see
    /// [`is_done`](Self::is_done).
    ///
    /// # Errors
    /// Database errors.
    pub fn next_page(&mut self, store: &mut Store, most: i64) -> Result<Vec<StoredEvent>> {
        let Some((from, until)) = self.left else { return Ok(Vec::new()) };
        let range = match self.newest_first {
            true => Range::Backwards(from, until),
            false => Range::From(from, until),
        };
        let (filter, names, most) = (&self.filter, &mut self.names, most.clamp(1, PAGE));
        let page = store.read("read events", |conn| {
            let mut page = page(conn, filter, Wanted::ALL, (&range, most))?;
            page.look_up(conn, Wanted::ALL, names)?;
            Ok(page)
        })?;
        match page.events.last() {
            Some(last) if page.is_full() => self.advance(last.id),
            _ => self.left = None,
        }
        let events = page.events;
        let mut kept = Vec::with_capacity(events.len());
        let asks_for_origin = self.filter.query.as_ref().is_some_and(|query| query.asks_for_origin());
        // Rules that ask for the file are rare.
        let rules_ask = self.filter.lookup.projects.asks_for_origin();
        if (asks_for_origin || rules_ask) && self.labels.is_none() {
            self.labels = Some(store.inputs().labels()?);
        }
        for mut event in events {
            let path = match asks_for_origin || rules_ask {
                true => self.path_of(store, event.file_id)?,
                false => Arc::default(),
            };
            let label = self.labels.as_ref().and_then(|labels| labels.get(&event.input_id));
            let context = self.filter.lookup.context_of(&path, label.map_or("", String::as_str));
            let accepted = self.filter.accepts(&event, &context);
            if accepted {
                event.project = context.project(&event);
                kept.push(event);
            }
        }
        Ok(kept)
    }

    /// Whether all were walked over.
    pub fn is_done(&self) -> bool {
        self.left.is_none()
    }

    /// The path a logical file was first read from.
    ///
    /// # Errors
    /// Database errors.
    pub fn path_of(&mut self, store: &mut Store, file_id: FileId) -> Result<Arc<str>> {
        if let Some(path) = self.paths.get(&file_id) {
            return Ok(path.clone());
        }
        let path: Arc<str> = store.files().path_of(file_id)?.into();
        self.paths.insert(file_id, path.clone());
        Ok(path)
    }
}

/// The least key above one.
fn following(id: EventId) -> EventId {
    EventId(u128::from_be_bytes(id.0).saturating_add(1).to_be_bytes())
}

impl Events<'_> {
    /// These events, in order of their keys, without missing ones.
    ///
    /// # Errors
    /// Database errors.
    pub fn by_ids(&mut self, ids: &[EventId]) -> Result<Vec<StoredEvent>> {
        const AT_ONCE: usize = 500;
        let mut names = Names::default();
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let (range, filter) = (Range::These(ids.to_vec()), EventFilter::default());
            let page = self.store.read("read events", |conn| {
                let mut page = page(conn, &filter, Wanted::ALL, (&range, AT_ONCE as i64))?;
                page.look_up(conn, Wanted::ALL, &mut names)?;
                Ok(page)
            })?;
            found.extend(page.events);
        }
        found.sort_by_key(|event| event.id);
        Ok(found)
    }
}
