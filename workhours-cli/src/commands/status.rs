//! `status`: what is followed, how far behind it is, what failed and what to do, in a few lines.

use super::{Outcome, alert, columns, index};
use crate::console::count;
use crate::session::Session;
use std::fmt::Write;
use workhours_core::ago::ago;
use workhours_core::columns as columnar;
use workhours_core::config::ScheduleSpec;
use workhours_core::error::Result;
use workhours_core::index::Status as IndexStatus;
use workhours_core::store::{DueRun, FollowedRow, Store};
use workhours_core::table::{Cell, Column, ColumnType, Table};
use workhours_core::watch::{has_ended, holder_text};

/// More inputs than this are not shown one by one, unless something is wrong with them.
const MOST_SHOWN: usize = 5;

const COLUMNS: [Column; 13] = [
    Column::new("source_type", ColumnType::Text, "its source type"),
    Column::new("label", ColumnType::Text, "the input's label"),
    Column::new("path", ColumnType::Text, "the file, folder or pattern"),
    Column::new("state", ColumnType::Category, "following, absent, failing or ended"),
    Column::new("files", ColumnType::Int, "its files"),
    Column::new("pending", ColumnType::Int, "files with changes that are not loaded"),
    Column::new("since", ColumnType::Time, "since when it is followed"),
    Column::new("looked", ColumnType::Time, "when it was last heard of"),
    Column::new("loaded", ColumnType::Time, "when something was last loaded"),
    Column::new("events", ColumnType::Int, "events loaded since"),
    Column::new("rejected", ColumnType::Int, "records rejected since"),
    Column::new("problem", ColumnType::Text, "what is wrong"),
    Column::detail("hint", ColumnType::Text, "what to do"),
];

pub(crate) fn run(session: &Session<'_>) -> Result<Outcome> {
    let mut store = session.store()?;
    let now = session.now_us()?;
    let mut rows = store.followed().all()?;
    for row in &mut rows {
        if row.state != "ended" && (row.until_us < now || has_ended(&row.holder)) {
            row.state = "ended".to_owned();
            row.problem = Some("the program that followed it has ended without a word".to_owned());
            row.problem_us = Some(row.looked_us);
        }
    }
    let schedules = last_runs(session, &mut store)?;
    let firing = alert::firing(session, &mut store)?;
    let has_failed = schedules.iter().any(|run| run.state == "failed" || run.state == "lost");
    if session.wants_data() {
        session.print(&mut table(&rows))?;
    } else {
        let text = text(session, &mut store, &rows, (&schedules, &firing), now)?;
        session.print_text(&text)?;
    }
    Ok(if has_failed || !firing.is_empty() || rows.iter().any(|row| row.problem.is_some()) {
        Outcome::SomeFailed
    } else {
        Outcome::Done
    })
}

fn table(rows: &[FollowedRow]) -> Table<'static> {
    let cells = |row: &FollowedRow| {
        vec![
            row.source_type.as_str().into(),
            row.label.as_str().into(),
            row.path.as_str().into(),
            row.state.as_str().into(),
            Cell::Int(row.files),
            Cell::Int(row.pending),
            Cell::Time(row.since_us),
            Cell::Time(row.looked_us),
            row.loaded_us.map_or(Cell::Null, Cell::Time),
            Cell::Int(row.events),
            Cell::Int(row.rejects),
            row.problem.clone().into(),
            row.hint.clone().into(),
        ]
    };
    Table::ready("status", &COLUMNS, rows.iter().map(cells).collect())
}

fn text(
    session: &Session<'_>,
    store: &mut Store,
    rows: &[FollowedRow],
    (schedules, firing): (&[DueRun], &[String]),
    now: i64,
) -> Result<String> {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let committed = store.journal().moment()?.committed_us;
    let changed =
        if committed == 0 { "empty".to_owned() } else { format!("last change {}", ago(committed, now)) };
    let _ = writeln!(out, "Database  {}; {changed}", store.uri());
    let (ended, followed): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.state == "ended");
    let _ = writeln!(out, "Watching  {}", watching(session, &followed, &ended, now));
    let mut shown: Vec<&FollowedRow> = followed.clone();
    shown.extend(ended.iter().filter(|row| row.problem.is_some()));
    shown.sort_by_key(|row| (row.problem.is_none(), row.state != "failing"));
    let wrong = shown.iter().filter(|row| row.problem.is_some()).count();
    for row in shown.iter().take(MOST_SHOWN.max(wrong.min(2 * MOST_SHOWN))) {
        let _ = writeln!(out, "  {}: {}", name(row), condition(row, now));
        if let Some(hint) = &row.hint {
            let _ = writeln!(out, "    hint: {hint}");
        }
    }
    let hidden = shown.len().saturating_sub(MOST_SHOWN.max(wrong.min(2 * MOST_SHOWN)));
    if hidden > 0 {
        let _ = writeln!(out, "  and {}; -O csv lists all", count(hidden as u64, "other input"));
    }
    if !session.config.schedules.is_empty() {
        of_schedules(&mut out, session, schedules, now)?;
    }
    if !session.config.alerts.is_empty() {
        let names = firing.join(", ");
        let names = if names.is_empty() { "none fires".to_owned() } else { format!("firing: {names}") };
        let _ = writeln!(out, "Alerts    {}; {names}", session.config.alerts.len());
    }
    let _ = writeln!(out, "Index     {}", of_index(session, store)?);
    let _ = writeln!(out, "Columns   {}", of_columns(session, store)?);
    Ok(out)
}

fn watching(session: &Session<'_>, followed: &[&FollowedRow], ended: &[&FollowedRow], now: i64) -> String {
    let Some(first) = followed.first() else {
        let configured = session.config.inputs.len() as u64;
        let last = ended.iter().map(|row| row.looked_us).max();
        let since =
            last.map(|us| format!(" (the last was followed until {})", ago(us, now))).unwrap_or_default();
        return match configured {
            0 => format!("nothing: no inputs are configured{since}"),
            n => format!("nothing{since}: workhours watch follows the {}", count(n, "configured input")),
        };
    };
    let files: i64 = followed.iter().map(|row| row.files).sum();
    let pending: i64 = followed.iter().map(|row| row.pending).sum();
    let behind = match pending {
        0 => "all loaded".to_owned(),
        n => format!("{} not loaded yet", count(n.unsigned_abs(), "file")),
    };
    format!(
        "{} with {} by {}, begun {}; {behind}",
        count(followed.len() as u64, "input"),
        count(files.unsigned_abs(), "file"),
        holder_text(&first.holder),
        ago(first.since_us, now)
    )
}

fn name(row: &FollowedRow) -> &str {
    if row.label.is_empty() { &row.path } else { &row.label }
}

fn condition(row: &FollowedRow, now: i64) -> String {
    let since = row.problem_us.map(|us| format!(" (since {})", ago(us, now))).unwrap_or_default();
    match (&row.problem, row.state.as_str()) {
        (Some(problem), "absent") => format!("waiting: {problem}"),
        (Some(problem), state) => format!("{state}: {problem}{since}"),
        (None, _) => {
            let loaded =
                row.loaded_us.map_or("nothing new".to_owned(), |us| format!("last {}", ago(us, now)));
            let rejected = match row.rejects {
                0 => String::new(),
                n => format!(", {} rejected", count(n.unsigned_abs(), "record")),
            };
            format!(
                "{}, {} loaded{rejected}, {loaded}",
                count(row.files.unsigned_abs(), "file"),
                count(row.events.unsigned_abs(), "event")
            )
        }
    }
}

/// The last run of each schedule of the config.
fn last_runs(session: &Session<'_>, store: &mut Store) -> Result<Vec<DueRun>> {
    let specs = &session.config.schedules;
    let runs = if specs.is_empty() { Vec::new() } else { store.due_runs().all()? };
    let last = |name: &str| runs.iter().find(|run| run.schedule == name).cloned();
    Ok(specs.iter().filter_map(|spec| last(&spec.name)).collect())
}

/// When the next is due, and those whose last run failed.
fn of_schedules(out: &mut String, session: &Session<'_>, last: &[DueRun], now: i64) -> Result<()> {
    let (specs, zones) = (&session.config.schedules, session.config.zones(None, None)?);
    let due =
        |spec: &ScheduleSpec| Some((spec.timing.next(now, session.config.timezone)?, spec.name.clone()));
    let next = match specs.iter().filter_map(due).min() {
        Some((at, name)) => format!("; next: {name} at {}", zones.wall(at).format("%a %Y-%m-%d %H:%M")),
        None => String::new(),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "Schedules {}{next}", specs.len());
    for run in last.iter().filter(|run| run.state == "failed" || run.state == "lost").take(MOST_SHOWN) {
        let message = run.message.as_deref().unwrap_or("its program ended without a word");
        let _ = writeln!(out, "  {}: {} {}: {message}", run.schedule, run.state, ago(run.began_us, now));
    }
    Ok(())
}

fn of_index(session: &Session<'_>, store: &mut Store) -> Result<String> {
    if !store.can_be_shared() {
        return Ok("none: the database is in memory".to_owned());
    }
    let opened = index::open(session, store)?;
    Ok(match opened.status() {
        Ok(IndexStatus::Absent) => "none; workhours index update builds it".to_owned(),
        Ok(IndexStatus::Growing(_)) => "being built".to_owned(),
        Ok(IndexStatus::Ready(state)) => behind(store.as_of()?.get() - state.as_of.get(), "search"),
        Err(e) => e.full_message(),
    })
}

fn of_columns(session: &Session<'_>, store: &mut Store) -> Result<String> {
    let folder = session.config.columns_folder();
    Ok(match columnar::status(&folder, store.uuid()) {
        Ok(columnar::Status::Absent) => match columns::is_due(&folder, session.config.columns, store)? {
            true => "none yet; the next report builds them".to_owned(),
            false => "none needed".to_owned(),
        },
        Ok(columnar::Status::Growing(_)) => "being built".to_owned(),
        Ok(columnar::Status::Ready { seq, .. }) => behind(store.as_of()?.get() - seq.get(), "report"),
        Err(e) => e.full_message(),
    })
}

fn behind(batches: i64, next: &str) -> String {
    match batches {
        ..=0 => "up to date".to_owned(),
        1 => format!("1 batch behind; the next {next} adds it"),
        n => format!("{n} batches behind; the next {next} adds them"),
    }
}
