//! `csv`: tables in delimited text, of which options say, or names suggest, what each column is.
//!
//! Not for a program's own export that a source knows by name. How lines become rows is in `csv_rows`, what
//! becomes of a row in `csv_table`, of a column in `table` and `mapping`.

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
    summary: "Tables in delimited text: CSV, TSV and their kin, with columns named by options",
    details: "\
A row is a line of cells with a delimiter between them; a cell in quotes may hold delimiters, line ends and, \
doubled, quotes. The first row names the columns. Options map columns to fields; a column is named as in the \
header, in any case, or by its number from 1. All other cells that are not empty are attributes, with the column's \
name in `snake_case`; of equal names the later get a number.

* Without any mapping, columns with usual names are taken: `datetime`, `timestamp`, `date`, `url`, `title`, `message`, \
`user` and so on, and those of other languages (`Datum`, `Fecha`, `Дата`, `日付`). As soon as one column is mapped, only \
those named just like a field are. An id is never taken for a key by itself.
* The date column is picked from the first rows: a column with a usual name that contains dates, or else the first \
column that contains only dates. A date is combined with a time column (`Start date` and `Start time`, `Date` and \
`From`) and a time zone (`timezone`). The end is read the same way; an end with only a time is on the start's day or \
the next. A duration column is used if its unit is clear from its cells (`01:30:00`, `1h 30m`, `PT1H30M`) or its name \
(`Duration (h)`, `Hours`).
* A row without title, text and address has the whole row as its text.
* The delimiter is that of comma, semicolon, tab and bar about which most of the first rows agree: all of them have as many \
cells as the first. Of equals it is the one whose header has more known names, then the most frequent. A line `sep=;` before \
the header says it and is no record. A first line with none of them is no table, unless an option says otherwise, nor is a \
file whose rows all have other numbers of cells than its first.
* Blank rows are no records. A row with more or fewer cells than the header is rejected; nobody can tell which \
cell is missing.
* A quote within a cell that does not begin with one is text; what follows a closing quote is taken with the cell. \
A quote that is never closed takes in all that follows: that row is rejected at the end of the input, and looked \
at again when the input has grown.
* `auto` dates are ISO 8601 in any of its forms, the dates of mail, of `date` and of spreadsheets (`15 Mar 2024 10:30`, \
`Mar 15, 2024 10:30 AM`, `15.03.2024`, `Fri, 15 Mar 2024 10:30:00 +0100`), and whole seconds, milli-, micro- or nanoseconds \
since 1970, told apart by their size; in a column of days as spreadsheets count them, those from 1980 to 2099. The \
other dates in the table settle whether the day or the month comes first in `03/04/2024`; if none of them does, the \
event is undated. Numbers in between, a day that does not exist, and years before 1900 or after 2199, which come of \
zeros and of a wrong epoch, are no dates: the event is undated, with a remark, and `date_text` keeps what was written. \
The number 0, `-`, `null` and days of zeros say that there is no date. A date without an offset is a wall clock; so is \
one in a zone whose name tells no offset, with a remark.
* A row that is not UTF-8 is read as windows-1252, with a remark, unless `encoding` says what it is.
* Tags have commas between them, or semicolons or bars, or are a list as JSON has it.
* A column that an option names and the header lacks means that this is another table: the input is refused.",
    authority: "RFC 4180: https://www.rfc-editor.org/rfc/rfc4180",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: KINDS,
    locations: &[],
    companions: &[],
    options: mapped_options![
        ("delimiter", "one character, or `tab`, `comma`, `semicolon`, `pipe`, `space`", "the most frequent"),
        ("quote", "one character, or `none`", "\""),
        ("header", "`yes` or `no`: whether the first row names the columns", "yes"),
        ("columns", "with `header = no`: names of the columns, with commas between", "their numbers"),
        ("skip", "how many lines to pass over before the table begins", "0"),
    ],
    sample: Sample { bytes: include_bytes!("../../samples/csv"), events: 5, rejects: 1 },
};

impl IDataSource for Csv {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut reader = Reader::new(input)?;
        let mut ahead = if reader.looks() { Ahead::look(input, |_| true) } else { Ahead::none(input) };
        reader.look(ahead.head())?;
        let mut input = Input::new(&mut ahead);
        let mut lines = Lines::new(&mut input);
        let mut row = CsvRow::default();
        let mut open = false;
        while let Some(line) = lines.next()? {
            let complete = if open {
                row.append(&line, reader.dialect(), reader.charset)
            } else if reader.passes_over(&line, out)? {
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
