//! Turns a source's row into packed, stored form: resolves its time, makes its text portable, its attributes
//! JSON, its URLs places. Identity and ordinals are given from outside, because a resumed read counts
//! records it does not build.

use super::chunk::Chunk;
use super::places::{Place, split};
use super::text::portable;
use super::{EventId, NewEvent, Resolved, hash64};
use foldhash::HashMap;
use std::fmt::Write as _;
use workhours_plugin_api::{Attr, EventRow, RowFlags, Text, Value};

/// What is configured for the input and fills what its records leave out.
#[derive(Clone, Debug, Default)]
pub struct InputFacts {
    /// The machine the traces are from.
    pub host: Option<String>,
    /// The user the traces are of.
    pub user: Option<String>,
}

/// Remembers which of the URLs or names seen lately were packed already, in bounded memory: two
/// generations, the older dropped when the younger is full. Forgetting costs a repeated insert, no more.
/// Keyed by the text itself: comparing a hundred bytes is cheaper than a hash that never collides.
#[derive(Default)]
struct Known {
    young: HashMap<Box<str>, i64>,
    old: HashMap<Box<str>, i64>,
    bytes: usize,
}

const KNOWN_BYTES: usize = 2 << 20;

impl Known {
    fn get(&mut self, key: &str) -> Option<i64> {
        if let Some(id) = self.young.get(key) {
            return Some(*id);
        }
        let id = *self.old.get(key)?;
        self.put(key, id);
        Some(id)
    }

    fn put(&mut self, key: &str, id: i64) {
        if self.bytes >= KNOWN_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += key.len() + 48; // the map's own share, roughly
        self.young.insert(key.into(), id);
    }
}

/// Builds events of one input.
#[derive(Default)]
pub struct EventBuilder {
    facts: InputFacts,
    places: Known,
    agents: Known,
    scratch: [String; 8],
    meta: String,
}

impl EventBuilder {
    /// For an input.
    pub fn new(facts: InputFacts) -> Self {
        Self { facts, ..Self::default() }
    }

    /// Packs the row, and the places and names it is the first to mention.
    pub fn build(
        &mut self,
        row: &EventRow<'_>,
        id: EventId,
        when: Resolved,
        end: Option<i64>,
        out: &mut Chunk,
    ) {
        let mut flags = row.flags.0 & RowFlags::SOURCE_BITS.0 | when.flags;
        let [s_url, s_ref, s_title, s_text, s_host, s_user, s_agent, s_tag] = &mut self.scratch;
        let url = portable(row.url.0, s_url, &mut flags);
        let referrer = portable(row.referrer.0, s_ref, &mut flags);
        let agent = portable(row.agent.0, s_agent, &mut flags);
        let place_id = url.and_then(|u| place(&mut self.places, u, out));
        let referrer_id = referrer.and_then(|u| place(&mut self.places, u, out));
        let agent_id = agent.map(|a| named(&mut self.agents, a, out));
        let title = portable(row.title.0, s_title, &mut flags);
        let text = portable(row.text.0, s_text, &mut flags);
        let host = portable(row.host.0, s_host, &mut flags).or(self.facts.host.as_deref());
        let user = portable(row.user.0, s_user, &mut flags).or(self.facts.user.as_deref());
        self.meta.clear();
        for attr in row.attrs {
            put_attr(&mut self.meta, attr, s_tag, &mut flags);
        }
        // A referrer that is no place would otherwise be lost: it has no column of its own.
        if let (Some(text), None) = (referrer, referrer_id) {
            put_attr(
                &mut self.meta,
                &Attr { key: "referrer", value: Value::Str(Text::from(text)) },
                s_tag,
                &mut flags,
            );
        }
        if !self.meta.is_empty() {
            self.meta.push('}');
        }
        let event = NewEvent {
            id,
            date: when.date,
            offset_min: when.offset_min,
            precision: row.time.map_or(0, |t| t.precision as i16),
            flags: flags as i32,
            duration_us: end.zip(when.date).map(|(end, start)| end - start).filter(|us| *us >= 0),
            kind: row.kind,
            place_id,
            referrer_id,
            agent_id,
            url: if place_id.is_some() { None } else { url },
            title,
            text,
            host,
            user,
            meta: (!self.meta.is_empty()).then_some(self.meta.as_str()),
            offset: row.span.offset as i64,
            length: row.span.raw.len() as i64,
        };
        let tags: Vec<String> =
            row.tags.iter().map(|t| t.to_string_lossy().replace('\0', "\u{2400}")).collect();
        out.push_event(&event, tags.iter().map(String::as_str));
    }
}

fn place(known: &mut Known, url: &str, out: &mut Chunk) -> Option<i64> {
    if !url.as_bytes()[0].is_ascii_alphabetic() {
        return None;
    }
    if let Some(id) = known.get(url) {
        return Some(id);
    }
    let place: Place = split(url)?;
    out.push_place(&place);
    known.put(url, place.id);
    Some(place.id)
}

fn named(known: &mut Known, name: &str, out: &mut Chunk) -> i64 {
    if let Some(id) = known.get(name) {
        return id;
    }
    let id = hash64(name.as_bytes());
    out.push_agent(id, name);
    known.put(name, id);
    id
}

fn put_attr(meta: &mut String, attr: &Attr<'_>, scratch: &mut String, flags: &mut u32) {
    let value = match attr.value {
        Value::Str(text) => match portable(text.0, scratch, flags) {
            Some(text) => Some(text),
            None => return,
        },
        _ => None,
    };
    meta.push(if meta.is_empty() { '{' } else { ',' });
    put_json_text(meta, attr.key);
    meta.push(':');
    // Writing to a String cannot fail.
    let _ = match attr.value {
        Value::Str(_) => {
            put_json_text(meta, value.unwrap_or_default());
            Ok(())
        }
        Value::Int(n) => write!(meta, "{n}"),
        Value::Float(x) if x.is_finite() => write!(meta, "{x}"),
        Value::Float(_) => write!(meta, "null"),
        Value::Bool(yes) => write!(meta, "{yes}"),
    };
}

fn put_json_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(i) = rest.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\') {
        out.push_str(&rest[..i]);
        let byte = rest.as_bytes()[i];
        let _ = match byte {
            b'"' | b'\\' => write!(out, "\\{}", byte as char),
            b'\n' => write!(out, "\\n"),
            b'\t' => write!(out, "\\t"),
            _ => write!(out, "\\u{byte:04x}"),
        };
        rest = &rest[i + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::chunk::Item;
    use super::*;

    #[test]
    fn places_are_packed_once_and_attributes_become_json() {
        let mut builder = EventBuilder::new(InputFacts { host: Some("laptop".into()), user: None });
        let mut out = Chunk::default();
        let attrs = [
            Attr { key: "status", value: Value::Int(200) },
            Attr { key: "quote", value: Value::Str(Text(b"a\"b\\\n\x01")) },
            Attr { key: "none", value: Value::Str(Text::NONE) },
        ];
        let row = EventRow {
            kind: "x.y",
            url: "https://a.example/p".into(),
            referrer: "/relative".into(),
            agent: "curl".into(),
            attrs: &attrs,
            ..EventRow::default()
        };
        builder.build(&row, EventId::default(), Resolved::default(), None, &mut out);
        builder.build(&row, EventId::default(), Resolved::default(), None, &mut out);
        let items: Vec<_> = out.items().map(Result::unwrap).collect();
        assert!(matches!(items[0], Item::Place(_)) && matches!(items[1], Item::Agent(..)));
        assert_eq!(items.len(), 4, "place and agent once, the event twice");
        let Item::Event(e, _) = &items[3] else { panic!("{:?}", items[3]) };
        let meta: serde_json::Value = serde_json::from_str(e.meta.unwrap()).unwrap();
        assert_eq!(meta["quote"], "a\"b\\\n\u{1}");
        assert_eq!(meta["referrer"], "/relative");
        assert_eq!((e.url, e.host), (None, Some("laptop")));
        assert!(meta.get("none").is_none());
    }
}
