//! Rewriting an SQLite database in place: `VACUUM` builds every page again from the existing rows, so that neither free
//! pages nor the unused parts of pages keep old text. Then a checkpoint moves the new pages into the file and truncates
//! the write-ahead log.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use std::path::{Path, PathBuf};
use workhours_base::disk::{free, temporary_folder};
use workhours_base::error::{Context, Error, Result};

/// Space needed beyond the database's own size, bytes: page headers in the log, and other writes meanwhile.
const SLACK: u64 = 4 << 20;

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = Integer)]
    busy: i32,
}

/// Rewrites all of it. Readers continue to read the state they began with.
pub(crate) fn rewrite(conn: &mut SqliteConnection) -> QueryResult<()> {
    conn.batch_execute("VACUUM")
}

/// Moves the log into the file and truncates it; `false` if a program reads an older state. Returns at once: the caller
/// decides how long to wait.
pub(crate) fn flush(conn: &mut SqliteConnection) -> QueryResult<bool> {
    conn.batch_execute("PRAGMA busy_timeout = 200")?;
    let done = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result::<Checkpoint>(conn);
    conn.batch_execute("PRAGMA busy_timeout = 60000")?;
    Ok(done?.busy == 0)
}

/// Checks for space: the new pages are written once to a temporary file and once to the write-ahead log.
///
/// # Errors
/// How much is missing, and where.
pub(crate) fn check_room(conn: &mut SqliteConnection, file: &Path) -> Result<()> {
    let sql = "SELECT (page_count - freelist_count) * page_size AS n \
               FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
    let size: Size =
        diesel::sql_query(sql).get_result(conn).context(|| "cannot read the size of the database")?;
    let needed = size.n as u64 + SLACK;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let tmp = temporary_folder();
    let parts = if device(&folder) == device(&tmp) {
        vec![(folder, 2 * needed)]
    } else {
        vec![(folder, needed), (tmp, needed)]
    };
    parts.iter().try_for_each(|(folder, needed)| enough(folder, *needed, free(folder)))
}

fn enough(folder: &Path, needed: u64, free: Option<u64>) -> Result<()> {
    let Some(free) = free.filter(|free| *free < needed) else { return Ok(()) };
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    Err(Error::failed(format!(
        "a purge rewrites the database, for which {} has too little room: {} MiB free, {} MiB needed",
        folder.display(),
        mib(free),
        mib(needed)
    ))
    .hint(
        "nothing was removed; make room there, or let TMPDIR name a folder on another disk, and run it again",
    ))
}

fn device(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        std::os::unix::fs::MetadataExt::dev(&std::fs::metadata(folder).ok()?).into()
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_said_before_anything_happens() {
        let folder = Path::new("/srv");
        let error = enough(folder, 3 << 20, Some((2 << 20) + 1)).unwrap_err();
        assert_eq!(error.kind(), workhours_base::error::ErrorKind::Failed);
        let text = error.to_string();
        assert!(text.contains("/srv") && text.contains("3 MiB free, 3 MiB needed"), "{text}");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("nothing was removed")));
        assert!(enough(folder, 3 << 20, Some(3 << 20)).is_ok());
        assert!(enough(folder, 3 << 20, None).is_ok());
    }

    #[test]
    fn no_old_text_stays_and_readers_are_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.db");
        let mut conn = super::super::open(&workhours_base::database::SqlitePath::File(file.clone())).unwrap();
        conn.batch_execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO t VALUES (1, 'hunter2'), (2, 'kept')",
        )
        .unwrap();
        assert!(check_room(&mut conn, &file).is_ok());
        let mut reader =
            super::super::open(&workhours_base::database::SqlitePath::File(file.clone())).unwrap();
        reader.batch_execute("BEGIN; SELECT count(*) FROM t").unwrap();
        conn.batch_execute("DELETE FROM t WHERE id = 1").unwrap();
        rewrite(&mut conn).unwrap();
        assert!(!flush(&mut conn).unwrap(), "somebody reads the state from before");
        reader.batch_execute("COMMIT").unwrap();
        assert!(flush(&mut conn).unwrap());
        let held = |name: &str| {
            let bytes = std::fs::read(dir.path().join(name)).unwrap();
            [&b"hunter2"[..], b"kept"].map(|text| memchr::memmem::find(&bytes, text).is_some())
        };
        assert_eq!((held("a.db"), held("a.db-wal")), ([false, true], [false, false]));
    }
}
