//! The gaps themselves, one row each, with the activity before and after.

use super::params::ReportParams;
use super::sessions::{Build, Depth, Detail, Part, Session, Sessions};
use super::settings::{ACTIVITY, GAPTIME};
use super::{Report, ReportEntry, ReportInfo};
use std::collections::BTreeMap;
use std::sync::Arc;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, ColumnType, Row, Rows, Table};
use workhours_query::people::Who;
use workhours_store::Store;

const COLUMNS: [Column; 7] = [
    Column::new("start", ColumnType::Time, "when the event before it ended"),
    Column::new("end", ColumnType::Time, "when the event after it began"),
    Column::bar("minutes", ColumnType::Float, "how long nothing happened, minutes").unit("min"),
    Column::new("before", ColumnType::Text, "what was done last: the command, the title"),
    Column::detail("before_source", ColumnType::Category, "the source type of that event"),
    Column::new("after", ColumnType::Text, "what was done next"),
    Column::detail("after_source", ColumnType::Category, "the source type of that event"),
];

struct Gaps;

static INFO: ReportInfo = ReportInfo {
    name: "gaps",
    summary: "The stretches of more than --gaptime minutes in which nothing happened",
    columns: &COLUMNS,
    options: &[GAPTIME, ACTIVITY],
};

impl Report for Gaps {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        // Time that `--where` doesn't keep, or a correction removes, may be any number of sessions before the window.
        let everything = ReportParams { from_us: None, until_us: None, ..params.clone() };
        let far = params.keep.is_some() || !store.corrections().all()?.is_empty();
        let asked = if far { &everything } else { params };
        let build = Build { pad_us: 0, neighbours: true, ..Build::new(params, Depth::Titles) };
        let mut sessions = Sessions::new(store, asked, build)?;
        let notes = sessions.notes();
        let mut people: BTreeMap<Who, Vec<Session>> = BTreeMap::new();
        while let Some(session) = sessions.next_session() {
            people.entry(session.who.clone()).or_default().push(session);
        }
        let window = params.counted_window();
        let mut rows: Vec<Gap> = people.into_values().flat_map(|of| gaps(&of, build.gap_us)).collect();
        rows.retain_mut(|gap| {
            (gap.from, gap.until) = (gap.from.max(window.from), gap.until.min(window.until));
            gap.from < gap.until
        });
        rows.sort_by_key(|gap| (gap.from, gap.until));
        let us = rows.iter().map(|gap| gap.until - gap.from).sum();
        let totals = (rows.len(), us);
        Ok(INFO.table(Box::new(GapRows { rows: rows.into_iter(), totals })).noted(notes))
    }
}

/// An interval in which nothing happened.
struct Gap {
    from: i64,
    until: i64,
    before: Option<Arc<Detail>>,
    after: Option<Arc<Detail>>,
}

/// The time between the parts of one person's sessions, if it is longer than the gap time, or was cut out.
fn gaps(sessions: &[Session], gap_us: i64) -> Vec<Gap> {
    let parts: Vec<&Part> = sessions.iter().flat_map(|session| &session.parts).collect();
    let mut gaps: Vec<Gap> = Vec::new();
    let mut end: Option<i64> = None;
    let mut before: Option<Arc<Detail>> = None;
    for (i, part) in parts.iter().enumerate() {
        if let Some(end) = end.filter(|end| part.from - end > gap_us) {
            let after = parts[i..].iter().find_map(|part| part.first.clone());
            gaps.push(Gap { from: end, until: part.from, before: before.clone(), after });
        }
        end = end.max(Some(part.until));
        before = part.last.clone().or(before);
    }
    gaps
}

struct GapRows {
    rows: std::vec::IntoIter<Gap>,
    totals: (usize, i64),
}

impl Rows for GapRows {
    fn next_row(&mut self) -> Result<Option<Row>> {
        let Some(gap) = self.rows.next() else { return Ok(None) };
        let title = |detail: &Option<Arc<Detail>>| detail.as_ref().and_then(|d| d.title.clone());
        let source = |detail: &Option<Arc<Detail>>| detail.as_ref().map(|d| d.source.clone());
        Ok(Some(Row::Data(vec![
            Cell::Time(gap.from),
            Cell::Time(gap.until),
            Cell::Float(minutes(gap.until - gap.from)),
            title(&gap.before).into(),
            source(&gap.before).into(),
            title(&gap.after).into(),
            source(&gap.after).into(),
        ])))
    }

    fn totals(&self) -> Vec<(String, String)> {
        vec![
            ("gaps".into(), self.totals.0.to_string()),
            ("time in gaps".into(), format!("{} min", minutes(self.totals.1))),
        ]
    }
}

/// Minutes to the hundredth.
pub(super) fn minutes(us: i64) -> f64 {
    (us as f64 / 600_000.0).round() / 100.0
}

inventory::submit! { ReportEntry(&Gaps) }
