//! Why a source failed on an input. A bad *record* isn't an error: it is a [`Reject`](crate::Reject).

use crate::sink::Stop;
use std::{fmt, io};

/// Why [`IDataSource::parse`](crate::IDataSource::parse) ended early.
///
/// The variants are those of the C border's status codes, so that a dynamic library can say the same.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// A sink call returned [`Stop`]; not a failure.
    Stopped,
    /// The input doesn't have this source's format at all. Says what was expected and what was found.
    Unsupported(String),
    /// The input has this format but is too damaged to continue.
    Corrupt(String),
    /// The host could not deliver the bytes.
    Io(io::Error),
    /// An option given to the source is wrong. Names the option.
    Config(String),
    /// The input needs more than a stated limit.
    Limit(String),
    /// A defect of the source itself.
    Internal(String),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::Unsupported(why) => write!(f, "not this format: {why}"),
            Self::Corrupt(why) => write!(f, "damaged input: {why}"),
            Self::Io(e) => write!(f, "cannot read on: {e}"),
            Self::Config(why) => write!(f, "wrong option: {why}"),
            Self::Limit(why) => write!(f, "over a limit: {why}"),
            Self::Internal(why) => write!(f, "defect in the source: {why}"),
        }
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(e) => Some(e),
            _ => None,
        }
    }
}

impl From<Stop> for SourceError {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

impl From<io::Error> for SourceError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}
