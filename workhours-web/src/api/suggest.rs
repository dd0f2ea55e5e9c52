//! `/api/suggest`: completions of a query: names of fields, or values of one.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Route, shape};
use crate::search::SearchRun;
use crate::site::Site;
use serde::Serialize;
use utoipa::ToSchema;
use workhours_core::index::{Index, Scan, is_indexed};
use workhours_core::query::{FIELDS, written};
use workhours_core::report::settings::{Parameter, ParameterKind};
use workhours_core::search::facet;

const START: Parameter =
    Parameter::new("start", "What it begins with: 'ho', or with a field 'host:we'", ParameterKind::Text);
/// Suggestions, at most.
const MAX_SUGGESTIONS: usize = 12;

/// Completions.
#[derive(Serialize, ToSchema)]
struct Suggestions {
    data: Vec<Suggestion>,
}

/// One of them.
#[derive(Serialize, ToSchema)]
struct Suggestion {
    /// As it is written in a query.
    text: String,
    /// How many events have this value; `null` for the name of a field.
    count: Option<u64>,
    /// Its meaning, for the name of a field.
    help: Option<&'static str>,
}

async fn suggest(site: Site, asked: Request) -> Result<Answer, Problem> {
    let start = asked.query.one("start")?.unwrap_or_default().to_owned();
    let start = start.strip_prefix('-').unwrap_or(&start);
    let Some((name, begun)) = start.split_once(':') else {
        let fitting = FIELDS.iter().filter(|field| field.name.starts_with(start)).take(MAX_SUGGESTIONS);
        let suggestion = |f: &workhours_core::query::FieldInfo| Suggestion {
            text: format!("{}:", f.name),
            count: None,
            help: Some(f.help),
        };
        return Answer::json(&Suggestions { data: fitting.map(suggestion).collect() });
    };
    // A field whose values can't be counted has no suggestions.
    let Ok((field, _)) = facet(name) else { return Answer::json(&Suggestions { data: Vec::new() }) };
    let (name, begun) = (name.to_owned(), begun.trim_start_matches('"').to_owned());
    let found = site.work(move |site, store, stop| {
        if !is_indexed(&field) {
            let zones = site.config.zones(None, None)?;
            let lookup = site.config.hours.lookup(site.now_us(), &zones)?;
            return Ok(Scan::new(site.pool.clone()).knowing(lookup).values(
                &field,
                &begun,
                MAX_SUGGESTIONS,
            )?);
        }
        let engine = SearchRun::new(site, store, stop, None)?;
        Ok(engine.index().values(&field, &begun, MAX_SUGGESTIONS)?)
    });
    let suggestion = |(value, count): (String, u64)| {
        let text = format!("{name}:{}", written(&value));
        Suggestion { text, count: Some(count), help: None }
    };
    Answer::json(&Suggestions { data: found.await?.into_iter().map(suggestion).collect() })
}

inventory::submit! { Route {
    params: |_| vec![START],
    ..Route::json("/api/suggest", "How a query could go on", shape::<Suggestions>, |site, asked| {
        Box::pin(suggest(site, asked))
    })
} }
