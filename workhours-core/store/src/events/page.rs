//! One page of events, with SQL: which events, which columns, and what they refer to.

use super::super::names::Names;
use super::super::schema::{event_tags, events, tags};
use super::super::{Conn, MultiBackend};
use super::EventFilter;
use super::row::{Fetched, Refers};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use rustc_hash::FxHashMap;
use workhours_event::{EventId, FileId, StoredEvent};

/// Events of a page.
pub(super) const PAGE: i64 = 4096;

/// What is read of events. Columns a report doesn't use aren't fetched, which saves most of the work; times, kinds and
/// sources are read in any case, but who reads from elsewhere needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the fields' names
pub struct Wanted {
    pub kind: bool,
    pub source: bool,
    pub url: bool,
    pub referrer: bool,
    pub agent: bool,
    pub title: bool,
    pub text: bool,
    pub host: bool,
    pub peer: bool,
    pub user: bool,
    pub meta: bool,
    pub tags: bool,
    pub project: bool,
}

impl Wanted {
    /// Everything.
    pub const ALL: Self = Self::all(true);
    /// Nothing more.
    pub const NONE: Self = Self::all(false);

    const fn all(wanted: bool) -> Self {
        Self {
            kind: wanted,
            source: wanted,
            url: wanted,
            referrer: wanted,
            agent: wanted,
            title: wanted,
            text: wanted,
            host: wanted,
            peer: wanted,
            user: wanted,
            meta: wanted,
            tags: wanted,
            project: wanted,
        }
    }

    /// The project. What rules for projects may use is read too.
    pub const PROJECT: Self = Self { project: true, ..Self::NONE };

    /// The texts of both.
    pub fn and(self, other: Self) -> Self {
        Self {
            kind: self.kind | other.kind,
            source: self.source | other.source,
            url: self.url | other.url,
            referrer: self.referrer | other.referrer,
            agent: self.agent | other.agent,
            title: self.title | other.title,
            text: self.text | other.text,
            host: self.host | other.host,
            peer: self.peer | other.peer,
            user: self.user | other.user,
            meta: self.meta | other.meta,
            tags: self.tags | other.tags,
            project: self.project | other.project,
        }
    }
}

/// Which events, in order.
pub(super) enum Range {
    /// Ids after the first and before the second.
    Dated(EventId, EventId),
    /// Undated events after this file, offset and id.
    Undated(FileId, i64, EventId),
    /// Ids from the first on and before the second, dated or not.
    From(EventId, EventId),
    /// The same, the greatest first.
    Backwards(EventId, EventId),
    /// Just these.
    These(Vec<EventId>),
}

/// A page of the table of events.
pub(super) struct Page {
    /// In order. Without the values they refer to, until [`Page::look_up`] is called.
    pub(super) events: Vec<StoredEvent>,
    refers: Vec<Refers>,
    /// How many there can be.
    most: i64,
}

/// One page, of at most this many events.
pub(super) fn page(
    conn: &mut Conn,
    filter: &EventFilter,
    wanted: Wanted,
    (range, most): (&Range, i64),
) -> QueryResult<Page> {
    let text = |wanted: bool, column: &'static str| {
        diesel::dsl::sql::<Nullable<Text>>(if wanted { column } else { "NULL" })
    };
    let number = |wanted: bool, column: &'static str| {
        diesel::dsl::sql::<Nullable<BigInt>>(if wanted { column } else { "NULL" })
    };
    let mut query = events::table
        .select((
            // In the order of the table, which is what SQLite finds them in.
            events::id,
            events::date,
            events::offset_min,
            events::precision,
            events::flags,
            events::duration_us,
            events::kind,
            events::source_type,
            events::input_id,
            number(wanted.url, "\"place_id\""),
            number(wanted.referrer, "\"referrer_id\""),
            number(wanted.agent, "\"agent_id\""),
            text(wanted.url, "\"url\""),
            text(wanted.title, "\"title\""),
            text(wanted.text, "\"text\""),
            text(wanted.host, "\"host\""),
            text(wanted.user, "\"user\""),
            text(wanted.meta, "\"meta\""),
            text(wanted.peer, "\"peer\""),
            events::file_id,
            events::file_offset,
            events::file_length,
            events::batch_id,
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
    if let Some(inputs) = filter.input_numbers() {
        query = query.filter(events::input_id.eq_any(inputs));
    }
    query = match range {
        Range::Dated(after, until) => query
            .filter(events::id.gt(after.0.to_vec()))
            .filter(events::id.lt(until.0.to_vec()))
            .order(events::id),
        &Range::Undated(file, offset, id) => query
            .filter(events::id.ge(EventId::first_undated().0.to_vec()))
            .filter(
                events::file_id.gt(file.get()).or(events::file_id.eq(file.get()).and(
                    events::file_offset
                        .gt(offset)
                        .or(events::file_offset.eq(offset).and(events::id.gt(id.0.to_vec()))),
                )),
            )
            .order((events::file_id, events::file_offset, events::id)),
        Range::From(from, until) => query
            .filter(events::id.ge(from.0.to_vec()))
            .filter(events::id.lt(until.0.to_vec()))
            .order(events::id),
        Range::Backwards(from, until) => query
            .filter(events::id.ge(from.0.to_vec()))
            .filter(events::id.lt(until.0.to_vec()))
            .order(events::id.desc()),
        Range::These(ids) => {
            let ids: Vec<Vec<u8>> = ids.iter().map(|id| id.0.to_vec()).collect();
            query.filter(events::id.eq_any(ids)).order(events::id)
        }
    };
    let room = most as usize;
    let mut page = Page { events: Vec::with_capacity(room), refers: Vec::with_capacity(room), most };
    for fetched in query.limit(most).load_iter::<Fetched, DefaultLoadingMode>(conn)? {
        let fetched = fetched?;
        page.events.push(fetched.event);
        page.refers.push(fetched.refers);
    }
    Ok(page)
}

impl Page {
    /// Whether others may follow.
    pub(super) fn is_full(&self) -> bool {
        self.events.len() as i64 == self.most
    }

    /// Looks up names and tags.
    pub(super) fn look_up(&mut self, conn: &mut Conn, wanted: Wanted, names: &mut Names) -> QueryResult<()> {
        let places = self.refers.iter().flat_map(|to| [to.place, to.referrer]).flatten();
        names.fetch(conn, places, self.refers.iter().filter_map(|to| to.agent))?;
        for (event, to) in self.events.iter_mut().zip(&self.refers) {
            if let Some(place) = names.place(to.place) {
                event.url = Some(place);
            }
            event.referrer = names.place(to.referrer);
            event.agent = names.agent(to.agent);
        }
        match wanted.tags {
            true => add_tags(conn, &mut self.events),
            false => Ok(()),
        }
    }
}

/// Looks up the tags of a page's events, which lie in a narrow range of ids.
fn add_tags(conn: &mut Conn, page: &mut [StoredEvent]) -> QueryResult<()> {
    let ids = || page.iter().map(|e| e.id);
    let (Some(first), Some(last)) = (ids().min(), ids().max()) else { return Ok(()) };
    let links: Vec<(EventId, String)> = event_tags::table
        .inner_join(tags::table.on(tags::id.eq(event_tags::tag_id)))
        .filter(event_tags::event_id.between(first.0.to_vec(), last.0.to_vec()))
        .order(tags::tag)
        .select((event_tags::event_id, tags::tag))
        .load(conn)?;
    if links.is_empty() {
        return Ok(());
    }
    let mut by_event: FxHashMap<EventId, Vec<String>> = FxHashMap::default();
    for (id, tag) in links {
        by_event.entry(id).or_default().push(tag);
    }
    for event in page {
        event.tags = by_event.remove(&event.id).unwrap_or_default();
    }
    Ok(())
}
