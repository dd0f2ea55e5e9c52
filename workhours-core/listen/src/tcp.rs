//! Connections: each has a thread, and messages one after the other.

use crate::frames::{Frames, Framing};
use crate::news::News;
use crate::sink::Sink;
use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Scope;
use std::time::{Duration, Instant};

/// Connections of a receiver at once.
const CONNECTIONS: u64 = 1_000;
/// The stack of a connection's thread.
const STACK: usize = 512 << 10;
/// Time between two reports that there are too many.
const REPORT: Duration = Duration::from_secs(60);
/// How long to wait before looking whether all ends.
const WAIT: Duration = Duration::from_millis(500);
/// What is read at once.
const PIECE: usize = 64 << 10;

/// How a connection is read.
pub(crate) trait Open: Sync {
    /// The bytes that are sent on it.
    ///
    /// # Errors
    /// Why it can't be read.
    fn open(&self, socket: TcpStream) -> Result<Box<dyn Read>, String>;
}

/// As it is.
pub(crate) struct Plain;

impl Open for Plain {
    fn open(&self, socket: TcpStream) -> Result<Box<dyn Read>, String> {
        Ok(Box::new(socket))
    }
}

/// Takes connections until all ends.
pub(crate) fn accept<'scope, 's: 'scope>(
    scope: &'scope Scope<'scope, '_>,
    listener: &TcpListener,
    open: &'scope dyn Open,
    framing: Framing,
    new_sink: &'scope (dyn Fn() -> Sink<'s> + Sync),
) {
    let mut sink = new_sink();
    let connections = &sink.counts().connections;
    let _ = listener.set_nonblocking(true);
    let mut full: Option<Instant> = None;
    while !sink.around().stopped() {
        // Further ones wait for their turn, with what they have sent.
        if connections.load(Ordering::Relaxed) >= CONNECTIONS {
            if full.is_none_or(|told| told.elapsed() >= REPORT) {
                sink.tell(&News::Full);
                full = Some(Instant::now());
            }
            sink.around().wait(Duration::from_millis(100));
            continue;
        }
        match listener.accept() {
            Ok((socket, _)) => {
                connections.fetch_add(1, Ordering::Relaxed);
                let thread = std::thread::Builder::new().name("connection".to_owned()).stack_size(STACK);
                let begun = thread.spawn_scoped(scope, move || {
                    let mut sink = new_sink();
                    let _one = One(&sink.counts().connections);
                    if let Err(why) = receive(socket, open, framing, &mut sink) {
                        sink.tell(&News::Broken(&why));
                    }
                });
                if begun.is_err() {
                    connections.fetch_sub(1, Ordering::Relaxed);
                    sink.around().wait(WAIT);
                }
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                wait(listener);
                sink.idle();
            }
            // Out of file handles, mostly: some will be free again.
            Err(_) => sink.around().wait(WAIT),
        }
    }
}

/// Waits for a connection.
fn wait(listener: &TcpListener) {
    #[cfg(unix)]
    {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut waited = [PollFd::new(listener, PollFlags::IN)];
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(WAIT.subsec_nanos()) };
        let _ = poll(&mut waited, Some(&timeout));
    }
    #[cfg(not(unix))]
    {
        let _ = listener;
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

fn receive(socket: TcpStream, open: &dyn Open, framing: Framing, sink: &mut Sink<'_>) -> Result<(), String> {
    let ready = socket.set_nonblocking(false).and_then(|()| socket.set_read_timeout(Some(WAIT)));
    ready.map_err(|e| e.to_string())?;
    let mut stream = open.open(socket)?;
    let mut frames = Frames::new(framing);
    let mut piece = vec![0; PIECE];
    while !sink.around().stopped() {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => {
                if !sink.put(&frames.push(&piece[..length])) {
                    return Ok(());
                }
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => sink.idle(),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            // The sender went away: what it has sent is a message.
            Err(e) if matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof) => break,
            Err(e) => return Err(e.to_string()),
        }
    }
    // A message that is only begun when all ends is stored too: the rest of it won't come.
    sink.put(&frames.finish());
    Ok(())
}

/// A connection that is counted.
struct One<'c>(&'c AtomicU64);

impl Drop for One<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
