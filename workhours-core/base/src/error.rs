//! The one error type of the engine: what happened, where, and what to do.
//!
//! Not for bad records (those are rejects, counted and kept) and not for a source's own trouble
//! (`SourceError`), which becomes the message of a failed task.

use std::fmt;
use std::path::Path;

/// `Result` with the engine's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The caller asked for something that cannot be: a wrong name, URI, date or key. Exit code 2.
    Usage,
    /// The request is valid, but exceeds a limit. Exit code 2 too.
    LimitExceeded,
    /// The asking was right, the doing failed: disk, database, permission. Exit code 1.
    Failed,
}

/// The message, the hint, and the cause.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    position: Option<usize>,
    foreign: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Asked for wrongly.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Usage, message.into())
    }

    /// Asked for too much.
    pub fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::LimitExceeded, message.into())
    }

    /// Asked for rightly, failed in the doing.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Failed, message.into())
    }

    fn of(kind: ErrorKind, message: String) -> Self {
        Self { kind, message, hint: None, position: None, foreign: false, source: None }
    }

    /// Adds the character at which the error is in the typed text, from 1.
    pub fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Records that the cause is an input with another format than it was read as.
    pub fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }

    /// Whether an input has another format than it was read as.
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// Adds the error below.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds something else the user can do.
    pub fn or_hint(mut self, other: &str) -> Self {
        self.hint = Some(self.hint.map_or_else(|| other.to_owned(), |hint| format!("{hint}; {other}")));
        self
    }

    /// Adds a fact to what happened, and a hint that knows it.
    pub(crate) fn explained(mut self, fact: &str, hint: impl Into<String>) -> Self {
        self.message = format!("{}: {fact}", self.message);
        self.hint(hint)
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the user has to change the request.
    pub fn is_user_error(&self) -> bool {
        self.kind != ErrorKind::Failed
    }

    /// The character at which the error is in the typed text, from 1.
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// The hint, if there is one.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The message with all causes, on one line, without the hint.
    pub fn full_message(&self) -> String {
        let mut out = self.message.clone();
        let mut below: Option<&dyn std::error::Error> = self.source.as_ref().map(|e| &**e as _);
        while let Some(e) = below {
            let text = e.to_string();
            if !out.contains(&text) {
                out.push_str(": ");
                out.push_str(&text);
            }
            below = e.source();
        }
        out
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|e| &**e as _)
    }
}

/// Adds context to a lower error: `file.open().context(|| format!("cannot open {name}"))?`.
pub trait Context<T> {
    /// Turns any error into one of kind `Failed` with this message above it.
    fn context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T>;
}

impl<T, E: Into<Box<dyn std::error::Error + Send + Sync>>> Context<T> for std::result::Result<T, E> {
    fn context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T> {
        self.map_err(|e| Error::failed(message()).with_source(e))
    }
}

/// The path as a shell takes it, for hints that are commands.
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
