//! `schedule list|run`, and the schedules while inputs are followed.

use super::{Outcome, runner};
use crate::args::Schedule;
use crate::console::count;
use crate::session::Session;
use crate::signals;
use std::sync::atomic::AtomicBool;
use workhours_core::config::ScheduleSpec;
use workhours_core::error::Result;
use workhours_core::names;
use workhours_core::store::DueRun;
use workhours_core::table::{Cell, Column, ColumnType, Table};
use workhours_core::watch::{Ran, ScheduleNews, Schedules};

const COLUMNS: [Column; 8] = [
    Column::new("name", ColumnType::Text, "its name in the config"),
    Column::new("when", ColumnType::Text, "when it is due"),
    Column::new("next", ColumnType::Time, "when it is due next"),
    Column::new("last", ColumnType::Time, "when it last began"),
    Column::new("state", ColumnType::Category, "of the last run: running, done, failed or lost"),
    Column::new("took_ms", ColumnType::Int, "how long that took, milliseconds"),
    Column::new("message", ColumnType::Text, "what it said at its end"),
    Column::detail("run", ColumnType::Text, "what runs: the words after workhours"),
];

pub(crate) fn run(session: &Session<'_>, command: &Schedule) -> Result<Outcome> {
    match command {
        Schedule::List => list(session),
        Schedule::Run { name } => {
            let specs = &session.config.schedules;
            let spec = specs.iter().find(|spec| spec.name == *name).ok_or_else(|| {
                let known = specs.iter().map(|spec| spec.name.as_str());
                names::unknown("schedule", name, known, "workhours schedule list")
            })?;
            let stop = signals::stop_flag()?;
            let ran = runner::run(session, spec, session.now_us()?, &stop);
            Ok(match tell_end(session, spec, &ran) {
                true => Outcome::Done,
                false => Outcome::SomeFailed,
            })
        }
    }
}

fn list(session: &Session<'_>) -> Result<Outcome> {
    let now = session.now_us()?;
    let runs = session.store()?.due_runs().all()?;
    let row = |spec: &ScheduleSpec| {
        let last: Option<&DueRun> = runs.iter().find(|run| run.schedule == spec.name);
        let took = last.and_then(|run| Some((run.ended_us? - run.began_us) / 1_000));
        vec![
            spec.name.as_str().into(),
            spec.timing.text().into(),
            spec.timing.next(now, session.config.timezone).map_or(Cell::Null, Cell::Time),
            last.map_or(Cell::Null, |run| Cell::Time(run.began_us)),
            last.map_or(Cell::Null, |run| run.state.as_str().into()),
            took.map_or(Cell::Null, Cell::Int),
            last.and_then(|run| run.message.clone()).filter(|text| !text.is_empty()).into(),
            spec.run.as_str().into(),
        ]
    };
    let rows = session.config.schedules.iter().map(row).collect::<Vec<_>>();
    if rows.is_empty() {
        session.console.say("no schedules; add some to the config file as [schedules.NAME]");
    }
    session.print(&mut Table::ready("schedules", &COLUMNS, rows))?;
    Ok(Outcome::Done)
}

/// Whether all schedules can be run, as far as can be told from the config.
///
/// # Errors
/// For one whose words aren't a command line.
pub(super) fn check(session: &Session<'_>) -> Result<()> {
    let zones = session.config.zones(None, None)?;
    let now = session.now_us()?;
    session.config.schedules.iter().try_for_each(|spec| runner::words(spec, now, &zones).map(drop))
}

/// Runs the schedules until the flag is set.
pub(super) fn keep(session: &Session<'_>, stop: &AtomicBool) {
    let schedules = Schedules {
        specs: &session.config.schedules,
        zone: session.config.timezone,
        database: &session.config.database,
        runner: &|spec, due, stop| runner::run(session, spec, due, stop),
        stop,
        tell: &|news| tell(session, news),
    };
    schedules.run();
}

fn tell(session: &Session<'_>, news: &ScheduleNews<'_>) {
    match news {
        ScheduleNews::Begun(spec, late) => match late.as_secs() {
            0..60 => session.console.detail(format_args!("schedule {}: begun", spec.name)),
            late => session.console.say(format_args!(
                "schedule {}: begun {} late",
                spec.name,
                count(late / 60, "minute")
            )),
        },
        ScheduleNews::Ended(spec, ran) => _ = tell_end(session, spec, ran),
        ScheduleNews::Failed(error) => session.console.error(error),
    }
}

/// Prints how a run ended; returns whether it did well.
fn tell_end(session: &Session<'_>, spec: &ScheduleSpec, ran: &Ran) -> bool {
    match (ran.is_ok, ran.message.as_str()) {
        (true, "") => session.console.say(format_args!("schedule {}: done", spec.name)),
        (true, message) => session.console.say(format_args!("schedule {}: {message}", spec.name)),
        (false, message) => session.console.problem(
            format_args!("schedule {} failed: {message}", spec.name),
            Some(&format!("{}: it runs workhours {}", spec.origin, spec.run)),
        ),
    }
    ran.is_ok
}
