//! `/events/{id}`: an event with all its fields, the record it was made of, and what happened around it.

use crate::answer::Answer;
use crate::api::events::SIDE;
use crate::event::{Event, Raw, around, find, identity, local, raw, with_paths};
use crate::fresh::Clock;
use crate::links::only;
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::request::Request;
use crate::route::Route;
use crate::site::Site;
use crate::template::Template;
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::Value;
use workhours_core::event::StoredEvent;
use workhours_core::output::html::web_address;
use workhours_core::store::Store;

inventory::submit! { Template { name: "event", text: include_str!("event.hbs") } }

/// The values of the template.
#[derive(Serialize)]
struct EventPage {
    id: String,
    line: String,
    source_type: String,
    facts: Vec<Fact>,
    meta: Vec<(String, String)>,
    raw: Option<Raw>,
    place: String,
    around: Vec<Near>,
    zone: &'static str,
    newer: Option<String>,
    older: Option<String>,
}

/// A field: where its value leads, here or outside.
#[derive(Serialize)]
struct Fact {
    label: &'static str,
    value: String,
    here: Option<String>,
    outside: Option<String>,
}

/// An event close by.
#[derive(Serialize)]
struct Near {
    id: String,
    date: String,
    source_type: String,
    line: String,
    here: bool,
}

async fn event(site: Site, asked: Request) -> Result<Answer, Problem> {
    let (id, asked, site) = (identity(asked.name())?, &asked, &site);
    let answer = || async move {
        let zone = site.config.timezone;
        let page = site.work(move |site, store, _| {
            let event = find(store, id)?;
            let raw = raw(site, store, &event)?;
            let (before, after) = around(store, id, (SIDE, SIDE))?;
            page(store, event, raw, (before, after), zone)
        });
        let page = page.await?;
        Ok(Answer::page(site.templates.page(site, "event", "Event", asked.theme, page)?))
    };
    site.fresh(asked, Clock::Still, answer).await
}

fn page(
    store: &mut Store,
    event: StoredEvent,
    raw: Option<Raw>,
    (before, after): (Vec<StoredEvent>, Vec<StoredEvent>),
    zone: Tz,
) -> Result<EventPage, Problem> {
    let path = store.files().path_of(event.file_id)?;
    let dates = (event.date, event.date.map(|us| local(us, zone)));
    let this = with_paths(store, vec![event.clone()])?;
    let near = |event: &StoredEvent, here: bool| {
        let date = event.date.map(|us| local(us, zone)).unwrap_or_default();
        let event = Event::new(event.clone(), String::new());
        Near { line: event.line(), id: event.id, date, source_type: event.source_type, here }
    };
    let around: Vec<Near> = before
        .iter()
        .map(|event| near(event, false))
        .chain([near(&event, true)])
        .chain(after.iter().map(|event| near(event, false)))
        .collect();
    let event = this.into_iter().next().unwrap_or_else(|| Event::new(event, path.clone()));
    let beside = |found: Option<&StoredEvent>| found.map(|event| format!("/events/{}", event.id.to_hex()));
    Ok(EventPage {
        line: event.line(),
        source_type: event.source_type.clone(),
        facts: facts(&event, dates.1),
        meta: meta(&event.meta),
        raw,
        place: format!("{path}, byte {}", event.file_offset),
        around,
        zone: zone.name(),
        older: beside(before.last()),
        newer: beside(after.first()),
        id: event.id,
    })
}

fn facts(event: &Event, date: Option<String>) -> Vec<Fact> {
    let field = |field: &str, value: &str| Some(only(&QueryString::default(), field, value));
    let plain = |label, value: String| Fact { label, value, here: None, outside: None };
    let mut facts = vec![
        plain("time", date.unwrap_or_else(|| "unknown".into())),
        plain("UTC", event.date.clone().unwrap_or_default()),
        Fact { here: field("source", &event.source_type), ..plain("source", event.source_type.clone()) },
        Fact { here: field("kind", &event.kind), ..plain("kind", event.kind.clone()) },
    ];
    let named = |label, value: &Option<String>| {
        let value = value.clone()?;
        Some(Fact { here: field(label, &value), outside: None, label, value })
    };
    facts.extend(
        [named("host", &event.host), named("peer", &event.peer), named("user", &event.user)]
            .into_iter()
            .flatten(),
    );
    for (label, value) in [
        ("title", &event.title),
        ("text", &event.text),
        ("url", &event.url),
        ("referrer", &event.referrer),
        ("agent", &event.agent),
    ] {
        if let Some(value) = value {
            facts.push(Fact { outside: web_address(value), ..plain(label, value.clone()) });
        }
    }
    facts.extend(event.tags.iter().map(|tag| Fact { here: field("tag", tag), ..plain("tag", tag.clone()) }));
    if let Some(ms) = event.duration_ms {
        facts.push(plain("duration", format!("{ms} ms")));
    }
    if !event.flags.is_empty() {
        facts.push(plain("flags", event.flags.join(", ")));
    }
    facts.push(Fact {
        here: Some(format!("/sources#input-{}", event.input_id)),
        ..plain("input", event.input_id.to_string())
    });
    facts.retain(|fact| !fact.value.is_empty());
    facts
}

/// Keys and values, each on a line.
fn meta(meta: &Value) -> Vec<(String, String)> {
    let Value::Object(all) = meta else { return Vec::new() };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    all.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}

inventory::submit! { Route::page("/events/{id}", "An event, its record, and what was around it", |site, asked| {
    Box::pin(event(site, asked))
}) }
