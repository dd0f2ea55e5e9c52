//! One input being read: its configuration, and what each of its files gets from it.

use super::host::Facts;
use chrono_tz::Tz;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use workhours_base::error::Error;
use workhours_base::input::{InputSpec, Keep};
use workhours_config::{Limit, Limits};
use workhours_event::{EventBuilder, InputFacts, Reading, Rules};
use workhours_filestore::{Extract, Filestore};
use workhours_plugin_api::{FolderReader, IDataSource};
use workhours_store::InputId;

/// The end of a scope that keeps equal records of the input's files apart.
pub const APART: &str = "/*";

/// One input being read.
pub(super) struct Job<'a> {
    pub(super) source: &'static dyn IDataSource,
    pub(super) spec: &'a InputSpec,
    pub(super) input_id: InputId,
    /// The scope of the file being read, if each has its own.
    pub(super) file_scope: Option<String>,
    pub(super) zone: Tz,
    pub(super) fs: Filestore,
    pub(super) keep: &'a Keep,
    pub(super) rules: Rules,
    /// How folders are read that are inputs themselves.
    pub(super) folder: Option<&'static FolderReader>,
    pub(super) reread: bool,
    /// Set when a file is read again for its rejects: the reference moment of its first load. Stored events stay as
    /// they are.
    pub(super) replay: Option<i64>,
    pub(super) now_us: i64,
    /// Whether files may be stored several at a time.
    pub(super) may_group: bool,
    /// How much of an input is read.
    pub(super) limits: Limits,
    /// Set when the user wants the run to end.
    pub(super) stop: Arc<AtomicBool>,
}

impl Job<'_> {
    pub(super) fn source_type(&self) -> &'static str {
        self.source.info().name
    }

    /// What keeps records apart from equal ones: the input's scope, or that of the file being read.
    pub(super) fn scope(&self) -> &str {
        self.file_scope.as_deref().or(self.spec.scope.as_deref()).unwrap_or_default()
    }

    /// The next file is this one. If the scope of the input ends with [`APART`], equal records of two files are two: each
    /// file has a scope of its own.
    pub(super) fn turn_to(&mut self, path: &Path) {
        let prefix = self.spec.scope.as_deref().and_then(|scope| scope.strip_suffix(APART));
        let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.file_scope = prefix.map(|prefix| format!("{prefix}/{}", name()));
    }

    /// The maker of this input's events.
    pub(super) fn builder(&self) -> EventBuilder {
        let facts = InputFacts { host: self.spec.host.clone(), user: self.spec.user.clone() };
        EventBuilder::new(self.source_type(), facts, self.rules.clone())
    }

    /// The folder for copies, if any are kept.
    pub(super) fn copies(&self) -> Option<Filestore> {
        (*self.keep != Keep::None).then(|| self.fs.clone())
    }

    /// Where a limit ends reading of an input that is new from this offset on, and which limit.
    pub(super) fn end(&self, extract: &Extract, from: u64) -> Option<(u64, Limit)> {
        let device = extract.is_device.then_some((self.limits.device_bytes, Limit::DeviceBytes));
        let input = self.limits.input_bytes.map(|bytes| (bytes, Limit::InputBytes));
        let least = device.into_iter().chain(input).min_by_key(|(bytes, _)| *bytes);
        least.map(|(bytes, limit)| (from.saturating_add(bytes), limit))
    }

    /// The error of an input at a path that goes beyond a limit.
    pub(super) fn beyond(&self, limit: Limit, path: &str) -> Error {
        let Limits { input_bytes, device_bytes, records, .. } = self.limits;
        let holds = match limit {
            Limit::InputBytes => {
                format!("{path} has more than {} MiB", input_bytes.unwrap_or_default() >> 20)
            }
            Limit::DeviceBytes => format!("{path} has no end in sight after {} MiB", device_bytes >> 20),
            Limit::Records => format!("{path} has more than {} records", records.unwrap_or_default()),
            Limit::RecordBytes | Limit::ArchiveFiles => path.to_owned(),
        };
        self.limits.error(limit, &holds)
    }

    /// What a source learns about a file. If a file was first loaded when times were read differently, the option
    /// `workhours.reading` makes the source read it that way again. No source can declare an option of that name.
    pub(super) fn facts(&self, name: &str, reference_secs: i64, reading: Reading) -> Facts {
        let mut options = self.spec.options.clone();
        if reading < Reading::CURRENT {
            options.insert("workhours.reading".into(), (reading as u8).to_string());
        }
        let horizon_secs = Some(super::horizon::of(self.now_us));
        Facts { name: name.into(), reference_secs, horizon_secs, options, tmp: self.fs.tmp() }
    }
}
