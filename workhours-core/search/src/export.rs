//! All events that a search finds, as a table whose rows are read while it is written. A few events are looked up
//! through the index; many are found by reading the whole database in order.

use super::{Found, page};
use crate::index::{Index, Order, PageAsk, Question};
use std::vec::IntoIter;
use workhours_base::budget::Budget;
use workhours_base::error::{Error, Result};
use workhours_base::table::{Chart, Row, Rows, Table};
use workhours_event::{EVENT_COLUMNS, event_cells};
use workhours_store::{EventFilter, EventWalk, Store};

/// Up to this many events are looked up through the index.
const MAX_BY_INDEX: u64 = 100_000;
/// Events read at once.
const PAGE: i64 = 4096;

/// The events that match the question, with the columns of the report `events`, in an order of time or of a field, at most
/// `limit`. `budget` limits the time for each page of the index.
///
/// # Errors
/// Errors of the index or the database, and a limit error for very many events in the order of a field.
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
        let one = PageAsk { order: Order::Newest, after: None, size: 1 };
        let total = index.page(question, &one, &budget)?.total.value;
        if total.min(left) <= MAX_BY_INDEX {
            // By a field, each page costs as much as all of them.
            let size = if matches!(order, Order::By(_)) { total.min(left) } else { PAGE as u64 };
            let ask = PageAsk { order, after: None, size: size as usize };
            let rows = FromIndex { index, question: question.clone(), ask, budget, done: false };
            return Ok(table(Events { pages: rows, store, ready: Vec::new().into_iter(), left }));
        }
    }
    if let Order::By(by) = &order {
        let name = by.field().name();
        return Err(Error::limit_exceeded(format!(
            "at most {MAX_BY_INDEX} events can be exported in the order of {name}, with an index that is up to date"
        ))
        .hint("narrow the search down, set a limit, or sort by date"));
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
    /// The next page.
    ask: PageAsk,
    budget: Budget,
    /// Whether that would be empty.
    done: bool,
}

impl PageSource for FromIndex<'_> {
    fn next_page(&mut self, store: &mut Store) -> Result<Option<Vec<Found>>> {
        if self.done {
            return Ok(None);
        }
        let found = page(self.index, store, &self.question, &self.ask, &self.budget)?;
        if !found.page.complete {
            // An incomplete result must not look complete.
            return Err(Error::failed("the index did not answer in time"));
        }
        self.done = found.page.next.is_none();
        self.ask.after = found.page.next;
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
