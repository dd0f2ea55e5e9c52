//! The ceiling of the load: how fast SQLite itself takes rows like those of the `events` table, on one thread,
//! with nothing parsed, hashed or converted meanwhile.
//!
//! The library is the one the program links, the table is separate, and the settings are those of the program's
//! databases. The rows come from a database the program has loaded (`--from-db`), all columns, in the order of loading;
//! without one they are made up in the sizes of a web-server log. They are packed in memory before the clock starts and
//! are bound from there. The clock stops when the database is closed and its write-ahead log merged. Not a test of the
//! program: `benches/compare.py` compares the two.

// The ceiling is what the C API does without our code around it; there is no safe way to call it.
#![allow(unsafe_code)]

use libsqlite3_sys as ffi;
use std::ffi::{CStr, CString, c_int};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::ptr::{null, null_mut};
use std::time::Instant;

/// Where the table is defined.
const MIGRATION: &str = include_str!("../migrations/sqlite/0001_foundation/up.sql");
/// As the loader does it.
const ROWS_PER_STATEMENT: usize = 64;
const USAGE: &str =
    "usage: ceiling [--rows N] [--db PATH] [--from-db PATH] [--commit ROWS] [--cache-kib N] [--json]";

type Result<T> = std::result::Result<T, String>;

/// The arguments.
struct Options {
    /// At most this many rows; 0: all of `from_db`, or 200,000 made-up ones.
    rows: usize,
    /// The database to create, which is kept; without it a temporary one.
    db: Option<PathBuf>,
    from_db: Option<PathBuf>,
    commit: usize,
    cache_kib: u32,
    json: bool,
}

impl Options {
    fn parse() -> Result<Self> {
        let mut o =
            Self { rows: 0, db: None, from_db: None, commit: 100_000, cache_kib: 24_000, json: false };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\n{USAGE}"));
            match arg.as_str() {
                "--rows" => o.rows = number(&value()?)?,
                "--db" => o.db = Some(value()?.into()),
                "--from-db" => o.from_db = Some(value()?.into()),
                "--commit" => o.commit = number::<usize>(&value()?)?.max(1),
                "--cache-kib" => o.cache_kib = number(&value()?)?,
                "--json" => o.json = true,
                "--bench" => {} // cargo's
                other => return Err(format!("unknown argument {other}\n{USAGE}")),
            }
        }
        Ok(o)
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N> {
    text.replace('_', "").parse().map_err(|_| format!("{text} is no number\n{USAGE}"))
}

/// Rows packed one after the other: for each column a tag, then 8 bytes of an integer, or a length and bytes. Reading
/// them in order costs almost nothing compared with the measured inserts.
struct Rows {
    columns: Vec<String>,
    /// The statement that makes the table.
    create: String,
    bytes: Vec<u8>,
    count: usize,
}

const NULL: u8 = 0;
const INT: u8 = 1;
const TEXT: u8 = 2;
const BLOB: u8 = 3;

impl Rows {
    fn int(&mut self, n: i64) {
        self.bytes.push(INT);
        self.bytes.extend_from_slice(&n.to_ne_bytes());
    }

    fn data(&mut self, tag: u8, bytes: &[u8]) {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(&(bytes.len() as u32).to_ne_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    /// All rows of a loaded database, in the order they were loaded.
    fn of_database(path: &Path, limit: usize) -> Result<Self> {
        let db = Db::open(path, ffi::SQLITE_OPEN_READONLY)?;
        let create = db.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'events'")?;
        let mut rows = Self { columns: db.columns("events")?, create, bytes: Vec::new(), count: 0 };
        let limit = if limit == 0 { "-1".to_owned() } else { limit.to_string() };
        let query = format!("SELECT * FROM events ORDER BY file_id, file_offset LIMIT {limit}");
        let mut all = db.prepare(&query)?;
        while all.step()? {
            for column in 0..rows.columns.len() as c_int {
                all.read(column, &mut rows);
            }
            rows.count += 1;
        }
        Ok(rows)
    }

    /// Rows in the sizes of a combined access log, for runs without a database.
    fn made_up(count: usize) -> Result<Self> {
        let start = MIGRATION.find("CREATE TABLE events").ok_or("the migration makes no events table")?;
        let end = MIGRATION[start..].find(';').ok_or("the migration is cut")?;
        let create = MIGRATION[start..start + end].to_owned();
        let scratch = Db::open(Path::new(":memory:"), ffi::SQLITE_OPEN_READWRITE)?;
        scratch.run(&create)?;
        let mut rows = Self { columns: scratch.columns("events")?, create, bytes: Vec::new(), count };
        let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
        let mut date = 1_704_067_200_000_000_i64;
        let mut offset = 0;
        for _ in 0..count {
            // Knuth's LCG: the same rows on every machine.
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = noise >> 20;
            date += (random % 3) as i64 * 1_000_000;
            let length = 150 + (random % 190) as i64;
            let path = format!(
                "/archive/module-{}/session-{:05}.html?page={}",
                random % 97,
                random % 30_000,
                random % 40
            );
            for name in rows.columns.clone() {
                match name.as_str() {
                    "id" => {
                        let mut id = ((date as u64) ^ (1 << 63)).to_be_bytes().to_vec();
                        id.extend_from_slice(&noise.to_be_bytes());
                        rows.data(BLOB, &id);
                    }
                    "date" => rows.int(date),
                    "offset_min" | "flags" => rows.int(0),
                    "precision" => rows.int(1),
                    "kind" => rows.data(TEXT, b"http.request"),
                    "source_type" => rows.data(TEXT, b"log.http"),
                    "input_id" | "task_id" | "file_id" => rows.int(1),
                    "batch_id" => rows.int(7),
                    "agent_id" => rows.int((random % 900).wrapping_mul(0x1234_5678_9abc_def1) as i64),
                    "referrer_id" if random % 100 >= 42 => {
                        rows.int((random % 12_000).wrapping_mul(0x1234_5678_9abc_def1) as i64);
                    }
                    "url" => rows.data(TEXT, path.as_bytes()),
                    "title" => rows.data(TEXT, format!("GET {path} HTTP/1.1").as_bytes()),
                    "host" => rows.data(TEXT, format!("203.0.{}.{}", random % 256, random % 255).as_bytes()),
                    "meta" => {
                        let meta = format!("{{\"status\":200,\"size_bytes\":{}}}", random % 60_000);
                        rows.data(TEXT, meta.as_bytes());
                    }
                    "file_offset" => rows.int(offset),
                    "file_length" => rows.int(length),
                    _ => rows.bytes.push(NULL),
                }
            }
            offset += length + 1;
        }
        Ok(rows)
    }
}

/// A connection.
struct Db(*mut ffi::sqlite3);

impl Db {
    fn open(path: &Path, flags: c_int) -> Result<Self> {
        let name = CString::new(path.to_str().ok_or("the path is not UTF-8")?).map_err(|e| e.to_string())?;
        let mut db = Self(null_mut());
        // SAFETY: the name ends in NUL and outlives the call; `db.0` takes a handle that Drop closes even
        // when opening failed.
        let code = unsafe { ffi::sqlite3_open_v2(name.as_ptr(), &mut db.0, flags, null()) };
        db.check(code).map_err(|e| format!("cannot open {}: {e}", path.display()))?;
        Ok(db)
    }

    fn check(&self, code: c_int) -> Result<()> {
        if matches!(code, ffi::SQLITE_OK | ffi::SQLITE_ROW | ffi::SQLITE_DONE) {
            return Ok(());
        }
        // SAFETY: the message lives until the next call on the connection and is copied before.
        Err(unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(self.0)) }.to_string_lossy().into_owned())
    }

    /// Runs statements without results.
    fn run(&self, sql: &str) -> Result<()> {
        let c = CString::new(sql).map_err(|e| e.to_string())?;
        // SAFETY: the statement ends in NUL; there is no callback, and the error comes from the connection.
        let code = unsafe { ffi::sqlite3_exec(self.0, c.as_ptr(), None, null_mut(), null_mut()) };
        self.check(code).map_err(|e| format!("{sql}: {e}"))
    }

    fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        let mut statement = Statement { db: self, raw: null_mut() };
        let length = c_int::try_from(sql.len()).map_err(|e| e.to_string())?;
        // SAFETY: the length is the text's; `raw` takes a statement that Drop finalizes, or stays null.
        let code = unsafe {
            ffi::sqlite3_prepare_v2(self.0, sql.as_ptr().cast(), length, &mut statement.raw, null_mut())
        };
        self.check(code).map_err(|e| format!("{sql}: {e}"))?;
        Ok(statement)
    }

    /// The first column of the first row.
    fn text(&self, sql: &str) -> Result<String> {
        let mut statement = self.prepare(sql)?;
        if !statement.step()? {
            return Err("the database has no events table".into());
        }
        Ok(statement.text(0))
    }

    fn columns(&self, table: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut statement = self.prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
        while statement.step()? {
            names.push(statement.text(0));
        }
        Ok(names)
    }

    /// Rows inserted by the last statement.
    fn changes(&self) -> usize {
        // SAFETY: the handle is open.
        usize::try_from(unsafe { ffi::sqlite3_changes64(self.0) }).unwrap_or_default()
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        // SAFETY: opened by `open`, every statement borrows the connection and is gone by now.
        unsafe { ffi::sqlite3_close(self.0) };
    }
}

/// A prepared statement.
struct Statement<'db> {
    db: &'db Db,
    raw: *mut ffi::sqlite3_stmt,
}

impl Statement<'_> {
    /// Whether there is a row.
    fn step(&mut self) -> Result<bool> {
        // SAFETY: the statement is prepared and not finalized.
        let code = unsafe { ffi::sqlite3_step(self.raw) };
        self.db.check(code)?;
        Ok(code == ffi::SQLITE_ROW)
    }

    fn bytes(&self, column: c_int, text: bool) -> &[u8] {
        // SAFETY: on a row; the pointer is read before the length, as the API requires, and is valid until the next
        // step, which needs `&mut self`.
        unsafe {
            let start: *const u8 = if text {
                ffi::sqlite3_column_text(self.raw, column)
            } else {
                ffi::sqlite3_column_blob(self.raw, column).cast()
            };
            let length = ffi::sqlite3_column_bytes(self.raw, column);
            if start.is_null() { &[] } else { std::slice::from_raw_parts(start, length as usize) }
        }
    }

    fn text(&self, column: c_int) -> String {
        String::from_utf8_lossy(self.bytes(column, true)).into_owned()
    }

    /// Packs a column of the present row.
    fn read(&self, column: c_int, out: &mut Rows) {
        // SAFETY: on a row.
        match unsafe { ffi::sqlite3_column_type(self.raw, column) } {
            ffi::SQLITE_NULL => out.bytes.push(NULL),
            // SAFETY: on a row, and an integer.
            ffi::SQLITE_INTEGER => out.int(unsafe { ffi::sqlite3_column_int64(self.raw, column) }),
            ffi::SQLITE_TEXT => out.data(TEXT, self.bytes(column, true)),
            _ => out.data(BLOB, self.bytes(column, false)),
        }
    }

    /// Binds the next values of packed rows from parameter 1 on; returns the rest.
    ///
    /// The values aren't copied: `packed` must outlive the next `step`, after which nothing is bound.
    fn bind<'r>(&mut self, mut packed: &'r [u8], values: usize) -> Result<&'r [u8]> {
        for parameter in 1..=values as c_int {
            let (tag, rest) = packed.split_first().ok_or("the rows are cut")?;
            packed = rest;
            let code = match *tag {
                // SAFETY (all three): prepared, not stepped since the last reset, the parameter exists.
                NULL => unsafe { ffi::sqlite3_bind_null(self.raw, parameter) },
                INT => {
                    let (n, rest) = packed.split_first_chunk::<8>().ok_or("the rows are cut")?;
                    packed = rest;
                    unsafe { ffi::sqlite3_bind_int64(self.raw, parameter, i64::from_ne_bytes(*n)) }
                }
                tag => {
                    let (n, rest) = packed.split_first_chunk::<4>().ok_or("the rows are cut")?;
                    let length = u32::from_ne_bytes(*n);
                    let (value, rest) = rest.split_at(length as usize);
                    packed = rest;
                    let (start, length) = (value.as_ptr(), length as c_int);
                    let keep = ffi::SQLITE_STATIC();
                    if tag == TEXT {
                        unsafe { ffi::sqlite3_bind_text(self.raw, parameter, start.cast(), length, keep) }
                    } else {
                        unsafe { ffi::sqlite3_bind_blob(self.raw, parameter, start.cast(), length, keep) }
                    }
                }
            };
            if code != ffi::SQLITE_OK {
                self.db.check(code)?;
            }
        }
        Ok(packed)
    }

    /// Runs to the end and prepares the next binding; returns how many rows were inserted.
    fn execute(&mut self) -> Result<usize> {
        self.step()?;
        let inserted = self.db.changes();
        // SAFETY: prepared; the code only repeats what `step` said.
        unsafe { ffi::sqlite3_reset(self.raw) };
        Ok(inserted)
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // SAFETY: finalized once; null is allowed.
        unsafe { ffi::sqlite3_finalize(self.raw) };
    }
}

/// `INSERT OR IGNORE` of this many rows.
fn insert_sql(columns: &[String], rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns.len()].join(","));
    let mut sql = format!("INSERT OR IGNORE INTO events ({}) VALUES ", columns.join(","));
    sql.push_str(&vec![row.as_str(); rows].join(","));
    sql
}

fn load(rows: &Rows, path: &Path, options: &Options) -> Result<()> {
    let db = Db::open(path, ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE)?;
    db.run(&format!(
        "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -{}; PRAGMA temp_store = FILE; {}",
        options.cache_kib, rows.create
    ))?;
    let width = rows.columns.len();
    let mut many = db.prepare(&insert_sql(&rows.columns, ROWS_PER_STATEMENT))?;
    let mut one = db.prepare(&insert_sql(&rows.columns, 1))?;
    let (mut packed, mut done, mut inserted) = (&rows.bytes[..], 0, 0);
    while done < rows.count {
        db.run("BEGIN IMMEDIATE")?;
        let end = (done + options.commit).min(rows.count);
        while done + ROWS_PER_STATEMENT <= end {
            packed = many.bind(packed, ROWS_PER_STATEMENT * width)?;
            inserted += many.execute()?;
            done += ROWS_PER_STATEMENT;
        }
        while done < end {
            packed = one.bind(packed, width)?;
            inserted += one.execute()?;
            done += 1;
        }
        db.run("COMMIT")?;
    }
    if inserted != rows.count {
        return Err(format!("{inserted} of {} rows were inserted: the ids are not unique", rows.count));
    }
    Ok(())
}

/// Of SQLite.
fn version() -> String {
    // SAFETY: a constant text that ends in NUL.
    unsafe { CStr::from_ptr(ffi::sqlite3_libversion()) }.to_string_lossy().into_owned()
}

fn run() -> Result<()> {
    let options = Options::parse()?;
    let rows = match &options.from_db {
        Some(path) => Rows::of_database(path, options.rows)?,
        None => Rows::made_up(if options.rows == 0 { 200_000 } else { options.rows })?,
    };
    if rows.count == 0 {
        return Err("there are no rows to insert".into());
    }
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let path = options.db.clone().unwrap_or_else(|| folder.path().join("ceiling.db"));
    if options.db.is_some() && options.from_db.as_deref() == Some(&path) {
        return Err("--db and --from-db are the same file".into());
    }
    if path.exists() {
        return Err(format!("{} exists; name a new file", path.display()));
    }
    let since = Instant::now();
    load(&rows, &path, &options)?;
    let seconds = since.elapsed().as_secs_f64();
    let size = std::fs::metadata(&path).map_err(|e| e.to_string())?.len();

    let (rate, each) = (rows.count as f64 / seconds, size as f64 / rows.count as f64);
    let mut out = String::new();
    let _ = if options.json {
        writeln!(
            out,
            "{{\"rows\":{},\"seconds\":{seconds:.4},\"rows_per_second\":{rate:.0},\"database_bytes\":{size},\
             \"bytes_per_row\":{each:.1},\"made_up\":{},\"sqlite\":\"{}\"}}",
            rows.count,
            options.from_db.is_none(),
            version()
        )
    } else {
        let from =
            options.from_db.as_ref().map_or("made-up rows".into(), |p| format!("rows of {}", p.display()));
        writeln!(
            out,
            "{} {from} in {seconds:.2} s: {rate:.0} rows/s; the database takes {:.1} MB, {each:.0} bytes a row",
            rows.count,
            size as f64 / 1e6
        )
    };
    std::io::stdout().write_all(out.as_bytes()).map_err(|e| e.to_string())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "ceiling: {message}");
            ExitCode::FAILURE
        }
    }
}
