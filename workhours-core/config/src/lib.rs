//! Inputs, storage and settings: one [`Config`] from defaults, a file and the command line, each overriding the one
//! before.
//!
//! The file is INI or TOML; both become the same tree of values, and one reader makes a layer of settings from it. Doesn't
//! know which source types exist (the registry does), or whether a path or database exists (the code that opens it
//! does).

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod alerts;
mod columns;
mod detect;
mod formats;
mod here;
mod hours;
mod index;
mod ini;
mod inputs;
mod layer;
mod limits;
mod lines;
mod me;
mod password;
mod people;
mod plugins;
mod receivers;
mod reports;
mod retention;
mod rules;
mod schedules;
mod server;
mod show;
#[cfg(test)]
mod tests;
mod toml;
mod tree;
mod values;
mod watch;

pub use alerts::AlertSpec;
pub use columns::ColumnsPolicy;
pub use detect::Format;
pub use hours::{HoursSettings, ProjectRule, clock};
pub use index::{IndexEngine, IndexSettings};
pub use limits::{Limit, Limits};
pub use receivers::{Listen, ReceiverSpec, TlsFiles};
pub use reports::ReportSpec;
pub use retention::Retention;
pub use schedules::{ScheduleSpec, Timing};
pub use server::ServerSettings;
pub use show::{show, show_inputs, show_me};
pub use watch::WatchSettings;

pub use workhours_base::database::{Access, DatabaseUri, SqlitePath};
pub use workhours_base::environment::Environment;
pub use workhours_base::input::{ExpectedEvent, FormatSpec, InputSpec, Keep};
pub use workhours_base::secret::Secret;

use chrono_tz::Tz;
use detect::detect;
use here::Here;
use layer::{File, Layer};
use std::path::{Path, PathBuf};
use tree::Setting;
use workhours_base::error::{Error, Result};
use workhours_base::zones::Zones;
use workhours_event::{RedactionSettings, TagRule};
use workhours_plugin_host::PluginSettings;

/// The place of an input given by `-s`.
const ON_COMMAND_LINE: &str = "-s on the command line";

/// Maximum length of a text that is part of a key in databases.
const LONGEST_NAME: usize = 255;

/// Default number of connections.
const DEFAULT_CONNECTIONS: u32 = 8;

/// Everything decided: no value is missing, and every relative path has found its directory, except those of
/// inputs named by `-s`, which stay as typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where the events are stored; with the password, if it was set separately.
    pub database: DatabaseUri,
    /// The file with the password, if one is named.
    pub database_password_file: Option<PathBuf>,
    /// How many connections to the database there may be at once.
    pub database_connections: u32,
    /// Whether the database is only read, and nothing is written next to it.
    pub read_only: bool,
    /// How many inputs are read at once.
    pub jobs: u32,
    /// The directory of the copies.
    pub filestore: PathBuf,
    /// The zone of local times, if a record and its input have none.
    pub timezone: Tz,
    /// Minutes without an event that end a session.
    pub gaptime_min: f64,
    /// How long copies are kept.
    pub fs_keep: Keep,
    /// When columns are kept.
    pub columns: ColumnsPolicy,
    /// Where to search for plugins, and how they run.
    pub plugins: PluginSettings,
    /// How much of an input is read.
    pub limits: Limits,
    /// The rules for secrets.
    pub redaction: RedactionSettings,
    /// Tags by rule.
    pub tags: Vec<TagRule>,
    /// How time worked is counted.
    pub hours: HoursSettings,
    /// Reports to be run by name.
    pub reports: Vec<ReportSpec>,
    /// What runs when.
    pub schedules: Vec<ScheduleSpec>,
    /// How long events are kept.
    pub retention: Retention,
    /// What is listened to.
    pub receivers: Vec<ReceiverSpec>,
    /// When to be called.
    pub alerts: Vec<AlertSpec>,
    /// Where the search index is.
    pub index: IndexSettings,
    /// The settings of the web site.
    pub server: ServerSettings,
    /// How inputs are followed.
    pub watch: WatchSettings,
    /// The inputs: those of the file in its order, then those of `-s`.
    pub inputs: Vec<InputSpec>,
    /// The formats the file declares.
    pub formats: Vec<FormatSpec>,
    /// Warnings for the user, one sentence each.
    pub warnings: Vec<String>,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
}

/// The command line's settings; they override the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--db`
    pub database: Option<String>,
    /// `--read-only`
    pub read_only: bool,
    /// `--jobs`
    pub jobs: Option<u32>,
    /// `--fs`
    pub filestore: Option<PathBuf>,
    /// `--timezone`
    pub timezone: Option<String>,
    /// `--gaptime`
    pub gaptime_min: Option<f64>,
    /// `--fs-keep`
    pub fs_keep: Option<String>,
    /// `--plugins-dir`, looked in before those of the file.
    pub plugins_dirs: Vec<PathBuf>,
    /// `--bind`
    pub bind: Option<String>,
    /// `--port`
    pub port: Option<u16>,
    /// `--templates`
    pub templates: Option<PathBuf>,
    /// `--allow-host`, added to those of the file.
    pub allow_hosts: Vec<String>,
    /// `--behind-proxy`
    pub behind_proxy: bool,
    /// `-s TYPE PATH`, added to the inputs of the file.
    pub inputs: Vec<(String, PathBuf)>,
}

impl Config {
    /// The access to the database.
    pub fn access(&self) -> Access {
        if self.read_only { Access::Read } else { Access::Write }
    }

    /// The folder of the databases' indexes.
    pub fn index_folder(&self) -> PathBuf {
        self.filestore.join("index")
    }

    /// The folder of the databases' columns, unless these are never used.
    pub fn used_columns(&self) -> Option<PathBuf> {
        (self.columns != ColumnsPolicy::Never).then(|| self.columns_folder())
    }

    /// The folder of the databases' columns.
    pub fn columns_folder(&self) -> PathBuf {
        self.filestore.join("columns")
    }

    /// The user's clock: zone, travels, and when days begin. Missing values are as configured.
    ///
    /// # Errors
    /// When travels overlap.
    pub fn zones(&self, zone: Option<Tz>, day_start: Option<u32>) -> Result<Zones> {
        self.hours.zones(zone.unwrap_or(self.timezone), day_start)
    }

    /// Reads `file`, or else `$XDG_CONFIG_HOME/workhours/config.toml` if that exists, or else no file.
    pub fn load(file: Option<&Path>, flags: &Overrides, env: &Environment) -> Result<Self> {
        let default = env.default_config_file().filter(|path| file.is_none() && path.exists());
        let Some(path) = file.map(Path::to_owned).or(default) else {
            return Self::settle(Layer::default(), None, flags, env);
        };
        let bytes = std::fs::read(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => {
                Error::usage(format!("there is no config file {}", path.display()))
                    .hint("check the path given with -c (--config)")
            }
            _ => Error::failed(format!("cannot read the config file {}", path.display())).with_source(e),
        })?;
        let text = String::from_utf8(bytes).map_err(|e| not_utf8(&path, &e))?;
        Self::from_text(&text, &path, flags, env)
    }

    /// Reads the text of a config file; `file` is its name, for messages and for relative paths.
    pub fn from_text(text: &str, file: &Path, flags: &Overrides, env: &Environment) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let there = env.cwd.as_ref().map_or_else(|| file.to_owned(), |cwd| cwd.join(file));
        let dir = there.parent().unwrap_or(Path::new("/"));
        let format = detect(text);
        let here = Here { file, dir, env, variables: format == Format::Ini };
        let mut warnings = Vec::new();
        let tree = match format {
            Format::Ini => ini::tree(text, &here, &mut warnings)?,
            Format::Toml => toml::tree(text, file)?,
        };
        let layer = tree::read::<File>(&tree)?.layer(&here, warnings)?;
        Self::settle(layer, Some(file), flags, env)
    }

    fn settle(layer: Layer, file: Option<&Path>, flags: &Overrides, env: &Environment) -> Result<Self> {
        let mut warnings = layer.warnings;
        let flag = |name: &'static str| move |e| values::at(name, e);
        let cwd = env.cwd.as_deref();

        let mut hours = layer.hours;
        hours.know(&me::of(env));
        let database = flags.database.as_deref().map(|text| values::database(text, cwd, env)).transpose();
        let database = pick("--db", database.map_err(flag("--db"))?, layer.database, &mut warnings);
        let jobs = flags.jobs.map(|n| values::several(n.into())).transpose().map_err(flag("--jobs"))?;
        let jobs = pick("--jobs", jobs, layer.jobs, &mut warnings).unwrap_or(1);
        let read_only = flags.read_only || layer.read_only.is_some_and(|setting| setting.value);
        let connections = layer.connections.map_or(DEFAULT_CONNECTIONS.max(jobs), |setting| setting.value);
        let password_file = layer.password_file.map(|setting| setting.value);
        let password = password::password(env, password_file.as_deref())?;
        let store = flags.filestore.as_ref().map(|p| values::path(p.as_os_str(), cwd, env)).transpose();
        let filestore = pick("--fs", store.map_err(flag("--fs"))?, layer.filestore, &mut warnings);
        let zone = flags.timezone.as_deref().map(values::timezone).transpose();
        let zone = pick("--timezone", zone.map_err(flag("--timezone"))?, layer.timezone, &mut warnings);
        let gap = flags.gaptime_min.map(values::gaptime).transpose().map_err(flag("--gaptime"))?;
        let gaptime = pick("--gaptime", gap, layer.gaptime_min, &mut warnings);
        let keep = flags.fs_keep.as_deref().map(values::keep).transpose().map_err(flag("--fs-keep"))?;
        let fs_keep = pick("--fs-keep", keep, layer.fs_keep, &mut warnings);

        let mut plugins = layer.plugins;
        let dirs = flags.plugins_dirs.iter().map(|dir| plugins::folder(dir, cwd, env));
        let dirs = dirs.collect::<Result<Vec<_>>>().map_err(flag("--plugins-dir"))?;
        plugins.dirs.splice(..0, dirs);

        let mut server = layer.server;
        if let Some(text) = &flags.bind {
            server.host = Some(server::host(text).map_err(flag("--bind"))?);
        }
        server.port = Some(flags.port.unwrap_or(server.port()));
        server.host = Some(server.host());
        if let Some(dir) = &flags.templates {
            let dir = values::path(dir.as_os_str(), cwd, env).map_err(flag("--templates"))?;
            server.templates = Some(dir);
        }
        server.allow_hosts.extend(flags.allow_hosts.iter().cloned());
        server.behind_proxy |= flags.behind_proxy;

        let mut inputs = layer.inputs;
        for (source_type, path) in &flags.inputs {
            inputs.push(InputSpec {
                source_type: source_type.clone(),
                path: values::path(path.as_os_str(), None, env).map_err(flag("-s"))?,
                origin: ON_COMMAND_LINE.to_owned(),
                ..InputSpec::default()
            });
        }
        for input in &inputs {
            for (what, text) in
                [("label", &input.label), ("scope", input.scope.as_ref().unwrap_or(&input.label))]
            {
                if text.chars().count() > LONGEST_NAME {
                    return Err(Error::usage(format!(
                        "{}: the {what} has more than {LONGEST_NAME} characters",
                        input.origin
                    )));
                }
            }
        }
        warnings.extend(layer.index.warning());
        let timezone = zone.unwrap_or_else(|| {
            let (zone, warning) = env.zone();
            warnings.extend(warning);
            zone
        });
        Ok(Self {
            database: match database {
                Some(uri) => uri.with_password(password.as_ref()),
                None => DatabaseUri::Sqlite(SqlitePath::File(data_dir(env, "--db")?.join("events.db"))),
            },
            database_password_file: password_file,
            database_connections: connections,
            read_only,
            jobs,
            filestore: match filestore {
                Some(path) => path,
                None => data_dir(env, "--fs")?.join("fs"),
            },
            timezone,
            gaptime_min: gaptime.unwrap_or(15.0),
            fs_keep: fs_keep.unwrap_or_default(),
            columns: layer.columns.map(|setting| setting.value).unwrap_or_default(),
            plugins,
            limits: layer.limits,
            redaction: layer.redaction,
            tags: layer.tags,
            hours,
            reports: layer.reports,
            index: layer.index,
            server,
            watch: layer.watch,
            alerts: layer.alerts,
            receivers: layer.receivers,
            retention: layer.retention,
            schedules: layer.schedules,
            inputs,
            formats: layer.formats,
            warnings,
            file: file.map(Path::to_owned),
        })
    }
}

/// A database named as an argument: relative paths from the working directory, the password as for the one that is
/// configured.
///
/// # Errors
/// When it isn't a database URI, or the file with the password can't be read.
pub fn database(text: &str, config: &Config, env: &Environment) -> Result<DatabaseUri> {
    let uri = values::database(text, env.cwd.as_deref(), env)?;
    let password = password::password(env, config.database_password_file.as_deref())?;
    Ok(uri.with_password(password.as_ref()))
}

/// A zone of the IANA database, in any case.
///
/// # Errors
/// A usage error that names the nearest one.
pub fn timezone(text: &str) -> Result<Tz> {
    values::timezone(text)
}

/// A pattern of a source's usual places, with `~` expanded to the home directory. `None` if there is no home.
pub fn place(glob: &str, env: &Environment) -> Option<PathBuf> {
    values::path(glob.as_ref(), None, env).ok()
}

/// The flag's value before the file's, and a warning if that changes anything.
fn pick<T: PartialEq>(
    flag: &str,
    typed: Option<T>,
    filed: Option<Setting<T>>,
    warnings: &mut Vec<String>,
) -> Option<T> {
    match (typed, filed) {
        (Some(typed), Some(filed)) => {
            if typed != filed.value {
                warnings.push(format!("{flag} on the command line beats {} of {}", filed.key, filed.origin));
            }
            Some(typed)
        }
        (typed, filed) => typed.or(filed.map(|setting| setting.value)),
    }
}

fn data_dir(env: &Environment, flag: &str) -> Result<PathBuf> {
    env.data_dir.as_ref().map(|dir| dir.join("workhours")).ok_or_else(|| {
        Error::failed("there is no home directory to keep data in")
            .hint(format!("choose a place with {flag}"))
    })
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Error {
    let upto = error.utf8_error().valid_up_to();
    let line = 1 + error.as_bytes()[..upto].iter().filter(|b| **b == b'\n').count();
    Error::usage(format!("{}:{line}: this is not UTF-8", path.display()))
        .hint("convert the file; a file name that is not UTF-8 can be given by a glob or by -s")
}
