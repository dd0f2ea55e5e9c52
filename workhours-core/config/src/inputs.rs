//! The inputs of a config file: `[[inputs]]` in TOML, `[source type]` in INI. Which source types exist is for the
//! registry to say.

use super::here::Here;
use super::tree::{Entries, List, Scalar, Setting, given};
use super::{InputSpec, values};
use serde::Deserialize;
use workhours_base::error::Result;

/// The keys of an input. INI sets those after `label` as `LABEL.host = …`, except `options`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Input {
    /// The source type.
    r#type: String,
    /// A file, a folder, a pattern or `-`, or a list of them.
    path: List<Setting<String>>,
    /// The user's name for it.
    #[serde(default)]
    label: String,
    /// The machine of its traces.
    host: Option<String>,
    /// The user of its traces.
    user: Option<String>,
    /// Keeps its records apart from equal ones of other inputs.
    scope: Option<String>,
    /// The zone of its local times.
    timezone: Option<Setting<String>>,
    /// Whose traces they are.
    activity: Option<Setting<String>>,
    /// Options of the source.
    #[serde(default)]
    options: Entries<Scalar>,
}

impl Input {
    /// One input for each path.
    pub(super) fn specs(self, here: &Here<'_>) -> Result<Vec<InputSpec>> {
        let common = InputSpec {
            source_type: self.r#type,
            label: self.label,
            host: self.host,
            user: self.user,
            scope: self.scope,
            timezone: given(self.timezone, |text| values::timezone(&text))?.map(|zone| zone.value),
            activity: given(self.activity, |text| values::activity(&text))?.map(|activity| activity.value),
            options: self
                .options
                .sorted()
                .map(|(key, Setting { value: Scalar(text), .. })| (key, text))
                .collect(),
            ..InputSpec::default()
        };
        let spec = |path: Setting<String>| {
            let Setting { value: path, origin, .. } = path.read(|text| here.pattern(&text))?;
            Ok(InputSpec { path, origin, ..common.clone() })
        };
        self.path.0.into_iter().map(spec).collect()
    }
}
