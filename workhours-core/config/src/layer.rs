//! One config file's settings, before anything is decided, and detecting the format.

use super::plugins::{self, Plugins};
use super::rules;
use super::setting::Setting;
use super::{
    FormatSpec, HoursSettings, InputSpec, Keep, Limits, ReportSpec, ServerSettings, hours, limits, reports,
    server,
};
use chrono_tz::Tz;
use std::path::PathBuf;
use workhours_base::database::DatabaseUri;
use workhours_event::{RedactionSettings, TagRule};

/// One file's settings. Nothing has a default except missing keys of plugins.
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
    pub plugins: Plugins,
    pub limits: Limits,
    pub redaction: RedactionSettings,
    pub tags: Vec<TagRule>,
    pub hours: HoursSettings,
    pub reports: Vec<ReportSpec>,
    pub server: ServerSettings,
    pub inputs: Vec<InputSpec>,
    pub formats: Vec<FormatSpec>,
    pub warnings: Vec<String>,
}

/// How a config file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `[main]` and `[source type]` sections, values without quotes.
    Ini,
    /// TOML.
    Toml,
}

/// Which format this is. Decided by the first conclusive line, not by trying to parse: an error should be reported in
/// the file's own format, and `[main]` followed by a number is valid TOML too.
pub(super) fn detect(text: &str) -> Format {
    let mut lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    let toml = match lines.next() {
        None => true,
        // INI has no settings outside a section.
        Some(line) if !line.starts_with('[') => true,
        Some(header) => is_toml_header(header).unwrap_or_else(|| plugins::is_toml(lines, is_toml_header)),
    };
    if toml { Format::Toml } else { Format::Ini }
}

/// Whether a line in brackets heads a table of TOML; `None` for those that both formats have.
fn is_toml_header(line: &str) -> Option<bool> {
    let header = line.strip_prefix('[').unwrap_or(line);
    let name = header.split(']').next().unwrap_or_default().trim();
    let both = [
        plugins::NAME,
        limits::NAME,
        rules::REDACTION,
        rules::TAGS,
        hours::HOURS,
        hours::PROJECTS,
        hours::RATES,
        hours::ME,
        reports::NAME,
    ];
    let is_person = name.split_once('.').is_some_and(|(table, _)| table.trim() == hours::PEOPLE);
    if is_person || both.iter().any(|both| name.eq_ignore_ascii_case(both)) {
        return None;
    }
    // The tables our TOML has, and the nearest mistakes; any other name is a section.
    let top = name.split('.').next().unwrap_or_default().trim();
    Some(
        header.starts_with('[')
            || matches!(
                top,
                "fs" | "format"
                    | "formats"
                    | "hours"
                    | "input"
                    | "inputs"
                    | "options"
                    | "projects"
                    | "rates"
                    | "redaction"
                    | "reports"
                    | server::NAME
                    | "tags"
            ),
    )
}
