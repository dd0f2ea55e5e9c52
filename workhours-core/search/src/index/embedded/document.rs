//! From an event to its document in the index.

use super::schema::{Fields, NONE};
use crate::index::meta;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use tantivy::TantivyDocument;
use workhours_event::EventId;
use workhours_event::StoredEvent;
use workhours_query::{any_value, domain_of};
use workhours_store::Seq;

/// Remembered domains, so that a repeated address isn't parsed again.
const REMEMBERED: usize = 100_000;

/// The longest text that is one term, in bytes: tantivy takes none that is longer.
const LONGEST: usize = 65_000;

/// Makes documents.
pub(super) struct Documents {
    fields: Fields,
    domains: FxHashMap<String, Option<Arc<str>>>,
}

impl Documents {
    pub(super) fn new(fields: Fields) -> Self {
        Self { fields, domains: FxHashMap::default() }
    }

    /// The document of an event that was committed with the batch of this number, read from this file.
    pub(super) fn make(&mut self, event: &StoredEvent, seq: Seq, path: &str) -> TantivyDocument {
        let f = self.fields;
        let domain = event.url.as_deref().and_then(|url| self.domain(url));
        let mut document = TantivyDocument::new();
        let (time, hash) = key(event.id);
        document.add_i64(f.time, time);
        document.add_u64(f.hash, hash);
        document.add_i64(f.seq, seq.get());
        if let Some(us) = event.duration_us {
            document.add_i64(f.duration, us);
        }
        document.add_text(f.source, whole(&event.source_type));
        document.add_text(f.kind, whole(&event.kind));
        document.add_text(f.host, event.host.as_deref().map_or(NONE, whole));
        document.add_text(f.peer, event.peer.as_deref().map_or(NONE, whole));
        document.add_text(f.user, event.user.as_deref().map_or(NONE, whole));
        document.add_text(f.domain, domain.as_deref().map_or(NONE, whole));
        for tag in &event.tags {
            document.add_text(f.tag, whole(tag));
        }
        let texts = [
            (f.title, &event.title),
            (f.text, &event.text),
            (f.url, &event.url),
            (f.who, &event.host),
            (f.who, &event.peer),
            (f.who, &event.user),
            (f.referrer, &event.referrer),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                document.add_text(field, text);
            }
        }
        if let Some(agent) = &event.agent {
            document.add_text(f.agent, whole(agent));
        }
        if !path.is_empty() {
            document.add_text(f.path, whole(path));
        }
        if let Some(text) = &event.meta {
            meta::terms(text, &mut |term| document.add_text(f.meta, whole(term)));
            any_value(text, &mut |value| {
                document.add_text(f.values, value);
                false
            });
        }
        document
    }

    fn domain(&mut self, url: &str) -> Option<Arc<str>> {
        if url.starts_with('/') {
            return None;
        }
        if let Some(known) = self.domains.get(url) {
            return known.clone();
        }
        if self.domains.len() >= REMEMBERED {
            self.domains.clear();
        }
        let domain: Option<Arc<str>> = domain_of(url).map(Arc::from);
        self.domains.insert(url.to_owned(), domain.clone());
        domain
    }
}

/// As much of a text as can be one term.
fn whole(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// The two columns of an event's id: its time, `i64::MAX` for an undated one, and the rest.
fn key(id: EventId) -> (i64, u64) {
    let id = u128::from_be_bytes(id.0);
    (((id >> 64) as u64 ^ (1 << 63)) as i64, id as u64)
}

/// The id as one number, from its two columns.
pub(super) fn joined(time: i64, hash: u64) -> u128 {
    u128::from((time as u64) ^ (1 << 63)) << 64 | u128::from(hash)
}
