//! The output of programs: each line is a message. A program that ends is started again. The journal is read from where it
//! was left, by the cursor of its last entry.

use crate::frames::{Frames, Framing, Messages};
use crate::news::News;
use crate::sink::Sink;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use workhours_base::error::Error;

/// The wait before a program is started again; it doubles each time, until it ran for a while.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LAST_WAIT: Duration = Duration::from_secs(60);
/// What is read at once, and how much may wait to be stored.
const PIECE: usize = 64 << 10;
const PIECES: usize = 16;
/// Time to look whether all ends.
const WAIT: Duration = Duration::from_millis(500);
/// How long a program may take to end when it's asked to.
#[cfg(unix)]
const LEAVE: Duration = Duration::from_secs(1);
/// The most of what a program prints about its failure.
const COMPLAINT: u64 = 4 << 10;
/// The name under which the journal's cursor is kept.
const CURSOR: &str = "cursor";

/// Runs a command line again and again, until all ends.
pub(crate) fn run(line: &str, sink: &mut Sink<'_>) {
    again(sink, || shell(line), |_, _| {});
}

/// Follows the journal until all ends.
pub(crate) fn follow_journal(sink: &mut Sink<'_>) {
    let (spool, stream, _) = sink.place();
    let kept = spool.notes(stream).pop().and_then(|note| String::from_utf8(note).ok());
    let cursor = std::cell::RefCell::new(kept.unwrap_or_default());
    let command = || {
        let mut command = Command::new("journalctl");
        alone(&mut command);
        command.args(["--follow", "--all", "--output=json"]);
        match cursor.borrow().as_str() {
            "" => command.arg("--lines=0"),
            cursor => command.args(["--no-tail", &format!("--after-cursor={cursor}")]),
        };
        command
    };
    again(sink, command, |sink, lines| {
        let Some(last) = last_cursor(lines) else { return };
        let (spool, stream, origin) = sink.place();
        // Entries after it that are read again are known by their own cursors.
        let _ = spool.note((stream, origin), CURSOR, last.as_bytes());
        *cursor.borrow_mut() = last;
    });
}

/// The cursor of the last entry.
fn last_cursor(lines: &[u8]) -> Option<String> {
    let last = lines.strip_suffix(b"\n").unwrap_or(lines).rsplit(|byte| *byte == b'\n').next()?;
    let entry: serde_json::Value = serde_json::from_slice(last).ok()?;
    Some(entry.get("__CURSOR")?.as_str()?.to_owned())
}

fn again(sink: &mut Sink<'_>, command: impl Fn() -> Command, mut stored: impl FnMut(&mut Sink<'_>, &[u8])) {
    let mut wait = FIRST_WAIT;
    let mut failing = false;
    while !sink.around().stopped() {
        let begun = Instant::now();
        let mut command = command();
        let name = command.get_program().to_string_lossy().into_owned();
        let ended = match command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
            Ok(child) => read(child, sink, &mut stored, &mut failing),
            Err(e) => Err(Error::failed(format!("cannot run {name}")).with_source(e)),
        };
        if sink.around().stopped() {
            return;
        }
        let error =
            ended.err().unwrap_or_else(|| Error::failed("the program has ended; it is started again"));
        if !std::mem::replace(&mut failing, true) {
            sink.tell(&News::Failed(&error));
        }
        wait = if begun.elapsed() > LAST_WAIT { FIRST_WAIT } else { wait };
        sink.around().wait(wait);
        wait = (wait * 2).min(LAST_WAIT);
    }
}

/// Stores what a program prints until it ends.
fn read(
    mut child: Child,
    sink: &mut Sink<'_>,
    stored: &mut impl FnMut(&mut Sink<'_>, &[u8]),
    failing: &mut bool,
) -> Result<(), Error> {
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else { return Ok(()) };
    let complaint = complaint(errors);
    let pieces = pieces(output);
    let mut frames = Frames::new(Framing::Lines);
    let mut put = |sink: &mut Sink<'_>, messages: &Messages| {
        let done = sink.put(messages);
        if done && messages.count > 0 {
            stored(sink, &messages.lines);
        }
        done
    };
    let over = loop {
        match pieces.recv_timeout(WAIT) {
            Ok(piece) => {
                let mut messages = frames.push(&piece);
                // What waits already is stored together.
                while let Ok(piece) = pieces.try_recv() {
                    messages.join(frames.push(&piece));
                }
                if messages.count > 0 && std::mem::take(failing) {
                    sink.tell(&News::Recovered);
                }
                if !put(sink, &messages) {
                    break false;
                }
            }
            Err(RecvTimeoutError::Timeout) => sink.idle(),
            Err(RecvTimeoutError::Disconnected) => break true,
        }
        if sink.around().stopped() {
            break false;
        }
    };
    end(&mut child);
    if over {
        put(sink, &frames.finish());
    }
    let status = child.wait().map_err(|e| Error::failed("cannot wait for the program").with_source(e))?;
    // What it has started may have the other end still.
    let complaint = complaint.recv_timeout(WAIT).unwrap_or_default();
    match status.success() && complaint.is_empty() {
        true => Ok(()),
        false => Err(Error::failed(format!("the program has ended ({status}); it is started again"))
            .hint(if complaint.is_empty() { "it printed nothing about why".to_owned() } else { complaint })),
    }
}

/// Collects the first few KiB of a program's standard error; sent when it has them or the stream ends.
fn complaint(mut errors: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        let mut text = Vec::new();
        let _ = errors.by_ref().take(COMPLAINT).read_to_end(&mut text);
        let _ = sender.send(String::from_utf8_lossy(&text).trim().to_owned());
        // The rest is read, or the program would wait for it.
        let _ = std::io::copy(&mut errors, &mut std::io::sink());
    });
    receiver
}

/// What a program prints, as it prints it.
fn pieces(mut output: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(PIECES);
    thread::spawn(move || {
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = output.read(&mut piece) {
            if sender.send(piece[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Makes it a group of its own, so that all it starts ends with it.
fn alone(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

fn shell(line: &str) -> Command {
    #[cfg(unix)]
    {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        alone(&mut command);
        command
    }
    #[cfg(not(unix))]
    {
        let mut command = Command::new("cmd");
        command.args(["/C", line]);
        command
    }
}

/// Ends a program and what it has started: politely, and then whether it wants to or not.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group
            && kill_process_group(group, Signal::TERM).is_ok()
        {
            let until = Instant::now() + LEAVE;
            // Collected, or it would count as one that is still there.
            while Instant::now() < until && child.try_wait().is_ok() && test_kill_process_group(group).is_ok()
            {
                thread::park_timeout(Duration::from_millis(20));
            }
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
    // It isn't a group of its own everywhere.
    let _ = child.kill();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_entrys_cursor() {
        let lines = b"{\"__CURSOR\":\"s=1\"}\n{\"MESSAGE\":\"x\",\"__CURSOR\":\"s=2\"}\n";
        assert_eq!(last_cursor(lines).as_deref(), Some("s=2"));
        assert_eq!(last_cursor(b"-- no entries --\n"), None);
    }
}
