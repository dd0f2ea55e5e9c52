//! `/api/reports/{name}`: any report's rows in an envelope; and the reports with separate addresses.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::reports::{ReportRequest, export, parameters_for, split};
use crate::request::Request;
use crate::route::{Route, shape};
use crate::site::Site;
use serde::Serialize;
use std::time::Instant;
use utoipa::ToSchema;
use workhours_core::output::json::page;
use workhours_core::report::settings::LIMIT;
use workhours_core::table::Column;

/// Default number of rows.
const ROWS: u64 = 1_000;
/// And at most; more are an export's.
const MAX_ROWS: u64 = 50_000;

/// The envelope, as programs see it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rows {
    /// An object for each row, its keys the names of the columns. Times are UTC, RFC 3339.
    #[schema(value_type = Vec<Object>)]
    data: Vec<serde_json::Value>,
    /// The source of the rows.
    columns: Vec<ColumnOf>,
    page: RowsPage,
    /// The totals of all rows, label by label. Empty if there are more rows than these.
    totals: Vec<RowsTotal>,
    /// Milliseconds the answer took.
    took_ms: u64,
    /// Notes on the result.
    warnings: Vec<String>,
}

/// A column.
#[derive(Serialize, ToSchema)]
struct ColumnOf {
    name: &'static str,
    r#type: &'static str,
    help: &'static str,
    unit: Option<&'static str>,
}

/// The part of all rows that these are.
#[derive(Serialize, ToSchema)]
struct RowsPage {
    /// How many rows.
    size: u64,
    /// Whether there are more: ask for a greater `limit`, or for an export.
    more: bool,
    /// The state of the database this was read from, or a later one.
    as_of: String,
}

/// A sum, for people.
#[derive(Serialize, ToSchema)]
struct RowsTotal {
    label: String,
    value: String,
}

impl ColumnOf {
    pub(crate) fn new(column: &Column) -> Self {
        let Column { name, kind, help, unit, .. } = *column;
        Self { name, r#type: kind.name(), help, unit }
    }
}

async fn rows(site: Site, asked: Request, name: String) -> Result<Answer, Problem> {
    let (name, format) = split(&name);
    let asking = ReportRequest::new(&site, name, &asked.query)?;
    let (clock, asked, site) = (asking.clock(), &asked, &site);
    let answer = || async move {
        match format.filter(|format| format.output.is_some()) {
            Some(format) => export(site, asking, format).await,
            None => enveloped(site, asking).await,
        }
    };
    site.fresh(asked, clock, answer).await
}

async fn enveloped(site: &Site, asking: ReportRequest) -> Result<Answer, Problem> {
    let begun = Instant::now();
    let limit = asking.settings.number(&LIMIT).unwrap_or(ROWS);
    if limit > MAX_ROWS {
        return Err(Problem::bad(format!("an answer has at most {MAX_ROWS} rows"))
            .hint("an export, such as .ndjson, has all of them"));
    }
    let (objects, mut envelope) = site
        .work(move |site, store, stop| {
            let as_of = store.as_of()?.to_string();
            let mut table = asking.run(site, store, stop, Some(limit + 1))?;
            let columns = table.columns.iter().map(ColumnOf::new).collect();
            let page = page(&mut table, limit)?;
            let totals = page.totals.into_iter().map(|(label, value)| RowsTotal { label, value }).collect();
            let of = RowsPage { size: page.rows, more: page.more, as_of };
            let warnings = Vec::new();
            Ok((page.objects, Rows { data: Vec::new(), columns, page: of, totals, took_ms: 0, warnings }))
        })
        .await?;
    envelope.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let text = serde_json::to_string(&envelope).map_err(|e| Problem::failed(e.to_string()))?;
    // The rows are JSON already; the envelope begins with their place.
    let text = text.replacen("\"data\":[]", &format!("\"data\":[{objects}]"), 1);
    Ok(Answer::of("application/json", text).private())
}

inventory::submit! { Route {
    params: parameters_for,
    ..Route::json("/api/reports/{name}", "A report's rows", shape::<Rows>, |site, asked| {
        let name = asked.name().to_owned();
        Box::pin(rows(site, asked, name))
    })
} }
inventory::submit! { Route {
    params: |_| parameters_for(Some("hours")),
    ..Route::json("/api/hours", "Hours worked: the report hours", shape::<Rows>, |site, asked| {
        Box::pin(rows(site, asked, "hours".into()))
    })
} }
inventory::submit! { Route {
    params: |_| parameters_for(Some("sessions")),
    ..Route::json("/api/sessions", "Sessions of work: the report sessions", shape::<Rows>, |site, asked| {
        Box::pin(rows(site, asked, "sessions".into()))
    })
} }
inventory::submit! { Route {
    params: |_| parameters_for(Some("places")),
    ..Route::json("/api/places", "Addresses by how often they come up: the report places", shape::<Rows>, |site, asked| {
        Box::pin(rows(site, asked, "places".into()))
    })
} }
inventory::submit! { Route {
    params: |_| parameters_for(Some("sources")),
    ..Route::json("/api/sources", "The inputs and how fresh they are: the report sources", shape::<Rows>, |site, asked| {
        Box::pin(rows(site, asked, "sources".into()))
    })
} }
