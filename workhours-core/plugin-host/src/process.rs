//! The worker's process, as seen by its host: started, watched, ended. It never outlives this value.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The first argument of a worker.
pub const WORKER_ARG: &str = "--plugin-worker";

/// Capacity of a pipe in bytes, if it can be set.
#[cfg(target_os = "linux")]
const PIPE: usize = 1 << 20;
/// How long one that has closed its pipes may take to be gone.
const GRACE: Duration = Duration::from_secs(2);

/// A worker.
pub(super) struct Worker {
    pub(super) child: Child,
    reaped: Option<ExitStatus>,
}

impl Worker {
    /// Starts one, whose three pipes are non-blocking.
    pub(super) fn start() -> io::Result<Self> {
        let child = this_program()?
            .arg(WORKER_ARG)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let worker = Self { child, reaped: None };
        let Child { stdin, stdout, stderr, .. } = &worker.child;
        let fds = [stdin.as_ref().map(AsFd::as_fd), stdout.as_ref().map(AsFd::as_fd)];
        #[cfg(target_os = "linux")]
        for fd in fds.into_iter().flatten() {
            // Fewer switches for two processes that share a core. A user's pipes may have used up their quota.
            let _ = rustix::pipe::fcntl_setpipe_size(fd, PIPE);
        }
        for fd in fds.into_iter().chain([stderr.as_ref().map(AsFd::as_fd)]).flatten() {
            rustix::io::ioctl_fionbio(fd, true)?;
        }
        Ok(worker)
    }

    /// Waits a moment for a process that has closed its pipes, and returns how it ended; `None` if it had to be killed.
    pub(super) fn end(&mut self) -> Option<ExitStatus> {
        let since = Instant::now();
        let mut by_itself = self.is_gone();
        while !by_itself && since.elapsed() < GRACE {
            std::thread::park_timeout(Duration::from_millis(1));
            by_itself = self.is_gone();
        }
        self.kill();
        self.reaped.filter(|_| by_itself)
    }

    /// Whether it has ended. It stays as a zombie, so that its number cannot be another's yet.
    fn is_gone(&self) -> bool {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let pid = rustix::process::Pid::from_child(&self.child);
        matches!(waitid(WaitId::Pid(pid), options), Ok(Some(_)))
    }

    /// Kills it and all it may have started.
    pub(super) fn kill(&mut self) {
        if self.reaped.is_none() {
            let group = rustix::process::Pid::from_child(&self.child);
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            let _ = self.child.kill();
            self.reaped = self.child.wait().ok();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// This program again. Where the system can, the very file that runs now, even when an update has replaced it.
fn this_program() -> io::Result<Command> {
    let named = std::env::current_exe()?;
    let running = std::path::Path::new("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        let mut command = Command::new(running);
        command.arg0(named);
        return Ok(command);
    }
    Ok(Command::new(named))
}
