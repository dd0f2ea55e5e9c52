//! A search, from a question to its results: a page of events with highlights, counts by time and by field, as tables
//! and as JSON. The command line and the web site show the same.
//!
//! The index finds the events; their content is read from the store, so that it is current.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod export;
pub mod index;
mod json;
mod request;
mod tables;

pub use export::export;
pub use json::{events_json, page_json};
pub use request::{FACET_VALUES, Filter, MAX_FILTERS, SearchRequest, dividing, facet};
pub use tables::{events_table, facet_table, histogram_table};

use crate::index::{
    CountAsk, Counts, Cut, Facet, First, Hit, HitPage, Index, Order, PageAsk, Question, Rank, SortBy,
    TimeBuckets, Total, dividing_field, edges_of, out_of_time, walk,
};
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use workhours_base::budget::Budget;
use workhours_base::error::{Error, Result};
use workhours_base::zones::Zones;
use workhours_event::EventId;
use workhours_event::StoredEvent;
use workhours_query::Field;
use workhours_store::{FileId, Seq, Store};

/// An event that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The event.
    pub event: StoredEvent,
    /// The file it was first read from.
    pub path: String,
    /// How well it fits, in order of relevance.
    pub score: Option<f32>,
}

/// A page of events that were found.
#[derive(Clone, Debug)]
pub struct FoundPage {
    /// The events, in order. One that was deleted since the index learnt of it is left out.
    pub events: Vec<Found>,
    /// The index's result for the page.
    pub page: HitPage,
}

/// Reads a page of events.
///
/// # Errors
/// Errors of the index or the database.
pub fn page(
    index: &dyn Index,
    store: &mut Store,
    question: &Question,
    ask: &PageAsk,
    budget: &Budget,
) -> Result<FoundPage> {
    if matches!(ask.order, Order::Newest | Order::Oldest)
        && question.expr.is_of_time_only()
        && let Some((total, as_of)) = index.total(question)?
    {
        return by_key(store, (question, total, as_of), ask, budget);
    }
    let page = match &ask.order {
        Order::By(by) if !index.sorts_by(by.field()) => looked_up(index, store, (question, by), ask, budget)?,
        _ => index.page(question, ask, budget)?,
    };
    let ids: Vec<EventId> = page.hits.iter().map(|hit| hit.id).collect();
    let mut by_id: FxHashMap<EventId, StoredEvent> =
        store.events().by_ids(&ids)?.into_iter().map(|event| (event.id, event)).collect();
    let hits = page.hits.clone();
    let known = hits.iter().filter_map(|hit| Some((by_id.remove(&hit.id)?, hit.score())));
    let mut found = with_origins(store, question, known, page)?;
    if !matches!(ask.order, Order::By(_)) {
        in_file_order(&mut found.events);
    }
    Ok(found)
}

/// Events that are read to be sorted by a field that the index can't sort by, at most.
const MAX_LOOKED_UP: u64 = 100_000;
/// Events looked up at once.
const AT_ONCE: usize = 4_096;

/// A page in the order of a field that the index has no values of: it finds the events, and each is read.
fn looked_up(
    index: &dyn Index,
    store: &mut Store,
    (question, by): (&Question, &SortBy),
    ask: &PageAsk,
    budget: &Budget,
) -> Result<HitPage> {
    let mut first = First::new(ask.size + 1, by.after(ask)?);
    let mut all = PageAsk { order: Order::Newest, after: None, size: AT_ONCE };
    loop {
        let page = index.page(question, &all, budget)?;
        if page.total.value > MAX_LOOKED_UP {
            let (n, name) = (page.total.value, by.field().name());
            return Err(Error::limit_exceeded(format!(
                "{n} events match, and the index can sort at most {MAX_LOOKED_UP} of them by {name}"
            ))
            .hint("narrow the search down, or sort by date or by a name such as host"));
        }
        if !page.complete || budget.is_spent() {
            return Err(out_of_time(by));
        }
        let ids: Vec<EventId> = page.hits.iter().map(|hit| hit.id).collect();
        // One that was deleted since the index learnt of it has no value any more.
        for event in store.events().by_ids(&ids)? {
            first.offer(by.place(by.value_of(&event), event.id));
        }
        match page.next {
            Some(next) => all.after = Some(next),
            None => return Ok(HitPage::of_first(first, ask, page.total.value, page.as_of)),
        }
    }
}

/// A page of all events, or of those of some time: they are adjacent in the database, which is faster than any index.
/// It shows only what the index has.
fn by_key(
    store: &mut Store,
    (question, total, as_of): (&Question, u64, Seq),
    ask: &PageAsk,
    budget: &Budget,
) -> Result<FoundPage> {
    let question = Question { as_of: Some(as_of), ..question.clone() };
    let mut events: Vec<StoredEvent> = Vec::with_capacity(ask.size + 1);
    let after = ask.after.as_ref().map(|after| after.id);
    let (_, complete) = walk(store, &question, (&ask.order, after), budget, |event| {
        events.push(event.clone());
        events.len() <= ask.size
    })?;
    let more = events.len() > ask.size;
    events.truncate(ask.size);
    let hits: Vec<Hit> = events.iter().map(|event| Hit { id: event.id, rank: Rank::Time }).collect();
    let next = hits.last().filter(|_| more || !complete).map(Hit::position);
    let total = Total { value: total, exact: true };
    let page = HitPage { hits, next, total, as_of, complete };
    let mut found = with_origins(store, &question, events.into_iter().map(|event| (event, None)), page)?;
    in_file_order(&mut found.events);
    Ok(found)
}

/// The events with the paths of their files, and with their projects.
fn with_origins(
    store: &mut Store,
    question: &Question,
    events: impl Iterator<Item = (StoredEvent, Option<f32>)>,
    page: HitPage,
) -> Result<FoundPage> {
    let labels = store.inputs().labels()?;
    let mut paths: FxHashMap<FileId, String> = FxHashMap::default();
    let mut found = Vec::with_capacity(page.hits.len());
    for (mut event, score) in events {
        let path = match paths.entry(event.file_id) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => unknown.insert(store.files().path_of(event.file_id)?).clone(),
        };
        let label = labels.get(&event.input_id).map_or("", String::as_str);
        event.project = question.lookup.context_of(&path, label).project(&event);
        found.push(Found { event, path, score });
    }
    Ok(FoundPage { events: found, page })
}

/// Events of one instant in the order of their file, within one page: their keys don't contain it. With the latest
/// first, the order is reversed.
fn in_file_order(found: &mut [Found]) {
    let date = |found: &Found| found.event.date;
    let newest_first = found.first().map(date) > found.last().map(date);
    let mut rest = found;
    while let Some(first) = rest.first() {
        let (score, when) = (first.score, date(first));
        let same = rest.iter().take_while(|found| date(found) == when && found.score == score).count();
        let (run, after) = rest.split_at_mut(same);
        run.sort_by(|a, b| {
            let place = |found: &Found| (found.event.file_id, found.event.file_offset);
            let order = place(a).cmp(&place(b)).then_with(|| a.event.id.cmp(&b.event.id));
            if newest_first { order.reverse() } else { order }
        });
        rest = after;
    }
}

/// Events by stretches of time.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// The stretches.
    pub edges: Arc<TimeBuckets>,
    /// The field that divides the bars.
    pub by: Field,
    /// Its values, in the order of the bars' parts: the most frequent first, at most [`MAX_SERIES`] of them. `None` are
    /// events without one.
    pub series: Vec<Option<String>>,
    /// For each interval a count for each of `series`.
    pub bars: Vec<Vec<u64>>,
    /// For each interval the events with other values; empty if there are none.
    pub others: Vec<u64>,
}

/// Parts of a bar, at most; further values are counted together.
pub const MAX_SERIES: usize = 50;

/// Counts of the events that were found.
#[derive(Clone, Debug)]
pub struct Counted {
    /// By time; `None` when it was not asked for, or there is nothing to show.
    pub histogram: Option<Histogram>,
    /// By field.
    pub facets: Vec<Facet>,
    /// How many there are.
    pub total: u64,
    /// The batch up to which the index knew the events.
    pub as_of: Seq,
    /// Whether all were read.
    pub complete: bool,
}

/// Counts events: by time, if `cut` says how, with bars divided by a field; and by fields, each with its number of values.
///
/// # Errors
/// Index errors, and a usage error for a field that can't divide bars.
pub fn counts(
    index: &dyn Index,
    question: &Question,
    (cut, zones): (Option<(Cut, &Field)>, &Zones),
    facets: &[(Field, usize)],
    budget: &Budget,
) -> Result<Counted> {
    let by = cut.as_ref().map(|(_, by)| (*by).clone());
    by.as_ref().map_or(Ok(()), dividing_field)?;
    let edges = match cut {
        Some((cut, _)) => edges_of(index, question, cut, zones, budget)?.map(Arc::new),
        None => None,
    };
    let ask = CountAsk { edges: edges.clone(), split: by.clone(), facets: facets.to_vec() };
    let Counts { total, bars, series, facets, as_of, complete } = index.counts(question, &ask, budget)?;
    let histogram = edges.zip(by).map(|(edges, by)| most_first(edges, by, &series, &bars));
    Ok(Counted { histogram, facets, total, as_of, complete })
}

fn most_first(edges: Arc<TimeBuckets>, by: Field, series: &[Option<String>], bars: &[Vec<u64>]) -> Histogram {
    let sums: Vec<u64> = (0..series.len()).map(|at| bars.iter().map(|bar| bar[at]).sum()).collect();
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|a, b| sums[*b].cmp(&sums[*a]).then(a.cmp(b)));
    let rest = order.split_off(order.len().min(MAX_SERIES));
    let others = match rest.is_empty() {
        true => Vec::new(),
        false => bars.iter().map(|bar| rest.iter().map(|at| bar[*at]).sum()).collect(),
    };
    Histogram {
        series: order.iter().map(|at| series[*at].clone()).collect(),
        bars: bars.iter().map(|bar| order.iter().map(|at| bar[*at]).collect()).collect(),
        edges,
        by,
        others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_first_are_counted_together() {
        let series: Vec<_> = (0..MAX_SERIES + 2).map(|n| (n > 0).then(|| format!("{n:03}"))).collect();
        let counts = |of: u64| (0..series.len() as u64).map(|n| n * of).collect::<Vec<_>>();
        let edges =
            TimeBuckets::new(0, 2 * 3_600_000_000, "1h".parse().unwrap(), &Zones::plain(chrono_tz::UTC));
        let histogram = most_first(Arc::new(edges.unwrap()), Field::Peer, &series, &[counts(1), counts(0)]);
        assert_eq!((histogram.series.len(), histogram.others), (MAX_SERIES, vec![1, 0]));
        assert_eq!(histogram.series[0].as_deref(), Some("051"));
        assert_eq!(histogram.bars[0][..2], [51, 50]);
    }
}
