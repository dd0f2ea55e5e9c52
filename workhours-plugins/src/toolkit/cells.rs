//! The cells of a row of a database: every value is present or absent, never an error.
//!
//! SQLite lets any cell hold any type, so a source asks for the type it can use. Not for queries: see `sqlite`.

use rusqlite::types::ValueRef;
use workhours_plugin_api::*;

/// The cells of a row, asked for by the names in [`Select::columns`](super::sqlite::Select::columns).
pub(crate) struct Cells<'r> {
    row: &'r rusqlite::Row<'r>,
    columns: &'static [&'static str],
}

impl<'r> Cells<'r> {
    pub(crate) fn new(row: &'r rusqlite::Row<'r>, columns: &'static [&'static str]) -> Self {
        Self { row, columns }
    }

    /// The id of the row in its table.
    pub(crate) fn row_id(&self) -> i64 {
        self.row.get(0).unwrap_or(0)
    }

    /// The position of the row.
    pub(crate) fn span(&self) -> Span<'static> {
        Span { offset: self.row_id().try_into().unwrap_or(0), line: 0, raw: b"" }
    }

    /// A cell; NULL if the table has no such column.
    pub(crate) fn get(&self, name: &str) -> ValueRef<'_> {
        let at = self.columns.iter().position(|c| *c == name);
        debug_assert!(at.is_some(), "{name} is not selected");
        at.and_then(|i| self.row.get_ref(i + 1).ok()).unwrap_or(ValueRef::Null)
    }

    /// Text or bytes; empty when it is neither.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        match self.get(name) {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
            _ => b"",
        }
    }

    /// A whole number; none when it is NULL or something else.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            ValueRef::Integer(n) => Some(n),
            ValueRef::Real(x) => whole(x),
            _ => None,
        }
    }

    /// A number; none when it is NULL or something else.
    pub(crate) fn float(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            ValueRef::Integer(n) => Some(n as f64),
            ValueRef::Real(x) => Some(x),
            _ => None,
        }
    }

    /// Whether a cell holds a number that is not 0.
    pub(crate) fn yes(&self, name: &str) -> bool {
        self.int(name).is_some_and(|n| n != 0)
    }

    /// The time in a cell: none when it was never set, which is NULL or 0; none with a remark when `convert`
    /// can make none of it.
    pub(crate) fn time(
        &self,
        name: &str,
        convert: impl Fn(f64, i64) -> Option<EventTime>,
    ) -> (Option<EventTime>, RowFlags) {
        let number = match self.get(name) {
            ValueRef::Null | ValueRef::Integer(0) => return (None, RowFlags::NONE),
            ValueRef::Real(0.0) => return (None, RowFlags::NONE),
            _ => self.float(name).zip(self.int(name)),
        };
        match number.and_then(|(x, n)| convert(x, n)) {
            Some(time) => (Some(time), RowFlags::NONE),
            None => (None, RowFlags::BAD_TIME),
        }
    }

    /// A key made of cells: numbers in decimal, text as it is, with a space between.
    pub(crate) fn key(&self, names: &[&str]) -> Vec<u8> {
        let mut key = Vec::new();
        for name in names {
            if !key.is_empty() {
                key.push(b' ');
            }
            match self.get(name) {
                ValueRef::Null => key.push(b'-'),
                ValueRef::Integer(n) => key.extend_from_slice(n.to_string().as_bytes()),
                ValueRef::Real(x) => key.extend_from_slice(format!("{x:?}").as_bytes()),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => key.extend_from_slice(bytes),
            }
        }
        key
    }

    /// Rejects the row.
    pub(crate) fn refuse(&self, reason: &str, out: &mut dyn EventSink) -> Result<(), Stop> {
        out.reject(&Reject { span: self.span(), code: RejectCode::Malformed, reason, provisional: false })
    }

    /// All text and bytes of the row.
    pub(crate) fn size(&self) -> usize {
        let bytes = |i| match self.row.get_ref(i) {
            Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => bytes.len(),
            _ => 0,
        };
        // The row id comes before them.
        (1..=self.columns.len()).map(bytes).sum()
    }
}

/// A number without its fraction, if it fits.
pub(crate) fn whole(x: f64) -> Option<i64> {
    // 2^63 itself no longer fits.
    (-9.2e18..=9.2e18).contains(&x).then_some(x as i64)
}
