//! From an event to its document in the search server, and the mapping of its fields.
//!
//! | field | for | type |
//! |---|---|---|
//! | `@timestamp`, `title`, `text`, `url`, … | people who look at the documents with other tools | not searched, but `@timestamp` |
//! | `time` `seq` `duration` | ranges; `time` is absent in undated events | long |
//! | `id` | identity, and order among equal times | keyword |
//! | `source` `kind` `host` `peer` `user` `domain` `tag` | the names | keyword |
//! | `meta` | `key NUL tag value`, as in the embedded index | keyword |
//! | `words.*` | the words of texts, cut and folded by us, so that every engine knows the same words | text |

use crate::index::meta;
use chrono::{DateTime, Datelike, SecondsFormat};
use serde_json::{Map, Value, json};
use workhours_event::StoredEvent;
use workhours_query::words::words;
use workhours_query::{any_value, domain_of};
use workhours_store::Seq;

/// The version of the mapping. An index with another version is rebuilt.
pub(super) const VERSION: u32 = 2;

/// The longest term of Lucene, in bytes.
const LONGEST: usize = 32_000;

/// The body that creates an index.
pub(super) fn index(shards: u32, replicas: u32) -> Value {
    let keyword = json!({ "type": "keyword" });
    let long = json!({ "type": "long" });
    let shown = json!({ "type": "keyword", "index": false, "doc_values": false });
    let words = json!({ "type": "text", "analyzer": "whitespace", "norms": false });
    let scored = json!({ "type": "text", "analyzer": "whitespace" });
    json!({
        "settings": {
            "number_of_shards": shards,
            "number_of_replicas": replicas,
            // A commit refreshes when a round is over.
            "refresh_interval": "-1",
            "index.merge.policy.expunge_deletes_allowed": 0.0,
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": { "workhours": VERSION },
            "_source": { "excludes": ["words", "meta", "time"] },
            "properties": {
                "@timestamp": { "type": "date", "format": "strict_date_optional_time" },
                "title": shown, "text": shown, "url": shown, "referrer": shown, "agent": shown, "path": shown,
                "attributes": { "type": "object", "enabled": false },
                "time": long, "seq": long, "duration": long,
                "id": keyword, "source": keyword, "kind": keyword, "host": keyword, "peer": keyword,
                "user": keyword, "domain": keyword, "tag": keyword, "meta": keyword,
                "words": { "properties": {
                    "title": scored, "text": scored, "url": scored,
                    "who": words, "values": words, "referrer": words, "agent": words, "path": words,
                } },
            },
        },
    })
}

/// The document of an event that was committed with the batch of this number, read from this file.
pub(super) fn document(event: &StoredEvent, seq: Seq, path: &str) -> Value {
    let mut fields = Map::new();
    let mut cut = Map::new();
    let mut put = |key: &str, value: Value| drop(fields.insert(key.to_owned(), value));
    put("id", event.id.to_hex().into());
    put("seq", seq.get().into());
    if let Some(us) = event.date {
        put("time", us.into());
        // Years of four digits; others are found by `time`.
        if let Some(at) = DateTime::from_timestamp_micros(us).filter(|at| (0..10_000).contains(&at.year())) {
            put("@timestamp", at.to_rfc3339_opts(SecondsFormat::Micros, true).into());
        }
    }
    if let Some(us) = event.duration_us {
        put("duration", us.into());
    }
    let domain = event.url.as_deref().filter(|url| !url.starts_with('/')).and_then(domain_of);
    let names = [
        ("source", Some(&*event.source_type)),
        ("kind", Some(&*event.kind)),
        ("host", event.host.as_deref()),
        ("peer", event.peer.as_deref()),
        ("user", event.user.as_deref()),
        ("domain", domain.as_deref()),
    ];
    for (key, name) in names {
        if let Some(name) = name {
            put(key, whole(name).into());
        }
    }
    if !event.tags.is_empty() {
        put("tag", event.tags.iter().map(|tag| Value::from(whole(tag))).collect::<Vec<_>>().into());
    }
    let path = Some(path).filter(|path| !path.is_empty());
    let texts = [
        ("title", event.title.as_deref()),
        ("text", event.text.as_deref()),
        ("url", event.url.as_deref()),
        ("referrer", event.referrer.as_deref()),
        ("agent", event.agent.as_deref()),
        ("path", path),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            put(key, text.into());
            cut.insert(key.to_owned(), joined(text).into());
        }
    }
    let who = [&event.host, &event.peer, &event.user].into_iter().flatten();
    let who: Vec<Value> = who.map(|name| joined(name).into()).collect();
    if !who.is_empty() {
        cut.insert("who".to_owned(), who.into());
    }
    if let Some(text) = &event.meta {
        if let Ok(attributes) = serde_json::from_str(text) {
            put("attributes", attributes);
        }
        let mut terms = Vec::new();
        meta::terms(text, &mut |term| terms.push(Value::from(whole(term))));
        put("meta", terms.into());
        let mut values = Vec::new();
        any_value(text, &mut |value| {
            values.push(Value::from(joined(value)));
            false
        });
        cut.insert("values".to_owned(), values.into());
    }
    fields.insert("words".to_owned(), cut.into());
    Value::Object(fields)
}

/// The words of a text, with blanks between.
pub(super) fn joined(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for word in words(text) {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&word);
    }
    all
}

/// As much of a text as can be one term.
pub(super) fn whole(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}
