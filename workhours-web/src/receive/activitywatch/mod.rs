//! What ActivityWatch's watchers ask for: buckets, heartbeats, and the events in them.

mod admit;
mod read;

use super::{has_room, json as json_of, later, read_body};
use crate::answer::Answer;
use crate::problem::Problem;
use crate::receivers::{ACTIVITYWATCH, About, Activity, BucketStream, Buckets, Client, iso, micros};
use crate::request::Request;
use crate::route::{Access, Handler, Kind, Route, Verb};
use crate::site::Site;
use admit::admit;
pub(super) use admit::is_watcher;
use hyper::StatusCode;
use serde_json::{Map, Value, json};
use workhours_core::error::Result as Stored;
use workhours_core::report::settings::{Parameter, ParameterKind};

/// The most that a body unpacks to.
const LARGEST: u64 = 64 << 20;
/// The longest name of a bucket.
const LONGEST_ID: usize = 255;
/// The most buckets of a client.
const MOST_BUCKETS: usize = 1_000;

/// The body as JSON.
async fn body(asked: &Request) -> Result<Value, Problem> {
    read_body(asked.body.clone(), LARGEST, json_of).await
}

/// Does something with the buckets of a client, off the threads that answer. It's done to the end, even if the client goes
/// away.
async fn with_buckets<T: Send + 'static>(
    site: &Site,
    client: &Client,
    work: impl FnOnce(&mut Buckets, &BucketStream<'_>) -> Stored<T> + Send + 'static,
) -> Result<T, Problem> {
    let (site, client) = (site.clone(), client.clone());
    let work = tokio::spawn(async move {
        let mut buckets = std::sync::Arc::clone(&site.receivers.buckets).lock_owned().await;
        let spool = std::sync::Arc::clone(&site.receivers.spool);
        let work =
            tokio::task::spawn_blocking(move || work(&mut buckets, &BucketStream::of(&spool, &client)));
        work.await.map_err(|e| Problem::failed(e.to_string()))
    });
    let done = work.await.map_err(|e| Problem::failed(e.to_string()))??;
    done.map_err(|e| Problem { cause: Some(e.full_message().into()), ..later("it can't be stored now") })
}

fn no_bucket(id: &str) -> Problem {
    Problem::not_found(format!("there's no bucket named {id}"))
}

async fn info(site: Site, asked: Request) -> Result<Answer, Problem> {
    admit(&site, &asked).await?;
    Answer::json(&json!({
        "hostname": workhours_core::watch::machine(), "version": concat!("workhours ", env!("CARGO_PKG_VERSION")), "testing": false,
        "device_id": site.database,
    }))
}

async fn buckets(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let all = with_buckets(&site, &client, |buckets, stream| Ok(buckets.all(stream))).await?;
    let all: Map<String, Value> = all.into_iter().map(|about| (about.id.clone(), about.to_json())).collect();
    Answer::json(&all)
}

async fn bucket(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let about = about(&site, &client, asked.name()).await?;
    Answer::json(&about.to_json())
}

async fn about(site: &Site, client: &Client, id: &str) -> Result<About, Problem> {
    let name = id.to_owned();
    let about = with_buckets(site, client, move |buckets, stream| Ok(buckets.about(stream, &name))).await?;
    about.ok_or_else(|| no_bucket(id))
}

/// What a body says about a new bucket.
fn about_of(id: &str, body: &Value, now_us: i64) -> About {
    let text = |member: &str| body.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let created = Some(text("created")).filter(|text| micros(text).is_some());
    About {
        id: id.to_owned(),
        kind: text("type"),
        client: text("client"),
        hostname: text("hostname"),
        created: created.unwrap_or_else(|| iso(now_us)),
    }
}

async fn make(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let id = asked.name();
    if id.is_empty() || id.len() > LONGEST_ID {
        return Err(Problem::bad(format!("the name of a bucket has 1 to {LONGEST_ID} bytes")));
    }
    has_room(&site)?;
    let about = about_of(id, &body(&asked).await?, site.now_us());
    let is_new = with_buckets(&site, &client, |buckets, stream| match buckets.all(stream).len() {
        MOST_BUCKETS.. if buckets.about(stream, &about.id).is_none() => Ok(None),
        _ => buckets.make(stream, about).map(Some),
    });
    match is_new.await? {
        Some(true) => Answer::json(&json!({})),
        Some(false) => Ok(Answer::unchanged()),
        None => Err(Problem::too_much(format!("more than {MOST_BUCKETS} buckets"))),
    }
}

async fn heartbeat(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let pulse = asked.query.one("pulsetime")?.unwrap_or_default();
    let pulse: f64 = pulse
        .parse()
        .ok()
        .filter(|pulse| (0.0..=1e9).contains(pulse))
        .ok_or_else(|| Problem::bad(format!("pulsetime is a number of seconds, not {pulse:?}")))?;
    let beat = event(&site, &body(&asked).await?)?;
    has_room(&site)?;
    let id = asked.name().to_owned();
    let pulse_us = (pulse * 1e6).round() as i64;
    let name = id.clone();
    let joined =
        with_buckets(&site, &client, move |buckets, stream| buckets.beat(stream, &name, beat, pulse_us));
    let event = joined.await?.ok_or_else(|| no_bucket(&id))?;
    Answer::json(&event.to_json(&id))
}

/// An event that a client sends.
fn event(site: &Site, value: &Value) -> Result<Activity, Problem> {
    /// Clocks differ; later than this is a mistake.
    const AHEAD_US: i64 = 3_600_000_000;
    let event = Activity::of(value).map_err(Problem::bad)?;
    match event.end_us() > site.now_us().saturating_add(AHEAD_US) {
        true => {
            Err(Problem::bad(format!("the event ends more than an hour ahead, at {}", iso(event.end_us()))))
        }
        false => Ok(event),
    }
}

async fn insert(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let body = body(&asked).await?;
    let values = match &body {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    let events: Vec<Activity> = values.iter().map(|value| event(&site, value)).collect::<Result<_, _>>()?;
    has_room(&site)?;
    let id = asked.name().to_owned();
    let (name, stored) = (id.clone(), events.clone());
    let is_there =
        with_buckets(&site, &client, move |buckets, stream| buckets.insert(stream, &name, &stored));
    if !is_there.await? {
        return Err(no_bucket(&id));
    }
    let answers: Vec<Value> = events.iter().map(|event| event.to_json(&id)).collect();
    Answer::json(&answers)
}

/// Buckets with their events, as `/export` gives them.
async fn import(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let body = body(&asked).await?;
    let Some(Value::Object(all)) = body.get("buckets") else {
        return Err(Problem::bad("there are no buckets in the body").hint("send what /api/0/export answers"));
    };
    has_room(&site)?;
    let mut imported = Vec::new();
    for (id, bucket) in all {
        let none = Vec::new();
        let values = bucket.get("events").and_then(Value::as_array).unwrap_or(&none);
        let events: Result<Vec<Activity>, Problem> = values.iter().map(|value| event(&site, value)).collect();
        let events = events.map_err(|problem| Problem {
            detail: format!("in the bucket {id}: {}", problem.detail),
            ..problem
        })?;
        imported.push((about_of(id, bucket, site.now_us()), events));
    }
    let imported = with_buckets(&site, &client, move |buckets, stream| {
        for (about, events) in imported {
            let id = about.id.clone();
            buckets.make(stream, about)?;
            buckets.insert(stream, &id, &events)?;
        }
        Ok(())
    });
    imported.await?;
    Answer::json(&json!({}))
}

/// What can't be done here.
async fn remove(site: Site, asked: Request) -> Result<Answer, Problem> {
    admit(&site, &asked).await?;
    Err(Problem::new(StatusCode::FORBIDDEN, "watchers can't remove what was recorded")
        .hint("workhours purge removes events for good"))
}

const fn seconds(name: &'static str, what: &'static str) -> Parameter {
    Parameter::new(name, what, ParameterKind::Text)
}

const PULSE: Parameter = seconds("pulsetime", "Seconds between heartbeats that are one event");
const LIMIT: Parameter = seconds("limit", "How many events, the newest first; -1 for all");
const START: Parameter = seconds("start", "Only events that end after this time");
const END: Parameter = seconds("end", "Only events that begin before this time");
/// Clients send it; nothing is removed here.
const FORCE: Parameter = seconds("force", "Ignored");

const fn route(
    verb: Verb,
    path: &'static str,
    summary: &'static str,
    params: fn(Option<&str>) -> Vec<Parameter>,
    handler: Handler,
) -> Route {
    Route { verb, access: Access::Client, kind: Kind::File, params, ..Route::file(path, summary, handler) }
}

/// The token, for clients that can't send a header.
const KEY: Parameter = super::lines::API_KEY;

inventory::submit! { route(Verb::Get, "/api/0/info", "What ActivityWatch's clients ask first", |_| vec![KEY], |site, asked| Box::pin(info(site, asked))) }
inventory::submit! { route(Verb::Get, "/api/0/buckets", "The buckets of a client", |_| vec![KEY], |site, asked| Box::pin(buckets(site, asked))) }
inventory::submit! { route(Verb::Get, "/api/0/buckets/{bucket}", "A bucket", |_| vec![KEY], |site, asked| Box::pin(bucket(site, asked))) }
inventory::submit! { route(Verb::Post, "/api/0/buckets/{bucket}", "Makes a bucket", |_| vec![KEY], |site, asked| Box::pin(make(site, asked))) }
inventory::submit! { route(Verb::Delete, "/api/0/buckets/{bucket}", "Isn't possible", |_| vec![KEY, FORCE], |site, asked| Box::pin(remove(site, asked))) }
inventory::submit! { route(Verb::Post, "/api/0/buckets/{bucket}/heartbeat", "Takes a heartbeat; answers the event it belongs to", |_| vec![KEY, PULSE], |site, asked| Box::pin(heartbeat(site, asked))) }
inventory::submit! { route(Verb::Post, "/api/0/buckets/{bucket}/events", "Takes events", |_| vec![KEY], |site, asked| Box::pin(insert(site, asked))) }
inventory::submit! { route(Verb::Get, "/api/0/buckets/{bucket}/events", "The events of a bucket, the newest first", |_| vec![KEY, LIMIT, START, END], |site, asked| Box::pin(read::events(site, asked))) }
inventory::submit! { route(Verb::Get, "/api/0/buckets/{bucket}/events/count", "How many events a bucket has", |_| vec![KEY, START, END], |site, asked| Box::pin(read::count(site, asked))) }
inventory::submit! { route(Verb::Delete, "/api/0/buckets/{bucket}/events/{event}", "Isn't possible", |_| vec![KEY], |site, asked| Box::pin(remove(site, asked))) }
inventory::submit! { route(Verb::Get, "/api/0/buckets/{bucket}/export", "A bucket with all its events", |_| vec![KEY], |site, asked| Box::pin(read::export_one(site, asked))) }
inventory::submit! { route(Verb::Get, "/api/0/export", "All buckets of a client with all their events", |_| vec![KEY], |site, asked| Box::pin(read::export(site, asked))) }
inventory::submit! { route(Verb::Post, "/api/0/import", "Takes buckets with their events", |_| vec![KEY], |site, asked| Box::pin(import(site, asked))) }
