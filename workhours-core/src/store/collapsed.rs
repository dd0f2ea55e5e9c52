//! Records that are stored once though two inputs have them: which events of a load were there already, and through
//! which input they came. Not for what is done about it; a scope tells such inputs apart.

use super::schema::events;
use super::{Conn, Store};
use crate::event::EventId;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// Events looked at per query.
const AT_ONCE: usize = 500;

/// How many events of other inputs were met, by input.
pub(super) type Met = BTreeMap<i64, u64>;

impl Store {
    /// Begins or ends to count the events of a load that other inputs brought before.
    pub fn watch_collapses(&mut self, watch: bool) {
        self.collapses = watch.then(Met::new);
    }

    /// What was counted since: inputs and how many of their events were met again, the most first.
    pub fn take_collapses(&mut self) -> Vec<(i64, u64)> {
        let mut met: Vec<_> = self.collapses.take().unwrap_or_default().into_iter().collect();
        met.sort_by_key(|(id, n)| (std::cmp::Reverse(*n), *id));
        met
    }

    pub(super) fn add_collapses(&mut self, met: Met) {
        if let Some(collapses) = &mut self.collapses {
            for (input, n) in met {
                *collapses.entry(input).or_default() += n;
            }
        }
    }
}

/// Which of these events came through other inputs.
pub(super) fn of_others(conn: &mut Conn, ids: &[EventId], input_id: i64) -> QueryResult<Met> {
    let mut met = Met::new();
    for ids in ids.chunks(AT_ONCE) {
        let ids: Vec<&[u8]> = ids.iter().map(|id| &id.0[..]).collect();
        let others: Vec<i64> = events::table
            .filter(events::id.eq_any(ids))
            .filter(events::input_id.ne(input_id))
            .select(events::input_id)
            .load(conn)?;
        for input in others {
            *met.entry(input).or_default() += 1;
        }
    }
    Ok(met)
}
