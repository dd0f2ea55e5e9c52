//! `reports save|list|run|delete`: reports with their settings, by a name of the user's.

use super::Outcome;
use crate::args::{MainArgs, Reports};
use crate::session::Session;
use serde_json::{Map, Value};
use workhours_core::error::{Context, Error, Result};
use workhours_core::table::{Cell, Column, ColumnType, Table};

const COLUMNS: [Column; 3] = [
    Column::new("name", ColumnType::Text, "its name"),
    Column::new("settings", ColumnType::Json, "the report and its settings, as the flags are called"),
    Column::new("saved", ColumnType::Time, "when it was saved"),
];

pub(crate) fn run(session: &Session<'_>, now: &MainArgs, command: &Reports) -> Result<Outcome> {
    let mut store = session.store()?;
    match command {
        Reports::List => {
            let row = |(name, settings, saved): (String, String, i64)| {
                vec![Cell::Text(name), Cell::Json(settings), Cell::Time(saved)]
            };
            let rows = store.saved_reports()?.into_iter().map(row).collect();
            session.print(&mut Table::ready("reports", &COLUMNS, rows))?;
        }
        Reports::Save { name } => {
            if now.reports.is_empty() {
                return Err(Error::usage("there is no report to save").hint(
                    "name it before the sub-command: workhours -r hours --by project reports save NAME",
                ));
            }
            // A mistake should not wait in a drawer.
            super::report::resolve(&now.reports)?;
            super::report::params(now, session)?;
            let replaced = store.save_report(name, &Value::Object(settings(now)?).to_string())?;
            let verb = if replaced { "replaced" } else { "saved" };
            session.console.say(format_args!("{verb} {name}; workhours reports run {name} prints it"));
        }
        Reports::Run { name } => {
            let saved = store.saved_report(name)?;
            drop(store);
            let mut all: Map<String, Value> =
                serde_json::from_str(&saved).context(|| format!("cannot read the saved report {name}"))?;
            // What is said now beats what was saved.
            all.extend(settings(now)?);
            let args: MainArgs = serde_json::from_value(Value::Object(all)).context(|| {
                format!("this workhours does not know all settings of the saved report {name}")
            })?;
            return super::main_flags(&args, session);
        }
        Reports::Delete { name } => {
            store.delete_report(name)?;
            session.console.say(format_args!("deleted {name}"));
        }
    }
    Ok(Outcome::Done)
}

/// The settings that are said, as an object.
fn settings(args: &MainArgs) -> Result<Map<String, Value>> {
    let object = |args: &MainArgs| -> Result<Map<String, Value>> {
        match serde_json::to_value(args).context(|| "cannot write the settings down")? {
            Value::Object(object) => Ok(object),
            _ => Ok(Map::new()),
        }
    };
    let usual = object(&MainArgs::default())?;
    let mut said = object(args)?;
    said.retain(|key, value| usual.get(key) != Some(value));
    Ok(said)
}
