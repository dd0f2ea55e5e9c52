//! `ics`: an iCalendar file (RFC 5545), so that a calendar shows when the work was done.
//!
//! A row is an event of the calendar if it has a time: its column `start`, else `date`, else the first column of times.
//! It ends at the column `end`, or after a column `duration…`. The same table always makes the same bytes: the stamp of
//! an event is its own time, and its UID is made from its identity, so a second import changes nothing.

use super::text::{self, BUFFER_BYTES};
use super::{Output, OutputEntry, OutputInfo, Style, Written, people};
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use url::Url;
use workhours_base::error::{Error, Result};
use workhours_base::table::{Cell, Column, ColumnType, Row, Table};

/// Columns that say what a row is about, the best first. Without any it is the table's name.
const SUMMARIES: [&str; 7] = ["title", "summary", "project", "name", "keys", "first", "kind"];

/// Octets of a line, its end not among them.
const LINE: usize = 75;

struct Ics;

inventory::submit! { OutputEntry(&Ics) }

impl Output for Ics {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "ics",
            extensions: &["ics"],
            summary: "iCalendar: a calendar event for each row that has a time",
            binary: false,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, style: &Style) -> Result<Written> {
        let mut events = Events::new(table, style.all_columns)?;
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, out);
        let mut text = String::new();
        push(&mut text, "BEGIN:VCALENDAR");
        push(&mut text, "VERSION:2.0");
        push(&mut text, "PRODID:-//workhours//workhours//EN");
        push(&mut text, "CALSCALE:GREGORIAN");
        push(&mut text, &format!("X-WR-CALNAME:{}", escaped(&table.name)));
        let (mut rows, mut undated) = (0, 0_u64);
        while let Some(row) = text::next_row(table)? {
            // A gap is where no event is.
            let Row::Data(cells) = row else { continue };
            if events.push(&mut text, &cells) {
                rows += 1;
            } else {
                undated += 1;
            }
            text::written(writer.write_all(text.as_bytes()))?;
            text.clear();
        }
        push(&mut text, "END:VCALENDAR");
        text::written(writer.write_all(text.as_bytes()).and_then(|()| writer.flush()))?;
        let note = match undated {
            0 => None,
            1 => Some("1 row without a time that calendars know is left out".to_owned()),
            n => Some(format!("{n} rows without a time that calendars know are left out")),
        };
        Ok(Written { rows, notes: note.into_iter().collect() })
    }
}

/// The role of columns.
struct Events {
    table: String,
    columns: Vec<Column>,
    start: usize,
    end: Option<usize>,
    duration: Option<(usize, f64)>,
    /// The first text is the summary.
    summaries: Vec<usize>,
    /// Whether details are included.
    all: bool,
    /// The source of the last identity, and how many rows in sequence had the same.
    last: (blake3::Hash, u64),
}

impl Events {
    fn new(table: &Table<'_>, all: bool) -> Result<Self> {
        let columns = table.columns.clone();
        let place = |wanted: &dyn Fn(&Column) -> bool| columns.iter().position(wanted);
        let time = |name: &str| place(&|c| c.kind == ColumnType::Time && c.name == name);
        let start = time("start").or_else(|| time("date")).or_else(|| place(&|c| c.kind == ColumnType::Time));
        let Some(start) = start else {
            return Err(Error::usage(format!(
                "{} has no column of times, so there is nothing to put into a calendar",
                table.name
            ))
            .hint("take another output, such as -O csv, or a report with times, such as -r events"));
        };
        let duration = place(&|c| c.name.starts_with("duration") && c.kind.is_number());
        let duration = duration.and_then(|i| Some((i, micros_of(&columns[i])?)));
        let text = |name: &str| place(&|c| c.name == name && c.kind != ColumnType::Time);
        let summaries = SUMMARIES.into_iter().filter_map(text).collect();
        let last = (blake3::hash(b""), 0);
        Ok(Self {
            table: table.name.clone(),
            start,
            end: time("end"),
            duration,
            summaries,
            all,
            last,
            columns,
        })
    }

    /// Appends an event. A row with an impossible time isn't one.
    fn push(&mut self, out: &mut String, cells: &[Cell]) -> bool {
        let Some(start) = moment(&cells[self.start]) else { return false };
        let said = self.summaries.iter().copied().find(|i| !bare(&cells[*i]).is_empty());
        let summary = said.map_or_else(|| self.table.clone(), |i| bare(&cells[i]));
        push(out, "BEGIN:VEVENT");
        push(out, &format!("UID:{}@workhours", self.identity(cells, &start, &summary)));
        push(out, &format!("DTSTAMP:{start}"));
        push(out, &format!("DTSTART:{start}"));
        if let Some(end) = self.end(cells).filter(|end| *end > start) {
            push(out, &format!("DTEND:{end}"));
        }
        push(out, &format!("SUMMARY:{}", escaped(&summary)));
        let description = self.description(cells, said);
        if !description.is_empty() {
            push(out, &format!("DESCRIPTION:{}", escaped(&description)));
        }
        for (column, cell) in self.columns.iter().zip(cells) {
            match cell {
                Cell::Text(text) if column.name == "url" => {
                    let url = Url::parse(text).ok().filter(|u| matches!(u.scheme(), "http" | "https"));
                    if let Some(url) = url {
                        push(out, &format!("URL:{url}"));
                    }
                }
                Cell::List(tags) if column.name == "tags" && !tags.is_empty() => {
                    let tags: Vec<_> = tags.iter().map(|tag| escaped(tag)).collect();
                    push(out, &format!("CATEGORIES:{}", tags.join(",")));
                }
                _ => {}
            }
        }
        push(out, "TRANSP:TRANSPARENT");
        push(out, "END:VEVENT");
        true
    }

    fn end(&self, cells: &[Cell]) -> Option<String> {
        if let Some(end) = self.end.and_then(|i| moment(&cells[i])) {
            return Some(end);
        }
        let (i, micros) = self.duration?;
        let Cell::Time(start) = cells[self.start] else { return None };
        let length = (cells[i].number()? * micros).round();
        moment(&Cell::Time(start.checked_add(length as i64)?))
    }

    /// The row's own identity, else one made from the columns that identify a row, with a counter for equal rows.
    fn identity(&mut self, cells: &[Cell], start: &str, summary: &str) -> String {
        let id = self.columns.iter().zip(cells).find(|(c, _)| c.name == "id" && c.kind == ColumnType::Text);
        if let Some((_, Cell::Text(id))) = id
            && !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            return id.to_string();
        }
        let mut hasher = blake3::Hasher::new();
        let mut part = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        part(&self.table);
        part(start);
        part(summary);
        let words = self.columns.iter().zip(cells).filter(|(c, _)| c.kind == ColumnType::Category);
        words.for_each(|(_, cell)| part(&bare(cell)));
        let hash = hasher.finalize();
        let alike = if self.last.0 == hash { self.last.1 + 1 } else { 0 };
        self.last = (hash, alike);
        let hash = &hash.to_hex()[..32];
        if alike == 0 { hash.to_owned() } else { format!("{hash}-{alike}") }
    }

    /// The other visible columns of the row.
    fn description(&self, cells: &[Cell], said: Option<usize>) -> String {
        let mut out = String::new();
        for (i, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            let told = i == self.start || Some(i) == self.end || Some(i) == said;
            let text = match cell {
                // As people read it; a calendar has no use for all digits.
                Cell::Float(_) => people::show(cell, "", chrono_tz::UTC, None),
                _ => bare(cell),
            };
            let hidden = column.detail && !self.all;
            if told || hidden || column.kind == ColumnType::Series || text.is_empty() {
                continue;
            }
            let unit = column.unit.filter(|unit| !people::tells(column.name, unit));
            let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
            let _ = writeln!(out, "{}: {text}{unit}", column.name);
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// How many µs one of a duration's numbers is.
fn micros_of(column: &Column) -> Option<f64> {
    Some(match column.unit.or(column.name.rsplit('_').next())? {
        "us" => 1.0,
        "ms" => 1e3,
        "s" | "seconds" => 1e6,
        "min" | "minutes" => 60e6,
        "h" | "hours" => 3_600e6,
        _ => return None,
    })
}

/// A time as `20240501T120322Z`, if its year has four digits. Seconds are the finest a calendar knows.
fn moment(cell: &Cell) -> Option<String> {
    let Cell::Time(micros) = cell else { return None };
    let mut text = Vec::new();
    text::push_time(&mut text, micros.div_euclid(1_000_000) * 1_000_000);
    let text: String = String::from_utf8_lossy(&text).replace(['-', ':'], "");
    (text.len() == 16 && !text.starts_with('+')).then_some(text)
}

fn bare(cell: &Cell) -> String {
    let mut scratch = Vec::new();
    String::from_utf8_lossy(text::bare(cell, "", &mut scratch)).into_owned()
}

/// A value of type TEXT. Control characters, of which the grammar allows none, become tokens.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for (i, line) in text.replace("\r\n", "\n").split('\n').enumerate() {
        if i > 0 {
            out.push_str("\\n");
        }
        for c in people::visible(line).chars() {
            if matches!(c, '\\' | ';' | ',') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

/// Appends a line, folded so that none is longer than 75 octets and no character is torn.
fn push(out: &mut String, line: &str) {
    let mut room = LINE;
    for c in line.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            room = LINE - 1;
        }
        room -= c.len_utf8();
        out.push(c);
    }
    out.push_str("\r\n");
}

#[cfg(test)]
#[path = "ics_tests.rs"]
mod tests;
