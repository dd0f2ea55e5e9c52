//! Records that are stored once although two inputs have them: which events of a load existed already, and from which
//! input. The caller decides what to do about it; a scope keeps such inputs apart.

use crate::schema::events;
use crate::{Conn, Met, Store};
use diesel::prelude::*;
use workhours_event::{EventId, InputId};

/// Events read per query.
const AT_ONCE: usize = 500;

impl Store {
    /// Begins or ends counting a load's events that other files brought before.
    pub fn watch_collapses(&mut self, watch: bool) {
        self.collapses = watch.then(Met::default);
    }

    /// The count since.
    pub fn take_collapses(&mut self) -> Met {
        self.collapses.take().unwrap_or_default()
    }

    pub(crate) fn add_collapses(&mut self, met: Met) {
        let Some(collapses) = &mut self.collapses else { return };
        for (input, n) in met.inputs {
            *collapses.inputs.entry(input).or_default() += n;
        }
        for (file, n) in met.files {
            *collapses.files.entry(file).or_default() += n;
        }
    }
}

/// Which of these events came through other inputs.
pub(crate) fn of_others(
    conn: &mut Conn,
    ids: &[EventId],
    input_id: InputId,
    met: &mut Met,
) -> QueryResult<()> {
    for ids in ids.chunks(AT_ONCE) {
        let ids: Vec<&[u8]> = ids.iter().map(|id| &id.0[..]).collect();
        let others: Vec<InputId> = events::table
            .filter(events::id.eq_any(ids))
            .filter(events::input_id.ne(input_id.get()))
            .select(events::input_id)
            .load(conn)?;
        for input in others {
            *met.inputs.entry(input).or_default() += 1;
        }
    }
    Ok(())
}
