//! A report in a format for programs, written while it is read.

use super::{Format, ReportRequest};
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::Site;
use hyper::header::CONTENT_DISPOSITION;
use workhours_core::output::by_name;
use workhours_core::report::settings::LIMIT;

/// All its rows, or as many as its limit says.
///
/// # Errors
/// Errors before the first byte.
pub(crate) async fn export(site: &Site, asking: ReportRequest, format: Format) -> Result<Answer, Problem> {
    let name = asking.report.info().name;
    let output = by_name(format.output.unwrap_or("json"))?;
    let style = asking.style(false);
    let answer = site.stream(format.media_type, move |site, out, stop| {
        let mut store = site.pool.store()?;
        let mut table = asking.run(site, &mut store, stop, asking.settings.number(&LIMIT))?;
        output.write(&mut table, out, &style).map(|_| ())
    });
    let answer = answer.await?;
    Ok(match format.ending {
        "json" | "ndjson" | "jsonl" | "md" => answer,
        ending => answer.header(CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}.{ending}\"")),
    })
}
