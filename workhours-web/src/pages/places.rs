//! `/places`: addresses and their domains, filtered by a text and a period.

use super::report::Link;
use super::report_form::presets;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::reports::{Linked, ReportRequest, link};
use crate::request::Request;
use crate::route::{Nav, Route};
use crate::site::Site;
use crate::template::Template;
use serde::Serialize;
use workhours_core::output::html::{Wanted, parts};
use workhours_core::report::settings::{Parameter, ParameterKind};

inventory::submit! { Template { name: "places", text: include_str!("places.hbs") } }

const PARAMETERS: [Parameter; 3] = [
    Parameter::new("text", "Only addresses of events that hold this text", ParameterKind::Text),
    Parameter::new("from", "From this time on", ParameterKind::When),
    Parameter::new("to", "Before this time", ParameterKind::When),
];

/// Columns that are shown.
const DOMAINS: &[&str] = &["domain", "count", "days"];
const PLACES: &[&str] = &["url", "title", "count", "days", "last"];

/// The values of the template.
#[derive(Serialize)]
struct PlacesPage {
    text: String,
    from: String,
    to: String,
    presets: Vec<Link>,
    domains: Linked,
    places: Linked,
    all_domains: String,
    all_places: String,
}

async fn places(site: Site, asked: Request) -> Result<Answer, Problem> {
    let (asked, site) = (&asked, &site);
    let clock = ReportRequest::new(site, "places", &asked.query)?.clock();
    let answer = || async move {
        let query = &asked.query;
        let of = |report: &'static str, rows: u64| table(site, report, query.clone(), rows);
        let (domains, places) = tokio::try_join!(of("domains", 20), of("places", 100))?;
        let given = |name: &str| query.all(name).into_iter().next().unwrap_or_default();
        let page = PlacesPage {
            text: given("text"),
            from: given("from"),
            to: given("to"),
            presets: presets(query, "/places"),
            domains,
            places,
            all_domains: query.at("/reports/domains"),
            all_places: query.at("/reports/places"),
        };
        Ok(Answer::page(site.templates.page(site, "places", "Places", asked.theme, page)?))
    };
    site.fresh(asked, clock, answer).await
}

/// The first rows of a report.
async fn table(site: &Site, report: &'static str, query: QueryString, rows: u64) -> Result<Linked, Problem> {
    let asking = ReportRequest::new(site, report, &query)?;
    site.work(move |site, store, stop| {
        let mut table = asking.run(site, store, stop, Some(rows))?;
        let shown = if report == "domains" { DOMAINS } else { PLACES };
        // Two tables next to each other have space for the most important columns; the reports have all of them.
        table.columns.iter_mut().for_each(|c| c.detail = !shown.contains(&c.name));
        let address = |column: &_, cell: &_, _: &[_]| link(report, &query, column, cell);
        let wanted = Wanted { style: asking.style(false), rows, id: report, address: &address };
        Ok(Linked::new(report, &mut parts(&mut table, &wanted)?, None))
    })
    .await
}

inventory::submit! { Route {
    params: |_| PARAMETERS.to_vec(),
    nav: Some(Nav { order: 30, label: "Places" }),
    ..Route::page("/places", "Addresses and domains", |site, asked| Box::pin(places(site, asked)))
} }
