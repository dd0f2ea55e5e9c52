//! The events of buckets, as watchers get them back from the database, where they are a moment after they were sent.

use super::{ACTIVITYWATCH, About, Activity, Client, about, admit, with_buckets};
use crate::answer::Answer;
use crate::problem::Problem;
use crate::receivers::{BucketStream, micros};
use crate::request::Request;
use crate::site::Site;
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};
use workhours_core::event::StoredEvent;
use workhours_core::store::{EventFilter, EventWalk};

/// The most events in an answer.
const MOST: usize = 500_000;

/// Which events of a bucket are asked for.
#[derive(Clone, Copy)]
struct Wanted {
    limit: usize,
    start_us: Option<i64>,
    end_us: Option<i64>,
}

impl Wanted {
    const ALL: Self = Self { limit: usize::MAX, start_us: None, end_us: None };

    fn of(asked: &Request) -> Result<Self, Problem> {
        let time = |name: &str| match asked.query.one(name)? {
            None | Some("") => Ok(None),
            Some(text) => micros(&text.replace(' ', "+")).map(Some).ok_or_else(|| {
                Problem::bad(format!("{name} is a time with its offset from UTC, not {text:?}"))
            }),
        };
        let limit = match asked.query.one("limit")? {
            None | Some("") => -1,
            Some(text) => {
                text.parse::<i64>().map_err(|_| Problem::bad(format!("limit is a number, not {text:?}")))?
            }
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(Self { limit, start_us: time("start")?, end_us: time("end")? })
    }

    fn has(&self, event: &Activity) -> bool {
        self.start_us.is_none_or(|start| event.end_us() >= start)
            && self.end_us.is_none_or(|end| event.start_us <= end)
    }
}

pub(super) async fn events(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let about = about(&site, &client, asked.name()).await?;
    let all = find(&site, &client, &about.id, Wanted::of(&asked)?).await?;
    let all: Vec<Value> = all.iter().map(|event| event.to_json(&about.id)).collect();
    Answer::json(&all)
}

pub(super) async fn count(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let about = about(&site, &client, asked.name()).await?;
    Answer::json(&find(&site, &client, &about.id, Wanted::of(&asked)?).await?.len())
}

pub(super) async fn export_one(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let about = about(&site, &client, asked.name()).await?;
    exported(&site, &client, vec![about]).await
}

pub(super) async fn export(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit(&site, &asked).await?;
    let all = with_buckets(&site, &client, |buckets, stream| Ok(buckets.all(stream))).await?;
    exported(&site, &client, all).await
}

async fn exported(site: &Site, client: &Client, all: Vec<About>) -> Result<Answer, Problem> {
    let mut buckets = Map::new();
    for about in all {
        let events = find(site, client, &about.id, Wanted::ALL).await?;
        let mut bucket = about.to_json();
        bucket["events"] = events.iter().map(|event| event.to_json(&about.id)).collect();
        buckets.insert(about.id, bucket);
    }
    Answer::json(&json!({ "buckets": buckets }))
}

/// The events of a bucket, the newest first.
async fn find(site: &Site, client: &Client, id: &str, wanted: Wanted) -> Result<Vec<Activity>, Problem> {
    let name = id.to_owned();
    let growing =
        with_buckets(site, client, move |buckets, stream| Ok(buckets.growing(stream, &name))).await?;
    until_loaded(site, client).await?;
    let (label, id) = (client.name.clone(), id.to_owned());
    let stored = site.work(move |_, store, _| {
        let inputs = store.inputs().all()?.into_iter();
        let inputs: Vec<_> = inputs
            .filter(|input| input.source_type == ACTIVITYWATCH && input.label == label)
            .map(|input| input.id)
            .collect();
        if inputs.is_empty() {
            return Ok(Vec::new());
        }
        let filter = EventFilter {
            source_types: vec![ACTIVITYWATCH.to_owned()],
            input_ids: Some(inputs),
            until_us: wanted.end_us.map(|end| end.saturating_add(1)),
            ..EventFilter::default()
        };
        let mut walk = EventWalk::filtered(filter, true, true);
        let mut found = Vec::new();
        // An event that begins earlier may still reach into the time asked for.
        while !walk.is_done() && found.len() < wanted.limit.min(MOST + 1) {
            let page = walk.next_page(store, 10_000)?;
            found.extend(
                page.iter().filter_map(|event| of_stored(event, &id)).filter(|event| wanted.has(event)),
            );
        }
        Ok(found)
    });
    let mut all = lengthened(stored.await?, &growing);
    all.truncate(wanted.limit);
    match all.len() > MOST {
        true => Err(Problem::too_much(format!("the bucket has more than {MOST} events"))
            .hint("ask for less at once, with start, end or limit")),
        false => Ok(all),
    }
}

/// Waits until what the client has sent is in the database; not forever, because the database may be busy.
async fn until_loaded(site: &Site, client: &Client) -> Result<(), Problem> {
    const PATIENCE: Duration = Duration::from_millis(1500);
    let since = Instant::now();
    loop {
        let client = client.clone();
        let loaded = site.work(move |site, store, _| {
            let spool = &site.receivers.spool;
            Ok(spool.is_loaded(store, BucketStream::of(spool, &client).stream())?)
        });
        if loaded.await? || since.elapsed() > PATIENCE {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Events as long as those that grow have become since they were loaded. What isn't in the database isn't shown: it may
/// have been removed.
fn lengthened(mut all: Vec<Activity>, growing: &[Activity]) -> Vec<Activity> {
    for event in &mut all {
        let same = growing.iter().find(|grown| grown.start_us == event.start_us && grown.data == event.data);
        event.duration_us = event.duration_us.max(same.map_or(0, |grown| grown.duration_us));
    }
    all.sort_by_key(|event| std::cmp::Reverse(event.start_us));
    all
}

/// An event of the database, if it is of this bucket.
fn of_stored(event: &StoredEvent, bucket: &str) -> Option<Activity> {
    let mut meta: Map<String, Value> = serde_json::from_str(event.meta.as_deref()?).ok()?;
    if meta.remove("bucket")?.as_str() != Some(bucket) {
        return None;
    }
    meta.remove("bucket_type");
    let whole = meta.remove("data").and_then(|data| serde_json::from_str(data.as_str()?).ok());
    let data = whole.unwrap_or_else(|| data_of(event, meta));
    Some(Activity { start_us: event.date?, duration_us: event.duration_us.unwrap_or_default(), data })
}

/// The data from which the fields of an event were made.
fn data_of(event: &StoredEvent, meta: Map<String, Value>) -> Map<String, Value> {
    let mut data = Map::new();
    for (key, value) in meta {
        let value = match (key.as_str(), value.as_str()) {
            ("presence", Some("away")) => json!("afk"),
            ("presence", Some("active")) => json!("not-afk"),
            _ => value,
        };
        let member = match key.as_str() {
            "path" => "file",
            "repository" => "project",
            "presence" => "status",
            _ => &key,
        };
        data.insert(member.to_owned(), value);
    }
    if event.kind.as_str() != "editor.activity" {
        data.extend(event.title.as_ref().map(|title| ("title".to_owned(), json!(title.as_str()))));
    }
    data.extend(event.url.as_ref().map(|url| ("url".to_owned(), json!(url.as_str()))));
    data
}
