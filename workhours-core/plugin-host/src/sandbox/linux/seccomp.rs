//! Which system calls can be made, enforced by the kernel with seccomp. `syscalls` has the lists.
//!
//! All of them are lists of allowed calls: newer calls, and calls through another calling convention (32 bits, x32),
//! aren't allowed. A forbidden call traps, so that `crash` can name it. Filters add up, and the strictest result
//! counts.

use super::syscalls::{self, Allowed};
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Is,
    SeccompCondition, SeccompFilter, SeccompRule, apply_filter_all_threads,
};
use std::collections::BTreeMap;

/// In force, or why not.
pub(super) type Outcome = Result<(), &'static str>;

/// The calls of a library and its dependencies while they are loaded.
pub(super) fn for_loading(memory: u64) -> Result<Outcome, Error> {
    let allowed = syscalls::CALCULATING.iter().chain(syscalls::READING_FILES).chain(syscalls::LOADING);
    // A pipe isn't a terminal. Returned as an error instead of trapped, because the C library asks before it first
    // prints.
    let no_terminal = BTreeMap::from([(libc::SYS_ioctl, Vec::new())]);
    let answer = SeccompAction::Errno(libc::ENOTTY as u32);
    match apply(filter(no_terminal, SeccompAction::Allow, answer)?)? {
        Ok(()) => apply(allow(allowed, memory)?),
        missing => Ok(missing),
    }
}

/// The calls of a source while it parses; with `files` it has a path to open.
pub(super) fn for_parsing(memory: u64, files: bool) -> Result<Outcome, Error> {
    let files = if files { syscalls::READING_FILES } else { &[] };
    apply(allow(syscalls::CALCULATING.iter().chain(files).chain(syscalls::PARSING), memory)?)
}

fn allow<'a>(list: impl Iterator<Item = &'a Allowed>, memory: u64) -> Result<BpfProgram, BackendError> {
    let mut rules = BTreeMap::<i64, Vec<SeccompRule>>::new();
    let mut in_any_way = Vec::new();
    for allowed in list {
        let (call, ways) = conditions(*allowed, memory)?;
        if ways.is_empty() {
            in_any_way.push(call);
        }
        rules.entry(call).or_default().extend(ways);
    }
    // No rule means allowed, and what one list allows no other forbids.
    rules.extend(in_any_way.into_iter().map(|call| (call, Vec::new())));
    filter(rules, SeccompAction::Trap, SeccompAction::Allow)
}

fn filter(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    otherwise: SeccompAction,
    listed: SeccompAction,
) -> Result<BpfProgram, BackendError> {
    SeccompFilter::new(rules, otherwise, listed, std::env::consts::ARCH.try_into()?)?.try_into()
}

fn apply(program: BpfProgram) -> Result<Outcome, Error> {
    match apply_filter_all_threads(&program) {
        Ok(()) => Ok(Ok(())),
        Err(Error::Seccomp(e)) if matches!(e.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL)) => {
            Ok(Err("no seccomp: kernel too old or built without it"))
        }
        Err(e) => Err(e),
    }
}

/// A call and the ways in which it may be made, one of which must fit; none is any way.
fn conditions(allowed: Allowed, memory: u64) -> Result<(i64, Vec<SeccompRule>), BackendError> {
    let is = |arg, value| SeccompCondition::new(arg, Width::Dword, Is::Eq, value);
    let without = |arg, bits| SeccompCondition::new(arg, Width::Dword, Is::MaskedEq(bits), 0);
    let within = |arg| SeccompCondition::new(arg, Width::Qword, Is::Le, memory);
    Ok(match allowed {
        Allowed::Any(call) => (call, Vec::new()),
        Allowed::OneOf(call, arg, values) => {
            let each = values.iter().map(|value| SeccompRule::new(vec![is(arg, *value)?]));
            (call, each.collect::<Result<_, _>>()?)
        }
        Allowed::Without(call, arg, bits) => (call, vec![SeccompRule::new(vec![without(arg, bits)?])?]),
        Allowed::Within(call, arg) => (call, vec![SeccompRule::new(vec![within(arg)?])?]),
        Allowed::WithinWithout(call, arg, other, bits) => {
            (call, vec![SeccompRule::new(vec![within(arg)?, without(other, bits)?])?])
        }
        Allowed::ToSelf(call) => {
            let me = u64::from(std::process::id());
            (call, vec![SeccompRule::new(vec![is(0, me)?])?])
        }
        Allowed::OwnLimits(call) => {
            let nothing_new = SeccompCondition::new(2, Width::Qword, Is::Eq, 0)?;
            (call, vec![SeccompRule::new(vec![is(0, 0)?, nothing_new])?])
        }
    })
}
