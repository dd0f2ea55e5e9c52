//! SQLite's bulk statement: `INSERT OR IGNORE` of many rows at once, as a query fragment with a static id.
//!
//! Diesel's own batch inserts rebuild and re-prepare their SQL for each statement; a fragment whose type is its cache
//! key is prepared once and costs only its binds. The number of rows is part of the type, because it is the cache key:
//! a shorter last statement must never use the longer one's SQL. So rows are inserted by 64, and the rest one by one. A
//! NULL costs as much to bind as a number, and most events have many. So columns that are NULL in all rows of a
//! statement are left out of it, with a few sets of columns, each of which is a type as well.
//!
//! `OR IGNORE` and not `ON CONFLICT DO NOTHING`, which opens a statement journal. It also swallows NOT NULL
//! failures: no row type leaves such a column to chance.

use super::super::bulk::Owner;
use super::super::bulk::{Bind, EMPTY_SETS};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;

/// Rows of one statement.
pub(crate) const ROWS: usize = 64;

/// The values shared by all rows, as later rows refer to them: binding a value costs more than SQLite takes to copy it.
/// `?` takes the number after the highest so far, so these don't affect the following ones.
const AGAIN: [&str; 5] = ["?1,", "?2,", "?3,", "?4,", "?5,"];

/// `N` rows without the columns of set `E`.
struct Insert<'a, 'r, B: Bind<Sqlite>, const N: usize, const E: usize> {
    rows: &'a [B::Row<'r>],
    owner: &'a Owner,
}

impl<B: Bind<Sqlite>, const N: usize, const E: usize> QueryId for Insert<'_, '_, B, N, E> {
    type QueryId = Insert<'static, 'static, B, N, E>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<B: Bind<Sqlite>, const N: usize, const E: usize> QueryFragment<Sqlite> for Insert<'_, '_, B, N, E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        debug_assert_eq!(self.rows.len(), N);
        for part in ["INSERT OR IGNORE INTO ", B::TABLE, " (", B::SHARED] {
            out.push_sql(part);
        }
        let mut comma = "";
        for (i, name) in B::NAMES.iter().enumerate() {
            if B::EMPTY[E] & (1 << i) == 0 {
                [comma, "\"", name, "\""].into_iter().for_each(|part| out.push_sql(part));
                comma = ",";
            }
        }
        out.push_sql(") VALUES ");
        for (i, row) in self.rows.iter().enumerate() {
            if i == 0 {
                out.push_sql("(");
                B::bind_shared(self.owner, &mut out)?;
            } else {
                out.push_sql(",(");
                AGAIN[..B::SHARED_COUNT].iter().for_each(|value| out.push_sql(value));
            }
            B::bind(row, B::EMPTY[E], &mut out)?;
            out.push_sql(")");
        }
        Ok(())
    }
}

impl<B: Bind<Sqlite>, const N: usize, const E: usize> RunQueryDsl<SqliteConnection>
    for Insert<'_, '_, B, N, E>
{
}

/// Inserts new rows and returns how many were new.
pub(crate) fn insert<B: Bind<Sqlite>>(
    conn: &mut SqliteConnection,
    rows: &[B::Row<'_>],
    owner: &Owner,
) -> QueryResult<u64> {
    let mut new = 0;
    let (full, rest) = rows.as_chunks::<ROWS>();
    for rows in full {
        new += insert_some::<B, ROWS>(conn, rows, owner)?;
    }
    for row in rest {
        new += insert_some::<B, 1>(conn, std::slice::from_ref(row), owner)?;
    }
    Ok(new)
}

fn insert_some<B: Bind<Sqlite>, const N: usize>(
    conn: &mut SqliteConnection,
    rows: &[B::Row<'_>],
    owner: &Owner,
) -> QueryResult<u64> {
    const { assert!(EMPTY_SETS == 4) };
    let nulls =
        if B::LEFT_EMPTY.is_empty() { 0 } else { rows.iter().fold(!0, |all, row| all & B::nulls(row)) };
    let new = match B::EMPTY.iter().position(|set| set & nulls == *set) {
        Some(0) => Insert::<B, N, 0> { rows, owner }.execute(conn),
        Some(1) => Insert::<B, N, 1> { rows, owner }.execute(conn),
        Some(2) => Insert::<B, N, 2> { rows, owner }.execute(conn),
        _ => Insert::<B, N, 3> { rows, owner }.execute(conn),
    }?;
    Ok(new as u64)
}
