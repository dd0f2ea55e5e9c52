//! `/api/events`: a page of the events a search finds, with highlights.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Route, shape};
use crate::search::{NARROWED, PAGED, Search, SearchRun};
use crate::site::Site;
use hyper::header::LINK;
use serde::Serialize;
use std::time::Instant;
use utoipa::ToSchema;
use workhours_core::index::Highlights;
use workhours_core::search::{FoundPage, events_json};

/// A page of the events that a search finds.
#[derive(Serialize, ToSchema)]
struct EventsFound {
    /// The events, each with the columns of the report `events` and `highlight`: for each text in which something was
    /// found its segments, `["git ", 0]`, with 1 for those that match.
    #[schema(value_type = Vec<Object>)]
    data: Vec<serde_json::Value>,
    page: EventsPage,
    /// Milliseconds the answer took.
    took_ms: u64,
    total: EventsTotal,
    /// What to know about the answer.
    warnings: Vec<String>,
}

/// Which part of all events found this is.
#[derive(Serialize, ToSchema)]
struct EventsPage {
    /// The state of the database. Pages of one state contain every event once, whatever is loaded meanwhile.
    as_of: String,
    /// Ask for the next page with this as `after`, and with `as_of`; `null` at the end.
    next: Option<String>,
    /// How many events were asked for.
    size: usize,
}

/// How many events there are.
#[derive(Serialize, ToSchema)]
struct EventsTotal {
    relation: Relation,
    value: u64,
}

/// Whether a number is exact.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Relation {
    /// Exactly this many.
    Eq,
    /// At least this many.
    Gte,
}

impl EventsFound {
    fn new(found: &FoundPage, size: usize, marks: &Highlights, took_ms: u64, warnings: Vec<String>) -> Self {
        let FoundPage { page, .. } = found;
        Self {
            data: events_json(found, marks),
            page: EventsPage {
                as_of: page.as_of.to_string(),
                next: page.next.as_ref().map(ToString::to_string),
                size,
            },
            took_ms,
            total: EventsTotal {
                relation: if page.total.exact { Relation::Eq } else { Relation::Gte },
                value: page.total.value,
            },
            warnings,
        }
    }
}

async fn events(site: Site, asked: Request) -> Result<Answer, Problem> {
    let begun = Instant::now();
    let search = Search::new(&site, &asked.query)?;
    let (clock, asked, site) = (search.clock(), &asked, &site);
    let answer = || async move {
        let work = site.work(move |site, store, stop| {
            let mut engine = SearchRun::new(site, store, stop, search.question.as_of)?;
            let found = engine.page(store, &search)?;
            let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            let (size, marks) = (search.ask.size, &search.highlights);
            let answer = EventsFound::new(&found, size, marks, took_ms, std::mem::take(&mut engine.notices));
            Ok((answer, found.page))
        });
        let (found, page) = work.await?;
        let answer = Answer::json(&found)?;
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
    ..Route::json("/api/events", "The events a search finds", shape::<EventsFound>, |site, asked| {
        Box::pin(events(site, asked))
    })
} }
