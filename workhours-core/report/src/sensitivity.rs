//! How much of the hours is opinion: their total at several gap times, each counted as the hours are.

use super::params::ReportParams;
use super::sessions::{Build, Depth, Sessions, hours};
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, ColumnType, Table};
use workhours_store::Store;

/// Gap times the total is shown for, minutes.
const SENSITIVE: [f64; 5] = [5.0, 10.0, 15.0, 30.0, 60.0];

const SENSITIVITY: [Column; 4] = [
    Column::new("gaptime", ColumnType::Float, "minutes without an event that would make a gap"),
    Column::new("sessions", ColumnType::Int, "sessions there would be"),
    Column::new("hours", ColumnType::Float, "hours there would be"),
    Column::new("difference", ColumnType::Float, "hours more than with the gap time that is set"),
];

/// The total by gap time: how much of it is opinion.
pub(super) fn sensitivity<'s>(
    name: &'static str,
    store: &mut Store,
    params: &ReportParams,
) -> Result<Table<'s>> {
    let mut gaps: Vec<f64> = SENSITIVE.to_vec();
    if !gaps.contains(&params.gaptime_min) {
        gaps.push(params.gaptime_min);
        gaps.sort_by(f64::total_cmp);
    }
    let (mut found, mut notes) = (Vec::new(), Vec::new());
    for gap_min in gaps {
        let asked = ReportParams { gaptime_min: gap_min, ..params.clone() };
        let mut sessions = Sessions::new(store, &asked, Build::new(&asked, Depth::Times))?;
        notes = sessions.notes();
        let (mut n, mut sum) = (0, 0);
        while let Some(session) = sessions.next_session() {
            n += 1;
            sum += session.length();
        }
        found.push((gap_min, n, sum));
    }
    let set = found.iter().find(|(gap, ..)| *gap == params.gaptime_min).map_or(0, |(.., sum)| *sum);
    let rows = found.iter().map(|(gap, n, sum)| {
        vec![Cell::Float(*gap), Cell::Int(*n), Cell::Float(hours(*sum)), Cell::Float(hours(sum - set))]
    });
    Ok(Table::ready(name, &SENSITIVITY, rows.collect()).noted(notes))
}
