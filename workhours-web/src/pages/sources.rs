//! `/sources`: the inputs and their state, the latest tasks, and the rejected records with reasons.

use super::home::{Rows, number, rows, since, text, time};
use super::report::grouped;
use crate::answer::Answer;
use crate::event::local;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Nav, Route};
use crate::site::Site;
use crate::template::Template;
use serde::Serialize;
use workhours_core::error::Result as CoreResult;
use workhours_core::report::settings::{Parameter, ParameterKind};
use workhours_core::store::{
    InputId, InputRow, RefusedAs, RejectFilter, Store, StoredReject, TaskId, TaskRow,
};

inventory::submit! { Template { name: "sources", text: include_str!("sources.hbs") } }

const INPUT: Parameter =
    Parameter::new("input", "Only tasks and rejects of this input", ParameterKind::Number);
const CODE: Parameter = Parameter::new("code", "Only rejects of this class", ParameterKind::Text);
/// Tasks and rejects that are shown.
const LATEST: i64 = 50;
/// Rows of counts that are shown.
const CLASSES: i64 = 100;

/// The values of the template.
#[derive(Serialize)]
struct SourcesPage {
    inputs: Vec<Input>,
    tasks: Vec<Task>,
    classes: Vec<Class>,
    rejects: Vec<Reject>,
    /// The input that was asked for, and the class.
    only: Option<InputId>,
    code: Option<String>,
    zone: &'static str,
    most: i64,
}

#[derive(Serialize)]
struct Input {
    id: InputId,
    source_type: String,
    label: String,
    path: String,
    host: String,
    user: String,
    zone: String,
    activity: String,
    events: String,
    rejects: i64,
    first: String,
    last: String,
    lag: String,
    loaded: String,
    state: &'static str,
    /// Inputs with less result than expected.
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct Task {
    id: TaskId,
    input_id: InputId,
    started: String,
    path: String,
    state: String,
    tone: &'static str,
    inserted: i64,
    duplicates: i64,
    updated: i64,
    rejected: i64,
    took: String,
    error: Option<String>,
}

#[derive(Serialize)]
struct Class {
    input_id: InputId,
    source_type: String,
    code: String,
    reason: String,
    n: String,
}

#[derive(Serialize)]
struct Reject {
    source_type: String,
    path: String,
    line: Option<i64>,
    code: String,
    reason: String,
    excerpt: String,
}

async fn sources(site: Site, asked: Request) -> Result<Answer, Problem> {
    let only = match asked.query.one("input")? {
        Some(text) => Some(
            text.parse()
                .map(InputId::new)
                .map_err(|_| Problem::bad(format!("{text:?} is not the number of an input")))?,
        ),
        None => None,
    };
    let seen = rows(&site, "sources", "", 1_000).await?;
    let zone = site.config.timezone;
    let code = asked.query.one("code")?.map(str::to_owned);
    let codes: Vec<String> = code.iter().cloned().collect();
    let (inputs, tasks, classes, rejects) = site
        .work(move |_, store, _| {
            if let Some(id) = only {
                store.inputs().get(id).map_err(|_| Problem::not_found(format!("there is no input {id}")))?;
            }
            let classes = store.rejects().by_code(only, CLASSES)?;
            Ok((
                store.inputs().all()?,
                store.tasks().latest(only, LATEST)?,
                classes,
                refused(store, only, codes)?,
            ))
        })
        .await?;
    let type_of =
        |id: InputId| inputs.iter().find(|input| input.id == id).map(|input| input.source_type.clone());
    let class = |refused: RefusedAs| Class {
        input_id: refused.input_id,
        source_type: type_of(refused.input_id).unwrap_or_default(),
        code: refused.code,
        reason: refused.reason.unwrap_or_default(),
        n: grouped(refused.n as u64),
    };
    let page = SourcesPage {
        classes: classes.into_iter().map(class).collect(),
        inputs: inputs.into_iter().map(|input| described(&site, input, &seen)).collect(),
        tasks: tasks.into_iter().map(|task| finished(task, zone)).collect(),
        rejects: rejects.into_iter().map(told).collect(),
        only,
        code,
        zone: zone.name(),
        most: LATEST,
    };
    Ok(Answer::page(site.templates.page(&site, "sources", "Sources", asked.theme, page)?))
}

fn refused(
    store: &mut Store,
    input_id: Option<InputId>,
    codes: Vec<String>,
) -> CoreResult<Vec<StoredReject>> {
    let limit = Some(LATEST as u64);
    let mut reader =
        store.rejects().reader(RejectFilter { input_id, codes, limit, ..RejectFilter::default() });
    let mut found = Vec::new();
    while let Some(reject) = reader.next_reject()? {
        found.push(reject);
    }
    Ok(found)
}

fn described(site: &Site, input: InputRow, seen: &Rows) -> Input {
    let none = Default::default();
    let row = seen.iter().find(|row| number(row, "input_id") as i64 == input.id.get()).unwrap_or(&none);
    let day = |column: &str| time(row, column).map(|us| local(us, site.config.timezone)).unwrap_or_default();
    let loaded = time(row, "loaded");
    // Beyond a week it probably isn't read any more, or was forgotten.
    let old = loaded.is_none_or(|us| site.now_us() - us > 7 * 86_400_000_000);
    Input {
        id: input.id,
        source_type: text(row, "source_type"),
        label: input.label,
        path: input.path,
        host: input.host.unwrap_or_default(),
        user: input.user.unwrap_or_default(),
        zone: input.timezone,
        activity: input.activity,
        events: grouped(number(row, "events") as u64),
        rejects: number(row, "rejects") as i64,
        first: day("first"),
        last: day("last"),
        lag: since(site, time(row, "last"), "never"),
        loaded: since(site, loaded, "nothing yet"),
        state: if old { "warn" } else { "good" },
        note: loaded.and_then(|_| {
            note(number(row, "events") as u64, number(row, "rejects") as u64, time(row, "last"))
        }),
    }
}

/// A note on an input that was read with less result than expected.
fn note(events: u64, rejects: u64, last: Option<i64>) -> Option<&'static str> {
    match (events, rejects) {
        (0, 0) => Some("no events: was anything in it of this type?"),
        (0, _) => Some("every record was rejected: is it of another type?"),
        _ if last.is_none() => Some("no event has a date: they count in no hours"),
        (events, rejects) if rejects > events => Some("most records were rejected: is it of another type?"),
        _ => None,
    }
}

fn finished(task: TaskRow, zone: chrono_tz::Tz) -> Task {
    Task {
        id: task.id,
        input_id: task.input_id,
        started: local(task.started_us, zone),
        path: task.path,
        tone: match task.state.as_str() {
            "done" => "good",
            "failed" => "bad",
            "partial" => "warn",
            _ => "",
        },
        state: task.state,
        inserted: task.inserted,
        duplicates: task.duplicates,
        updated: task.updated,
        rejected: task.rejected,
        took: format!("{:.1} s", task.elapsed_ms as f64 / 1000.0),
        error: task.error,
    }
}

fn told(reject: StoredReject) -> Reject {
    Reject {
        source_type: reject.source_type.unwrap_or_default(),
        path: reject.path.unwrap_or_default(),
        line: (reject.line > 0).then_some(reject.line),
        code: reject.code,
        reason: reject.reason,
        excerpt: reject.excerpt,
    }
}

inventory::submit! { Route {
    params: |_| vec![INPUT, CODE],
    nav: Some(Nav { order: 40, label: "Sources" }),
    ..Route::page("/sources", "Inputs, tasks and rejects", |site, asked| Box::pin(sources(site, asked)))
} }
