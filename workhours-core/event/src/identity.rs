//! The identity of an event: deterministic, the same on every machine, and in order of time.
//!
//! 16 bytes: the UTC time in µs, big-endian with its sign flipped so that bytes sort as numbers (undated: eight 0xFF),
//! then 64 bits of BLAKE3 over the source type, the input's scope, and either the record's own host, user and key, or
//! its raw bytes; then the ordinal among equal ones. Raw bytes already contain the host and user that the record names,
//! so neither these nor any other *parsed* field is hashed: a better parser must not make new events of old lines.
//! Labels, paths and load times aren't hashed either.

use workhours_plugin_api::EventRow;

/// The 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

impl EventId {
    /// The smallest id an event of this time can have: the lower end of a range by time.
    pub fn first_at(date_us: i64) -> Self {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&time_bytes(Some(date_us)));
        Self(id)
    }

    /// The smallest id an undated event can have; every dated one is below.
    pub fn first_undated() -> Self {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&time_bytes(None));
        Self(id)
    }

    /// The time in it, µs; `None` for an undated event's.
    pub fn date(self) -> Option<i64> {
        let mut time = [0; 8];
        time.copy_from_slice(&self.0[..8]);
        (time != [0xff; 8]).then(|| (u64::from_be_bytes(time) ^ (1 << 63)) as i64)
    }

    /// From 32 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        u128::from_str_radix(text, 16).ok().filter(|_| digits).map(|id| Self(id.to_be_bytes()))
    }

    /// As 32 hexadecimal digits.
    pub fn to_hex(self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = String::with_capacity(32);
        for byte in self.0 {
            hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
            hex.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        hex
    }
}

fn time_bytes(date_us: Option<i64>) -> [u8; 8] {
    // i64::MAX would look undated; `resolve` never lets a time near it through.
    date_us.map_or([0xff; 8], |us| ((us as u64) ^ (1 << 63)).to_be_bytes())
}

/// The number of one of a file's equal records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Number {
    /// The common part of equal records.
    pub base: u64,
    /// How many of them precede it.
    pub ordinal: u32,
}

impl Number {
    /// That of the first record of its kind, which its id alone identifies.
    pub fn first_of(id: EventId) -> Self {
        let mut base = [0; 8];
        base.copy_from_slice(&id.0[8..]);
        Self { base: u64::from_le_bytes(base), ordinal: 0 }
    }
}

/// 64 bits of BLAKE3 as a signed number, the form in which places, agents and tags are keyed.
pub fn hash64(bytes: &[u8]) -> i64 {
    i64::from_le_bytes(first8(blake3::hash(bytes).as_bytes()))
}

fn first8(bytes: &[u8; 32]) -> [u8; 8] {
    let mut out = [0; 8];
    out.copy_from_slice(&bytes[..8]);
    out
}

/// Makes identities for the records of one source type and scope.
pub struct Identity {
    key: [u8; 32],
    scratch: Vec<u8>,
}

impl Identity {
    /// For a source type and the scope configured for the input (empty by default).
    pub fn new(source_type: &str, scope: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("workhours 2026-11 event identity");
        hasher.update(&(source_type.len() as u64).to_le_bytes());
        hasher.update(source_type.as_bytes());
        hasher.update(scope.as_bytes());
        Self { key: *hasher.finalize().as_bytes(), scratch: Vec::new() }
    }

    /// The common part of equal records: everything but time and ordinal.
    pub fn base(&mut self, row: &EventRow<'_>) -> u64 {
        let hash = if row.key.is_empty() {
            blake3::keyed_hash(&self.key, row.span.raw)
        } else {
            self.scratch.clear();
            for part in [part(row.key_host.0, row.host.0), part(row.key_user.0, row.user.0)] {
                self.scratch.extend_from_slice(&(part.len() as u64).to_le_bytes());
                self.scratch.extend_from_slice(part);
            }
            self.scratch.extend_from_slice(row.key);
            blake3::keyed_hash(&self.key, &self.scratch)
        };
        u64::from_le_bytes(first8(hash.as_bytes()))
    }

    /// The identity of a series: the common part of events that have its name as their key, and name neither host nor
    /// user.
    pub fn series(&mut self, name: &[u8]) -> i64 {
        self.base(&EventRow { key: name, ..EventRow::default() }).cast_signed()
    }

    /// The identity of the `ordinal`-th (from 0) of the equal records with this `base`.
    pub fn id(&self, base: u64, ordinal: u32, date_us: Option<i64>) -> EventId {
        let tail = if ordinal == 0 {
            base
        } else {
            let mut more = [0; 12];
            more[..8].copy_from_slice(&base.to_le_bytes());
            more[8..].copy_from_slice(&ordinal.to_le_bytes());
            u64::from_le_bytes(first8(blake3::keyed_hash(&self.key, &more).as_bytes()))
        };
        let mut id = [0; 16];
        id[..8].copy_from_slice(&time_bytes(date_us));
        id[8..].copy_from_slice(&tail.to_le_bytes());
        EventId(id)
    }
}

/// The part of a host or a user in the identity of a record with a key.
fn part<'a>(key: &'a [u8], shown: &'a [u8]) -> &'a [u8] {
    match key {
        [] => shown,
        [0] => b"",
        key => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workhours_plugin_api::{Span, Text};

    fn raw(bytes: &[u8]) -> EventRow<'_> {
        EventRow { span: Span { raw: bytes, ..Span::default() }, ..EventRow::default() }
    }

    #[test]
    fn ids_sort_by_time_and_undated_come_last() {
        let identity = Identity::new("a", "");
        let ids: Vec<_> =
            [i64::MIN, -1, 0, 1, i64::MAX - 1].map(|us| identity.id(u64::MAX, 0, Some(us))).into();
        assert!(ids.is_sorted());
        assert!(ids[4] < identity.id(0, 0, None));
        assert!(EventId::first_at(1) > ids[2] && EventId::first_at(1) <= ids[3]);
    }

    #[test]
    fn only_type_scope_record_and_ordinal_count() {
        let base = |t: &str, scope: &str, bytes: &[u8]| Identity::new(t, scope).base(&raw(bytes));
        assert_eq!(base("a", "", b"x"), base("a", "", b"x"));
        assert_ne!(base("a", "", b"x"), base("b", "", b"x"));
        assert_ne!(base("a", "", b"x"), base("a", "s", b"x"));
        assert_ne!(base("ab", "c", b"x"), base("a", "bc", b"x"));
        let mut parsed = raw(b"x");
        parsed.host = Text(b"h");
        assert_eq!(Identity::new("a", "").base(&parsed), base("a", "", b"x"), "a parsed field does not");
        let identity = Identity::new("a", "");
        assert_ne!(identity.id(7, 0, None), identity.id(7, 1, None));
    }

    #[test]
    fn a_key_counts_with_the_records_own_host_and_user() {
        let key = |host: &'static [u8]| EventRow { key: b"42", host: Text(host), ..raw(b"differs") };
        let mut identity = Identity::new("a", "");
        assert_ne!(identity.base(&key(b"h1")), identity.base(&key(b"h2")));
        let other_raw = EventRow { span: Span::default(), ..key(b"h1") };
        assert_eq!(identity.base(&key(b"h1")), identity.base(&other_raw));
        // The machine that the record names moved to another field; its identity didn't change.
        let moved = EventRow { host: Text::NONE, peer: Text(b"h1"), key_host: Text(b"h1"), ..key(b"h1") };
        assert_eq!(identity.base(&key(b"h1")), identity.base(&moved));
        // A user is read where none was.
        let found = EventRow { user: Text(b"ada"), key_user: Text(b"\0"), ..key(b"h1") };
        assert_eq!(identity.base(&key(b"h1")), identity.base(&found));
        assert_ne!(identity.base(&key(b"h1")), identity.base(&EventRow { key_user: Text::NONE, ..found }));
    }

    #[test]
    fn a_series_is_in_the_ids_of_what_has_its_name_as_its_key() {
        let mut identity = Identity::new("a", "s");
        let base = identity.base(&EventRow { key: b"42", ..raw(b"x") });
        let id = identity.id(base, 0, Some(7));
        assert_eq!(identity.series(b"42").to_le_bytes(), id.0[8..]);
    }

    #[test]
    fn the_scheme_is_frozen() {
        let mut identity = Identity::new("log.http", "");
        let base = identity.base(&raw(b"one line"));
        let id = identity.id(base, 1, Some(1_000_000));
        assert_eq!(
            id.to_hex(),
            "80000000000f42408fa22905c1280d79",
            "a change here duplicates every database"
        );
    }
}
