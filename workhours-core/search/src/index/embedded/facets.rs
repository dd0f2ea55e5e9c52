//! From counts of segments to those of the index: numbers of dictionaries become names again.

use super::count::{Column, SegmentCounts};
use super::schema::{Fields, NONE};
use super::top::top;
use crate::index::meta;
use crate::index::scan::ranked;
use crate::index::{CountAsk, Counts, Facet, Series};
use rustc_hash::FxHashMap;
use tantivy::Searcher;
use tantivy::schema::IndexRecordOption;
use workhours_base::budget::Budget;
use workhours_query::Field;
use workhours_store::Seq;

/// Maximum number of values of a term field read for suggestions.
const MAX_TERMS: usize = 20_000;
/// Values between two looks at the clock.
const BETWEEN_LOOKS: usize = 1_000;

/// The column that a field's values are in; `None` for those that have terms only.
pub(super) fn column(field: &Field) -> Option<String> {
    let names = [Field::Source, Field::Kind, Field::Host, Field::Peer, Field::User, Field::Domain];
    names.contains(field).then(|| field.name())
}

/// All counts.
pub(super) fn counts(
    searcher: &Searcher,
    fields: Fields,
    ask: &CountAsk,
    segments: Vec<SegmentCounts>,
    as_of: Seq,
    budget: &Budget,
) -> tantivy::Result<Counts> {
    let mut complete = segments.iter().all(|segment| segment.complete);
    let mut facets = Vec::with_capacity(ask.facets.len());
    let mut next_column = 0;
    for (field, most) in &ask.facets {
        if column(field).is_some() {
            let of_field: Vec<&Column> =
                segments.iter().map(|segment| &segment.columns[next_column]).collect();
            facets.push(top(field, *most, &of_field)?);
            next_column += 1;
        } else {
            let (facet, all) = of_terms(searcher, fields, (field, *most), &segments, budget)?;
            facets.push(facet);
            complete &= all;
        }
    }
    let (series, bars) = bars(ask, &segments)?;
    Ok(Counts {
        total: segments.iter().map(|segment| segment.total).sum(),
        bars,
        series,
        facets,
        as_of,
        complete,
    })
}

/// The stretches, divided by the names of the dividing column.
fn bars(ask: &CountAsk, segments: &[SegmentCounts]) -> tantivy::Result<(Series, Vec<Vec<u64>>)> {
    let stretches = ask.edges.as_ref().map_or(0, |edges| edges.len());
    let mut by_name: FxHashMap<Option<String>, Vec<u64>> = FxHashMap::default();
    for segment in segments {
        for (number, bars) in segment.bars.by_number() {
            let name = match &segment.split {
                Some(split) => name_of(split, number)?,
                None => None,
            };
            let sums = by_name.entry(name).or_insert_with(|| vec![0; stretches]);
            bars.into_iter().for_each(|(at, n)| sums[at] += n);
        }
    }
    let mut series: Series = by_name.keys().cloned().collect();
    series.sort_unstable();
    let bar = |at: usize| series.iter().map(|name| by_name[name][at]).collect();
    let bars = (0..stretches).map(bar).collect();
    Ok((series, bars))
}

/// A column's value; `None` for that of events that have none.
fn name_of(column: &Column, number: usize) -> tantivy::Result<Option<String>> {
    let mut name = String::new();
    if let Some(names) = &column.names {
        names.ord_to_str(number as u64, &mut name)?;
    }
    Ok(Some(name).filter(|name| name != NONE))
}

/// The most frequent values of a field that has terms only; whether time was enough for all of them.
fn of_terms(
    searcher: &Searcher,
    fields: Fields,
    (field, most): (&Field, usize),
    segments: &[SegmentCounts],
    budget: &Budget,
) -> tantivy::Result<(Facet, bool)> {
    let mut counts: FxHashMap<Option<String>, u64> = FxHashMap::default();
    let (column, start, key) = terms_of(fields, field);
    let mut looked_at = 0;
    for segment in segments {
        let Some(found) = &segment.docs else { continue };
        let reader = searcher.segment_reader(segment.ord);
        let index = reader.inverted_index(column)?;
        let mut stream = index.terms().range().ge(&start).into_stream()?;
        let mut with_any = tantivy::BitSet::with_max_value(reader.max_doc());
        while stream.advance() {
            let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
            if !term.starts_with(&start) {
                break;
            }
            looked_at += 1;
            if looked_at % BETWEEN_LOOKS == 0 && budget.is_spent() {
                // Events without any aren't known either.
                counts.remove(&None);
                return Ok((ranked(field, most, counts.into_iter()), false));
            }
            let Some(value) = value_of(term, key) else { continue };
            let mut n = 0;
            let mut postings =
                index.read_block_postings_from_terminfo(stream.value(), IndexRecordOption::Basic)?;
            while !postings.docs().is_empty() {
                for doc in postings.docs().iter().filter(|doc| found.contains(**doc)) {
                    n += 1;
                    with_any.insert(*doc);
                }
                postings.advance();
            }
            if n > 0 {
                *counts.entry(Some(value.to_owned())).or_default() += n;
            }
        }
        let without = segment.total - with_any.len() as u64;
        *counts.entry(None).or_default() += without;
    }
    Ok((ranked(field, most, counts.into_iter()), true))
}

/// The field whose terms are the values, their prefix, and for a key of `meta` that key.
fn terms_of(fields: Fields, field: &Field) -> (tantivy::schema::Field, String, Option<&str>) {
    match field {
        Field::Meta(key) => (fields.meta, meta::of_key(key), Some(key)),
        Field::Source => (fields.source, String::new(), None),
        Field::Kind => (fields.kind, String::new(), None),
        Field::Host => (fields.host, String::new(), None),
        Field::Peer => (fields.peer, String::new(), None),
        Field::User => (fields.user, String::new(), None),
        Field::Domain => (fields.domain, String::new(), None),
        _ => (fields.tag, String::new(), None),
    }
}

fn value_of<'t>(term: &'t str, key: Option<&str>) -> Option<&'t str> {
    match key {
        Some(key) => meta::value(key, term).map(|(value, _)| value),
        None => Some(term).filter(|term| *term != NONE),
    }
}

/// The values of a field that begin so, the most frequent first.
pub(super) fn values(
    searcher: &Searcher,
    fields: Fields,
    field: &Field,
    start: &str,
    most: usize,
) -> tantivy::Result<Vec<(String, u64)>> {
    let mut counts: FxHashMap<Option<String>, u64> = FxHashMap::default();
    let (column, before, key) = terms_of(fields, field);
    for reader in searcher.segment_readers() {
        let index = reader.inverted_index(column)?;
        let from = if key.is_some() { before.clone() } else { start.to_owned() };
        let mut stream = index.terms().range().ge(&from).into_stream()?;
        let mut seen = 0;
        while stream.advance() && seen < MAX_TERMS {
            let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
            if !term.starts_with(&from) {
                break;
            }
            seen += 1;
            if let Some(value) = value_of(term, key).filter(|value| value.starts_with(start)) {
                *counts.entry(Some(value.to_owned())).or_default() += u64::from(stream.value().doc_freq);
            }
        }
    }
    let facet = ranked(field, most, counts.into_iter());
    Ok(facet.values.into_iter().filter_map(|(value, n)| Some((value?, n))).collect())
}
