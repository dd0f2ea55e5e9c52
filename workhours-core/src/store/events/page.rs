//! One page of events, by SQL: which columns are fetched, and how rows become events.

use super::super::names::Names;
use super::super::schema::{event_tags, events, tags};
use super::super::{Conn, MultiBackend};
use super::{EventFilter, StoredEvent};
use crate::Text;
use crate::event::EventId;
use diesel::connection::DefaultLoadingMode;
use diesel::deserialize::{self, FromSqlRow};
use diesel::prelude::*;
use diesel::row::Row;
use diesel::sql_types::{self, BigInt, Binary, Integer, Nullable, SmallInt};
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
    Undated(i64, i64, EventId),
}

/// One page, in order, with names and tags.
pub(super) fn page(
    conn: &mut Conn,
    filter: &EventFilter,
    wanted: Wanted,
    range: &Range,
    names: &mut Names,
) -> QueryResult<Vec<StoredEvent>> {
    let text = |wanted: bool, column: &'static str| {
        diesel::dsl::sql::<Nullable<sql_types::Text>>(if wanted { column } else { "NULL" })
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
            events::file_id,
            events::file_offset,
            events::file_length,
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
        &Range::Undated(file, offset, id) => query
            .filter(events::id.ge(EventId::first_undated().0.to_vec()))
            .filter(
                events::file_id.gt(file).or(events::file_id.eq(file).and(
                    events::file_offset
                        .gt(offset)
                        .or(events::file_offset.eq(offset).and(events::id.gt(id.0.to_vec()))),
                )),
            )
            .order((events::file_id, events::file_offset, events::id)),
    };
    let (mut page, mut refers) = (Vec::with_capacity(PAGE as usize), Vec::with_capacity(PAGE as usize));
    for fetched in query.limit(PAGE).load_iter::<Fetched, DefaultLoadingMode>(conn)? {
        let fetched = fetched?;
        page.push(fetched.event);
        refers.push(fetched.refers);
    }
    let places = refers.iter().flat_map(|to| [to.place, to.referrer]).flatten();
    names.fetch(conn, places, refers.iter().filter_map(|to| to.agent))?;
    for (event, to) in page.iter_mut().zip(refers) {
        if let Some(place) = names.place(to.place) {
            event.url = Some(place);
        }
        event.referrer = names.place(to.referrer);
        event.agent = names.agent(to.agent);
    }
    if wanted.tags {
        add_tags(conn, &mut page)?;
    }
    Ok(page)
}

/// A row: an event, and what it refers to by number.
struct Fetched {
    event: StoredEvent,
    refers: Refers,
}

#[derive(Clone, Copy)]
struct Refers {
    place: Option<i64>,
    referrer: Option<i64>,
    agent: Option<i64>,
}

/// What the columns of a row are in SQL.
#[rustfmt::skip]
type Columns = (
    Binary, Nullable<BigInt>, Nullable<SmallInt>, SmallInt, Integer, Nullable<BigInt>,
    sql_types::Text, sql_types::Text, BigInt,
    Nullable<BigInt>, Nullable<BigInt>, Nullable<BigInt>,
    Nullable<sql_types::Text>, Nullable<sql_types::Text>, Nullable<sql_types::Text>,
    Nullable<sql_types::Text>, Nullable<sql_types::Text>, Nullable<sql_types::Text>,
    BigInt, BigInt, BigInt,
);

/// Not by way of a tuple of columns: that takes several times as long, for each of a page's 80,000 fields.
impl FromSqlRow<Columns, MultiBackend> for Fetched {
    fn build_from_row<'a>(row: &impl Row<'a, MultiBackend>) -> deserialize::Result<Self> {
        let text = |at: usize| row.get_value::<Nullable<sql_types::Text>, Option<Text>, _>(at);
        // What is long needs a block anyway, and Diesel's own way to make one is the shorter.
        let long = |at: usize| {
            let text = row.get_value::<Nullable<sql_types::Text>, Option<String>, _>(at);
            text.map(|text| text.map(Text::from))
        };
        let number = |at: usize| row.get_value::<Nullable<BigInt>, Option<i64>, _>(at);
        Ok(Self {
            event: StoredEvent {
                id: row.get_value::<Binary, _, _>(0)?,
                date: number(1)?,
                offset_min: row.get_value::<Nullable<SmallInt>, _, _>(2)?,
                precision: row.get_value::<SmallInt, _, _>(3)?,
                flags: row.get_value::<Integer, _, _>(4)?,
                duration_us: number(5)?,
                kind: row.get_value::<sql_types::Text, _, _>(6)?,
                source_type: row.get_value::<sql_types::Text, _, _>(7)?,
                input_id: row.get_value::<BigInt, _, _>(8)?,
                url: long(12)?,
                referrer: None,
                agent: None,
                title: long(13)?,
                text: long(14)?,
                host: text(15)?,
                user: text(16)?,
                meta: long(17)?,
                file_id: row.get_value::<BigInt, _, _>(18)?,
                file_offset: row.get_value::<BigInt, _, _>(19)?,
                file_length: row.get_value::<BigInt, _, _>(20)?,
                tags: Vec::new(),
            },
            refers: Refers { place: number(9)?, referrer: number(10)?, agent: number(11)? },
        })
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
