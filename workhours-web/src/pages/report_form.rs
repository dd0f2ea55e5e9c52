//! The form of a report, made from its parameters, and links to the most common periods.

use super::report::Link;
use crate::query_string::QueryString;
use crate::site::Site;
use serde::Serialize;
use workhours_core::report::ReportInfo;
use workhours_core::report::settings::{Parameter, ParameterKind, parameters_of};
use workhours_core::table::Column;

/// A form that asks for the same page with other parameters.
#[derive(Serialize)]
pub(super) struct Form {
    action: String,
    fields: Vec<Field>,
    rare: Vec<Field>,
    /// Whether a rare one is set.
    open: bool,
    sources: Vec<(String, String)>,
    columns: Vec<&'static str>,
    /// The page without any parameter, if there is one.
    reset: Option<String>,
}

/// A parameter, once for each of its values.
#[derive(Serialize)]
struct Field {
    id: String,
    name: &'static str,
    label: String,
    help: &'static str,
    value: String,
    /// The kind of control: `text`, `number`, `choice`, `flag`.
    control: &'static str,
    choices: Vec<Choice>,
    /// The list of suggestions it has.
    list: Option<&'static str>,
    hint: &'static str,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    chosen: bool,
}

impl Form {
    pub(super) fn new(
        site: &Site,
        info: &ReportInfo,
        query: &QueryString,
        columns: &[Column],
        path: &str,
    ) -> Self {
        let (mut fields, mut rare) = (Vec::new(), Vec::new());
        for parameter in parameters_of(info) {
            let into = if parameter.rare { &mut rare } else { &mut fields };
            into.extend(these(&parameter, query));
        }
        let open = rare.iter().any(|field: &Field| !field.value.is_empty());
        Self {
            action: path.to_owned(),
            fields,
            rare,
            open,
            sources: site.sources.iter().map(|s| (s.name.clone(), s.summary.clone())).collect(),
            columns: columns.iter().map(|column| column.name).collect(),
            reset: (*query != QueryString::default()).then(|| path.to_owned()),
        }
    }
}

/// A field for each value there is, or an empty one.
fn these(parameter: &Parameter, query: &QueryString) -> Vec<Field> {
    let mut values = query.all(parameter.name);
    if values.is_empty() {
        values.push(String::new());
    }
    let field = |(i, value): (usize, String)| {
        let choices = match parameter.kind {
            ParameterKind::Choice(words) => words,
            _ => &[],
        };
        let choice = |word: &&'static str| Choice { value: word, chosen: *word == value };
        Field {
            id: format!("{}-{i}", parameter.name),
            name: parameter.name,
            label: parameter.label(),
            help: parameter.help,
            control: match parameter.kind {
                ParameterKind::Number | ParameterKind::Minutes => "number",
                ParameterKind::Choice(_) => "choice",
                ParameterKind::Flag => "flag",
                _ => "text",
            },
            choices: choices.iter().map(choice).collect(),
            list: match parameter.kind {
                ParameterKind::Source => Some("sources"),
                ParameterKind::Columns => Some("columns"),
                _ => None,
            },
            hint: parameter.example,
            value,
        }
    };
    values.into_iter().enumerate().map(field).collect()
}

/// Links to stretches of time.
pub(super) fn presets(query: &QueryString, path: &str) -> Vec<Link> {
    const PRESETS: [(&str, &str); 8] = [
        ("Today", "today"),
        ("Yesterday", "yesterday"),
        ("This week", "this week"),
        ("Last week", "last week"),
        ("This month", "this month"),
        ("Last month", "last month"),
        ("30 days", "last 30 days"),
        ("All", ""),
    ];
    let given = |name: &str| query.all(name).into_iter().next().unwrap_or_default();
    let now = (given("in"), given("from").is_empty() && given("to").is_empty());
    let link = |(label, period): (&str, &str)| Link {
        label: label.to_owned(),
        path: query.without("from").without("to").with("in", period).without("").at(path),
        here: now.1 && now.0 == period,
    };
    PRESETS.into_iter().map(link).collect()
}
