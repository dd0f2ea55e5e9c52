//! `reports`: reports saved with their settings under a name, in the database or the config; and snapshots, the rows
//! that a saved report had at one time.

use super::Outcome;
use crate::args::{MainArgs, ReportFlags, Reports};
use crate::console::count;
use crate::session::Session;
use clap::Parser;
use serde_json::{Map, Value};
use workhours_core::config::ReportSpec;
use workhours_core::error::{Context, Error, Result};
use workhours_core::report::settings::Settings;
use workhours_core::report::shape::shape;
use workhours_core::snapshots::{self, Snapshot};
use workhours_core::table::{Cell, Column, ColumnType, Table};

/// The key for the names of the reports in a saved report.
const REPORTS: &str = "reports";

const COLUMNS: [Column; 4] = [
    Column::new("name", ColumnType::Text, "its name"),
    Column::new("settings", ColumnType::Json, "the report and its settings, named like the flags"),
    Column::new("saved", ColumnType::Time, "when it was saved; empty for one in the config"),
    Column::detail("origin", ColumnType::Text, "where: database, or the config's file and line"),
];

const SNAPSHOTS: [Column; 4] = [
    Column::new("snapshot", ColumnType::Text, "its name: the name of the saved report and the time"),
    Column::new("report", ColumnType::Text, "the saved report"),
    Column::new("taken", ColumnType::Time, "when it was taken"),
    Column::new("bytes", ColumnType::Int, "its size on disk").unit("bytes"),
];

pub(crate) fn run(session: &Session<'_>, now: &MainArgs, command: &Reports) -> Result<Outcome> {
    match command {
        Reports::List => list(session)?,
        Reports::Save { name } => save(session, now, name)?,
        Reports::Run { name } => return super::main_flags(&saved(session, now, name)?, session),
        Reports::Delete { name } => delete(session, name)?,
        Reports::Snapshot { name } => snapshot(session, now, name)?,
        Reports::Snapshots => {
            let row = |snapshot: Snapshot| {
                vec![
                    Cell::from(snapshot.name()),
                    Cell::from(snapshot.report.clone()),
                    Cell::Time(snapshot.taken_us),
                    Cell::Int(snapshot.bytes as i64),
                ]
            };
            let rows = snapshots::all(&session.filestore()?)?.into_iter().map(row).collect();
            session.print(&mut Table::ready("snapshots", &SNAPSHOTS, rows))?;
        }
        Reports::Show { snapshot } => {
            let snapshot = snapshots::find(&session.filestore()?, snapshot)?;
            session.print(&mut snapshots::open(&snapshot)?)?;
        }
    }
    Ok(Outcome::Done)
}

fn list(session: &Session<'_>) -> Result<()> {
    let mut rows = Vec::new();
    for (name, settings, saved) in session.store()?.saved().reports()? {
        rows.push(vec![Cell::from(name), Cell::Json(settings.into()), Cell::Time(saved), "database".into()]);
    }
    for spec in &session.config.reports {
        let settings = from_config(spec)?.to_json();
        let cells = [Cell::from(spec.name.clone()), Cell::Json(settings.into()), Cell::Null];
        rows.push(cells.into_iter().chain([Cell::from(spec.origin.clone())]).collect());
    }
    session.print(&mut Table::ready("reports", &COLUMNS, rows))
}

fn save(session: &Session<'_>, now: &MainArgs, name: &str) -> Result<()> {
    if now.reports.is_empty() {
        return Err(Error::usage("there is no report to save")
            .hint("name it before the sub-command: workhours -r hours --by project reports save NAME"));
    }
    if let Some(spec) = session.config.reports.iter().find(|spec| spec.name == name) {
        return Err(Error::usage(format!("{}: a report {name} already exists", spec.origin))
            .hint("change it there, or choose another name"));
    }
    // Report a mistake now, not when the report is run.
    super::report::resolve(&now.reports)?;
    super::report::params(now, session)?;
    let replaced = session.store()?.saved().save_report(name, &SavedReport::of(now).to_json())?;
    let verb = if replaced { "replaced" } else { "saved" };
    session.console.say(format_args!("{verb} {name}; workhours reports run {name} prints it"));
    Ok(())
}

fn delete(session: &Session<'_>, name: &str) -> Result<()> {
    if let Some(spec) = session.config.reports.iter().find(|spec| spec.name == name) {
        return Err(Error::usage(format!("the report {name} is in the config"))
            .hint(format!("delete its line, {}", spec.origin)));
    }
    let mut store = session.store()?;
    let is_saved = store.saved().reports()?.iter().any(|(saved, ..)| saved == name);
    let fs = session.filestore()?;
    match snapshots::all(&fs)?.iter().find(|snapshot| !is_saved && snapshot.name() == name) {
        Some(snapshot) => snapshots::delete(snapshot)?,
        None => store.saved().delete_report(name)?,
    }
    session.console.say(format_args!("deleted {name}"));
    Ok(())
}

fn snapshot(session: &Session<'_>, now: &MainArgs, name: &str) -> Result<()> {
    let main = saved(session, now, name)?;
    let report = match &super::report::resolve(&main.reports)?[..] {
        [report] => *report,
        other => {
            return Err(Error::usage(format!(
                "{name} has {}, but a snapshot can have only one",
                count(other.len() as u64, "report")
            ))
            .hint("save each under a name of its own"));
        }
    };
    let (params, shaped) = (super::report::params(&main, session)?, super::report::shape(&main)?);
    let mut store = session.store()?;
    super::kept::warn_of_hosts(session, &mut store)?;
    let table = shape(workhours_core::report::run(report, &mut store, &params)?, &shaped)?;
    let (snapshot, rows) =
        snapshots::take(&session.filestore_for_writing()?, name, session.now_us()?, table)?;
    let (of, kept) = (count(rows, "row"), snapshot.name());
    session.console.say(format_args!("kept {of} as {kept}; workhours reports show '{kept}' prints them"));
    Ok(())
}

/// What a saved report is: reports, and their settings.
#[derive(Clone)]
pub(super) struct SavedReport {
    pub(super) reports: Vec<String>,
    pub(super) settings: Settings,
}

impl SavedReport {
    fn of(flags: &MainArgs) -> Self {
        Self { reports: flags.reports.clone(), settings: flags.settings.0.clone() }
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    pub(super) fn from_json(name: &str, text: &str) -> Result<Self> {
        let mut all: Map<String, Value> =
            serde_json::from_str(text).context(|| format!("cannot read the saved report {name}"))?;
        let reports = all.remove(REPORTS).and_then(|list| serde_json::from_value(list).ok());
        let settings = Settings::from_json(&all)
            .context(|| format!("this version does not know all settings of the saved report {name}"))?;
        Ok(Self { reports: reports.unwrap_or_default(), settings })
    }

    /// As it is stored.
    fn to_json(&self) -> String {
        let mut all = self.settings.to_json();
        if !self.reports.is_empty() {
            all.insert(REPORTS.to_owned(), self.reports.clone().into());
        }
        Value::Object(all).to_string()
    }
}

/// A saved report as flags: its own, and those of the command line, which override them.
fn saved(session: &Session<'_>, now: &MainArgs, name: &str) -> Result<MainArgs> {
    let saved = match session.config.reports.iter().find(|spec| spec.name == name) {
        Some(spec) => from_config(spec)?,
        None => SavedReport::from_json(name, &session.store()?.saved().report(name)?)?,
    };
    let reports = if now.reports.is_empty() { saved.reports } else { now.reports.clone() };
    let settings = ReportFlags(now.settings.0.clone().or(saved.settings));
    Ok(MainArgs { reports, settings, ..MainArgs::default() })
}

/// The parsed flags of a report in the config.
pub(super) fn from_config(spec: &ReportSpec) -> Result<SavedReport> {
    #[derive(Parser)]
    #[command(no_binary_name = true, disable_help_flag = true)]
    struct Line {
        #[command(flatten)]
        main: MainArgs,
    }
    let wrong = |why: &str| {
        Error::usage(format!("{}: the report {}: {why}", spec.origin, spec.name))
            .hint("write flags as on the command line, such as -r hours --by project")
    };
    let words = shlex::split(&spec.flags).ok_or_else(|| wrong("a quote is not closed"))?;
    let line = Line::try_parse_from(words).map_err(|e| {
        let text = e.to_string();
        wrong(text.lines().next().unwrap_or_default().trim_start_matches("error: "))
    })?;
    if line.main.reports.is_empty() {
        return Err(wrong("it names no report"));
    }
    if line.main.parse || !line.main.src.is_empty() {
        return Err(wrong("it cannot load inputs"));
    }
    Ok(SavedReport::of(&line.main))
}
