//! Databases that are in use: the copy is whole, and the original is as it was.
#![allow(clippy::unwrap_used)]

use super::*;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

fn open(path: &Path) -> SqliteConnection {
    let mut database = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    database.batch_execute("PRAGMA busy_timeout = 60000").unwrap();
    database
}

fn number(database: &mut SqliteConnection, sql: &str) -> i64 {
    diesel::sql_query(sql).get_result::<Number>(database).unwrap().n
}

fn copied(path: &Path, tmp: &Path, sql: &str) -> i64 {
    let copy = snapshot(path, tmp).unwrap().unwrap();
    assert_eq!(
        std::fs::read_dir(copy.file.parent().unwrap()).unwrap().count(),
        1,
        "one file, and nothing beside it"
    );
    number(&mut open(&copy.file), sql)
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file());
    // The index of a log is shared memory of its users, not content.
    let entries = entries.filter(|p| !p.to_string_lossy().ends_with("-shm"));
    let mut files: Vec<_> = entries.map(|p| (p.clone(), std::fs::read(p).unwrap())).collect();
    files.sort();
    files
}

fn folders() -> (TempDir, PathBuf, PathBuf) {
    let folder = TempDir::new().unwrap();
    let tmp = folder.path().join("tmp");
    std::fs::create_dir(&tmp).unwrap();
    let path = folder.path().join("a.db");
    (folder, path, tmp)
}

#[test]
fn what_stands_in_the_log_is_there_and_the_original_untouched() {
    let (folder, path, tmp) = folders();
    let mut database = open(&path);
    database
        .batch_execute(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (n INTEGER);
             INSERT INTO t VALUES (1), (2), (3)",
        )
        .unwrap();
    let before = files(folder.path());
    assert_eq!(before.len(), 2, "a database and its log");
    assert_eq!(copied(&path, &tmp, "SELECT count(*) AS n FROM t"), 3);
    // A log that breaks off in the middle ends with its last whole transaction.
    let torn = folder.path().join("torn.db");
    std::fs::copy(&path, &torn).unwrap();
    let log = std::fs::read(beside(&path, "-wal")).unwrap();
    std::fs::write(beside(&torn, "-wal"), &log[..log.len() - 100]).unwrap();
    assert_eq!(copied(&torn, &tmp, "SELECT count(*) AS n FROM t"), 0);
    std::fs::remove_file(&torn).unwrap();
    std::fs::remove_file(beside(&torn, "-wal")).unwrap();
    assert_eq!(files(folder.path()), before);
}

#[test]
fn what_was_never_committed_is_not_there() {
    let (folder, path, tmp) = folders();
    let mut database = open(&path);
    database
        .batch_execute(
            "PRAGMA cache_size = 5; CREATE TABLE t (n INTEGER, filler TEXT);
             INSERT INTO t VALUES (1, 'before'); BEGIN;
             WITH RECURSIVE c(x) AS (VALUES (2) UNION ALL SELECT x + 1 FROM c WHERE x < 5000)
             INSERT INTO t SELECT x, hex(randomblob(100)) FROM c",
        )
        .unwrap();
    // As after a crash: pages of the transaction are in the file already, and their old content in the journal.
    let crashed = folder.path().join("crashed.db");
    std::fs::copy(&path, &crashed).unwrap();
    std::fs::copy(beside(&path, "-journal"), beside(&crashed, "-journal")).unwrap();
    database.batch_execute("ROLLBACK").unwrap();
    let before = files(folder.path());
    assert!(before.iter().any(|(p, bytes)| *p == crashed && bytes.len() > 100_000));
    assert_eq!(copied(&crashed, &tmp, "SELECT count(*) AS n FROM t"), 1);
    assert_eq!(files(folder.path()), before);
}

struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn copies_taken_while_others_write_are_consistent() {
    for mode in ["WAL", "DELETE"] {
        let (_folder, path, tmp) = folders();
        open(&path)
            .batch_execute(&format!(
                "PRAGMA journal_mode = {mode}; CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);
                 WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 500)
                 INSERT INTO t SELECT x, 0 FROM c"
            ))
            .unwrap();
        let (done, writes) = (AtomicBool::new(false), AtomicU64::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut database = open(&path);
                database.batch_execute("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 20").unwrap();
                while !done.load(Ordering::Relaxed) {
                    // Far apart, so that half of a transaction would be half of a sum.
                    database
                        .batch_execute(
                            "BEGIN IMMEDIATE; UPDATE t SET n = n + 1 WHERE id = 1;
                             UPDATE t SET n = n - 1 WHERE id = 500; COMMIT",
                        )
                        .unwrap();
                    writes.fetch_add(1, Ordering::Relaxed);
                    std::thread::park_timeout(Duration::from_micros(700));
                }
            });
            // Whatever becomes of this thread, the other must end.
            let _end = SetWhenDropped(&done);
            let mut copies = 0;
            // A writer waits for longer the more often it had to: it gets a pause to come in.
            while copies < 40 || (writes.load(Ordering::Relaxed) < 40 && copies < 2_000) {
                assert_eq!(copied(&path, &tmp, "SELECT sum(n) AS n FROM t"), 0, "{mode}");
                copies += 1;
                std::thread::park_timeout(Duration::from_millis(4));
            }
            assert!(writes.load(Ordering::Relaxed) > 0, "{mode}: nothing was written meanwhile");
        });
    }
}

#[test]
fn a_journal_that_is_still_empty_is_not_copied() {
    let (folder, path, tmp) = folders();
    open(&path).batch_execute("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)").unwrap();
    std::fs::write(beside(&path, "-journal"), "").unwrap();
    let before = files(folder.path());
    assert_eq!(copied(&path, &tmp, "SELECT count(*) AS n FROM t"), 1);
    assert_eq!(files(folder.path()), before);
}

#[test]
fn what_is_no_database_is_left_to_others_and_a_damaged_one_to_its_source() {
    let (folder, path, tmp) = folders();
    std::fs::write(&path, "SQLite format 3, says a text").unwrap();
    assert!(snapshot(&path, &tmp).unwrap().is_none());
    assert!(snapshot(&folder.path().join("none"), &tmp).unwrap().is_none());
    let mut bytes = MAGIC.to_vec();
    bytes.extend([7; 5000]);
    std::fs::write(&path, &bytes).unwrap();
    let copy = snapshot(&path, &tmp).unwrap().unwrap();
    assert_eq!(std::fs::read(&copy.file).unwrap(), bytes);
    drop(copy);
    assert_eq!(std::fs::read_dir(&tmp).unwrap().count(), 0, "nothing is left");
}
