//! `db migrate|check|schema|copy`; `db backup|restore` are in `backup`.

use super::{Outcome, backup};
use crate::args::{Db, SchemaFormat};
use crate::console::count;
use crate::progress::{Bar, Rows};
use crate::session::Session;
use crate::signals;
use workhours_core::config;
use workhours_core::error::Result;
use workhours_core::ingest::Engine;
use workhours_core::store::{self, Check, CopiedTable, Store, Verdict, draw};
use workhours_core::table::{Cell, Column, ColumnType, Table};

const CHECKED: [Column; 4] = [
    Column::new("check", ColumnType::Text, "what was looked at: a table, or a column of one"),
    Column::new(
        "verdict",
        ColumnType::Text,
        "ok; note: harmless, but worth knowing; bad: a promise is broken",
    ),
    Column::new("rows", ColumnType::Int, "how many rows it is about"),
    Column::new("detail", ColumnType::Text, "what that means"),
];

const COPIED: [Column; 4] = [
    Column::new("table", ColumnType::Text, "the table"),
    Column::new("rows", ColumnType::Int, "its rows, on both sides"),
    Column::new("written", ColumnType::Int, "rows that were not there yet, or differed"),
    Column::new(
        "sum",
        ColumnType::Text,
        "hash of all its values in order of its key, the same on every backend",
    ),
];

pub(crate) fn run(session: &Session<'_>, command: &Db) -> Result<Outcome> {
    match command {
        Db::Migrate => migrate(session),
        Db::Check { deep } => check(session, *deep),
        Db::Schema { format } => {
            session.print_text(&match format {
                SchemaFormat::Sql => draw::sql(&session.config.database),
                SchemaFormat::Dot => draw::dot()?,
                SchemaFormat::Mermaid => draw::mermaid()?,
            })?;
            Ok(Outcome::Done)
        }
        Db::Backup { file, keep } => backup::backup(session, file, *keep),
        Db::Restore { file, replace } => backup::restore(session, file, *replace),
        Db::Copy { from, to } => copy(session, from, to),
    }
}

fn migrate(session: &Session<'_>) -> Result<Outcome> {
    let (names, version) = Store::migrate(&session.config.database)?;
    for name in &names {
        session.console.say(format_args!("ran {name}"));
    }
    let already = if names.is_empty() { " already" } else { "" };
    session.console.say(format_args!("{} is{already} at {version}", session.config.database));
    Ok(Outcome::Done)
}

fn check(session: &Session<'_>, deep: bool) -> Result<Outcome> {
    let mut store = session.store()?;
    let mut checks = store::check(&mut store)?;
    if deep {
        let index = if store.can_be_shared() { Some(super::index::open(session, &store)?) } else { None };
        let bar = Bar::new(session.console.is_quiet());
        let mut engine = Engine {
            store: &mut store,
            fs: session.filestore()?,
            registry: session.registry()?,
            config: &session.config,
            reread: true,
            stop: signals::stop_flag()?,
            progress: &bar,
        };
        checks.extend(workhours_core::deep::deep(&mut engine, index.as_deref())?);
    }
    let bad = checks.iter().filter(|c| c.verdict == Verdict::Bad).count() as u64;
    let row = |c: &Check| {
        let verdict = match c.verdict {
            Verdict::Ok => "ok",
            Verdict::Note => "note",
            Verdict::Bad => "bad",
        };
        vec![c.name.as_str().into(), verdict.into(), Cell::Int(c.rows), c.detail.as_str().into()]
    };
    session.print(&mut Table::ready("check", &CHECKED, checks.iter().map(row).collect()))?;
    if bad == 0 {
        return Ok(Outcome::Done);
    }
    session.console.problem(
        format_args!("{} found", count(bad, "broken promise")),
        Some(if deep {
            "the lines above say what to do"
        } else {
            "please report it; workhours inputs reload ID reads an input again from its copies"
        }),
    );
    Ok(Outcome::SomeFailed)
}

fn copy(session: &Session<'_>, from: &str, to: &str) -> Result<Outcome> {
    let uri = |text| config::database(text, &session.config, session.environment());
    let (from, to) = (uri(from)?, uri(to)?);
    let copied = store::copy(&from, session.config.access(), &to, &Rows::new(session.console.is_quiet()))?;
    let row = |table: &CopiedTable| {
        let int = |n: u64| Cell::Int(i64::try_from(n).unwrap_or(i64::MAX));
        vec![table.name.into(), int(table.sum.rows), int(table.written), table.sum.hash.as_str().into()]
    };
    session.print(&mut Table::ready("copy", &COPIED, copied.iter().map(row).collect()))?;
    let (rows, written) = copied.iter().fold((0, 0), |(r, w), t| (r + t.sum.rows, w + t.written));
    session.console.say(format_args!(
        "{to} holds {} of {from}, {written} written now; counts and sums agree",
        count(rows, "row")
    ));
    Ok(Outcome::Done)
}
