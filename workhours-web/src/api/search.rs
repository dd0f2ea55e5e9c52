//! `/api/events`: a page of the events a search finds, with highlights.

use crate::answer::Answer;
use crate::asked::Asked;
use crate::problem::Problem;
use crate::route::{Route, shape};
use crate::search::{Engine, NARROWED, PAGED, Search};
use crate::site::Site;
use hyper::header::LINK;
use serde::Serialize;
use std::time::Instant;
use utoipa::ToSchema;
use workhours_core::search::page_json;

/// A page of events.
#[derive(Serialize, ToSchema)]
struct Events {
    /// The events, each with the columns of the report events and `highlight`: for each matching text its segments,
    /// `["git ", 0]`, with 1 after those that match.
    data: Vec<serde_json::Value>,
    page: PageOf,
    total: Total,
    /// Milliseconds the answer took.
    took_ms: u64,
    /// Notes on the result.
    warnings: Vec<String>,
}

/// The part of all events that these are.
#[derive(Serialize, ToSchema)]
struct PageOf {
    /// How many events were asked for.
    size: u64,
    /// Ask for the next page with this as `after`, and with `as_of`; `null` at the end.
    next: Option<String>,
    /// The state of the database. Pages of one state contain every event once, whatever is loaded meanwhile.
    as_of: String,
}

/// How many events there are.
#[derive(Serialize, ToSchema)]
struct Total {
    value: u64,
    /// `eq` for exactly this many, `gte` for this many or more.
    relation: &'static str,
}

async fn events(site: Site, asked: Asked) -> Result<Answer, Problem> {
    let begun = Instant::now();
    let search = Search::new(&site, &asked.query)?;
    let (clock, asked, site) = (search.clock(), &asked, &site);
    let answer = || async move {
        let work = site.work(move |site, store, stop| {
            let mut engine = Engine::new(site, store, stop, search.question.as_of)?;
            let found = engine.page(store, &search)?;
            let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            let (size, marks) = (search.ask.size, &search.highlights);
            Ok((page_json(&found, size, None, marks, took_ms, &engine.notices), found.page))
        });
        let (json, page) = work.await?;
        let answer = Answer::json(&json)?;
        Ok(match page.next {
            Some(next) => {
                let next = asked.query.with("after", next).with("as_of", page.as_of).at(&asked.path);
                answer.header(LINK, &format!("<{next}>; rel=\"next\""))
            }
            None => answer,
        })
    };
    site.fresh_by_index(asked, clock, answer).await
}

inventory::submit! { Route {
    params: |_| [&NARROWED[..], &PAGED].concat(),
    ..Route::json("/api/events", "The events a search finds", shape::<Events>, |site, asked| {
        Box::pin(events(site, asked))
    })
} }
