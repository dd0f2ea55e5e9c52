//! `alert list|test`, and the alerts while inputs are followed: events that match a query are counted, and when there are
//! enough of them a command runs, once until there are fewer again.

use super::runner::at_home;
use super::{Outcome, tail};
use crate::args::Alert;
use crate::session::Session;
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use workhours_core::config::AlertSpec;
use workhours_core::error::{Context, Error, Result};
use workhours_core::event::{Seq, StoredEvent};
use workhours_core::index::Question;
use workhours_core::names;
use workhours_core::store::{Begun, DueRun, EventFilter, Store, now_us};
use workhours_core::table::{Cell, Column, ColumnType, Table};
use workhours_core::watch::{has_ended, holder};

/// Time between two checks.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long a command may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The events that a command is given, the latest ones.
const GIVEN: usize = 20;
/// A firing alert is held for this long, and held again in time.
const HELD_US: i64 = 60_000_000;

const COLUMNS: [Column; 8] = [
    Column::new("name", ColumnType::Text, "its name in the config"),
    Column::new("query", ColumnType::Text, "which events"),
    Column::new("window", ColumnType::Text, "of how much time"),
    Column::new("threshold", ColumnType::Int, "how many are enough"),
    Column::new("now", ColumnType::Int, "how many there are, counted up to the threshold"),
    Column::new("state", ColumnType::Category, "quiet or firing"),
    Column::new("since", ColumnType::Time, "when it last began to fire"),
    Column::detail("command", ColumnType::Text, "what runs"),
];

pub(crate) fn run(session: &Session<'_>, command: &Alert) -> Result<Outcome> {
    let specs = &session.config.alerts;
    match command {
        Alert::List => {
            let mut store = session.store()?;
            let runs = store.due_runs().all()?;
            let mut rows = Vec::with_capacity(specs.len());
            for spec in specs {
                let last = runs.iter().find(|run| run.schedule == key(spec));
                let found = matching(session, &mut store, spec)?.0;
                let is_firing = last.is_some_and(|run| run.state == "running");
                rows.push(vec![
                    spec.name.as_str().into(),
                    spec.query.as_str().into(),
                    workhours_core::duration::duration_text(spec.window).into(),
                    Cell::Int(i64::try_from(spec.threshold).unwrap_or(i64::MAX)),
                    Cell::Int(i64::try_from(found).unwrap_or(i64::MAX)),
                    if is_firing { "firing" } else { "quiet" }.into(),
                    last.map_or(Cell::Null, |run| Cell::Time(run.began_us)),
                    spec.command.as_str().into(),
                ]);
            }
            if rows.is_empty() {
                session.console.say("no alerts; add some to the config file as [alerts.NAME]");
            }
            session.print(&mut Table::ready("alerts", &COLUMNS, rows))?;
        }
        Alert::Test { name } => {
            let spec = specs.iter().find(|spec| spec.name == *name).ok_or_else(|| {
                let known = specs.iter().map(|spec| spec.name.as_str());
                names::unknown("alert", name, known, "workhours alert list")
            })?;
            let (found, events) = matching(session, &mut session.store()?, spec)?;
            call(spec, "test", found, &events)?;
            session.console.say(format_args!("the command of {name} has run"));
        }
    }
    Ok(Outcome::Done)
}

/// The names of the alerts that fire.
///
/// # Errors
/// Database errors.
pub(super) fn firing(session: &Session<'_>, store: &mut Store) -> Result<Vec<String>> {
    let specs = &session.config.alerts;
    let runs = if specs.is_empty() { Vec::new() } else { store.due_runs().all()? };
    let fires = |spec: &&AlertSpec| {
        runs.iter().find(|run| run.schedule == key(spec)).is_some_and(|run| run.state == "running")
    };
    Ok(specs.iter().filter(fires).map(|spec| spec.name.clone()).collect())
}

/// Whether all alerts can be asked and called, as far as can be told from the config.
///
/// # Errors
/// For one whose query or command isn't one.
pub(super) fn check(session: &Session<'_>) -> Result<()> {
    for spec in &session.config.alerts {
        question(session, spec)?;
        words(spec)?;
    }
    Ok(())
}

/// Checks the alerts until the flag is set.
pub(super) fn keep(session: &Session<'_>, stop: &AtomicBool) {
    let specs = &session.config.alerts;
    if specs.is_empty() {
        return;
    }
    let mut states: Vec<State> = specs.iter().map(|_| State::default()).collect();
    let mut store = None;
    let mut last = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        thread::park_timeout(Duration::from_millis(200));
        if last.elapsed() < INTERVAL {
            continue;
        }
        last = Instant::now();
        for (spec, state) in specs.iter().zip(&mut states) {
            let checked = match &mut store {
                Some(store) => Ok(store),
                None => session.store().map(|opened| store.insert(opened)),
            };
            if let Err(e) = checked.and_then(|store| state.check(session, store, spec)) {
                // The database is away, or the command failed; both are tried again.
                if !std::mem::replace(&mut state.has_failed, true) {
                    session.console.error(&e);
                }
                store = None;
            } else {
                state.has_failed = false;
            }
        }
    }
}

/// What is known of an alert.
#[derive(Default)]
struct State {
    /// The state of the database that was counted.
    seen: Option<Seq>,
    /// Since when it fires.
    firing: Option<i64>,
    /// Whether that was looked up.
    is_known: bool,
    has_failed: bool,
}

impl State {
    fn check(&mut self, session: &Session<'_>, store: &mut Store, spec: &AlertSpec) -> Result<()> {
        if !std::mem::replace(&mut self.is_known, true) {
            // One that fired when its program ended still does.
            let last = store.due_runs().all()?.into_iter().find(|run| run.schedule == key(spec));
            self.firing = last.filter(|run| run.state == "running").map(|run| run.due_us);
        }
        let as_of = store.as_of()?;
        if self.firing.is_none() && self.seen == Some(as_of) {
            return Ok(());
        }
        let (found, events) = matching(session, store, spec)?;
        self.seen = Some(as_of);
        let now = now_us();
        match (found >= spec.threshold, self.firing) {
            (true, None) => {
                let run = DueRun {
                    schedule: key(spec),
                    due_us: now,
                    holder: holder().to_owned(),
                    until_us: now + HELD_US,
                    state: "running".to_owned(),
                    began_us: now,
                    ended_us: None,
                    message: Some(format!("{found} of {}", spec.query)),
                };
                if store.due_runs().begin(&run, &has_ended)? != Begun::Yes {
                    // Another program has called.
                    self.is_known = false;
                    return Ok(());
                }
                self.firing = Some(now);
                session
                    .console
                    .warn(format_args!("alert {}: {} or more of {}", spec.name, spec.threshold, spec.query));
                call(spec, "firing", found, &events)
            }
            (false, Some(since)) => {
                self.firing = None;
                store.due_runs().end(&key(spec), since, "done", now, None)?;
                session.console.say(format_args!("alert {}: over", spec.name));
                call(spec, "over", found, &events)
            }
            (true, Some(since)) => store.due_runs().renew(&key(spec), since, now + HELD_US),
            (false, None) => Ok(()),
        }
    }
}

/// The name under which its states are stored, among the runs of schedules.
fn key(spec: &AlertSpec) -> String {
    format!("alert {}", spec.name)
}

fn question(session: &Session<'_>, spec: &AlertSpec) -> Result<Question> {
    tail::question_of(session, &spec.query, &[], &[]).map_err(|e| {
        let error = Error::usage(format!("{}: the alert {}: {}", spec.origin, spec.name, e.full_message()));
        match e.hint_text() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

/// How many events match, counted up to the threshold, and the latest of them.
fn matching(session: &Session<'_>, store: &mut Store, spec: &AlertSpec) -> Result<(u64, Vec<StoredEvent>)> {
    let question = question(session, spec)?;
    let window = i64::try_from(spec.window.as_micros()).unwrap_or(i64::MAX);
    let now = session.now_us()?;
    let filter = EventFilter {
        query: Some(Arc::new(question.expr)),
        lookup: question.lookup,
        from_us: Some(now.saturating_sub(window)),
        until_us: Some(now.saturating_add(1)),
        ..EventFilter::default()
    };
    let mut reader = store.events().reader(filter);
    let (mut found, mut events) = (0, Vec::new());
    while let Some(event) = reader.next_event()? {
        found += 1;
        events.push(event);
        if found >= spec.threshold {
            break;
        }
    }
    events.drain(..events.len().saturating_sub(GIVEN));
    Ok((found, events))
}

fn words(spec: &AlertSpec) -> Result<Vec<String>> {
    let words = shlex::split(&spec.command).filter(|words| !words.is_empty());
    let words = words.map(|words| words.iter().map(|word| at_home(word)).collect());
    words.ok_or_else(|| {
        Error::usage(format!("{}: the command of the alert {} can't be read", spec.origin, spec.name))
            .hint("a quote may not be closed")
    })
}

/// Runs the command of an alert, and waits for it.
fn call(spec: &AlertSpec, state: &str, found: u64, events: &[StoredEvent]) -> Result<()> {
    let words = words(spec)?;
    let say = || format!("the command of the alert {} can't be run: {}", spec.name, spec.command);
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .env("WORKHOURS_ALERT", &spec.name)
        .env("WORKHOURS_STATE", state)
        .env("WORKHOURS_COUNT", found.to_string())
        .env("WORKHOURS_QUERY", &spec.query)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context(say)?;
    let lines: String = events
        .iter()
        .map(|event| {
            let line = json!({
                "date": event.date, "source_type": event.source_type.as_str(), "host": event.host.as_deref(),
                "peer": event.peer.as_deref(), "user": event.user.as_deref(), "title": event.title.as_deref(),
                "text": event.text.as_deref(), "url": event.url.as_deref(),
            });
            format!("{line}\n")
        })
        .collect();
    if let Some(mut input) = child.stdin.take() {
        // It may not read them.
        thread::spawn(move || input.write_all(lines.as_bytes()));
    }
    let begun = Instant::now();
    loop {
        match child.try_wait().context(say)? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => {
                return Err(Error::failed(format!(
                    "the command of the alert {} failed: {status}",
                    spec.name
                ))
                .hint(format!("{}: {}", spec.origin, spec.command)));
            }
            None if begun.elapsed() > TIMEOUT => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(Error::failed(format!(
                    "the command of the alert {} took more than {} s and was ended",
                    spec.name,
                    TIMEOUT.as_secs()
                )));
            }
            None => thread::park_timeout(Duration::from_millis(50)),
        }
    }
}
