//! Rewriting MariaDB's and MySQL's tables: each is built again in a separate file, from the existing rows.

use diesel::MysqlConnection;
use diesel::QueryResult;
use diesel::connection::SimpleConnection;

/// Rewrites these tables. The same as `OPTIMIZE TABLE` for InnoDB, but a failure is an error: `OPTIMIZE` reports one as
/// a row of its result.
pub(crate) fn rewrite(conn: &mut MysqlConnection, tables: &[&str]) -> QueryResult<()> {
    // A reader of a table blocks this. It must fail instead of waiting, and is tried a dozen times.
    conn.batch_execute("SET SESSION lock_wait_timeout = 5")?;
    let done = tables
        .iter()
        .try_for_each(|table| conn.batch_execute(&format!("ALTER TABLE {table} ENGINE = InnoDB, FORCE")));
    conn.batch_execute("SET SESSION lock_wait_timeout = DEFAULT")?;
    done
}
