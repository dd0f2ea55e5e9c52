//! `/events`: the explorer. A search box, filters, a histogram to zoom in, the values of fields, and the events, page
//! by page. Every control is a link or a form; scripts only replace parts by responses of the same addresses.
//!
//! Rows first: the page waits only a moment for counts, then it has a link to them instead.

mod facets;
mod filters;
mod histogram;
mod nothing;
mod rows;

use super::report::{Link, grouped};
use super::report_form::presets;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::request::Request;
use crate::route::{Nav, Route};
use crate::search::{NARROWED, PAGED, SAVED, Search, SearchRun, counted};
use crate::site::Site;
use crate::template::Template;
use facets::FacetView;
pub(super) use filters::instant;
use filters::{Chip, chips};
use histogram::Drawing;
use nothing::Nothing;
use rows::{Line, lines};
use serde::Serialize;
use std::time::Duration;
use tokio::time::timeout;
use workhours_core::index::Order;
use workhours_core::report::settings::{Parameter, ParameterKind};
use workhours_core::store::Seq;

inventory::submit! { Template { name: "events", text: include_str!("explore.hbs") } }
inventory::submit! { Template { name: "events.drawing", text: include_str!("drawing.hbs") } }
inventory::submit! { Template { name: "events.facets", text: include_str!("facets.hbs") } }

/// How long counts are waited for: rows must not come late because of them.
const MOMENT: Duration = Duration::from_millis(40);
const WHOLE: Parameter =
    Parameter::new("whole", "Wait for what is counted, however long it takes", ParameterKind::Flag);
/// Formats for exporting the events: extensions, and their names.
const EXPORTS: [(&str, &str); 5] =
    [("csv", "CSV"), ("xlsx", "Excel"), ("ndjson", "NDJSON"), ("parquet", "Parquet"), ("arrow", "Arrow")];

/// Orders with a link each; an address may have any other.
const FIELDS: [(&str, &str); 4] =
    [("Longest", "-duration"), ("Host", "host"), ("Peer", "peer"), ("User", "user")];

/// Its address.
pub(super) const PATH: &str = crate::links::EVENTS;

/// The values of the template.
#[derive(Serialize)]
struct ExplorerPage {
    form: Form,
    presets: Vec<Link>,
    chips: Vec<Chip>,
    clear: Option<&'static str>,
    notices: Vec<String>,
    total: String,
    /// The counts, if they came in time.
    counts: Option<CountsView>,
    /// Otherwise the address to wait for them.
    later: String,
    lines: Vec<Line>,
    nothing: Option<Nothing>,
    first: Option<String>,
    next: Option<String>,
    orders: Vec<Link>,
    exports: Vec<Link>,
    /// What saving the search stores.
    saves: String,
    /// The element that shows how many events are newer.
    newer: String,
    latest: String,
    /// Whether new events can come into the list: its first page, the newest first.
    live: bool,
    zone: &'static str,
}

/// The form, and the parameters it doesn't change.
#[derive(Serialize)]
struct Form {
    q: String,
    from: String,
    to: String,
    hidden: Vec<(String, String)>,
}

#[derive(Serialize)]
struct CountsView {
    drawing: Option<Drawing>,
    facets: Vec<FacetView>,
}

/// The results, without the counts.
struct Rows {
    lines: Vec<Line>,
    total: String,
    next: Option<String>,
    notices: Vec<String>,
    as_of: Seq,
    indexed: bool,
    nothing: Option<Nothing>,
}

async fn explore(site: Site, asked: Request) -> Result<Answer, Problem> {
    let search = Search::new(&site, &asked.query).map_err(|problem| {
        // The typed query is kept for correction.
        problem.of_query(&asked.query.all("q").join(" "))
    })?;
    let whole = asked.query.one("whole")?.is_some_and(|value| value != "0");
    let (clock, asked, site) = (search.clock(), &asked, &site);
    let query = asked.query.without("whole");
    let answer = || async move {
        let (rows, counts) = tokio::join!(rows(site, &search, &query), async {
            let counts = counts(site, &search, &query);
            match whole {
                true => counts.await.map(Some),
                false => timeout(MOMENT, counts).await.map_or(Ok(None), |counts| counts.map(Some)),
            }
        });
        let page = page(&search, &query, rows?, counts?);
        Ok(Answer::page(site.templates.page(site, "events", "Events", asked.theme, page)?))
    };
    site.fresh_by_index(asked, clock, answer).await
}

async fn rows(site: &Site, search: &Search, query: &QueryString) -> Result<Rows, Problem> {
    let (search, query) = (search.clone(), query.clone());
    let work = site.work(move |site, store, stop| {
        let mut engine = SearchRun::new(site, store, stop, search.question.as_of)?;
        let found = engine.page(store, &search)?;
        let (page, lines) = (&found.page, lines(&found, &search, &query));
        let total = match (page.total.value, page.total.exact) {
            (1, true) => "1 event".to_owned(),
            (n, true) => format!("{} events", grouped(n)),
            (n, false) => format!("{} events or more", grouped(n)),
        };
        let next =
            page.next.as_ref().map(|next| query.with("after", next).with("as_of", page.as_of).at(PATH));
        let none = lines.is_empty() && search.ask.after.is_none();
        let nothing = if none { Some(Nothing::new(store, &engine, &query)?) } else { None };
        let (as_of, indexed) = (page.as_of, engine.is_indexed());
        Ok(Rows { lines, total, next, notices: engine.notices, as_of, indexed, nothing })
    });
    work.await
}

async fn counts(site: &Site, search: &Search, query: &QueryString) -> Result<CountsView, Problem> {
    let (search, query) = (search.clone(), query.clone());
    let work = site.work(move |site, store, stop| {
        let mut engine = SearchRun::new(site, store, stop, search.question.as_of)?;
        let counted = engine.counts(&search, true, true)?;
        let drawing = counted.histogram.map(|histogram| Drawing::new(&histogram, &search, &query));
        let facet = |facet| FacetView::new(facet, counted.total, &search, &query);
        let facets = counted.facets.iter().filter_map(facet).collect();
        Ok(CountsView { drawing, facets })
    });
    work.await
}

fn page(search: &Search, query: &QueryString, rows: Rows, counts: Option<CountsView>) -> ExplorerPage {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let kept = query.without("after").without("as_of");
    let hidden = ["f", "tz", "sort", "size", "facet", "bucket", "by"];
    let order = |label: &str, value: &str, order: Order| Link {
        label: label.to_owned(),
        path: if order == Order::Newest { kept.without("sort") } else { kept.with("sort", value) }.at(PATH),
        here: search.ask.order == order,
    };
    let mut orders = vec![order("Newest", "-date", Order::Newest), order("Oldest", "date", Order::Oldest)];
    if rows.indexed && !search.asked.query.is_empty() {
        orders.push(order("Best match", "relevance", Order::Relevance));
    }
    orders.extend(FIELDS.iter().filter_map(|(label, sort)| Some(order(label, sort, sort.parse().ok()?))));
    if !orders.iter().any(|link| link.here) {
        let sort = search.ask.order.to_string();
        orders.push(order(&format!("By {sort}"), &sort, search.ask.order.clone()));
    }
    let exported = query.only_of(&["q", "f", "from", "to", "tz"]);
    let exported = match &search.ask.order {
        Order::Newest | Order::Relevance => exported,
        order => exported.with("sort", order),
    };
    let none = rows.nothing.is_some();
    let narrowed = search.asked != workhours_core::search::SearchRequest::default();
    let as_of = search.question.as_of.unwrap_or(rows.as_of);
    let stream = query.only_of(&["q", "f", "from", "to", "tz"]).with("as_of", as_of);
    ExplorerPage {
        form: Form {
            q: search.asked.query.clone(),
            from: text(&search.asked.from),
            to: text(&search.asked.to),
            hidden: query.only_of(&hidden).pairs().to_vec(),
        },
        presets: presets(&kept, PATH),
        chips: chips(search, &kept),
        clear: narrowed.then_some(PATH),
        notices: rows.notices,
        total: rows.total,
        counts: counts.filter(|_| !none),
        later: if none { String::new() } else { query.with("whole", 1).at(PATH) },
        lines: rows.lines,
        nothing: rows.nothing,
        first: search.ask.after.as_ref().map(|_| query.without("after").with("as_of", as_of).at(PATH)),
        next: rows.next,
        orders,
        exports: EXPORTS
            .iter()
            .map(|(ending, label)| Link {
                label: (*label).to_owned(),
                path: exported.at(&format!("/api/export.{ending}")),
                here: false,
            })
            .collect(),
        saves: query.only_of(&SAVED).at("").trim_start_matches('?').to_owned(),
        newer: stream.at("/api/events/stream"),
        latest: kept.at(PATH),
        live: search.ask.order == Order::Newest && search.ask.after.is_none(),
        zone: search.zone.name(),
    }
}

/// The parameters of the page.
fn parameters() -> Vec<Parameter> {
    let mut all = [&NARROWED[..], &PAGED, &counted(), &[WHOLE]].concat();
    let mut seen = Vec::new();
    all.retain(|parameter| {
        let new = !seen.contains(&parameter.name);
        seen.push(parameter.name);
        new
    });
    all
}

inventory::submit! { Route {
    params: |_| parameters(),
    nav: Some(Nav { order: 10, label: "Events" }),
    ..Route::page(PATH, "The explorer: all events, searched, filtered and counted", |site, asked| {
        Box::pin(explore(site, asked))
    })
} }
