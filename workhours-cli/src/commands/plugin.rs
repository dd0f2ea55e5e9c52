//! `plugin new|list|info|add|check|trust|remove`: what users and authors of plugins do with them.

use super::Outcome;
use crate::args::{Lang, PluginCommand};
use crate::console::count;
use crate::session::Session;
use std::path::Path;
use workhours_core::error::Result;
use workhours_core::plugin_host::{self, Info, Listed, Verdict, kit, manifest};
use workhours_core::table::{Cell, Column, ColumnType, Table};

pub(crate) fn run(session: &Session<'_>, command: &PluginCommand) -> Result<Outcome> {
    match command {
        PluginCommand::New { name, lang, dir } => new(session, name, *lang, dir.as_deref()),
        PluginCommand::List => list(session),
        PluginCommand::Info { plugin } => {
            session.print(&mut info(&session.plugins()?.info(plugin)?)?).map(done)
        }
        PluginCommand::Add { file } => {
            let added = session.plugins()?.add(file)?;
            session.console.say(format_args!("added {}", added.listed.file.display()));
            explain(session, &added)
        }
        PluginCommand::Check { file, fixtures } => check(session, file, fixtures.as_deref()),
        PluginCommand::Trust { plugin } => {
            let trusted = session.plugins()?.trust(plugin)?;
            session.console.say(format_args!("trusted {} as it is now", trusted.listed.file.display()));
            explain(session, &trusted)
        }
        PluginCommand::Remove { plugin } => {
            let removed = session.plugins()?.remove(plugin)?;
            let file = removed.pin.file.display();
            session.console.say(match removed.deleted {
                true => format!("removed {file}"),
                false => format!("{file} is no longer trusted; the file is left where it lies"),
            });
            Ok(Outcome::Done)
        }
    }
}

fn done((): ()) -> Outcome {
    Outcome::Done
}

fn new(session: &Session<'_>, name: &str, lang: Lang, dir: Option<&Path>) -> Result<Outcome> {
    let lang = match lang {
        Lang::Rust => kit::Lang::Rust,
        Lang::C => kit::Lang::C,
    };
    let dir = dir.map_or_else(|| Path::new(name).to_owned(), Path::to_owned);
    let project = kit::new_project(name, lang, &dir)?;
    session.console.say(format_args!("{}: {}", dir.display(), count(project.files.len() as u64, "file")));
    for line in project.next_steps {
        session.console.say(line);
    }
    Ok(Outcome::Done)
}

const LIST: [Column; 8] = [
    Column::new("sources", ColumnType::List, "the source types it brings"),
    Column::new("state", ColumnType::Text, "trusted, not trusted, changed or refused"),
    Column::new("file", ColumnType::Text, "where it lies"),
    Column::new("remark", ColumnType::Text, "what keeps it from being used, and the remedy"),
    Column::detail("abi", ColumnType::Text, "the version of the border it was built for"),
    Column::detail("sdk", ColumnType::Text, "what it was built with, in its own words"),
    Column::detail("added", ColumnType::Text, "when it was added or trusted anew, UTC"),
    Column::detail("sha256", ColumnType::Text, "the hash of the content that is trusted"),
];

fn list(session: &Session<'_>) -> Result<Outcome> {
    let plugins = session.plugins()?;
    let listed = plugins.list();
    if listed.is_empty() {
        session.console.say("no plugins found in these folders:");
        for folder in plugins.folders() {
            session.console.say(format_args!("  {}", folder.display()));
        }
    }
    let row = |l: &Listed| {
        let pin = l.pin.as_ref();
        let names = pin.and_then(|p| p.manifests().ok()).unwrap_or_default();
        vec![
            Cell::List(names.iter().map(|m| m.info.name.to_owned()).collect()),
            l.standing.as_str().into(),
            Cell::from(l.file.to_string_lossy().into_owned()),
            l.standing.remark(&l.file).into(),
            pin.map(|p| format!("{}.{}", p.abi.0, p.abi.1)).into(),
            pin.map(|p| p.sdk.clone()).into(),
            pin.map(|p| p.added.clone()).into(),
            pin.map(|p| p.sha256.clone()).into(),
        ]
    };
    session.print(&mut Table::ready("plugins", &LIST, listed.iter().map(row).collect())).map(done)
}

const INFO: [Column; 2] = [
    Column::new("field", ColumnType::Text, "what is told"),
    Column::new("value", ColumnType::Text, "what it is; empty when the plugin does not say"),
];

fn info(info: &Info) -> Result<Table<'static>> {
    let pin = &info.pin;
    let mut rows: Vec<(&str, String)> = vec![
        ("file", info.listed.file.display().to_string()),
        ("state", info.listed.standing.as_str().to_owned()),
        ("sha256", pin.sha256.clone()),
        ("abi", format!("{}.{}", pin.abi.0, pin.abi.1)),
        ("sdk", pin.sdk.clone()),
    ];
    rows.extend(info.listed.standing.remark(&info.listed.file).map(|remark| ("remark", remark)));
    if info.listed.pin.is_some() {
        rows.push(("added", pin.added.clone()));
    }
    rows.extend(info.enforced.iter().map(|enforced| ("asked in a sandbox of", enforced.clone())));
    for json in &pin.sources {
        let source = manifest::read(json)?.info;
        let needs = format!("{:?}", source.input).to_lowercase();
        let words = |list: &[&str]| list.join(", ");
        rows.extend([
            ("source", source.name.to_owned()),
            ("  summary", source.summary.to_owned()),
            ("  aliases", words(source.aliases)),
            ("  kinds", words(source.kinds)),
            ("  activity", source.activity.as_str().to_owned()),
            ("  growth", format!("{:?}", source.growth).to_lowercase()),
            ("  input", needs),
            ("  companions", words(source.companions)),
            ("  authority", source.authority.to_owned()),
        ]);
        rows.extend(source.locations.iter().map(|l| ("  location", l.glob.to_owned())));
        rows.extend(source.options.iter().map(|o| ("  option", format!("{}: {}", o.name, o.help))));
        if !source.sample.bytes.is_empty() {
            let (events, rejects) = (source.sample.events, source.sample.rejects);
            rows.push(("  sample", format!("{}, {}", count(events, "event"), count(rejects, "reject"))));
        }
    }
    let rows = rows.into_iter().map(|(field, value)| vec![field.into(), Cell::from(value)]).collect();
    Ok(Table::ready("plugin", &INFO, rows))
}

/// Notes on a plugin that was just added: on standard error, because they aren't data.
fn explain(session: &Session<'_>, added: &Info) -> Result<Outcome> {
    let console = session.console;
    console.say(format_args!("  sha256  {}", added.pin.sha256));
    if let Some(enforced) = &added.enforced {
        console.say(format_args!("  sandbox {enforced}"));
    }
    for manifest in added.pin.manifests()? {
        let source = manifest.info;
        let needs = format!("{:?}", source.input).to_lowercase();
        console.say(format_args!("  source  {}: {} (input: {needs})", source.name, source.summary));
        console.say(format_args!("  try     workhours -s {} FILE -P", source.name));
    }
    Ok(Outcome::Done)
}

const CHECK: [Column; 4] = [
    Column::new("source", ColumnType::Text, "the source type; empty for the library as a whole"),
    Column::new("test", ColumnType::Text, "what was tried"),
    Column::new("result", ColumnType::Text, "pass, fail or skip"),
    Column::new("problem", ColumnType::Text, "what was wrong, or why it was skipped"),
];

fn check(session: &Session<'_>, file: &Path, fixtures: Option<&Path>) -> Result<Outcome> {
    let report = plugin_host::check(file, fixtures, &session.config.plugins)?;
    let failed = report.iter().filter(|t| t.verdict == Verdict::Fail).count();
    let total = report.len();
    let rows = report
        .into_iter()
        .map(|t| vec![Cell::from(t.source), Cell::from(t.test), t.verdict.as_str().into(), t.problem.into()])
        .collect();
    session.print(&mut Table::ready("check", &CHECK, rows))?;
    session.console.say(match failed {
        0 => format!("all {} passed", count(total as u64, "test")),
        n => format!("{n} of {} failed", count(total as u64, "test")),
    });
    Ok(if failed > 0 { Outcome::SomeFailed } else { Outcome::Done })
}
