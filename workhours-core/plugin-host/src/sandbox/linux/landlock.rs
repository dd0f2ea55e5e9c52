//! Which files can be opened, enforced by the kernel with Landlock.
//!
//! It restricts the calling thread permanently; a second call can only restrict it further. Not covered: whether a file
//! exists, its size and dates, which Landlock leaves visible for known names.

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    RulesetStatus, Scope, path_beneath_rules,
};
use std::path::Path;

/// The folders of a library's dependencies, with the linker's index of them. Only root can write to them.
const LIBRARIES: [&str; 8] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
];

/// The newest requested version; an older kernel uses the rights it knows.
const NEWEST: ABI = ABI::V7;

/// The version in force, or why there is none.
pub(super) type Outcome = Result<u32, &'static str>;

/// Leaves system libraries and `readable` to be read, and nothing to be written.
pub(super) fn system_libraries(readable: Option<&Path>) -> Result<Outcome, RulesetError> {
    restrict(LIBRARIES.iter().map(Path::new).chain(readable))
}

/// Leaves `readable` to be read.
pub(super) fn nothing_but(readable: Option<&Path>) -> Result<Outcome, RulesetError> {
    restrict(readable)
}

fn restrict<'a>(readable: impl IntoIterator<Item = &'a Path>) -> Result<Outcome, RulesetError> {
    // Reading is enough to map a library: executing is about starting programs.
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(readable, read))?
        .restrict_self()?;
    Ok(match (status.landlock, status.ruleset) {
        (LandlockStatus::NotImplemented, _) => Err("no Landlock: kernel too old or built without it"),
        (LandlockStatus::NotEnabled, _) => Err("no Landlock: disabled when the system was started"),
        (_, RulesetStatus::NotEnforced) => Err("no Landlock: the kernel did not enforce it"),
        (LandlockStatus::Available { effective_abi, .. }, _) => Ok(effective_abi as u32),
    })
}
