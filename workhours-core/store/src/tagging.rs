//! Tags by rule, added to and removed from stored events; and the list of all tags. Tags from a source stay.

use super::backend::bulk;
use super::backend::bulk::{EventTag, Owner};
use super::journal::record_changes;
use super::schema::{event_tags, events, places, tags};
use super::{Conn, Store, rollup};
use diesel::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use workhours_base::error::Result;
use workhours_event::{Taggable, Tagger, hash64};

/// Events read in one transaction.
const PAGE: i64 = 4096;

/// The result of applying the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tagged {
    /// Events read.
    pub events: u64,
    /// Tags added.
    pub added: u64,
    /// Tags taken off.
    pub removed: u64,
}

type Row = (Vec<u8>, String, Option<String>, Option<String>, Option<String>, Option<String>);

/// The tags of events. Opened by [`Store::tags`].
pub struct Tags<'s> {
    pub(crate) store: &'s mut Store,
}

impl Tags<'_> {
    /// Applies the current tag rules to every event, and removes tags from earlier rules.
    ///
    /// # Errors
    /// Database errors. Finished pages stay; the same call does the rest.
    pub fn apply(&mut self, tagger: &Tagger) -> Result<Tagged> {
        let mut done = Tagged::default();
        let mut after: Vec<u8> = Vec::new();
        loop {
            let (some, last) =
                self.store.write_alone("apply the tag rules", |conn| page(conn, &after, tagger))?;
            done.events += some.events;
            done.added += some.added;
            done.removed += some.removed;
            match last {
                Some(last) => after = last,
                None => return Ok(done),
            }
        }
    }

    /// The tags in use: name, events that have it, and how many of these have it by a rule.
    ///
    /// # Errors
    /// Database errors.
    pub fn all(&mut self) -> Result<Vec<(String, i64, i64)>> {
        self.store.read("list the tags", |conn| {
            let counted: Vec<(i64, bool, i64)> = event_tags::table
                .group_by((event_tags::tag_id, event_tags::by_rule))
                .select((event_tags::tag_id, event_tags::by_rule, diesel::dsl::count_star()))
                .load(conn)?;
            let names: FxHashMap<i64, String> =
                tags::table.select((tags::id, tags::tag)).load(conn)?.into_iter().collect();
            let mut by_name: std::collections::BTreeMap<String, (i64, i64)> = Default::default();
            for (id, by_rule, n) in counted {
                let (all, ruled) = by_name.entry(names.get(&id).cloned().unwrap_or_default()).or_default();
                *all += n;
                *ruled += if by_rule { n } else { 0 };
            }
            Ok(by_name.into_iter().map(|(name, (all, ruled))| (name, all, ruled)).collect())
        })
    }
}

/// Does one page; returns its counts, and its last id if there may be more.
fn page(conn: &mut Conn, after: &[u8], tagger: &Tagger) -> QueryResult<(Tagged, Option<Vec<u8>>)> {
    let rows: Vec<Row> = events::table
        .left_join(places::table.on(places::id.nullable().eq(events::place_id)))
        .filter(events::id.gt(after))
        .order(events::id)
        .limit(PAGE)
        .select((
            events::id,
            events::source_type,
            places::url.nullable(),
            events::url,
            events::title,
            events::text,
        ))
        .load(conn)?;
    let (Some(first), Some(last)) = (rows.first().map(|r| r.0.clone()), rows.last().map(|r| r.0.clone()))
    else {
        return Ok((Tagged::default(), None));
    };
    let links: Vec<(Vec<u8>, i64, bool)> = event_tags::table
        .filter(event_tags::event_id.between(&first, &last))
        .select((event_tags::event_id, event_tags::tag_id, event_tags::by_rule))
        .load(conn)?;
    let mut given: FxHashMap<&[u8], (BTreeSet<i64>, BTreeSet<i64>)> = FxHashMap::default();
    for (event, tag, by_rule) in &links {
        let (own, ruled) = given.entry(event).or_default();
        if *by_rule {
            ruled.insert(*tag)
        } else {
            own.insert(*tag)
        };
    }
    let mut names: Vec<(i64, &str)> = Vec::new();
    let mut changed: Vec<&[u8]> = Vec::new();
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    let nothing = Default::default();
    for (id, source, place, url, title, text) in &rows {
        let seen = Taggable {
            url: place.as_deref().or(url.as_deref()).unwrap_or_default(),
            title: title.as_deref().unwrap_or_default(),
            text: text.as_deref().unwrap_or_default(),
            source,
        };
        let (own, ruled) = given.get(id.as_slice()).unwrap_or(&nothing);
        let wanted: Vec<(i64, &str)> =
            tagger.tags(&seen).into_iter().map(|tag| (hash64(tag.as_bytes()), tag)).collect();
        let before = add.len() + remove.len();
        for (tag, name) in wanted.iter().filter(|(tag, _)| !own.contains(tag) && !ruled.contains(tag)) {
            names.push((*tag, name));
            add.push(EventTag { event: id, tag: *tag, by_rule: true });
        }
        remove
            .extend(ruled.iter().filter(|tag| !wanted.iter().any(|(w, _)| w == *tag)).map(|tag| (id, *tag)));
        if add.len() + remove.len() > before {
            changed.push(id);
        }
    }
    names.sort_unstable();
    names.dedup();
    let nobody = Owner::default();
    bulk::insert::<bulk::Tags>(conn, &names, &nobody)?;
    bulk::insert::<bulk::EventTags>(conn, &add, &nobody)?;
    for (event, tag) in &remove {
        diesel::delete(event_tags::table.find((event, tag))).execute(conn)?;
    }
    let done = Tagged { events: rows.len() as u64, added: add.len() as u64, removed: remove.len() as u64 };
    if !changed.is_empty() {
        let seq = record_changes(conn, "tags", 0, &changed, (&first, &last))?;
        rollup::mark(conn, &changed.iter().map(|id| rollup::day_of_id(id)).collect(), seq)?;
    }
    Ok((done, (rows.len() as i64 == PAGE).then_some(last)))
}
