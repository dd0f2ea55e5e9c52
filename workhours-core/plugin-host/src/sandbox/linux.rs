//! Linux: Landlock for files, seccomp for everything else, and no life after the parent's.
//!
//! Each alone leaves a gap: Landlock covers neither open descriptors nor most system calls, seccomp can't read the path
//! of an `openat`. Together they are complete even with the first version of Landlock, because seccomp blocks what
//! later versions added (networks, signals, devices).

mod landlock;
mod seccomp;
mod syscalls;

use super::{Enforced, PluginLimits};
use rustix::process::{DumpableBehavior, Signal};
use rustix::process::{getppid, set_dumpable_behavior, set_parent_process_death_signal};
use std::io;
use std::path::Path;
pub(crate) use syscalls::forbidden;
use workhours_base::error::{Context, Result};

/// Asks to be killed when the parent dies, and lets no other process of the user look into this one.
pub(super) fn tie_to_parent() -> io::Result<()> {
    let before = getppid();
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Had it died before the call, there would be no signal. Had it died even earlier, then the pipes are closed.
    if getppid() != before {
        return Err(io::Error::other("the host is gone"));
    }
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

pub(super) fn before_loading(
    enforced: &mut Enforced,
    limits: &PluginLimits,
    readable: Option<&Path>,
) -> Result<()> {
    match landlock::system_libraries(readable).context(|| "cannot restrict files")? {
        Ok(version) => enforced.active.push(format!("landlock {version}")),
        Err(why) => enforced.missing.push(why.to_owned()),
    }
    let loaded = seccomp::for_loading(limits.memory).context(|| "cannot restrict system calls")?;
    match loaded {
        Ok(()) => enforced.active.push("seccomp".to_owned()),
        Err(why) => enforced.missing.push(why.to_owned()),
    }
    Ok(())
}

pub(super) fn before_parsing(
    enforced: &mut Enforced,
    limits: &PluginLimits,
    readable: Option<&Path>,
) -> Result<()> {
    let files = landlock::nothing_but(readable).context(|| "cannot restrict files")?;
    let calls = seccomp::for_parsing(limits.memory, readable.is_some());
    let calls = calls.context(|| "cannot restrict system calls")?;
    enforced.missing.extend(files.err().into_iter().chain(calls.err()).map(str::to_owned));
    Ok(())
}
