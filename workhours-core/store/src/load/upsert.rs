//! Entries of a rewritten document: which of them are new, the same, or changed since the last time.
//!
//! Entries are compared by content, so a bookmark with an edited title counts as updated, and one that was only written
//! again doesn't. Its position in the document isn't content.

use crate::Conn;
use crate::schema::{event_tags, events, tags};
use diesel::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use workhours_event::chunk::Tag;
use workhours_event::{EventId, NewEvent};

/// Events read per query.
const AT_ONCE: usize = 500;

#[derive(PartialEq, Queryable, Selectable)]
#[diesel(table_name = events)]
struct Content {
    id: Vec<u8>,
    batch_id: i64,
    file_id: i64,
    precision: i16,
    flags: i32,
    offset_min: Option<i16>,
    duration_us: Option<i64>,
    kind: String,
    place_id: Option<i64>,
    referrer_id: Option<i64>,
    agent_id: Option<i64>,
    url: Option<String>,
    title: Option<String>,
    text: Option<String>,
    host: Option<String>,
    peer: Option<String>,
    user: Option<String>,
    meta: Option<String>,
}

impl Content {
    fn same(&self, e: &NewEvent<'_>) -> bool {
        self.offset_min == e.offset_min
            && self.duration_us == e.duration_us
            && self.kind == e.kind
            && (self.place_id, self.referrer_id, self.agent_id) == (e.place_id, e.referrer_id, e.agent_id)
            && self.url.as_deref() == e.url
            && self.title.as_deref() == e.title
            && self.text.as_deref() == e.text
            && self.host.as_deref() == e.host
            && self.peer.as_deref() == e.peer
            && self.user.as_deref() == e.user
            && self.meta.as_deref() == e.meta
    }
}

/// Which stored events a batch may change, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upserts {
    /// Versions of the same entry: a later version of the document has it.
    Entries,
    /// Those of this file: it is read again. A tag that the new reading lacks was set by hand or by another program,
    /// and isn't a difference unless a rule set it.
    OfFile(i64),
}

/// The events among `rows` that are stored with other content, and their batches.
pub(crate) fn changed(
    conn: &mut Conn,
    rows: &[NewEvent<'_>],
    tagged: &[(EventId, Vec<Tag<'_>>)],
    upserts: Upserts,
) -> QueryResult<Vec<(EventId, i64)>> {
    let mut changed = Vec::new();
    for rows in rows.chunks(AT_ONCE) {
        changed.extend(changed_of(conn, rows, tagged, upserts)?);
    }
    Ok(changed)
}

fn changed_of(
    conn: &mut Conn,
    rows: &[NewEvent<'_>],
    tagged: &[(EventId, Vec<Tag<'_>>)],
    upserts: Upserts,
) -> QueryResult<Vec<(EventId, i64)>> {
    let ids: Vec<&[u8]> = rows.iter().map(|e| &e.id.0[..]).collect();
    let stored: Vec<Content> =
        events::table.filter(events::id.eq_any(&ids)).select(Content::as_select()).load(conn)?;
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let stored: FxHashMap<Vec<u8>, Content> = stored.into_iter().map(|c| (c.id.clone(), c)).collect();
    let links: Vec<(Vec<u8>, String, bool)> = event_tags::table
        .inner_join(tags::table.on(tags::id.eq(event_tags::tag_id)))
        .filter(event_tags::event_id.eq_any(&ids))
        .select((event_tags::event_id, tags::tag, event_tags::by_rule))
        .load(conn)?;
    let mut now: FxHashMap<EventId, BTreeSet<&str>> = FxHashMap::default();
    for (id, tags) in tagged {
        now.entry(*id).or_default().extend(tags.iter().map(|t| t.name));
    }
    let mut then: FxHashMap<EventId, BTreeSet<&str>> = FxHashMap::default();
    for (id, tag, by_rule) in &links {
        let Ok(id) = id[..].try_into().map(EventId) else { continue };
        let stays = now.get(&id).is_some_and(|now| now.contains(tag.as_str()));
        if upserts == Upserts::Entries || *by_rule || stays {
            then.entry(id).or_default().insert(tag);
        }
    }
    let none = BTreeSet::new();
    let differs = |e: &NewEvent<'_>| {
        let content = stored.get(&e.id.0[..])?;
        let differs = match upserts {
            Upserts::Entries => !content.same(e),
            Upserts::OfFile(file) if file != content.file_id => return None,
            Upserts::OfFile(_) => {
                !content.same(e) || (content.precision, content.flags) != (e.precision, e.flags)
            }
        };
        let differs = differs || then.get(&e.id).unwrap_or(&none) != now.get(&e.id).unwrap_or(&none);
        differs.then_some((e.id, content.batch_id))
    };
    let mut once = FxHashSet::default();
    Ok(rows.iter().filter_map(differs).filter(|(id, _)| once.insert(*id)).collect())
}
