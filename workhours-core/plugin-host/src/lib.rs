//! Plugins: sources that come as dynamic libraries, found, trusted, loaded and run.
//!
//! `folders` finds the files, `trust` and `lock` decide which of them may be opened, `manifest` reads a source's
//! description, `library` loads one. `source` makes each an [`IDataSource`] like any other: by default it runs in a
//! worker process, whose side is `worker` inside `sandbox`, and ours is `child`. They exchange the frames of `frame`,
//! which `spool` keeps until the worker reports success.
//!
//! Not the contract itself: `workhours-plugin-api` defines what a plugin is.
//!
//! [`IDataSource`]: workhours_plugin_api::IDataSource

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod check;
mod checked;
#[cfg(unix)]
mod child;
#[cfg(unix)]
mod crash;
mod failure;
pub mod folders;
pub mod frame;
mod installed;
#[cfg_attr(not(unix), allow(dead_code))]
mod job;
pub mod kit;
mod library;
pub mod lock;
pub mod manifest;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod pump;
#[cfg(unix)]
mod raw;
#[cfg(unix)]
mod sandbox;
mod source;
#[cfg_attr(not(unix), allow(dead_code))]
mod spool;
mod trial;
pub mod trust;
#[cfg(not(unix))]
mod unsupported;
#[cfg(unix)]
mod worker;

pub use check::{Tested, Verdict, check};
pub use installed::{Info, Listed, Plugins, Removed, Standing};
#[cfg(unix)]
pub use process::WORKER_ARG;
pub use source::{Description, PluginSource, describe};
#[cfg(not(unix))]
use unsupported as child;
#[cfg(not(unix))]
pub use unsupported::{WORKER_ARG, worker_main};
#[cfg(unix)]
pub use worker::worker_main;

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Where plugin code runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunIn {
    /// In a separate process, inside the sandbox.
    #[default]
    Worker,
    /// In this process: nothing contains it. For plugins one trusts like the program itself, and debuggers.
    InProcess,
}

/// How much of a sandbox a worker must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SandboxLevel {
    /// Everything this system supports, or the worker doesn't start.
    Required,
    /// What the system offers; missing parts are reported.
    BestEffort,
    /// None but the limits.
    Off,
}

impl Default for SandboxLevel {
    fn default() -> Self {
        if cfg!(target_os = "linux") { Self::Required } else { Self::BestEffort }
    }
}

/// A worker's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginLimits {
    /// Processor time of one parse.
    pub cpu: Duration,
    /// Time without a sign of life while the worker has input to read.
    pub stall: Duration,
    /// Address space, in bytes.
    pub memory: u64,
    /// One event with all its fields, in bytes.
    pub event: usize,
    /// All events of one parse together, in bytes.
    pub spool: u64,
    /// Rejected records of one parse.
    pub rejects: u64,
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self {
            cpu: Duration::from_secs(600),
            stall: Duration::from_secs(30),
            memory: 1 << 30,
            event: 40 << 20,
            spool: 16 << 30,
            rejects: 1_000_000,
        }
    }
}

/// All a user can decide about plugins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginSettings {
    /// Folders to look in before the usual ones.
    pub dirs: Vec<PathBuf>,
    /// Where their code runs.
    pub run: RunIn,
    /// How much of a sandbox there must be.
    pub sandbox: SandboxLevel,
    /// Their limits.
    pub limits: PluginLimits,
}
