//! The database as an index: it is read from one end, and each event is compared with the question. It is slow, so it
//! has a deadline, but it always exists and is always up to date. Any other engine must return the same results.

use super::order::First;
use super::{
    CountAsk, Counts, Facet, Hit, HitPage, Index, Order, PageAsk, Question, Rank, SortBy, Total,
    dividing_field, facet_field, out_of_time,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use workhours_base::budget::Budget;
use workhours_base::error::{Error, Result};
use workhours_event::EventId;
use workhours_event::StoredEvent;
use workhours_query::{Field, Lookup, domain_of};
use workhours_store::{BatchId, EventFilter, EventWalk, Pool, Seq, Store};

/// Events read at once, at first and later.
const FIRST: i64 = 128;
const PAGE: i64 = 4096;
/// Events read to find possible values.
const RECENT: usize = 20_000;

/// Reads the database.
pub struct Scan {
    pool: Arc<Pool>,
    lookup: Lookup,
}

impl Scan {
    /// Over a database.
    pub fn new(pool: Arc<Pool>) -> Self {
        Self { pool, lookup: Lookup::default() }
    }

    /// The same, with the rules for projects and persons.
    pub fn knowing(self, lookup: Lookup) -> Self {
        Self { lookup, ..self }
    }

    /// See [`walk`].
    fn walk(
        &self,
        question: &Question,
        place: (&Order, Option<EventId>),
        budget: &Budget,
        each: impl FnMut(&StoredEvent) -> bool,
    ) -> Result<(Seq, bool)> {
        walk(&mut self.pool.store()?, question, place, budget, each)
    }
}

impl Scan {
    /// A page in the order of a field: all events that match are read, and the first of them are kept.
    fn sorted(&self, question: &Question, by: &SortBy, ask: &PageAsk, budget: &Budget) -> Result<HitPage> {
        let (mut first, mut total) = (First::new(ask.size + 1, by.after(ask)?), 0);
        let (as_of, complete) = self.walk(question, (&Order::Newest, None), budget, |event| {
            total += 1;
            first.offer(by.place(by.value_of(event), event.id));
            true
        })?;
        if !complete {
            return Err(out_of_time(by));
        }
        Ok(HitPage::of_first(first, ask, total, as_of))
    }
}

/// Passes each matching event to `each`, in order, until that returns false. Returns the state of the database, and
/// whether all were read.
pub(crate) fn walk(
    store: &mut Store,
    question: &Question,
    (order, after): (&Order, Option<EventId>),
    budget: &Budget,
    mut each: impl FnMut(&StoredEvent) -> bool,
) -> Result<(Seq, bool)> {
    let as_of = match question.as_of {
        Some(as_of) => as_of,
        None => store.as_of()?,
    };
    let mut filter = EventFilter { lookup: question.lookup.clone(), ..EventFilter::default() };
    filter.ask(question.expr.clone());
    let bounded = filter.from_us.is_some() || filter.until_us.is_some();
    let mut seqs = Seqs::default();
    // Start with small pages, so that a single page is fast, and continue with large ones.
    let mut most = FIRST;
    for dated in [true, false] {
        if !dated && bounded {
            break;
        }
        let mut walk = EventWalk::filtered(filter.clone(), dated, *order == Order::Newest);
        if let Some(id) = after {
            match (dated, id.date().is_some()) {
                (true, false) => continue,
                (false, true) => {}
                _ => walk = walk.after(id),
            }
        }
        while !walk.is_done() {
            if budget.is_spent() {
                return Ok((as_of, false));
            }
            let events = walk.next_page(store, most)?;
            most = (most * 4).min(PAGE);
            seqs.learn(store, &events)?;
            for event in &events {
                if seqs.of(event) <= as_of && !each(event) {
                    return Ok((as_of, true));
                }
            }
        }
    }
    Ok((as_of, true))
}

impl Index for Scan {
    fn page(&self, question: &Question, ask: &PageAsk, budget: &Budget) -> Result<HitPage> {
        if ask.order == Order::Relevance {
            return Err(Error::usage("the database cannot sort by relevance")
                .hint("sort by date, or build an index: workhours index rebuild"));
        }
        if let Order::By(by) = &ask.order {
            return self.sorted(question, by, ask, budget);
        }
        let mut hits: Vec<Hit> = Vec::with_capacity(ask.size + 1);
        let after = ask.after.as_ref().map(|after| after.id);
        let (as_of, complete) = self.walk(question, (&ask.order, after), budget, |event| {
            hits.push(Hit { id: event.id, rank: Rank::Time });
            hits.len() <= ask.size
        })?;
        let more = hits.len() > ask.size;
        let total = Total { value: hits.len() as u64, exact: complete && !more && ask.after.is_none() };
        hits.truncate(ask.size);
        // Out of time, the next page begins where this one got to.
        let last = hits.last().filter(|_| more || !complete);
        let next = last.map(Hit::position);
        Ok(HitPage { hits, next, total, as_of, complete })
    }

    fn sorts_by(&self, _: &Field) -> bool {
        true
    }

    fn counts(&self, question: &Question, ask: &CountAsk, budget: &Budget) -> Result<Counts> {
        for (field, _) in &ask.facets {
            facet_field(field)?;
        }
        ask.split.as_ref().map_or(Ok(()), dividing_field)?;
        let labels = self.pool.store()?.inputs().labels()?;
        let (lookup, none) = (&question.lookup, String::new());
        let values_of = |event: &StoredEvent, field: &Field| {
            values_of(event, field, lookup, labels.get(&event.input_id).unwrap_or(&none))
        };
        let mut total = 0;
        let mut bars: FxHashMap<(usize, Option<String>), u64> = FxHashMap::default();
        let mut facets: Vec<FxHashMap<Option<String>, u64>> = vec![FxHashMap::default(); ask.facets.len()];
        let (as_of, complete) = self.walk(question, (&Order::Newest, None), budget, |event| {
            total += 1;
            let at = ask.edges.as_ref().zip(event.date).and_then(|(edges, date)| edges.find(date));
            if let Some(at) = at {
                let series = ask.split.as_ref().and_then(|field| values_of(event, field).into_iter().next());
                *bars.entry((at, series)).or_default() += 1;
            }
            for ((field, _), counts) in ask.facets.iter().zip(&mut facets) {
                let values = values_of(event, field);
                if values.is_empty() {
                    *counts.entry(None).or_default() += 1;
                }
                for value in values {
                    *counts.entry(Some(value)).or_default() += 1;
                }
            }
            true
        })?;
        let names: FxHashSet<&Option<String>> = bars.keys().map(|(_, series)| series).collect();
        let mut series: Vec<Option<String>> = names.into_iter().cloned().collect();
        series.sort_unstable();
        let stretches = ask.edges.as_ref().map_or(0, |edges| edges.len());
        let bar =
            |at| series.iter().map(|name| bars.get(&(at, name.clone())).copied().unwrap_or(0)).collect();
        let bars = (0..stretches).map(bar).collect();
        let asked = ask.facets.iter().zip(facets);
        let facets = asked.map(|((field, most), counts)| ranked(field, *most, counts.into_iter())).collect();
        Ok(Counts { total, bars, series, facets, as_of, complete })
    }

    fn span(&self, question: &Question, budget: &Budget) -> Result<Option<(i64, i64)>> {
        let end = |order| -> Result<Option<i64>> {
            let mut date = None;
            self.walk(question, (order, None), budget, |event| {
                date = event.date;
                false
            })?;
            Ok(date)
        };
        Ok(end(&Order::Oldest)?.zip(end(&Order::Newest)?))
    }

    fn values(&self, field: &Field, start: &str, most: usize) -> Result<Vec<(String, u64)>> {
        let mut counts: FxHashMap<Option<String>, u64> = FxHashMap::default();
        let mut seen = 0;
        let lookup = self.lookup.clone();
        let all = Question { lookup, ..Question::of(workhours_query::Expr::And(Vec::new())) };
        let labels = self.pool.store()?.inputs().labels()?;
        self.walk(&all, (&Order::Newest, None), &Budget::unlimited(), |event| {
            let label = labels.get(&event.input_id).map_or("", String::as_str);
            let fitting = values_of(event, field, &all.lookup, label)
                .into_iter()
                .filter(|value| value.starts_with(start));
            fitting.for_each(|value| *counts.entry(Some(value)).or_default() += 1);
            seen += 1;
            seen < RECENT
        })?;
        let facet = ranked(field, most, counts.into_iter());
        Ok(facet.values.into_iter().filter_map(|(value, n)| Some((value?, n))).collect())
    }
}

/// When batches were committed, of those that were seen.
#[derive(Default)]
struct Seqs(FxHashMap<BatchId, Seq>);

impl Seqs {
    fn learn(&mut self, store: &mut Store, events: &[StoredEvent]) -> Result<()> {
        let unknown: FxHashSet<BatchId> =
            events.iter().map(|e| e.batch_id).filter(|id| !self.0.contains_key(id)).collect();
        if !unknown.is_empty() {
            let ids: Vec<BatchId> = unknown.into_iter().collect();
            self.0.extend(store.journal().seqs_of(&ids)?);
        }
        Ok(())
    }

    /// For an unrecorded batch, no newer events are known.
    fn of(&self, event: &StoredEvent) -> Seq {
        self.0.get(&event.batch_id).copied().unwrap_or_default()
    }
}

/// The values an event has in a field that facets can be of.
pub fn values_of(event: &StoredEvent, field: &Field, lookup: &Lookup, label: &str) -> Vec<String> {
    let one = |text: Option<&str>| text.iter().map(|text| (*text).to_owned()).collect();
    match field {
        Field::Source => vec![event.source_type.to_string()],
        Field::Kind => vec![event.kind.to_string()],
        Field::Host => one(event.host.as_deref()),
        Field::Peer => one(event.peer.as_deref()),
        Field::User => one(event.user.as_deref()),
        Field::Domain => one(event.url.as_deref().and_then(domain_of).as_deref()),
        // Determined when the event was read, by its file and its input.
        Field::Project => one(event.project.as_deref()),
        Field::Person => vec![lookup.context().person(event).to_string()],
        Field::Input => vec![event.input_id.to_string()],
        Field::Label => one(Some(label).filter(|label| !label.is_empty())),
        Field::Tag => event.tags.clone(),
        Field::Meta(key) => meta_values(event, key),
        _ => Vec::new(),
    }
}

fn meta_values(event: &StoredEvent, key: &str) -> Vec<String> {
    let object = event.meta.as_deref().and_then(|meta| serde_json::from_str::<serde_json::Value>(meta).ok());
    let mut values = Vec::new();
    if let Some(value) = object.as_ref().and_then(|object| object.get(key)) {
        leaves(value, &mut |leaf| {
            values.push(leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned));
        });
        values.sort_unstable();
        values.dedup();
    }
    values
}

/// The values in a value: those of a list are its items', and null has none.
pub(super) fn leaves<'v>(value: &'v serde_json::Value, each: &mut impl FnMut(&'v serde_json::Value)) {
    match value {
        serde_json::Value::Null => {}
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, each)),
        other => each(other),
    }
}

/// The most frequent of all values.
pub(super) fn ranked(
    field: &Field,
    most: usize,
    counts: impl Iterator<Item = (Option<String>, u64)>,
) -> Facet {
    let mut values: Vec<(Option<String>, u64)> = counts.filter(|(_, n)| *n > 0).collect();
    values.sort_unstable_by(|(a, n), (b, m)| {
        m.cmp(n).then_with(|| a.is_none().cmp(&b.is_none())).then(a.cmp(b))
    });
    let others = values.iter().skip(most).map(|(_, n)| n).sum();
    values.truncate(most);
    Facet { field: field.clone(), values, others }
}
