//! Answers from sums instead of events, where sums tell all that is asked: see the store's roll-ups.
//!
//! Whether they do is found out here, before anything is read. What they do not tell, or where they cannot be brought
//! up to date because the database may only be read, events do.

#[cfg(test)]
mod tests;

use super::params::ReportParams;
use crate::error::Result;
use crate::store::{DAY_US, EventFilter, MINUTE_US, MinuteSum, RollupField, Span, Store};

/// The stretches of a question, if sums of this length answer it: whole days from sums, the rest from events.
///
/// # Errors
/// What the store reports.
pub(super) fn spans(
    store: &mut Store,
    filter: &EventFilter,
    params: &ReportParams,
    unit_us: i64,
) -> Result<Option<Vec<Span>>> {
    let Some(spans) = filter.spans() else { return Ok(None) };
    for span in &spans {
        let Span::Days(days) = span else { continue };
        if store.refresh_rollups(days.clone()).is_err() {
            return Ok(None);
        }
        // The report's own days are put together from units, none of which may be in two of them.
        if let Some((first, last)) = store.summed_days(RollupField::Kind, days)?
            && !params.zones.begin_at(unit_us, first * DAY_US, (last + 1) * DAY_US)
        {
            return Ok(None);
        }
    }
    Ok(Some(spans))
}

impl MinuteSum {
    /// Its first instant, µs.
    pub(super) fn start_us(&self) -> i64 {
        self.minute * MINUTE_US
    }
}
