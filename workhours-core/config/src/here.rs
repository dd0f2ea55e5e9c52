//! Paths in a config file: relative to its directory, and in INI with `%(here)s` for that directory. Values that are no
//! paths have no variables, because patterns and formats are full of percent signs.

use super::values;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use workhours_base::database::{DatabaseUri, encode_path};
use workhours_base::environment::Environment;
use workhours_base::error::{Error, Result};

/// A config file and its directory.
pub(super) struct Here<'a> {
    /// The file, as the user named it.
    pub file: &'a Path,
    /// Its directory, absolute.
    pub dir: &'a Path,
    pub env: &'a Environment,
    /// Whether `%(here)s` and `%%` are replaced, as in INI.
    pub variables: bool,
}

impl Here<'_> {
    /// The path of a setting.
    pub(super) fn path(&self, text: &str) -> Result<PathBuf> {
        values::path(&self.expand(text, self.dir.as_os_str())?, Some(self.dir), self.env)
    }

    /// The path of an input, which may be a pattern.
    pub(super) fn pattern(&self, text: &str) -> Result<PathBuf> {
        let escaped = values::escape_glob(self.dir);
        let dir = if values::is_glob(OsStr::new(text)) { &escaped } else { self.dir.as_os_str() };
        values::path(&self.expand(text, dir)?, Some(self.dir), self.env)
    }

    /// A folder, whatever characters it has.
    pub(super) fn folder(&self, text: &str) -> Result<PathBuf> {
        let folder = values::path(&self.expand(text, self.dir.as_os_str())?, None, self.env)?;
        Ok(self.dir.join(folder))
    }

    /// A database.
    pub(super) fn database(&self, text: &str) -> Result<DatabaseUri> {
        values::database(&self.uri(text)?, Some(self.dir), self.env)
    }

    /// The URI of a database, with variables replaced. The directory survives percent-decoding.
    pub(super) fn uri(&self, text: &str) -> Result<String> {
        let text = self.expand(text, &OsString::from(encode_path(self.dir)))?;
        Ok(text.to_string_lossy().into_owned())
    }

    /// Expands the variables in a value that isn't a path.
    pub(super) fn text(&self, text: &str) -> Result<String> {
        Ok(self.expand(text, self.dir.as_os_str())?.to_string_lossy().into_owned())
    }

    /// `%(here)s` becomes `dir`, `%%` a percent sign. A lone `%` stays, since log names may have one.
    fn expand(&self, text: &str, dir: &OsStr) -> Result<OsString> {
        if !self.variables {
            return Ok(text.into());
        }
        let mut out = OsString::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            out.push(before);
            if let Some(tail) = after.strip_prefix('%') {
                out.push("%");
                rest = tail;
            } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|t| t.split_once(")s")) {
                match name {
                    "here" => out.push(dir),
                    "__file__" => {
                        out.push(Path::new(dir).join(self.file.file_name().unwrap_or_default()));
                    }
                    _ => {
                        return Err(Error::usage(format!("unknown variable %({name})s"))
                            .hint("only %(here)s is known: the directory of this file"));
                    }
                }
                rest = tail;
            } else {
                out.push("%");
                rest = after;
            }
        }
        out.push(rest);
        Ok(out)
    }
}
