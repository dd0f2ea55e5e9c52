//! Which program holds an input or a run: its machine, its process, and a number that no other has. So a program that
//! was killed is known to have ended, without waiting for what it held to run out.

use std::process;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The name under which this program holds something.
pub fn holder() -> &'static str {
    static HOLDER: OnceLock<String> = OnceLock::new();
    HOLDER.get_or_init(|| {
        let began = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("{}/{}/{:x}", machine(), process::id(), began.as_nanos())
    })
}

/// A holder for people: the process and its machine.
pub fn holder_text(holder: &str) -> String {
    let mut parts = holder.rsplitn(3, '/').skip(1);
    match (parts.next(), parts.next()) {
        (Some(process), Some(machine)) if machine == self::machine() => format!("process {process}"),
        (Some(process), Some(machine)) => format!("process {process} on {machine}"),
        _ => holder.to_owned(),
    }
}

/// Whether the program has ended, as far as can be told from here: only of this machine's.
pub fn has_ended(other: &str) -> bool {
    let mut parts = other.rsplitn(3, '/');
    let (Some(_), Some(process), Some(machine)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Ok(process) = process.parse::<u32>() else { return false };
    // This process with another number was another program before.
    machine == self::machine() && other != holder() && (process == process::id() || !is_running(process))
}

/// The name of this machine.
pub fn machine() -> &'static str {
    static MACHINE: OnceLock<String> = OnceLock::new();
    MACHINE.get_or_init(|| {
        #[cfg(unix)]
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        #[cfg(not(unix))]
        let name = std::env::var("COMPUTERNAME").unwrap_or_default();
        name
    })
}

#[cfg(unix)]
fn is_running(process: u32) -> bool {
    let Some(process) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) else {
        return false;
    };
    // Without permission it is there all the same. One that has ended may not have been collected by its parent.
    let is_there = !matches!(rustix::process::test_kill_process(process), Err(rustix::io::Errno::SRCH));
    let state = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    let is_zombie =
        state.is_ok_and(|state| state.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")));
    is_there && !is_zombie
}

#[cfg(not(unix))]
fn is_running(_: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_have_ended_are_known() {
        assert!(!has_ended(holder()), "this one");
        let of = |process: u32| format!("{}/{process}/1", machine());
        assert!(has_ended(&of(process::id())), "one that had this process's number before");
        assert!(!has_ended("elsewhere/1/1"), "of other machines nothing is known");
        assert!(!has_ended("strange"));
        #[cfg(unix)]
        {
            assert!(!has_ended(&of(1)));
            let mut child = process::Command::new("true").spawn().unwrap();
            child.wait().unwrap();
            assert!(has_ended(&of(child.id())));
        }
        assert_eq!(holder_text(&of(7)), "process 7");
        assert_eq!(holder_text("a/b/7/1"), "process 7 on a/b");
    }
}
