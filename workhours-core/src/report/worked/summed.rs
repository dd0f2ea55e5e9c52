//! Traces from sums: one for each minute in which something began. At the edges of a question, where days are not whole,
//! the same is made of events.

use super::events::Trace;
use crate::error::Result;
use crate::store::{EventFilter, MINUTE_US, MinuteSum, MinuteSums, Span, Store, Wanted, span_of};
use std::collections::VecDeque;

/// Traces, a minute each.
pub(super) struct SummedTraces<'s> {
    store: &'s mut Store,
    filter: EventFilter,
    spans: VecDeque<Span>,
    sums: Option<MinuteSums>,
    /// All but the last are complete.
    ready: VecDeque<Trace>,
}

impl<'s> SummedTraces<'s> {
    pub(super) fn new(store: &'s mut Store, filter: EventFilter, spans: Vec<Span>) -> Self {
        Self { store, filter, spans: spans.into(), sums: None, ready: VecDeque::new() }
    }

    pub(super) fn next_trace(&mut self) -> Result<Option<Trace>> {
        while self.ready.len() < 2 && self.more()? {}
        Ok(self.ready.pop_front())
    }

    /// Reads on; `false` at the end.
    fn more(&mut self) -> Result<bool> {
        if let Some(sums) = &mut self.sums {
            let page = sums.page(self.store)?;
            if page.is_empty() {
                self.sums = None;
            }
            for sum in page.into_iter().filter(|sum| sum.timed > 0) {
                join(&mut self.ready, sum.into());
            }
            return Ok(true);
        }
        match self.spans.pop_front() {
            None => return Ok(false),
            Some(Span::Days(days)) => self.sums = Some(self.store.minute_sums(&days, &self.filter)?),
            Some(Span::Events(filter)) => {
                let mut reader = self.store.event_reader_of(filter, Wanted::NONE);
                while let Some(event) = reader.next_event()? {
                    let Some((start, end)) = span_of(event.date, event.precision, event.duration_us) else {
                        continue;
                    };
                    let trace = Trace {
                        start,
                        last: start,
                        end,
                        events: 1,
                        key: None,
                        source: None,
                        title: None,
                        origin: None,
                    };
                    join(&mut self.ready, trace);
                }
            }
        }
        Ok(true)
    }
}

/// Puts a trace behind others, or to the last of them if that is of the same minute.
fn join(traces: &mut VecDeque<Trace>, trace: Trace) {
    match traces.back_mut() {
        Some(last) if last.start.div_euclid(MINUTE_US) == trace.start.div_euclid(MINUTE_US) => {
            last.start = last.start.min(trace.start);
            last.last = last.last.max(trace.last);
            last.end = last.end.max(trace.end);
            last.events += trace.events;
        }
        _ => traces.push_back(trace),
    }
}

impl From<MinuteSum> for Trace {
    fn from(sum: MinuteSum) -> Self {
        Self {
            start: sum.first_us,
            last: sum.last_us,
            end: sum.end_us,
            events: sum.timed as u64,
            key: None,
            source: None,
            title: None,
            origin: None,
        }
    }
}
