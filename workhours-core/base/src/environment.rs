//! The environment of the process: directories and time zone. A value, so that tests needn't change environment
//! variables. Not the configuration itself.

use crate::secret::Secret;
use chrono_tz::Tz;
use etcetera::BaseStrategy;
use std::path::PathBuf;

/// The environment of a configuration. Unknown values are `None`, and an error only where they are needed.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The working directory.
    pub cwd: Option<PathBuf>,
    /// The meaning of `~`.
    pub home: Option<PathBuf>,
    /// `$XDG_DATA_HOME` or its default; ours is the `workhours` below it.
    pub data_dir: Option<PathBuf>,
    /// `$XDG_DATA_DIRS` or its default: where others than the user keep data, the most important first.
    pub data_dirs: Vec<PathBuf>,
    /// `$XDG_CONFIG_HOME` or its default.
    pub config_dir: Option<PathBuf>,
    /// The variable `WORKHOURS_DB_PASSWORD`, if set.
    pub database_password: Option<Secret>,
    /// The variable `WORKHOURS_INDEX_PASSWORD`, if set.
    pub index_password: Option<Secret>,
    /// The login name.
    pub login: Option<String>,
    /// The variable `TZ`, if set.
    pub tz: Option<String>,
    /// The name of the system's time zone.
    pub system_zone: Option<String>,
}

impl Environment {
    /// Looks around.
    pub fn from_system() -> Self {
        let dirs = etcetera::choose_base_strategy().ok();
        Self {
            cwd: std::env::current_dir().ok(),
            home: dirs.as_ref().map(|d| d.home_dir().to_owned()),
            data_dir: dirs.as_ref().map(|d| d.data_dir()),
            data_dirs: data_dirs(),
            config_dir: dirs.as_ref().map(|d| d.config_dir()),
            database_password: std::env::var("WORKHOURS_DB_PASSWORD").ok().map(Secret::new),
            index_password: std::env::var("WORKHOURS_INDEX_PASSWORD").ok().map(Secret::new),
            login: login(),
            tz: std::env::var_os("TZ").map(|tz| tz.to_string_lossy().into_owned()),
            system_zone: iana_time_zone::get_timezone().ok(),
        }
    }

    /// The config file read when none is named: `$XDG_CONFIG_HOME/workhours/config.toml`. It need not exist.
    pub fn default_config_file(&self) -> Option<PathBuf> {
        self.config_dir.as_ref().map(|dir| dir.join("workhours").join("config.toml"))
    }

    /// The zone of people's clocks here, and a warning when it had to be guessed.
    pub fn zone(&self) -> (Tz, Option<String>) {
        const REMEDY: &str = "taking times as UTC; set timezone in the config file";
        if let Some(tz) = &self.tz {
            // POSIX: a leading colon means "a name follows", and an empty TZ is UTC.
            let name = tz.strip_prefix(':').unwrap_or(tz);
            let name = name.rsplit_once("/zoneinfo/").map_or(name, |(_, name)| name);
            return match name.parse() {
                _ if name.is_empty() => (Tz::UTC, None),
                Ok(zone) => (zone, None),
                Err(_) => (Tz::UTC, Some(format!("TZ={tz} does not name a time zone; {REMEDY}"))),
            };
        }
        match self.system_zone.as_deref().map(str::parse) {
            Some(Ok(zone)) => (zone, None),
            Some(Err(_)) => {
                let name = self.system_zone.as_deref().unwrap_or_default();
                (Tz::UTC, Some(format!("the system's time zone {name:?} is not known; {REMEDY}")))
            }
            None => (Tz::UTC, Some(format!("the system's time zone cannot be found out; {REMEDY}"))),
        }
    }
}

fn data_dirs() -> Vec<PathBuf> {
    if cfg!(windows) {
        return Vec::new();
    }
    let listed = std::env::var_os("XDG_DATA_DIRS").filter(|list| !list.is_empty());
    let listed = listed.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    // Its specification wants relative ones ignored.
    std::env::split_paths(&listed).filter(|dir| dir.is_absolute()).collect()
}

fn login() -> Option<String> {
    let named = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty())
}
