//! Search results, as in the API.

use super::{Counted, Found, FoundPage};
use crate::index::{Highlights, Segment};
use serde_json::{Map, Value, json};
use workhours_base::table::Cell;
use workhours_event::{EVENT_COLUMNS, event_cells};
use workhours_output::json::push_value;
use workhours_query::Field;

/// The fields with highlights.
const MARKED: [(Field, &str); 8] = [
    (Field::Title, "title"),
    (Field::Text, "text"),
    (Field::Url, "url"),
    (Field::Host, "host"),
    (Field::Peer, "peer"),
    (Field::User, "user"),
    (Field::Referrer, "referrer"),
    (Field::Agent, "agent"),
];

/// A page of events with its envelope: `{data, page, total, took_ms, warnings}`, and `histogram` and `facets` if they
/// were counted. Each event has the columns of the report `events`, and `highlight`: for each matching text its
/// segments, with 1 after those that match.
pub fn page_json(
    found: &FoundPage,
    size: usize,
    counted: Option<&Counted>,
    highlights: &Highlights,
    took_ms: u64,
    warnings: &[String],
) -> Value {
    let page = &found.page;
    let data = events_json(found, highlights);
    let relation = if page.total.exact { "eq" } else { "gte" };
    let mut out = json!({
        "data": data,
        "page": {
            "size": size,
            "next": page.next.as_ref().map(|next| next.to_string()),
            "as_of": page.as_of.to_string(),
        },
        "total": { "value": page.total.value, "relation": relation },
        "took_ms": took_ms,
        "warnings": warnings,
    });
    if let Some(counted) = counted {
        counts_json(counted, &mut out);
    }
    out
}

/// The events of a page: see [`page_json`].
pub fn events_json(found: &FoundPage, highlights: &Highlights) -> Vec<Value> {
    found.events.iter().map(|found| event_json(found, highlights)).collect()
}

/// Adds `histogram` and `facets`.
fn counts_json(counted: &Counted, out: &mut Value) {
    if let Some(histogram) = &counted.histogram {
        let bounds: Vec<Value> = histogram.edges.bounds().iter().map(|us| cell(&Cell::Time(*us))).collect();
        out["histogram"] = json!({
            "step": histogram.edges.step().to_string(),
            "by": histogram.by.name(),
            "bounds": bounds,
            "series": histogram.series,
            "counts": histogram.bars,
            "others": histogram.others,
        });
    }
    let facets: Vec<Value> = counted
        .facets
        .iter()
        .map(|facet| {
            let value = |(value, n): &(Option<String>, u64)| json!({ "value": value, "count": n });
            let values: Vec<Value> = facet.values.iter().map(value).collect();
            json!({ "field": facet.field.name(), "values": values, "others": facet.others })
        })
        .collect();
    out["facets"] = facets.into();
}

fn event_json(found: &Found, highlights: &Highlights) -> Value {
    let event = &found.event;
    let mut marked = Map::new();
    for (field, name) in &MARKED {
        let text = match field {
            Field::Title => &event.title,
            Field::Text => &event.text,
            Field::Url => &event.url,
            Field::Host => &event.host,
            Field::Peer => &event.peer,
            Field::User => &event.user,
            Field::Referrer => &event.referrer,
            _ => &event.agent,
        };
        if let Some(text) = text {
            let segments = highlights.segments(field, text);
            if segments.iter().any(|(_, hit)| *hit) {
                let segment = |(text, hit): &Segment<'_>| json!([text, u8::from(*hit)]);
                marked.insert((*name).into(), segments.iter().map(segment).collect::<Vec<_>>().into());
            }
        }
    }
    let cells = event_cells(event.clone(), found.path.as_str().into());
    let columns = EVENT_COLUMNS.iter().zip(&cells);
    let mut out: Map<String, Value> =
        columns.map(|(column, of)| (column.name.to_owned(), cell(of))).collect();
    out.insert("highlight".into(), marked.into());
    if let Some(score) = found.score {
        out.insert("score".into(), json!(score));
    }
    out.into()
}

/// A cell, spelled as the output `json` spells it.
fn cell(cell: &Cell) -> Value {
    let mut text = Vec::new();
    push_value(&mut text, cell);
    serde_json::from_slice(&text).unwrap_or_default()
}
