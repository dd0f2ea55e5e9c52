//! `/api/export.csv` and the like: all events a search finds, as they are now, written while they are read.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::reports::{FORMATS, Format, by_media_type, split};
use crate::request::Request;
use crate::route::{Handler, Route};
use crate::search::{EXPORTED, NARROWED, Search, SearchRun};
use crate::site::Site;
use hyper::header::{CONTENT_DISPOSITION, VARY};
use workhours_core::index::{Order, Question};
use workhours_core::output::{Style, by_name};
use workhours_core::search;

async fn export(site: Site, asked: Request) -> Result<Answer, Problem> {
    let (_, ending) = split(asked.path.rsplit('/').next().unwrap_or_default());
    let known = ending.or_else(|| by_media_type(&asked.accepted())).filter(|f| f.output.is_some());
    let answer = write(&site, &asked, known.unwrap_or(FORMATS[0])).await?;
    Ok(if ending.is_none() { answer.header(VARY, "Accept") } else { answer })
}

async fn write(site: &Site, asked: &Request, format: Format) -> Result<Answer, Problem> {
    let search = Search::new(site, &asked.query)?;
    let order = search.ask.order.clone();
    if order == Order::Relevance {
        return Err(Problem::bad("an export is sorted by a field, not by relevance")
            .hint("sort=date, sort=-date or another field"));
    }
    let output = by_name(format.output.unwrap_or("csv"))?;
    let style = Style { zone: search.zone, width: None, color: false, all_columns: true };
    let answer = site.stream(format.media_type, move |site, out, stop| {
        let mut store = site.pool.store()?;
        let engine = SearchRun::new(site, &mut store, stop, None)?;
        // An index that is far behind would leave out events of the file.
        let fit = engine.is_indexed() && engine.notices.is_empty();
        let index = fit.then(|| engine.index());
        let question = Question { as_of: None, ..search.question };
        let budget = engine.budget();
        let table = search::export(index, &mut store, &question, order, search.limit, budget)?;
        output.write(&mut stop.watch(table), out, &style).map(|_| ())
    });
    let named = format!("attachment; filename=\"events.{}\"", format.ending);
    Ok(answer.await?.header(CONTENT_DISPOSITION, &named))
}

const fn route(path: &'static str, summary: &'static str) -> Route {
    const HANDLER: Handler = |site, asked| Box::pin(export(site, asked));
    Route { params: |_| [&NARROWED[..], &EXPORTED].concat(), ..Route::file(path, summary, HANDLER) }
}

inventory::submit! { route("/api/export", "All events a search finds, as Accept says; csv when it says nothing") }
inventory::submit! { route("/api/export.csv", "All events a search finds, as csv in which nothing is a formula") }
inventory::submit! { route("/api/export.ndjson", "All events a search finds, an object a line") }
inventory::submit! { route("/api/export.json", "All events a search finds, as one list") }
inventory::submit! { route("/api/export.parquet", "All events a search finds, as parquet") }
inventory::submit! { route("/api/export.arrow", "All events a search finds, as arrow (Feather 2)") }
inventory::submit! { route("/api/export.xlsx", "All events a search finds, as a workbook") }
