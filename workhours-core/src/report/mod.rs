//! Reports: named questions to the store, answered with a typed [`Table`]. One file each; a new report is
//! one new file that ends in `inventory::submit!`.
//!
//! Not the place for formatting (an output's business) nor for SQL (the store's).

mod events;
mod gap;

use crate::error::Result;
use crate::names;
use crate::store::{EventFilter, Store};
use crate::table::{Column, Table};

/// What a report tells about itself.
#[derive(Clone, Copy, Debug)]
pub struct ReportInfo {
    /// As typed after `-r`.
    pub name: &'static str,
    /// One line, no full stop.
    pub summary: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
}

/// What a report is asked with. Every report understands all of it or says in its summary what it leaves out.
#[derive(Clone, Debug)]
pub struct ReportParams {
    /// Which events.
    pub filter: EventFilter,
    /// Minutes without an event that make a gap.
    pub gaptime_min: f64,
}

impl Default for ReportParams {
    fn default() -> Self {
        Self { filter: EventFilter::default(), gaptime_min: 15.0 }
    }
}

/// A named question.
pub trait Report: Send + Sync + 'static {
    /// The description.
    fn info(&self) -> &'static ReportInfo;

    /// The answer, whose rows are fetched as they are taken.
    ///
    /// # Errors
    /// What the store reports.
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
        assert_eq!(names, ["events", "gap"]);
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
