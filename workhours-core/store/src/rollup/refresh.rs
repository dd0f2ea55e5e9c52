//! Bringing the sums up to date: days that were touched are read again and their rows replaced.

use super::super::Conn;
use super::super::backend::bulk;
use super::super::backend::conn::Lock;
use super::super::schema::{event_tags, events, places, rollup_dirty, tags};
use super::super::tables;
use super::sum::{Seen, Sums};
use super::{Field, Rollups, clear, ids_of};
use diesel::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use workhours_base::error::Result;
use workhours_event::{InputId, host_flags};
use workhours_query::domain_of;

/// Events read at once.
const PAGE: i64 = 8192;
/// Events summed up in one transaction, roughly: others wait for it.
const AT_ONCE: u64 = 50_000;
/// Places with remembered domains.
const REMEMBERED: usize = 200_000;

impl Rollups<'_> {
    /// Days that were touched since they were last summed up.
    ///
    /// # Errors
    /// Database errors.
    pub fn due(&mut self) -> Result<Vec<i64>> {
        self.store.read("look for sums to be made", |conn| {
            rollup_dirty::table.select(rollup_dirty::day).distinct().order(rollup_dirty::day).load(conn)
        })
    }

    /// Sums up these days again if they changed since. If it is interrupted, the same call does the rest.
    ///
    /// # Errors
    /// Database errors; then earlier sums stay, and the rest is still marked.
    pub fn refresh(&mut self, days: RangeInclusive<i64>) -> Result<()> {
        let touched = |conn: &mut Conn| -> QueryResult<bool> {
            let mark = rollup_dirty::table.filter(rollup_dirty::day.between(*days.start(), *days.end()));
            Ok(mark.select(rollup_dirty::day).first::<i64>(conn).optional()?.is_some())
        };
        let mut domains = Domains::default();
        while self.store.read("look for sums to be made", touched)? {
            self.store.write("sum up events", |conn| some_days(conn, &days, &mut domains))?;
        }
        Ok(())
    }
}

/// Sums up the first of the marked days.
fn some_days(conn: &mut Conn, days: &RangeInclusive<i64>, domains: &mut Domains) -> QueryResult<()> {
    conn.lock(Lock::Counter("rollup"))?;
    let marks: Vec<(i64, i64)> = rollup_dirty::table
        .filter(rollup_dirty::day.between(*days.start(), *days.end()))
        .order((rollup_dirty::day, rollup_dirty::seq))
        .limit(PAGE)
        .load(conn)?;
    let mut done = 0;
    for of_day in marks.chunk_by(|a, b| a.0 == b.0) {
        let (Some(&(day, _)), Some(&(_, seq))) = (of_day.first(), of_day.last()) else { continue };
        let sums = sum(conn, day, domains)?;
        done += sums.events;
        replace(conn, day, sums)?;
        // Numbers are in order of commit, so no unseen mark is among these.
        let seen = rollup_dirty::table.filter(rollup_dirty::day.eq(day)).filter(rollup_dirty::seq.le(seq));
        diesel::delete(seen).execute(conn)?;
        if done > AT_ONCE {
            break;
        }
    }
    Ok(())
}

type Row = (
    Vec<u8>,
    (Option<i64>, i16, Option<i64>),
    (InputId, String, Option<String>, Option<String>),
    (Option<i64>, Option<String>),
    (i32, Option<String>, Option<String>),
);

fn sum(conn: &mut Conn, day: i64, domains: &mut Domains) -> QueryResult<Sums> {
    let mut sums = Sums::new(day);
    let (first, until) = ids_of(day);
    let mut from = first.clone();
    loop {
        let page: Vec<Row> = events::table
            .filter(events::id.ge(&from))
            .filter(events::id.lt(&until))
            .order(events::id)
            .limit(PAGE)
            .select((
                events::id,
                (events::date, events::precision, events::duration_us),
                (events::input_id, events::kind, events::host, events::user),
                (events::place_id, events::url),
                (events::flags, attendees(), events::peer),
            ))
            .load(conn)?;
        domains.fetch(conn, page.iter().filter_map(|row| row.3.0))?;
        for row in &page {
            let (_, (date, precision, duration_us), (input_id, kind, host, user), (place, url), more) = row;
            let flags = more.0 as u32;
            let declined_by = more.1.as_deref().and_then(attendees_of);
            let domain = match (place, url) {
                (Some(place), _) => domains.by_place.get(place).cloned().flatten(),
                // Most are paths on a server that the log does not name.
                (None, Some(url)) if !url.starts_with('/') => domain_of(url).map(Arc::from),
                _ => None,
            };
            sums.event(&Seen {
                date: *date,
                precision: *precision,
                duration_us: *duration_us,
                input_id: *input_id,
                kind,
                host: host.as_deref(),
                peer: more.2.as_deref(),
                user: user.as_deref(),
                domain: domain.as_deref(),
                is_off: flags & (host_flags::CANCELLED | host_flags::FREE) != 0,
                declined_by: declined_by.as_deref(),
            });
        }
        match page.last() {
            Some((id, ..)) if page.len() as i64 == PAGE => from = after(id),
            _ => break,
        }
    }
    let tagged: Vec<(String, InputId, Option<i64>)> = event_tags::table
        .inner_join(tags::table.on(tags::id.eq(event_tags::tag_id)))
        .inner_join(events::table.on(events::id.eq(event_tags::event_id)))
        .filter(event_tags::event_id.ge(&first))
        .filter(event_tags::event_id.lt(&until))
        .select((tags::tag, events::input_id, events::date))
        .load(conn)?;
    for (tag, input_id, date) in &tagged {
        sums.value(Field::Tag, *input_id, *date, tag);
    }
    Ok(sums)
}

/// Other values of an event's source, for meetings that some declined.
fn attendees() -> diesel::expression::SqlLiteral<diesel::sql_types::Nullable<diesel::sql_types::Text>> {
    let declined = host_flags::DECLINED;
    // CASE, so that no other text is read from its page.
    diesel::dsl::sql(&format!("CASE WHEN (flags & {declined}) <> 0 THEN meta END"))
}

fn attendees_of(meta: &str) -> Option<String> {
    let meta: serde_json::Value = serde_json::from_str(meta).ok()?;
    Some(meta.get("attendees")?.as_str()?.to_owned())
}

/// The id that follows.
fn after(id: &[u8]) -> Vec<u8> {
    let mut next = id.to_vec();
    for byte in next.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    next
}

fn replace(conn: &mut Conn, day: i64, sums: Sums) -> QueryResult<()> {
    clear(conn, day)?;
    bulk::fill::<tables::rollup_days::Bulk>(conn, &sums.rows())
}

/// The domains of places, each looked up hardly more than once.
#[derive(Default)]
struct Domains {
    by_place: FxHashMap<i64, Option<Arc<str>>>,
}

impl Domains {
    fn fetch(&mut self, conn: &mut Conn, ids: impl Iterator<Item = i64>) -> QueryResult<()> {
        if self.by_place.len() > REMEMBERED {
            self.by_place.clear();
        }
        let missing: FxHashSet<i64> = ids.filter(|id| !self.by_place.contains_key(id)).collect();
        let missing: Vec<i64> = missing.into_iter().collect();
        for ids in missing.chunks(500) {
            let found: Vec<(i64, String)> =
                places::table.filter(places::id.eq_any(ids)).select((places::id, places::url)).load(conn)?;
            self.by_place.extend(found.into_iter().map(|(id, url)| (id, domain_of(&url).map(Arc::from))));
        }
        Ok(())
    }
}
