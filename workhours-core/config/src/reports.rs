//! Named reports of a config file: `[reports]`, each the flags of a command line.

use ::toml::Value;
use workhours_base::error::{Error, Result};

/// The table.
pub(super) const NAME: &str = "reports";

/// A report with its settings, by a name of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSpec {
    /// Its name.
    pub name: String,
    /// The flags, as they are typed; not checked here.
    pub flags: String,
    /// `FILE:LINE`.
    pub origin: String,
}

/// Takes a key of the table. Flags may be on several lines.
pub(super) fn set(reports: &mut Vec<ReportSpec>, key: &str, given: &[String], origin: &str) -> Result<()> {
    let flags = given.join(" ").trim().to_owned();
    if flags.is_empty() {
        return Err(Error::usage(format!("{origin}: the report {key} has no flags"))
            .hint("write them as on a command line: -r hours --by project"));
    }
    reports.push(ReportSpec { name: key.to_owned(), flags, origin: origin.to_owned() });
    Ok(())
}

/// All of them as keys and values of TOML.
pub(super) fn shown(reports: &[ReportSpec]) -> Vec<(String, Value)> {
    let shown = |report: &ReportSpec| {
        let key = Value::String(report.name.clone()).to_string();
        (format!("{NAME}.{key}"), Value::String(report.flags.clone()))
    };
    reports.iter().map(shown).collect()
}
