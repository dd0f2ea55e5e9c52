//! What programs send: lines of logs, and heartbeats of editors. It's in the spool, on the disk, when they get their
//! answer; the watch of the inputs loads it. Each program has a token of its own, which is its name here.

mod activitywatch;
mod admit;
mod cors;
mod lines;
mod otlp;
mod wakatime;

pub(crate) use admit::find as find_client;
pub(crate) use cors::{allow, preflight};

use crate::problem::Problem;
use crate::receivers::Client;
use crate::site::Site;
use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use std::io::Read;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use workhours_core::error::Error;
use workhours_core::filestore::Extract;
use workhours_core::watch::{Origin, Received, Stream};

/// The largest body of a program with a token.
pub(crate) const BODY: usize = 16 << 20;
/// The most that a body may be unpacked.
const UNPACKED: u64 = 128 << 20;

/// Whether a path is for programs that send something.
pub(crate) fn is_for(path: &str) -> bool {
    ["/ingest/", "/api/v1/", "/api/0/", "/v1/logs"].iter().any(|prefix| path.starts_with(prefix))
}

/// What makes lines that are sent again the same lines.
enum How {
    /// Lines with the same key are the same.
    Keyed(String),
    /// All are different.
    Apart,
    /// By ids in the records.
    ByIdentity,
}

/// Stores lines of a client.
async fn store(
    site: &Site,
    client: &Client,
    source_type: &str,
    how: How,
    lines: Vec<u8>,
) -> Result<Received, Problem> {
    has_room(site)?;
    let by_identity = matches!(how, How::ByIdentity);
    let stream = Stream { source_type: source_type.to_owned(), client: client.name.clone(), by_identity };
    let origin = Origin { host: client.host.clone(), user: client.user.clone() };
    let spool = Arc::clone(&site.receivers.spool);
    let stored = spawn_blocking(move || match how {
        How::Keyed(key) => spool.put(&stream, &origin, &key, &lines),
        How::Apart => spool.add(&stream, &origin, &lines).map(|()| Received::New),
        How::ByIdentity => spool.append(&stream, &origin, &lines).map(|()| Received::New),
    });
    let stored = stored.await.map_err(|e| Problem::failed(e.to_string()))?;
    // A full disk: the sender keeps what it has.
    stored.map_err(|e| Problem { cause: Some(e.full_message().into()), ..later("it can't be stored now") })
}

/// Whether more may be stored.
fn has_room(site: &Site) -> Result<(), Problem> {
    if let Some(why) = &site.read_only {
        return Err(Problem::new(StatusCode::FORBIDDEN, format!("nothing can be saved: {why}")));
    }
    let most = u64::from(site.config.watch.spool_mib) << 20;
    match site.receivers.spool.bytes() > most {
        true => {
            Err(later(format!("{} MiB wait to be loaded, and watch.spool_mib allows no more", most >> 20)))
        }
        false => Ok(()),
    }
}

fn later(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).hint("send it again later").header(RETRY_AFTER, "5")
}

/// Reads a body, once it is unpacked, off the threads that answer.
async fn read_body<T: Send + 'static>(
    body: bytes::Bytes,
    most: u64,
    read: impl FnOnce(&[u8]) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let body = unpacked(body, most).await?;
    spawn_blocking(move || read(&body)).await.map_err(|e| Problem::failed(e.to_string()))?
}

/// JSON of any form.
fn json(body: &[u8]) -> Result<serde_json::Value, Problem> {
    serde_json::from_slice(body).map_err(|e| Problem::bad(format!("the body isn't JSON: {e}")))
}

/// The body as it was before it was packed, whatever it was packed with.
async fn unpacked(body: bytes::Bytes, most: u64) -> Result<Vec<u8>, Problem> {
    let work = move || -> Result<Vec<u8>, Error> {
        let mut reader = Extract::from_reader(Box::new(std::io::Cursor::new(body)))
            .map_err(|e| Error::usage(format!("the body can't be unpacked: {e}")))?;
        let mut text = Vec::new();
        let read = reader.by_ref().take(most + 1).read_to_end(&mut text);
        read.map_err(|e| Error::usage(format!("the body can't be unpacked: {e}")))?;
        match text.len() as u64 > most {
            true => Err(Error::limit_exceeded(format!("the body unpacks to more than {} MiB", most >> 20))),
            false => Ok(text),
        }
    };
    Ok(spawn_blocking(work).await.map_err(|e| Problem::failed(e.to_string()))??)
}
