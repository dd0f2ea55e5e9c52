//! A worker's job: one message before its input. The input follows in pieces with their lengths, so that its end
//! differs from a failure.

use super::{PluginLimits, SandboxLevel};
use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use std::path::PathBuf;

/// The length that marks the end.
const END: u32 = 0;
/// The length that marks an error: the rest can't be delivered.
const FAILED: u32 = u32::MAX;
/// Maximum size of a job.
const LARGEST_JOB: u32 = 64 << 20;

/// One worker's work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) plugin: PathBuf,
    /// The pinned hash; a file of another is not loaded.
    pub(super) sha256: Option<String>,
    pub(super) sandbox: SandboxLevel,
    pub(super) limits: PluginLimits,
    pub(super) task: Task,
}

/// What to do with the plugin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Task {
    /// Only load it and describe it.
    Describe,
    /// Run one of its sources on the input.
    Parse(Parse),
    /// One test of the kit, on fixtures and samples in the job.
    Check(super::trial::Trial),
}

impl Task {
    /// The only file the plugin may open itself.
    pub(super) fn readable(&self) -> Option<&PathBuf> {
        match self {
            Self::Parse(parse) => parse.path.as_ref(),
            Self::Describe | Self::Check(_) => None,
        }
    }
}

/// A run over one input: the host's data about it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Parse {
    /// The source type.
    pub(super) source: String,
    pub(super) name: String,
    pub(super) size: Option<u64>,
    pub(super) reference_secs: i64,
    pub(super) horizon_secs: i64,
    pub(super) offset: u64,
    pub(super) lines: u64,
    pub(super) state: Vec<u8>,
    pub(super) options: Vec<(String, String)>,
    /// A private copy of the input, for a source that wants a file.
    pub(super) path: Option<PathBuf>,
    /// The kinds of events the source declared when it was pinned: the host's own note.
    #[serde(skip)]
    pub(super) kinds: &'static [&'static str],
}

impl Job {
    /// The message.
    pub(super) fn message(&self) -> io::Result<Vec<u8>> {
        let json = serde_json::to_vec(self)?;
        let mut message = u32::try_from(json.len()).map_err(io::Error::other)?.to_le_bytes().to_vec();
        message.extend(json);
        Ok(message)
    }

    /// Reads the message and not a byte more.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut len = [0; 4];
        from.read_exact(&mut len)?;
        let len = u32::from_le_bytes(len);
        if len > LARGEST_JOB {
            return Err(io::Error::other("this is no job"));
        }
        let mut json = vec![0; len as usize];
        from.read_exact(&mut json)?;
        Ok(serde_json::from_slice(&json)?)
    }
}

/// The mark before a piece of input, which must not be empty.
pub(super) fn piece(len: usize) -> [u8; 4] {
    (len as u32).to_le_bytes()
}

/// The mark after the last piece.
pub(super) fn last(failed: bool) -> [u8; 4] {
    if failed { FAILED } else { END }.to_le_bytes()
}

/// The input after a job.
pub(super) struct Pieces<R: Read> {
    from: R,
    /// Bytes of the present piece that are still to come.
    left: u32,
    ended: bool,
}

impl<R: Read> Pieces<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, left: 0, ended: false }
    }
}

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() || self.ended {
            return Ok(0);
        }
        if self.left == 0 {
            let mut len = [0; 4];
            self.from.read_exact(&mut len)?;
            match u32::from_le_bytes(len) {
                END => {
                    self.ended = true;
                    return Ok(0);
                }
                FAILED => return Err(io::Error::other("the host could not deliver the bytes")),
                len => self.left = len,
            }
        }
        let want = buf.len().min(self.left as usize);
        let n = self.from.read(&mut buf[..want])?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= n as u32;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_end_is_told_from_a_failure() {
        let bytes = [&piece(3)[..], b"one", &piece(1), b"!", &last(false)].concat();
        let mut text = String::new();
        Pieces::new(&bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one!");
        let bytes = [&piece(3)[..], b"one", &last(true)].concat();
        assert!(Pieces::new(&bytes[..]).read_to_end(&mut Vec::new()).is_err());
        assert!(Pieces::new(&bytes[..5]).read_to_end(&mut Vec::new()).is_err());
    }

    #[test]
    fn a_job_is_read_and_nothing_behind_it() {
        let job = Job {
            plugin: "/x.so".into(),
            sha256: Some("00".into()),
            sandbox: SandboxLevel::BestEffort,
            limits: PluginLimits::default(),
            task: Task::Parse(Parse { source: "a.b".into(), state: vec![0, 255], ..Parse::default() }),
        };
        let mut bytes = job.message().unwrap();
        bytes.extend(b"rest");
        let mut rest = &bytes[..];
        let back = Job::read(&mut rest).unwrap();
        assert_eq!(rest, b"rest");
        assert_eq!(format!("{back:?}"), format!("{job:?}"));
    }
}
