//! Everything that a purge will remove. It is found before anything is changed, and a rerun finds it again: records
//! that an interrupted purge has condemned are known by their tombstones, even if parts are gone.

use super::copies::{self, Match};
use super::pattern::Pattern;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::ops::Range;
use workhours_base::error::Result;
use workhours_event::StoredEvent;
use workhours_filestore::{Filestore, is_binary, merged};
use workhours_store::{EventFilter, FileId, RejectText, Segment, Store, excerpt_stone, record_stone};

/// All of it, by action.
#[derive(Default)]
pub(super) struct Plan {
    /// The ids of events.
    pub(super) events: Vec<Vec<u8>>,
    /// Files and offsets of rejects.
    pub(super) rejects: Vec<Place>,
    /// Their tombstones.
    pub(super) stones: Vec<Vec<u8>>,
    /// Copies of which a part is blanked.
    pub(super) blank: Vec<(Vec<Segment>, Vec<Range<u64>>)>,
    /// Copies that go as a whole.
    pub(super) remove: Vec<Vec<Segment>>,
    /// Copies that could not be searched, because they are not in this filestore.
    pub(super) elsewhere: u64,
}

impl Plan {
    /// The objects that contain purged text.
    pub(super) fn objects(&self) -> Vec<String> {
        let blanked = self.blank.iter().flat_map(|(segments, spans)| {
            let touched = |s: &&Segment| {
                let (from, to) = (s.start as u64, (s.start + s.length) as u64);
                spans.iter().any(|r| r.start < to && from < r.end)
            };
            segments.iter().filter(touched)
        });
        let mut all: Vec<String> =
            blanked.chain(self.remove.iter().flatten()).map(|s| s.object.clone()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// A logical file and an offset in it.
type Place = (FileId, i64);

/// State while the records are read.
#[derive(Default)]
struct Search {
    matches: FxHashMap<FileId, Vec<Match>>,
    /// For earlier purges, if one of them was interrupted.
    condemned: FxHashSet<Vec<u8>>,
    /// Positions and lengths of the records to delete.
    places: FxHashMap<Place, i64>,
    /// Files with doomed rows, which have no place in the file's bytes.
    rows_of: FxHashSet<FileId>,
    plan: Plan,
}

impl Plan {
    pub(super) fn find(store: &mut Store, fs: &Filestore, pattern: &Pattern) -> Result<Self> {
        let mut copies: BTreeMap<FileId, Vec<Segment>> = BTreeMap::new();
        for segment in store.segments().all()? {
            copies.entry(segment.file_id).or_default().push(segment);
        }
        let mut search = Search::default();
        for (file, segments) in &copies {
            search.plan.elsewhere += segments.iter().filter(|s| copies::is_elsewhere(fs, s)).count() as u64;
            let found = copies::matches(fs, segments, &pattern.bytes)?;
            if !found.is_empty() {
                search.matches.insert(*file, found);
            }
        }
        if store.purge().unfinished()? > 0 {
            search.condemned = store.purge().tombstones()?;
        }
        let rejects = store.rejects().texts()?;
        search.records(store, &rejects, pattern)?;
        search.rest_of_records(store, &rejects)?;
        search.copies(fs, &copies)
    }
}

impl Search {
    /// Finds the events and rejects that match, in the database or in a copy, and those condemned earlier.
    fn records(&mut self, store: &mut Store, rejects: &[RejectText], pattern: &Pattern) -> Result<()> {
        let mut events = store.events().reader(EventFilter::default());
        while let Some(e) = events.next_event()? {
            if pattern.in_event(&e) || self.is_condemned(&e) || self.matches_at(&e) {
                self.doom_event(&e);
            }
        }
        for r in rejects {
            let texts = [&r.reason, &r.excerpt];
            let in_texts = texts.iter().any(|t| pattern.text.is_match(t));
            if in_texts {
                self.plan.stones.push(excerpt_stone(&r.excerpt, r.file_length));
            }
            if in_texts
                || self.condemned.contains(&record_stone(r.file_id, r.file_offset))
                || self.overlaps(r.file_id, r.file_offset, r.file_length)
            {
                self.doom_reject(r);
            }
        }
        Ok(())
    }

    /// A record goes as a whole: with all its events, and with what else it was read as. And lines that match outside of
    /// every record known must not reach into others: those keep their bytes.
    fn rest_of_records(&mut self, store: &mut Store, rejects: &[RejectText]) -> Result<()> {
        self.keep_strays();
        if self.places.is_empty() && self.matches.is_empty() {
            return Ok(());
        }
        let doomed: FxHashSet<Vec<u8>> = self.plan.events.iter().cloned().collect();
        let gone: FxHashSet<Place> = self.plan.rejects.iter().copied().collect();
        let mut events = store.events().reader(EventFilter::default());
        while let Some(e) = events.next_event()? {
            if e.file_length == 0 || doomed.contains(&e.id.0[..]) {
                continue;
            }
            if self.places.contains_key(&(e.file_id, e.file_offset)) {
                self.doom_event(&e);
            } else {
                self.spare(e.file_id, e.file_offset, e.file_length);
            }
        }
        for r in rejects.iter().filter(|r| !gone.contains(&(r.file_id, r.file_offset))) {
            if self.places.contains_key(&(r.file_id, r.file_offset)) {
                self.doom_reject(r);
            } else {
                self.spare(r.file_id, r.file_offset, r.file_length);
            }
        }
        Ok(())
    }

    /// Decides for each copy what happens to it.
    fn copies(mut self, fs: &Filestore, copies: &BTreeMap<FileId, Vec<Segment>>) -> Result<Plan> {
        let mut spans: FxHashMap<FileId, Vec<Range<u64>>> = FxHashMap::default();
        for ((file, offset), length) in &self.places {
            spans.entry(*file).or_default().push(*offset as u64..(offset + length) as u64);
        }
        for (file, found) in self.matches {
            // The match itself too: it may reach beyond the record it begins in.
            let ranges = found.into_iter().flat_map(|m| [m.range, m.line]);
            spans.entry(file).or_default().extend(ranges);
        }
        for (file, segments) in copies {
            let spans = spans.remove(file).unwrap_or_default();
            if self.rows_of.contains(file) || (!spans.is_empty() && is_binary(fs, segments)?) {
                self.plan.remove.push(segments.clone());
            } else if !spans.is_empty() {
                self.plan.blank.push((segments.clone(), merged(spans)));
            }
        }
        Ok(self.plan)
    }

    fn is_condemned(&self, e: &StoredEvent) -> bool {
        self.condemned.contains(&e.id.0[..])
            || (e.file_length > 0 && self.condemned.contains(&record_stone(e.file_id, e.file_offset)))
    }

    fn matches_at(&self, e: &StoredEvent) -> bool {
        self.overlaps(e.file_id, e.file_offset, e.file_length)
    }

    /// Whether the copy matches within these bytes.
    fn overlaps(&self, file: FileId, offset: i64, length: i64) -> bool {
        let (from, to) = (offset as u64, (offset + length) as u64);
        // They are in order and hardly overlap, so the first that ends after the record's start decides.
        let first_behind =
            |all: &Vec<Match>| all[all.partition_point(|m| m.range.end <= from)..].first().cloned();
        length > 0 && self.matches.get(&file).and_then(first_behind).is_some_and(|m| m.range.start < to)
    }

    fn doom_event(&mut self, e: &StoredEvent) {
        self.plan.events.push(e.id.0.to_vec());
        self.plan.stones.push(e.id.0.to_vec());
        match e.file_length {
            0 => _ = self.rows_of.insert(e.file_id),
            length => self.doom_place(e.file_id, e.file_offset, length),
        }
    }

    fn doom_reject(&mut self, r: &RejectText) {
        self.plan.rejects.push((r.file_id, r.file_offset));
        self.doom_place(r.file_id, r.file_offset, r.file_length);
    }

    fn doom_place(&mut self, file: FileId, offset: i64, length: i64) {
        let known = self.places.entry((file, offset)).or_insert(0);
        if *known == 0 {
            self.plan.stones.push(record_stone(file, offset));
        }
        *known = length.max(*known);
    }

    /// Matches outside of every condemned record need their lines; the others are removed with their records.
    fn keep_strays(&mut self) {
        let mut starts: FxHashMap<FileId, BTreeMap<u64, u64>> = FxHashMap::default();
        for ((file, offset), length) in &self.places {
            let end = (offset + length) as u64;
            let known = starts.entry(*file).or_default().entry(*offset as u64).or_insert(end);
            *known = end.max(*known);
        }
        for (file, found) in &mut self.matches {
            let Some(spans) = starts.get(file) else { continue };
            for m in found {
                // The record that begins last before the match ends.
                let near = spans.range(..m.range.end).next_back();
                if near.is_some_and(|(_, end)| *end > m.range.start) {
                    m.line = m.range.clone();
                }
            }
        }
    }

    /// A record stays: no stray line reaches into it.
    fn spare(&mut self, file: FileId, offset: i64, length: i64) {
        let (from, to) = (offset as u64, (offset + length) as u64);
        let Some(found) = self.matches.get_mut(&file) else { return };
        let first = found.partition_point(|m| m.range.start + copies::REACH <= from);
        let near = found[first..].iter_mut().take_while(|m| m.range.start < to + copies::REACH);
        for m in near.filter(|m| m.line.start < to && from < m.line.end) {
            if to <= m.range.start {
                m.line.start = to;
            } else if m.range.end <= from {
                m.line.end = from;
            }
        }
    }
}
