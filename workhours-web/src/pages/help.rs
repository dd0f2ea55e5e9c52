//! `/help`: how to search. The fields are those of the query language, the parameters those of reports, so the lists
//! are complete.

use crate::answer::Answer;
use crate::api::reports::kind;
use crate::problem::Problem;
use crate::reports::FORMATS;
use crate::request::Request;
use crate::route::{Nav, Route};
use crate::site::Site;
use crate::template::Template;
use serde_json::{Value, json};
use workhours_core::query::{FIELDS, Field, MAX_BYTES, MAX_CLAUSES, MAX_DEPTH};
use workhours_core::report::settings::PARAMETERS;

inventory::submit! { Template { name: "help", text: include_str!("help.hbs") } }

async fn help(site: Site, asked: Request) -> Result<Answer, Problem> {
    let fields: Vec<Value> = FIELDS
        .iter()
        .map(|f| json!({ "name": f.name, "aliases": f.aliases.join(", "), "kind": kind(f.kind), "help": f.help }))
        .collect();
    let plain: Vec<&str> = Field::names().filter(|name| FIELDS.iter().all(|f| f.name != *name)).collect();
    let parameters: Vec<Value> = PARAMETERS
        .iter()
        .map(|p| json!({ "name": p.name, "help": p.help, "many": p.repeatable, "some": p.optional }))
        .collect();
    let endings: Vec<String> = FORMATS.iter().map(|format| format!(".{}", format.ending)).collect();
    let page = json!({
        "fields": fields,
        "meta": plain.join(", "),
        "parameters": parameters,
        "endings": endings.join(" "),
        "caps": { "bytes": MAX_BYTES, "depth": MAX_DEPTH, "clauses": MAX_CLAUSES },
    });
    Ok(Answer::page(site.templates.page(&site, "help", "Help", asked.theme, page)?))
}

inventory::submit! { Route {
    nav: Some(Nav { order: 90, label: "Help" }),
    ..Route::page("/help", "How to ask", |site, asked| Box::pin(help(site, asked)))
} }
