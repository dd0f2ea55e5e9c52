//! Buckets as ActivityWatch's clients make and fill them. What is in them goes to the database; here are the events that
//! may still grow.
//!
//! Heartbeats are joined by the times of their events, not by when they come. One that is late changes nothing of what came
//! after it: what it adds is an event of its own, next to those that it belongs to.

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
const RECENT: usize = 1_000;
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

    /// How long an event has become, as a line of the source. Its data is in the line before.
    fn growth(&self, event: &Activity) -> String {
        let (id, duration) = (Value::from(self.id.as_str()), event.duration_us as f64 / 1e6);
        format!(r#"{{"bucket":{id},"timestamp":"{}","duration":{duration:.6}}}"#, iso(event.start_us))
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

/// The last event of lines that were written here.
fn last_of(lines: &[u8]) -> Option<Activity> {
    let values = lines.split(|byte| *byte == b'\n').rev().filter(|line| !line.is_empty());
    let mut values = values.map_while(|line| serde_json::from_slice::<Value>(line).ok());
    let last = values.next()?;
    if let Ok(event) = Activity::of(&last) {
        return Some(event);
    }
    // A line that only says how long it has become: the one with its data is above.
    let begun = values.find(|line| line.get("data").is_some())?;
    let event = Activity::of(&begun).ok().filter(|_| begun.get("timestamp") == last.get("timestamp"))?;
    let duration_us = (last.get("duration")?.as_f64()? * 1e6).round() as i64;
    Some(Activity { duration_us, ..event })
}

/// The name under which late events of a bucket are kept.
fn late_of(id: &str) -> String {
    format!("{id}\0late")
}

/// A bucket.
struct Bucket {
    about: About,
    /// The event that may still grow, and its place.
    open: Option<(Activity, Tail)>,
    /// The same of what came late: it grows too.
    late: Option<(Activity, Tail)>,
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

    /// Its stream in the spool.
    pub(crate) fn stream(&self) -> &Stream {
        &self.stream
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
                let tail = |of: &str| to.spool.tail(&to.stream, of);
                let open = tail(&about.id).and_then(|(tail, lines)| Some((last_of(&lines)?, tail)));
                let late = tail(&late_of(&about.id)).and_then(|(tail, lines)| Some((last_of(&lines)?, tail)));
                (about.id.clone(), Bucket { about, open, late, recent: VecDeque::new() })
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
        self.of(to)
            .insert(about.id.clone(), Bucket { about, open: None, late: None, recent: VecDeque::new() });
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

    /// The events of a bucket that may still grow: the database may have them shorter.
    pub(crate) fn growing(&mut self, to: &BucketStream<'_>, id: &str) -> Vec<Activity> {
        let Some(bucket) = self.of(to).get(id) else { return Vec::new() };
        let slots = [&bucket.open, &bucket.late].into_iter().flatten();
        slots.map(|(event, _)| event.clone()).collect()
    }

    /// Takes events as they are; returns whether there is such a bucket.
    pub(crate) fn insert(&mut self, to: &BucketStream<'_>, id: &str, events: &[Activity]) -> Result<bool> {
        let Some(bucket) = self.of(to).get_mut(id) else { return Ok(false) };
        bucket.store(to, events)?;
        Ok(true)
    }
}

/// Where an event may still grow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Open,
    Late,
}

impl Bucket {
    fn beat(&mut self, to: &BucketStream<'_>, beat: Activity, pulse_us: i64) -> Result<Activity> {
        let Some((open, _)) = &self.open else {
            return self.write(to, Slot::Open, false, beat);
        };
        if let Some(grown) = open.with(&beat, pulse_us) {
            return match grown == *open {
                true => Ok(grown),
                false => self.write(to, Slot::Open, true, grown),
            };
        }
        // What ended before the present event's end changes nothing of it.
        let is_late = beat.start_us < open.start_us || beat.end_us() < open.end_us();
        match is_late {
            true => self.late(to, beat, pulse_us),
            false => self.write(to, Slot::Open, false, beat),
        }
    }

    /// A heartbeat from before: what it adds to the events around it.
    fn late(&mut self, to: &BucketStream<'_>, beat: Activity, pulse_us: i64) -> Result<Activity> {
        let slots = [&self.open, &self.late].into_iter().flatten().map(|(event, _)| event);
        let known: Vec<Activity> = self.recent.iter().chain(slots).cloned().collect();
        let mut piece = beat.clone();
        let mut end_us = beat.end_us();
        let around: Vec<&Activity> = known.iter().filter(|event| event.data == beat.data).collect();
        if let Some(event) =
            around.iter().find(|event| event.start_us <= beat.start_us && end_us <= event.end_us())
        {
            return Ok((*event).clone());
        }
        for event in &around {
            // One that it belongs to begins before, one that belongs to it after.
            if event.with(&beat, pulse_us).is_some() {
                piece.start_us = piece.start_us.min(event.end_us());
            }
            if event.start_us > beat.start_us && event.start_us <= beat.end_us().saturating_add(pulse_us) {
                end_us = end_us.max(event.start_us);
            }
        }
        piece.duration_us = end_us.saturating_sub(piece.start_us);
        let grown = self.late.as_ref().and_then(|(late, _)| late.with(&piece, 0));
        match grown {
            Some(grown) => self.write(to, Slot::Late, true, grown),
            None => self.write(to, Slot::Late, false, piece),
        }
    }

    /// Writes an event: how long the one in a slot has become, if it `grows`, or the next one.
    fn write(&mut self, to: &BucketStream<'_>, slot: Slot, grows: bool, event: Activity) -> Result<Activity> {
        let name = match slot {
            Slot::Open => self.about.id.clone(),
            Slot::Late => late_of(&self.about.id),
        };
        let before = match slot {
            Slot::Open => &mut self.open,
            Slot::Late => &mut self.late,
        };
        let line = if grows { self.about.growth(&event) } else { self.about.line(&event) };
        let written = match before {
            // A file is ended between two events.
            Some((_, tail)) if !grows && tail.file_bytes() > FULL => {
                to.spool.end_tail(tail)?;
                None
            }
            Some((_, tail)) => to.spool.grow(to.ends(), &name, Some(tail), line.as_bytes())?,
            None => None,
        };
        let old = before.as_ref().map(|(old, _)| old.clone());
        let (event, tail) = match (written, &old, grows) {
            (Some(tail), _, _) => (event, Some(tail)),
            // The file went to the database meanwhile. What is new of the event is another.
            (None, Some(old), true) => {
                let (start_us, end_us) = (old.end_us(), event.end_us());
                let rest = Activity { start_us, duration_us: end_us - start_us, data: event.data };
                let tail = to.spool.grow(to.ends(), &name, None, self.about.line(&rest).as_bytes())?;
                (rest, tail)
            }
            (None, _, _) => (event, to.spool.grow(to.ends(), &name, None, line.as_bytes())?),
        };
        let before = match slot {
            Slot::Open => &mut self.open,
            Slot::Late => &mut self.late,
        };
        *before = tail.map(|tail| (event.clone(), tail));
        if let Some(old) = old.filter(|old| old.start_us != event.start_us || old.data != event.data) {
            self.remember(old);
        }
        Ok(event)
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
