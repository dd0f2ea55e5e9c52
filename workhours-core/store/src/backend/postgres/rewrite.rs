//! Rewriting PostgreSQL's tables: `VACUUM FULL` writes each into new files, and leaves out what no transaction sees any
//! more.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Rewrites these tables and the planner's statistics. It can't run in a transaction.
pub(crate) fn rewrite(conn: &mut PgConnection, tables: &[&str]) -> QueryResult<()> {
    // A reader of a table blocks this. It must fail instead of waiting.
    conn.batch_execute("SET lock_timeout = '60s'")?;
    let done =
        tables.iter().try_for_each(|table| conn.batch_execute(&format!("VACUUM (FULL, ANALYZE) {table}")));
    conn.batch_execute("RESET lock_timeout")?;
    done
}

/// The server's clock.
pub(crate) fn now(conn: &mut PgConnection) -> QueryResult<String> {
    diesel::sql_query("SELECT clock_timestamp()::text AS name").get_result::<Name>(conn).map(|row| row.name)
}

/// The other transactions in this database that have begun already, for which a rewrite would keep deleted rows.
pub(crate) fn older_transactions(conn: &mut PgConnection, then: &str) -> QueryResult<Vec<String>> {
    let sql = "SELECT coalesce(nullif(application_name, ''), 'a program') || ' (session ' || pid || ')' AS name \
               FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
               AND backend_xmin IS NOT NULL AND xact_start <= CAST($1 AS timestamptz) ORDER BY pid";
    let rows: Vec<Name> = diesel::sql_query(sql).bind::<Text, _>(then).load(conn)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}
