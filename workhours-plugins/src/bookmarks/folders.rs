//! The folders around a bookmark, as a path that grows and shrinks.
//!
//! Not a tree: closed folders are forgotten.

/// The reader's position.
#[derive(Default)]
pub(crate) struct Folders {
    pub(crate) path: Vec<u8>,
    /// Length of the path outside of each list.
    lengths: Vec<usize>,
    /// Lists deeper than are kept account of.
    deeper: u64,
    /// Name of the folder whose list comes next.
    pub(crate) next: Vec<u8>,
}

impl Folders {
    /// Names beyond are left out: without a limit a deep enough file would cost the square of its size.
    pub(crate) const LONGEST_PATH: usize = 4096;
    const DEEPEST: usize = 1 << 16;

    pub(crate) fn enter(&mut self) {
        if self.lengths.len() == Self::DEEPEST {
            self.deeper += 1;
            self.next.clear();
            return;
        }
        self.lengths.push(self.path.len());
        if !self.next.is_empty() && self.path.len() + self.next.len() <= Self::LONGEST_PATH {
            if !self.path.is_empty() {
                self.path.extend_from_slice(b" / ");
            }
            self.path.append(&mut self.next);
        }
        self.next.clear();
    }

    pub(crate) fn leave(&mut self) {
        self.next.clear();
        match self.deeper.checked_sub(1) {
            Some(deeper) => self.deeper = deeper,
            None => self.path.truncate(self.lengths.pop().unwrap_or(0)),
        }
    }

    pub(crate) fn is_outside(&self) -> bool {
        self.lengths.is_empty()
    }
}
