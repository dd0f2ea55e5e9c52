//! What one config file says, before anything is decided, and telling the two formats apart.

use super::uri::DatabaseUri;
use super::{InputSpec, Keep};
use chrono_tz::Tz;
use std::path::PathBuf;

/// One file's say. Nothing in it is defaulted.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub database: Option<Setting<DatabaseUri>>,
    pub filestore: Option<Setting<PathBuf>>,
    pub timezone: Option<Setting<Tz>>,
    pub gaptime_min: Option<Setting<f64>>,
    pub fs_keep: Option<Setting<Keep>>,
    pub inputs: Vec<InputSpec>,
    pub warnings: Vec<String>,
}

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Setting<T> {
    pub value: T,
    /// As the user knows it: `main.eventsdb.uri`, `fs.keep`.
    pub key: String,
    /// `FILE:LINE`
    pub origin: String,
}

/// How a config file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `[main]` and `[source type]` sections, values without quotes.
    Ini,
    /// TOML.
    Toml,
}

/// Which of the two this is. By the first line that tells, not by trying to parse: a mistake should be
/// reported in the language the file is written in, and `[main]` with a number below is good TOML too.
pub(super) fn detect(text: &str) -> Format {
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let Some(header) = line.strip_prefix('[') else {
            // INI has no settings outside a section.
            return Format::Toml;
        };
        // The tables our TOML has, and the nearest mistakes; any other name is a section.
        let name = header.split(']').next().unwrap_or_default().trim();
        let top = name.split('.').next().unwrap_or_default().trim();
        let toml = header.starts_with('[') || matches!(top, "fs" | "input" | "inputs" | "options");
        return if toml { Format::Toml } else { Format::Ini };
    }
    Format::Toml
}
