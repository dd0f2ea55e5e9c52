//! Asking the system for notices of changes, and collecting them in the inbox.

use crate::inbox::Inbox;
use crate::places::Places;
use notify::event::{AccessKind, EventKind};
use notify::{Config, ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use workhours_base::file;

/// A folder that is watched.
struct Watched {
    below: bool,
    /// Which folder it is: another may come to the same path.
    id: Option<(u64, u64)>,
}

/// The result of watching other folders than before.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Those that were not watched before: something may have come into them unnoticed.
    pub(crate) new: HashSet<PathBuf>,
    /// Those that can't be, and why.
    pub(crate) failed: HashMap<PathBuf, String>,
}

/// The system's notices.
pub(crate) struct Notices {
    /// None if the system gives none.
    watcher: Option<RecommendedWatcher>,
    watched: HashMap<PathBuf, Watched>,
}

impl Notices {
    /// Opens the connection to the system. Without one nothing is noticed, and the text says why.
    pub(crate) fn open(inbox: &Arc<Inbox>) -> (Self, Option<String>) {
        let inbox = Arc::clone(inbox);
        // Links are followed by their targets' folders; notify would walk through everything they lead to.
        let config = Config::default().with_follow_symlinks(false);
        let opened = RecommendedWatcher::new(move |event| deliver(&inbox, event), config);
        match opened {
            Ok(watcher) => (Self { watcher: Some(watcher), watched: HashMap::new() }, None),
            Err(e) => (Self { watcher: None, watched: HashMap::new() }, Some(explain(&e, None))),
        }
    }

    /// Watches these folders and no others.
    pub(crate) fn watch(&mut self, places: &Places) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(watcher) = &mut self.watcher else { return outcome };
        let gone: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|(path, known)| {
                places.get(*path).is_none_or(|below| *below != known.below) || id(path) != known.id
            })
            .map(|(path, _)| path.clone())
            .collect();
        for path in gone {
            self.watched.remove(&path);
            // It may be gone already, and the watch with it.
            let _ = watcher.unwatch(&path);
        }
        for (path, below) in places {
            if self.watched.contains_key(path) {
                continue;
            }
            let mode = if *below { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            match watcher.watch(path, mode) {
                Ok(()) => {
                    self.watched.insert(path.clone(), Watched { below: *below, id: id(path) });
                    outcome.new.insert(path.clone());
                }
                // It has gone since it was listed.
                Err(e) if matches!(e.kind, ErrorKind::PathNotFound) => {}
                Err(e) => drop(outcome.failed.insert(path.clone(), explain(&e, Some(path)))),
            }
        }
        outcome
    }
}

fn id(path: &Path) -> Option<(u64, u64)> {
    let meta = std::fs::metadata(path).ok()?;
    Some(file::stat_of(&meta).inode)
}

fn deliver(inbox: &Inbox, event: notify::Result<Event>) {
    match event {
        Ok(event) if event.need_rescan() => inbox.lose(),
        // Our own reading.
        Ok(event) if is_reading(event.kind) => {}
        Ok(event) => inbox.notice(event.paths),
        Err(_) => inbox.lose(),
    }
}

fn is_reading(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if !matches!(access, AccessKind::Close(notify::event::AccessMode::Write)))
}

/// Why the system gives no notices, and what to do.
fn explain(e: &notify::Error, path: Option<&Path>) -> String {
    let of = path.map(|path| format!(" of {}", path.display())).unwrap_or_default();
    let is_limit = match &e.kind {
        ErrorKind::MaxFilesWatch => true,
        // EMFILE: the limit on instances; ENOSPC: that on watches.
        ErrorKind::Io(io) => matches!(io.raw_os_error(), Some(24 | 28)),
        _ => false,
    };
    match is_limit {
        true => format!(
            "the system's limit on notices of changes{of} is reached; raise it with sysctl \
             fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024"
        ),
        false => format!("the system gives no notices of changes{of}: {e}"),
    }
}
