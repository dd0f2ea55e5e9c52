//! The events themselves, in order of time: every column, nothing added up.

use super::{Report, ReportEntry, ReportInfo, ReportParams};
use workhours_base::error::Result;
use workhours_base::table::{Row, Rows, Table};
use workhours_event::{EVENT_COLUMNS, event_cells};
use workhours_store::{EventReader, Store};

struct Events;

static INFO: ReportInfo = ReportInfo {
    name: "events",
    summary: "The events themselves, in order of time, undated ones last",
    columns: &EVENT_COLUMNS,
    options: &[],
};

impl Report for Events {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let reader = store.events().reader(params.filter.clone());
        Ok(INFO.table(Box::new(EventRows(reader))))
    }
}

struct EventRows<'s>(EventReader<'s>);

impl Rows for EventRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        let Some(event) = self.0.next_event()? else { return Ok(None) };
        let path = self.0.path_of(event.file_id)?;
        Ok(Some(Row::Data(event_cells(event, path))))
    }
}

inventory::submit! { ReportEntry(&Events) }
