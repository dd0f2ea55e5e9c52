//! One event, as programs and templates see it, and those around it.

use crate::problem::Problem;
use crate::site::Site;
use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use workhours_core::error::Result;
use workhours_core::event::StoredEvent;
use workhours_core::event::{EventId, flag_names};
use workhours_core::store::{EventFilter, EventWalk, FileId, Store};

/// An event, all of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// Its identity, the same on every machine: 32 hexadecimal digits.
    pub(crate) id: String,
    /// When it happened or began, UTC; `null` for an undated event.
    pub(crate) date: Option<String>,
    /// Minutes east of UTC where it happened, if known.
    pub(crate) offset_min: Option<i16>,
    /// Milliseconds it took, if known.
    pub(crate) duration_ms: Option<f64>,
    pub(crate) source_type: String,
    pub(crate) kind: String,
    pub(crate) host: Option<String>,
    /// The other end: the client of a request, where a login came from.
    pub(crate) peer: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) referrer: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) tags: Vec<String>,
    /// Remarks: provisional, local-time, fold …
    pub(crate) flags: Vec<String>,
    /// All else its source knows.
    pub(crate) meta: Value,
    /// The configured input.
    pub(crate) input_id: i64,
    /// The file it was first read from.
    pub(crate) path: String,
    /// Its position there, bytes, decompressed.
    pub(crate) file_offset: i64,
    pub(crate) file_length: i64,
}

impl Event {
    pub(crate) fn new(event: StoredEvent, path: String) -> Self {
        Self {
            id: event.id.to_hex(),
            date: event.date.map(utc),
            offset_min: event.offset_min,
            duration_ms: event.duration_us.map(|us| us as f64 / 1000.0),
            flags: flag_names(event.flags as u32),
            meta: event
                .meta
                .as_deref()
                .and_then(|meta| serde_json::from_str(meta).ok())
                .unwrap_or(Value::Null),
            source_type: event.source_type.into(),
            kind: event.kind.into(),
            host: event.host.map(String::from),
            peer: event.peer.map(String::from),
            user: event.user.map(String::from),
            title: event.title.map(String::from),
            text: event.text.map(String::from),
            url: event.url.map(String::from),
            referrer: event.referrer.map(String::from),
            agent: event.agent.map(String::from),
            tags: event.tags,
            input_id: event.input_id.get(),
            path,
            file_offset: event.file_offset,
            file_length: event.file_length,
        }
    }

    /// One line that describes it.
    pub(crate) fn line(&self) -> String {
        let said =
            [&self.title, &self.text, &self.url].into_iter().flatten().find(|text| !text.trim().is_empty());
        said.cloned().unwrap_or_else(|| self.kind.clone())
    }
}

/// A time in UTC, as programs want it.
pub(crate) fn utc(us: i64) -> String {
    let time = DateTime::from_timestamp_micros(us);
    time.map_or_else(
        || format!("@{}", us / 1_000_000),
        |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    )
}

/// A time as people of a zone read it.
pub(crate) fn local(us: i64, zone: Tz) -> String {
    let time = DateTime::from_timestamp_micros(us);
    let shown = time.map(|time| time.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string());
    shown.unwrap_or_else(|| format!("@{}", us / 1_000_000))
}

/// The identity that an address names.
pub(crate) fn identity(text: &str) -> Result<EventId, Problem> {
    let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let id = u128::from_str_radix(text, 16).ok().filter(|_| digits);
    id.map(|id| EventId(id.to_be_bytes())).ok_or_else(|| {
        Problem::bad(format!("{text:?} is not the id of an event")).hint("it has 32 hexadecimal digits")
    })
}

/// The event of this identity.
pub(crate) fn find(store: &mut Store, id: EventId) -> Result<StoredEvent, Problem> {
    store.events().by_ids(&[id])?.pop().ok_or_else(|| {
        Problem::not_found("there is no such event")
            .hint("it may have been removed, or be in another database")
    })
}

/// Events before and after one, in order of time; undated ones among themselves.
pub(crate) fn around(
    store: &mut Store,
    id: EventId,
    (before, after): (i64, i64),
) -> Result<(Vec<StoredEvent>, Vec<StoredEvent>)> {
    let side = |store: &mut Store, newest_first: bool, most: i64| match most {
        0 => Ok(Vec::new()),
        _ => EventWalk::filtered(EventFilter::default(), id.date().is_some(), newest_first)
            .after(id)
            .next_page(store, most),
    };
    let mut earlier = side(store, true, before)?;
    earlier.reverse();
    Ok((earlier, side(store, false, after)?))
}

/// Events with the paths of their files.
pub(crate) fn with_paths(store: &mut Store, events: Vec<StoredEvent>) -> Result<Vec<Event>> {
    let mut paths: std::collections::HashMap<FileId, String> = std::collections::HashMap::new();
    let mut all = Vec::with_capacity(events.len());
    for event in events {
        let path = match paths.get(&event.file_id) {
            Some(path) => path.clone(),
            None => store.files().path_of(event.file_id)?,
        };
        paths.insert(event.file_id, path.clone());
        all.push(Event::new(event, path));
    }
    Ok(all)
}

/// A record as it was read, without its secrets.
#[derive(Serialize, ToSchema)]
pub(crate) struct Raw {
    /// Its text; bytes that aren't text are replaced.
    pub(crate) text: String,
    /// Whether only its beginning is here.
    pub(crate) cut: bool,
    /// Whether some of it isn't text.
    pub(crate) lossy: bool,
    /// Whether a secret was taken out.
    pub(crate) redacted: bool,
}

/// The record an event was made of, if it can be read again. Its copy holds secrets as they were; these are taken out
/// here, over a record that is read whole, so that none is cut in two and shown by half.
pub(crate) fn raw(site: &Site, store: &mut Store, event: &StoredEvent) -> Result<Option<Raw>> {
    const MAX_RAW_BYTES: u64 = 1 << 20;
    const SHOWN: usize = 64 << 10;
    let at = (event.file_id, event.file_offset, event.file_length);
    let Some(record) = workhours_core::ingest::raw_record(store, &site.filestore, at, MAX_RAW_BYTES)? else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&record.bytes);
    let (mut scratch, lossy) = (String::new(), matches!(text, std::borrow::Cow::Owned(_)));
    let clean = site.redactor.redact(&text, &mut scratch);
    let redacted = clean != text;
    if !redacted && is_hidden_by_name(event) {
        let text = "‹redacted:record›".to_owned();
        return Ok(Some(Raw { text, cut: false, lossy: false, redacted: true }));
    }
    let end = clean.char_indices().map(|(at, _)| at).find(|at| *at >= SHOWN);
    let shown = clean.get(..end.unwrap_or(clean.len())).unwrap_or_default().trim_end_matches(['\r', '\n']);
    Ok(Some(Raw { text: shown.to_owned(), cut: record.cut || end.is_some(), lossy, redacted }))
}

/// Whether a field was hidden for its name's sake. A record without names in it, such as a line of CSV, does not show
/// which of its words that is.
fn is_hidden_by_name(event: &StoredEvent) -> bool {
    let fields = [&event.meta, &event.user];
    fields.into_iter().flatten().any(|text| text.contains("‹redacted:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_identities() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(i64::MAX), format!("@{}", i64::MAX / 1_000_000));
        assert_eq!(local(0, chrono_tz::Europe::Oslo), "1970-01-01 01:00:00");
        assert!(identity(&"0".repeat(32)).is_ok());
        assert!(identity("+0000000000000000000000000000000").is_err() && identity("x").is_err());
    }
}
