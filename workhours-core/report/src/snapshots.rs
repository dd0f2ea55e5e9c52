//! Snapshots of reports: the rows a saved report had at a moment, kept in the filestore, so that an invoice can be
//! shown again as it was although more was loaded since.
//!
//! A snapshot is `reports/NAME/TIME.jsonl.zst` there: a line with the columns, then a line for each row, each cell as
//! its column's type is in JSON (times: µs since 1970 UTC). So every output can write it, whenever. Nothing refers to a
//! snapshot; it stays until it is deleted, or until something in it is purged.

use chrono::DateTime;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::{Context, Error, Result};
use workhours_base::names;
use workhours_base::table::{Cell, Chart, Column, ColumnType, Look, Row, Rows, Table};
use workhours_filestore::Filestore;

/// The name of a snapshot being written: this and the number of the process.
pub const TMP_PREFIX: &str = "snapshot-";

const EXTENSION: &str = ".jsonl.zst";
const STAMP: &str = "%Y%m%dT%H%M%S%.6fZ";

/// A snapshot there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The saved report's name.
    pub report: String,
    /// When it was taken, µs.
    pub taken_us: i64,
    /// Bytes on disk.
    pub bytes: u64,
    path: PathBuf,
}

impl Snapshot {
    /// Its name: the report's name, a slash, and when it was taken.
    pub fn name(&self) -> String {
        format!("{}/{}", self.report, stamp(self.taken_us))
    }
}

#[derive(Serialize, Deserialize)]
struct Head {
    table: String,
    columns: Vec<HeadColumn>,
}

#[derive(Serialize, Deserialize)]
struct HeadColumn {
    name: String,
    kind: String,
    help: String,
    detail: bool,
    unit: Option<String>,
    bar: bool,
}

/// Stores the rows of a table as those of a saved report; returns the snapshot and its number of rows.
///
/// # Errors
/// What the table returns, or that it can't be written; then there is no such snapshot.
pub fn take(fs: &Filestore, report: &str, now_us: i64, mut table: Table<'_>) -> Result<(Snapshot, u64)> {
    let dir = fs.reports_dir(&encode(report)).on_disk(
        Written::Filestore,
        fs.root(),
        || "cannot make a folder for snapshots",
    )?;
    let path = dir.join(format!("{}{EXTENSION}", stamp(now_us)));
    let what = || format!("cannot write the snapshot {}", path.display());
    let tmp = fs.tmp().join(format!("{TMP_PREFIX}{}", std::process::id()));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = zstd::Encoder::new(options.open(&tmp).on_disk(Written::Filestore, fs.root(), what)?, 3)
        .context(what)?;
    let column = |c: &Column| HeadColumn {
        name: c.name.into(),
        kind: c.kind.name().into(),
        help: c.help.into(),
        detail: c.detail,
        unit: c.unit.map(str::to_owned),
        bar: c.look == Look::Bar,
    };
    let head = Head { table: table.name.clone(), columns: table.columns.iter().map(column).collect() };
    let mut line = |value: &Value| writeln!(out, "{value}").on_disk(Written::Filestore, fs.root(), what);
    line(&serde_json::to_value(&head).context(what)?)?;
    let mut rows = 0;
    while let Some(row) = table.rows.next_row()? {
        rows += 1;
        match row {
            Row::Data(cells) => line(&Value::Array(cells.iter().map(to_json).collect()))?,
            Row::Separator(cells) => {
                line(&json!({ "separator": cells.iter().map(to_json).collect::<Vec<_>>() }))?
            }
        }
    }
    out.finish().and_then(|file| file.sync_all()).on_disk(Written::Filestore, fs.root(), what)?;
    fs::rename(&tmp, &path).on_disk(Written::Filestore, fs.root(), what)?;
    let bytes = fs::metadata(&path).context(what)?.len();
    Ok((Snapshot { report: report.to_owned(), taken_us: now_us, bytes, path }, rows))
}

/// All snapshots, by report and time.
///
/// # Errors
/// When a folder cannot be read.
pub fn all(fs: &Filestore) -> Result<Vec<Snapshot>> {
    let what = || "cannot list the snapshots".to_owned();
    let mut all = Vec::new();
    let Ok(folders) = fs::read_dir(fs.root().join("reports")) else { return Ok(all) };
    for folder in folders {
        let folder = folder.context(what)?;
        let Some(report) = folder.file_name().to_str().and_then(decode) else { continue };
        for file in fs::read_dir(folder.path()).context(what)? {
            let file = file.context(what)?;
            let taken =
                file.file_name().to_str().and_then(|name| name.strip_suffix(EXTENSION)).and_then(unstamp);
            let Some(taken_us) = taken else { continue };
            let bytes = file.metadata().context(what)?.len();
            all.push(Snapshot { report: report.clone(), taken_us, bytes, path: file.path() });
        }
    }
    all.sort_by(|a, b| (&a.report, a.taken_us).cmp(&(&b.report, b.taken_us)));
    Ok(all)
}

/// The snapshot of this name; a report's name alone means its latest.
///
/// # Errors
/// A usage error that names the nearest one.
pub fn find(fs: &Filestore, name: &str) -> Result<Snapshot> {
    let all = all(fs)?;
    let found = all.iter().rev().find(|snapshot| snapshot.name() == name || snapshot.report == name);
    found.cloned().ok_or_else(|| {
        let known: BTreeSet<String> = all.iter().map(Snapshot::name).collect();
        names::unknown("snapshot", name, known.iter().map(String::as_str), "workhours reports snapshots")
    })
}

/// Deletes a snapshot.
///
/// # Errors
/// File system errors.
pub fn delete(snapshot: &Snapshot) -> Result<()> {
    let what = || format!("cannot delete {}", snapshot.path.display());
    fs::remove_file(&snapshot.path).context(what)?;
    // The folder goes with its last.
    _ = snapshot.path.parent().map(fs::remove_dir);
    Ok(())
}

/// Whether a snapshot holds text that matches, its report's name included.
///
/// # Errors
/// When it cannot be read.
pub fn holds(snapshot: &Snapshot, pattern: &Regex) -> Result<bool> {
    if pattern.is_match(&snapshot.report) {
        return Ok(true);
    }
    let mut table = open(snapshot)?;
    while let Some(row) = table.rows.next_row()? {
        let (Row::Data(cells) | Row::Separator(cells)) = row;
        let hit = cells.iter().any(|cell| match cell {
            Cell::Text(text) | Cell::Json(text) => pattern.is_match(text),
            Cell::List(texts) => texts.iter().any(|text| pattern.is_match(text)),
            _ => false,
        });
        if hit {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A snapshot's rows.
///
/// # Errors
/// When it cannot be read.
pub fn open(snapshot: &Snapshot) -> Result<Table<'static>> {
    let what = || format!("cannot read the snapshot {}", snapshot.path.display());
    let file = File::open(&snapshot.path).context(what)?;
    let mut lines = BufReader::new(zstd::Decoder::new(file).context(what)?);
    let mut line = String::new();
    lines.read_line(&mut line).context(what)?;
    let head: Head = serde_json::from_str(&line).context(what)?;
    // Columns are known for as long as the program runs, of which a run reads few.
    let keep = |text: String| -> &'static str { text.leak() };
    let mut columns = Vec::new();
    for c in head.columns {
        let kind = KINDS.into_iter().find(|kind| kind.name() == c.kind).ok_or_else(|| {
            Error::failed(what()).with_source(std::io::Error::other(format!("unknown type {:?}", c.kind)))
        })?;
        columns.push(Column {
            name: keep(c.name),
            kind,
            help: keep(c.help),
            detail: c.detail,
            unit: c.unit.map(keep),
            look: if c.bar { Look::Bar } else { Look::Plain },
        });
    }
    let kinds = columns.iter().map(|c| c.kind).collect();
    let rows = Kept { lines: Box::new(lines), kinds, path: snapshot.path.clone() };
    Ok(Table { name: head.table, columns, rows: Box::new(rows), chart: Chart::None, notes: Vec::new() })
}

const KINDS: [ColumnType; 9] = [
    ColumnType::Text,
    ColumnType::Category,
    ColumnType::Int,
    ColumnType::Float,
    ColumnType::Bool,
    ColumnType::Time,
    ColumnType::List,
    ColumnType::Series,
    ColumnType::Json,
];

struct Kept {
    lines: Box<dyn BufRead>,
    kinds: Vec<ColumnType>,
    path: PathBuf,
}

impl Rows for Kept {
    fn next_row(&mut self) -> Result<Option<Row>> {
        let what = || format!("cannot read the snapshot {}", self.path.display());
        let mut line = String::new();
        if self.lines.read_line(&mut line).context(what)? == 0 {
            return Ok(None);
        }
        let mut value: Value = serde_json::from_str(&line).context(what)?;
        let divides = value.get_mut("separator").map(Value::take);
        let cells = |value: Value| match value {
            Value::Array(cells) => {
                cells.into_iter().zip(&self.kinds).map(|(cell, kind)| from_json(cell, *kind)).collect()
            }
            _ => Vec::new(),
        };
        Ok(Some(match divides {
            Some(row) => Row::Separator(cells(row)),
            None => Row::Data(cells(value)),
        }))
    }
}

fn to_json(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) | Cell::Json(text) => text.as_str().into(),
        Cell::Int(n) | Cell::Time(n) => (*n).into(),
        // JSON has no infinities; as text they come back as they were.
        Cell::Float(n) if !n.is_finite() => n.to_string().into(),
        Cell::Float(n) => (*n).into(),
        Cell::Bool(yes) => (*yes).into(),
        Cell::List(texts) => texts.as_slice().into(),
        Cell::Series(numbers) => numbers.as_slice().into(),
    }
}

fn from_json(value: Value, kind: ColumnType) -> Cell {
    match (kind, value) {
        (_, Value::Null) => Cell::Null,
        (ColumnType::Json, Value::String(text)) => Cell::Json(text.into()),
        (ColumnType::Float, Value::String(text)) => text.parse().map_or(Cell::Null, Cell::Float),
        (_, Value::String(text)) => text.into(),
        (ColumnType::Time, Value::Number(n)) => n.as_i64().map_or(Cell::Null, Cell::Time),
        (ColumnType::Int, Value::Number(n)) => n.as_i64().map_or(Cell::Null, Cell::Int),
        (_, Value::Number(n)) => n.as_f64().map_or(Cell::Null, Cell::Float),
        (_, Value::Bool(yes)) => Cell::Bool(yes),
        (ColumnType::Series, Value::Array(all)) => {
            Cell::Series(all.iter().filter_map(Value::as_f64).collect())
        }
        (_, Value::Array(all)) => {
            Cell::List(all.into_iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())
        }
        (_, other) => Cell::Json(other.to_string().into()),
    }
}

fn stamp(us: i64) -> String {
    DateTime::from_timestamp_micros(us).unwrap_or_default().format(STAMP).to_string()
}

fn unstamp(text: &str) -> Option<i64> {
    chrono::NaiveDateTime::parse_from_str(text, STAMP).ok().map(|t| t.and_utc().timestamp_micros())
}

/// A report's name as the name of a folder: characters other than letters, digits, dash and underscore become `%` and
/// two digits.
fn encode(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02x}") }).collect()
}

fn decode(name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 9] = [
        Column::new("text", ColumnType::Text, "t").unit("u"),
        Column::new("category", ColumnType::Category, "c"),
        Column::bar("int", ColumnType::Int, "i"),
        Column::detail("float", ColumnType::Float, "f"),
        Column::new("bool", ColumnType::Bool, "b"),
        Column::new("time", ColumnType::Time, "t"),
        Column::new("list", ColumnType::List, "l"),
        Column::new("series", ColumnType::Series, "s"),
        Column::new("json", ColumnType::Json, "j"),
    ];

    #[test]
    fn what_was_kept_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let fs = Filestore::open(dir.path()).unwrap();
        let full = vec![
            Cell::Text("a\n\u{0}é\"</script>".into()),
            "x".into(),
            Cell::Int(i64::MAX),
            Cell::Float(f64::INFINITY),
            Cell::Bool(true),
            Cell::Time(-1),
            Cell::List(vec![String::new(), "b".into()]),
            Cell::Series(vec![1.5, -2.0]),
            Cell::Json("{\"a\":1}".into()),
        ];
        let rows = vec![full.clone(), vec![Cell::Null; 9]];
        let name = "In/voice ä%";
        let (older, n) = take(&fs, name, 1_000_000, Table::ready("t", &COLUMNS, rows)).unwrap();
        assert_eq!(n, 2);
        take(&fs, name, 2_500_000, Table::ready("t", &COLUMNS, Vec::new())).unwrap();
        let names: Vec<String> = all(&fs).unwrap().iter().map(Snapshot::name).collect();
        assert_eq!(names, ["In/voice ä%/19700101T000001.000000Z", "In/voice ä%/19700101T000002.500000Z"]);
        assert_eq!(find(&fs, name).unwrap().taken_us, 2_500_000);
        assert_eq!(find(&fs, &names[0]).unwrap(), older);
        let mut table = open(&older).unwrap();
        assert_eq!(table.columns, COLUMNS);
        assert_eq!(table.rows.next_row().unwrap(), Some(Row::Data(full)));
        assert_eq!(table.rows.next_row().unwrap(), Some(Row::Data(vec![Cell::Null; 9])));
        assert_eq!(table.rows.next_row().unwrap(), None);
        assert!(holds(&older, &Regex::new("</scr").unwrap()).unwrap());
        assert!(!holds(&older, &Regex::new("nowhere").unwrap()).unwrap());
        all(&fs).unwrap().iter().for_each(|snapshot| delete(snapshot).unwrap());
        assert!(all(&fs).unwrap().is_empty() && !dir.path().join("reports/In%2fvoice%20%c3%a4%25").exists());
    }
}
