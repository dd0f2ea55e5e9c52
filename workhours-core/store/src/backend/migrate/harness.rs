//! Running migrations on a server, as the crate for them does it.

use super::known;
use diesel::backend::Backend;
use diesel::migration::MigrationVersion;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use workhours_base::error::{Context, Error, Result};

/// Runs pending migrations. The caller holds a lock against other programs that do the same.
pub(crate) fn run<C, DB>(conn: &mut C, migrations: EmbeddedMigrations) -> Result<Vec<String>>
where
    C: MigrationHarness<DB>,
    DB: Backend,
{
    let run = |conn: &mut C| -> diesel::migration::Result<Vec<String>> {
        let versions: Vec<MigrationVersion<'_>> = conn.run_pending_migrations(migrations)?;
        Ok(versions.iter().map(ToString::to_string).collect())
    };
    let versions =
        run(conn).map_err(|e| Error::failed(e.to_string())).context(|| "cannot prepare the tables")?;
    let known = known();
    let name = |version: &String| known.iter().find(|(v, _)| v == version).map(|(_, name)| name.clone());
    Ok(versions.iter().filter_map(name).collect())
}
