//! Equal records in several files of one rotated log: each is in the database once, in any order of files and loaders.
//!
//! A file counts its own equal records from 0, so the first of each file need the same id, and the second file finds it
//! taken. If the two files continue one another, the record gets the next free id. `renumbered` stores that id in the
//! same transaction, so the file reads the same the next time. Otherwise one is a copy of the other, and the record is
//! the existing event. [`Siblings`] decides which.

use super::{Load, Rows};
use crate::backend::bulk;
use crate::purge::purged;
use crate::schema::{events, files, renumbered, sightings};
use crate::tables::renumbered::{Bulk, Row};
use crate::{Conn, FileRow};
use diesel::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use workhours_event::chunk::Tag;
use workhours_event::{EventId, FileId, Identity, InputId, NewEvent, Number};

/// Ids in one query.
const AT_ONCE: usize = 500;
/// Ids checked first when looking for a free one; then twice as many, and so on.
const FIRST_LOOK: u32 = 8;
/// How far back the beginning of a file is searched if it was loaded before beginnings were stored, µs.
const LOOK_BACK_US: i64 = 24 * 3_600 * 1_000_000;

/// A file that has equal records.
#[derive(Clone, Debug)]
pub struct Sibling {
    /// What is known about it.
    pub row: FileRow,
    /// Where it was last seen.
    pub paths: Vec<String>,
}

/// How the file being loaded relates to others.
pub trait Siblings {
    /// Whether the two are consecutive parts of one log, so that equal records are different ones. Otherwise one is
    /// treated as a copy of the other.
    fn continues(&self, other: &Sibling) -> bool;
}

/// Events that existed because another file has them: how many, by input and by file.
#[derive(Clone, Debug, Default)]
pub struct Met {
    /// By input, other than the one being loaded.
    pub inputs: BTreeMap<InputId, u64>,
    /// By file.
    pub files: BTreeMap<FileId, u64>,
}

/// The numbers of the file being loaded that are not those it counted.
#[derive(Default)]
pub(crate) struct Numbers {
    identity: Option<Identity>,
    given: FxHashMap<EventId, EventId>,
    /// All ids in `given`: a record that reaches one of them needs another.
    taken: FxHashSet<EventId>,
    /// Where to continue looking, by record.
    next: FxHashMap<(u64, Option<i64>), u32>,
    continues: FxHashMap<i64, bool>,
    fresh: Vec<Row>,
}

/// The result for a record whose id was taken.
enum Placed {
    /// It is stored under another id.
    Inserted(EventId),
    /// It is there, because a copy of its file is.
    Known(EventId),
}

impl Load<'_> {
    /// Reads the numbers the file got before.
    pub(crate) fn recall_numbers(&mut self) -> QueryResult<()> {
        if self.siblings.is_none() {
            return Ok(());
        }
        let of_file = renumbered::table.filter(renumbered::file_id.eq(self.owner.file_id));
        let rows: Vec<(Vec<u8>, Vec<u8>)> =
            of_file.select((renumbered::id, renumbered::given)).load(self.conn)?;
        for (id, given) in rows {
            if let (Some(id), Some(given)) = (event_id(&id), event_id(&given)) {
                self.numbers.given.insert(id, given);
                self.numbers.taken.insert(given);
            }
        }
        Ok(())
    }

    /// The id of a record of the file, for the id that the file's count returns.
    pub(crate) fn numbered(&self, id: EventId) -> EventId {
        self.numbers.given.get(&id).copied().unwrap_or(id)
    }

    /// Before events are inserted: assigns them the ids they got before, and other ids if an equal record of the file
    /// has theirs. Returns how many were inserted on the way.
    pub(crate) fn apply_numbers(&mut self, rows: &mut Rows<'_>) -> QueryResult<u64> {
        if self.numbers.taken.is_empty() {
            return Ok(0);
        }
        let (mut inserted, mut renamed) = (0, FxHashMap::default());
        for event in &mut rows.events {
            let own = event.id;
            if let Some(given) = self.numbers.given.get(&own) {
                event.id = *given;
            } else if self.numbers.taken.contains(&own) {
                inserted += u64::from(self.place(event, own)?);
            }
            if event.id != own {
                renamed.insert(own, event.id);
            }
        }
        rename(&mut rows.tags, &renamed);
        Ok(inserted)
    }

    /// After events were inserted, some of which existed: those of other files that aren't the same get other ids and
    /// are inserted. Returns how many.
    pub(crate) fn settle(&mut self, rows: &mut Rows<'_>) -> QueryResult<u64> {
        let mut theirs: FxHashMap<EventId, (i64, i64)> = FxHashMap::default();
        for some in rows.events.chunks(AT_ONCE) {
            let ids: Vec<&[u8]> = some.iter().map(|e| &e.id.0[..]).collect();
            let found: Vec<(Vec<u8>, i64, i64)> = events::table
                .filter(events::id.eq_any(ids))
                .filter(events::file_id.ne(self.owner.file_id))
                .select((events::id, events::file_id, events::input_id))
                .load(self.conn)?;
            theirs.extend(
                found.into_iter().filter_map(|(id, file, input)| Some((event_id(&id)?, (file, input)))),
            );
        }
        let (mut inserted, mut renamed) = (0, FxHashMap::default());
        for event in &mut rows.events {
            let own = event.id;
            let Some((file, input)) = theirs.get(&own) else { continue };
            // If it has a number already and belongs to another file, that file is a copy.
            if !self.numbers.taken.contains(&own) && self.continues(*file)? {
                if self.place(event, own)? {
                    inserted += 1;
                } else {
                    self.meet(*file, *input);
                }
                renamed.insert(own, event.id);
            } else {
                self.meet(*file, *input);
            }
        }
        rename(&mut rows.tags, &renamed);
        Ok(inserted)
    }

    /// Stores the numbers assigned in this transaction.
    pub(crate) fn keep_numbers(&mut self) -> QueryResult<()> {
        let mut fresh = std::mem::take(&mut self.numbers.fresh);
        fresh.sort_by(|a, b| a.id.cmp(&b.id));
        bulk::insert::<Bulk>(self.conn, &fresh, self.owner).map(|_| ())
    }

    fn meet(&mut self, file: i64, input: i64) {
        if let Some(met) = &mut self.met {
            *met.files.entry(FileId::new(file)).or_default() += 1;
            if input != self.owner.input_id {
                *met.inputs.entry(InputId::new(input)).or_default() += 1;
            }
        }
    }

    /// Assigns another id to an event whose id is taken, and inserts it unless a copy of the file has brought it.
    fn place(&mut self, event: &mut NewEvent<'_>, own: EventId) -> QueryResult<bool> {
        let placed = self.find_place(event)?;
        let (Placed::Inserted(id) | Placed::Known(id)) = placed;
        event.id = id;
        self.numbers.given.insert(own, id);
        self.numbers.taken.insert(id);
        let file_id = self.owner.file_id;
        self.numbers.fresh.push(Row { file_id, id: own.0.to_vec(), given: id.0.to_vec() });
        Ok(matches!(placed, Placed::Inserted(_)))
    }

    fn find_place(&mut self, event: &NewEvent<'_>) -> QueryResult<Placed> {
        let Number { base, ordinal } = event.number;
        let key = (base, event.date);
        let mut from = self.numbers.next.get(&key).copied().unwrap_or(0).max(ordinal + 1);
        let mut look = FIRST_LOOK;
        loop {
            let identity = self.identity()?;
            let ids: Vec<EventId> = (from..from + look).map(|n| identity.id(base, n, event.date)).collect();
            let keys: Vec<&[u8]> = ids.iter().map(|id| &id.0[..]).collect();
            let there: Vec<(Vec<u8>, i64)> = events::table
                .filter(events::id.eq_any(&keys))
                .select((events::id, events::file_id))
                .load(self.conn)?;
            let there: FxHashMap<Vec<u8>, i64> = there.into_iter().collect();
            let dead = if self.purged { purged(self.conn, keys)? } else { FxHashSet::default() };
            for (n, id) in (from..).zip(ids) {
                if self.numbers.taken.contains(&id) || dead.contains(&id.0[..]) {
                    continue;
                }
                let placed = match there.get(&id.0[..]) {
                    None if self.insert_as(event, id)? => Placed::Inserted(id),
                    Some(file) if *file != self.owner.file_id && !self.continues(*file)? => Placed::Known(id),
                    // Another record has it, perhaps only since the query.
                    _ => continue,
                };
                self.numbers.next.insert(key, n + 1);
                return Ok(placed);
            }
            from += look;
            look = (look * 2).min(AT_ONCE as u32);
        }
    }

    fn insert_as(&mut self, event: &NewEvent<'_>, id: EventId) -> QueryResult<bool> {
        let new = bulk::insert_events(self.conn, &[NewEvent { id, ..*event }], self.owner)?;
        Ok(new > 0)
    }

    fn identity(&mut self) -> QueryResult<&Identity> {
        let identity = match self.numbers.identity.take() {
            Some(identity) => identity,
            None => {
                let of_file = files::table.find(self.owner.file_id);
                let (source_type, scope): (String, String) =
                    of_file.select((files::source_type, files::scope)).first(self.conn)?;
                Identity::new(&source_type, &scope)
            }
        };
        Ok(self.numbers.identity.insert(identity))
    }

    fn continues(&mut self, file: i64) -> QueryResult<bool> {
        if let Some(continues) = self.numbers.continues.get(&file) {
            return Ok(*continues);
        }
        let sibling = sibling(self.conn, file)?;
        let continues =
            self.siblings.zip(sibling).is_some_and(|(siblings, other)| siblings.continues(&other));
        self.numbers.continues.insert(file, continues);
        Ok(continues)
    }
}

fn sibling(conn: &mut Conn, file: i64) -> QueryResult<Option<Sibling>> {
    let row: Option<FileRow> = files::table.find(file).select(FileRow::as_select()).first(conn).optional()?;
    let Some(mut row) = row else { return Ok(None) };
    if let (None, Some(last)) = (row.first_date, row.last_date) {
        // Loaded before beginnings were stored. Its last day is enough.
        let earliest: Option<Option<i64>> = events::table
            .filter(events::id.ge(&EventId::first_at(last.saturating_sub(LOOK_BACK_US)).0[..]))
            .filter(events::file_id.eq(file))
            .order(events::id)
            .select(events::date)
            .first(conn)
            .optional()?;
        row.first_date = earliest.flatten();
    }
    let paths = sightings::table.filter(sightings::file_id.eq(file)).select(sightings::path).load(conn)?;
    Ok(Some(Sibling { row, paths }))
}

fn event_id(bytes: &[u8]) -> Option<EventId> {
    bytes.try_into().ok().map(EventId)
}

fn rename(tags: &mut [(EventId, Vec<Tag<'_>>)], renamed: &FxHashMap<EventId, EventId>) {
    if renamed.is_empty() {
        return;
    }
    for (id, _) in tags {
        if let Some(given) = renamed.get(id) {
            *id = *given;
        }
    }
}
