//! The host's side of an input: serves bytes to a source, copies them, and checks that a resumed file is still the one
//! of its cursor.

use super::tee::Tee;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tempfile::TempDir;
use workhours_config::Limit;
use workhours_filestore::Extract;
use workhours_plugin_api::{InputHost, Resume};
use workhours_store::Tail;

/// The message of the error for "this is another file"; see [`is_another_file`].
#[derive(Debug)]
struct AnotherFile;

impl std::fmt::Display for AnotherFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the file is not the one that was read before")
    }
}

impl std::error::Error for AnotherFile {}

/// Reading reached its limit.
#[derive(Debug)]
struct Beyond(Limit);

impl std::fmt::Display for Beyond {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the input is longer than it may be")
    }
}

impl std::error::Error for Beyond {}

/// The limit that reading ran into, if that is why it failed.
pub(super) fn limit_reached(e: &io::Error) -> Option<Limit> {
    e.get_ref()?.downcast_ref().map(|Beyond(limit)| *limit)
}

/// Whether reading failed because the bytes before the cursor are not those that were read before.
pub(super) fn is_another_file(e: &io::Error) -> bool {
    e.get_ref().is_some_and(|inner| inner.is::<AnotherFile>())
}

/// What a source of this run gets in addition to the bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) reference_secs: i64,
    pub(super) horizon_secs: Option<i64>,
    pub(super) options: BTreeMap<String, String>,
    pub(super) tmp: PathBuf,
}

/// Serves an extract to a source.
pub(super) struct ServedInput {
    extract: Extract,
    tee: Rc<RefCell<Tee>>,
    resume: Resume,
    facts: Facts,
    at: u64,
    /// No byte from here on is returned, with the reason.
    end: Option<(u64, Limit)>,
    /// Bytes to compare before any byte after them is returned.
    check: Option<(Tail, Vec<u8>)>,
    mapped: Option<Vec<u8>>,
    /// A separate folder, because a source may be allowed to read all of it.
    copy: Option<(TempDir, PathBuf)>,
}

impl ServedInput {
    /// From `resume` on, where the extract must already be. `check` is compared if it is ahead.
    pub(super) fn new(
        extract: Extract,
        tee: Rc<RefCell<Tee>>,
        resume: Resume,
        check: Tail,
        facts: Facts,
    ) -> Self {
        let at = resume.position.offset;
        let check = (check.len > 0 && check.offset >= at).then(|| (check, Vec::new()));
        Self { extract, tee, resume, facts, at, end: None, check, mapped: None, copy: None }
    }

    /// Ends it with an error if it continues beyond this offset.
    pub(super) fn up_to(mut self, end: Option<(u64, Limit)>) -> Self {
        self.end = end;
        self
    }

    /// The current position.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    fn compare(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some((tail, seen)) = &mut self.check else { return Ok(()) };
        let (from, to) = (tail.offset, tail.offset + tail.len);
        let (start, end) = (self.at.max(from), (self.at + bytes.len() as u64).min(to));
        if start < end {
            seen.extend_from_slice(&bytes[(start - self.at) as usize..(end - self.at) as usize]);
        }
        if seen.len() as u64 == tail.len {
            let same = blake3::hash(seen).as_bytes()[..] == tail.hash[..];
            self.check = None;
            if !same {
                return Err(io::Error::other(AnotherFile));
            }
        }
        Ok(())
    }

    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let size = self.extract.size().and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        let mut all = Vec::with_capacity(size.min(1 << 30));
        let mut buf = vec![0; 64 << 10];
        loop {
            match self.read(&mut buf)? {
                0 => return Ok(all),
                n => all.extend_from_slice(&buf[..n]),
            }
        }
    }
}

impl InputHost for ServedInput {
    fn name(&self) -> &str {
        &self.facts.name
    }

    fn resume(&self) -> &Resume {
        &self.resume
    }

    fn size(&self) -> Option<u64> {
        self.extract.size()
    }

    fn reference_secs(&self) -> i64 {
        self.facts.reference_secs
    }

    fn horizon_secs(&self) -> i64 {
        self.facts.horizon_secs.unwrap_or(self.facts.reference_secs.saturating_add(366 * 86_400))
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.facts.options.get(name).map(String::as_str)
    }

    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut buf = buf;
        if let Some((end, limit)) = self.end {
            let left = usize::try_from(end.saturating_sub(self.at)).unwrap_or(usize::MAX);
            if left == 0 && !buf.is_empty() {
                return if self.extract.read(&mut [0])? == 0 {
                    Ok(0)
                } else {
                    Err(io::Error::other(Beyond(limit)))
                };
            }
            let most = buf.len().min(left);
            buf = &mut buf[..most];
        }
        let n = self.extract.read(buf)?;
        self.compare(&buf[..n])?;
        self.tee.borrow_mut().feed(self.at, &buf[..n])?;
        self.at += n as u64;
        Ok(n)
    }

    fn map(&mut self) -> io::Result<&[u8]> {
        if self.mapped.is_none() {
            self.mapped = Some(self.read_all()?);
        }
        Ok(self.mapped.as_deref().unwrap_or_default())
    }

    fn path(&mut self) -> io::Result<&Path> {
        if self.copy.is_none() {
            let bytes = self.read_all()?;
            let folder = tempfile::Builder::new().prefix("input-").tempdir_in(&self.facts.tmp)?;
            let path = folder.path().join("input");
            File::create_new(&path)?.write_all(&bytes)?;
            self.copy = Some((folder, path));
        }
        Ok(self.copy.as_ref().map_or(Path::new(""), |(_, path)| path))
    }
}
