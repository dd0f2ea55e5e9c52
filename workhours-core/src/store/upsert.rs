//! Entries of a rewritten document: which of them are new, the same, or changed since the last time.
//!
//! Compared by content, so that a bookmark whose title was edited counts as updated and one that was merely
//! written again does not. Where it stands in the document is no content.

use super::schema::{event_tags, events, tags};
use super::Conn;
use crate::event::{EventId, NewEvent};
use diesel::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// The events of a batch that are stored with another content, to be replaced.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) replaced: Vec<EventId>,
    pub(super) replaced_count: u64,
}

#[derive(PartialEq, Queryable, Selectable)]
#[diesel(table_name = events)]
struct Content {
    id: Vec<u8>,
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
            && self.user.as_deref() == e.user
            && self.meta.as_deref() == e.meta
    }
}

/// Finds the events whose stored content differs.
pub(super) fn settle(conn: &mut Conn, rows: &[(NewEvent<'_>, Vec<&str>)]) -> QueryResult<Outcome> {
    let mut outcome = Outcome::default();
    for rows in rows.chunks(200) {
        let ids: Vec<&[u8]> = rows.iter().map(|(e, _)| &e.id.0[..]).collect();
        let stored: Vec<Content> =
            events::table.filter(events::id.eq_any(&ids)).select(Content::as_select()).load(conn)?;
        if stored.is_empty() {
            continue;
        }
        let stored: FxHashMap<Vec<u8>, Content> = stored.into_iter().map(|c| (c.id.clone(), c)).collect();
        let labels: Vec<(Vec<u8>, String)> = event_tags::table
            .inner_join(tags::table.on(tags::id.eq(event_tags::tag_id)))
            .filter(event_tags::event_id.eq_any(&ids))
            .select((event_tags::event_id, tags::tag))
            .load(conn)?;
        let mut tagged: FxHashMap<Vec<u8>, FxHashSet<String>> = FxHashMap::default();
        for (id, tag) in labels {
            tagged.entry(id).or_default().insert(tag);
        }
        for (event, tags) in rows {
            let Some(content) = stored.get(&event.id.0[..]) else { continue };
            let now: FxHashSet<String> = tags.iter().map(|t| (*t).to_owned()).collect();
            let then = tagged.get(&event.id.0[..]);
            if !content.same(event) || then.map_or(!now.is_empty(), |then| *then != now) {
                outcome.replaced.push(event.id);
            }
        }
    }
    outcome.replaced_count = outcome.replaced.len() as u64;
    Ok(outcome)
}
