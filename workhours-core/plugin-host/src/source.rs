//! A plugin's source, to the rest of the program a source like any other.

use super::checked::Checked;
use super::child;
use super::failure::Failure;
use super::frame::End;
use super::job::{Job, Parse, Task};
use super::library;
use super::manifest::Manifest;
use super::{PluginSettings, RunIn};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use workhours_base::error::{Error, Result};
use workhours_plugin_api::abi::status;
use workhours_plugin_api::{EventSink, IDataSource, Input, InputNeed, SourceError, SourceInfo, Stop};

/// One source of a pinned plugin.
pub struct PluginSource {
    file: PathBuf,
    sha256: String,
    manifest: Manifest,
    settings: PluginSettings,
    /// The folder for spools.
    tmp: PathBuf,
}

impl PluginSource {
    /// A source that lives as long as the program. Nothing is loaded before it is used.
    pub fn leak(
        file: PathBuf,
        sha256: String,
        manifest: Manifest,
        settings: &PluginSettings,
        tmp: PathBuf,
    ) -> &'static dyn IDataSource {
        let settings = settings.clone();
        Box::leak(Box::new(Self { file, sha256, manifest, settings, tmp }))
    }

    fn says(&self, why: &str) -> SourceError {
        SourceError::Internal(self.named(why))
    }

    fn named(&self, why: &str) -> String {
        let name = self.file.file_name().unwrap_or(self.file.as_os_str()).to_string_lossy();
        format!("plugin {name}: {why}")
    }

    fn in_process(
        &self,
        input: &mut Input<'_>,
        out: &mut dyn EventSink,
    ) -> std::result::Result<(), SourceError> {
        let sources = library::open(&self.file, &self.sha256).map_err(|e| self.says(&with_hint(&e)))?;
        let name = self.manifest.info.name;
        let source = sources.iter().find(|s| s.info().name == name);
        let source = source.ok_or_else(|| self.says(&format!("it no longer has a source {name}")))?;
        let mut checked = Checked::new(self.manifest.info, self.settings.limits.event, out);
        let end = source.parse(input, &mut checked);
        checked.conclude(end).map_err(|e| match e {
            SourceError::Unsupported(why) => SourceError::Unsupported(self.named(&why)),
            SourceError::Corrupt(why) => SourceError::Corrupt(self.named(&why)),
            SourceError::Config(why) => SourceError::Config(self.named(&why)),
            SourceError::Limit(why) => SourceError::Limit(self.named(&why)),
            SourceError::Internal(why) => self.says(&why),
            other => other,
        })
    }

    fn in_worker(
        &self,
        input: &mut Input<'_>,
        out: &mut dyn EventSink,
    ) -> std::result::Result<(), SourceError> {
        let info = self.manifest.info;
        let resume = input.resume().clone();
        let option = |name: &str| input.option(name).map(|value| (name.to_owned(), value.to_owned()));
        let mut parse = Parse {
            source: info.name.to_owned(),
            name: input.name().to_owned(),
            size: input.size(),
            reference_secs: input.reference_secs(),
            horizon_secs: input.horizon_secs(),
            offset: resume.position.offset,
            lines: resume.position.lines,
            state: resume.state,
            options: info.options.iter().filter_map(|o| option(o.name)).collect(),
            path: None,
            kinds: info.kinds,
        };
        if info.input == InputNeed::Path {
            parse.path = Some(input.path()?.to_owned());
        }
        let by_path = parse.path.is_some();
        let job = self.job(Task::Parse(parse));
        let input = if by_path { None } else { Some(input) };
        let finished = match child::run(&job, input, &self.tmp, &mut |done| out.progress(done)) {
            Ok(finished) => finished,
            Err(Failure::Stopped) => return Err(SourceError::Stopped),
            Err(Failure::Broken(why)) => return Err(self.says(&why)),
        };
        let end = finished.end;
        match (end.status, finished.input) {
            // Records before the input broke off are as good as with any other source; but the input isn't complete,
            // whatever the plugin reports.
            (status::OK | status::IO, Some(failed)) => {
                finished.spool.replay(out).and(Err(SourceError::Io(failed)))
            }
            (status::OK, None) => finished.spool.replay(out),
            _ => Err(self.failure(end)),
        }
    }

    /// A worker's error for the pipeline, if it didn't report success.
    fn failure(&self, end: End) -> SourceError {
        match end.status {
            status::UNSUPPORTED => SourceError::Unsupported(self.named(&end.message)),
            status::CORRUPT => SourceError::Corrupt(self.named(&end.message)),
            status::CONFIG => SourceError::Config(self.named(&end.message)),
            status::LIMIT => SourceError::Limit(self.named(&end.message)),
            status::IO => self.says(&format!("it says its input could not be read: {}", end.message)),
            _ if end.message.is_empty() => self.says("it failed without a word"),
            _ => self.says(&end.message),
        }
    }

    fn job(&self, task: Task) -> Job {
        Job {
            plugin: self.file.clone(),
            sha256: Some(self.sha256.clone()),
            sandbox: self.settings.sandbox,
            limits: self.settings.limits,
            task,
        }
    }
}

fn with_hint(e: &Error) -> String {
    let hint = e.hint_text().map(|hint| format!("; {hint}")).unwrap_or_default();
    e.full_message() + &hint
}

impl IDataSource for PluginSource {
    fn info(&self) -> &'static SourceInfo {
        self.manifest.info
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> std::result::Result<(), SourceError> {
        match self.settings.run {
            RunIn::Worker => self.in_worker(input, out),
            RunIn::InProcess => self.in_process(input, out),
        }
    }
}

/// A library's description, from a worker.
#[derive(Clone, Debug)]
pub struct Description {
    /// The hash of its bytes.
    pub sha256: String,
    /// Its SDK, as it describes itself.
    pub sdk: String,
    /// The version of the ABI it was built for.
    pub abi: (u16, u16),
    /// The manifests of its sources.
    pub manifests: Vec<String>,
    /// The sandbox it was asked in.
    pub enforced: String,
    /// How long the worker took, from start to end.
    pub elapsed: Duration,
}

/// Reads a library's description. `shown` is its name in messages, if that isn't its path.
///
/// # Errors
/// When it can't be loaded in the sandbox, or isn't a plugin.
pub fn describe(file: &Path, shown: &Path, settings: &PluginSettings) -> Result<Description> {
    let pinned = super::trust::sha256_file(file)?;
    let job = Job {
        plugin: file.to_owned(),
        sha256: Some(pinned.clone()),
        sandbox: settings.sandbox,
        limits: settings.limits,
        task: Task::Describe,
    };
    let since = Instant::now();
    let refuse = |why: &str| Error::failed(format!("{} is refused: {why}", shown.display()));
    let finished = child::run(&job, None, &std::env::temp_dir(), &mut |_| Ok::<(), Stop>(()));
    match finished {
        Ok(finished) if finished.end.status == status::OK => Ok(Description {
            sha256: pinned,
            sdk: finished.hello.sdk,
            abi: finished.hello.abi,
            manifests: finished.hello.manifests,
            enforced: finished.hello.enforced,
            elapsed: since.elapsed(),
        }),
        Ok(finished) => Err(refuse(&finished.end.message)),
        Err(Failure::Broken(why)) => Err(refuse(&why)),
        Err(Failure::Stopped) => Err(refuse("stopped")),
    }
}
