//! Reading an input again over its stored events. New events are loaded first: an unchanged event stays as it is, a
//! changed one gets the new content. Events that the new reading lacks are deleted last, so at every moment the
//! database has at least the events of one of the two readings.

use crate::backend::bulk;
use crate::backend::bulk::{EventTag, Owner};
use crate::backend::conn::Lock;
use crate::delete::delete_ids;
use crate::schema::{event_tags, events, files, meta, renumbered};
use crate::{Conn, Store};
use diesel::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use workhours_base::error::Result;
use workhours_event::{EventId, FileId, InputId};

/// Events read in one transaction.
const PAGE: i64 = 20_000;
/// Ids in one query.
const AT_ONCE: usize = 500;

/// The events the new reading has seen so far.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    pub(crate) met: Vec<EventId>,
    pub(crate) spans: FxHashMap<FileId, TimeSpan>,
}

/// A logical file's settings for times.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimeSpan {
    pub(crate) has_local: bool,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
}

/// How far a logical file was read: the new reading doesn't cover the rest. `None` for all of it.
pub type ReadTo = FxHashMap<FileId, Option<u64>>;

/// The new reading of an input, complete.
#[derive(Debug)]
pub struct Reread {
    met: Vec<EventId>,
    spans: FxHashMap<FileId, TimeSpan>,
    read_to: ReadTo,
}

impl Reread {
    fn lacks(&self, id: &[u8], file: i64, offset: i64) -> bool {
        let covered = match self.read_to.get(&FileId::new(file)) {
            None => return false,
            Some(None) => true,
            Some(Some(end)) => u64::try_from(offset).is_ok_and(|offset| offset < *end),
        };
        covered && self.met.binary_search_by(|met| met.0[..].cmp(id)).is_err()
    }
}

/// Reloads: readings of an input over its stored events. Opened by [`Store::reloads`].
pub struct Reloads<'s> {
    pub(crate) store: &'s mut Store,
}

impl Reloads<'_> {
    /// From now on, loads update the stored events of their file where the new reading differs, and record which events
    /// they see.
    pub fn begin(&mut self) {
        self.store.renewal = Some(Renewal::default());
    }

    /// Ends what [`begin`](Self::begin) began. `read_to` has the files that were read without errors.
    pub fn end(&mut self, read_to: ReadTo) -> Reread {
        let Renewal { mut met, spans } = self.store.renewal.take().unwrap_or_default();
        met.sort_unstable();
        met.dedup();
        Reread { met, spans, read_to }
    }

    /// How many events the files have that were first read through an input.
    ///
    /// # Errors
    /// Database errors.
    pub fn count_events(&mut self, input: InputId) -> Result<u64> {
        self.store.read("count the input's events", |conn| {
            let n: i64 =
                events::table.filter(events::file_id.eq_any(of_input(input.get()))).count().first(conn)?;
            Ok(n as u64)
        })
    }

    /// How many stored events a new reading lacks.
    ///
    /// # Errors
    /// Database errors.
    pub fn count_lacking(&mut self, input: InputId, reread: &Reread) -> Result<u64> {
        let (mut total, mut after) = (0, Vec::new());
        loop {
            let (lacking, last) =
                self.store.read("compare the readings", |conn| lacking(conn, input, reread, &after))?;
            total += lacking.len() as u64;
            match last {
                Some(last) => after = last,
                None => return Ok(total),
            }
        }
    }

    /// Deletes the stored events that a new reading lacks; returns how many. Tags that no rule set move to the event
    /// that is now at the same place of the file. Safe to interrupt: the same call does the rest.
    ///
    /// # Errors
    /// Database errors.
    pub fn delete_lacking(&mut self, input: InputId, reread: &Reread) -> Result<u64> {
        self.hand_over_tags(input, reread)?;
        let (mut total, mut after) = (0, Vec::new());
        loop {
            let (n, last) = self.store.write_alone("delete what the new reading lacks", |conn| {
                let (lacking, last) = lacking(conn, input, reread, &after)?;
                let mut by_file: FxHashMap<i64, Vec<&[u8]>> = FxHashMap::default();
                for (id, file, _) in &lacking {
                    by_file.entry(*file).or_default().push(id);
                }
                for (file, gone) in by_file {
                    for some in gone.chunks(AT_ONCE) {
                        let given = renumbered::table
                            .filter(renumbered::file_id.eq(file))
                            .filter(renumbered::given.eq_any(some));
                        diesel::delete(given).execute(conn)?;
                    }
                }
                let ids: Vec<Vec<u8>> = lacking.into_iter().map(|(id, ..)| id).collect();
                delete_ids(conn, &ids, 0)?;
                Ok((ids.len() as u64, last))
            })?;
            total += n;
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
        self.store.write("store the files' times", |conn| {
            for (file, span) in reread.spans.iter().filter(|(file, _)| reread.read_to.contains_key(file)) {
                conn.lock(Lock::File(file.get()))?;
                let set = (
                    files::has_local.eq(span.has_local),
                    files::first_date.eq(span.first),
                    files::last_date.eq(span.last),
                );
                diesel::update(files::table.find(file.get())).set(set).execute(conn)?;
            }
            Ok(())
        })?;
        Ok(total)
    }

    /// Moves the tags that no rule set from events the new reading lacks to those at the same places.
    fn hand_over_tags(&mut self, input: InputId, reread: &Reread) -> Result<()> {
        let mut own: FxHashMap<(i64, i64), Vec<i64>> = FxHashMap::default();
        let mut after = Vec::new();
        loop {
            let last = self.store.read("read the tags", |conn| {
                let (lacking, last) = lacking(conn, input, reread, &after)?;
                for some in lacking.chunks(AT_ONCE) {
                    for (event, tag) in own_tags(conn, some)? {
                        if let Some((_, file, offset)) = some.iter().find(|(id, ..)| *id == event) {
                            own.entry((*file, *offset)).or_default().push(tag);
                        }
                    }
                }
                Ok(last)
            })?;
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
        let mut after = (!own.is_empty()).then(Vec::new);
        while let Some(from) = &after {
            after = self.store.write("hand tags over", |conn| {
                let page = page(conn, input, from)?;
                let heirs = page.iter().filter(|(id, file, offset)| !reread.lacks(id, *file, *offset));
                let links: Vec<EventTag<'_>> = heirs
                    .filter_map(|(id, file, offset)| Some((id, own.get(&(*file, *offset))?)))
                    .flat_map(|(event, tags)| {
                        tags.iter().map(|tag| EventTag { event, tag: *tag, by_rule: false })
                    })
                    .collect();
                bulk::insert::<bulk::EventTags>(conn, &links, &Owner::default())?;
                Ok(page.last().map(|(id, ..)| id.clone()).filter(|_| page.len() as i64 == PAGE))
            })?;
        }
        Ok(())
    }

    /// Writes down that an input's reload has begun; or, with `None`, that it is done.
    ///
    /// # Errors
    /// Database errors.
    pub fn mark(&mut self, input: InputId, begun: Option<&BegunReload>) -> Result<()> {
        let begun = begun.and_then(|begun| serde_json::to_string(begun).ok());
        self.store.write("note the reload", |conn| {
            let key = reload_key(input);
            diesel::delete(meta::table.find(&key)).execute(conn)?;
            if let Some(begun) = &begun {
                let row = (meta::key.eq(&key), meta::value.eq(begun));
                diesel::insert_into(meta::table).values(row).execute(conn)?;
            }
            Ok(())
        })
    }

    /// An input's reload that was begun and has not ended.
    ///
    /// # Errors
    /// Database errors.
    pub fn unfinished(&mut self, input: InputId) -> Result<Option<BegunReload>> {
        self.store.read("read whether the input is being reloaded", |conn| {
            let begun: Option<String> =
                meta::table.find(reload_key(input)).select(meta::value).first(conn).optional()?;
            Ok(begun.and_then(|begun| serde_json::from_str(&begun).ok()))
        })
    }
}

/// An unfinished reload, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunReload {
    /// The zone it reads local times in, if another was asked for.
    pub zone: Option<String>,
    /// How many events there were when it began.
    pub events: u64,
}

fn reload_key(input: InputId) -> String {
    format!("reload.{input}")
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of_input(input: i64) -> _ {
    files::table.filter(files::input_id.eq(input)).select(files::id)
}

/// An event: its id, its file and its place there.
type Placed = (Vec<u8>, i64, i64);

/// The next events of an input's files after one.
fn page(conn: &mut Conn, input: InputId, after: &[u8]) -> QueryResult<Vec<Placed>> {
    events::table
        .filter(events::id.gt(after))
        .filter(events::file_id.eq_any(of_input(input.get())))
        .order(events::id)
        .limit(PAGE)
        .select((events::id, events::file_id, events::file_offset))
        .load(conn)
}

/// Of the next events after one, those that a new reading lacks, with file and offset; and the last one read if there
/// may be more.
fn lacking(
    conn: &mut Conn,
    input: InputId,
    reread: &Reread,
    after: &[u8],
) -> QueryResult<(Vec<Placed>, Option<Vec<u8>>)> {
    let mut page = page(conn, input, after)?;
    let last = page.last().map(|(id, ..)| id.clone()).filter(|_| page.len() as i64 == PAGE);
    page.retain(|(id, file, offset)| reread.lacks(id, *file, *offset));
    Ok((page, last))
}

/// The tags of some events that no rule set.
fn own_tags(conn: &mut Conn, of: &[Placed]) -> QueryResult<Vec<(Vec<u8>, i64)>> {
    let ids: Vec<&[u8]> = of.iter().map(|(id, ..)| &id[..]).collect();
    event_tags::table
        .filter(event_tags::event_id.eq_any(ids))
        .filter(event_tags::by_rule.eq(false))
        .select((event_tags::event_id, event_tags::tag_id))
        .load(conn)
}
