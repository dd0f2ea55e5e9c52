//! `/api/reports` and `/api/fields`: what can be asked for, and what questions can name.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::route::{Route, shape};
use serde::Serialize;
use utoipa::ToSchema;
use workhours_core::query::{FIELDS, FieldKind};
use workhours_core::report::settings::{Parameter, ParameterKind, parameters_of};
use workhours_core::report::{Report, reports};

/// The reports.
#[derive(Serialize, ToSchema)]
struct Reports {
    data: Vec<OneReport>,
}

/// A report.
#[derive(Serialize, ToSchema)]
struct OneReport {
    name: &'static str,
    summary: &'static str,
    columns: Vec<NamedColumn>,
    parameters: Vec<OneParameter>,
}

/// A column of a report.
#[derive(Serialize, ToSchema)]
struct NamedColumn {
    name: &'static str,
    r#type: &'static str,
    help: &'static str,
    unit: Option<&'static str>,
    /// Whether outputs for people leave it out.
    detail: bool,
}

/// A parameter a report takes.
#[derive(Serialize, ToSchema)]
struct OneParameter {
    name: &'static str,
    help: &'static str,
    repeatable: bool,
    /// The words it takes; none where it takes others.
    choices: Vec<&'static str>,
}

/// The fields of the query language.
#[derive(Serialize, ToSchema)]
struct Fields {
    data: Vec<OneField>,
}

/// A field.
#[derive(Serialize, ToSchema)]
struct OneField {
    name: &'static str,
    aliases: Vec<&'static str>,
    /// How its values compare: name, words, time or number.
    kind: &'static str,
    help: &'static str,
}

fn one_report(report: &dyn Report) -> OneReport {
    let info = report.info();
    let column = |c: &workhours_core::table::Column| NamedColumn {
        name: c.name,
        r#type: c.kind.name(),
        help: c.help,
        unit: c.unit,
        detail: c.detail,
    };
    let parameter = |p: Parameter| OneParameter {
        name: p.name,
        help: p.help,
        repeatable: p.repeatable,
        choices: match p.kind {
            ParameterKind::Choice(words) => words.to_vec(),
            _ => Vec::new(),
        },
    };
    OneReport {
        name: info.name,
        summary: info.summary,
        columns: info.columns.iter().map(column).collect(),
        parameters: parameters_of(info).map(parameter).collect(),
    }
}

/// How a field's values compare, in a word.
pub(crate) fn kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Name => "name",
        FieldKind::Words => "words",
        FieldKind::Time => "time",
        FieldKind::Number => "number",
    }
}

async fn all_reports() -> Result<Answer, Problem> {
    Answer::json(&Reports { data: reports().into_iter().map(one_report).collect() })
}

async fn all_fields() -> Result<Answer, Problem> {
    let field = |f: &workhours_core::query::FieldInfo| OneField {
        name: f.name,
        aliases: f.aliases.to_vec(),
        kind: kind(f.kind),
        help: f.help,
    };
    Answer::json(&Fields { data: FIELDS.iter().map(field).collect() })
}

inventory::submit! { Route::json("/api/reports", "The reports there are", shape::<Reports>, |_, _| {
    Box::pin(all_reports())
}) }
inventory::submit! { Route::json("/api/fields", "The fields of the query language", shape::<Fields>, |_, _| {
    Box::pin(all_fields())
}) }
