//! One input being read: what is known about it from its configuration, and what each of its files is given of it.

use super::host::Facts;
use crate::config::{InputSpec, Keep};
use crate::event::{EventBuilder, InputFacts, Reading, Rules};
use crate::filestore::Filestore;
use chrono_tz::Tz;
use workhours_plugin_api::{FolderReader, IDataSource};

/// One input being read.
pub(super) struct Job<'a> {
    pub(super) source: &'static dyn IDataSource,
    pub(super) spec: &'a InputSpec,
    pub(super) input_id: i64,
    pub(super) zone: Tz,
    pub(super) fs: Filestore,
    pub(super) keep: &'a Keep,
    pub(super) rules: Rules,
    /// How folders are read that are inputs themselves.
    pub(super) folder: Option<&'static FolderReader>,
    pub(super) reread: bool,
    /// Set when a file is read again for its rejects: the reference moment of its first load. What is stored
    /// already stays as it is.
    pub(super) replay: Option<i64>,
    pub(super) now_us: i64,
}

impl Job<'_> {
    pub(super) fn source_type(&self) -> &'static str {
        self.source.info().name
    }

    pub(super) fn scope(&self) -> &str {
        self.spec.scope.as_deref().unwrap_or_default()
    }

    /// What makes this input's events.
    pub(super) fn builder(&self) -> EventBuilder {
        let facts = InputFacts { host: self.spec.host.clone(), user: self.spec.user.clone() };
        EventBuilder::new(self.source_type(), facts, self.rules.clone())
    }

    /// Where copies go, if any are kept.
    pub(super) fn copies(&self) -> Option<Filestore> {
        (*self.keep != Keep::None).then(|| self.fs.clone())
    }

    /// What a source is told of a file. One that was first loaded when times were read in another way is to be read so
    /// again, which the option `workhours.reading` says; no source can declare one of that name.
    pub(super) fn facts(&self, name: &str, reference_secs: i64, reading: Reading) -> Facts {
        let mut options = self.spec.options.clone();
        if reading < Reading::CURRENT {
            options.insert("workhours.reading".into(), (reading as u8).to_string());
        }
        let horizon_secs = Some(super::horizon::of(self.now_us));
        Facts { name: name.into(), reference_secs, horizon_secs, options, tmp: self.fs.tmp() }
    }
}
