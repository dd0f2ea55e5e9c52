//! A source and its description. Help, docs, sample and self-test are made from the description.

use crate::{EventSink, Input, SourceError};

/// Whose traces a source contains: it decides what counts as working time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activity {
    /// The user's own doing: commands typed, pages visited.
    Human,
    /// Machines' and strangers' doing: requests to a server.
    Machine,
    /// Both.
    Mixed,
}

impl Activity {
    /// The word used in tables and config.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Machine => "machine",
            Self::Mixed => "mixed",
        }
    }
}

/// How inputs of a source change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Growth {
    /// Records are only ever added at the end. The source checkpoints and can resume.
    Append,
    /// The whole input is rewritten; records may change. Read whole, loaded by key.
    Mutable,
}

/// How a source wants its input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InputNeed {
    /// By [`read`](std::io::Read::read), once from its start to its end.
    #[default]
    Read,
    /// All at once, by [`Input::map`].
    Map,
    /// As a private file, by [`Input::path`]. Only then may a plugin open anything.
    Path,
}

/// An operating system a [`Location`] is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Os {
    /// Any.
    Any,
    /// Linux and the other free Unixes.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// The usual places of a source's inputs: a glob, `~` for the home directory.
#[derive(Clone, Copy, Debug)]
pub struct Location {
    /// On which system.
    pub os: Os,
    /// The glob.
    pub glob: &'static str,
}

/// An option a source understands, given in an input's config.
#[derive(Clone, Copy, Debug)]
pub struct SourceOption {
    /// Its name.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// The default.
    pub default: &'static str,
}

/// An embedded input with its expected counts: the self-test.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The bytes of the input.
    pub bytes: &'static [u8],
    /// How many events they hold.
    pub events: u64,
    /// How many rejects they hold.
    pub rejects: u64,
}

/// A source's description. All of it is static: the same for a built-in source and for a library.
#[derive(Clone, Copy, Debug)]
pub struct SourceInfo {
    /// The source type: lower-case words separated by dots, as typed after `-s`.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// One line, no full stop.
    pub summary: &'static str,
    /// The grammar, in a few sentences, and how ambiguous input is treated. Markdown.
    pub details: &'static str,
    /// The authority on the format: a title and where to find it.
    pub authority: &'static str,
    /// Whose traces these are.
    pub activity: Activity,
    /// How inputs change.
    pub growth: Growth,
    /// Every `kind` its events may have.
    pub kinds: &'static [&'static str],
    /// How it reads its input.
    pub input: InputNeed,
    /// The usual places of inputs.
    pub locations: &'static [Location],
    /// Endings of files that belong to an input and are read with it (`-wal`).
    pub companions: &'static [&'static str],
    /// Options it understands.
    pub options: &'static [SourceOption],
    /// The self-test.
    pub sample: Sample,
}

/// A kind of input workhours can read.
///
/// A source is a stateless value: all state of a run lives in `parse`'s own variables, so one value serves
/// any number of runs, also at the same time. Turn it into a registered source with
/// [`export_source!`](crate::export_source).
pub trait IDataSource: Send + Sync + 'static {
    /// The description. Always the same value.
    fn info(&self) -> &'static SourceInfo;

    /// Reads the input to its end and pushes its records.
    ///
    /// # Errors
    /// [`SourceError::Stopped`] when the sink stopped; else why reading can't continue. One bad record is never an
    /// error: it goes to [`EventSink::reject`].
    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError>;
}
