//! Texts of stored events and rejects written again without the secrets that today's rules find. Identities stay.
//!
//! The crate's `redaction` decides what is a secret. Old texts are overwritten as in a purge.

use super::backend::bulk;
use super::backend::bulk::{EventTag, Owner};
use super::journal::record_changes;
use super::schema::{agents, event_tags, events, places, rejects, tags};
use super::{Conn, Store, next_number, rollup};
use diesel::prelude::*;
use rustc_hash::FxHashMap;
use workhours_base::error::Result;
use workhours_event::{Place, hash64, host_flags};

/// Rows read in one transaction.
const PAGE: i64 = 4096;
/// Entries of a dictionary deleted in one statement.
const AT_ONCE: usize = 500;

/// The texts of an event that may contain a secret, and what it refers to.
#[derive(AsChangeset, Clone, Debug, Identifiable, PartialEq, Queryable, Selectable)]
#[diesel(table_name = events, treat_none_as_null = true)]
#[allow(missing_docs)] // the columns of the table
pub struct EventTexts {
    pub id: Vec<u8>,
    pub flags: i32,
    pub place_id: Option<i64>,
    pub referrer_id: Option<i64>,
    pub agent_id: Option<i64>,
    pub url: Option<String>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub host: Option<String>,
    pub peer: Option<String>,
    pub user: Option<String>,
    pub meta: Option<String>,
}

/// Replacements of dictionary entries: old keys and new ones.
#[derive(Clone, Debug, Default)]
pub struct Renamed {
    /// Of places.
    pub places: FxHashMap<i64, i64>,
    /// Of agents.
    pub agents: FxHashMap<i64, i64>,
    /// Of tags.
    pub tags: FxHashMap<i64, i64>,
}

/// Stored texts, to be written without secrets. Opened by [`Store::redaction`].
pub struct Redaction<'s> {
    pub(crate) store: &'s mut Store,
}

impl Redaction<'_> {
    /// Adds entries without secrets for those that contain some; `clean` returns them. The old ones stay while events
    /// refer to them: see [`drop_renamed`](Self::drop_renamed).
    ///
    /// # Errors
    /// Database errors.
    pub fn rename(
        &mut self,
        mut clean_place: impl FnMut(Place) -> Option<Place>,
        mut clean: impl FnMut(&str) -> Option<String>,
    ) -> Result<Renamed> {
        let mut renamed = Renamed::default();
        let mut after = i64::MIN;
        loop {
            let rows = self.store.read("read the places", |conn| place_page(conn, after))?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            let old = rows.iter().map(|place| place.id).collect::<Vec<i64>>();
            let new: Vec<(i64, Place)> =
                old.into_iter().zip(rows).filter_map(|(id, p)| Some((id, clean_place(p)?))).collect();
            renamed.places.extend(new.iter().map(|(old, place)| (*old, place.id)));
            let new: Vec<Place> = new.into_iter().map(|(_, place)| place).collect();
            self.store.write_alone("hide secrets in places", |conn| {
                bulk::insert::<bulk::Places>(conn, &new, &Owner::default()).map(drop)
            })?;
        }
        let [agents, tags]: [Vec<(i64, String)>; 2] = self.store.read("read the names", |conn| {
            Ok([
                agents::table.select((agents::id, agents::agent)).load(conn)?,
                tags::table.select((tags::id, tags::tag)).load(conn)?,
            ])
        })?;
        let mut new_names = |names: Vec<(i64, String)>| -> Vec<(i64, String)> {
            names.into_iter().filter_map(|(id, text)| Some((id, clean(&text)?))).collect()
        };
        let (agents, tags) = (new_names(agents), new_names(tags));
        let keyed =
            |names: &[(i64, String)]| names.iter().map(|(old, new)| (*old, hash64(new.as_bytes()))).collect();
        (renamed.agents, renamed.tags) = (keyed(&agents), keyed(&tags));
        let rows = |names: &[(i64, String)]| -> Vec<(i64, String)> {
            names.iter().map(|(_, new)| (hash64(new.as_bytes()), new.clone())).collect()
        };
        let (agents, tags) = (rows(&agents), rows(&tags));
        self.store.write_alone("hide secrets in names", |conn| {
            let agents: Vec<(i64, &str)> = agents.iter().map(|(id, text)| (*id, text.as_str())).collect();
            let tags: Vec<(i64, &str)> = tags.iter().map(|(id, text)| (*id, text.as_str())).collect();
            bulk::insert::<bulk::Agents>(conn, &agents, &Owner::default())?;
            bulk::insert::<bulk::Tags>(conn, &tags, &Owner::default()).map(drop)
        })?;
        Ok(renamed)
    }

    /// Deletes the old entries, which no event refers to any more.
    ///
    /// # Errors
    /// Database errors.
    pub fn drop_renamed(&mut self, renamed: &Renamed) -> Result<()> {
        let keys = |names: &FxHashMap<i64, i64>| names.keys().copied().collect::<Vec<i64>>();
        let (old_places, old_agents, old_tags) =
            (keys(&renamed.places), keys(&renamed.agents), keys(&renamed.tags));
        if old_places.len() + old_agents.len() + old_tags.len() == 0 {
            return Ok(());
        }
        self.store.write_alone("delete names with secrets", |conn| {
            // Loads under way take such entries for stored: the new number makes them begin again.
            next_number(conn, "purge")?;
            for ids in old_places.chunks(AT_ONCE) {
                diesel::delete(places::table.filter(places::id.eq_any(ids))).execute(conn)?;
            }
            for ids in old_agents.chunks(AT_ONCE) {
                diesel::delete(agents::table.filter(agents::id.eq_any(ids))).execute(conn)?;
            }
            for ids in old_tags.chunks(AT_ONCE) {
                diesel::delete(tags::table.filter(tags::id.eq_any(ids))).execute(conn)?;
            }
            Ok(())
        })
    }

    /// Rewrites the texts of events if `clean` changes them, and returns how many changed. Safe to interrupt: the same
    /// call does the rest.
    ///
    /// # Errors
    /// Database errors.
    pub fn events(&mut self, renamed: &Renamed, mut clean: impl FnMut(&mut EventTexts)) -> Result<u64> {
        self.store.read("prepare the redaction", Conn::overwrite_deleted)?;
        let (mut after, mut rewritten) = (Vec::new(), 0);
        loop {
            let (some, last) = self
                .store
                .write_alone("hide secrets in events", |conn| page(conn, &after, renamed, &mut clean))?;
            rewritten += some;
            match last {
                Some(last) => after = last,
                None => return Ok(rewritten),
            }
        }
    }

    /// The same for rejects: `clean` returns a text without its secrets, if it has some.
    ///
    /// # Errors
    /// Database errors.
    pub fn rejects(&mut self, clean: impl Fn(&str) -> Option<String>) -> Result<u64> {
        let mut rewritten = 0;
        for reject in self.store.rejects().texts()? {
            let (reason, excerpt) = (clean(&reject.reason), clean(&reject.excerpt));
            if reason.is_none() && excerpt.is_none() {
                continue;
            }
            rewritten += 1;
            let (reason, excerpt) = (reason.unwrap_or(reject.reason), excerpt.unwrap_or(reject.excerpt));
            self.store.write_alone("hide secrets in rejects", |conn| {
                diesel::update(rejects::table.find((reject.file_id.get(), reject.file_offset)))
                    .set((rejects::reason.eq(&reason), rejects::excerpt.eq(&excerpt)))
                    .execute(conn)
            })?;
        }
        Ok(rewritten)
    }
}

type PlaceRow = (i64, String, String, Option<String>, Option<i32>, String, Option<String>, Option<String>);

/// The places that follow a key, in order.
fn place_page(conn: &mut Conn, after: i64) -> QueryResult<Vec<Place>> {
    let rows: Vec<PlaceRow> =
        places::table.filter(places::id.gt(after)).order(places::id).limit(PAGE).load(conn)?;
    let place = |(id, url, scheme, host, port, path, query, fragment): PlaceRow| Place {
        id,
        url,
        scheme,
        host,
        port,
        path,
        query,
        fragment,
    };
    Ok(rows.into_iter().map(place).collect())
}

/// Does one page; returns how many events changed, and its last id if there may be more.
fn page(
    conn: &mut Conn,
    after: &[u8],
    renamed: &Renamed,
    clean: &mut impl FnMut(&mut EventTexts),
) -> QueryResult<(u64, Option<Vec<u8>>)> {
    let rows: Vec<EventTexts> = events::table
        .filter(events::id.gt(after))
        .order(events::id)
        .limit(PAGE)
        .select(EventTexts::as_select())
        .load(conn)?;
    let Some(last) = rows.last().map(|row| row.id.clone()) else { return Ok((0, None)) };
    let first = rows[0].id.clone();
    let more = rows.len() as i64 == PAGE;
    let mut changed: Vec<Vec<u8>> = retag(conn, &first, &last, &renamed.tags)?;
    for row in rows {
        let mut new = row.clone();
        for (id, names) in [
            (&mut new.place_id, &renamed.places),
            (&mut new.referrer_id, &renamed.places),
            (&mut new.agent_id, &renamed.agents),
        ] {
            *id = id.map(|id| *names.get(&id).unwrap_or(&id));
        }
        clean(&mut new);
        if new != row {
            new.flags |= host_flags::REDACTED as i32;
            diesel::update(events::table.find(&row.id)).set(&new).execute(conn)?;
            changed.push(row.id);
        }
    }
    changed.sort_unstable();
    changed.dedup();
    note(conn, &changed)?;
    Ok((changed.len() as u64, more.then_some(last)))
}

/// Replaces old tags of events by new ones; returns which events.
fn retag(
    conn: &mut Conn,
    first: &[u8],
    last: &[u8],
    renamed: &FxHashMap<i64, i64>,
) -> QueryResult<Vec<Vec<u8>>> {
    let mut changed = Vec::new();
    for (old, new) in renamed {
        let of_page = || {
            event_tags::table
                .filter(event_tags::tag_id.eq(*old))
                .filter(event_tags::event_id.between(first, last))
        };
        let links: Vec<(Vec<u8>, bool)> =
            of_page().select((event_tags::event_id, event_tags::by_rule)).load(conn)?;
        let rows: Vec<EventTag<'_>> =
            links.iter().map(|(event, by_rule)| EventTag { event, tag: *new, by_rule: *by_rule }).collect();
        bulk::insert::<bulk::EventTags>(conn, &rows, &Owner::default())?;
        for (event, _) in &links {
            diesel::delete(event_tags::table.find((event, old))).execute(conn)?;
        }
        changed.extend(links.into_iter().map(|(event, _)| event));
    }
    Ok(changed)
}

/// Records that events changed, for readers that follow the database.
fn note(conn: &mut Conn, changed: &[Vec<u8>]) -> QueryResult<()> {
    let (Some(first), Some(last)) = (changed.first(), changed.last()) else { return Ok(()) };
    let seq = record_changes(conn, "redact", 0, changed, (first, last))?;
    next_number(conn, "purge")?;
    rollup::mark(conn, &changed.iter().map(|id| rollup::day_of_id(id)).collect(), seq)
}
