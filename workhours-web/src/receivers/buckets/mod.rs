//! Buckets as ActivityWatch's clients make and fill them. What is in them is in the database; here is what isn't there yet,
//! and the event of each that may still grow.
//!
//! Heartbeats are joined by the times of their events, not by when they come: one that is late changes nothing of what came
//! after it.

mod event;

pub(crate) use event::{Activity, iso, micros};

use super::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use workhours_core::error::Result;
use workhours_core::watch::{Origin, Spool, Stream, Tail};

/// The source type of what is stored.
pub(crate) const SOURCE: &str = "activitywatch";
/// Events that ended a while ago, by bucket: a late heartbeat may belong to one.
const RECENT: usize = 100;
/// A file of the spool is ended when it has this many bytes.
const FULL: u64 = 256 << 10;

/// What a client says about a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) id: String,
    #[serde(rename = "type", default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) client: String,
    #[serde(default)]
    pub(crate) hostname: String,
    /// When it was made.
    #[serde(default)]
    pub(crate) created: String,
}

impl About {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id, "name": null, "type": self.kind, "client": self.client,
            "hostname": self.hostname, "created": self.created, "data": {},
        })
    }

    /// An event as a line of the source.
    fn line(&self, event: &Activity) -> String {
        let text = |text: &str| Value::from(text).to_string();
        format!(
            r#"{{"bucket":{},"type":{},"client":{},"hostname":{},"timestamp":"{}","duration":{:.6},"data":{}}}"#,
            text(&self.id),
            text(&self.kind),
            text(&self.client),
            text(&self.hostname),
            iso(event.start_us),
            event.duration_us as f64 / 1e6,
            Value::Object(event.data.clone()),
        )
    }
}

/// The event of a line that was written here.
fn of_line(line: &[u8]) -> Option<Activity> {
    Activity::of(&serde_json::from_slice(line).ok()?).ok()
}

/// A bucket.
struct Bucket {
    about: About,
    /// The event that may still grow, and its place.
    open: Option<(Activity, Tail)>,
    /// Those that ended, the last one last.
    recent: VecDeque<Activity>,
}

/// The buckets of all clients.
#[derive(Default)]
pub(crate) struct Buckets(HashMap<String, HashMap<String, Bucket>>);

/// Where the events of a client go.
pub(crate) struct BucketStream<'a> {
    spool: &'a Spool,
    stream: Stream,
    origin: Origin,
}

impl<'a> BucketStream<'a> {
    pub(crate) fn of(spool: &'a Spool, client: &Client) -> Self {
        let stream =
            Stream { source_type: SOURCE.to_owned(), client: client.name.clone(), by_identity: true };
        let origin = Origin { host: client.host.clone(), user: client.user.clone() };
        Self { spool, stream, origin }
    }

    fn ends(&self) -> (&Stream, &Origin) {
        (&self.stream, &self.origin)
    }
}

impl Buckets {
    /// The buckets of a client, as they were left.
    fn of(&mut self, to: &BucketStream<'_>) -> &mut HashMap<String, Bucket> {
        self.0.entry(to.stream.client.clone()).or_insert_with(|| {
            let notes = to.spool.notes(&to.stream).into_iter();
            let all = notes.filter_map(|note| serde_json::from_slice::<About>(&note).ok());
            all.map(|about| {
                let tail = to.spool.tail(&to.stream, &about.id);
                let open = tail.and_then(|tail| Some((of_line(tail.record())?, tail)));
                (about.id.clone(), Bucket { about, open, recent: VecDeque::new() })
            })
            .collect()
        })
    }

    /// What is known of all buckets of a client.
    pub(crate) fn all(&mut self, to: &BucketStream<'_>) -> Vec<About> {
        let mut all: Vec<About> = self.of(to).values().map(|bucket| bucket.about.clone()).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// What is known of one; `None` if there isn't one.
    pub(crate) fn about(&mut self, to: &BucketStream<'_>, id: &str) -> Option<About> {
        self.of(to).get(id).map(|bucket| bucket.about.clone())
    }

    /// Makes a bucket; returns whether there was none.
    pub(crate) fn make(&mut self, to: &BucketStream<'_>, about: About) -> Result<bool> {
        if self.of(to).contains_key(&about.id) {
            return Ok(false);
        }
        let note = serde_json::to_vec(&about).unwrap_or_default();
        to.spool.note(to.ends(), &about.id, &note)?;
        self.of(to).insert(about.id.clone(), Bucket { about, open: None, recent: VecDeque::new() });
        Ok(true)
    }

    /// Takes a heartbeat; returns the event that it is in, `None` if there is no such bucket.
    pub(crate) fn beat(
        &mut self,
        to: &BucketStream<'_>,
        id: &str,
        beat: Activity,
        pulse_us: i64,
    ) -> Result<Option<Activity>> {
        let Some(bucket) = self.of(to).get_mut(id) else { return Ok(None) };
        bucket.beat(to, beat, pulse_us).map(Some)
    }

    /// Takes events as they are; returns whether there is such a bucket.
    pub(crate) fn insert(&mut self, to: &BucketStream<'_>, id: &str, events: &[Activity]) -> Result<bool> {
        let Some(bucket) = self.of(to).get_mut(id) else { return Ok(false) };
        bucket.store(to, events)?;
        Ok(true)
    }

    /// Events of a bucket that may not be in the database yet.
    pub(crate) fn recent(&mut self, to: &BucketStream<'_>, id: &str) -> Vec<Activity> {
        let Some(bucket) = self.of(to).get(id) else { return Vec::new() };
        let open = bucket.open.iter().map(|(event, _)| event);
        bucket.recent.iter().chain(open).cloned().collect()
    }
}

impl Bucket {
    fn beat(&mut self, to: &BucketStream<'_>, beat: Activity, pulse_us: i64) -> Result<Activity> {
        let Some((open, tail)) = self.open.take() else {
            return self.begin(to, beat);
        };
        if beat.start_us < open.start_us {
            let late = self.late(to, beat, &open, pulse_us);
            self.open = Some((open, tail));
            return late;
        }
        let grown = open.with(&beat, pulse_us);
        if grown.as_ref() == Some(&open) {
            self.open = Some((open.clone(), tail));
            return Ok(open);
        }
        let has_ended = grown.is_none();
        let event = grown.unwrap_or(beat);
        if has_ended && tail.file_bytes() > FULL {
            to.spool.end_tail(&tail)?;
            self.remember(open);
            return self.begin(to, event);
        }
        let line = self.about.line(&event);
        let written = to.spool.grow(to.ends(), &self.about.id, Some(&tail), line.as_bytes());
        match written {
            Ok(Some(new)) => {
                if has_ended {
                    self.remember(open);
                }
                self.open = Some((event.clone(), new));
                Ok(event)
            }
            // The file went to the database meanwhile. What is new of the event is another.
            Ok(None) => {
                let begin_us = open.end_us();
                self.remember(open);
                let rest = match has_ended {
                    true => event,
                    false => Activity {
                        start_us: begin_us,
                        duration_us: event.end_us() - begin_us,
                        data: event.data,
                    },
                };
                self.begin(to, rest)
            }
            Err(e) => {
                self.open = Some((open, tail));
                Err(e)
            }
        }
    }

    /// Begins an event in a new file.
    fn begin(&mut self, to: &BucketStream<'_>, event: Activity) -> Result<Activity> {
        let line = self.about.line(&event);
        let tail = to.spool.grow(to.ends(), &self.about.id, None, line.as_bytes())?;
        self.open = tail.map(|tail| (event.clone(), tail));
        Ok(event)
    }

    /// A heartbeat from before the present event: what it adds to those before it is an event of its own.
    fn late(
        &mut self,
        to: &BucketStream<'_>,
        beat: Activity,
        open: &Activity,
        pulse_us: i64,
    ) -> Result<Activity> {
        let mut piece = beat.clone();
        if let Some(before) = self.recent.iter().rev().find(|event| event.with(&beat, pulse_us).is_some()) {
            if beat.end_us() <= before.end_us() {
                return Ok(before.clone());
            }
            piece.start_us = before.end_us();
        }
        let mut end_us = beat.end_us();
        if piece.with(&Activity { duration_us: 0, ..open.clone() }, pulse_us).is_some() {
            end_us = end_us.max(open.start_us);
        }
        piece.duration_us = end_us.saturating_sub(piece.start_us);
        self.store(to, std::slice::from_ref(&piece))?;
        Ok(piece)
    }

    /// Stores events that don't grow.
    fn store(&mut self, to: &BucketStream<'_>, events: &[Activity]) -> Result<()> {
        let mut lines: Vec<String> = events.iter().map(|event| self.about.line(event) + "\n").collect();
        lines.sort();
        lines.dedup();
        let lines = lines.concat() + "\n";
        if !events.is_empty() {
            // The same events again are known.
            to.spool.put(&to.stream, &to.origin, &lines, lines.as_bytes())?;
            events.iter().for_each(|event| self.remember(event.clone()));
        }
        Ok(())
    }

    fn remember(&mut self, event: Activity) {
        if self.recent.contains(&event) {
            return;
        }
        self.recent.push_back(event);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
