//! Systems without a sandbox: a worker has its limits, if the system supports them, and reports that it has nothing
//! more.

use super::{Enforced, PluginLimits};
use std::io;
use std::path::Path;
use workhours_base::error::Result;

const NONE: &str = "no sandbox for this system";

/// A worker whose parent dies notices when it next writes a frame.
pub(super) fn tie_to_parent() -> io::Result<()> {
    Ok(())
}

pub(super) fn before_loading(enforced: &mut Enforced, _: &PluginLimits, _: Option<&Path>) -> Result<()> {
    enforced.missing.push(NONE.to_owned());
    Ok(())
}

pub(super) fn before_parsing(enforced: &mut Enforced, _: &PluginLimits, _: Option<&Path>) -> Result<()> {
    enforced.missing.push(NONE.to_owned());
    Ok(())
}

/// Nothing is forbidden here.
pub(crate) fn forbidden(_: u64) -> Option<(&'static str, &'static str)> {
    None
}
