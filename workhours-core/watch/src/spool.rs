//! The spool: files for what programs send, until it is in the database. What was written here is on the disk when the
//! sender gets its answer, and is loaded like any other input that is followed.
//!
//! `spool/TYPE/CLIENT/` in the filestore is a stream: what one client sends for one source type. Each program that
//! receives appends to a file of its own there, so that no two write to one. What comes with a key is a file of its own,
//! named by the key: sent again, it is known. A file goes when it's in the database and no longer written to.

mod clean;
mod disk;
mod growing;
mod notes;

pub use growing::Tail;

use disk::{hold, is_there, new_name, private, release, reserve, sync_folder, write, write_soon};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::Result;
use workhours_base::input::InputSpec;
use workhours_ingest::APART;

/// A file is closed when it has this many bytes, or is this old.
const FULL: u64 = 16 << 20;
const OLD: Duration = Duration::from_secs(3_600);
/// Files of lines, and of keys of which the lines are in the database.
const LINES: &str = "log";
const KEY: &str = "key";
/// How the names of files begin that are never written to again: those of keys, and those of requests without one.
const KEYED: &str = "k-";
const REQUEST: &str = "r-";
/// The ending of a file that says that nothing more is written to the file of lines of the same name.
const DONE: &str = "done";
/// What is known of the client.
const ORIGIN: &str = "origin";
/// Its third line, if the records have ids of their own.
const BY_IDENTITY: &str = "ids";

/// What one client sends for one source type. Both are names of folders.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stream {
    /// The source type.
    pub source_type: String,
    /// The name of its token.
    pub client: String,
    /// Whether its records have ids of their own, so that equal ones are one, and not lines, of which equal ones are many.
    pub by_identity: bool,
}

impl Stream {
    fn scope(&self) -> String {
        match self.by_identity {
            true => self.client.clone(),
            false => format!("{}{APART}", self.client),
        }
    }

    /// The scope of a file.
    fn scope_of(&self, path: &Path) -> String {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if self.by_identity { self.client.clone() } else { format!("{}/{name}", self.client) }
    }
}

/// The machine and the user of events that name none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The machine.
    pub host: Option<String>,
    /// The user.
    pub user: Option<String>,
}

/// Whether something was received for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is stored now.
    New,
    /// It was before.
    Known,
}

/// Whether lines must be on the disk at once.
#[derive(Clone, Copy)]
enum Sync {
    Now,
    Later,
}

/// A file that is written to.
struct Segment {
    file: File,
    path: PathBuf,
    bytes: u64,
    begun: Instant,
    /// When all of it was last on the disk, and whether more was written since.
    synced: Instant,
    is_unsynced: bool,
}

impl Segment {
    /// Nothing more is written to it.
    fn end(&self) -> io::Result<()> {
        self.file.sync_data()?;
        private(&self.path.with_extension(DONE)).map(drop)
    }
}

/// The spool.
pub struct Spool {
    folder: PathBuf,
    open: Mutex<HashMap<Stream, Segment>>,
    /// Bytes in it, as counted a while ago.
    counted: Mutex<Option<(Instant, u64)>>,
}

impl Spool {
    /// The spool of a filestore. Nothing is written before something is received.
    pub fn new(filestore: &Path) -> Self {
        Self { folder: filestore.join("spool"), open: Mutex::default(), counted: Mutex::default() }
    }

    /// Stores lines; they are on the disk when this returns.
    ///
    /// # Errors
    /// When the disk can't take them. Then none of them is stored.
    pub fn append(&self, stream: &Stream, origin: &Origin, lines: &[u8]) -> Result<()> {
        self.append_as(stream, origin, lines, Sync::Now)
    }

    /// Stores lines for senders that wait for no answer. They outlast this program, and with [`sync`](Self::sync) the
    /// system too.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_soon(&self, stream: &Stream, origin: &Origin, lines: &[u8]) -> Result<()> {
        self.append_as(stream, origin, lines, Sync::Later)
    }

    /// Has what was appended to a stream on the disk, unless that was done less than `every` ago.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync(&self, stream: &Stream, every: Duration) -> Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let due = open.get_mut(stream).filter(|it| it.is_unsynced && it.synced.elapsed() >= every);
        let file = due.and_then(|segment| {
            (segment.is_unsynced, segment.synced) = (false, Instant::now());
            segment.file.try_clone().ok()
        });
        // Others may be stored meanwhile.
        drop(open);
        let folder = self.folder_of(stream);
        let say = || format!("cannot write to the spool {}", folder.display());
        file.map_or(Ok(()), |file| file.sync_data()).on_disk(Written::Filestore, &folder, say)
    }

    fn append_as(&self, stream: &Stream, origin: &Origin, lines: &[u8], sync: Sync) -> Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.folder_of(stream);
        let say = || format!("cannot write to the spool {}", folder.display());
        let is_over = |segment: &Segment| segment.bytes > FULL || segment.begun.elapsed() > OLD;
        if open.get(stream).is_some_and(is_over)
            && let Some(segment) = open.remove(stream)
        {
            segment.end().on_disk(Written::Filestore, &folder, say)?;
        }
        // Held until the lines are written, so that the file isn't removed meanwhile.
        let held = open.get(stream).is_some_and(|segment| hold(&segment.file) && is_there(&segment.file));
        if !held {
            open.remove(stream);
        }
        let segment = match open.entry(stream.clone()) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let (file, path) = self.begin(stream, origin).on_disk(Written::Filestore, &folder, say)?;
                hold(&file);
                let now = Instant::now();
                entry.insert(Segment { file, path, bytes: 0, begun: now, synced: now, is_unsynced: false })
            }
        };
        // What is written is loaded at once. So it must not turn out half-way that there is no room.
        let room = reserve(&segment.file, segment.bytes, lines.len() as u64 + 1);
        let written = room.and_then(|()| match sync {
            Sync::Now => write(&mut segment.file, lines),
            Sync::Later => write_soon(&mut segment.file, lines),
        });
        let let_go = |segment: &Segment| release(&segment.file);
        if let Err(e) = written {
            // Nothing of them may stay, or the sender's next attempt would be a second one.
            let is_clean =
                segment.file.set_len(segment.bytes).and_then(|()| segment.file.sync_data()).is_ok();
            let_go(segment);
            if !is_clean {
                open.remove(stream);
            }
            return Err(e).on_disk(Written::Filestore, &folder, say);
        }
        segment.bytes += lines.len() as u64 + u64::from(!lines.ends_with(b"\n"));
        segment.is_unsynced = matches!(sync, Sync::Later);
        let_go(segment);
        Ok(())
    }

    /// Stores lines as a file of their own: equal lines of two calls are different records.
    ///
    /// # Errors
    /// When the disk can't take them. Then none of them is stored.
    pub fn add(&self, stream: &Stream, origin: &Origin, lines: &[u8]) -> Result<()> {
        let folder = self.folder_of(stream);
        let say = || format!("cannot write to the spool {}", folder.display());
        let name = format!("{REQUEST}{}", new_name());
        self.whole(stream, origin, &name, lines).on_disk(Written::Filestore, &folder, say)
    }

    /// Stores lines that have a key, unless the client has sent lines with the same key before.
    ///
    /// # Errors
    /// When the disk can't take them. Then none of them is stored.
    pub fn put(&self, stream: &Stream, origin: &Origin, key: &str, lines: &[u8]) -> Result<Received> {
        let folder = self.folder_of(stream);
        let say = || format!("cannot write to the spool {}", folder.display());
        let name = &format!("{KEYED}{}", &blake3::hash(key.as_bytes()).to_hex()[..32]);
        let path = folder.join(format!("{name}.{LINES}"));
        // One at a time: two requests with one key may come together.
        let _open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if path.exists() || folder.join(format!("{name}.{KEY}")).exists() {
            return Ok(Received::Known);
        }
        self.whole(stream, origin, name, lines).on_disk(Written::Filestore, &folder, say)?;
        Ok(Received::New)
    }

    /// Stores lines as a file of their own, which is there as a whole or not at all.
    fn whole(&self, stream: &Stream, origin: &Origin, name: &str, lines: &[u8]) -> io::Result<()> {
        self.prepare(stream, origin)?;
        let folder = self.folder_of(stream);
        let tmp = folder.join(format!("{name}.{}.tmp", std::process::id()));
        // Of a program that had this number before.
        let _ = fs::remove_file(&tmp);
        let written = private(&tmp).and_then(|mut file| write(&mut file, lines));
        let path = folder.join(format!("{name}.{LINES}"));
        let stored = written.and_then(|()| fs::rename(&tmp, path)).and_then(|()| sync_folder(&folder));
        stored.inspect_err(|_| {
            let _ = fs::remove_file(&tmp);
        })
    }

    /// The streams, as inputs to follow.
    pub fn inputs(&self) -> Vec<InputSpec> {
        let mut inputs: Vec<InputSpec> =
            self.streams().into_iter().map(|stream| self.input(&stream)).collect();
        inputs.sort_by(|a, b| a.path.cmp(&b.path));
        inputs
    }

    fn input(&self, stream: &Stream) -> InputSpec {
        let folder = self.folder_of(stream);
        let text = fs::read_to_string(folder.join(ORIGIN)).unwrap_or_default();
        let line = |at: usize| text.lines().nth(at).filter(|line| !line.is_empty()).map(str::to_owned);
        InputSpec {
            source_type: stream.source_type.clone(),
            label: stream.client.clone(),
            // The folder may have characters that mean something in patterns.
            path: PathBuf::from(glob::Pattern::escape(&folder.to_string_lossy())).join(format!("*.{LINES}")),
            host: line(0),
            user: line(1),
            scope: Some(stream.scope()),
            origin: "the spool".to_owned(),
            ..InputSpec::default()
        }
    }

    fn streams(&self) -> Vec<Stream> {
        let below = |folder: &Path| -> Vec<(String, PathBuf)> {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            folders.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path()))).collect()
        };
        let mut streams = Vec::new();
        for (source_type, folder) in below(&self.folder) {
            for (client, _) in below(&folder) {
                let origin = fs::read_to_string(folder.join(&client).join(ORIGIN)).unwrap_or_default();
                let by_identity = origin.lines().nth(2) == Some(BY_IDENTITY);
                streams.push(Stream { source_type: source_type.clone(), client, by_identity });
            }
        }
        streams
    }

    /// Bytes that are not in the database yet, or no longer needed: as counted some seconds ago.
    pub fn bytes(&self) -> u64 {
        const COUNTED: Duration = Duration::from_secs(5);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, bytes)) = *counted
            && when.elapsed() < COUNTED
        {
            return bytes;
        }
        let bytes =
            self.files().iter().filter_map(|(_, path)| fs::metadata(path).ok()).map(|meta| meta.len()).sum();
        *counted = Some((Instant::now(), bytes));
        bytes
    }

    fn files(&self) -> Vec<(Stream, PathBuf)> {
        let mut files = Vec::new();
        for stream in self.streams() {
            let entries = fs::read_dir(self.folder_of(&stream)).into_iter().flatten().flatten();
            files.extend(entries.map(|entry| (stream.clone(), entry.path())));
        }
        files
    }

    fn folder_of(&self, stream: &Stream) -> PathBuf {
        self.folder.join(&stream.source_type).join(&stream.client)
    }

    /// Makes the folder of a stream, and writes down where it's from.
    fn prepare(&self, stream: &Stream, origin: &Origin) -> io::Result<()> {
        let folder = self.folder_of(stream);
        let mut dirs = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut dirs, 0o700);
        dirs.recursive(true).create(&folder)?;
        let line = |text: &Option<String>| text.as_deref().unwrap_or_default().replace(['\n', '\r'], " ");
        let kind = if stream.by_identity { BY_IDENTITY } else { "" };
        let text = format!("{}\n{}\n{kind}\n", line(&origin.host), line(&origin.user));
        let path = folder.join(ORIGIN);
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        let tmp = folder.join(format!("{ORIGIN}.{}.tmp", std::process::id()));
        fs::write(&tmp, text)?;
        fs::rename(&tmp, &path)
    }

    /// A new file for lines.
    fn begin(&self, stream: &Stream, origin: &Origin) -> io::Result<(File, PathBuf)> {
        self.prepare(stream, origin)?;
        let folder = self.folder_of(stream);
        let path = folder.join(format!("{}.{LINES}", new_name()));
        let file = private(&path)?;
        sync_folder(&folder)?;
        Ok((file, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(client: &str) -> Stream {
        Stream { source_type: "log.http".into(), client: client.into(), by_identity: false }
    }

    fn lines(spool: &Spool) -> Vec<String> {
        let mut all: Vec<String> = spool
            .files()
            .iter()
            .filter(|(_, path)| path.extension().is_some_and(|ending| ending == LINES))
            .flat_map(|(_, path)| {
                fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn lines_are_kept_and_those_with_a_key_once() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::new(dir.path());
        assert_eq!(spool.inputs(), [], "and nothing is written");
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
        let origin = Origin { host: Some("www1".into()), user: None };
        spool.append(&stream("a"), &origin, b"one\ntwo").unwrap();
        spool.append(&stream("a"), &origin, b"three\n").unwrap();
        assert_eq!(spool.put(&stream("a"), &origin, "k1", b"four\n").unwrap(), Received::New);
        assert_eq!(spool.put(&stream("a"), &origin, "k1", b"four\n").unwrap(), Received::Known);
        assert_eq!(
            spool.put(&stream("b"), &origin, "k1", b"five\n").unwrap(),
            Received::New,
            "another client's key"
        );
        assert_eq!(lines(&spool), ["five", "four", "one", "three", "two"]);
        // Another program writes to files of its own, and knows the keys.
        let other = Spool::new(dir.path());
        other.append(&stream("a"), &origin, b"six\n").unwrap();
        assert_eq!(other.put(&stream("a"), &origin, "k1", b"four\n").unwrap(), Received::Known);
        assert_eq!(lines(&spool), ["five", "four", "one", "six", "three", "two"]);
        let inputs = spool.inputs();
        let first = &inputs[0];
        assert_eq!((inputs.len(), first.label.as_str(), first.scope.as_deref()), (2, "a", Some("a/*")));
        assert_eq!((first.host.as_deref(), first.user.as_deref()), (Some("www1"), None));
        #[cfg(unix)]
        for (_, path) in spool.files().iter().filter(|(_, path)| path.extension().is_some()) {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
        }
        assert!(spool.bytes() > 20);
    }
}
