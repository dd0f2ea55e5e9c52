//! `csv`: tables in delimited text. Options, or the names of the columns, say what each column is.
//!
//! Not for exports that have a source of their own. `csv_rows` makes rows of lines, `csv_table` reads the rows, and
//! `table` and `mapping` turn columns into fields.

use crate::tables::csv_rows::CsvRow;
use crate::tables::csv_table::Reader;
use crate::toolkit::ahead::Ahead;
use crate::toolkit::mapping::KINDS;
use crate::toolkit::roles::mapped_options;
use workhours_plugin_api::*;

/// The source `csv`.
pub struct Csv;

export_source!(Csv);

static INFO: SourceInfo = SourceInfo {
    name: "csv",
    aliases: &["delimited", "tsv"],
    summary: "Tables in delimited text: CSV, TSV and similar, with columns named by options",
    details: "\
A row is a line of cells separated by a delimiter. A quoted cell may contain delimiters, line ends, and quotes that \
are written twice. The first row names the columns. Options map columns to fields; they name a column as in the \
header, ignoring case, or by its number, counted from 1. All other cells that are not empty become attributes, named \
after their column in `snake_case`; if names are equal, the later ones get a number.

* Without a mapping, columns are recognised by usual names: `datetime`, `timestamp`, `date`, `url`, `title`, \
`message`, `user` and so on, and names in other languages (`Datum`, `Fecha`, `Дата`, `日付`). If any column is mapped, \
only columns with exactly the name of a field are recognised. A column of ids is used as the key only if it is mapped.
* The date column is picked from the first rows: a column with a usual name that contains dates, or else the first \
column that contains only dates. A date is combined with a time column (`Start date` and `Start time`, `Date` and \
`From`) and a time zone (`timezone`). The end is read the same way; an end with only a time is on the start's day or \
the next. A duration column is used if its unit is clear from its cells (`01:30:00`, `1h 30m`, `PT1H30M`) or its name \
(`Duration (h)`, `Hours`).
* A row without title, text and address has the whole row as its text.
* The delimiter is the comma, semicolon, tab or bar with which most of the first rows have as many cells as the first \
row. If several do equally well, it is the one with more known names in the header, then the more frequent one. A line \
`sep=;` before the header sets the delimiter and is not a record. A file is not a table if its first line has none of \
these, unless an option names the delimiter, or if all other rows have a different number of cells from the first.
* Blank rows are not records. A row with more or fewer cells than the header is rejected, because it is not clear \
which cell is missing.
* A quote inside a cell that does not begin with one is text. Text after a closing quote belongs to the cell. If a \
quote is never closed, everything after it belongs to its cell: the row is rejected at the end of the input, and read \
again when the input has grown.
* `auto` accepts any ISO 8601 date; dates as written in mail, by `date` or in spreadsheets \
(`15 Mar 2024 10:30`, `Mar 15, 2024 10:30 AM`, `15.03.2024`, `Fri, 15 Mar 2024 10:30:00 +0100`); and whole seconds, \
milliseconds, microseconds or nanoseconds since 1970, distinguished by their size. In a column of spreadsheet day \
numbers, those from 1980 to 2099 are dates. Whether the day or the month comes first in `03/04/2024` follows from the \
other dates in the table; if it does not, the event is undated. Other numbers, days that do not exist, and years \
before 1900 or after 2199, which come from zeros or a wrong epoch, are not dates: the event is undated, with a flag, \
and `date_text` keeps the text. The number 0, `-`, `null` and days of zeros mean that there is no date. A date without \
an offset is a local time; so is a date in a zone whose name does not determine an offset, with a flag.
* A row that is not UTF-8 is read as windows-1252, with a flag, unless `encoding` names its encoding.
* Tags are separated by commas, semicolons or bars, or are a JSON list.
* If an option names a column that is not in the header, this is another table, and the input fails with an error.",
    authority: "RFC 4180: https://www.rfc-editor.org/rfc/rfc4180",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: KINDS,
    locations: &[],
    companions: &[],
    options: mapped_options![
        ("delimiter", "one character, or `tab`, `comma`, `semicolon`, `pipe`, `space`", "detected"),
        ("quote", "one character, or `none`", "\""),
        ("header", "`yes` or `no`: whether the first row names the columns", "yes"),
        ("columns", "with `header = no`: names of the columns, separated by commas", "their numbers"),
        ("skip", "how many lines to skip before the table", "0"),
    ],
    sample: Sample { bytes: include_bytes!("../../samples/csv"), events: 5, rejects: 1 },
};

impl IDataSource for Csv {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut reader = Reader::new(input)?;
        let mut ahead = if reader.needs_sample() { Ahead::look(input, |_| true) } else { Ahead::none(input) };
        reader.look(ahead.head())?;
        let mut input = Input::new(&mut ahead);
        let mut lines = Lines::new(&mut input);
        let mut row = CsvRow::default();
        let mut open = false;
        while let Some(line) = lines.next()? {
            let complete = if open {
                row.append(&line, reader.dialect(), reader.charset)
            } else if reader.skips(&line, out)? {
                continue;
            } else {
                reader.check(&line)?;
                row.begin(&line, reader.dialect(), reader.charset)
            };
            open = !complete;
            if open {
                out.progress(line.end.offset)?;
                continue;
            }
            let (terminated, end) = (line.terminated, line.end);
            reader.take(&mut row, terminated, out)?;
            if terminated {
                out.checkpoint(end, &reader.state)?;
            }
        }
        if open {
            let reason = "a quote opened in this row is never closed";
            let span = row.shown();
            out.reject(&Reject { span, code: RejectCode::Truncated, reason, provisional: true })?;
        }
        Ok(())
    }
}
