//! The gaps themselves, one row each, with what was done before and after.

use super::params::ReportParams;
use super::worked::{Trace, Traces};
use super::{Opt, Report, ReportEntry, ReportInfo};
use crate::error::Result;
use crate::store::Store;
use crate::table::{Cell, Column, ColumnType, Row, Rows, Table};

const COLUMNS: [Column; 7] = [
    Column::new("start", ColumnType::Time, "when the last event before it was over"),
    Column::new("end", ColumnType::Time, "when the next one began"),
    Column::bar("minutes", ColumnType::Float, "how long nothing happened, minutes").unit("min"),
    Column::new("before", ColumnType::Text, "what was done last: the command, the title"),
    Column::detail("before_source", ColumnType::Category, "where that was found"),
    Column::new("after", ColumnType::Text, "what was done next"),
    Column::detail("after_source", ColumnType::Category, "where that was found"),
];

struct Gaps;

static INFO: ReportInfo = ReportInfo {
    name: "gaps",
    summary: "The stretches of more than --gaptime minutes in which nothing happened",
    columns: &COLUMNS,
    options: &[Opt::Gaptime, Opt::Activity],
};

impl Report for Gaps {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let rows = GapRows {
            traces: Traces::new(store, params)?,
            gap_us: params.gaptime_min * 60e6,
            before: None,
            end: i64::MIN,
            gaps: 0,
            gap_sum: 0,
        };
        Ok(INFO.table(Box::new(rows)))
    }
}

struct GapRows<'s> {
    traces: Traces<'s>,
    gap_us: f64,
    before: Option<Trace>,
    /// The end of what lasts longest so far.
    end: i64,
    gaps: u64,
    gap_sum: i64,
}

impl Rows for GapRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        while let Some(trace) = self.traces.next_trace()? {
            let (start, end) = (self.end, trace.start);
            self.end = self.end.max(trace.end);
            let before = self.before.replace(trace.clone());
            let Some(before) = before.filter(|_| (end.saturating_sub(start)) as f64 > self.gap_us) else {
                continue;
            };
            self.gaps += 1;
            self.gap_sum += end - start;
            return Ok(Some(Row::Data(vec![
                Cell::Time(start),
                Cell::Time(end),
                Cell::Float(minutes(end - start)),
                before.title.into(),
                before.source.into(),
                trace.title.into(),
                trace.source.into(),
            ])));
        }
        Ok(None)
    }

    fn totals(&self) -> Vec<(String, String)> {
        vec![
            ("gaps".into(), self.gaps.to_string()),
            ("time in gaps".into(), format!("{} min", minutes(self.gap_sum))),
        ]
    }
}

/// Minutes to the hundredth.
pub(super) fn minutes(us: i64) -> f64 {
    (us as f64 / 600_000.0).round() / 100.0
}

inventory::submit! { ReportEntry(&Gaps) }
