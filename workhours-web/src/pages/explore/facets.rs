//! The values of a field, with how many events have each: a link to those, and one to all others.

use super::super::report::grouped;
use super::PATH;
use super::filters::with;
use crate::query_string::QueryString;
use crate::search::Search;
use serde::Serialize;
use workhours_core::index::Facet;
use workhours_core::search::{FACET_VALUES, Filter};

/// How many more values are shown by the link to more.
const MORE: usize = 10;

/// A field.
#[derive(Serialize)]
pub(super) struct FacetView {
    name: String,
    values: Vec<Value>,
    /// Events with values that are not shown.
    others: Option<String>,
    more: Option<String>,
}

#[derive(Serialize)]
struct Value {
    label: String,
    count: String,
    percent: f64,
    /// The address of the events with it, and of those without.
    only: Option<String>,
    without: Option<String>,
    here: bool,
}

impl FacetView {
    /// From the counts; none if no event has a value.
    pub(super) fn new(facet: &Facet, total: u64, search: &Search, query: &QueryString) -> Option<Self> {
        let query = query.without("after").without("as_of");
        let name = facet.field.name();
        let set = |value: &str| {
            let filter = Filter { not: false, field: facet.field.clone(), value: value.to_owned() };
            search.asked.filters.contains(&filter)
        };
        let value = |(value, n): &(Option<String>, u64)| Value {
            label: value.clone().unwrap_or_else(|| "none".to_owned()),
            count: grouped(*n),
            percent: (*n as f64 / total.max(1) as f64 * 1000.0).round() / 10.0,
            only: value.as_deref().map(|value| with(&query, false, &facet.field, value)),
            without: value.as_deref().map(|value| with(&query, true, &facet.field, value)),
            here: value.as_deref().is_some_and(set),
        };
        if facet.values.iter().all(|(value, _)| value.is_none()) {
            return None;
        }
        let shown = search.facets.iter().find(|(field, _)| *field == facet.field).map_or(0, |(_, n)| *n);
        let more = (facet.others > 0 && shown < 1_000).then(|| {
            let wanted = if shown <= FACET_VALUES { shown + MORE } else { (shown * 4).min(1_000) };
            let all = search.facets.iter().fold(query.without("facet"), |query, (field, most)| {
                let most = if *field == facet.field { wanted } else { *most };
                query.and("facet", format!("{}:{most}", field.name()))
            });
            format!("{}#facet-{name}", all.at(PATH))
        });
        Some(Self {
            values: facet.values.iter().map(value).collect(),
            others: (facet.others > 0).then(|| grouped(facet.others)),
            more,
            name,
        })
    }
}
