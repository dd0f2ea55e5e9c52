//! `purge`: whatever matches a pattern is removed from the database, the rejects and the copies, and does not come
//! back with the next load. The inputs themselves are not touched: they are not ours.
//!
//! Copies are looked at too, because what was redacted in the database stands there as it was written. In a copied
//! text the record is blanked, so that everything else stays where it stood; a copy that is no text is removed, and so
//! is a snapshot of a report that shows it.

use crate::Text;
use crate::error::{Context, Result};
use crate::event::hash64;
use crate::filestore::{CopyReader, Filestore, ObjectWriter};
use crate::snapshots;
use crate::store::{EventFilter, Segment, Store, StoredEvent};
use regex::Regex;
use regex::bytes::Regex as Bytes;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::ops::Range;

/// Bytes of a copy looked at together; a match may be as long as the overlap.
const WINDOW: usize = 4 << 20;
const OVERLAP: usize = 256 << 10;

/// What was, or would be, removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Events.
    pub events: u64,
    /// Rejects.
    pub rejects: u64,
    /// Logical files whose copies had a part blanked.
    pub copies_blanked: u64,
    /// Logical files whose copies were removed.
    pub copies_removed: u64,
    /// Snapshots of reports that were removed.
    pub snapshots: u64,
}

/// What is looked for, in texts and in bytes.
pub struct Pattern {
    text: Regex,
    bytes: Bytes,
}

impl Pattern {
    /// Reads a regular expression, or with `literal` takes the text as it is.
    ///
    /// # Errors
    /// A usage error when it is none, or would match everything.
    pub fn new(pattern: &str, literal: bool) -> Result<Self> {
        use crate::error::Error;
        let pattern = if literal { regex::escape(pattern) } else { pattern.to_owned() };
        let wrong =
            |e: &dyn std::fmt::Display| Error::usage(format!("the pattern is no regular expression: {e}"));
        let text = Regex::new(&pattern).map_err(|e| wrong(&e))?;
        let bytes = Bytes::new(&pattern).map_err(|e| wrong(&e))?;
        if text.is_match("") {
            return Err(Error::usage("the pattern matches everything")
                .hint("to remove an input with all its events: workhours inputs remove ID"));
        }
        Ok(Self { text, bytes })
    }

    fn in_event(&self, e: &StoredEvent) -> bool {
        let fields = [&e.url, &e.referrer, &e.agent, &e.title, &e.text, &e.host, &e.peer, &e.user, &e.meta];
        fields.into_iter().flatten().any(|text| self.text.is_match(text))
            || e.tags.iter().any(|tag| self.text.is_match(tag))
    }
}

/// Removes what matches; with `dry` only says what it would be.
///
/// # Errors
/// What the database or the filestore reports. What was removed until then stays so; the same call does the rest.
pub fn purge(store: &mut Store, fs: &Filestore, pattern: &Pattern, dry: bool) -> Result<Purged> {
    let mut copies: BTreeMap<i64, Vec<Segment>> = BTreeMap::new();
    for segment in store.all_segments()? {
        copies.entry(segment.file_id).or_default().push(segment);
    }
    let mut found: FxHashMap<i64, Vec<Range<u64>>> = FxHashMap::default();
    for (file, segments) in &copies {
        let ranges = in_copy(fs, segments, &pattern.bytes)?;
        if !ranges.is_empty() {
            found.insert(*file, ranges);
        }
    }
    let hit = |file: i64, offset: i64, length: i64, found: &FxHashMap<i64, Vec<Range<u64>>>| {
        let (from, to) = (offset as u64, (offset + length) as u64);
        // They are in order and hardly overlap, so the first that ends behind the record's start decides.
        let first_behind =
            |all: &Vec<Range<u64>>| all[all.partition_point(|r| r.end <= from)..].first().cloned();
        length > 0 && found.get(&file).and_then(first_behind).is_some_and(|r| r.start < to)
    };
    let (mut doomed, mut blank) = (Vec::new(), found.clone());
    let mut names: FxHashSet<i64> = FxHashSet::default();
    let mut rows_of: FxHashSet<i64> = FxHashSet::default();
    let mut events = store.event_reader(EventFilter::default());
    while let Some(e) = events.next_event()? {
        if pattern.in_event(&e) || hit(e.file_id, e.file_offset, e.file_length, &found) {
            if e.file_length > 0 {
                let span = e.file_offset as u64..(e.file_offset + e.file_length) as u64;
                blank.entry(e.file_id).or_default().push(span);
            } else {
                rows_of.insert(e.file_id);
            }
            names.extend(names_of(&e));
            doomed.push(e.id.0.to_vec());
        }
    }
    let mut rejects = Vec::new();
    for r in store.reject_texts()? {
        let texts = [&r.reason, &r.excerpt];
        if texts.iter().any(|t| pattern.text.is_match(t))
            || hit(r.file_id, r.file_offset, r.file_length, &found)
        {
            let span = r.file_offset as u64..(r.file_offset + r.file_length) as u64;
            blank.entry(r.file_id).or_default().push(span);
            rejects.push((r.file_id, r.file_offset));
        }
    }
    let mut done = Purged { events: doomed.len() as u64, rejects: rejects.len() as u64, ..Purged::default() };
    if !dry {
        store.purge_events(&doomed)?;
        store.purge_rejects(&rejects)?;
        purge_names(store, pattern, names)?;
    }
    for (file, segments) in &copies {
        let spans = blank.remove(file).unwrap_or_default();
        if rows_of.contains(file) || (!spans.is_empty() && is_binary(fs, segments)?) {
            done.copies_removed += 1;
            if !dry {
                replace(store, fs, segments, &[])?;
            }
        } else if !spans.is_empty() {
            done.copies_blanked += 1;
            if !dry {
                blank_copy(store, fs, segments, &spans)?;
            }
        }
    }
    for snapshot in snapshots::all(fs)? {
        if snapshots::holds(&snapshot, &pattern.text)? {
            done.snapshots += 1;
            if !dry {
                snapshots::delete(&snapshot)?;
            }
        }
    }
    if !dry {
        store.scrub()?;
    }
    Ok(done)
}

/// The keys of what an event refers to in the dictionaries, which are hashes of the texts.
fn names_of(e: &StoredEvent) -> impl Iterator<Item = i64> {
    let texts = [&e.url, &e.referrer, &e.agent].into_iter().flatten().map(Text::as_str);
    texts.chain(e.tags.iter().map(String::as_str)).map(|text| hash64(text.as_bytes()))
}

/// Removes dictionary entries that match, and those only purged events referred to: `orphans` are the keys of these,
/// some of which other events still use.
fn purge_names(store: &mut Store, pattern: &Pattern, mut orphans: FxHashSet<i64>) -> Result<()> {
    let mut left = store.event_reader(EventFilter::default());
    while !orphans.is_empty()
        && let Some(e) = left.next_event()?
    {
        for name in names_of(&e) {
            orphans.remove(&name);
        }
    }
    let names = store.names()?.map(|names| {
        let gone = names.into_iter().filter(|(id, text)| orphans.contains(id) || pattern.text.is_match(text));
        gone.map(|(id, _)| id).collect::<Vec<i64>>()
    });
    store.purge_names(&names[0], &names[1], &names[2])
}

/// Where in the input a copy matches. Copies with a gap are looked at one by one.
fn in_copy(fs: &Filestore, segments: &[Segment], pattern: &Bytes) -> Result<Vec<Range<u64>>> {
    let mut found = Vec::new();
    for segment in segments {
        let Some(mut reader) = open(fs, segment) else { continue };
        let (mut buf, mut start) = (Vec::new(), segment.start as u64);
        loop {
            let taken = reader.by_ref().take((WINDOW - buf.len()) as u64).read_to_end(&mut buf);
            let n = taken.context(|| "cannot read a copy in the filestore")?;
            for m in pattern.find_iter(&buf) {
                found.push(start + m.start() as u64..start + m.end() as u64);
            }
            if n == 0 || buf.len() < WINDOW {
                break;
            }
            let gone = buf.len() - OVERLAP;
            buf.drain(..gone);
            start += gone as u64;
        }
    }
    found.sort_by_key(|r| (r.start, r.end));
    found.dedup();
    Ok(found)
}

/// A reader of one segment's own bytes; nothing when its object is gone.
fn open(fs: &Filestore, segment: &Segment) -> Option<CopyReader> {
    let alone = Segment { start: 0, ..segment.clone() };
    CopyReader::new(fs, &[alone]).filter(CopyReader::is_complete)
}

/// Whether a copy holds what no text holds: blanking a part of it would break the whole.
fn is_binary(fs: &Filestore, segments: &[Segment]) -> Result<bool> {
    let Some(reader) = segments.first().and_then(|s| open(fs, s)) else { return Ok(false) };
    let mut head = Vec::new();
    reader.take(64 << 10).read_to_end(&mut head).context(|| "cannot read a copy in the filestore")?;
    Ok(head.contains(&0))
}

/// Writes the copies anew with spaces where the spans stand. Line ends stay, so that line numbers do.
fn blank_copy(store: &mut Store, fs: &Filestore, segments: &[Segment], spans: &[Range<u64>]) -> Result<()> {
    let say = || "cannot write a copy anew".to_owned();
    for segment in segments {
        let (from, to) = (segment.start as u64, (segment.start + segment.length) as u64);
        if !spans.iter().any(|r| r.start < to && from < r.end) {
            continue;
        }
        let Some(mut reader) = open(fs, segment) else { continue };
        let mut writer = ObjectWriter::create(fs).context(say)?;
        let (mut buf, mut at) = (vec![0; 256 << 10], from);
        loop {
            let n = reader.read(&mut buf).context(say)?;
            if n == 0 {
                break;
            }
            for span in spans.iter().filter(|r| r.start < at + n as u64 && at < r.end) {
                let (a, b) = (span.start.max(at) - at, span.end.min(at + n as u64) - at);
                buf[a as usize..b as usize]
                    .iter_mut()
                    .filter(|b| !matches!(b, b'\n' | b'\r'))
                    .for_each(|b| *b = b' ');
            }
            writer.write_all(&buf[..n]).context(say)?;
            at += n as u64;
        }
        let object = writer.finish().context(say)?;
        replace(store, fs, std::slice::from_ref(segment), &[Segment { object, ..segment.clone() }])?;
    }
    Ok(())
}

/// Puts segments in the place of others, and removes the objects nobody refers to any more.
fn replace(store: &mut Store, fs: &Filestore, old: &[Segment], new: &[Segment]) -> Result<()> {
    store.replace_segments(old, new)?;
    let used: FxHashSet<String> = store.all_segments()?.into_iter().map(|s| s.object).collect();
    for object in old.iter().map(|s| &s.object).filter(|o| !used.contains(*o)) {
        match std::fs::remove_file(fs.object_path(object)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(e).context(|| "cannot remove a copy from the filestore");
            }
            _ => {}
        }
    }
    Ok(())
}
