//! The host's side of a worker: runs one job, and decides whether to trust the result.
//!
//! In every case, the child and its group are gone when `run` returns, and its records are only returned if it ended
//! correctly. Not here: the exchange of bytes, see `pump`.

use super::crash;
use super::failure::Failure;
use super::frame::{End, Hello};
use super::job::{Job, Task};
use super::process::Worker;
use super::pump::Pump;
use super::spool::Spool;
use std::io;
use std::path::Path;
use workhours_plugin_api::abi::status;
use workhours_plugin_api::{Input, Stop};

/// The output of a worker that ended correctly.
pub(super) struct Finished {
    pub(super) hello: Hello,
    pub(super) end: End,
    pub(super) spool: Spool,
    /// Why the input couldn't be delivered completely.
    pub(super) input: Option<io::Error>,
}

/// Runs a worker from start to end. `go_on` is called from time to time, with the bytes delivered so far.
pub(super) fn run(
    job: &Job,
    mut input: Option<&mut Input<'_>>,
    tmp: &Path,
    go_on: &mut dyn FnMut(u64) -> Result<(), Stop>,
) -> Result<Finished, Failure> {
    let cannot = |e: io::Error| Failure::Broken(format!("its worker cannot be started: {e}"));
    let message = job.message().map_err(cannot)?;
    let mut worker = Worker::start().map_err(cannot)?;
    let mut pump = Pump::new(job, message, tmp);
    let status = match pump.exchange(&mut worker, &mut input, go_on) {
        Ok(()) => worker.end(),
        Err(Failure::Stopped) => return Err(Failure::Stopped),
        Err(Failure::Broken(why)) => {
            worker.kill();
            return Err(Failure::Broken(pump.with_stderr(why)));
        }
    };
    let why = match (&pump.crash, &pump.end) {
        (Some(crash), _) => Some(crash::describe(crash.signal, crash.value, crash.pages, &job.limits)),
        (None, None) => Some(match status {
            Some(status) => crash::describe_exit(status, &job.limits),
            None => "it closed its pipes without a word and had to be killed".into(),
        }),
        (None, Some(end)) => lies(&pump, end, job),
    };
    if let Some(why) = why {
        return Err(Failure::Broken(pump.with_stderr(why)));
    }
    let Some(mut end) = pump.end.take() else {
        return Err(Failure::Broken("it ended without a word".into()));
    };
    // A test of the kit writes there itself.
    if end.status == status::INTERNAL && !matches!(job.task, Task::Check(_)) {
        end.message = pump.with_stderr(end.message);
    }
    let hello = pump.hello.unwrap_or_default();
    Ok(Finished { hello, end, spool: pump.spool, input: pump.input_error })
}

/// What is wrong in its final message.
fn lies(pump: &Pump<'_>, end: &End, job: &Job) -> Option<String> {
    let counts = pump.spool.counts();
    if (end.events, end.rejects, end.ignored) != (counts.events, counts.rejects, counts.ignored) {
        return Some(format!(
            "its worker tells of {} events and {} rejects, but {} and {} came",
            end.events, end.rejects, counts.events, counts.rejects
        ));
    }
    if pump.is_torn() {
        return Some("what came from its worker ends in the middle of a frame".into());
    }
    if pump.hello.is_none() && end.status == status::OK {
        return Some("its worker did not greet".into());
    }
    // A source that reads its own copy, or counts rows, isn't limited to the bytes that went through the pipe.
    let Task::Parse(parse) = &job.task else { return None };
    let input_end = parse.offset.saturating_add(pump.delivered);
    (parse.path.is_none() && counts.reach > input_end)
        .then(|| format!("it tells of byte {} of an input that has {input_end}", counts.reach))
}
