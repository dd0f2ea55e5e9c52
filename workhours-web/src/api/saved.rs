//! `/api/saved`: named searches. The parameters of the address are saved: a `PUT` with the parameters of a search saves
//! these.

use crate::answer::Answer;
use crate::event::utc;
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::request::Request;
use crate::route::{Route, Verb, shape};
use crate::search::{NARROWED, PAGED, SAVED, Search, counted};
use crate::site::Site;
use hyper::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use workhours_core::report::settings::Parameter;
use workhours_core::store::Store;

/// The searches there are.
#[derive(Serialize, ToSchema)]
struct AllSaved {
    data: Vec<Saved>,
}

/// A search with its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Saved {
    pub(crate) name: String,
    /// The parameters, as after the question mark of `/events` and `/api/events`.
    pub(crate) query: String,
    /// When it was saved.
    pub(crate) saved: String,
}

/// The parameters that are kept.
fn parameters() -> Vec<Parameter> {
    let all = [&NARROWED[..], &PAGED, &counted()].concat();
    all.into_iter().filter(|parameter| SAVED.contains(&parameter.name)).collect()
}

/// The searches, by name.
pub(crate) fn saved(store: &mut Store) -> workhours_core::error::Result<Vec<Saved>> {
    let saved = |(name, query, us): (String, String, i64)| Saved { name, query, saved: utc(us) };
    Ok(store.saved().searches()?.into_iter().map(saved).collect())
}

/// Keeps what an address asks for under a name; whether there was one of that name.
///
/// # Errors
/// A problem when it isn't a search, or has no name.
pub(crate) async fn keep(site: &Site, name: &str, query: &QueryString) -> Result<bool, Problem> {
    Search::new(site, query)?;
    let (name, kept) = (name.trim().to_owned(), query.only_of(&SAVED).at(""));
    let kept = kept.trim_start_matches('?').to_owned();
    site.quick_read(move |store| store.saved().save_search(&name, &kept)).await
}

/// Deletes a search; returns whether there was one.
///
/// # Errors
/// Database errors.
pub(crate) async fn forget(site: &Site, name: &str) -> Result<bool, Problem> {
    let name = name.to_owned();
    site.quick_read(move |store| store.saved().delete_search(&name)).await
}

fn none(name: &str) -> Problem {
    Problem::not_found(format!("there is no saved search {name:?}")).hint("/api/saved lists them")
}

async fn one(site: Site, asked: Request) -> Result<Answer, Problem> {
    let all = site.quick_read(saved).await?;
    let found = all.into_iter().find(|saved| saved.name == asked.name()).ok_or_else(|| none(asked.name()))?;
    Answer::json(&found)
}

async fn put(site: Site, asked: Request) -> Result<Answer, Problem> {
    let replaced = keep(&site, asked.name(), &asked.query).await?;
    let status = if replaced { StatusCode::OK } else { StatusCode::CREATED };
    Ok(one(site, asked).await?.status(status))
}

async fn delete(site: Site, asked: Request) -> Result<Answer, Problem> {
    let all = site.quick_read(saved).await?;
    let gone = all.into_iter().find(|saved| saved.name == asked.name()).ok_or_else(|| none(asked.name()))?;
    forget(&site, asked.name()).await?;
    Answer::json(&gone)
}

inventory::submit! { Route::json("/api/saved", "The saved searches", shape::<AllSaved>, |site, _| Box::pin(async move {
    Answer::json(&AllSaved { data: site.quick_read(saved).await? })
})) }
inventory::submit! { Route::json("/api/saved/{name}", "A saved search", shape::<Saved>, |site, asked| Box::pin(one(site, asked))) }
inventory::submit! { Route {
    verb: Verb::Put,
    params: |_| parameters(),
    ..Route::json("/api/saved/{name}", "Keeps a search under a name", shape::<Saved>, |site, asked| Box::pin(put(site, asked)))
} }
inventory::submit! { Route {
    verb: Verb::Delete,
    ..Route::json("/api/saved/{name}", "Forgets a saved search", shape::<Saved>, |site, asked| Box::pin(delete(site, asked)))
} }
