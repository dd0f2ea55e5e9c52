//! Running a schedule: this program again, in a process of its own, with the words of the schedule. So a report that needs
//! much memory or fails does no harm to the program that follows the inputs.

use crate::args::Cli;
use crate::session::Session;
use clap::Parser;
use std::ffi::OsString;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use workhours_core::config::ScheduleSpec;
use workhours_core::error::{Error, Result};
use workhours_core::watch::Ran;
use workhours_core::when::parse_period;
use workhours_core::zones::Zones;

/// Time between two checks whether it has ended.
const TICK: Duration = Duration::from_millis(100);
/// How long one that is stopped may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Its last lines are kept, up to this many bytes.
const MOST_SAID: usize = 2_000;

/// The words of a schedule that is due at a time, with the names of periods filled in.
///
/// # Errors
/// When they aren't a command line of this program.
pub(super) fn words(spec: &ScheduleSpec, due_us: i64, zones: &Zones) -> Result<Vec<String>> {
    let wrong = |text: String| Error::usage(format!("{}: the schedule {}: {text}", spec.origin, spec.name));
    let words = shlex::split(&spec.run).ok_or_else(|| wrong("run has a quote that is not closed".into()))?;
    let period = words.iter().position(|word| word == "--in").and_then(|at| words.get(at + 1));
    let period = period.map(|text| period_name(text, due_us, zones)).transpose()?;
    let day = zones.wall(due_us);
    let filled: Vec<String> = words
        .iter()
        .map(|word| {
            word.replace("{date}", &day.format("%Y-%m-%d").to_string())
                .replace("{time}", &day.format("%Y-%m-%dT%H%M").to_string())
                .replace("{week}", &day.format("%G-W%V").to_string())
                .replace("{month}", &day.format("%Y-%m").to_string())
                .replace("{period}", period.as_deref().unwrap_or("{period}"))
        })
        .map(|word| at_home(&word))
        .collect();
    if let Some(word) = filled.iter().find(|word| word.contains("{period}")) {
        return Err(wrong(format!("{word} names {{period}}, but there is no --in")));
    }
    let parsed = Cli::try_parse_from(std::iter::once("workhours").chain(filled.iter().map(String::as_str)));
    match parsed {
        Ok(_) => Ok(filled),
        Err(e) => {
            let text = e.to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Err(wrong(format!("{first}: {}", spec.run)).hint("run is what you would type after workhours"))
        }
    }
}

/// A word that begins with `~/`, as a shell would have it: below the home folder.
pub(super) fn at_home(word: &str) -> String {
    let home = std::env::home_dir();
    match word.strip_prefix("~/").zip(home.as_deref().and_then(std::path::Path::to_str)) {
        Some((rest, home)) => format!("{home}/{rest}"),
        None => word.to_owned(),
    }
}

/// A period for the name of a file: `2026-W48`, `2026-11`, `2026-11-29`, `2026`, else `2026-11-02_2026-11-15`.
fn period_name(text: &str, due_us: i64, zones: &Zones) -> Result<String> {
    let (from, until) = parse_period(text, due_us, zones)?;
    let (first, last) = (zones.day_of(from), zones.day_of(until - 1));
    let name = ["%Y-%m-%d", "%G-W%V", "%Y-%m", "%Y"].into_iter().find_map(|format| {
        let name = first.format(format).to_string();
        // It is that one if it's that of the whole period, and of no day around it.
        let around = [first.pred_opt(), last.succ_opt()];
        let is_whole = last.format(format).to_string() == name
            && around.into_iter().flatten().all(|day| day.format(format).to_string() != name);
        is_whole.then_some(name)
    });
    Ok(name.unwrap_or_else(|| format!("{first}_{last}")))
}

/// Runs it to its end, or until the flag is set.
pub(super) fn run(session: &Session<'_>, spec: &ScheduleSpec, due_us: i64, stop: &AtomicBool) -> Ran {
    match start(session, spec, due_us) {
        Ok(child) => wait(child, stop),
        Err(e) => Ran { is_ok: false, message: e.full_message() },
    }
}

fn start(session: &Session<'_>, spec: &ScheduleSpec, due_us: i64) -> Result<Child> {
    let zones = session.config.zones(None, None)?;
    let words = words(spec, due_us, &zones)?;
    let program =
        std::env::current_exe().map_err(|e| Error::failed("this program can't be found").with_source(e))?;
    let mut command = Command::new(program);
    command.args(session.storage_args());
    command.args(words.into_iter().map(OsString::from));
    // Relative periods are those of the time it was due, however late it is.
    let due = zones.wall(due_us).format("%Y-%m-%dT%H:%M:%S").to_string();
    command.args(["--now", &due]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    // Ctrl-C is for this program, which asks that one to end.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|e| Error::failed("a process can't be started").with_source(e))
}

fn wait(mut child: Child, stop: &AtomicBool) -> Ran {
    let said = child.stderr.take();
    let reading = thread::spawn(move || said.map_or_else(String::new, last_words));
    let mut stopped: Option<Instant> = None;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => {}
            Err(e) => return Ran { is_ok: false, message: format!("its end is not known: {e}") },
        }
        if stop.load(Ordering::Relaxed) {
            match stopped {
                None => {
                    stopped = Some(Instant::now());
                    ask_to_end(&mut child);
                }
                Some(since) if since.elapsed() > STOP_TIMEOUT => drop(child.kill()),
                Some(_) => {}
            }
        }
        thread::park_timeout(TICK);
    };
    let is_stopped = stopped.is_some() || (stop.load(Ordering::Relaxed) && !status.success());
    let said = reading.join().unwrap_or_default();
    let message = match (is_stopped, said.is_empty()) {
        (true, _) => "it was stopped with the program".to_owned(),
        (false, true) if status.success() => String::new(),
        (false, true) => status.to_string(),
        (false, false) => said,
    };
    Ran { is_ok: status.success() && !is_stopped, message }
}

/// What a program printed last: its error and the hint, if there was one.
fn last_words(mut from: impl Read) -> String {
    let mut kept: Vec<u8> = Vec::new();
    let mut piece = [0; 4_096];
    while let Ok(n @ 1..) = from.read(&mut piece) {
        kept.extend_from_slice(&piece[..n]);
        if kept.len() > 2 * MOST_SAID {
            kept.drain(..kept.len() - MOST_SAID);
        }
    }
    let text = String::from_utf8_lossy(&kept);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let error = lines.iter().rposition(|line| line.starts_with("error: "));
    let from = error.unwrap_or(lines.len().saturating_sub(1));
    lines.get(from..).unwrap_or_default().join("; ").trim_start_matches("error: ").to_owned()
}

#[cfg(unix)]
fn ask_to_end(child: &mut Child) {
    let id = child.id().to_string();
    if !Command::new("kill").arg(id).status().is_ok_and(|status| status.success()) {
        let _ = child.kill();
    }
}

#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) {
    let _ = child.kill();
}

#[cfg(test)]
mod tests {
    use super::*;
    use workhours_core::config::Timing;

    fn of(run: &str) -> Result<Vec<String>> {
        let spec = ScheduleSpec {
            name: "s".into(),
            timing: Timing::Every(Duration::from_secs(60)),
            run: run.into(),
            origin: "c.toml:3".into(),
        };
        // Monday, 2 November 2026, 06:00.
        words(&spec, 1_793_599_200_000_000, &Zones::plain(chrono_tz::UTC))
    }

    #[test]
    fn names_of_periods_are_filled_in() {
        let last = |run: &str| of(run).unwrap().pop().unwrap();
        assert_eq!(last("-r hours -o h-{date}-{week}-{month}.csv"), "h-2026-11-02-2026-W45-2026-11.csv");
        for (period, name) in [
            ("last week", "2026-W44"),
            ("last month", "2026-10"),
            ("yesterday", "2026-11-01"),
            ("last year", "2025"),
            ("2026-10-03..2026-10-09", "2026-10-03_2026-10-09"),
        ] {
            assert_eq!(last(&format!("-r hours --in '{period}' -o {{period}}.csv")), format!("{name}.csv"));
        }
    }

    #[test]
    fn words_that_are_no_command_line_are_refused_with_their_place() {
        for run in ["-r hours --no-such-flag", "no-such-command", "-r hours -o '{period}.csv'", "-r 'hours"] {
            let error = of(run).unwrap_err().full_message();
            assert!(error.starts_with("c.toml:3: the schedule s: "), "{error}");
        }
    }

    #[test]
    fn the_last_error_is_kept() {
        assert_eq!(
            last_words(&b"a\nerror: no such report\nhint: hours?\n"[..]),
            "no such report; hint: hours?"
        );
        assert_eq!(last_words(&b"one\ntwo\n\n"[..]), "two");
        assert_eq!(last_words(&b""[..]), "");
    }
}
