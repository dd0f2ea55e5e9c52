//! All events that a search finds, as a table whose rows are read while it is written. A few events are looked up
//! through the index; many are found by reading the whole database in order.

use super::{Found, page};
use crate::index::{After, Index, Order, PageAsk, Question};
use std::vec::IntoIter;
use workhours_base::budget::Budget;
use workhours_base::error::Result;
use workhours_base::table::{Chart, Row, Rows, Table};
use workhours_event::{EVENT_COLUMNS, event_cells};
use workhours_store::{EventFilter, EventWalk, Store};

/// Up to this many events are looked up through the index.
const MAX_BY_INDEX: u64 = 100_000;
/// Events read at once.
const PAGE: i64 = 4096;

/// The events that match the question, with the columns of the report `events`: the newest or the oldest first, undated
/// ones last, at most `limit`. `budget` limits the time for each page of the index.
///
/// # Errors
/// Errors of the index or the database.
pub fn export<'a>(
    index: Option<&'a dyn Index>,
    store: &'a mut Store,
    question: &Question,
    order: Order,
    limit: Option<u64>,
    budget: Budget,
) -> Result<Table<'a>> {
    let left = limit.unwrap_or(u64::MAX);
    if let Some(index) = index {
        let total = index.page(question, &PageAsk { order, after: None, size: 1 }, &budget)?.total.value;
        if total.min(left) <= MAX_BY_INDEX {
            let rows = FromIndex { index, question: question.clone(), order, budget, next: Some(None) };
            return Ok(table(Events { pages: rows, store, ready: Vec::new().into_iter(), left }));
        }
    }
    let mut filter = EventFilter::default();
    filter.ask(question.expr.clone());
    let newest_first = order == Order::Newest;
    let mut walks = vec![EventWalk::filtered(filter.clone(), true, newest_first)];
    // A query with a time excludes undated events.
    if filter.from_us.is_none() && filter.until_us.is_none() {
        walks.insert(0, EventWalk::filtered(filter, false, newest_first));
    }
    Ok(table(Events { pages: FromDatabase { walks }, store, ready: Vec::new().into_iter(), left }))
}

fn table<'a>(rows: impl Rows + 'a) -> Table<'a> {
    Table {
        name: "events".into(),
        columns: EVENT_COLUMNS.to_vec(),
        rows: Box::new(rows),
        chart: Chart::None,
        notes: Vec::new(),
    }
}

/// The source of the next events.
trait PageSource {
    /// Some events; `None` at the end.
    fn next_page(&mut self, store: &mut Store) -> Result<Option<Vec<Found>>>;
}

/// Events of pages, one after the other.
struct Events<'a, P> {
    pages: P,
    store: &'a mut Store,
    ready: IntoIter<Found>,
    left: u64,
}

impl<P: PageSource> Rows for Events<'_, P> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        if self.left == 0 {
            return Ok(None);
        }
        loop {
            if let Some(found) = self.ready.next() {
                self.left -= 1;
                return Ok(Some(Row::Data(event_cells(found.event, found.path.as_str().into()))));
            }
            match self.pages.next_page(self.store)? {
                Some(page) => self.ready = page.into_iter(),
                None => return Ok(None),
            }
        }
    }
}

/// PageSource of events found through the index.
struct FromIndex<'a> {
    index: &'a dyn Index,
    question: Question,
    order: Order,
    budget: Budget,
    /// The event before the next page; `None` at the end.
    next: Option<Option<After>>,
}

impl PageSource for FromIndex<'_> {
    fn next_page(&mut self, store: &mut Store) -> Result<Option<Vec<Found>>> {
        let Some(after) = self.next else { return Ok(None) };
        let ask = PageAsk { order: self.order, after, size: PAGE as usize };
        let found = page(self.index, store, &self.question, &ask, &self.budget)?;
        if !found.page.complete {
            // An incomplete result must not look complete.
            return Err(workhours_base::error::Error::failed("the index did not answer in time"));
        }
        self.next = found.page.next.map(Some);
        Ok(Some(found.events))
    }
}

/// PageSource of events found by reading the database in order. The walks are in reverse order: the last one runs first.
struct FromDatabase {
    walks: Vec<EventWalk>,
}

impl PageSource for FromDatabase {
    fn next_page(&mut self, store: &mut Store) -> Result<Option<Vec<Found>>> {
        loop {
            let Some(walk) = self.walks.last_mut() else { return Ok(None) };
            if walk.is_done() {
                self.walks.pop();
                continue;
            }
            let events = walk.next_page(store, PAGE)?;
            let mut found = Vec::with_capacity(events.len());
            for event in events {
                let path = walk.path_of(store, event.file_id)?.to_string();
                found.push(Found { event, path, score: None });
            }
            return Ok(Some(found));
        }
    }
}
