//! Warnings about a load that succeeded with less than expected: no records, mostly rejects, no dates. Each note has a
//! number and the next step.

use super::detect::AUTO;
use super::job::Job;
use super::task::Outcome;
use workhours_store::TaskState;

/// The notes on a task that has ended.
pub(super) fn of(job: &Job<'_>, outcome: &Outcome) -> Option<String> {
    let t = &outcome.totals;
    if outcome.state != TaskState::Done || outcome.error.is_some() {
        return None;
    }
    let name = job.source_type();
    let ask = if job.spec.source_type == AUTO { "" } else { " -s auto finds out by itself" };
    match (t.events, t.rejected) {
        (0, 0) if outcome.whole && t.bytes > 0 => Some(format!(
            "0 events: nothing in its {} bytes is a record of {name}; is it really {name}?{ask}",
            t.bytes
        )),
        (0, 1..) => Some(format!("every record was rejected; is it really {name}?{ask}")),
        (events, rejected) if rejected > events => Some(format!(
            "{rejected} of {} records were rejected; workhours rejects list says why. Is it really {name}?{ask}",
            t.records
        )),
        (events @ 1.., _) if outcome.whole && t.undated >= events => Some(undated(job, events)),
        (1.., _) if t.unplaced > 0 => Some(unplaced(t.unplaced)),
        _ => None,
    }
}

/// Timesheets with durations but no times. If other traces are on the same day, the overlap is unknown, so none of it
/// counts.
fn unplaced(events: u64) -> String {
    let has = if events == 1 { "event has" } else { "events have" };
    format!(
        "{events} {has} a day and a duration but no time of day, and count in no hours; \
         export them with the times they started, or enter the time with workhours hours add"
    )
}

/// Undated events are stored and found, but no report that counts time has them.
fn undated(job: &Job<'_>, events: u64) -> String {
    let info = job.source.info();
    let has = if events == 1 { "event has" } else { "events have" };
    let next = if info.kinds.contains(&"shell.command") {
        "let the shell keep times from now on: HISTTIMEFORMAT in bash, EXTENDED_HISTORY in zsh"
    } else if info.options.iter().any(|option| option.name == "date") {
        "the option date says where the date is, date_format how it is written"
    } else {
        "hours, gaps and histograms leave them out"
    };
    format!("{events} {has} no date and count in no hours; {next}")
}
