//! Systems other than Unix: there is no worker, so its jobs run in this process or fail.
//!
//! The user asks for describing and checking explicitly, so they run, with a note that nothing contains them. A parse
//! needs `run = "in-process"`, which doesn't use this module.

use super::failure::Failure;
use super::frame::{End, Hello};
use super::job::{Job, Task};
use super::spool::Spool;
use super::{library, trial};
use std::io;
use std::path::Path;
use std::process::ExitCode;
use workhours_plugin_api::abi::status;
use workhours_plugin_api::{Input, Stop};

/// The first argument of a worker, where there is one.
pub const WORKER_ARG: &str = "--plugin-worker";

/// A plugin's output. See `child`.
pub(super) struct Finished {
    pub(super) hello: Hello,
    pub(super) end: End,
    pub(super) spool: Spool,
    pub(super) input: Option<io::Error>,
}

/// Does a job here, if it is one that may be done here.
pub(super) fn run(
    job: &Job,
    _: Option<&mut Input<'_>>,
    tmp: &Path,
    go_on: &mut dyn FnMut(u64) -> Result<(), Stop>,
) -> Result<Finished, Failure> {
    go_on(0).map_err(|Stop| Failure::Stopped)?;
    if matches!(job.task, Task::Parse(_)) {
        return Err(Failure::Broken(
            "this system has no process of its own for it; `run = \"in-process\"` under [plugins] runs it \
             inside workhours, where nothing contains it"
                .into(),
        ));
    }
    let loaded = library::seal(&job.plugin, job.sha256.as_deref())
        .and_then(library::load)
        .and_then(library::describe)
        .map_err(|e| Failure::Broken(e.full_message()))?;
    let mut end = End { status: status::OK, ..End::default() };
    if let Task::Check(trial) = &job.task
        && let Err(e) = trial::run(trial, &loaded.sources)
    {
        end = End { status: status::INTERNAL, message: e.to_string(), ..end };
    }
    let hello = Hello {
        enforced: "nothing: it was loaded into workhours itself".into(),
        sdk: loaded.sdk,
        abi: loaded.abi,
        manifests: loaded.sources.into_iter().map(|s| s.manifest.json).collect(),
    };
    Ok(Finished { hello, end, spool: Spool::new(tmp), input: None })
}

/// There are no workers on this system.
pub fn worker_main() -> ExitCode {
    ExitCode::FAILURE
}
