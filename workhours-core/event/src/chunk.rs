//! Records on their way from the parser to the loader, packed into bytes: over a channel or through a spool
//! file. One allocation for thousands of events instead of ten for each.
//!
//! Little-endian, private to one run of one binary: not a file format, and never read back by another
//! version.

use super::{EventId, NewEvent, Number, Place};
use workhours_base::error::{Error, Result};

/// A reject ready to be stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewReject<'a> {
    /// Its position in its logical file.
    pub offset: u64,
    /// How many bytes it takes there.
    pub length: u64,
    /// Its line, from 1; 0 when unknown.
    pub line: u64,
    /// Class of the reason.
    pub code: &'a str,
    /// The reason in words.
    pub reason: &'a str,
    /// Its beginning, printable.
    pub excerpt: &'a str,
    /// Whether it may still grow.
    pub provisional: bool,
}

/// A tag on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag<'a> {
    /// Its text.
    pub name: &'a str,
    /// Whether a rule of the user set it, not the source.
    pub by_rule: bool,
}

/// One unpacked item.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// An event and its tags.
    Event(NewEvent<'a>, Vec<Tag<'a>>),
    /// A reject.
    Reject(NewReject<'a>),
    /// A place not packed before in this run, as far as remembered.
    Place(Place),
    /// A program name with its id.
    Agent(i64, &'a str),
}

/// Packed items.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    bytes: Vec<u8>,
    /// How many events are inside.
    pub events: u64,
    /// How many rejects are inside.
    pub rejects: u64,
}

const EVENT: u8 = 1;
const REJECT: u8 = 2;
const PLACE: u8 = 3;
const AGENT: u8 = 4;

impl Chunk {
    /// An empty chunk with room for this many bytes: growing step by step would copy everything several times.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Size in memory.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing is inside.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The packed bytes, for a spool.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// From bytes of a spool with this many events and rejects.
    pub fn from_bytes(bytes: Vec<u8>, events: u64, rejects: u64) -> Self {
        Self { bytes, events, rejects }
    }

    /// Packs an event.
    pub fn push_event<'t>(&mut self, e: &NewEvent<'_>, tags: impl ExactSizeIterator<Item = Tag<'t>>) {
        let b = &mut self.bytes;
        b.push(EVENT);
        b.extend_from_slice(&e.id.0);
        b.extend_from_slice(&e.precision.to_le_bytes());
        b.extend_from_slice(&e.flags.to_le_bytes());
        b.extend_from_slice(&e.offset.to_le_bytes());
        b.extend_from_slice(&e.length.to_le_bytes());
        put_int(b, e.date);
        put_int(b, e.offset_min.map(i64::from));
        put_int(b, e.duration_us);
        put_int(b, e.place_id);
        put_int(b, e.referrer_id);
        put_int(b, e.agent_id);
        put_int(b, e.series);
        if e.series.is_some() {
            b.extend_from_slice(&e.revision.to_le_bytes());
        }
        put_int(b, (e.number.ordinal > 0).then_some(e.number.base.cast_signed()));
        if e.number.ordinal > 0 {
            b.extend_from_slice(&e.number.ordinal.to_le_bytes());
        }
        put_text(b, Some(e.kind));
        for text in [e.url, e.title, e.text, e.host, e.peer, e.user, e.meta] {
            put_text(b, text);
        }
        b.extend_from_slice(&(tags.len() as u32).to_le_bytes());
        for tag in tags {
            b.push(tag.by_rule.into());
            put_text(b, Some(tag.name));
        }
        self.events += 1;
    }

    /// Packs a reject.
    pub fn push_reject(&mut self, r: &NewReject<'_>) {
        let b = &mut self.bytes;
        b.push(REJECT);
        for n in [r.offset, r.length, r.line] {
            b.extend_from_slice(&n.to_le_bytes());
        }
        for text in [r.code, r.reason, r.excerpt] {
            put_text(b, Some(text));
        }
        b.push(r.provisional as u8);
        self.rejects += 1;
    }

    /// Packs a place.
    pub fn push_place(&mut self, p: &Place) {
        let b = &mut self.bytes;
        b.push(PLACE);
        b.extend_from_slice(&p.id.to_le_bytes());
        put_int(b, p.port.map(i64::from));
        put_text(b, Some(&p.url));
        put_text(b, Some(&p.scheme));
        put_text(b, p.host.as_deref());
        put_text(b, Some(&p.path));
        put_text(b, p.query.as_deref());
        put_text(b, p.fragment.as_deref());
    }

    /// Packs a program name.
    pub fn push_agent(&mut self, id: i64, agent: &str) {
        self.bytes.push(AGENT);
        self.bytes.extend_from_slice(&id.to_le_bytes());
        put_text(&mut self.bytes, Some(agent));
    }

    /// Appends all of another chunk.
    pub fn append(&mut self, other: &Chunk) {
        self.bytes.extend_from_slice(&other.bytes);
        self.events += other.events;
        self.rejects += other.rejects;
    }

    /// Unpacks in the order of packing.
    pub fn items(&self) -> Items<'_> {
        Items { rest: &self.bytes }
    }
}

/// Iterator over the items of a [`Chunk`].
pub struct Items<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let item = self.item();
        if item.is_none() {
            self.rest = &[]; // nothing after a torn item means anything
        }
        Some(item.ok_or_else(|| Error::failed("a spool of parsed events is damaged")))
    }
}

impl<'a> Items<'a> {
    fn item(&mut self) -> Option<Item<'a>> {
        match self.array::<1>()?[0] {
            EVENT => {
                let mut e = NewEvent {
                    id: EventId(self.array()?),
                    precision: i16::from_le_bytes(self.array()?),
                    flags: i32::from_le_bytes(self.array()?),
                    offset: i64::from_le_bytes(self.array()?),
                    length: i64::from_le_bytes(self.array()?),
                    date: self.int()?,
                    offset_min: self.int()?.map(|n| n as i16),
                    duration_us: self.int()?,
                    place_id: self.int()?,
                    referrer_id: self.int()?,
                    agent_id: self.int()?,
                    series: self.int()?,
                    ..NewEvent::default()
                };
                if e.series.is_some() {
                    e.revision = i64::from_le_bytes(self.array()?);
                }
                e.number = match self.int()? {
                    Some(base) => {
                        let ordinal = u32::from_le_bytes(self.array()?);
                        Number { base: base.cast_unsigned(), ordinal }
                    }
                    None => Number::first_of(e.id),
                };
                e.kind = self.text()??;
                for field in [
                    &mut e.url,
                    &mut e.title,
                    &mut e.text,
                    &mut e.host,
                    &mut e.peer,
                    &mut e.user,
                    &mut e.meta,
                ] {
                    *field = self.text()?;
                }
                let n = u32::from_le_bytes(self.array()?);
                let mut tags = Vec::new();
                for _ in 0..n {
                    let by_rule = self.array::<1>()?[0] != 0;
                    tags.push(Tag { name: self.text()??, by_rule });
                }
                Some(Item::Event(e, tags))
            }
            REJECT => Some(Item::Reject(NewReject {
                offset: u64::from_le_bytes(self.array()?),
                length: u64::from_le_bytes(self.array()?),
                line: u64::from_le_bytes(self.array()?),
                code: self.text()??,
                reason: self.text()??,
                excerpt: self.text()??,
                provisional: self.array::<1>()?[0] != 0,
            })),
            PLACE => Some(Item::Place(Place {
                id: i64::from_le_bytes(self.array()?),
                port: self.int()?.map(|n| n as i32),
                url: self.text()??.to_owned(),
                scheme: self.text()??.to_owned(),
                host: self.text()?.map(str::to_owned),
                path: self.text()??.to_owned(),
                query: self.text()?.map(str::to_owned),
                fragment: self.text()?.map(str::to_owned),
            })),
            AGENT => Some(Item::Agent(i64::from_le_bytes(self.array()?), self.text()??)),
            _ => None,
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*head)
    }

    fn int(&mut self) -> Option<Option<i64>> {
        match self.array::<1>()?[0] {
            0 => Some(None),
            _ => Some(Some(i64::from_le_bytes(self.array()?))),
        }
    }

    /// Outer `None`: torn. Inner `None`: absent.
    fn text(&mut self) -> Option<Option<&'a str>> {
        let n = u32::from_le_bytes(self.array()?);
        if n == u32::MAX {
            return Some(None);
        }
        let (text, rest) = self.rest.split_at_checked(n as usize)?;
        self.rest = rest;
        std::str::from_utf8(text).ok().map(Some)
    }
}

fn put_int(b: &mut Vec<u8>, n: Option<i64>) {
    match n {
        None => b.push(0),
        Some(n) => {
            b.push(1);
            b.extend_from_slice(&n.to_le_bytes());
        }
    }
}

fn put_text(b: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => b.extend_from_slice(&u32::MAX.to_le_bytes()),
        Some(text) => {
            b.extend_from_slice(&(text.len() as u32).to_le_bytes());
            b.extend_from_slice(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let event = NewEvent {
            id: EventId([7; 16]),
            date: Some(-5),
            offset_min: Some(-420),
            series: Some(-3),
            revision: 2,
            number: Number { base: 1 << 63, ordinal: 4 },
            kind: "a.b",
            title: Some("é"),
            meta: Some("{}"),
            offset: 1 << 40,
            length: 9,
            ..NewEvent::default()
        };
        let place = super::super::split_url("http://h:81/p?q#f").unwrap();
        let reject =
            NewReject { offset: 3, length: 4, line: 5, code: "c", reason: "r", ..Default::default() };
        let mut chunk = Chunk::default();
        chunk.push_place(&place);
        let tags = [Tag { name: "x", by_rule: false }, Tag { name: "y", by_rule: true }];
        chunk.push_event(&event, tags.into_iter());
        chunk.push_reject(&reject);
        chunk.push_agent(-1, "ua");
        let got: Vec<_> = chunk.items().map(Result::unwrap).collect();
        let want = vec![
            Item::Place(place),
            Item::Event(event, tags.to_vec()),
            Item::Reject(reject),
            Item::Agent(-1, "ua"),
        ];
        assert_eq!(got, want);
        for cut in 1..chunk.len() {
            let torn = Chunk::from_bytes(chunk.as_bytes()[..cut].to_vec(), 0, 0);
            let _ = torn.items().count(); // must end, and never panic
        }
    }
}
