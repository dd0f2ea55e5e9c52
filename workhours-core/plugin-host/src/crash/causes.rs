//! Explains a worker's crash report to people: one clause that follows the plugin's name.

use super::{STATUS, STATUS_TIME, TOO_MUCH, UNKNOWN};
use crate::{PluginLimits, sandbox};
use std::process::ExitStatus;

const MIB: u64 = 1 << 20;

/// The meaning of a crash frame.
pub(crate) fn describe(signal: i32, value: u64, pages: u64, limits: &PluginLimits) -> String {
    let signal = Signal::from(signal);
    let memory = format!("{} MiB", limits.memory / MIB);
    let used = pages.saturating_mul(page_size());
    // A failed allocation ends in many ways, but never in these.
    let for_memory = !matches!(signal, Signal::Call | Signal::Time | Signal::FileSize | Signal::Arithmetic);
    if for_memory && used >= limits.memory / 10 * 9 {
        return format!("it ran out of memory: the limit is {memory}");
    }
    let what = match signal {
        Signal::Segment | Signal::Bus if value == TOO_MUCH => "its stack overflowed".to_owned(),
        Signal::Segment if value == UNKNOWN => "segmentation fault".to_owned(),
        Signal::Segment => format!("segmentation fault at address {value:#x}"),
        Signal::Bus if value == UNKNOWN => "bus error".to_owned(),
        Signal::Bus => format!("bus error at address {value:#x}"),
        Signal::Instruction => {
            "it came to an instruction that is not valid, as after a failed check".to_owned()
        }
        Signal::Trap => "it came to a trap, as after a failed check".to_owned(),
        Signal::Arithmetic => "it calculated what cannot be, such as a division by zero".to_owned(),
        Signal::Abort => "it aborted".to_owned(),
        Signal::Call => return called(value, &memory),
        Signal::Time => return out_of_time(limits),
        Signal::FileSize => return "it tried to write to a file".to_owned(),
        Signal::Other(number) => format!("signal {number}"),
    };
    if for_memory && used >= limits.memory / 2 {
        // It may have asked for more than was left.
        return format!("{what}, with {} of {memory} of memory in use", used / MIB);
    }
    what
}

/// The meaning of a worker's end without a crash report.
pub(crate) fn describe_exit(status: ExitStatus, limits: &PluginLimits) -> String {
    if let Some(number) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return killed(number, limits);
    }
    match status.code() {
        Some(STATUS_TIME) => out_of_time(limits),
        Some(STATUS) => "it crashed, and could not say how".to_owned(),
        Some(code) => format!("it ended the process with exit code {code} before it had finished"),
        None => format!("its worker ended: {status}"),
    }
}

/// By a signal that is not caught, or that was blocked when it came.
fn killed(number: i32, limits: &PluginLimits) -> String {
    match Signal::from(number) {
        Signal::Time => out_of_time(limits),
        // Nearly all calls are reported, but C libraries block all signals around those.
        Signal::Call => {
            "the sandbox stopped it, probably for starting a thread or process: a plugin starts neither"
                .to_owned()
        }
        Signal::Segment => "segmentation fault".to_owned(),
        _ if number == libc::SIGKILL => {
            "it was killed, by hand or because a limit or the system's memory was used up".to_owned()
        }
        _ => format!("it was killed by signal {number}"),
    }
}

fn called(value: u64, memory: &str) -> String {
    if value == UNKNOWN {
        return "it sent itself SIGSYS".to_owned();
    }
    if value & TOO_MUCH != 0 {
        return format!("it asked for more than its memory limit of {memory} at once");
    }
    match sandbox::forbidden(value) {
        Some((name, why)) => format!("it called {name}, which the sandbox forbids: {why}"),
        None => format!("it made system call {value}, which the sandbox forbids"),
    }
}

fn out_of_time(limits: &PluginLimits) -> String {
    format!("it used up its {} s of processor time", limits.cpu.as_secs().max(1))
}

/// The signals a worker reports, whose numbers differ between systems.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code))]
enum Signal {
    Segment,
    Bus,
    Instruction,
    Trap,
    Arithmetic,
    Abort,
    Call,
    Time,
    FileSize,
    Other(i32),
}

impl From<i32> for Signal {
    fn from(number: i32) -> Self {
        match number {
            libc::SIGSEGV => Self::Segment,
            libc::SIGBUS => Self::Bus,
            libc::SIGILL => Self::Instruction,
            libc::SIGTRAP => Self::Trap,
            libc::SIGFPE => Self::Arithmetic,
            libc::SIGABRT => Self::Abort,
            libc::SIGSYS => Self::Call,
            libc::SIGXCPU => Self::Time,
            libc::SIGXFSZ => Self::FileSize,
            _ => Self::Other(number),
        }
    }
}

fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn said(signal: i32, value: u64, mib: u64) -> String {
        describe(signal, value, mib * MIB / page_size(), &PluginLimits::default())
    }

    #[test]
    fn a_crash_is_told_with_its_cause() {
        assert_eq!(said(libc::SIGSEGV, 0, 10), "segmentation fault at address 0x0");
        assert_eq!(said(libc::SIGSEGV, UNKNOWN, 10), "segmentation fault");
        assert_eq!(said(libc::SIGSEGV, TOO_MUCH, 10), "its stack overflowed");
        assert_eq!(said(libc::SIGSEGV, 0, 1000), "it ran out of memory: the limit is 1024 MiB");
        assert_eq!(said(libc::SIGABRT, UNKNOWN, 600), "it aborted, with 600 of 1024 MiB of memory in use");
        assert_eq!(said(libc::SIGXCPU, UNKNOWN, 1000), "it used up its 600 s of processor time");
        assert_eq!(said(libc::SIGSYS, 9999, 10), "it made system call 9999, which the sandbox forbids");
        assert_eq!(said(libc::SIGURG, 0, 0), format!("signal {}", libc::SIGURG));
    }

    #[test]
    fn nothing_a_worker_writes_upsets_it() {
        for signal in -1..70 {
            for n in [0, 1, u64::MAX, UNKNOWN, TOO_MUCH, TOO_MUCH | 9] {
                for memory in [0, 1, u64::MAX] {
                    let limits = PluginLimits { memory, ..PluginLimits::default() };
                    assert!(!describe(signal, n, n, &limits).is_empty());
                }
            }
        }
    }

    #[test]
    fn an_exit_without_a_word_is_told() {
        let said = |raw: i32| describe_exit(ExitStatus::from_raw(raw), &PluginLimits::default());
        assert_eq!(said(3 << 8), "it ended the process with exit code 3 before it had finished");
        assert_eq!(said(STATUS_TIME << 8), "it used up its 600 s of processor time");
        assert!(said(libc::SIGKILL).starts_with("it was killed, by hand or because"));
        assert_eq!(said(libc::SIGTERM), format!("it was killed by signal {}", libc::SIGTERM));
    }
}
