//! Traces from sums: one for each minute in which something began. At the edges of a question, where days are not whole,
//! each event is one.

use super::choice::Choice;
use super::trace::Trace;
use std::collections::VecDeque;
use workhours_base::error::Result;
use workhours_event::LONGEST_US;
use workhours_store::{EventFilter, MINUTE_US, MinuteSum, MinuteSums, Span, Store, Wanted};

/// Traces, a minute each.
pub(super) struct SummedTraces<'s> {
    store: &'s mut Store,
    filter: EventFilter,
    wanted: Wanted,
    spans: VecDeque<Span>,
    sums: Option<MinuteSums>,
    /// All but the last minute's are complete.
    ready: VecDeque<Trace>,
}

impl<'s> SummedTraces<'s> {
    pub(super) fn new(store: &'s mut Store, filter: EventFilter, spans: Vec<Span>, wanted: Wanted) -> Self {
        Self { store, filter, wanted, spans: spans.into(), sums: None, ready: VecDeque::new() }
    }

    pub(super) fn next(&mut self, choice: &mut Choice) -> Result<Option<Trace>> {
        while self.is_open() && self.more(choice)? {}
        Ok(self.ready.pop_front())
    }

    /// Whether the first trace may still change: so far everything is in one minute.
    fn is_open(&self) -> bool {
        let minute = |trace: Option<&Trace>| trace.map(|trace| trace.start.div_euclid(MINUTE_US));
        minute(self.ready.front()) == minute(self.ready.back())
    }

    /// Reads on; `false` at the end.
    fn more(&mut self, choice: &mut Choice) -> Result<bool> {
        if let Some(sums) = &mut self.sums {
            let page = sums.page(self.store)?;
            if page.is_empty() {
                self.sums = None;
            }
            for sum in page.into_iter().filter(|sum| sum.timed > 0) {
                self.take(sum, choice);
            }
            return Ok(true);
        }
        match self.spans.pop_front() {
            None => return Ok(false),
            Some(Span::Days(days)) => self.sums = Some(self.store.rollups().by_minute(&days, &self.filter)?),
            Some(Span::Events(filter)) => {
                let mut reader = self.store.events().reader_of(filter, self.wanted);
                while let Some(event) = reader.next_event()? {
                    self.ready.extend(choice.trace(event, "", ""));
                }
            }
        }
        Ok(true)
    }

    fn take(&mut self, sum: MinuteSum, choice: &mut Choice) {
        let Some(who) = choice.who_of_sum(&sum) else { return };
        choice.cut += u64::from(sum.end_us - sum.first_us > LONGEST_US);
        // There is one trace for a minute and person, whatever inputs it was found in.
        let same = |trace: &&mut Trace| trace.who == who && trace.start.div_euclid(MINUTE_US) == sum.minute;
        match self.ready.iter_mut().rev().take(8).find(same) {
            Some(trace) => {
                trace.start = trace.start.min(sum.first_us);
                trace.end = trace.end.max(sum.end_us);
                trace.events += sum.timed as u64;
            }
            None => {
                let label = super::trace::Label { kept: true, ..Default::default() };
                let (start, end, events) = (sum.first_us, sum.end_us, sum.timed as u64);
                self.ready.push_back(Trace { who, start, end, events, label, detail: None, more: None });
            }
        }
    }
}
