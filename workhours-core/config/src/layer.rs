//! A config file: its keys, and what they mean. Sections with keys of their own are described in their files.
//!
//! A key is a field of [`File`] with its doc comment, and a line of [`File::layer`]. Both formats then have it: INI in
//! `[main]`, or as a section of the table's name.

use super::here::Here;
use super::hours::{self, HoursSettings};
use super::inputs::Input;
use super::tree::{AnyCase, Entries, List, Scalar, Setting, Word, given};
use super::{
    AlertSpec, ColumnsPolicy, FormatSpec, IndexSettings, InputSpec, Keep, Limits, ReceiverSpec, ReportSpec,
    Retention, ScheduleSpec, ServerSettings, WatchSettings, alerts, formats, index, limits, people, plugins,
    receivers, reports, retention, rules, schedules, server, values, watch,
};
use chrono_tz::Tz;
use serde::Deserialize;
use std::path::PathBuf;
use workhours_base::database::DatabaseUri;
use workhours_base::error::Result;
use workhours_event::{RedactionSettings, TagRule};
use workhours_plugin_host::PluginSettings;

/// The keys of a config file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct File {
    /// Where the events are stored.
    database: Option<Setting<String>>,
    /// A file with the database's password in its first line.
    database_password_file: Option<Setting<String>>,
    /// How many connections to the database there may be at once.
    database_connections: Option<Setting<i64>>,
    /// Whether the database is only read.
    read_only: Option<Setting<bool>>,
    /// How many inputs are read at once.
    jobs: Option<Setting<i64>>,
    /// The folder of the copies.
    filestore: Option<Setting<String>>,
    /// The zone of local times without one.
    timezone: Option<Setting<String>>,
    /// Minutes without an event that end a session.
    gaptime_min: Option<Setting<f64>>,
    /// When columns are kept.
    columns: Option<Setting<String>>,
    /// More about the copies.
    #[serde(default)]
    fs: Filestore,
    /// Where plugins are, and how they run.
    #[serde(default)]
    plugins: plugins::Keys,
    /// How much of an input is read.
    #[serde(default)]
    limits: limits::Keys,
    /// The rules for secrets.
    #[serde(default)]
    redaction: rules::RedactionKeys,
    /// Tags by rule.
    #[serde(default)]
    tags: Entries<rules::TagValue>,
    /// How time worked is counted.
    #[serde(default)]
    hours: AnyCase<hours::Keys>,
    /// Projects by rule.
    #[serde(default)]
    projects: Entries<hours::Queries>,
    /// Rates of projects.
    #[serde(default)]
    rates: Entries<hours::Rates>,
    /// The user of the program.
    #[serde(default)]
    me: people::Keys,
    /// Others.
    #[serde(default)]
    people: Entries<people::Keys>,
    /// Reports to run by name.
    #[serde(default)]
    reports: Entries<List<Word>>,
    /// What runs when.
    #[serde(default)]
    schedules: Entries<schedules::Keys>,
    /// When to be called.
    #[serde(default)]
    alerts: Entries<alerts::Keys>,
    /// How long events are kept.
    #[serde(default)]
    retention: Entries<Scalar>,
    /// What is listened to.
    #[serde(default)]
    receivers: Entries<receivers::Keys>,
    /// The search index.
    #[serde(default)]
    index: index::Keys,
    /// The web site.
    #[serde(default)]
    server: server::Keys,
    /// How inputs are followed.
    #[serde(default)]
    watch: watch::Keys,
    /// What to read.
    #[serde(default)]
    inputs: Vec<Input>,
    /// Formats of the user's own.
    #[serde(default)]
    formats: Entries<formats::Keys>,
}

/// The keys of `fs`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
struct Filestore {
    /// How long copies are kept.
    keep: Option<Setting<Scalar>>,
}

/// One file's settings, before anything is decided. Only sections have defaults.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub database: Option<Setting<DatabaseUri>>,
    pub password_file: Option<Setting<PathBuf>>,
    pub connections: Option<Setting<u32>>,
    pub read_only: Option<Setting<bool>>,
    pub jobs: Option<Setting<u32>>,
    pub filestore: Option<Setting<PathBuf>>,
    pub timezone: Option<Setting<Tz>>,
    pub gaptime_min: Option<Setting<f64>>,
    pub fs_keep: Option<Setting<Keep>>,
    pub columns: Option<Setting<ColumnsPolicy>>,
    pub plugins: PluginSettings,
    pub limits: Limits,
    pub redaction: RedactionSettings,
    pub tags: Vec<TagRule>,
    pub hours: HoursSettings,
    pub reports: Vec<ReportSpec>,
    pub schedules: Vec<ScheduleSpec>,
    pub alerts: Vec<AlertSpec>,
    pub receivers: Vec<ReceiverSpec>,
    pub retention: Retention,
    pub index: IndexSettings,
    pub server: ServerSettings,
    pub watch: WatchSettings,
    pub inputs: Vec<InputSpec>,
    pub formats: Vec<FormatSpec>,
    pub warnings: Vec<String>,
}

impl File {
    /// What the keys mean.
    ///
    /// # Errors
    /// For a value that can't be, with its place.
    pub(super) fn layer(self, here: &Here<'_>, warnings: Vec<String>) -> Result<Layer> {
        Ok(Layer {
            database: given(self.database, |text| here.database(&text))?,
            password_file: given(self.database_password_file, |text| here.path(&text))?,
            connections: given(self.database_connections, values::several)?,
            read_only: self.read_only,
            jobs: given(self.jobs, values::several)?,
            filestore: given(self.filestore, |text| here.path(&text))?,
            timezone: given(self.timezone, |text| values::timezone(&text))?,
            gaptime_min: given(self.gaptime_min, values::gaptime)?,
            fs_keep: given(self.fs.keep, |Scalar(text)| values::keep(&text))?,
            columns: given(self.columns, |text| ColumnsPolicy::parse(&text))?,
            plugins: self.plugins.settings(here)?,
            limits: self.limits.limits()?,
            redaction: self.redaction.settings()?,
            tags: rules::tags(self.tags)?,
            hours: HoursSettings::new(self.hours.0, self.projects, self.rates, self.me, self.people)?,
            reports: reports::reports(self.reports)?,
            schedules: schedules::schedules(self.schedules)?,
            alerts: alerts::alerts(self.alerts)?,
            retention: retention::retention(self.retention)?,
            receivers: receivers::receivers(self.receivers, here)?,
            index: self.index.settings(here)?,
            server: self.server.settings(here)?,
            watch: self.watch.settings()?,
            inputs: self
                .inputs
                .into_iter()
                .map(|input| input.specs(here))
                .collect::<Result<Vec<_>>>()?
                .concat(),
            formats: formats::formats(self.formats)?,
            warnings,
        })
    }
}
