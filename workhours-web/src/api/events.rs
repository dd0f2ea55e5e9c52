//! `/api/events/{id}` and its context.

use crate::answer::Answer;
use crate::event::{Event, Raw, around, find, identity, raw, with_paths};
use crate::fresh::Clock;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Route, shape};
use crate::site::Site;
use serde::Serialize;
use utoipa::ToSchema;
use workhours_core::report::settings::{Parameter, ParameterKind};

const BEFORE: Parameter =
    Parameter::new("before", "How many events before it, up to 200", ParameterKind::Number);
const AFTER: Parameter =
    Parameter::new("after", "How many events after it, up to 200", ParameterKind::Number);
/// Events on each side by default, and at most.
pub(crate) const SIDE: i64 = 20;
const MAX_SIDE: i64 = 200;

/// An event and the record it was made of.
#[derive(Serialize, ToSchema)]
struct OneEvent {
    data: Event,
    /// `null` when the record cannot be read again.
    raw: Option<Raw>,
}

/// An event among others.
#[derive(Serialize, ToSchema)]
struct Context {
    before: Vec<Event>,
    data: Event,
    after: Vec<Event>,
}

async fn event(site: Site, asked: Request) -> Result<Answer, Problem> {
    let (id, asked, site) = (identity(asked.name())?, &asked, &site);
    let answer = || async move {
        let work = site.work(move |site, store, _| {
            let event = find(store, id)?;
            let raw = raw(site, store, &event)?;
            let path = store.files().path_of(event.file_id)?;
            Ok(OneEvent { data: Event::new(event, path), raw })
        });
        Answer::json(&work.await?)
    };
    site.fresh(asked, Clock::Still, answer).await
}

async fn context(site: Site, asked: Request) -> Result<Answer, Problem> {
    let id = identity(asked.name())?;
    let side = |name: &str| -> Result<i64, Problem> {
        let Some(text) = asked.query.one(name)? else { return Ok(SIDE) };
        text.parse()
            .ok()
            .filter(|n| (0..=MAX_SIDE).contains(n))
            .ok_or_else(|| Problem::bad(format!("{name} takes a number from 0 to {MAX_SIDE}, not {text:?}")))
    };
    let sides = (side("before")?, side("after")?);
    let (asked, site) = (&asked, &site);
    let answer = || async move {
        let work = site.work(move |_, store, _| {
            let event = find(store, id)?;
            let path = store.files().path_of(event.file_id)?;
            let (before, after) = around(store, id, sides)?;
            Ok(Context {
                before: with_paths(store, before)?,
                data: Event::new(event, path),
                after: with_paths(store, after)?,
            })
        });
        Answer::json(&work.await?)
    };
    site.fresh(asked, Clock::Still, answer).await
}

inventory::submit! { Route::json(
    "/api/events/{id}", "An event, and the record it was made of", shape::<OneEvent>,
    |site, asked| Box::pin(event(site, asked)),
) }
inventory::submit! { Route {
    params: |_| vec![BEFORE, AFTER],
    ..Route::json(
        "/api/events/{id}/context", "An event and those around it", shape::<Context>,
        |site, asked| Box::pin(context(site, asked)),
    )
} }
