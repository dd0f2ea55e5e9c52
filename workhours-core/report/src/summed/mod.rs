//! Results from sums instead of events, if sums contain everything that is needed: see the store's roll-ups.
//!
//! Checks first whether they are enough. If they aren't, or if they can't be updated because the database is read-only,
//! events are read.

#[cfg(test)]
pub(crate) mod tests;

use super::params::ReportParams;
use workhours_base::error::Result;
use workhours_base::zones::Zones;
use workhours_store::{DAY_US, EventFilter, MINUTE_US, RollupField, Span, Store};

/// The stretches of a question, if sums of this length answer it: whole days from sums, the rest from events.
///
/// # Errors
/// Database errors.
pub(super) fn spans(
    store: &mut Store,
    filter: &EventFilter,
    params: &ReportParams,
    unit_us: i64,
) -> Result<Option<Vec<Span>>> {
    spans_of(store, filter, &params.zones, unit_us)
}

fn spans_of(
    store: &mut Store,
    filter: &EventFilter,
    zones: &Zones,
    unit_us: i64,
) -> Result<Option<Vec<Span>>> {
    let Some(spans) = filter.spans() else { return Ok(None) };
    for span in &spans {
        let Span::Days(days) = span else { continue };
        if store.rollups().refresh(days.clone()).is_err() {
            return Ok(None);
        }
        // The report's own days are composed of units, none of which may be in two days.
        if let Some((first, last)) = store.rollups().days_with(RollupField::Kind, days)?
            && !zones.begin_at(unit_us, first * DAY_US, (last + 1) * DAY_US)
        {
            return Ok(None);
        }
    }
    Ok(Some(spans))
}

/// The stretches of a question about sessions, if sums by minute answer it. A day with one of the edges within a minute
/// is read from events, because sessions are cut there.
///
/// # Errors
/// Database errors.
pub(super) fn spans_between(
    store: &mut Store,
    filter: &EventFilter,
    zones: &Zones,
    edges: &[i64],
) -> Result<Option<Vec<Span>>> {
    let from = filter.from_us.unwrap_or(i64::MIN);
    let until = filter.until_us.unwrap_or(i64::MAX);
    let within = |edge: &&i64| edge.rem_euclid(MINUTE_US) != 0 && (from..until).contains(*edge);
    let mut days: Vec<i64> = edges.iter().filter(within).map(|edge| edge.div_euclid(DAY_US)).collect();
    days.sort_unstable();
    days.dedup();
    let part =
        |from_us: Option<i64>, until_us: Option<i64>| EventFilter { from_us, until_us, ..filter.clone() };
    let (mut spans, mut at) = (Vec::new(), filter.from_us);
    for day in days {
        let (start, end) = ((day * DAY_US).max(from), (day + 1).saturating_mul(DAY_US).min(until));
        if at.is_none_or(|at| at < start) {
            let Some(before) = spans_of(store, &part(at, Some(start)), zones, MINUTE_US)? else {
                return Ok(None);
            };
            spans.extend(before);
        }
        spans.push(Span::Events(part(Some(start), Some(end))));
        at = Some(end);
    }
    if at.is_none_or(|at| at < until) {
        let Some(rest) = spans_of(store, &part(at, filter.until_us), zones, MINUTE_US)? else {
            return Ok(None);
        };
        spans.extend(rest);
    }
    Ok(Some(spans))
}
