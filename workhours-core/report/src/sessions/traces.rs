//! Traces in order of their beginnings: from sums by minute, from columns, or from events.

use super::super::summed;
use super::choice::Choice;
use super::column_traces::ColumnTraces;
use super::iter::Reading;
use super::presence::{Presence, Span, without};
use super::summed::SummedTraces;
use super::trace::Trace;
use std::collections::{BTreeMap, VecDeque};
use workhours_base::error::Result;
use workhours_store::{EventFilter, EventReader, Store};

/// Reads the traces that begin from one instant to before another.
pub(super) enum Traces<'s> {
    Events(Box<EventReader<'s>>),
    Sums(Box<SummedTraces<'s>>),
    Columns(Box<ColumnTraces<'s>>),
    Present(Box<PresentTraces<'s>>),
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
        let presence = Presence::new(store, &reading.params.presence, (from_us, until_us))?;
        // What is left of an event is in neither sums nor columns.
        if !presence.is_empty() {
            // What is left of an event may begin long after it.
            let earlier = from_us.map(|from| from.saturating_sub(choice.longest_us()));
            let filter = EventFilter { from_us: earlier, ..filter };
            let reader = store.events().reader_of(filter, choice.wanted().and(PresentTraces::WANTED));
            return Ok(Self::Present(Box::new(PresentTraces::new(reader, presence, (from_us, until_us)))));
        }
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
        match self {
            Self::Sums(sums) => sums.next(choice),
            Self::Columns(columns) => columns.next(choice),
            Self::Present(present) => present.next(choice),
            Self::Events(reader) => Ok(next_event(reader, choice, |_| ())?.map(|(trace, ())| trace)),
        }
    }
}

/// The next trace of a reader, with something of its event.
fn next_event<T>(
    reader: &mut EventReader<'_>,
    choice: &mut Choice,
    of: impl Fn(&workhours_event::StoredEvent) -> T,
) -> Result<Option<(Trace, T)>> {
    let asks_for_origin = choice.asks_for_origin();
    while let Some(event) = reader.next_event()? {
        let path =
            if asks_for_origin { reader.path_of(event.file_id)? } else { workhours_base::Text::default() };
        let label = reader.label_of(event.input_id);
        let more = of(&event);
        if let Some(trace) = choice.trace(event, &path, label) {
            return Ok(Some((trace, more)));
        }
    }
    Ok(None)
}

/// Traces of events without the times when no one was there. What is left of an event may begin after the next
/// one, so it waits for its turn.
pub(super) struct PresentTraces<'s> {
    reader: EventReader<'s>,
    presence: Presence,
    /// The next trace of the reader, with what is left of it.
    ahead: Option<(Trace, Option<Vec<Span>>)>,
    waiting: BTreeMap<i64, VecDeque<Trace>>,
    /// Where the traces that are asked for begin: from here to before there.
    begin: (i64, i64),
    is_done: bool,
}

impl<'s> PresentTraces<'s> {
    /// What presence is known by.
    const WANTED: workhours_store::Wanted =
        workhours_store::Wanted { kind: true, host: true, ..workhours_store::Wanted::NONE };

    fn new(reader: EventReader<'s>, presence: Presence, begin: (Option<i64>, Option<i64>)) -> Self {
        let begin = (begin.0.unwrap_or(i64::MIN), begin.1.unwrap_or(i64::MAX));
        Self { reader, presence, ahead: None, waiting: BTreeMap::new(), begin, is_done: false }
    }

    fn next(&mut self, choice: &mut Choice) -> Result<Option<Trace>> {
        loop {
            if self.ahead.is_none() && !self.is_done {
                let presence = &self.presence;
                let cut = |event: &workhours_event::StoredEvent| presence.away_from(event);
                let next = next_event(&mut self.reader, choice, cut)?;
                self.ahead = next.map(|(trace, away)| {
                    let left = away.map(|away| without((trace.start, trace.end), away));
                    (trace, left)
                });
                self.is_done = self.ahead.is_none();
            }
            let next = self.ahead.as_ref().map(|(trace, _)| trace.start);
            if let Some(mut entry) = self.waiting.first_entry()
                && next.is_none_or(|next| *entry.key() <= next)
            {
                let trace = entry.get_mut().pop_front();
                if entry.get().is_empty() {
                    entry.remove();
                }
                if trace.is_some() {
                    return Ok(trace);
                }
                continue;
            }
            let Some((trace, left)) = self.ahead.take() else { return Ok(None) };
            let Some(mut left) = left else {
                match trace.start < self.begin.0 {
                    true => continue,
                    false => return Ok(Some(trace)),
                }
            };
            choice.leave_away((trace.start, trace.end), &left);
            let is_asked = |from: i64| (self.begin.0..self.begin.1).contains(&from);
            let has_first = left.first().is_some_and(|(from, _)| is_asked(*from));
            left.retain(|(from, _)| is_asked(*from));
            for (n, (start, end)) in left.into_iter().enumerate() {
                // It is one event, in several pieces.
                let piece = Trace { start, end, events: u64::from(n == 0 && has_first), ..trace.clone() };
                self.waiting.entry(start).or_default().push_back(piece);
            }
        }
    }
}
