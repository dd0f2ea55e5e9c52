//! `/saved`: searches that were kept under a name, and reports that were; to run them again, or to be rid of them.

use crate::answer::Answer;
use crate::api::saved::{forget, keep, saved};
use crate::event::local;
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::request::Request;
use crate::route::{Nav, Route, Verb};
use crate::site::Site;
use crate::template::Template;
use serde::Serialize;

inventory::submit! { Template { name: "saved", text: include_str!("saved.hbs") } }

/// The values of the template.
#[derive(Serialize)]
struct SavedPage {
    searches: Vec<Search>,
    reports: Vec<Report>,
}

/// A search.
#[derive(Serialize)]
struct Search {
    name: String,
    path: String,
    /// Its parameters, as people read them.
    what: String,
    saved: String,
}

/// A report with settings, as the command line keeps them.
#[derive(Serialize)]
struct Report {
    name: String,
    settings: String,
    saved: String,
}

async fn list(site: Site, asked: Request) -> Result<Answer, Problem> {
    let zone = site.config.timezone;
    let look = site.quick_read(move |store| {
        let report =
            |(name, settings, us): (String, String, i64)| Report { name, settings, saved: local(us, zone) };
        let reports = store.saved().reports()?.into_iter().map(report).collect();
        Ok((saved(store)?, reports))
    });
    let (searches, reports) = look.await?;
    let searches = searches.into_iter().map(|saved| {
        let query = QueryString::parse(saved.query.as_bytes());
        let what: Vec<String> = query
            .pairs()
            .iter()
            .map(|(name, value)| match name.as_str() {
                "q" | "f" => value.clone(),
                name => format!("{name} {value}"),
            })
            .collect();
        Search {
            path: query.at("/events"),
            what: if what.is_empty() { "all events".to_owned() } else { what.join(" · ") },
            saved: saved.saved.get(..10).unwrap_or_default().to_owned(),
            name: saved.name,
        }
    });
    let page = SavedPage { searches: searches.collect(), reports };
    Ok(Answer::page(site.templates.page(&site, "saved", "Saved", asked.theme, page)?))
}

async fn save(site: Site, asked: Request) -> Result<Answer, Problem> {
    let name = asked.form.one("name")?.unwrap_or_default();
    let query = QueryString::parse(asked.form.one("query")?.unwrap_or_default().as_bytes());
    keep(&site, name, &query).await?;
    Ok(Answer::see("/saved"))
}

async fn delete(site: Site, asked: Request) -> Result<Answer, Problem> {
    // Deleted twice is deleted.
    forget(&site, asked.form.one("name")?.unwrap_or_default()).await?;
    Ok(Answer::see("/saved"))
}

inventory::submit! { Route {
    nav: Some(Nav { order: 50, label: "Saved" }),
    ..Route::page("/saved", "Searches and reports that were saved", |site, asked| Box::pin(list(site, asked)))
} }
inventory::submit! { Route {
    verb: Verb::Post,
    ..Route::page("/saved", "Keeps a search", |site, asked| Box::pin(save(site, asked)))
} }
inventory::submit! { Route {
    verb: Verb::Post,
    ..Route::page("/saved/delete", "Forgets a search", |site, asked| Box::pin(delete(site, asked)))
} }
