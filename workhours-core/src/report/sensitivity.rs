//! How much of the hours is opinion: their total at several gap times, all measured in one pass.

use super::params::ReportParams;
use super::worked::{Trace, Traces, hours};
use crate::error::Result;
use crate::table::{Cell, Column, ColumnType, Table};

/// Gap times the total is shown for, minutes.
const SENSITIVE: [f64; 5] = [5.0, 10.0, 15.0, 30.0, 60.0];

const SENSITIVITY: [Column; 4] = [
    Column::new("gaptime", ColumnType::Float, "minutes without an event that would make a gap"),
    Column::new("sessions", ColumnType::Int, "sessions there would be"),
    Column::new("hours", ColumnType::Float, "hours there would be"),
    Column::new("difference", ColumnType::Float, "hours more than with the gap time that is set"),
];

/// A stopwatch with a gap time.
struct Watch {
    gap_min: f64,
    end: Option<i64>,
    sessions: i64,
    sum: i64,
}

impl Watch {
    fn see(&mut self, trace: &Trace, pad_us: i64) {
        let ended = self.end;
        let goes_on = ended.is_some_and(|end| (trace.start - end) as f64 <= self.gap_min * 60e6);
        let from = match ended {
            Some(end) if goes_on => end,
            Some(end) => (trace.start - pad_us).max(end),
            None => trace.start - pad_us,
        };
        self.sessions += i64::from(!goes_on);
        let end = ended.map_or(trace.end, |end| end.max(trace.end));
        self.sum += (end - from).max(0);
        self.end = Some(end);
    }
}

/// The total by gap time: how much of it is opinion.
pub(super) fn sensitivity<'s>(
    name: &'static str,
    mut traces: Traces<'_>,
    params: &ReportParams,
) -> Result<Table<'s>> {
    let mut gaps: Vec<f64> = SENSITIVE.to_vec();
    if !gaps.contains(&params.gaptime_min) {
        gaps.push(params.gaptime_min);
        gaps.sort_by(f64::total_cmp);
    }
    let watch = |gap_min: &f64| Watch { gap_min: *gap_min, end: None, sessions: 0, sum: 0 };
    let mut watches: Vec<Watch> = gaps.iter().map(watch).collect();
    let pad_us = (params.pad_min * 60e6).round() as i64;
    while let Some(trace) = traces.next_trace()? {
        watches.iter_mut().for_each(|watch| watch.see(&trace, pad_us));
    }
    let set = watches.iter().find(|w| w.gap_min == params.gaptime_min).map_or(0, |w| w.sum);
    let rows = watches.iter().map(|w| {
        vec![
            Cell::Float(w.gap_min),
            Cell::Int(w.sessions),
            Cell::Float(hours(w.sum)),
            Cell::Float(hours(w.sum - set)),
        ]
    });
    Ok(Table::ready(name, &SENSITIVITY, rows.collect()))
}
