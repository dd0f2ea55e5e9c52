//! The exchange with a worker: one thread, one loop over its three pipes. Sends the job and the input, spools what the
//! plugin pushes, and notices when it is silent or exceeds a limit.
//!
//! Received bytes aren't trusted: an invalid one ends the exchange.

use super::PluginLimits;
use super::checked::size;
use super::failure::Failure;
use super::frame::{Crash, Decoder, End, Frame, Hello};
use super::job::{self, Job, Task};
use super::process::Worker;
use super::spool::{Refused, Spool};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::time::{Duration, Instant};
use workhours_plugin_api::{EventRow, Input, Stop};

/// Bytes of the input sent at once.
const CHUNK: usize = 256 << 10;
/// How long `poll` waits before it checks the clock and whether to continue.
const TICK: Duration = Duration::from_millis(100);
/// How long the pipes may stay open after a crash report.
const GRACE: Duration = Duration::from_secs(2);
/// Bytes of standard error that are kept.
const KEPT_STDERR: usize = 4 << 10;
/// Characters of a message of a plugin's that are kept.
const LONGEST_LINE: usize = 4096;

/// One exchange, and what has arrived.
pub(super) struct Pump<'j> {
    limits: &'j PluginLimits,
    /// The kinds of events its source declared.
    kinds: &'static [&'static str],
    decoder: Decoder,
    pub(super) spool: Spool,
    pub(super) hello: Option<Hello>,
    pub(super) end: Option<End>,
    pub(super) crash: Option<Crash>,
    stderr: Vec<u8>,
    /// What to write next, and how much of it has been written.
    pending: Vec<u8>,
    sent: usize,
    pub(super) input_error: Option<io::Error>,
    /// Bytes of the input sent.
    pub(super) delivered: u64,
    /// Whether the end of the input was sent, or is in `pending`.
    given: bool,
}

impl<'j> Pump<'j> {
    pub(super) fn new(job: &'j Job, message: Vec<u8>, tmp: &Path) -> Self {
        let kinds: &'static [&'static str] =
            if let Task::Parse(parse) = &job.task { parse.kinds } else { &[] };
        Self {
            limits: &job.limits,
            kinds,
            decoder: Decoder::new(job.limits.event),
            spool: Spool::new(tmp),
            hello: None,
            end: None,
            crash: None,
            stderr: Vec::new(),
            pending: message,
            sent: 0,
            input_error: None,
            delivered: 0,
            given: !matches!(job.task, Task::Parse(_)),
        }
    }

    /// Runs until the worker has closed its pipe of frames.
    pub(super) fn exchange(
        &mut self,
        worker: &mut Worker,
        input: &mut Option<&mut Input<'_>>,
        go_on: &mut dyn FnMut(u64) -> Result<(), Stop>,
    ) -> Result<(), Failure> {
        let mut stdin = worker.child.stdin.take();
        let mut stderr = worker.child.stderr.take();
        let Some(mut stdout) = worker.child.stdout.take() else {
            return Err(Failure::Broken("its worker has no pipes".into()));
        };
        let mut buf = vec![0; CHUNK];
        // Only time spent waiting for it counts: not ours, nor that while this program was suspended.
        let mut quiet = Duration::ZERO;
        let mut asked = Instant::now();
        loop {
            if stdin.is_some() && self.sent == self.pending.len() {
                if self.given {
                    stdin = None;
                } else {
                    self.refill(input);
                }
            }
            if asked.elapsed() >= TICK {
                asked = Instant::now();
                go_on(self.delivered).map_err(|Stop| Failure::Stopped)?;
            }
            let since = Instant::now();
            let ready = wait(&stdout, stdin.as_ref(), stderr.as_ref())
                .map_err(|e| Failure::Broken(format!("its pipes cannot be watched: {e}")))?;
            quiet += since.elapsed().min(2 * TICK);
            if ready.stdout {
                match some(stdout.read(&mut buf)) {
                    Some(Ok(0)) => return Ok(()),
                    Some(Ok(n)) => {
                        self.take(&buf[..n]).map_err(Failure::Broken)?;
                        quiet = Duration::ZERO;
                    }
                    Some(Err(e)) => return Err(Failure::Broken(format!("its pipe cannot be read: {e}"))),
                    None => {}
                }
            }
            if let Some(pipe) = stderr.as_mut().filter(|_| ready.stderr) {
                match some(pipe.read(&mut buf)) {
                    Some(Ok(n)) if n > 0 => self.keep_stderr(&buf[..n]),
                    Some(_) => stderr = None,
                    None => {}
                }
            }
            if let Some(pipe) = stdin.as_mut().filter(|_| ready.stdin) {
                match self.send(pipe) {
                    Ok(0) => {}
                    Ok(_) => quiet = Duration::ZERO,
                    // It has stopped reading: its reason comes on the other pipe.
                    Err(_) => stdin = None,
                }
            }
            if quiet > GRACE && (self.end.is_some() || self.crash.is_some()) {
                return Ok(());
            }
            if quiet > self.limits.stall {
                let seconds = self.limits.stall.as_secs();
                return Err(Failure::Broken(format!("it gave no sign of life for {seconds} s")));
            }
        }
    }

    /// The next piece of the input, or its end.
    fn refill(&mut self, input: &mut Option<&mut Input<'_>>) {
        self.sent = 0;
        self.pending.resize(4 + CHUNK, 0);
        let read = input.as_mut().map_or(Ok(0), |input| input.read(&mut self.pending[4..]));
        match read {
            Ok(0) => {
                self.given = true;
                self.pending.splice(.., job::last(false));
            }
            Ok(n) => {
                self.pending[..4].copy_from_slice(&job::piece(n));
                self.pending.truncate(4 + n);
                self.delivered += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => self.pending.clear(),
            Err(e) => {
                self.input_error = Some(e);
                self.given = true;
                self.pending.splice(.., job::last(true));
            }
        }
    }

    fn send(&mut self, pipe: &mut ChildStdin) -> io::Result<usize> {
        match some(pipe.write(&self.pending[self.sent..])) {
            Some(Ok(n)) => {
                self.sent += n;
                Ok(n)
            }
            Some(Err(e)) => Err(e),
            None => Ok(0),
        }
    }

    /// Takes bytes of frames.
    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        let torn = |e: &dyn std::fmt::Display| format!("what came from its worker is torn: {e}");
        self.decoder.push(bytes);
        while let Some(frame) = self.decoder.next().map_err(|e| torn(&e))? {
            if self.end.is_some() || self.crash.is_some() {
                return Err("its worker spoke on after its last word".into());
            }
            match frame {
                Frame::Hello(hello) if self.hello.is_none() => {
                    let (enforced, sdk) = (one_line(&hello.enforced), one_line(&hello.sdk));
                    self.hello = Some(Hello { enforced, sdk, ..hello });
                }
                Frame::Hello(_) => return Err("its worker greeted twice".into()),
                Frame::Batch(_) if self.hello.is_none() => return Err("its worker did not greet".into()),
                Frame::Batch(payload) => {
                    // The worker has checked all of this too, but a plugin that took it over could write its own
                    // frames.
                    let (kinds, largest) = (self.kinds, self.limits.event);
                    let mut breach = None;
                    let look = |row: &EventRow<'_>| {
                        if breach.is_some() {
                            return;
                        }
                        if !kinds.contains(&row.kind) {
                            breach =
                                Some(format!("the kind {:?} is not in its manifest", one_line(row.kind)));
                        } else if size(row) > largest {
                            breach = Some(format!("an event has {} bytes; {largest} are allowed", size(row)));
                        }
                    };
                    self.spool.push(payload, look).map_err(|refused| match refused {
                        Refused::Bad(e) => torn(&e),
                        Refused::Io(e) => format!("its events cannot be kept aside: {e}"),
                    })?;
                    if let Some(breach) = breach {
                        return Err(breach);
                    }
                }
                Frame::End(end) => self.end = Some(End { message: one_line(&end.message), ..end }),
                Frame::Crash(crash) => self.crash = Some(crash),
            }
            let PluginLimits { spool, rejects, .. } = *self.limits;
            if self.spool.len() > spool {
                return Err(format!("its events have more than {} MiB, the limit of one parse", spool >> 20));
            }
            if self.spool.counts().rejects > rejects {
                return Err(format!(
                    "it refused more than {rejects} records; is the input of its format at all?"
                ));
            }
        }
        Ok(())
    }

    /// Whether part of a frame has arrived that was never completed.
    pub(super) fn is_torn(&self) -> bool {
        self.decoder.is_torn()
    }

    fn keep_stderr(&mut self, bytes: &[u8]) {
        self.stderr.extend_from_slice(bytes);
        let extra = self.stderr.len().saturating_sub(KEPT_STDERR);
        self.stderr.drain(..extra);
    }

    /// A cause, with the plugin's last line for debugging.
    pub(super) fn with_stderr(&self, why: String) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        match text.lines().map(one_line).rfind(|line| !line.is_empty()) {
            Some(line) => format!("{why}; its last line on standard error: {line}"),
            None => why,
        }
    }
}

/// Pipes that are ready, or closed.
struct Ready {
    stdout: bool,
    stdin: bool,
    stderr: bool,
}

fn wait(stdout: &ChildStdout, stdin: Option<&ChildStdin>, stderr: Option<&ChildStderr>) -> io::Result<Ready> {
    let mut fds = vec![PollFd::new(stdout, PollFlags::IN)];
    fds.extend(stdin.map(|fd| PollFd::new(fd, PollFlags::OUT)));
    fds.extend(stderr.map(|fd| PollFd::new(fd, PollFlags::IN)));
    let timeout = Timespec { tv_sec: 0, tv_nsec: TICK.as_nanos() as _ };
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(e) => return Err(e.into()),
    }
    let mut ready = fds.iter().map(|fd| !fd.revents().is_empty());
    let mut next = |there: bool| there && ready.next().unwrap_or(false);
    Ok(Ready { stdout: next(true), stdin: next(stdin.is_some()), stderr: next(stderr.is_some()) })
}

/// A plugin's text as part of a message: one line, of a length that can be read.
fn one_line(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().map(shown).take(LONGEST_LINE).collect();
    text.trim().to_owned()
}

/// The result of a call that may also say: not now.
fn some(result: io::Result<usize>) -> Option<io::Result<usize>> {
    match result {
        Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => None,
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::frame::FrameWriter;
    use super::super::job::Parse;
    use super::*;
    use workhours_plugin_api::{Span, Text};

    fn job() -> Job {
        let parse = Parse { kinds: &["a.b"], ..Parse::default() };
        let limits = PluginLimits { rejects: 3, spool: 1 << 20, ..PluginLimits::default() };
        let (plugin, sandbox) = ("/x.so".into(), super::super::SandboxLevel::Off);
        Job { plugin, sha256: None, sandbox, limits, task: Task::Parse(parse) }
    }

    /// The error for these frames.
    fn told(write: impl FnOnce(&mut FrameWriter<&mut Vec<u8>>)) -> Result<(), String> {
        let mut bytes = Vec::new();
        write(&mut FrameWriter::new(&mut bytes));
        Pump::new(&job(), Vec::new(), Path::new("/nowhere")).take(&bytes)
    }

    fn event(writer: &mut FrameWriter<&mut Vec<u8>>, kind: &str) {
        let span = Span { offset: 0, line: 1, raw: b"x" };
        writer.event(&EventRow { span, kind, ..EventRow::default() }).unwrap();
        writer.flush().unwrap();
    }

    #[test]
    fn only_declared_kinds_come_through() {
        let greeted = |kind: &'static str| {
            told(move |w| {
                w.hello(&Hello::default()).unwrap();
                event(w, kind);
            })
        };
        greeted("a.b").unwrap();
        assert_eq!(greeted("a.\u{1b}c").unwrap_err(), "the kind \"a. c\" is not in its manifest");
    }

    #[test]
    fn fields_that_stand_for_more_than_came_are_counted() {
        let raw = vec![b'x'; 1 << 20];
        let (text, limits) = (Text(&raw), PluginLimits { event: 3 << 20, spool: 1 << 30, ..job().limits });
        let mut job = job();
        job.limits = limits;
        let told = |row: EventRow<'_>| {
            let mut bytes = Vec::new();
            let mut writer = FrameWriter::new(&mut bytes);
            writer.hello(&Hello::default()).unwrap();
            writer
                .event(&EventRow { span: Span { offset: 0, line: 1, raw: &raw }, kind: "a.b", ..row })
                .unwrap();
            writer.flush().unwrap();
            assert!(bytes.len() < 2 << 20, "they came once");
            Pump::new(&job, Vec::new(), Path::new("/nowhere")).take(&bytes)
        };
        told(EventRow { title: text, ..EventRow::default() }).unwrap();
        let all = EventRow { url: text, title: text, text, ..EventRow::default() };
        assert_eq!(told(all).unwrap_err(), "an event has 4194307 bytes; 3145728 are allowed");
    }

    #[test]
    fn who_does_not_keep_the_order_is_not_believed() {
        assert!(told(|w| event(w, "a.b")).unwrap_err().contains("did not greet"));
        let twice = told(|w| {
            w.hello(&Hello::default()).unwrap();
            w.hello(&Hello::default()).unwrap();
        });
        assert!(twice.unwrap_err().contains("twice"));
        let on = told(|w| {
            w.end(0, "").unwrap();
            w.end(0, "").unwrap();
        });
        assert!(on.unwrap_err().contains("after its last word"));
    }

    #[test]
    fn a_message_is_one_line_without_tricks() {
        let (job, mut bytes) = (job(), Vec::new());
        FrameWriter::new(&mut bytes).end(-7, "\n\u{1b}[31mred\r\nand more\n").unwrap();
        let mut pump = Pump::new(&job, Vec::new(), Path::new("/nowhere"));
        pump.take(&bytes).unwrap();
        assert_eq!(pump.end.as_ref().unwrap().message, "[31mred  and more");
        pump.keep_stderr(b"first\n\xff last\x07\n \n");
        assert_eq!(pump.with_stderr("why".into()), "why; its last line on standard error: \u{fffd} last");
    }
}
