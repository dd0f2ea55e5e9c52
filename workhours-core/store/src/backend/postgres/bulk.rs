//! PostgreSQL's ways to take many rows at once.
//!
//! `COPY` is the fastest, but fails on existing rows. So a batch of events, in order of their ids, first queries which
//! of them exist, sends the others, and relies on the primary key: if another program stores the same event meanwhile,
//! the transaction fails and starts again. Everything else is `INSERT … SELECT … FROM unnest(…) ON CONFLICT DO
//! NOTHING`, with one array for each column: one statement for any number of rows.

use super::super::bulk::Owner;
use super::super::bulk::{BindColumns, Events};
use crate::schema::events;
use diesel::prelude::*;
use rustc_hash::FxHashSet;
use workhours_event::NewEvent;

/// Rows of one statement: what `unnest` unfolds stays below `work_mem`'s usual 4 MB.
const ROWS: usize = 4096;

/// Bytes of one statement, roughly.
const BYTES: usize = 16 << 20;

/// With fewer events than this, a query first isn't worth it.
const FEW: usize = 256;

/// Inserts new rows and returns how many were new.
pub(crate) fn insert<B: BindColumns>(
    conn: &mut PgConnection,
    rows: &[B::Row<'_>],
    owner: &Owner,
) -> QueryResult<u64> {
    let sql = sql::<B>();
    let mut new = 0;
    let mut rest = rows;
    while !rest.is_empty() {
        let sizes = rest.iter().take(ROWS).scan(0, |bytes, row| {
            *bytes += B::size(row);
            Some(*bytes)
        });
        let n = sizes.take_while(|bytes| *bytes <= BYTES).count().max(1);
        let (some, others) = rest.split_at(n);
        new += B::run(conn, &sql, owner, some)? as u64;
        rest = others;
    }
    Ok(new)
}

fn sql<B: BindColumns>() -> String {
    let columns = B::COLUMNS.split(',').count();
    let parameters = |from: usize, n: usize| (from..from + n).map(|i| format!("${i}")).collect::<Vec<_>>();
    let shared: String = parameters(1, B::SHARED_COUNT).iter().map(|p| format!("{p}, ")).collect();
    let arrays = parameters(1 + B::SHARED_COUNT, columns).join(", ");
    format!(
        "INSERT INTO {} ({}{}) SELECT {shared}u.* FROM unnest({arrays}) AS u ON CONFLICT DO NOTHING",
        B::TABLE,
        B::SHARED,
        B::COLUMNS
    )
}

/// Inserts new events, given in order of their ids, and returns how many were new.
pub(crate) fn insert_events(
    conn: &mut PgConnection,
    rows: &[NewEvent<'_>],
    owner: &Owner,
) -> QueryResult<u64> {
    debug_assert!(rows.is_sorted_by_key(|row| row.id));
    if rows.len() < FEW {
        return insert::<Events>(conn, rows, owner);
    }
    let there = there(conn, rows)?;
    let mut new: Vec<&NewEvent<'_>> = rows.iter().filter(|row| !there.contains(&row.id.0[..])).collect();
    new.dedup_by_key(|row| row.id);
    fill::<Events>(conn, &new, owner)?;
    Ok(new.len() as u64)
}

/// Which of these events exist.
fn there(conn: &mut PgConnection, rows: &[NewEvent<'_>]) -> QueryResult<FxHashSet<Vec<u8>>> {
    let ids = || rows.iter().map(|row| &row.id.0[..]);
    let (Some(first), Some(last)) = (ids().next(), ids().next_back()) else {
        return Ok(FxHashSet::default());
    };
    // A log that grows: between its first and its last event is hardly anything.
    let some: Vec<Vec<u8>> = events::table
        .select(events::id)
        .filter(events::id.ge(first))
        .filter(events::id.le(last))
        .limit(rows.len() as i64)
        .load(conn)?;
    if some.len() < rows.len() {
        return Ok(some.into_iter().collect());
    }
    // Another log's events are between them, or all of them exist.
    let mut there = FxHashSet::default();
    for some in ids().collect::<Vec<_>>().chunks(ROWS) {
        let found: Vec<Vec<u8>> =
            events::table.select(events::id).filter(events::id.eq_any(some)).load(conn)?;
        there.extend(found);
    }
    Ok(there)
}

/// Sends rows that are known not to exist.
pub(crate) fn fill<B: BindColumns>(
    conn: &mut PgConnection,
    rows: &[&B::Row<'_>],
    owner: &Owner,
) -> QueryResult<()> {
    for some in rows.chunks(4 * ROWS) {
        B::copy(conn, owner, some)?;
    }
    Ok(())
}
