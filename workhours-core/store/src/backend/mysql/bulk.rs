//! MySQL's bulk statement: `INSERT … ON DUPLICATE KEY UPDATE` of many rows at once, as a query fragment with a static
//! id. Never `INSERT IGNORE`, which makes warnings of truncations too.
//!
//! The server doesn't return how many rows were new: Diesel asks it to count found rows, not changed ones. So each
//! existing row adds one to a session variable.

use super::super::bulk::Bind;
use super::super::bulk::Owner;
use diesel::connection::SimpleConnection;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

/// Rows of one statement, at most: `MANY` times the widest table's columns must stay below 65,536.
const MANY: usize = 512;
/// Rows of one statement when there are fewer, or they are long.
const SOME: usize = 32;

/// Bytes of one statement, roughly. The server refuses more than its `max_allowed_packet`, 16 MiB or more; a single
/// row may be as long as that allows.
const BYTES: usize = 1 << 20;

struct Insert<'a, 'r, B: Bind<Mysql>, const N: usize> {
    rows: &'a [B::Row<'r>],
    owner: &'a Owner,
}

impl<B: Bind<Mysql>, const N: usize> QueryId for Insert<'_, '_, B, N> {
    type QueryId = Insert<'static, 'static, B, N>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<B: Bind<Mysql>, const N: usize> QueryFragment<Mysql> for Insert<'_, '_, B, N> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        debug_assert_eq!(self.rows.len(), N);
        for part in ["INSERT INTO ", B::TABLE, " (", B::SHARED, B::COLUMNS, ") VALUES "] {
            out.push_sql(part);
        }
        for (i, row) in self.rows.iter().enumerate() {
            out.push_sql(if i == 0 { "(" } else { ",(" });
            B::bind_shared(self.owner, &mut out)?;
            B::bind(row, 0, &mut out)?;
            out.push_sql(")");
        }
        let key = B::KEY;
        out.push_sql(" ON DUPLICATE KEY UPDATE ");
        for part in [key, " = IF(@workhours_known := @workhours_known + 1, ", B::TABLE, ".", key, ", "] {
            out.push_sql(part);
        }
        for part in [B::TABLE, ".", key, ")"] {
            out.push_sql(part);
        }
        Ok(())
    }
}

impl<B: Bind<Mysql>, const N: usize> RunQueryDsl<MysqlConnection> for Insert<'_, '_, B, N> {}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Inserts new rows and returns how many were new.
pub(crate) fn insert<B: Bind<Mysql>>(
    conn: &mut MysqlConnection,
    rows: &[B::Row<'_>],
    owner: &Owner,
) -> QueryResult<u64> {
    conn.batch_execute("SET @workhours_known = 0")?;
    let mut rest = rows;
    while !rest.is_empty() {
        rest = if fits::<B, MANY>(rest) {
            run::<B, MANY>(conn, rest, owner)?
        } else if fits::<B, SOME>(rest) {
            run::<B, SOME>(conn, rest, owner)?
        } else {
            run::<B, 1>(conn, rest, owner)?
        };
    }
    let known: Known = diesel::sql_query("SELECT CAST(@workhours_known AS SIGNED) AS n").get_result(conn)?;
    Ok((rows.len() as u64).saturating_sub(known.n as u64))
}

fn fits<B: Bind<Mysql>, const N: usize>(rows: &[B::Row<'_>]) -> bool {
    rows.len() >= N && rows[..N].iter().map(B::size).sum::<usize>() <= BYTES
}

/// Inserts the first `N`; returns the others.
fn run<'a, 'r, B: Bind<Mysql>, const N: usize>(
    conn: &mut MysqlConnection,
    rows: &'a [B::Row<'r>],
    owner: &Owner,
) -> QueryResult<&'a [B::Row<'r>]> {
    let (some, others) = rows.split_at(N);
    Insert::<B, N> { rows: some, owner }.execute(conn)?;
    Ok(others)
}
