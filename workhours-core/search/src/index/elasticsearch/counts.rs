//! Counts by time and by field, as the server's aggregations: their bodies, and reading their answers.
//!
//! Intervals are ours, since they follow a zone and its days. A field's most frequent values are exact: the server says
//! by how much its counts may be wrong, and then all values are read, page by page.

use super::compile::escaped;
use crate::index::meta;
use crate::index::scan::ranked;
use crate::index::{CountAsk, Facet, Series, TimeBuckets};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};
use workhours_query::Field;

/// Values read in addition to those that are asked for: the last ones may be as frequent as others.
const MORE: usize = 50;
/// The most values of one answer: the servers' own limit.
const MAX_VALUES: usize = 65_000;
/// Values of a page, when all are read.
pub(super) const PAGE: usize = 10_000;

/// The aggregations that count all this.
pub(super) fn body(ask: &CountAsk) -> Value {
    let mut parts = Map::new();
    if let Some(edges) = &ask.edges {
        let split = ask.split.as_ref().and_then(column).map_or(
            json!({}),
            |column| json!({ "split": { "terms": { "field": column, "size": MAX_VALUES / 10 } } }),
        );
        let mut ranged = intervals(edges);
        ranged["aggs"] = split;
        parts.insert("bars".to_owned(), ranged);
    }
    for (at, (field, most)) in ask.facets.iter().enumerate() {
        parts.insert(format!("facet{at}"), values(field, "", *most));
        parts.insert(format!("with{at}"), json!({ "filter": has(field) }));
    }
    Value::Object(parts)
}

/// The most frequent values of a field that begin like this.
pub(super) fn values(field: &Field, start: &str, most: usize) -> Value {
    let size = (most + MORE).min(MAX_VALUES);
    let mut terms = json!({
        "size": size,
        "shard_size": (size * 2).min(MAX_VALUES),
        "show_term_doc_count_error": true,
    });
    match field {
        Field::Meta(key) => {
            let key = escaped(&meta::of_key(key));
            terms["field"] = "meta".into();
            // Texts, and numbers after the sixteen digits that they are sorted by.
            let start = escaped(start);
            terms["include"] = format!("{key}((s|o){start}(.|\n)*|n.{{16}}{start}.*)").into();
        }
        field => {
            terms["field"] = column(field).unwrap_or_default().into();
            if !start.is_empty() {
                terms["include"] = format!("{}(.|\n)*", escaped(start)).into();
            }
        }
    }
    json!({ "terms": terms })
}

/// A page of all values of a field, after the last one of the page before.
pub(super) fn page_of_values(field: &Field, after: Option<&Value>) -> Value {
    let column = if matches!(field, Field::Meta(_)) { "meta" } else { column(field).unwrap_or_default() };
    let mut composite = json!({ "size": PAGE, "sources": [{ "value": { "terms": { "field": column } } }] });
    if let Some(after) = after {
        composite["after"] = after.clone();
    }
    json!({ "all": { "composite": composite } })
}

/// The name of a field in the documents.
pub(super) fn column(field: &Field) -> Option<&'static str> {
    Some(match field {
        Field::Source => "source",
        Field::Kind => "kind",
        Field::Host => "host",
        Field::Peer => "peer",
        Field::User => "user",
        Field::Domain => "domain",
        Field::Tag => "tag",
        _ => return None,
    })
}

/// Documents that have a value of a field.
fn has(field: &Field) -> Value {
    match field {
        Field::Meta(key) => json!({ "prefix": { "meta": { "value": meta::of_key(key) } } }),
        field => json!({ "exists": { "field": column(field).unwrap_or_default() } }),
    }
}

/// An aggregation by interval. That of ranges computes with floating-point numbers, which hold µs of a few centuries;
/// others are filtered.
fn intervals(edges: &TimeBuckets) -> Value {
    let spans = edges.bounds().windows(2);
    let exact = edges.bounds().iter().all(|us| us.unsigned_abs() < 1 << 53);
    match exact {
        true => {
            let ranges: Vec<Value> = spans.map(|two| json!({ "from": two[0], "to": two[1] })).collect();
            json!({ "range": { "field": "time", "ranges": ranges } })
        }
        false => {
            let range = |two: &[i64]| json!({ "range": { "time": { "gte": two[0], "lt": two[1] } } });
            json!({ "filters": { "filters": spans.map(range).collect::<Vec<_>>() } })
        }
    }
}

/// A value as people know it; `None` for one of another key.
pub(super) fn named(field: &Field, term: &str) -> Option<String> {
    match field {
        Field::Meta(key) => meta::value(key, term).map(|(text, _)| text.to_owned()),
        _ => Some(term.to_owned()),
    }
}

/// Values with the number of events that have them.
pub(super) type Values = Vec<(Option<String>, u64)>;

/// The values of an answer; `None` if the server isn't sure of them.
pub(super) fn counted(field: &Field, most: usize, answer: &Value) -> Option<(Values, u64)> {
    if answer["doc_count_error_upper_bound"].as_i64() != Some(0) {
        return None;
    }
    let mut sums: FxHashMap<String, u64> = FxHashMap::default();
    for bucket in answer["buckets"].as_array()? {
        // The same text may be that of a number and that of a text.
        let name = named(field, bucket["key"].as_str()?)?;
        *sums.entry(name).or_default() += bucket["doc_count"].as_u64()?;
    }
    // Of equal values the server kept the first by its own order.
    let buckets = answer["buckets"].as_array()?;
    let last = buckets.last().and_then(|bucket| bucket["doc_count"].as_u64());
    let is_cut = answer["sum_other_doc_count"].as_u64()? > 0;
    if is_cut && buckets.get(most.saturating_sub(1)).and_then(|bucket| bucket["doc_count"].as_u64()) == last {
        return None;
    }
    let values = sums.into_iter().map(|(name, n)| (Some(name), n)).collect();
    Some((values, answer["sum_other_doc_count"].as_u64()?))
}

/// The facet of an answer.
pub(super) fn facet(
    field: &Field,
    most: usize,
    (mut values, mut others): (Values, u64),
    without: u64,
) -> Facet {
    // Those without a value compete with the last of the values: with more than was asked for, none is lost.
    values.push((None, without));
    let mut facet = ranked(field, most, values.into_iter());
    others += facet.others;
    facet.others = others;
    facet
}

/// The bars of an answer, and what divides them; `None` if the server left values out.
pub(super) fn bars(answer: &Value, n: usize) -> Option<(Series, Vec<Vec<u64>>)> {
    let buckets = answer["buckets"].as_array().map_or(&[][..], Vec::as_slice);
    let mut by_interval: Vec<FxHashMap<Option<String>, u64>> = Vec::with_capacity(n);
    for bucket in buckets {
        if bucket["split"]["sum_other_doc_count"].as_u64().is_some_and(|n| n > 0) {
            return None;
        }
        let parts = bucket["split"]["buckets"].as_array().map_or(&[][..], Vec::as_slice);
        let mut of_interval: FxHashMap<Option<String>, u64> = parts
            .iter()
            .filter_map(|part| Some((Some(part["key"].as_str()?.to_owned()), part["doc_count"].as_u64()?)))
            .collect();
        let rest = bucket["doc_count"].as_u64().unwrap_or(0) - of_interval.values().sum::<u64>();
        if rest > 0 {
            of_interval.insert(None, rest);
        }
        by_interval.push(of_interval);
    }
    let mut series: Series = by_interval.iter().flat_map(|of| of.keys().cloned()).collect();
    series.sort_unstable();
    series.dedup();
    let bar = |of: &FxHashMap<Option<String>, u64>| {
        series.iter().map(|name| of.get(name).copied().unwrap_or(0)).collect()
    };
    let bars = by_interval.iter().map(bar).collect();
    Some((series, bars))
}
