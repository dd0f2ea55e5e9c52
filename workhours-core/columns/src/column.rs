//! The columns there are, and the numbers they have in files.

use std::sync::Arc;
use workhours_event::StoredEvent;

/// A column of the events.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the columns of the tables
pub enum Column {
    Kind,
    Source,
    Host,
    Peer,
    User,
    Url,
    Referrer,
    Agent,
    Title,
    Text,
    /// The tags; an event may have several.
    Tag,
    /// The values of a key at the top of `meta`; an event may have several.
    Meta(Arc<str>),
    /// µs since the Unix epoch; [`UNDATED`](crate::UNDATED) for an undated event.
    Date,
    /// The lower half of the identity; see [`Block::id`](crate::Block::id).
    Id,
    Input,
    File,
    /// Where in the file it was read, bytes.
    Offset,
    /// µs.
    Duration,
    /// Minutes east of UTC where it happened.
    OffsetMin,
    Precision,
    Flags,
}

/// The columns of texts but those of `meta`, in order of their numbers.
pub(crate) const TEXTS: [Column; 11] = [
    Column::Kind,
    Column::Source,
    Column::Host,
    Column::Peer,
    Column::User,
    Column::Url,
    Column::Referrer,
    Column::Agent,
    Column::Title,
    Column::Text,
    Column::Tag,
];

/// The columns of numbers but date and id, in order of their numbers.
pub(crate) const NUMBERS: [Column; 7] = [
    Column::Input,
    Column::File,
    Column::Offset,
    Column::Duration,
    Column::OffsetMin,
    Column::Precision,
    Column::Flags,
];

/// The number of a column in files.
pub(crate) type Code = u16;

/// The first key of `meta`.
pub(crate) const META: Code = 16;
/// Keys of `meta` that get a column, at most. Texts of strangers may be keys.
pub(crate) const MAX_KEYS: usize = 512;
pub(crate) const DATE: Code = 1024;
pub(crate) const ID: Code = 1025;
/// The first of [`NUMBERS`].
pub(crate) const FIRST_NUMBER: Code = 1026;
pub(crate) const FILE: Code = FIRST_NUMBER + 1;
pub(crate) const OFFSET: Code = FIRST_NUMBER + 2;

/// Whether a column is of texts.
pub(crate) fn is_text(code: Code) -> bool {
    code < DATE
}

/// What stands for no value in a column of numbers.
pub(crate) fn absent(code: Code) -> i64 {
    if code == DATE { crate::UNDATED } else { crate::NO_NUMBER }
}

impl Column {
    /// Its number; `None` for a key of `meta` that has none.
    pub(crate) fn code(&self, keys: &[String]) -> Option<Code> {
        match self {
            Self::Meta(key) => keys.iter().position(|known| **known == **key).map(|n| META + n as Code),
            Self::Date => Some(DATE),
            Self::Id => Some(ID),
            other => match TEXTS.iter().position(|text| text == other) {
                Some(n) => Some(n as Code),
                None => NUMBERS.iter().position(|number| number == other).map(|n| FIRST_NUMBER + n as Code),
            },
        }
    }

    /// Whether it has ids of texts; otherwise it has numbers.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Meta(_)) || TEXTS.contains(self)
    }
}

/// The text of an event in one of [`TEXTS`]. It may have several tags, which aren't among these.
pub(crate) fn text(event: &StoredEvent, code: Code) -> Option<&str> {
    let text = match TEXTS.get(usize::from(code))? {
        Column::Kind => return Some(&event.kind),
        Column::Source => return Some(&event.source_type),
        Column::Host => &event.host,
        Column::Peer => &event.peer,
        Column::User => &event.user,
        Column::Url => &event.url,
        Column::Referrer => &event.referrer,
        Column::Agent => &event.agent,
        Column::Title => &event.title,
        Column::Text => &event.text,
        _ => return None,
    };
    text.as_deref()
}

/// The numbers of an event in the order of [`NUMBERS`].
pub(crate) fn numbers(event: &StoredEvent) -> [i64; NUMBERS.len()] {
    let or_none = |number: Option<i64>| number.unwrap_or(crate::NO_NUMBER);
    [
        event.input_id.get(),
        event.file_id.get(),
        event.file_offset,
        or_none(event.duration_us),
        or_none(event.offset_min.map(i64::from)),
        i64::from(event.precision),
        i64::from(event.flags),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_has_a_number_of_its_own() {
        let keys: Vec<String> = (0..MAX_KEYS).map(|n| format!("k{n}")).collect();
        let mut codes: Vec<Code> =
            TEXTS.iter().chain(&NUMBERS).filter_map(|column| column.code(&keys)).collect();
        codes.extend(keys.iter().filter_map(|key| Column::Meta(key.as_str().into()).code(&keys)));
        codes.extend([DATE, ID]);
        let n = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!((codes.len(), n), (n, TEXTS.len() + NUMBERS.len() + MAX_KEYS + 2));
        assert_eq!(Column::File.code(&keys), Some(FILE));
        assert_eq!(Column::Offset.code(&keys), Some(OFFSET));
        assert_eq!(Column::Meta("none".into()).code(&keys), None);
        assert!(Column::Tag.is_text() && is_text(META + MAX_KEYS as Code - 1) && !Column::Date.is_text());
    }
}
