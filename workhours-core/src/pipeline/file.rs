//! Which logical file a path holds now, and where to take up reading.
//!
//! A file is known by its head and by what stands before its cursor, never by its name: a renamed, linked or
//! compressed copy is the file it is a copy of. When a path holds another file than last time it was
//! rotated, truncated or rewritten; what it held before is looked for beside it.

use super::job::Job;
use super::plan::{age, series};
use crate::error::{Error, Result};
use crate::event::{Identity, Ordinals, Reading, WallClock, resolve};
use crate::filestore::{CopyReader, Extract, Stat, open_source, stat};
use crate::store::{Cursor, FileRow, NewFile, Sighting, Store};
use chrono_tz::Tz;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use workhours_plugin_api::{EventSink, IEventRecord, Input, Position, Reject, Resume, Stop};

use super::host::ServedInput;
use super::tee::Tee;

/// A successor that starts this much before its predecessor's end, in µs, still follows it when the
/// predecessor was found beside it: servers write lines slightly out of order.
const DISORDER_US: i64 = 5 * 60 * 1_000_000;

/// The logical file in `extract` and how far it was read, if it is known; of several that would do the one `before`
/// seen at this path, else the one read furthest.
pub(super) fn recognise(
    store: &mut Store,
    job: &Job<'_>,
    path: &Path,
    extract: &mut Extract,
    before: Option<i64>,
    not: &[i64],
) -> Result<Option<(FileRow, Option<Cursor>)>> {
    let head = extract.head.clone();
    let mut found = store.files_by_head(job.source_type(), job.scope(), |len| {
        if len == 0 { None } else { head.prefix_hash(len) }
    })?;
    // Another program may have stored a longer head between the search's two looks at the table.
    if let Some(id) = before.filter(|id| !found.iter().any(|(row, _)| row.id == *id))
        && let Some((row, cursor)) = store.file(id)?
        && row.head_len > 0
        && head.prefix_hash(row.head_len as u64).as_ref() == Some(&row.head_hash)
    {
        found.push((row, cursor));
    }
    found.sort_by_key(|(row, c)| {
        let offset = c.as_ref().map_or(0, |c| c.at.position.offset);
        std::cmp::Reverse((before == Some(row.id), offset))
    });
    for (row, cursor) in found.into_iter().filter(|(row, _)| !not.contains(&row.id)) {
        let Some(cursor) = cursor else {
            // Seen here, but nothing of it is loaded yet: a run was killed, or another is at it right now.
            if before == Some(row.id) {
                return Ok(Some((row, None)));
            }
            continue;
        };
        if extract.is_plain() {
            if extract.size().is_none_or(|size| size < cursor.at.position.offset) {
                continue;
            }
            let tail = extract.peek_at(cursor.tail.offset, cursor.tail.len).unwrap_or_default();
            if cursor.tail.len > 0 && blake3::hash(&tail).as_bytes()[..] != cursor.tail.hash[..] {
                continue;
            }
        }
        if forked(path, extract, &row, &cursor) {
            continue;
        }
        return Ok(Some((row, Some(cursor))));
    }
    Ok(None)
}

/// Whether two different files on disk began alike and `extract` has gone its own way: it goes on where the
/// known one ends, but the known one is still where it was. Reading it from its start is always safe.
fn forked(path: &Path, extract: &Extract, row: &FileRow, cursor: &Cursor) -> bool {
    let old = Path::new(&row.path);
    if old == path || extract.size().is_none_or(|size| size <= cursor.at.position.offset) {
        return false;
    }
    let same_inode = || stat(old).zip(extract.stat.as_ref()).is_some_and(|(a, b)| a.inode == b.inode);
    old.is_file() && !same_inode() && head_matches(old, row)
}

fn head_matches(path: &Path, row: &FileRow) -> bool {
    open_source(path).ok().and_then(|e| e.head.prefix_hash(row.head_len as u64)).as_ref()
        == Some(&row.head_hash)
}

/// Whether the file last seen at `path` was renamed within its folder and another has taken its place. The
/// new one may be equal to it, byte for byte, and yet be new: only the inodes tell.
pub(super) fn made_way(path: &Path, seen: &Sighting, extract: &Extract) -> bool {
    let same_inode = |s: &Stat| seen.stat.starts_with(&s.inode_token());
    match &extract.stat {
        Some(now) if now.inode != (0, 0) && !same_inode(now) && !seen.stat.is_empty() => {
            beside(path).iter().any(|p| stat(p).as_ref().is_some_and(same_inode))
        }
        _ => false,
    }
}

/// The other files of the same series in the same folder, oldest first.
fn beside(path: &Path) -> Vec<PathBuf> {
    let wanted = series(path);
    let folder = path.parent().unwrap_or(Path::new(""));
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(listed) else { return Vec::new() };
    let mut beside: Vec<PathBuf> = entries
        .filter_map(|e| e.ok().map(|e| folder.join(e.file_name())))
        .filter(|p| p.file_name() != path.file_name() && series(p) == wanted && p.is_file())
        .collect();
    beside.sort_by_cached_key(|p| age(p));
    beside
}

/// Where the content that used to be at `path` went, a file of the same series that begins like it; behind
/// it, oldest first, what was rotated away since then.
pub(super) fn find_rotated(path: &Path, row: &FileRow) -> Vec<PathBuf> {
    let mut beside = beside(path);
    let Some(first) = beside.iter().position(|p| head_matches(p, row)) else { return Vec::new() };
    let before = age(path);
    let last = beside.iter().rposition(|p| age(p) < before).map_or(first, |last| last.max(first));
    beside.drain(first..=last).collect()
}

/// A logical file not read from before.
pub(super) struct Newcomer<'a> {
    pub(super) path: &'a Path,
    pub(super) input_id: i64,
    /// What was at the path, or before it in its series.
    pub(super) predecessor: Option<i64>,
    /// Where the predecessor's bytes are now, if they were found.
    pub(super) rotated: Option<&'a Path>,
    /// The newest file when this one was found to be unknown.
    pub(super) newest: i64,
}

impl Newcomer<'_> {
    /// Stores the file, with what its predecessor carries over.
    pub(super) fn create(&self, store: &mut Store, job: &Job<'_>, extract: &Extract) -> Result<FileRow> {
        let (head_len, head_hash) = extract.head.fingerprint();
        let carry = self.carry(store, job, extract)?;
        let reference = reference_of(job, extract);
        store.create_file(&NewFile {
            source_type: job.source_type().into(),
            scope: job.scope().into(),
            input_id: self.input_id,
            path: self.path.to_string_lossy().into_owned(),
            head_len,
            head_hash,
            predecessor_id: self.predecessor.filter(|_| !carry.is_empty()),
            carry,
            timezone: job.zone.name().into(),
            tz_version: Reading::tz_version(),
            reference_secs: reference,
            newest: self.newest,
        })
    }

    /// The equal records a successor must count on from. Nothing for a file that was merely rewritten or cut
    /// at its front: its first record is older than the predecessor's last.
    fn carry(&self, store: &mut Store, job: &Job<'_>, extract: &Extract) -> Result<Vec<u8>> {
        let Some((row, cursor)) = self.predecessor.map(|id| store.file(id)).transpose()?.flatten() else {
            return Ok(Vec::new());
        };
        // One that begins at its predecessor's last second was cut at the front, unless that one is beside.
        let follows = match (first_date(job, extract), row.last_date) {
            (Some(first), Some(last)) if self.rotated.is_some() => first >= last - DISORDER_US,
            (Some(first), Some(last)) => first > last,
            _ => false,
        };
        let Some(cursor) = cursor.filter(|_| follows) else { return Ok(Vec::new()) };
        let bytes = match self.rotated.and_then(|p| open_source(p).ok()) {
            Some(extract) => Some(extract),
            None => CopyReader::new(&job.fs, &store.segments(row.id)?)
                .filter(CopyReader::is_complete)
                .map(|copy| Extract::from_copy(copy, None)),
        };
        let Some(mut bytes) = bytes else { return Ok(Vec::new()) };
        if !bytes.skip_to(cursor.warm.position.offset).unwrap_or(false) {
            return Ok(Vec::new());
        }
        let mut sink = Recount {
            identity: Identity::new(job.source_type(), job.scope()),
            ordinals: Ordinals::new(cursor.warm.clone(), &row.carry),
            zone: job.zone,
            first: None,
            only_first: false,
        };
        let reading = Reading::of(&row.tz_version);
        // What the clock left there is of no matter here, but no part of the source's state.
        let from = WallClock::new(job.zone, job.now_us).unseal(cursor.warm);
        serve(job, bytes, from, (row.reference_secs, reading), &mut sink);
        Ok(sink.ordinals.carry())
    }
}

/// Refuses another zone than the one a file's wall clocks were read with the first time.
pub(super) fn check_zone(row: &FileRow, zone: Tz) -> Result<()> {
    if !row.has_local || row.timezone == zone.name() {
        return Ok(());
    }
    Err(Error::failed(format!(
        "{} was loaded with its wall clock in {}, and this run says {}",
        row.path,
        row.timezone,
        zone.name()
    ))
    .hint(format!(
        "keep the zone, or read it anew with the other one: workhours inputs reload {} --timezone {}",
        row.input_id,
        zone.name()
    )))
}

fn first_date(job: &Job<'_>, extract: &Extract) -> Option<i64> {
    let mut sink = Recount {
        identity: Identity::new("", ""),
        ordinals: Ordinals::default(),
        zone: job.zone,
        first: None,
        only_first: true,
    };
    let bytes = Extract::from_bytes(extract.head.0.clone());
    serve(job, bytes, Resume::default(), (reference_of(job, extract), Reading::CURRENT), &mut sink);
    sink.first
}

/// The moment that dates without a year are counted back from: when the file was last written to.
fn reference_of(job: &Job<'_>, extract: &Extract) -> i64 {
    extract.stat.as_ref().map_or(job.now_us / 1_000_000, |s| (s.mtime_ns / 1_000_000_000) as i64)
}

fn serve(
    job: &Job<'_>,
    bytes: Extract,
    from: Resume,
    (reference_secs, reading): (i64, Reading),
    sink: &mut Recount,
) {
    let tee = Rc::new(RefCell::new(Tee::new(None, 0)));
    let facts = job.facts("", reference_secs, reading);
    let mut host = ServedInput::new(bytes, tee, from, Default::default(), facts);
    // Whatever ends the reading, what was counted until then is the best there is.
    let _ = job.source.parse(&mut Input::new(&mut host), sink);
}

/// Counts equal records without building them, or just looks for the first date.
struct Recount {
    identity: Identity,
    ordinals: Ordinals,
    zone: Tz,
    first: Option<i64>,
    only_first: bool,
}

impl EventSink for Recount {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        let row = record.to_event_row();
        let date = row.time.and_then(|t| resolve(t, self.zone).date);
        self.first = self.first.or(date);
        if self.only_first {
            return if self.first.is_some() { Err(Stop) } else { Ok(()) };
        }
        let base = self.identity.base(&row);
        self.ordinals.next(base, date);
        Ok(())
    }
    fn reject(&mut self, _: &Reject<'_>) -> Result<(), Stop> {
        Ok(())
    }
    fn ignored(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
    fn checkpoint(&mut self, at: Position, state: &[u8]) -> Result<(), Stop> {
        self.ordinals.checkpoint(at.offset, || Resume { position: at, state: state.to_vec() });
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
}
