//! `/reports/`: all reports, grouped by their purpose. A new report is placed by its options and columns.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Nav, Route};
use crate::site::Site;
use crate::template::Template;
use serde_json::{Value, json};
use workhours_core::report::settings::{BUCKET, GAPTIME};
use workhours_core::report::{ReportInfo, reports};

inventory::submit! { Template { name: "reports", text: include_str!("reports.hbs") } }

const GROUPS: [(&str, &str); 4] = [
    ("Time", "Hours, sessions and the gaps between them"),
    ("Over time", "How much there was in each interval"),
    ("Most of all", "What comes up, by how often"),
    ("In detail", "Everything as it is"),
];

/// The group of a report.
fn group(info: &ReportInfo) -> usize {
    let counts = info.columns.iter().any(|column| column.name == "count");
    match info.options {
        options if options.contains(&GAPTIME) => 0,
        options if options.contains(&BUCKET) => 1,
        _ if counts => 2,
        _ => 3,
    }
}

async fn index(site: Site, asked: Request) -> Result<Answer, Problem> {
    let in_group = |wanted: usize| -> Vec<Value> {
        let found = reports().into_iter().map(|report| report.info()).filter(|info| group(info) == wanted);
        found.map(|info| json!({ "name": info.name, "summary": info.summary.replace("--", "") })).collect()
    };
    let groups: Vec<Value> = GROUPS
        .iter()
        .enumerate()
        .map(|(i, (name, about))| json!({ "name": name, "about": about, "reports": in_group(i) }))
        .collect();
    let page = json!({ "groups": groups });
    Ok(Answer::page(site.templates.page(&site, "reports", "Reports", asked.theme, page)?))
}

inventory::submit! { Route {
    nav: Some(Nav { order: 20, label: "Reports" }),
    ..Route::page("/reports", "All reports", |site, asked| Box::pin(index(site, asked)))
} }
