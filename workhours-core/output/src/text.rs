//! Cells as text: shared by the outputs, so that a time or a number looks the same in all of them.
//!
//! Not a format: quoting, escaping and layout belong to the output that needs them. Everything is appended
//! to a buffer the caller reuses, because a string per cell is what makes an export slow.

use std::io::{self, Write};
use workhours_base::error::{Context, Error, Result};
use workhours_base::table::{Cell, Row, Table};

/// The text of a null cell in a separator row.
pub(super) const DASHES: &str = "--------";

/// How much is collected before the caller's writer is bothered.
pub(super) const BUFFER_BYTES: usize = 64 * 1024;

/// The next row, known to have as many cells as the table has columns.
///
/// A row of another length would silently shift or lose values, so check it.
pub(super) fn next_row(table: &mut Table<'_>) -> Result<Option<Row>> {
    let row = table.rows.next_row()?;
    if let Some(Row::Data(cells) | Row::Separator(cells)) = &row
        && cells.len() != table.columns.len()
    {
        let (name, have, want) = (&table.name, cells.len(), table.columns.len());
        return Err(Error::failed(format!("{name}: a row of {have} cells in a table of {want} columns"))
            .hint("this is a bug in the report, not in your data; please report it"));
    }
    Ok(row)
}

/// Adds context to a failed write and keeps the `io::Error` at the bottom of the chain.
pub(super) fn written<T>(result: io::Result<T>) -> Result<T> {
    result.context(|| "cannot write the output")
}

/// A cell as plain text, for outputs without types: `null` for a null cell and for NaN, lists joined by `;`, JSON
/// unchanged. Uses `scratch` for text it has to build.
pub(super) fn bare<'a>(cell: &'a Cell, null: &'a str, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    scratch.clear();
    match cell {
        Cell::Null => return null.as_bytes(),
        Cell::Float(n) if !n.is_finite() => return null.as_bytes(),
        Cell::Text(text) | Cell::Json(text) => return text.as_bytes(),
        Cell::Bool(true) => return b"true",
        Cell::Bool(false) => return b"false",
        Cell::Int(n) => push_int(scratch, *n),
        Cell::Float(n) => push_float(scratch, *n),
        Cell::Time(micros) => push_time(scratch, *micros),
        Cell::List(items) => {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    scratch.push(b';');
                }
                scratch.extend_from_slice(item.as_bytes());
            }
        }
        Cell::Series(numbers) => {
            for (i, n) in numbers.iter().enumerate() {
                if i > 0 {
                    scratch.push(b';');
                }
                if n.is_finite() {
                    push_float(scratch, *n);
                }
            }
        }
    }
    scratch
}

/// Whether it contains free text, which may hold anything. Other cells are digits and a few signs.
pub(super) fn is_words(cell: &Cell) -> bool {
    matches!(cell, Cell::Text(_) | Cell::List(_) | Cell::Json(_))
}

/// An integer in decimal.
pub(super) fn push_int(out: &mut Vec<u8>, n: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// The shortest text that reads back as the same finite number: `42.5`, `1.0`, `1e21`. It is a JSON number.
pub(super) fn push_float(out: &mut Vec<u8>, n: f64) {
    debug_assert!(n.is_finite(), "callers print what is not finite as null");
    let _ = write!(out, "{n:?}");
}

/// RFC 3339 in UTC: `2024-05-01T12:03:22Z`, with three or six digits of fraction when there is one.
///
/// The calendar is done here and not by chrono because chrono's ends before `i64` µs do: this cannot fail,
/// so no time is dropped. Years past 9999, for which RFC 3339 has no form, get ISO 8601's signed one.
pub(super) fn push_time(out: &mut Vec<u8>, micros: i64) {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (year, month, day) = date_of(seconds.div_euclid(86_400));
    let clock = seconds.rem_euclid(86_400);
    if (0..=9999).contains(&year) {
        push_digits::<4>(out, year);
    } else {
        let _ = write!(out, "{year:+05}");
    }
    for (mark, n) in
        [(b'-', month), (b'-', day), (b'T', clock / 3_600), (b':', clock / 60 % 60), (b':', clock % 60)]
    {
        out.push(mark);
        push_digits::<2>(out, n);
    }
    if fraction != 0 {
        out.push(b'.');
        if fraction % 1_000 == 0 {
            push_digits::<3>(out, fraction / 1_000);
        } else {
            push_digits::<6>(out, fraction);
        }
    }
    out.push(b'Z');
}

fn push_digits<const N: usize>(out: &mut Vec<u8>, mut n: i64) {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit += (n % 10) as u8;
        n /= 10;
    }
    out.extend_from_slice(&digits);
}

/// Year, month and day of a count of days since 1970-01-01, in the Gregorian calendar for all years.
fn date_of(days: i64) -> (i64, i64, i64) {
    // Count from 0000-03-01: years then end with their leap day, and 400 of them are always 146,097 days.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (era * 400 + year, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::super::testing::MAY_DAY;
    use super::*;

    fn text(cell: &Cell) -> String {
        let mut scratch = Vec::new();
        String::from_utf8(bare(cell, "", &mut scratch).to_vec()).unwrap()
    }

    #[test]
    fn times() {
        for (micros, want) in [
            (0, "1970-01-01T00:00:00Z"),
            (MAY_DAY, "2024-05-01T12:03:22Z"),
            (MAY_DAY + 5_000, "2024-05-01T12:03:22.005Z"),
            (MAY_DAY + 120_000, "2024-05-01T12:03:22.120Z"),
            (MAY_DAY + 7, "2024-05-01T12:03:22.000007Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (253_402_300_800_000_000, "+10000-01-01T00:00:00Z"),
            (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999999Z"),
            (i64::MAX, "+294247-01-10T04:00:54.775807Z"),
            (i64::MIN, "-290308-12-21T19:59:05.224192Z"),
        ] {
            assert_eq!(text(&Cell::Time(micros)), want);
        }
    }

    #[test]
    fn times_agree_with_chrono() {
        // Steps of a prime number of µs meet every month, leap day and time of day there is.
        for step in -20_000..20_000_i64 {
            let micros = step * 400_000_000_000_011;
            let Some(time) = chrono::DateTime::from_timestamp_micros(micros) else { continue };
            let want = time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            assert_eq!(text(&Cell::Time(micros)), want);
        }
    }

    #[test]
    fn numbers_and_words() {
        for (cell, want) in [
            (Cell::Null, ""),
            (Cell::Int(i64::MIN), "-9223372036854775808"),
            (Cell::Float(42.5), "42.5"),
            (Cell::Float(1.0), "1.0"),
            (Cell::Float(0.1 + 0.2), "0.30000000000000004"),
            (Cell::Float(1e21), "1e21"),
            (Cell::Float(f64::NAN), ""),
            (Cell::Float(f64::NEG_INFINITY), ""),
            (Cell::Bool(false), "false"),
            (Cell::List(vec![]), ""),
            (Cell::List(vec!["a".into(), "b".into()]), "a;b"),
            (Cell::Series(vec![1.0, f64::NAN, 0.5]), "1.0;;0.5"),
            (Cell::Json("{}".into()), "{}"),
        ] {
            assert_eq!(text(&cell), want);
        }
    }
}
