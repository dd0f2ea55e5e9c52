//! Reports: named questions to the store, answered with a typed [`Table`]. One file each; a new report is
//! one new file that ends in `inventory::submit!`.
//!
//! Not the place for formatting (an output's task) nor for SQL (the store's).

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod ask;
mod calendar;
mod commands;
mod counting;
mod domains;
mod engine;
mod events;
mod explain;
mod files;
mod gap;
mod gaps;
mod histogram;
mod hosts;
mod hours;
mod http;
mod kinds;
mod params;
mod peers;
mod period;
mod places;
mod priced;
mod projects;
mod questions;
mod searches;
mod sensitivity;
mod sessions;
mod sessions_report;
pub mod settings;
pub mod shape;
pub mod snapshots;
mod sources;
mod summed;
mod tags;
pub mod unmatched;
mod users;
mod web;
mod wikipedia;

pub use ask::run;
pub use params::ReportParams;

use settings::Parameter;
use workhours_base::error::Result;
use workhours_base::names;
use workhours_base::table::{Chart, Column, Rows, Table};
use workhours_store::Store;

/// A report's description.
#[derive(Clone, Copy, Debug)]
pub struct ReportInfo {
    /// As typed after `-r`.
    pub name: &'static str,
    /// One line, no full stop.
    pub summary: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
    /// What it understands in addition to the filter and the clock.
    pub options: &'static [Parameter],
}

impl ReportInfo {
    /// Whether this parameter is among its options.
    pub fn takes(&self, parameter: &Parameter) -> bool {
        self.options.iter().any(|option| option.name == parameter.name)
    }

    /// A table with its name and columns.
    fn table<'s>(&self, rows: Box<dyn Rows + 's>) -> Table<'s> {
        Table {
            name: self.name.into(),
            columns: self.columns.to_vec(),
            rows,
            chart: Chart::None,
            notes: Vec::new(),
        }
    }
}

/// A named question.
pub trait Report: Send + Sync + 'static {
    /// The description.
    fn info(&self) -> &'static ReportInfo;

    /// The result, whose rows are fetched as they are taken.
    ///
    /// # Errors
    /// Database errors.
    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>>;
}

/// An entry of the link-time registry of reports.
pub struct ReportEntry(pub &'static dyn Report);

inventory::collect!(ReportEntry);

/// All reports, by name.
pub fn reports() -> Vec<&'static dyn Report> {
    let mut all: Vec<_> = inventory::iter::<ReportEntry>.into_iter().map(|e| e.0).collect();
    all.sort_by_key(|r| r.info().name);
    all
}

/// The report of this name.
///
/// # Errors
/// A usage error that names the nearest one.
pub fn by_name(name: &str) -> Result<&'static dyn Report> {
    reports().into_iter().find(|r| r.info().name == name).ok_or_else(|| {
        let known = reports();
        names::unknown("report", name, known.iter().map(|r| r.info().name), "workhours --list-report-types")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_unique_described_and_sorted() {
        let names: Vec<_> = reports().iter().map(|r| r.info().name).collect();
        let want = [
            "calendar",
            "commands",
            "domains",
            "events",
            "files",
            "gap",
            "gaps",
            "histogram",
            "hosts",
            "hours",
            "http",
            "kinds",
            "peers",
            "places",
            "projects",
            "questions",
            "searches",
            "sessions",
            "sources",
            "tags",
            "users",
            "wikipedia",
        ];
        assert_eq!(names, want);
        for r in reports() {
            let info = r.info();
            assert!(!info.summary.is_empty() && !info.summary.ends_with('.'), "{}", info.name);
            let mut columns: Vec<_> = info.columns.iter().map(|c| c.name).collect();
            assert!(info.columns.iter().all(|c| !c.help.is_empty()), "{}: a column without help", info.name);
            columns.sort_unstable();
            columns.dedup();
            assert_eq!(columns.len(), info.columns.len(), "{}: a column twice", info.name);
        }
        assert!(by_name("evnts").err().unwrap().hint_text().unwrap().contains("events"));
    }
}
