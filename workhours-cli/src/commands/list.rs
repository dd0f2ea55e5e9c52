//! `-l` and `--list-report-types`: what this program knows.

use crate::session::Session;
use workhours_core::error::Result;
use workhours_core::report::reports;
use workhours_core::table::{Cell, Column, ColumnType, Table};

const SOURCES: [Column; 6] = [
    Column::new("name", ColumnType::Text, "as typed after -s"),
    Column::new("summary", ColumnType::Text, "what it reads"),
    Column::new("origin", ColumnType::Text, "built-in, the plugin's file, or where a config declares it"),
    Column::new("aliases", ColumnType::List, "other names it answers to"),
    Column::detail("activity", ColumnType::Text, "whose traces: human, machine or mixed"),
    Column::detail("kinds", ColumnType::List, "the kinds its events have"),
];

pub(crate) fn source_types(session: &Session<'_>) -> Result<()> {
    let list = |names: &[&str]| Cell::List(names.iter().map(|n| (*n).to_owned()).collect());
    let rows = session
        .registry()?
        .all()
        .iter()
        .map(|r| {
            let info = r.source.info();
            vec![
                info.name.into(),
                info.summary.into(),
                r.origin.into(),
                list(info.aliases),
                info.activity.as_str().into(),
                list(info.kinds),
            ]
        })
        .collect();
    session.print(&mut Table::ready("source types", &SOURCES, rows))
}

const REPORTS: [Column; 4] = [
    Column::new("name", ColumnType::Text, "as typed after -r"),
    Column::new("summary", ColumnType::Text, "what it answers"),
    Column::detail("columns", ColumnType::List, "its columns"),
    Column::detail("options", ColumnType::List, "flags it understands besides those of every report"),
];

pub(crate) fn report_types(session: &Session<'_>) -> Result<()> {
    let rows = reports()
        .iter()
        .map(|r| {
            let info = r.info();
            let columns = info.columns.iter().map(|c| c.name.to_owned()).collect();
            let options = info.options.iter().map(|option| option.name.to_owned()).collect();
            vec![info.name.into(), info.summary.into(), Cell::List(columns), Cell::List(options)]
        })
        .collect();
    session.print(&mut Table::ready("report types", &REPORTS, rows))
}
