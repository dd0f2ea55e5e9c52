//! Which logical file is at a path now, and where to continue reading.
//!
//! A file is identified by its head and by the bytes before its cursor, never by its name: a renamed, linked or
//! compressed copy is the same file. If a path has another file than last time, the old one was rotated, truncated or
//! rewritten; its content is looked for in the same folder.

use super::job::Job;
use super::plan::age;
use super::rotated_name::{are_kin, differ_in_packing_only, is_live, is_packed};
use chrono_tz::Tz;
use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use workhours_base::error::{Error, Result};
use workhours_base::file::{Stat, born_us};
use workhours_event::{Reading, resolve};
use workhours_filestore::{Extract, Head, Prefixes, open_source, stat};
use workhours_plugin_api::{EventSink, IEventRecord, Input, Position, Reject, Resume, Stop};
use workhours_store::{Cursor, FileId, FileRow, NewFile, Sighting, Store};

use super::host::ServedInput;
use super::tee::Tee;

/// A file of at most this length …
pub(super) const BRIEF_BYTES: u64 = 1024;
/// … that spans at most this, µs, may be written twice: equal beginnings prove nothing then.
pub(super) const BRIEF_US: i64 = 5_000_000;
/// This much of a file's end is read to find out when it ends.
const END_BYTES: u64 = 64 << 10;
/// How often files are listed again because their names have changed meanwhile.
pub(super) const MAX_LISTINGS: usize = 5;

/// The logical file in `extract` and how far it was read, if it is known; of several that would do the one `before`
/// seen at this path, else the one read furthest.
pub(super) fn recognise(
    store: &mut Store,
    job: &Job<'_>,
    path: &Path,
    extract: &mut Extract,
    before: Option<FileId>,
    not: &[FileId],
) -> Result<Option<(FileRow, Option<Cursor>)>> {
    let head = extract.head.clone();
    let mut prefixes = Prefixes::of(&head);
    let mut found = store
        .files()
        .by_head(job.source_type(), job.scope(), |len| if len == 0 { None } else { prefixes.hash(len) })?;
    // Another program may have stored a longer head between the search's two looks at the table.
    if let Some(id) = before.filter(|id| !found.iter().any(|(row, _)| row.id == *id))
        && let Some((row, cursor)) = store.files().get(id)?
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
        if is_another(store, path, extract, &row, &cursor)? {
            continue;
        }
        return Ok(Some((row, Some(cursor))));
    }
    Ok(None)
}

/// Whether the known file is elsewhere, and `extract` is another with the same beginning: one that has diverged, or
/// another part of the same rotated log. Reading it from its start is always safe.
fn is_another(
    store: &mut Store,
    path: &Path,
    extract: &Extract,
    row: &FileRow,
    cursor: &Cursor,
) -> Result<bool> {
    let Some(now) = extract.stat.as_ref().filter(|now| now.inode != (0, 0)) else { return Ok(false) };
    let has_grown = extract.size().is_some_and(|size| size > cursor.at.position.offset);
    let brief = is_brief(row, Some(cursor));
    if !has_grown && !brief {
        return Ok(false);
    }
    let Some(home) = home_of(store, path, now, row)? else { return Ok(false) };
    if !are_kin(path, &home) || differ_in_packing_only(path, &home) {
        return Ok(has_grown && Path::new(&row.path) != path);
    }
    if store.sightings().of_file(row.id)?.iter().any(|seen| seen.stat.starts_with(&now.inode_token())) {
        return Ok(false);
    }
    // One of them was copied to rotate it: then it is the file that both hold.
    Ok(!was_copied(path, &home) && (has_grown || brief))
}

/// Where a known file is, if it isn't the one at `path`.
fn home_of(store: &mut Store, path: &Path, now: &Stat, row: &FileRow) -> Result<Option<PathBuf>> {
    let sightings = store.sightings().of_file(row.id)?;
    let is_other = |path: &Path| stat(path).is_some_and(|s| s.inode != now.inode);
    for seen in sightings.iter().filter(|seen| Path::new(&seen.path) != path) {
        let home = PathBuf::from(&seen.path);
        let is_there = stat(&home).is_some_and(|s| seen.stat.starts_with(&s.inode_token()));
        if is_there && !is_younger(&home, seen) && is_other(&home) && head_matches(&home, row) {
            return Ok(Some(home));
        }
    }
    // No sighting says which file it was.
    let first = PathBuf::from(&row.path);
    let unknown = sightings.iter().all(|seen| seen.stat.is_empty());
    Ok(Some(first).filter(|first| unknown && first != path && is_other(first) && head_matches(first, row)))
}

/// Whether one of two parts of a rotated log is a copy of the other, the one that is written to. A copy is newer than
/// its original, and a file that was rotated away is older than its successor.
fn was_copied(a: &Path, b: &Path) -> bool {
    let (live, rotated) = match (is_live(a), is_live(b)) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return false,
    };
    !is_packed(rotated) && born_us(rotated).zip(born_us(live)).is_some_and(|(copy, of)| copy > of)
}

/// Whether so little is known of a file that another may begin with the same bytes.
pub(super) fn is_brief(row: &FileRow, cursor: Option<&Cursor>) -> bool {
    let length = cursor.map_or(0, |c| c.at.position.offset).max(row.head_len as u64);
    let span = row.last_date.zip(row.first_date).map(|(last, first)| last - first);
    length <= BRIEF_BYTES && span.is_some_and(|us| us <= BRIEF_US)
}

pub(super) fn head_matches(path: &Path, row: &FileRow) -> bool {
    open_source(path).ok().and_then(|e| e.head.prefix_hash(row.head_len as u64)).as_ref()
        == Some(&row.head_hash)
}

/// Whether the file last seen at `path` was renamed or packed within its folder and replaced by another. The new one
/// may be byte-identical and still be new: only inodes and creation times show it.
pub(super) fn made_way(store: &mut Store, path: &Path, seen: &Sighting, extract: &Extract) -> Result<bool> {
    let Some(now) = extract.stat.as_ref().filter(|now| now.inode != (0, 0) && !seen.stat.is_empty()) else {
        return Ok(false);
    };
    let was_there = |s: &Stat| seen.stat.starts_with(&s.inode_token());
    if was_there(now) && !is_younger(path, seen) {
        return Ok(false);
    }
    let others = rotated_with(path);
    if !was_there(now) && others.iter().any(|p| stat(p).as_ref().is_some_and(was_there)) {
        return Ok(true);
    }
    let known = store.files().get(seen.file_id)?;
    Ok(known.is_some_and(|(row, cursor)| {
        is_brief(&row, cursor.as_ref()) && others.iter().any(|p| is_packed(p) && head_matches(p, &row))
    }))
}

/// Whether a file was made after this was seen in its place.
fn is_younger(path: &Path, seen: &Sighting) -> bool {
    born_us(path).is_some_and(|born| born > seen.seen_us)
}

/// Whether the file at `path` is the very one that was seen there, with other content.
pub(super) fn was_truncated(path: &Path, seen: &Sighting, now: &Stat) -> bool {
    now.inode != (0, 0) && seen.stat.starts_with(&now.inode_token()) && !is_younger(path, seen)
}

/// Whether the file is brief and was copied since it was seen, so that a truncation can't be detected.
pub(super) fn may_be_truncated(path: &Path, seen: &Sighting, row: &FileRow, cursor: Option<&Cursor>) -> bool {
    let is_copy = |p: &PathBuf| {
        !is_live(p) && born_us(p).is_some_and(|born| born > seen.seen_us) && head_matches(p, row)
    };
    // Only the file with the current name is truncated. Listing a folder for each of its files is slow.
    is_live(path) && is_brief(row, cursor) && rotated_with(path).iter().any(is_copy)
}

/// The other files of the same rotated log in the same folder, oldest first.
pub fn rotated_with(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(listed) else { return Vec::new() };
    let mut others: Vec<PathBuf> = entries
        .filter_map(|e| e.ok().map(|e| folder.join(e.file_name())))
        .filter(|p| p.file_name() != path.file_name() && are_kin(p, path) && p.is_file())
        .collect();
    others.sort_by_cached_key(|p| age(p));
    others
}

/// The new place of the content that was at `path`: a file of the same rotated log that is the one seen there, or
/// begins like it; followed, oldest first, by the files rotated since then. `None` if the names don't stop changing.
pub(super) fn find_rotated(path: &Path, row: &FileRow, seen: &Sighting) -> Option<Vec<PathBuf>> {
    let mut names = list_with_inodes(path);
    for _ in 0..MAX_LISTINGS {
        let found = rotated_among(&names, path, row, seen);
        // A file renamed meanwhile may have been overlooked under both of its names.
        let now = list_with_inodes(path);
        if now == names {
            return Some(found);
        }
        names = now;
    }
    None
}

/// The other files of a rotated log, each with its inode.
fn list_with_inodes(path: &Path) -> Vec<(PathBuf, Option<(u64, u64)>)> {
    let with_inode = |file: PathBuf| {
        let inode = stat(&file).map(|s| s.inode);
        (file, inode)
    };
    rotated_with(path).into_iter().map(with_inode).collect()
}

fn rotated_among(
    names: &[(PathBuf, Option<(u64, u64)>)],
    path: &Path,
    row: &FileRow,
    seen: &Sighting,
) -> Vec<PathBuf> {
    let moved =
        |p: &Path| stat(p).is_some_and(|s| s.inode != (0, 0) && seen.stat.starts_with(&s.inode_token()));
    let first = names.iter().position(|(p, _)| moved(p) && head_matches(p, row));
    let first = first.or_else(|| names.iter().position(|(p, _)| head_matches(p, row)));
    let Some(first) = first else { return Vec::new() };
    let before = age(path);
    let last = names.iter().rposition(|(p, _)| age(p) < before).map_or(first, |last| last.max(first));
    names[first..=last].iter().map(|(p, _)| p.clone()).collect()
}

/// Stores a logical file that was not read from before; `newest` is the newest file when it was found to be unknown.
pub(super) fn create(
    store: &mut Store,
    job: &Job<'_>,
    path: &Path,
    extract: &Extract,
    newest: FileId,
) -> Result<FileRow> {
    let (head_len, head_hash) = extract.head.fingerprint();
    store.files().create(&NewFile {
        source_type: job.source_type().into(),
        scope: job.scope().into(),
        input_id: job.input_id,
        path: path.to_string_lossy().into_owned(),
        head_len,
        head_hash,
        timezone: job.zone.name().into(),
        tz_version: Reading::tz_version(),
        reference_secs: reference_of(job, extract),
        inode: extract.stat.as_ref().filter(|s| s.inode != (0, 0)).map(Stat::inode_token).unwrap_or_default(),
        newest,
    })
}

/// Fails if the zone differs from the one a file's local times were read with the first time.
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

/// The time of the first record in a file's beginning.
pub(super) fn first_date(job: &Job<'_>, head: &Head, reference_secs: i64) -> Option<i64> {
    let mut dates = Dates { zone: job.zone, first: None, last: None, only_first: true };
    dates.read(job, head.0.clone(), reference_secs);
    dates.first
}

/// The earliest and the latest time in a file's end.
pub(super) fn dates_at_end(job: &Job<'_>, path: &Path, reference_secs: i64) -> Option<(i64, i64)> {
    let end = end_of(path).ok()?;
    let line = memchr::memchr(b'\n', &end).map_or(0, |at| at + 1);
    let mut dates = Dates { zone: job.zone, first: None, last: None, only_first: false };
    dates.read(job, end.get(line..)?.to_vec(), reference_secs);
    dates.first.zip(dates.last)
}

/// A file's last bytes: of a packed one all is unpacked for them. Begins with a line end if it has the file's first line.
fn end_of(path: &Path) -> Result<Vec<u8>> {
    let mut extract = open_source(path)?;
    let skipped = match extract.size() {
        Some(size) if size > END_BYTES => extract.skip_to(size - END_BYTES).unwrap_or(false),
        _ => false,
    };
    let mut end = if skipped { Vec::new() } else { vec![b'\n'] };
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let read = (&mut extract).take(END_BYTES).read_to_end(&mut piece);
        end.extend_from_slice(&piece);
        let surplus = end.len().saturating_sub(2 * END_BYTES as usize);
        end.drain(..surplus);
        // For a damaged archive, the end is where the damage begins.
        if piece.is_empty() || read.is_err() {
            return Ok(end);
        }
    }
}

/// The moment that dates without a year are counted back from: when the file was last written to.
fn reference_of(job: &Job<'_>, extract: &Extract) -> i64 {
    extract.stat.as_ref().map_or(job.now_us / 1_000_000, |s| (s.mtime_ns / 1_000_000_000) as i64)
}

/// Looks for dates without building anything.
struct Dates {
    zone: Tz,
    /// The earliest.
    first: Option<i64>,
    /// The latest.
    last: Option<i64>,
    /// Whether the first record's is enough.
    only_first: bool,
}

impl Dates {
    fn read(&mut self, job: &Job<'_>, bytes: Vec<u8>, reference_secs: i64) {
        let tee = Rc::new(RefCell::new(Tee::new(None, 0)));
        let facts = job.facts("", reference_secs, Reading::CURRENT);
        let mut host =
            ServedInput::new(Extract::from_bytes(bytes), tee, Resume::default(), Default::default(), facts);
        // If reading fails, the result so far is the best available.
        let _ = job.source.parse(&mut Input::new(&mut host), self);
    }
}

impl EventSink for Dates {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        let date = record.to_event_row().time.and_then(|t| resolve(t, self.zone).date);
        self.first = self.first.into_iter().chain(date).min();
        self.last = self.last.max(date);
        if self.only_first && self.first.is_some() { Err(Stop) } else { Ok(()) }
    }
    fn reject(&mut self, _: &Reject<'_>) -> Result<(), Stop> {
        Ok(())
    }
    fn ignored(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
    fn checkpoint(&mut self, _: Position, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
}
