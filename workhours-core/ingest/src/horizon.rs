//! The time up to which endless series are expanded, such as a weekly meeting: the beginning of a month a year ahead.
//!
//! It is kept with the cursor of each document that has series, so that one which has not changed is read again when it
//! has moved.

use chrono::{DateTime, Datelike, NaiveDate};
use std::collections::HashMap;
use workhours_base::error::Result;
use workhours_store::{Cursor, FileId, SeriesOf, Store};

/// In the state of a document's cursor: it has no series.
const NONE: &[u8] = b"-";

/// The horizon at a load: it moves once a month, so that a load doesn't change a calendar every day.
pub(super) fn of(now_us: i64) -> i64 {
    let today = DateTime::from_timestamp_micros(now_us).unwrap_or_default();
    let (year, month) = (today.year() + 1 + i32::from(today.month() == 12), today.month() % 12 + 1);
    NaiveDate::from_ymd_opt(year, month, 1)
        .map_or(now_us / 1_000_000, |day| day.and_time(Default::default()).and_utc().timestamp())
}

/// Whether a document must be read although it hasn't changed: it has endless series, or it isn't known whether it has.
pub(super) fn may_be_due(now_us: i64, cursor: Option<&Cursor>) -> bool {
    match cursor.map(|c| c.at.state.as_slice()) {
        Some(NONE) | None => false,
        Some(state) => state.try_into().map_or(true, |secs| i64::from_le_bytes(secs) < of(now_us)),
    }
}

/// Whether one that has been read, with these series, must be loaded although it is the same.
pub(super) fn is_due(now_us: i64, cursor: Option<&Cursor>, series: &HashMap<i64, SeriesOf>) -> bool {
    !series.is_empty() && may_be_due(now_us, cursor)
}

/// The part of it that a cursor stores.
pub(super) fn state(now_us: i64, series: &HashMap<i64, SeriesOf>) -> Vec<u8> {
    if series.is_empty() { NONE.to_vec() } else { of(now_us).to_le_bytes().to_vec() }
}

/// Records that a document has no series, unless that is known: it was loaded before series existed.
pub(super) fn note(
    store: &mut Store,
    file_id: FileId,
    cursor: Option<&Cursor>,
    series: &HashMap<i64, SeriesOf>,
) -> Result<()> {
    if series.is_empty() && cursor.is_some_and(|c| c.at.state.is_empty()) {
        store.files().set_cursor_state(file_id, NONE)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_once_a_month() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().timestamp();
        let horizon = |text: &str| of(at(text) * 1_000_000);
        assert_eq!(horizon("2026-11-01T00:00:00Z"), at("2027-12-01T00:00:00Z"));
        assert_eq!(horizon("2026-11-30T23:59:59Z"), at("2027-12-01T00:00:00Z"));
        assert_eq!(horizon("2026-12-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    }
}
