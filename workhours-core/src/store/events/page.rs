//! One page of events, by SQL: which columns are fetched, and how rows become events.

use super::super::names::Names;
use super::super::schema::{event_tags, events, tags};
use super::super::{Conn, MultiBackend};
use super::{EventFilter, StoredEvent};
use crate::event::EventId;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use rustc_hash::FxHashMap;

/// Events of a page.
pub(super) const PAGE: i64 = 4096;

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

/// Which events, in order.
pub(super) enum Range {
    /// Ids after the first and before the second.
    Dated(EventId, EventId),
    /// Undated events after this file, offset and id.
    Undated(i64, i64, Vec<u8>),
    /// Ids from the first on and before the second, dated or not.
    From(EventId, EventId),
    /// The same, the greatest first.
    Backwards(EventId, EventId),
    /// Just these.
    These(Vec<Vec<u8>>),
}

/// One page, in order, with names and tags.
pub(super) fn page(
    conn: &mut Conn,
    filter: &EventFilter,
    wanted: Wanted,
    (range, limit): (&Range, i64),
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
            (events::input_id, events::batch_id, events::file_id, events::file_offset, events::file_length),
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
        Range::From(from, until) => query
            .filter(events::id.ge(from.0.to_vec()))
            .filter(events::id.lt(until.0.to_vec()))
            .order(events::id),
        Range::Backwards(from, until) => query
            .filter(events::id.ge(from.0.to_vec()))
            .filter(events::id.lt(until.0.to_vec()))
            .order(events::id.desc()),
        Range::These(ids) => query.filter(events::id.eq_any(ids)).order(events::id),
    };
    let rows: Vec<Columns> = query.limit(limit).load(conn)?;
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
    (i64, i64, i64, i64, i64),
);

impl StoredEvent {
    fn new((when, what, refers, content, provenance): Columns, names: &Names) -> Self {
        let (id, date, offset_min, precision, flags) = when;
        let (duration_us, kind, source_type, url) = what;
        let (place, referrer, agent) = refers;
        let (title, text, host, user, meta) = content;
        let (input_id, batch_id, file_id, file_offset, file_length) = provenance;
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
            batch_id,
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
