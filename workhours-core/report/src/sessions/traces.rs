//! Traces in order of their beginnings: from sums by minute, from columns, or from events.

use super::super::summed;
use super::choice::Choice;
use super::column_traces::ColumnTraces;
use super::iter::Reading;
use super::summed::SummedTraces;
use super::trace::Trace;
use workhours_base::error::Result;
use workhours_store::{EventFilter, EventReader, Store};

/// Reads the traces that begin from one instant to before another.
pub(super) enum Traces<'s> {
    Events(Box<EventReader<'s>>),
    Sums(Box<SummedTraces<'s>>),
    Columns(Box<ColumnTraces<'s>>),
}

impl<'s> Traces<'s> {
    /// `reading` says at which instants sessions are cut: sums must not reach over them.
    pub(super) fn new(
        store: &'s mut Store,
        reading: &Reading<'s>,
        choice: &Choice,
        from_us: Option<i64>,
        until_us: Option<i64>,
    ) -> Result<Self> {
        let filter = EventFilter { from_us, until_us, dated_only: true, ..choice.filter.clone() };
        let has_sums = choice.is_summed();
        // Sums are faster where they are up to date: each minute is one row of them.
        if let Some(columns) = reading.columns
            && reading.fine.is_empty()
            && !(has_sums && store.rollups().due()?.is_empty())
            && let Some(traces) = ColumnTraces::new(
                columns,
                store,
                choice,
                filter.clone(),
                (reading.build.gap_us, reading.cuts()),
            )?
        {
            return Ok(Self::Columns(Box::new(traces)));
        }
        let (zones, edges) = (&reading.params.zones, reading.edges);
        if has_sums && let Some(spans) = summed::spans_between(store, &filter, zones, edges)? {
            return Ok(Self::Sums(Box::new(SummedTraces::new(store, filter, spans, choice.wanted()))));
        }
        Ok(Self::Events(Box::new(store.events().reader_of(filter, choice.wanted()))))
    }

    pub(super) fn next(&mut self, choice: &mut Choice) -> Result<Option<Trace>> {
        let reader = match self {
            Self::Sums(sums) => return sums.next(choice),
            Self::Columns(columns) => return columns.next(choice),
            Self::Events(reader) => reader,
        };
        let asks_for_origin = choice.asks_for_origin();
        while let Some(event) = reader.next_event()? {
            let path = if asks_for_origin {
                reader.path_of(event.file_id)?
            } else {
                workhours_base::Text::default()
            };
            let label = reader.label_of(event.input_id);
            if let Some(trace) = choice.trace(event, &path, label) {
                return Ok(Some(trace));
            }
        }
        Ok(None)
    }
}
