//! `/api/histogram` and `/api/facets`: how many events a search finds, by time and by the values of fields.

use crate::answer::Answer;
use crate::event::utc;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Route, shape};
use crate::search::{NARROWED, Search, SearchRun, counted};
use crate::site::Site;
use serde::Serialize;
use std::time::Instant;
use utoipa::ToSchema;
use workhours_core::index::Facet;
use workhours_core::report::settings::Parameter;
use workhours_core::search::{Counted, Histogram};

/// Counts by time.
#[derive(Serialize, ToSchema)]
struct ByTime {
    /// `null` when there is no dated event to count.
    data: Option<Bars>,
    #[serde(flatten)]
    about: About,
}

/// Counts by field.
#[derive(Serialize, ToSchema)]
struct ByField {
    data: Vec<FacetOf>,
    #[serde(flatten)]
    about: About,
}

/// The parameters of counts.
#[derive(Serialize, ToSchema)]
struct About {
    /// How many events there are in all.
    total: u64,
    /// The state of the database.
    as_of: String,
    /// Milliseconds the answer took.
    took_ms: u64,
    /// Notes on the result.
    warnings: Vec<String>,
}

/// Events by stretches of time.
#[derive(Serialize, ToSchema)]
struct Bars {
    /// The length of an interval: `15m`, `1d`, `1mo` …
    step: String,
    /// Where each begins, and where the last one ends: one more than there are intervals. By the clock of the zone, so
    /// that a day has 23, 24 or 25 hours.
    bounds: Vec<String>,
    /// The field that divides the bars.
    by: String,
    /// Its values, the most frequent first; `null` for events without one.
    series: Vec<Option<String>>,
    /// For each interval a count for each of `series`.
    counts: Vec<Vec<u64>>,
    /// For each interval the events with other values; empty when there are none.
    others: Vec<u64>,
}

/// A field's most frequent values.
#[derive(Serialize, ToSchema)]
struct FacetOf {
    field: String,
    values: Vec<ValueOf>,
    /// How many events have other values.
    others: u64,
}

/// A value and how often it is there.
#[derive(Serialize, ToSchema)]
struct ValueOf {
    /// `null` for events without one.
    value: Option<String>,
    count: u64,
}

impl From<Histogram> for Bars {
    fn from(Histogram { edges, by, series, bars, others }: Histogram) -> Self {
        let bounds = edges.bounds().iter().map(|us| utc(*us)).collect();
        Self { step: edges.step().to_string(), bounds, by: by.name(), series, counts: bars, others }
    }
}

impl From<Facet> for FacetOf {
    fn from(facet: Facet) -> Self {
        let values = facet.values.into_iter().map(|(value, count)| ValueOf { value, count });
        Self { field: facet.field.name(), values: values.collect(), others: facet.others }
    }
}

/// Counts of what an address asks for: by time, by fields.
async fn counts<T: Serialize + Send + 'static>(
    site: Site,
    asked: Request,
    (histogram, facets): (bool, bool),
    answer: fn(Counted, About) -> T,
) -> Result<Answer, Problem> {
    let begun = Instant::now();
    let search = Search::new(&site, &asked.query)?;
    let (clock, asked, site) = (search.clock(), &asked, &site);
    let work = || async move {
        let work = site.work(move |site, store, stop| {
            let mut engine = SearchRun::new(site, store, stop, search.question.as_of)?;
            let counted = engine.counts(&search, histogram, facets)?;
            let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            let (total, as_of) = (counted.total, counted.as_of.to_string());
            Ok(answer(counted, About { total, as_of, took_ms, warnings: engine.notices }))
        });
        Answer::json(&work.await?)
    };
    site.fresh_by_index(asked, clock, work).await
}

/// The fields to count by, without those of the other endpoint.
fn parameters(not: &[&str]) -> Vec<Parameter> {
    let all = [&NARROWED[..], &counted()].concat();
    all.into_iter().filter(|parameter| !not.contains(&parameter.name)).collect()
}

inventory::submit! { Route {
    params: |_| parameters(&["facet"]),
    ..Route::json(
        "/api/histogram", "The events a search finds, counted by time", shape::<ByTime>,
        |site, asked| Box::pin(counts(site, asked, (true, false), |counted, about| ByTime {
            data: counted.histogram.map(Bars::from), about,
        })),
    )
} }
inventory::submit! { Route {
    params: |_| parameters(&["bucket", "by"]),
    ..Route::json(
        "/api/facets", "The events a search finds, counted by values of fields", shape::<ByField>,
        |site, asked| Box::pin(counts(site, asked, (false, true), |counted, about| ByField {
            data: counted.facets.into_iter().map(FacetOf::from).collect(), about,
        })),
    )
} }
