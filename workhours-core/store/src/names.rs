//! Looking up what events refer to by number: places and agents, many at a time and each hardly more than once.
//!
//! Not a join: a server's plan for a join over a page depends on its statistics, and the same few names occur on page
//! after page.

use super::Conn;
use super::schema::{agents, places};
use diesel::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use workhours_base::Text;

/// Asked for in one query.
const AT_ONCE: usize = 500;

/// Bytes of text remembered, at most, in each of two generations.
const REMEMBERED: usize = 4 << 20;

/// Names known so far.
#[derive(Default)]
pub(super) struct Names {
    places: Texts,
    agents: Texts,
}

impl Names {
    /// Fetches unknown ones.
    pub(super) fn fetch(
        &mut self,
        conn: &mut Conn,
        place_ids: impl Iterator<Item = i64>,
        agent_ids: impl Iterator<Item = i64>,
    ) -> QueryResult<()> {
        for ids in self.places.missing(place_ids).chunks(AT_ONCE) {
            let of = places::table.filter(places::id.eq_any(ids));
            self.places.add(of.select((places::id, places::url)).load(conn)?);
        }
        for ids in self.agents.missing(agent_ids).chunks(AT_ONCE) {
            let of = agents::table.filter(agents::id.eq_any(ids));
            self.agents.add(of.select((agents::id, agents::agent)).load(conn)?);
        }
        Ok(())
    }

    pub(super) fn place(&self, id: Option<i64>) -> Option<Text> {
        self.places.get(id)
    }

    pub(super) fn agent(&self, id: Option<i64>) -> Option<Text> {
        self.agents.get(id)
    }
}

/// Texts by number. Texts that weren't needed lately are forgotten.
#[derive(Default)]
struct Texts {
    young: FxHashMap<i64, Text>,
    old: FxHashMap<i64, Text>,
    bytes: usize,
}

impl Texts {
    /// Those to fetch; known ones stay until the next call.
    fn missing(&mut self, ids: impl Iterator<Item = i64>) -> Vec<i64> {
        if self.bytes > REMEMBERED {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        let mut missing = FxHashSet::default();
        for id in ids {
            if self.young.contains_key(&id) {
                continue;
            }
            match self.old.remove(&id) {
                Some(text) => self.keep(id, text),
                None => _ = missing.insert(id),
            }
        }
        missing.into_iter().collect()
    }

    fn add(&mut self, found: Vec<(i64, Text)>) {
        for (id, text) in found {
            self.keep(id, text);
        }
    }

    fn keep(&mut self, id: i64, text: Text) {
        self.bytes += text.len() + size_of::<(i64, Text)>();
        self.young.insert(id, text);
    }

    fn get(&self, id: Option<i64>) -> Option<Text> {
        self.young.get(&id?).cloned()
    }
}
