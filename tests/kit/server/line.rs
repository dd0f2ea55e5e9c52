//! A line to a server that breaks where it hurts most: at a commit, of which the program then cannot know whether it came
//! to pass.

use super::{Kind, Server};
use crate::kit::pause;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// The line. Each connection over it ends at its second commit, so that nearly every commit meets with it once. In turn
/// it breaks
/// - so that the server never hears of it,
/// - when the server has heard of it, but before it could say so,
/// - so that the server hears of it late, when the program has connected again and asks what became of it.
pub(crate) struct BreakingLine<'s> {
    server: &'s Server,
    dir: TempDir,
    breaks: Arc<Breaks>,
}

#[derive(Default)]
struct Breaks {
    done: AtomicUsize,
    /// Whether it holds instead.
    holds: AtomicBool,
}

impl Server {
    /// A line to this server.
    pub(crate) fn breaking_line(&self) -> BreakingLine<'_> {
        let dir = tempfile::Builder::new().prefix("workhours-line-").tempdir().unwrap();
        let name = match self.kind {
            Kind::Postgres => format!(".s.PGSQL.{}", self.port),
            Kind::Mariadb => "socket".to_owned(),
        };
        let listener = UnixListener::bind(dir.path().join(&name)).unwrap();
        let (breaks, to) = (Arc::new(Breaks::default()), self.dir.join(name));
        let counted = Arc::clone(&breaks);
        // It ends with the tests.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = UnixStream::connect(&to) else { continue };
                let (from, back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || pass(from, back));
                let breaks = Arc::clone(&counted);
                std::thread::spawn(move || until_it_breaks(client, server, &breaks));
            }
        });
        BreakingLine { server: self, dir, breaks }
    }
}

impl BreakingLine<'_> {
    /// The URI of a database of the server, by this line.
    pub(crate) fn uri(&self, database: &str) -> String {
        let [there, here] = [self.server.dir.as_path(), self.dir.path()].map(|dir| dir.to_str().unwrap());
        self.server.uri(database).replace(there, here)
    }

    /// Lets everything through, or breaks again.
    pub(crate) fn hold(&self, holds: bool) {
        self.breaks.holds.store(holds, Ordering::Relaxed);
    }

    /// How often it broke.
    pub(crate) fn breaks(&self) -> usize {
        self.breaks.done.load(Ordering::Relaxed)
    }
}

fn pass(mut from: UnixStream, mut to: UnixStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

fn until_it_breaks(mut client: UnixStream, mut server: UnixStream, breaks: &Breaks) {
    let (mut bytes, mut before) = (vec![0; 64 << 10], 0);
    while let Ok(n @ 1..) = client.read(&mut bytes) {
        let commits = (bytes[..n].ends_with(b"COMMIT") || bytes[..n].ends_with(b"COMMIT\0"))
            && !breaks.holds.load(Ordering::Relaxed);
        if commits && before == 1 {
            let _ = client.shutdown(Shutdown::Both);
            let how = breaks.done.fetch_add(1, Ordering::Relaxed) % 3;
            if how == 2 {
                pause(Duration::from_millis(70));
            }
            if how != 0 {
                let _ = server.write_all(&bytes[..n]);
                pause(Duration::from_millis(10));
            }
            break;
        }
        before += usize::from(commits);
        if server.write_all(&bytes[..n]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}
