//! Files of the spool whose last record may still grow: by how much is written after it, as a line of its own, until another
//! record follows. An empty line ends it for good.
//!
//! A client has several, one for each of its buckets at a time. Their records have ids of their own.

use super::disk::{hold, is_there, new_name, private, release, reserve, sync_folder};
use super::{LINES, Origin, Spool, Stream};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::Result;

/// How the names of such files begin.
const GROWING: &str = "g-";
/// The longest record.
const LONGEST: u64 = 1 << 20;

/// The end of such a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    path: PathBuf,
    /// The bytes of the file.
    bytes: u64,
}

impl Tail {
    /// The bytes of its file.
    pub fn file_bytes(&self) -> u64 {
        self.bytes
    }
}

impl Spool {
    /// The end of a bucket's file and its last lines, after a restart; `None` if its last record can't grow any more.
    pub fn tail(&self, stream: &Stream, bucket: &str) -> Option<(Tail, Vec<u8>)> {
        let prefix = prefix(bucket);
        let entries = fs::read_dir(self.folder_of(stream)).ok()?.flatten();
        let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
        let written = |path: &Path| {
            fs::metadata(path).and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
        };
        let path = ours.map(|entry| entry.path()).max_by_key(|path| written(path))?;
        let (bytes, last) = last_lines(&mut File::open(&path).ok()?).ok()?;
        let may_grow = last.ends_with(b"\n") && !last.ends_with(b"\n\n") && last.len() > 1;
        may_grow.then_some((Tail { path, bytes }, last))
    }

    /// Writes by how much the last record of a bucket has grown, or the next one: after `tail`, or to a new file. It is on
    /// the disk when this returns. `None` if the file of `tail` has ended or is gone, or another program has written to it.
    ///
    /// # Errors
    /// When the disk can't take it. Then what was there is still there.
    pub fn grow(
        &self,
        (stream, origin): (&Stream, &Origin),
        bucket: &str,
        tail: Option<&Tail>,
        record: &[u8],
    ) -> Result<Option<Tail>> {
        let folder = self.folder_of(stream);
        let say = || format!("cannot write to the spool {}", folder.display());
        // One at a time, as for all that is written here.
        let _open = self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let written = match tail {
            Some(tail) => add(tail, record),
            None => self.begin_growing(stream, origin, bucket, record).map(Some),
        };
        written.on_disk(Written::Filestore, &folder, say)
    }

    /// Ends a record, so that its file can be removed when it's loaded.
    ///
    /// # Errors
    /// When the file can't be written to.
    pub fn end_tail(&self, tail: &Tail) -> Result<()> {
        super::clean::end(&tail.path)
    }

    fn begin_growing(
        &self,
        stream: &Stream,
        origin: &Origin,
        bucket: &str,
        record: &[u8],
    ) -> io::Result<Tail> {
        self.prepare(stream, origin)?;
        let folder = self.folder_of(stream);
        let path = folder.join(format!("{}{}.{LINES}", prefix(bucket), new_name()));
        let mut file = private(&path)?;
        let lines = [record, b"\n"].concat();
        let written =
            file.write_all(&lines).and_then(|()| file.sync_data()).and_then(|()| sync_folder(&folder));
        written.inspect_err(|_| drop(fs::remove_file(&path)))?;
        Ok(Tail { path, bytes: lines.len() as u64 })
    }
}

/// Ends the last record of a file, so that it can be read as a whole.
pub(super) fn seal(path: &Path) -> io::Result<()> {
    let Ok(mut file) = fs::OpenOptions::new().read(true).append(true).open(path) else { return Ok(()) };
    hold(&file);
    let sealed = last_lines(&mut file).and_then(|(bytes, last)| {
        let end: &[u8] = match last.as_slice() {
            [.., b'\n', b'\n'] | [] => b"",
            [.., b'\n'] => b"\n",
            // The program was killed while it wrote.
            _ => b"\n\n",
        };
        write_at(&mut file, bytes, end)
    });
    release(&file);
    sealed
}

/// Whether a file's last record may grow.
pub(super) fn grows(path: &Path) -> bool {
    path.file_name().unwrap_or_default().to_string_lossy().starts_with(GROWING)
}

/// How the names of a bucket's files begin.
fn prefix(bucket: &str) -> String {
    let hash = blake3::hash(bucket.as_bytes());
    // Letters, as in all names here.
    let digits = hash.as_bytes()[..8].iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let letters: String = digits.map(|digit| char::from(b'a' + digit)).collect();
    format!("{GROWING}{letters}-")
}

fn add(tail: &Tail, record: &[u8]) -> io::Result<Option<Tail>> {
    let Ok(mut file) = fs::OpenOptions::new().append(true).open(&tail.path) else { return Ok(None) };
    hold(&file);
    let is_as_left = is_there(&file) && file.metadata().is_ok_and(|meta| meta.len() == tail.bytes);
    let lines = [record, b"\n"].concat();
    let written = is_as_left.then(|| write_at(&mut file, tail.bytes, &lines)).transpose();
    release(&file);
    let bytes = tail.bytes + lines.len() as u64;
    Ok(written?.map(|()| Tail { path: tail.path.clone(), bytes }))
}

/// Adds lines to a file of this many bytes, all of them or none.
fn write_at(file: &mut File, bytes: u64, lines: &[u8]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    reserve(file, bytes, lines.len() as u64)?;
    let written = file.write_all(lines).and_then(|()| file.sync_data());
    written.inspect_err(|_| drop(file.set_len(bytes)))
}

/// The bytes of a file, and its last lines.
fn last_lines(file: &mut File) -> io::Result<(u64, Vec<u8>)> {
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(LONGEST)))?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok((size, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_grows_until_another_follows_or_it_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::new(dir.path());
        let stream = Stream { source_type: "activitywatch".into(), client: "ada".into(), by_identity: true };
        let origin = Origin::default();
        let grow = |bucket: &str, tail: Option<&Tail>, record: &[u8]| {
            spool.grow((&stream, &origin), bucket, tail, record).unwrap()
        };
        let first = grow("w", None, b"one 1").unwrap();
        let grown = grow("w", Some(&first), b"one 25").unwrap();
        let other = grow("afk", None, b"away").unwrap();
        let second = grow("w", Some(&grown), b"two 1").unwrap();
        assert_eq!(fs::read_to_string(&second.path).unwrap(), "one 1\none 25\ntwo 1\n");
        // After a restart.
        let again = Spool::new(dir.path());
        assert_eq!(again.tail(&stream, "w"), Some((second.clone(), b"one 1\none 25\ntwo 1\n".to_vec())));
        assert_eq!(again.tail(&stream, "afk"), Some((other.clone(), b"away\n".to_vec())));
        assert_eq!(again.tail(&stream, "none"), None);
        // A program that has an old state writes nothing.
        assert_eq!(grow("w", Some(&first), b"one 3"), None);
        for _ in 0..2 {
            seal(&second.path).unwrap();
            assert_eq!(fs::read_to_string(&second.path).unwrap(), "one 1\none 25\ntwo 1\n\n");
        }
        assert_eq!(grow("w", Some(&second), b"two 2"), None);
        assert_eq!(again.tail(&stream, "w"), None);
        fs::write(&other.path, "away\nback again, and kil").unwrap();
        assert_eq!(again.tail(&stream, "afk"), None);
        fs::remove_file(&other.path).unwrap();
        assert_eq!(grow("afk", Some(&other), b"back"), None);
    }
}
