//! Whether two files are consecutive parts of one log, so that equal records of both are different records, or one is a
//! copy of the other, so that they are the same. Only decided when equal records are found.
//!
//! Two files continue one another if their time spans overlap by at most five minutes, and there is no sign that one is
//! a copy. That means: they have names like parts of one rotated log or were found at one path, and neither contains
//! the other's beginning; or both are so long that a copy would overlap more.

use super::file::{BRIEF_BYTES, BRIEF_US, dates_at_end, first_date, head_matches, is_brief};
use super::job::Job;
use super::rotated_name::{are_kin, differ_in_packing_only};
use memchr::memmem;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use workhours_filestore::{Extract, Head, open_source, stat};
use workhours_store::{FileId, FileRow, Sibling, Siblings};

/// Servers write lines slightly out of order, and keep writing to a renamed file for a while.
const OVERLAP_US: i64 = 5 * 60 * 1_000_000;
/// A beginning is searched in at most this much of a file's end.
const SEARCHED_BYTES: u64 = 16 << 20;

/// The file being loaded.
pub(super) struct Loading<'a> {
    job: &'a Job<'a>,
    path: PathBuf,
    row: &'a FileRow,
    head: Head,
    inode: Option<(u64, u64)>,
    span: OnceCell<(Option<i64>, Option<i64>)>,
    known: RefCell<HashMap<FileId, bool>>,
}

impl<'a> Loading<'a> {
    pub(super) fn new(job: &'a Job<'a>, path: &str, row: &'a FileRow, extract: &Extract) -> Self {
        Self {
            job,
            path: PathBuf::from(path),
            row,
            head: extract.head.clone(),
            inode: extract.stat.as_ref().map(|s| s.inode),
            span: OnceCell::new(),
            known: RefCell::default(),
        }
    }

    /// The time span of a file: it is read for this, because the part loaded so far may be incomplete.
    fn span(&self) -> (Option<i64>, Option<i64>) {
        *self.span.get_or_init(|| {
            let reference = self.row.reference_secs;
            let begin = self.row.first_date.or_else(|| first_date(self.job, &self.head, reference));
            // If it was renamed meanwhile, another file may be there.
            let same = self.inode.is_some() && stat(&self.path).map(|s| s.inode) == self.inode;
            let end = if same { dates_at_end(self.job, &self.path, reference) } else { None };
            // Whichever way it runs: some logs have the newest record first.
            let first = begin.into_iter().chain(end.map(|end| end.0)).min();
            let last = begin.into_iter().chain(end.map(|end| end.1)).chain(self.row.last_date).max();
            (first, last)
        })
    }

    fn decide(&self, other: &Sibling) -> bool {
        let (Some(first), Some(last)) = self.span() else { return false };
        let (Some(their_first), Some(their_last)) = (other.row.first_date, other.row.last_date) else {
            return false;
        };
        let overlap = last.min(their_last) - first.max(their_first);
        if overlap > OVERLAP_US {
            return false;
        }
        let places: Vec<&Path> =
            std::iter::once(&other.row.path).chain(&other.paths).map(Path::new).collect();
        let own = [self.path.as_path(), Path::new(&self.row.path)];
        let kin = own.iter().any(|own| places.iter().any(|path| are_kin(own, path)));
        if !kin {
            let is_long = |first: i64, last: i64| last - first > 2 * OVERLAP_US;
            return is_long(first, last) && is_long(their_first, their_last);
        }
        if self.is_packed_anew(&other.row) {
            return false;
        }
        let home = self.home_of(&other.row, &places);
        // A file with its front cut off at the path of the complete one: the complete one no longer exists.
        if home.is_none() && places.contains(&self.path.as_path()) && first <= their_last {
            return false;
        }
        !self.holds_or_is_held(&other.row, home.as_deref())
    }

    /// Whether one is the other, packed or unpacked. Where the other was seen since it was first read proves nothing:
    /// during rotation, each name belongs to one file after the other.
    fn is_packed_anew(&self, other: &FileRow) -> bool {
        let theirs = Path::new(&other.path);
        let is_free = || !theirs.is_file() || head_matches(theirs, other);
        theirs != self.path && differ_in_packing_only(theirs, &self.path) && is_free()
    }

    /// Where the other file's bytes are, other than this path.
    fn home_of(&self, row: &FileRow, places: &[&Path]) -> Option<PathBuf> {
        let others = super::file::rotated_with(&self.path);
        let mut all = places.iter().copied().chain(others.iter().map(PathBuf::as_path));
        all.find(|path| *path != self.path && path.is_file() && head_matches(path, row)).map(Path::to_owned)
    }

    /// Whether one of the files contains the other's beginning. A short one proves nothing: a line or two may be
    /// written twice.
    fn holds_or_is_held(&self, row: &FileRow, home: Option<&Path>) -> bool {
        if self.head.prefix_hash(row.head_len as u64).as_ref() == Some(&row.head_hash) {
            return !is_brief(row, None);
        }
        let Some(home) = home else { return false };
        let Ok(theirs) = open_source(home).map(|extract| extract.head) else { return false };
        let (first, last) = self.span();
        let brief = first.zip(last).is_some_and(|(first, last)| last - first <= BRIEF_US);
        let own_says = !brief || self.head.0.len() as u64 > BRIEF_BYTES;
        (own_says && holds(home, &self.head)) || (!is_brief(row, None) && holds(&self.path, &theirs))
    }
}

/// Whether a file's end has this beginning of another in it.
fn holds(path: &Path, head: &Head) -> bool {
    // Up to the last whole line: what follows may have been written since.
    let Some(end) = head.0.iter().rposition(|b| *b == b'\n') else { return false };
    let Ok(mut extract) = open_source(path) else { return false };
    if let Some(size) = extract.size()
        && size > SEARCHED_BYTES
        && !extract.skip_to(size - SEARCHED_BYTES).unwrap_or(false)
    {
        return false;
    }
    let mut bytes = Vec::new();
    let read = extract.take(2 * SEARCHED_BYTES).read_to_end(&mut bytes);
    read.is_ok() && memmem::find(&bytes, &head.0[..=end]).is_some()
}

impl Siblings for Loading<'_> {
    fn continues(&self, other: &Sibling) -> bool {
        if let Some(known) = self.known.borrow().get(&other.row.id) {
            return *known;
        }
        let continues = self.decide(other);
        self.known.borrow_mut().insert(other.row.id, continues);
        continues
    }
}
