//! Outputs: writers of [`Table`]s, found by name or by a file's extension. One file each; a new output is
//! one new file that ends in `inventory::submit!`.
//!
//! Not the place to decide where the bytes go: the caller owns the writer, the colours and the width.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

#[cfg(test)]
mod all_tests;
mod blocks;
#[cfg(feature = "dataframes")]
mod columnar;
mod csv;
mod csv_safe;
pub mod html;
mod ics;
pub mod json;
mod jsonl;
mod markdown;
mod people;
mod records;
mod table;
#[cfg(test)]
mod testing;
mod text;
mod tsv;
mod visible;
#[cfg(feature = "xlsx")]
mod xlsx;

pub use people::visible;

use chrono_tz::Tz;
use std::io::Write;
use workhours_base::error::Result;
use workhours_base::names;
use workhours_base::table::Table;

/// An output's description.
#[derive(Clone, Copy, Debug)]
pub struct OutputInfo {
    /// As typed after `-O`.
    pub name: &'static str,
    /// Its file extensions, without the dot.
    pub extensions: &'static [&'static str],
    /// One line, no full stop.
    pub summary: &'static str,
    /// Whether it is bytes that would make a mess of a terminal.
    pub binary: bool,
}

/// The result of writing a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The data rows written.
    pub rows: u64,
    /// Notes for people, a sentence each without full stop: values that the format can't store.
    pub notes: Vec<String>,
}

impl Written {
    /// This many rows, without notes.
    fn rows(rows: u64) -> Self {
        Self { rows, notes: Vec::new() }
    }
}

/// How the reader wants it.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The zone times are shown in by outputs for people. Data outputs always write UTC.
    pub zone: Tz,
    /// Columns of the terminal, when there is one.
    pub width: Option<usize>,
    /// Whether colours are wanted.
    pub color: bool,
    /// Whether the table for people shows the detail columns too.
    pub all_columns: bool,
}

/// A writer of tables.
pub trait Output: Send + Sync + 'static {
    /// The description.
    fn info(&self) -> &'static OutputInfo;

    /// Writes the whole table, pulling one row at a time.
    ///
    /// # Errors
    /// Errors of the rows, or of the writer. A closed pipe is returned as an `io::Error` of kind `BrokenPipe` at the
    /// bottom of the chain.
    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, style: &Style) -> Result<Written>;
}

/// An entry of the link-time registry of outputs.
pub struct OutputEntry(pub &'static dyn Output);

inventory::collect!(OutputEntry);

/// All outputs, by name.
pub fn outputs() -> Vec<&'static dyn Output> {
    let mut all: Vec<_> = inventory::iter::<OutputEntry>.into_iter().map(|e| e.0).collect();
    all.sort_by_key(|o| o.info().name);
    all
}

/// The output of this name.
///
/// # Errors
/// A usage error that names the nearest one.
pub fn by_name(name: &str) -> Result<&'static dyn Output> {
    outputs().into_iter().find(|o| o.info().name == name).ok_or_else(|| {
        names::unknown("output format", name, outputs().iter().map(|o| o.info().name), "workhours --help")
    })
}

/// The output a file's extension asks for.
pub fn by_extension(extension: &str) -> Option<&'static dyn Output> {
    let lower = extension.to_lowercase();
    outputs().into_iter().find(|o| o.info().extensions.contains(&lower.as_str()))
}
