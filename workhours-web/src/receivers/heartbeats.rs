//! Heartbeats as WakaTime's clients send them: read, completed with what the request says, and remembered, because clients
//! repeat them.

use super::Client;
use hyper::HeaderMap;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use workhours_core::store::now_us;

/// Heartbeats are remembered for at least this long. The spool has begun another file by then, and what is in two files is
/// known by its identity.
const REMEMBERED: Duration = Duration::from_secs(3_700);
/// Clocks differ; later than this is a mistake.
const AHEAD_S: f64 = 3_600.0;
/// Members for which a client may ask the server to fill in the last value, with the text that asks.
const LAST: [(&str, &str); 3] =
    [("project", "<<LAST_PROJECT>>"), ("branch", "<<LAST_BRANCH>>"), ("language", "<<LAST_LANGUAGE>>")];

/// What a heartbeat is known by: a hash of its time, type, entity and machine.
pub(crate) type Hash = [u8; 16];

/// A heartbeat to store, or why not.
pub(crate) enum Heartbeat {
    /// Its line, and what it is known by.
    New(String, Hash),
    /// The client has sent it before.
    Known,
    /// The member that is wrong, and how.
    Wrong(&'static str, &'static str),
}

/// What clients have sent.
#[derive(Default)]
pub(crate) struct Remembered(HashMap<String, OfClient>);

/// What one client has sent.
pub(crate) struct OfClient {
    /// Hashes of the present and of the last time span.
    spans: [HashSet<Hash>; 2],
    begun: Instant,
    last: HashMap<&'static str, String>,
}

/// The heartbeats of a body: an object, a list, or a text that holds a list.
pub(crate) fn of_body(body: &[u8]) -> Result<Vec<Value>, String> {
    let read = |bytes: &[u8]| {
        serde_json::from_slice::<Value>(bytes).map_err(|e| format!("the body isn't JSON: {e}"))
    };
    let mut value = read(body)?;
    if let Value::String(text) = &value {
        value = read(text.as_bytes())?;
    }
    match value {
        Value::Array(items) => Ok(items),
        object @ Value::Object(_) => Ok(vec![object]),
        _ => Err("the body is neither a heartbeat nor a list of heartbeats".to_owned()),
    }
}

impl Remembered {
    /// What a client has sent.
    pub(crate) fn of(&mut self, client: &Client) -> &mut OfClient {
        let of_client = self.0.entry(client.name.clone()).or_insert_with(|| OfClient {
            spans: Default::default(),
            begun: Instant::now(),
            last: HashMap::new(),
        });
        if of_client.begun.elapsed() > REMEMBERED {
            of_client.spans = [HashSet::new(), std::mem::take(&mut of_client.spans[0])];
            of_client.begun = Instant::now();
        }
        of_client
    }
}

impl OfClient {
    /// Reads a heartbeat of a request that has had these before it.
    pub(crate) fn read(&mut self, headers: &HeaderMap, item: Value, before: &[Hash]) -> Heartbeat {
        let Value::Object(mut object) = item else {
            return Heartbeat::Wrong("heartbeat", "it isn't an object");
        };
        let entity = object.get("entity").and_then(Value::as_str).unwrap_or_default().to_owned();
        if entity.is_empty() {
            return Heartbeat::Wrong("entity", "this member is required");
        }
        let time = match object.get("time") {
            Some(Value::Number(n)) => n.as_f64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        let Some(time) = time.filter(|time| time.is_finite() && *time > 0.0) else {
            return Heartbeat::Wrong("time", "seconds since 1970 are required");
        };
        if time > now_us() as f64 / 1e6 + AHEAD_S {
            return Heartbeat::Wrong("time", "it is more than an hour ahead");
        }
        for (member, asks) in LAST {
            match object.get(member).and_then(Value::as_str) {
                Some(text) if text == asks => match self.last.get(member) {
                    Some(last) => drop(object.insert(member.to_owned(), Value::String(last.clone()))),
                    None => drop(object.remove(member)),
                },
                Some(text) if !text.is_empty() => drop(self.last.insert(member, text.to_owned())),
                _ => {}
            }
        }
        complete(&mut object, headers);
        let kind = object.get("type").and_then(Value::as_str).unwrap_or("file");
        let machine = object.get("machine").and_then(Value::as_str).unwrap_or_default();
        let key = blake3::hash(json!([time, kind, entity, machine]).to_string().as_bytes());
        let mut hash = [0; 16];
        hash.copy_from_slice(&key.as_bytes()[..16]);
        if before.contains(&hash) || self.spans.iter().any(|span| span.contains(&hash)) {
            return Heartbeat::Known;
        }
        Heartbeat::New(Value::Object(object).to_string(), hash)
    }

    /// These are stored.
    pub(crate) fn keep(&mut self, hashes: Vec<Hash>) {
        self.spans[0].extend(hashes);
    }
}

/// Adds what the request's headers say to what the heartbeat doesn't.
fn complete(object: &mut Map<String, Value>, headers: &HeaderMap) {
    for (member, header) in
        [("machine", "x-machine-name"), ("timezone", "timezone"), ("user_agent", "user-agent")]
    {
        let has = object.get(member).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let Some(text) = headers.get(header).and_then(|value| value.to_str().ok()).filter(|_| !has) else {
            continue;
        };
        // Machines with spaces in their names have them escaped.
        let pair = format!("={}", text.replace('+', "%2B").replace('&', "%26"));
        let text = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, text)| text.into_owned());
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            object.insert(member.to_owned(), Value::String(text));
        }
    }
}
