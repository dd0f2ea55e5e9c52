//! `POST /ingest/TYPE`: lines of a log, as its file would have them.

use super::{How, UNPACKED, admit, store, unpacked, wakatime};
use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Access, Route, Verb, shape};
use crate::setup::proper_name;
use crate::site::Site;
use serde::Serialize;
use utoipa::ToSchema;
use workhours_core::report::settings::{Parameter, ParameterKind};
use workhours_core::watch::Received;

/// Clients that can't set a header.
pub(super) const API_KEY: Parameter =
    Parameter::new("api_key", "The token, for clients that can't send a header", ParameterKind::Text);

/// What was received.
#[derive(Serialize, ToSchema)]
struct Taken {
    /// Lines, empty ones too.
    lines: u64,
    /// Bytes, unpacked.
    bytes: u64,
    /// Whether lines with the same Idempotency-Key had been received before, so that these were not stored again.
    known: bool,
}

async fn take(site: Site, asked: Request) -> Result<Answer, Problem> {
    let client = admit::admit(&site, &asked.headers, &asked.query).await?;
    let source_type = proper_name(&site.sources, asked.name())?;
    client.may_send(&source_type)?;
    if source_type == wakatime::SOURCE {
        return Err(Problem::too_much("heartbeats have an address of their own")
            .hint("send them to /api/v1/users/current/heartbeats.bulk"));
    }
    if !site.sources.iter().any(|source| source.name == source_type && source.grows) {
        return Err(Problem::too_much(format!(
            "{source_type} is read as a whole, so it can't be sent in parts"
        ))
        .hint("load its files with workhours -s, or follow them with workhours watch"));
    }
    let key = asked.header("idempotency-key").map(str::to_owned);
    if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 255) {
        return Err(Problem::bad("an Idempotency-Key has 1 to 255 bytes"));
    }
    let text = unpacked(asked.body, UNPACKED).await?;
    if text.is_empty() {
        return Err(
            Problem::bad("there is nothing in the body").hint("send lines, as a file would have them")
        );
    }
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + usize::from(!text.ends_with(b"\n"));
    let bytes = text.len() as u64;
    let how = key.map_or(How::Apart, How::Keyed);
    let received = store(&site, &client, &source_type, how, text).await?;
    Answer::json(&Taken { lines: lines as u64, bytes, known: received == Received::Known })
}

inventory::submit! { Route {
    verb: Verb::Post,
    access: Access::Client,
    params: |_| vec![API_KEY],
    ..Route::json("/ingest/{type}", "Takes lines of a log from a program with a token", shape::<Taken>, |site, asked| Box::pin(take(site, asked)))
} }
