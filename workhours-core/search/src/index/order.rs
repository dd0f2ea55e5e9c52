//! In which order events are found, and the positions at which pages end. A position has all that the order looks at, so
//! the next page begins behind it whatever was added or deleted meanwhile.

use super::meta;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_event::{EventId, StoredEvent};
use workhours_query::{Field, FieldKind, domain_of};

/// Bytes of a text that are compared, of titles, addresses and values of `meta`. A position has them all.
const COMPARED: usize = 256;

/// The fields events can be sorted by, in addition to the date and keys of `meta`.
const SORTED: [Field; 13] = [
    Field::Source,
    Field::Kind,
    Field::Host,
    Field::Peer,
    Field::User,
    Field::Domain,
    Field::Tag,
    Field::Title,
    Field::Text,
    Field::Url,
    Field::Referrer,
    Field::Agent,
    Field::Duration,
];

/// In which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The latest first, undated ones last.
    #[default]
    Newest,
    /// The earliest first, undated ones last.
    Oldest,
    /// The best matches first.
    Relevance,
    /// By a field.
    By(SortBy),
}

impl FromStr for Order {
    type Err = Error;

    /// `newest`, `oldest`, `relevance`, or a field; with a minus before it, the greatest first.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "newest" | "-date" => return Ok(Self::Newest),
            "oldest" | "date" => return Ok(Self::Oldest),
            "relevance" => return Ok(Self::Relevance),
            _ => {}
        }
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let Some(field) = Field::named(name) else {
            let error = Error::usage(format!("events cannot be sorted by {name:?}"));
            let known = SORTED.iter().map(Field::name).chain(["date".into(), "relevance".into()]);
            let known: Vec<String> = known.collect();
            return Err(match names::nearest(name, known.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None => error.hint(can_be_sorted_by()),
            });
        };
        match field {
            Field::Date if descending => Ok(Self::Newest),
            Field::Date => Ok(Self::Oldest),
            field => Ok(Self::By(SortBy::new(field, descending)?)),
        }
    }
}

fn can_be_sorted_by() -> String {
    let names: Vec<String> = SORTED.iter().map(Field::name).collect();
    format!("they can by date, relevance, {} or a key such as status or meta.KEY", names.join(", "))
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest => f.write_str("-date"),
            Self::Oldest => f.write_str("date"),
            Self::Relevance => f.write_str("relevance"),
            Self::By(by) => write!(f, "{}{}", if by.descending { "-" } else { "" }, by.field.name()),
        }
    }
}

/// A field whose values say the order. Events without one come last in either direction; those with equal values are in
/// order of time, then of their ids. Of several values of an event the first in the order counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortBy {
    field: Field,
    descending: bool,
}

impl std::hash::Hash for SortBy {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.field.name(), self.descending).hash(state);
    }
}

impl SortBy {
    /// # Errors
    /// A usage error for a field that isn't stored with an event.
    pub fn new(field: Field, descending: bool) -> Result<Self> {
        if SORTED.contains(&field) || matches!(field, Field::Meta(_)) {
            return Ok(Self { field, descending });
        }
        Err(Error::usage(format!("events cannot be sorted by {}", field.name())).hint(can_be_sorted_by()))
    }

    /// The field.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// Whether the greatest come first.
    pub fn descending(&self) -> bool {
        self.descending
    }

    /// The value of an event as a text that sorts as the values do: numbers before texts.
    pub fn value_of(&self, event: &StoredEvent) -> Option<String> {
        let text = |text: Option<&str>| text.map(|text| self.compared(text).to_owned());
        match &self.field {
            Field::Source => text(Some(&event.source_type)),
            Field::Kind => text(Some(&event.kind)),
            Field::Host => text(event.host.as_deref()),
            Field::Peer => text(event.peer.as_deref()),
            Field::User => text(event.user.as_deref()),
            Field::Domain => event.url.as_deref().and_then(domain_of),
            Field::Title => text(event.title.as_deref()),
            Field::Text => text(event.text.as_deref()),
            Field::Url => text(event.url.as_deref()),
            Field::Referrer => text(event.referrer.as_deref()),
            Field::Agent => text(event.agent.as_deref()),
            Field::Duration => event.duration_us.map(sortable),
            Field::Tag => self.first(event.tags.iter().cloned()),
            Field::Meta(key) => {
                let mut values = Vec::new();
                meta::terms(event.meta.as_deref()?, &mut |term| {
                    values.extend(meta::sorted(key, term).map(|value| self.compared(value).to_owned()));
                });
                self.first(values.into_iter())
            }
            _ => None,
        }
    }

    /// The part of a value that is compared. Names are compared as a whole.
    pub(super) fn compared<'t>(&self, value: &'t str) -> &'t str {
        let whole = self.field.kind() == FieldKind::Name && !matches!(self.field, Field::Meta(_));
        match whole || value.len() <= COMPARED {
            true => value,
            false => &value[..(0..=COMPARED).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0)],
        }
    }

    fn first(&self, values: impl Iterator<Item = String>) -> Option<String> {
        if self.descending { values.max() } else { values.min() }
    }

    /// The place of an event in this order.
    pub(crate) fn place(&self, value: Option<String>, id: EventId) -> Place {
        Place { value, id, descending: self.descending }
    }

    /// The place behind which a page begins.
    ///
    /// # Errors
    /// A usage error for a position of another order.
    pub(crate) fn after(&self, ask: &PageAsk) -> Result<Option<Place>> {
        match &ask.after {
            None => Ok(None),
            Some(After { id, rank: Rank::Value(value) }) => Ok(Some(self.place(value.clone(), *id))),
            Some(_) => Err(other_order()),
        }
    }
}

/// A number of 64 bits as a text that sorts as the numbers do.
pub(super) fn sortable(n: i64) -> String {
    format!("{:016x}", (n as u64) ^ (1 << 63))
}

/// The number of such a text.
#[cfg(feature = "elasticsearch")]
pub(super) fn from_sortable(text: &str) -> Option<i64> {
    u64::from_str_radix(text, 16).ok().map(|n| (n ^ (1 << 63)) as i64)
}

/// The error of a position that another order gave.
pub(super) fn other_order() -> Error {
    Error::usage("this page position belongs to another sort order")
}

/// The place of an event in the order of a field: the least is first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) value: Option<String>,
    pub(super) id: EventId,
    descending: bool,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let values = match (&self.value, &other.value) {
            (Some(a), Some(b)) if self.descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        };
        values.then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<Place> for Hit {
    fn from(place: Place) -> Self {
        Self { id: place.id, rank: Rank::Value(place.value) }
    }
}

/// The first places of an order behind one, of very many that are offered.
pub(crate) struct First {
    places: std::collections::BinaryHeap<Place>,
    after: Option<Place>,
    most: usize,
}

impl First {
    pub(crate) fn new(most: usize, after: Option<Place>) -> Self {
        Self { places: std::collections::BinaryHeap::new(), after, most }
    }

    pub(crate) fn offer(&mut self, place: Place) {
        if self.after.as_ref().is_some_and(|after| place <= *after) {
            return;
        }
        if self.places.len() < self.most {
            self.places.push(place);
        } else if let Some(mut last) = self.places.peek_mut()
            && place < *last
        {
            *last = place;
        }
    }

    /// In order.
    pub(crate) fn into_hits(self) -> Vec<Hit> {
        self.places.into_sorted_vec().into_iter().map(Hit::from).collect()
    }
}

/// What an order looks at, in addition to the id.
#[derive(Clone, Debug, PartialEq)]
pub enum Rank {
    /// The time, which is in the id.
    Time,
    /// How well the event fits.
    Score(f32),
    /// The value of the field, as [`SortBy::value_of`] writes it.
    Value(Option<String>),
}

/// Where a page ended: the next one begins after it, whatever was added meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct After {
    /// The last event of the page before.
    pub id: EventId,
    /// Its rank in the order.
    pub rank: Rank,
}

impl After {
    /// How well the event fits, in order of relevance.
    pub(super) fn score(&self) -> Option<f32> {
        if let Rank::Score(score) = self.rank { Some(score) } else { None }
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id.to_hex())?;
        match &self.rank {
            Rank::Time => Ok(()),
            Rank::Score(score) => write!(f, "-{:08x}", score.to_bits()),
            Rank::Value(None) => f.write_str(".none"),
            Rank::Value(Some(value)) => {
                f.write_str(".")?;
                // Texts of strangers are in addresses and on terminals.
                value.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl FromStr for After {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::usage(format!("{text:?} is not a page position"))
                .hint("use the value the previous page gave, unchanged")
        };
        let end = text.find(['-', '.']).unwrap_or(text.len());
        let id = EventId::from_hex(&text[..end]).ok_or_else(wrong)?;
        let rank = match (text.as_bytes().get(end), text.get(end + 1..).unwrap_or_default()) {
            (None, _) => Rank::Time,
            (Some(b'.'), "none") => Rank::Value(None),
            (Some(b'.'), value) => Rank::Value(Some(from_hex(value).ok_or_else(wrong)?)),
            (_, score) => {
                Rank::Score(u32::from_str_radix(score, 16).map(f32::from_bits).map_err(|_| wrong())?)
            }
        };
        Ok(Self { id, rank })
    }
}

fn from_hex(text: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> =
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect();
    String::from_utf8(bytes?).ok()
}

/// A page to return.
#[derive(Clone, Debug)]
pub struct PageAsk {
    /// In which order.
    pub order: Order,
    /// After which event; `None` for the first page.
    pub after: Option<After>,
    /// How many events.
    pub size: usize,
}

/// An event that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Its id.
    pub id: EventId,
    /// Its rank in the order.
    pub rank: Rank,
}

impl Hit {
    /// How well it fits, in order of relevance.
    pub fn score(&self) -> Option<f32> {
        if let Rank::Score(score) = self.rank { Some(score) } else { None }
    }

    /// The position behind it.
    pub(crate) fn position(&self) -> After {
        After { id: self.id, rank: self.rank.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_back() {
        for text in ["-date", "date", "relevance", "host", "-duration", "meta.cwd", "-status"] {
            assert_eq!(text.parse::<Order>().unwrap().to_string(), text);
        }
        assert_eq!("newest".parse::<Order>().unwrap(), Order::Newest);
        assert_eq!("-time".parse::<Order>().unwrap(), Order::Newest);
        for bad in ["", "-", "hots", "person", "project", "-path", "--host"] {
            let error = bad.parse::<Order>().unwrap_err();
            assert!(error.hint_text().is_some(), "{bad}");
        }
    }

    #[test]
    fn positions_are_read_back() {
        let id = EventId::first_at(7);
        let values = [None, Some(String::new()), Some("none".into()), Some("ä\u{1b}.-".into())];
        let ranks = values.map(Rank::Value).into_iter().chain([Rank::Time, Rank::Score(1.5)]);
        for rank in ranks {
            let after = After { id, rank };
            assert_eq!(after.to_string().parse::<After>().unwrap(), after);
        }
        let id = id.to_hex();
        for bad in
            ["", ".", "x", &format!("{id}.0"), &format!("{id}.ff"), &format!("{id}-"), &format!("{id}.é")]
        {
            assert!(bad.parse::<After>().is_err(), "{bad}");
        }
    }

    #[test]
    fn values_sort_as_what_they_are() {
        let by = |name: &str, descending| SortBy::new(Field::named(name).unwrap(), descending).unwrap();
        let event = |meta: &str, us: i64| StoredEvent {
            meta: Some(meta.into()),
            duration_us: Some(us),
            ..StoredEvent::default()
        };
        let metas = [r#"{"k":-2}"#, r#"{"k":9}"#, r#"{"k":10}"#, r#"{"k":"1"}"#, r#"{"k":"b"}"#];
        let values = metas.map(|meta| by("meta.k", false).value_of(&event(meta, 0)));
        assert!(values.is_sorted() && values[0].is_some(), "{values:?}");
        assert_eq!(by("meta.k", false).value_of(&event(r#"{"k":{"a":1}}"#, 0)), None);
        let several = event(r#"{"k":["x",3,null,"y"]}"#, 0);
        assert!(by("meta.k", false).value_of(&several).unwrap().starts_with('n'));
        assert_eq!(by("meta.k", true).value_of(&several).as_deref(), Some("sy"));
        let times = [i64::MIN, -1, 0, 1, i64::MAX];
        assert!(times.map(|us| by("duration", false).value_of(&event("{}", us))).is_sorted());
        let long = StoredEvent { title: Some("ä".repeat(1000).into()), ..StoredEvent::default() };
        assert_eq!(by("title", false).value_of(&long).unwrap().len(), COMPARED);
    }
}
