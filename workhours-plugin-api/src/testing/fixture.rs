//! Fixture folders: `<case>/input` and `<case>/expected`. A dropped folder is a test.
//!
//! `expected` is what [`MemorySink`](super::MemorySink) displays. With `WORKHOURS_BLESS=1` in the environment it is written
//! instead of compared: look at the difference before you commit it.

use super::memory::parse_bytes;
use crate::IDataSource;
use std::path::{Path, PathBuf};

/// One case.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The folder.
    pub dir: PathBuf,
}

/// All cases below a source's fixture folder, by name.
///
/// # Panics
/// When the folder cannot be listed or holds no case: a test that runs nothing must not pass.
pub fn fixtures_in(folder: &Path) -> Vec<Fixture> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut cases: Vec<_> = entries
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.join("input").is_file())
        .map(|dir| Fixture { dir })
        .collect();
    assert!(!cases.is_empty(), "{}: no case with a file `input`", folder.display());
    cases.sort_by(|a, b| a.dir.cmp(&b.dir));
    cases
}

impl Fixture {
    /// Parses `input` and compares with `expected`.
    ///
    /// # Errors
    /// The first differing line with both readings.
    pub fn check(&self, source: &dyn IDataSource) -> Result<(), String> {
        let input = std::fs::read(self.dir.join("input")).map_err(|e| self.say(&e.to_string()))?;
        let got = parse_bytes(source, &input).to_string();
        let golden = self.dir.join("expected");
        if std::env::var_os("WORKHOURS_BLESS").is_some() {
            return std::fs::write(golden, got).map_err(|e| self.say(&e.to_string()));
        }
        let want = std::fs::read_to_string(&golden).map_err(|e| self.say(&format!("expected: {e}")))?;
        if got == want {
            return Ok(());
        }
        let at = got.lines().zip(want.lines()).position(|(g, w)| g != w);
        let at = at.unwrap_or(got.lines().count().min(want.lines().count()));
        let line = |text: &str| text.lines().nth(at).unwrap_or("(nothing)").to_owned();
        Err(self.say(&format!("expected line {}\n  want: {}\n  got:  {}", at + 1, line(&want), line(&got))))
    }

    fn say(&self, what: &str) -> String {
        format!("{}: {what}", self.dir.display())
    }
}
