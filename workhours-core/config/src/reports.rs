//! Named reports of a config file: `[reports]`, each the flags of a command line.

use super::tree::{Entries, List, Setting, Word};
use ::toml::Value;
use workhours_base::error::{Error, Result};

/// The table.
const NAME: &str = "reports";

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

/// What the keys of the table mean. Flags may be on several lines.
pub(super) fn reports(table: Entries<List<Word>>) -> Result<Vec<ReportSpec>> {
    let report = |(name, setting): (String, Setting<List<Word>>)| {
        let words: Vec<String> = setting.value.0.into_iter().map(|Word(text)| text).collect();
        let (flags, origin) = (words.join(" ").trim().to_owned(), setting.origin);
        if flags.is_empty() {
            return Err(Error::usage(format!("{origin}: the report {name} has no flags"))
                .hint("write them as on a command line: -r hours --by project"));
        }
        Ok(ReportSpec { name, flags, origin })
    };
    table.sorted().map(report).collect()
}

/// All of them as keys and values of TOML.
pub(super) fn shown(reports: &[ReportSpec]) -> Vec<(String, Value)> {
    let shown = |report: &ReportSpec| {
        let key = Value::String(report.name.clone()).to_string();
        (format!("{NAME}.{key}"), Value::String(report.flags.clone()))
    };
    reports.iter().map(shown).collect()
}
