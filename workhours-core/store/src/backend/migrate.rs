//! Versions of the tables: the database's, this program's, and running the migrations between them. The migrations are
//! SQL, in one folder for each backend and with the same names in all. A test compares the tables they create.

#[cfg(any(feature = "postgres", feature = "mysql"))]
mod harness;

#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use harness::run;

use super::{Conn, sqlite};
use crate::access::ReadOnly;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::error::{Error, Result};

diesel::table! { __diesel_schema_migrations (version) { version -> Text, } }

macro_rules! statements {
    ($backend:literal: $($name:literal),+) => {
        [$(($name, include_str!(concat!("../../migrations/", $backend, "/", $name, "/up.sql"))),)+]
    };
}

/// The migrations' statements for a backend, whether it is part of this build or not.
pub(crate) fn statements(uri: &DatabaseUri) -> [(&'static str, &'static str); 11] {
    match uri {
        DatabaseUri::Sqlite(_) => {
            statements!("sqlite": "0001_foundation", "0002_rules", "0003_servers", "0004_corrections", "0005_rollups",
                "0006_peer", "0007_series", "0008_renumbered", "0009_watch",
                "0010_tokens", "0011_floors")
        }
        DatabaseUri::Postgres(_) => {
            statements!("postgres": "0001_foundation", "0002_rules", "0003_servers", "0004_corrections", "0005_rollups",
                "0006_peer", "0007_series", "0008_renumbered", "0009_watch",
                "0010_tokens", "0011_floors")
        }
        DatabaseUri::Mysql(_) => {
            statements!("mysql": "0001_foundation", "0002_rules", "0003_servers", "0004_corrections", "0005_rollups",
                "0006_peer", "0007_series", "0008_renumbered", "0009_watch",
                "0010_tokens", "0011_floors")
        }
    }
}

/// A migration's version and its name: `0001`, `0001_foundation`.
pub(crate) type Known = (String, String);

/// All migrations there are, in order.
pub(crate) fn known() -> Vec<Known> {
    let all = MigrationSource::<Sqlite>::migrations(&sqlite::MIGRATIONS).unwrap_or_default();
    let mut known: Vec<Known> =
        all.iter().map(|m| (m.name().version().to_string(), m.name().to_string())).collect();
    known.sort();
    known
}

/// The versions a database has; an error when it has none at all, as a new one does.
pub(crate) fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    use __diesel_schema_migrations::dsl;
    dsl::__diesel_schema_migrations.select(dsl::version).order(dsl::version).load(conn)
}

/// Whether there is anything to do. Check this first: the harness creates its table, and not every reader may do so.
///
/// # Errors
/// When the database has versions that this program does not know.
pub(crate) fn is_current(conn: &mut Conn) -> Result<bool> {
    let Ok(applied) = applied(conn) else { return Ok(false) };
    let known = known();
    if let Some(newer) = applied.iter().rfind(|v| !known.iter().any(|(version, _)| version == *v)) {
        return Err(Error::failed(format!(
            "the database was written by a newer workhours (its version is {newer})"
        ))
        .hint("use that one, or the newest"));
    }
    Ok(applied.len() == known.len())
}

/// Makes sure that a database that can't be written has the tables of this program.
///
/// # Errors
/// When it has those of another version, or none.
pub(crate) fn require_current(conn: &mut Conn, uri: &DatabaseUri, why: &ReadOnly) -> Result<()> {
    if let Err(e) = applied(conn) {
        return Err(Error::failed(format!("{uri} is not a database of workhours, or can't be read"))
            .with_source(e)
            .hint("check the URI given with --db"));
    }
    if is_current(conn)? { Ok(()) } else { Err(outdated(uri, why)) }
}

/// The error for a database of an older version that can't be updated.
pub(crate) fn outdated(uri: &DatabaseUri, why: &ReadOnly) -> Error {
    let text = format!("{uri} was written by an older workhours, and can't be brought up to date: {why}");
    Error::failed(text).hint(match uri {
        DatabaseUri::Sqlite(_) => {
            "copy it to a folder that can be written to (cp), then: workhours --db sqlite:///COPY db migrate"
        }
        _ => "whoever may write to it runs: workhours db migrate",
    })
}

/// Runs pending migrations in an open transaction of SQLite, so that a migration is all or nothing.
pub(crate) fn run_in_transaction(conn: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    use __diesel_schema_migrations::dsl;
    conn.batch_execute(
        "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    )?;
    let applied: Vec<String> = dsl::__diesel_schema_migrations.select(dsl::version).load(conn)?;
    let mut names = Vec::new();
    for (name, statements) in statements(&DatabaseUri::Sqlite(SqlitePath::Memory)) {
        let version = name.split('_').next().unwrap_or(name);
        if !applied.iter().any(|applied| applied == version) {
            conn.batch_execute(statements)?;
            let row = dsl::version.eq(version);
            diesel::insert_into(dsl::__diesel_schema_migrations).values(row).execute(conn)?;
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
