//! Turns a source's row into packed, stored form: resolves its time, makes its text portable, its attributes
//! JSON, its URLs places. Identity and ordinals are given from outside, because a resumed read counts
//! records it does not build.

use super::attrs::{FieldNames, appointment, put_attr};
use super::chunk::{Chunk, Tag};
use super::places::{Place, split};
use super::scratch::Scratch;
use super::text::portable;
use super::{
    EventId, NewEvent, Number, RedactionSettings, Redactor, Resolved, TagRule, Taggable, Tagger, hash64,
    host_flags,
};
use foldhash::HashMap;
use std::sync::Arc;
use workhours_base::error::Result;
use workhours_base::vocabulary::PRESENCE;
use workhours_plugin_api::{Attr, EventRow, RowFlags, Text, Value};

/// The input's configuration, for fields that its records leave out.
#[derive(Clone, Debug, Default)]
pub struct InputFacts {
    /// The machine the traces are from.
    pub host: Option<String>,
    /// The user of the traces.
    pub user: Option<String>,
}

/// Remembers which recent URLs or names were already packed, in bounded memory: two generations, the older dropped when
/// the younger is full. Forgetting only costs a repeated insert. Keyed by the text itself: comparing a hundred bytes is
/// cheaper than a hash that never collides.
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

/// Whether a title is the line of a request for an address: then it holds no secret if the address holds none.
fn is_request_for(title: &[u8], url: &[u8]) -> bool {
    let Some(end) = title.iter().position(|b| *b == b' ') else { return false };
    let (method, rest) = (&title[..end], &title[end + 1..]);
    !url.is_empty()
        && method.iter().all(u8::is_ascii_uppercase)
        && rest.strip_prefix(url).is_some_and(|rest| {
            rest.is_empty() || rest.len() <= b" HTTP/1.1".len() && rest.starts_with(b" HTTP/")
        })
}

/// The rules for every event: secrets hidden, tags added.
#[derive(Clone, Default)]
pub struct Rules {
    /// Takes secrets out.
    pub redactor: Arc<Redactor>,
    /// Adds tags.
    pub tagger: Arc<Tagger>,
}

impl Rules {
    /// From the configuration.
    ///
    /// # Errors
    /// When a pattern is invalid; says which.
    pub fn new(redaction: &RedactionSettings, tags: &[TagRule]) -> Result<Self> {
        Ok(Self { redactor: Arc::new(Redactor::new(redaction)?), tagger: Arc::new(Tagger::new(tags)?) })
    }
}

/// Builds events of one input.
#[derive(Default)]
pub struct EventBuilder {
    facts: InputFacts,
    source_type: &'static str,
    rules: Rules,
    places: Known,
    agents: Known,
    names: FieldNames,
    scratch: [Scratch; 9],
    place_scratch: [String; 2],
    meta: String,
}

impl EventBuilder {
    /// For an input of a source type.
    pub fn new(source_type: &'static str, facts: InputFacts, rules: Rules) -> Self {
        Self { facts, source_type, rules, ..Self::default() }
    }

    /// What a rejected record shows, without its secrets.
    pub fn redacted<'t>(&self, text: &'t str, scratch: &'t mut String) -> &'t str {
        self.rules.redactor.redact(text, scratch)
    }

    /// Packs the row, and the places and names it is the first to mention.
    pub fn build(
        &mut self,
        row: &EventRow<'_>,
        (id, number): (EventId, Number),
        when: Resolved,
        end: Option<i64>,
        out: &mut Chunk,
    ) {
        self.build_of(row, (id, number), when, end, None, out);
    }

    /// The same of an event of a series.
    pub fn build_of(
        &mut self,
        row: &EventRow<'_>,
        (id, number): (EventId, Number),
        when: Resolved,
        end: Option<i64>,
        series: Option<i64>,
        out: &mut Chunk,
    ) {
        let mut flags = row.flags.0 & RowFlags::SOURCE_BITS.0 | when.flags;
        let [s_url, s_ref, s_title, s_text, s_host, s_peer, s_user, s_agent, s_tag] = &mut self.scratch;
        let redactor = &*self.rules.redactor;
        // A place is looked up by the source's text, and stored without its secrets.
        let [p_url, p_ref] = &mut self.place_scratch;
        let mut place_of = |known: &mut Known, bytes: &[u8], scratch: &mut String, out: &mut Chunk| {
            let text = portable(bytes, scratch, &mut flags)?;
            place(known, text, redactor, &mut flags, out)
        };
        let place_id = place_of(&mut self.places, row.url.0, p_url, out);
        let referrer_id = place_of(&mut self.places, row.referrer.0, p_ref, out);
        let url = s_url.clean(row.url.0, redactor, &mut flags);
        // Dictionary entries were already cleaned when they were added.
        let referrer = match referrer_id {
            Some(_) => None,
            None => s_ref.clean(row.referrer.0, redactor, &mut flags),
        };
        let agent_id = named(&mut self.agents, row.agent.0, s_agent, redactor, &mut flags, out);
        let is_clean = redactor.is_built_in()
            && is_request_for(row.title.0, row.url.0)
            && url.is_some_and(|url| url.as_bytes() == row.url.0);
        let title = match is_clean {
            true => portable(row.title.0, &mut s_title.portable, &mut flags),
            false => s_title.clean(row.title.0, redactor, &mut flags),
        };
        let text = s_text.clean(row.text.0, redactor, &mut flags);
        let host = s_host.clean(row.host.0, redactor, &mut flags).or(self.facts.host.as_deref());
        let peer = s_peer.clean(row.peer.0, redactor, &mut flags);
        let user = s_user
            .clean_field(Redactor::USER, row.user.0, redactor, &mut flags)
            .or(self.facts.user.as_deref());
        self.meta.clear();
        // Whether someone was there isn't work by itself.
        flags |= if row.kind == PRESENCE { host_flags::FREE } else { 0 };
        for (n, attr) in row.attrs.iter().enumerate() {
            if row.kind.starts_with("calendar.") {
                flags |= appointment(attr);
            }
            let named = self.names.is_secret(n, attr.key, redactor);
            put_attr(&mut self.meta, attr, named, s_tag, redactor, &mut flags);
        }
        // A referrer that isn't a place would otherwise be lost: it has no column.
        if let (Some(text), None) = (referrer, referrer_id) {
            put_attr(
                &mut self.meta,
                &Attr { key: "referrer", value: Value::Str(Text::from(text)) },
                false,
                s_tag,
                redactor,
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
            peer,
            user,
            meta: (!self.meta.is_empty()).then_some(self.meta.as_str()),
            offset: row.span.offset as i64,
            length: row.span.raw.len() as i64,
            series,
            revision: row.revision,
            number,
        };
        let given: Vec<String> = row.tags.iter().map(|t| tag_text(t, redactor)).collect();
        let mut tags: Vec<Tag<'_>> =
            given.iter().map(|name| Tag { name: name.as_str(), by_rule: false }).collect();
        if !self.rules.tagger.is_empty() {
            let seen = Taggable {
                url: url.unwrap_or_default(),
                title: title.unwrap_or_default(),
                text: text.unwrap_or_default(),
                source: self.source_type,
            };
            for name in self.rules.tagger.tags(&seen) {
                if !given.iter().any(|g| g == name) {
                    tags.push(Tag { name, by_rule: true });
                }
            }
        }
        out.push_event(&event, tags.into_iter());
    }
}

/// A tag as it is stored.
fn tag_text(tag: &Text<'_>, redactor: &Redactor) -> String {
    let text = tag.to_string_lossy().replace('\0', "\u{2400}");
    redactor.redact(&text, &mut String::new()).to_owned()
}

fn place(known: &mut Known, url: &str, redactor: &Redactor, flags: &mut u32, out: &mut Chunk) -> Option<i64> {
    if !url.as_bytes()[0].is_ascii_alphabetic() {
        return None;
    }
    if let Some(id) = known.get(url) {
        return Some(id);
    }
    let written: Place = split(url)?;
    let id = written.id;
    let place = written.redacted(redactor);
    out.push_place(&place);
    if place.id == id {
        known.put(url, id);
    } else {
        // Not remembered: the next event must carry the flag too.
        *flags |= host_flags::REDACTED;
    }
    Some(place.id)
}

fn named(
    known: &mut Known,
    name: &[u8],
    scratch: &mut Scratch,
    redactor: &Redactor,
    flags: &mut u32,
    out: &mut Chunk,
) -> Option<i64> {
    let written = portable(name, &mut scratch.portable, flags)?;
    if let Some(id) = known.get(written) {
        return Some(id);
    }
    let clean = redactor.redact(written, &mut scratch.redacted);
    if !std::ptr::eq(clean, written) {
        // Not remembered: the next event must carry the flag too.
        *flags |= host_flags::REDACTED;
        let id = hash64(clean.as_bytes());
        out.push_agent(id, clean);
        return Some(id);
    }
    let id = hash64(written.as_bytes());
    out.push_agent(id, written);
    known.put(written, id);
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::super::chunk::Item;
    use super::*;

    #[test]
    fn places_are_packed_once_and_attributes_become_json() {
        let mut builder =
            EventBuilder::new("x", InputFacts { host: Some("laptop".into()), user: None }, Rules::default());
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
        builder.build(&row, Default::default(), Resolved::default(), None, &mut out);
        builder.build(&row, Default::default(), Resolved::default(), None, &mut out);
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
