//! PostgreSQL's bulk statement: `INSERT … SELECT … FROM unnest(…)`, one array for each column.
//!
//! One statement whatever the number of rows, prepared once; no limit to its parameters; no temporary table, so it
//! works for users who may not make one and behind poolers.

use super::super::bulk::BindColumns;
use super::super::load::Owner;
use diesel::prelude::*;

/// Rows of one statement: what `unnest` unfolds stays below `work_mem`'s usual 4 MB.
const ROWS: usize = 4096;

/// Bytes of one statement, roughly.
const BYTES: usize = 16 << 20;

/// Inserts rows that are not there yet and gives how many were new.
pub(in crate::store) fn insert<B: BindColumns>(
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
