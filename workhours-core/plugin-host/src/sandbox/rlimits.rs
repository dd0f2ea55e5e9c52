//! The limits of every unix: processor time, memory, open files, no core dumps, no new processes.
//!
//! Limits are only ever lowered. `crash` has the messages for reached limits.

use crate::PluginLimits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// Seconds between the signal that can be reported and the one that cannot be ignored.
const GRACE: u64 = 2;
/// Open files: the standard ones, the frames, and what a library loads.
const FILES: u64 = 64;
/// The usual size of a stack. Set even where there was none, so that a stack that overflows is seen as one.
pub(crate) const STACK: u64 = 8 << 20;

pub(super) fn set(limits: &PluginLimits) -> io::Result<()> {
    let seconds = limits.cpu.as_secs().max(1);
    lower(Resource::Cpu, seconds, seconds.saturating_add(GRACE))?;
    lower(Resource::Core, 0, 0)?;
    lower(Resource::Nofile, FILES, FILES)?;
    lower(Resource::Stack, STACK, u64::MAX)?;
    #[cfg(not(target_os = "openbsd"))]
    {
        let memory = limits.memory.saturating_add(reserved());
        let set = lower(Resource::As, memory, memory);
        // Other systems may have no such limit, or only in name.
        if cfg!(target_os = "linux") {
            set?;
        }
    }
    // Where it applies: root has no such limit.
    #[cfg(any(target_os = "linux", target_vendor = "apple", target_os = "freebsd"))]
    let _ = lower(Resource::Nproc, 0, 0);
    Ok(())
}

/// Addresses the program has taken for itself already, and its allocator in advance: they are not the plugin's.
#[cfg(target_os = "linux")]
fn reserved() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    pages.saturating_mul(rustix::param::page_size() as u64)
}

#[cfg(not(any(target_os = "linux", target_os = "openbsd")))]
fn reserved() -> u64 {
    0
}

/// Files can be neither written nor grown; pipes can.
pub(super) fn no_writing() -> io::Result<()> {
    lower(Resource::Fsize, 0, 0)
}

fn lower(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let before = getrlimit(resource);
    let maximum = before.maximum.map_or(hard, |m| m.min(hard));
    let current = before.current.map_or(soft, |c| c.min(soft)).min(maximum);
    let some = |n: u64| (n != u64::MAX).then_some(n);
    Ok(setrlimit(resource, Rlimit { current: some(current), maximum: some(maximum) })?)
}
