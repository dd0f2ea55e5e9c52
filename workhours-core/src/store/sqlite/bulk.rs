//! The bulk statements: `INSERT OR IGNORE` of many rows at once, as query fragments with a static id.
//!
//! Diesel's own batch inserts rebuild and re-prepare their SQL for each statement; a fragment whose type is
//! its cache key is prepared once and costs only its binds. The number of rows is part of the type, because
//! the cache goes by it: a shorter last statement must never meet the longer one's SQL. So rows go in by 64,
//! and what is left over one by one.
//!
//! `OR IGNORE` and not `ON CONFLICT DO NOTHING`, which opens a statement journal. It also swallows NOT NULL
//! failures: [`NewEvent`] leaves no such column to chance.

use super::super::load::{EventTag, Owner};
use crate::event::{NewEvent, Place};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text};
use diesel::sqlite::Sqlite;

const ROWS: usize = 64;

/// A table that is filled in bulk.
trait Bulk: 'static {
    type Row<'r>;

    /// `INSERT OR IGNORE INTO … VALUES `.
    const INSERT: &'static str;

    /// The values all rows share, as the first row binds them and as the rows behind it refer to them. Each
    /// value bound costs more than SQLite takes to copy it.
    const SHARED: &'static str = "";

    /// Binds the values all rows share, which are the first of the column list.
    fn bind_shared<'b>(_: &'b Owner, _: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        Ok(())
    }

    /// Binds one row's own values in the order of the column list.
    fn bind<'b>(row: &'b Self::Row<'_>, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()>;
}

struct Insert<'a, 'r, B: Bulk, const N: usize> {
    rows: &'a [B::Row<'r>],
    owner: &'a Owner,
}

impl<B: Bulk, const N: usize> QueryId for Insert<'_, '_, B, N> {
    type QueryId = Insert<'static, 'static, B, N>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<B: Bulk, const N: usize> QueryFragment<Sqlite> for Insert<'_, '_, B, N> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        debug_assert_eq!(self.rows.len(), N);
        out.push_sql(B::INSERT);
        for (i, row) in self.rows.iter().enumerate() {
            if i == 0 {
                out.push_sql("(");
                B::bind_shared(self.owner, &mut out)?;
            } else {
                out.push_sql(",(");
                out.push_sql(B::SHARED);
            }
            B::bind(row, &mut out)?;
            out.push_sql(")");
        }
        Ok(())
    }
}

impl<B: Bulk, const N: usize> RunQueryDsl<SqliteConnection> for Insert<'_, '_, B, N> {}

/// Inserts all rows and gives how many were new.
fn insert<'r, B: Bulk>(conn: &mut SqliteConnection, rows: &[B::Row<'r>], owner: &Owner) -> QueryResult<u64> {
    let mut new = 0;
    let (full, rest) = rows.as_chunks::<ROWS>();
    for rows in full {
        new += Insert::<B, ROWS> { rows, owner }.execute(conn)? as u64;
    }
    for row in rest {
        new += Insert::<B, 1> { rows: std::slice::from_ref(row), owner }.execute(conn)? as u64;
    }
    Ok(new)
}

/// Binds each value with its SQL type, with commas between.
macro_rules! bind {
    ($out:ident, $first:ty = $value:expr $(, $more:ty = $values:expr)* $(,)?) => {{
        $out.push_bind_param::<$first, _>($value)?;
        $( $out.push_sql(","); $out.push_bind_param::<$more, _>($values)?; )*
        Ok(())
    }};
}

struct Events;

impl Bulk for Events {
    type Row<'r> = NewEvent<'r>;

    const INSERT: &'static str = "INSERT OR IGNORE INTO events (source_type, input_id, task_id, batch_id, file_id, \
        id, date, offset_min, precision, flags, duration_us, kind, place_id, referrer_id, agent_id, url, title, \
        text, host, user, meta, file_offset, file_length) VALUES ";

    // `?` takes the number after the highest so far, so these do not disturb the ones that follow.
    const SHARED: &'static str = "?1,?2,?3,?4,?5,";

    fn bind_shared<'b>(owner: &'b Owner, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let bound: QueryResult<()> = bind!(
            out,
            Text = &owner.source_type,
            BigInt = &owner.input_id,
            BigInt = &owner.task_id,
            BigInt = &owner.batch_id,
            BigInt = &owner.file_id
        );
        out.push_sql(",");
        bound
    }

    fn bind<'b>(e: &'b NewEvent<'_>, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        bind!(out,
            Binary = &e.id.0, Nullable<BigInt> = &e.date, Nullable<SmallInt> = &e.offset_min,
            SmallInt = &e.precision, Integer = &e.flags, Nullable<BigInt> = &e.duration_us, Text = &e.kind,
            Nullable<BigInt> = &e.place_id, Nullable<BigInt> = &e.referrer_id,
            Nullable<BigInt> = &e.agent_id, Nullable<Text> = &e.url, Nullable<Text> = &e.title,
            Nullable<Text> = &e.text, Nullable<Text> = &e.host, Nullable<Text> = &e.user,
            Nullable<Text> = &e.meta, BigInt = &e.offset, BigInt = &e.length)
    }
}

struct Places;

impl Bulk for Places {
    type Row<'r> = Place;

    const INSERT: &'static str =
        "INSERT OR IGNORE INTO places (id, url, scheme, host, port, path, query, fragment) VALUES ";

    fn bind<'b>(p: &'b Place, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        bind!(out,
            BigInt = &p.id, Text = &p.url, Text = &p.scheme, Nullable<Text> = &p.host,
            Nullable<Integer> = &p.port, Text = &p.path, Nullable<Text> = &p.query,
            Nullable<Text> = &p.fragment)
    }
}

struct Agents;

impl Bulk for Agents {
    type Row<'r> = (i64, &'r str);

    const INSERT: &'static str = "INSERT OR IGNORE INTO agents (id, agent) VALUES ";

    fn bind<'b>(a: &'b (i64, &str), out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        bind!(out, BigInt = &a.0, Text = &a.1)
    }
}

struct Tags;

impl Bulk for Tags {
    type Row<'r> = (i64, &'r str);

    const INSERT: &'static str = "INSERT OR IGNORE INTO tags (id, tag) VALUES ";

    fn bind<'b>(t: &'b (i64, &str), out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        bind!(out, BigInt = &t.0, Text = &t.1)
    }
}

struct EventTags;

impl Bulk for EventTags {
    type Row<'r> = EventTag<'r>;

    const INSERT: &'static str = "INSERT OR IGNORE INTO event_tags (event_id, tag_id, by_rule) VALUES ";

    fn bind<'b>(t: &'b EventTag<'_>, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        bind!(out, Binary = &t.event, BigInt = &t.tag, Bool = &t.by_rule)
    }
}

/// Inserts events that are not there yet; gives how many were new. Which ones, no clause says.
pub(in crate::store) fn insert_events(
    conn: &mut SqliteConnection,
    rows: &[NewEvent<'_>],
    owner: &Owner,
) -> QueryResult<u64> {
    insert::<Events>(conn, rows, owner)
}

/// Inserts places that are not there yet.
pub(in crate::store) fn insert_places(
    conn: &mut SqliteConnection,
    rows: &[Place],
    owner: &Owner,
) -> QueryResult<u64> {
    insert::<Places>(conn, rows, owner)
}

/// Inserts program names that are not there yet.
pub(in crate::store) fn insert_agents(
    conn: &mut SqliteConnection,
    rows: &[(i64, &str)],
    owner: &Owner,
) -> QueryResult<u64> {
    insert::<Agents>(conn, rows, owner)
}

/// Inserts tags that are not there yet.
pub(in crate::store) fn insert_tags(
    conn: &mut SqliteConnection,
    rows: &[(i64, &str)],
    owner: &Owner,
) -> QueryResult<u64> {
    insert::<Tags>(conn, rows, owner)
}

/// Inserts links from events to tags that are not there yet.
pub(in crate::store) fn insert_event_tags(
    conn: &mut SqliteConnection,
    rows: &[EventTag<'_>],
    owner: &Owner,
) -> QueryResult<u64> {
    insert::<EventTags>(conn, rows, owner)
}
