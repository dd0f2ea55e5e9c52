//! What a worker gives up before plugin code runs in it: limits everywhere, and where the system supports it, files,
//! network, processes and nearly all system calls.
//!
//! Two stages. While the library is loaded, system libraries stay readable, so that its dependencies are found. Before
//! the first byte is parsed that ends too. Nothing can be undone, so this is only for a process with one thread that
//! does nothing else. `crash` has the messages for workers that broke a rule.

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod linux;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
mod other;

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
use linux as system;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
use other as system;

mod rlimits;
#[cfg(all(
    test,
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod tests;

use super::{PluginLimits, SandboxLevel};
use std::path::Path;
use std::{fmt, io};
use workhours_base::error::{Error, Result};

pub(super) use rlimits::STACK;
pub(super) use system::forbidden;

/// What is in force, and what isn't, with the reason.
#[derive(Debug, Default)]
pub(super) struct Enforced {
    active: Vec<String>,
    missing: Vec<String>,
}

impl Enforced {
    /// Whether it is everything that this program supports.
    pub(super) fn is_full(&self) -> bool {
        self.missing.is_empty()
    }

    /// The limits, which are set before and on every unix.
    fn limits() -> Self {
        Self { active: vec!["rlimits".to_owned()], missing: Vec::new() }
    }

    fn or_refuse(self, level: SandboxLevel) -> Result<Self> {
        if level != SandboxLevel::Required || self.is_full() {
            return Ok(self);
        }
        Err(Error::failed(format!("the sandbox cannot be set up: {}", self.missing.join(", ")))
            .hint("`sandbox = \"best-effort\"` under [plugins] runs plugins with what this system has"))
    }
}

impl fmt::Display for Enforced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.active {
            [] => f.write_str("nothing")?,
            [one] if !self.is_full() => write!(f, "{one} only")?,
            active => f.write_str(&active.join(", "))?,
        }
        if !self.is_full() {
            write!(f, " ({})", self.missing.join(", "))?;
        }
        Ok(())
    }
}

/// Limits what this process may use up, and ties its life to its parent's. Comes first.
///
/// # Errors
/// When a limit cannot be set, or the parent is gone.
pub(super) fn limit(limits: &PluginLimits) -> io::Result<()> {
    rlimits::set(limits)?;
    system::tie_to_parent()
}

/// The first stage: from here on only system libraries and `readable`, the folder of a source that asks for a
/// path, can be read, and nothing written.
///
/// # Errors
/// When `level` asks for more than the system has.
pub(super) fn before_loading(
    level: SandboxLevel,
    limits: &PluginLimits,
    readable: Option<&Path>,
) -> Result<Enforced> {
    // Not among the other limits: the sealed copy of the library, made since, is a file too.
    rlimits::no_writing().map_err(|e| Error::failed("cannot limit the size of files").with_source(e))?;
    let mut enforced = Enforced::limits();
    if level == SandboxLevel::Off {
        enforced.missing.push("the sandbox is off".to_owned());
        return Ok(enforced);
    }
    system::before_loading(&mut enforced, limits, readable)?;
    enforced.or_refuse(level)
}

/// The second stage: no files except those below `readable`, no new code, and only the system calls that a calculation
/// needs.
///
/// # Errors
/// When it fails and `level` requires it.
pub(super) fn before_parsing(
    level: SandboxLevel,
    limits: &PluginLimits,
    readable: Option<&Path>,
) -> Result<()> {
    if level == SandboxLevel::Off {
        return Ok(());
    }
    let mut enforced = Enforced::default();
    system::before_parsing(&mut enforced, limits, readable)?;
    enforced.or_refuse(level).map(drop)
}
