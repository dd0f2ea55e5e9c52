//! Documents on their way to the server: in bulk, several requests at once, with versions.

use super::client::{Client, WRITE_PATIENCE};
use super::document::document;
use super::lease::Lease;
use super::state::Names;
use crate::index::checkpoint::Checkpoint;
use crate::index::rounds::Target;
use rustc_hash::FxHashSet;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, JoinHandle, park_timeout};
use std::time::{Duration, Instant};
use workhours_base::error::{Error, Result};
use workhours_event::{EventId, StoredEvent};
use workhours_store::Seq;

/// Bytes of a request, about.
const REQUEST: usize = 4 << 20;
/// Requests at once.
const AT_ONCE: usize = 3;
/// Events between two commits, at most.
const COMMIT_AFTER: u64 = 500_000;
/// How often a document is sent again when the server has no room.
const TRIES: u32 = 10;

/// An index on the server that is being written.
pub(super) struct Writing {
    client: Arc<Client>,
    names: Names,
    index: String,
    lease: Lease,
    checkpoint: Checkpoint,
    lines: Vec<u8>,
    sent: VecDeque<JoinHandle<Result<()>>>,
    uncommitted: u64,
    committed: Instant,
}

impl Writing {
    /// The index of this name.
    pub(super) fn open(client: Arc<Client>, names: Names, index: String, lease: Lease) -> Result<Self> {
        let checkpoint = names.checkpoint(&client, &index, WRITE_PATIENCE)?;
        Ok(Self {
            client,
            names,
            index,
            lease,
            checkpoint,
            lines: Vec::new(),
            sent: VecDeque::new(),
            uncommitted: 0,
            committed: Instant::now(),
        })
    }

    pub(super) fn index(&self) -> &str {
        &self.index
    }

    /// Ends, and returns the right to write.
    pub(super) fn into_lease(self) -> Lease {
        self.lease
    }

    fn line(&mut self, value: &Value) {
        self.lines.extend_from_slice(value.to_string().as_bytes());
        self.lines.push(b'\n');
    }

    /// Sends what has gathered. At most a few requests are on their way.
    fn send(&mut self) -> Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        self.lease.renew()?;
        while self.sent.len() >= AT_ONCE
            && let Some(first) = self.sent.pop_front()
        {
            arrived(first)?;
        }
        let (client, lines) = (self.client.clone(), std::mem::take(&mut self.lines));
        let path =
            format!("/{}/_bulk?filter_path=errors,items.*.status,items.*.error,items.*._id", self.index);
        let request =
            thread::Builder::new().name("index".into()).spawn(move || deliver(&client, &path, lines));
        self.sent.push_back(request.map_err(|e| Error::failed("cannot start a thread").with_source(e))?);
        Ok(())
    }

    /// Sends everything, and waits until it is there.
    fn flush(&mut self) -> Result<()> {
        self.send()?;
        while let Some(first) = self.sent.pop_front() {
            arrived(first)?;
        }
        Ok(())
    }
}

fn arrived(request: JoinHandle<Result<()>>) -> Result<()> {
    request.join().map_err(|_| Error::failed("sending documents ended in a panic"))?
}

/// Sends documents until all are accepted. One the server has in a later version is.
fn deliver(client: &Client, path: &str, mut lines: Vec<u8>) -> Result<()> {
    for attempt in 0..TRIES {
        let answer = client.bulk(path, &lines)?.ok("write documents")?;
        if answer["errors"] == false {
            return Ok(());
        }
        let items = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
        let mut again = Vec::new();
        let mut actions = Actions(lines.split(|byte| *byte == b'\n'));
        for item in items {
            let Some(action) = actions.next() else { break };
            let item = item.as_object().and_then(|item| item.values().next()).unwrap_or(&Value::Null);
            match item["status"].as_u64() {
                Some(200..=299 | 404 | 409) => {}
                Some(429 | 503) => {
                    for line in action {
                        again.extend_from_slice(line);
                        again.push(b'\n');
                    }
                }
                _ => {
                    let reason = item["error"]["reason"].as_str().unwrap_or("without a reason");
                    return Err(Error::failed(format!(
                        "the search server refused the event {}: {reason}",
                        item["_id"].as_str().unwrap_or_default()
                    )));
                }
            }
        }
        if again.is_empty() {
            return Ok(());
        }
        lines = again;
        park_timeout(Duration::from_millis(100 << attempt.min(5)));
    }
    Err(Error::failed("the search server has no room for more documents")
        .hint("it is busy; run workhours index update when it is less so"))
}

/// The lines of each action of a request: one, or two with a document.
struct Actions<I>(I);

impl<'l, I: Iterator<Item = &'l [u8]>> Iterator for Actions<I> {
    type Item = Vec<&'l [u8]>;

    fn next(&mut self) -> Option<Vec<&'l [u8]>> {
        let action = self.0.next().filter(|line| !line.is_empty())?;
        match action.starts_with(b"{\"delete\"") {
            true => Some(vec![action]),
            false => Some(vec![action, self.0.next()?]),
        }
    }
}

impl Target for Writing {
    fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    fn add(&mut self, event: &StoredEvent, seq: Seq, path: &str, version: Seq) -> Result<()> {
        let action = json!({ "index": {
            "_id": event.id.to_hex(), "version": version.get(), "version_type": "external_gte",
        } });
        self.line(&action);
        self.line(&document(event, seq, path));
        self.uncommitted += 1;
        if self.lines.len() >= REQUEST { self.send() } else { Ok(()) }
    }

    fn remove(&mut self, ids: &FxHashSet<EventId>, version: Seq) -> Result<()> {
        // Requests overtake each other.
        self.flush()?;
        for id in ids {
            let action = json!({ "delete": {
                "_id": id.to_hex(), "version": version.get(), "version_type": "external_gte",
            } });
            self.line(&action);
            if self.lines.len() >= REQUEST {
                self.send()?;
            }
        }
        self.flush()
    }

    fn commit(&mut self, checkpoint: Checkpoint) -> Result<()> {
        self.flush()?;
        let path = format!("/{}/_refresh", self.index);
        self.client.call("POST", &path, &Value::Null, WRITE_PATIENCE)?.ok("show the documents")?;
        self.lease.renew()?;
        self.names.record(&self.client, &self.index, &checkpoint, WRITE_PATIENCE)?;
        self.checkpoint = checkpoint;
        (self.uncommitted, self.committed) = (0, Instant::now());
        Ok(())
    }

    fn committed(&self) -> Instant {
        self.committed
    }

    fn is_commit_due(&self) -> bool {
        self.uncommitted >= COMMIT_AFTER
    }

    fn expunge(&mut self) -> Result<()> {
        let path = format!("/{}/_forcemerge?only_expunge_deletes=true&flush=true", self.index);
        self.client
            .call("POST", &path, &Value::Null, WRITE_PATIENCE)?
            .ok("take out what was purged")
            .map(drop)
    }
}
