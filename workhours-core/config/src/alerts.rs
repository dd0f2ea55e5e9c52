//! When to be called: `[alerts.NAME]`, each a query with how many events of what time are too many, and a command.

use super::tree::{Entries, List, Setting, Word, given};
use ::toml::Value;
use serde::Deserialize;
use std::time::Duration;
use workhours_base::database::mask;
use workhours_base::duration::{duration_text, parse_duration};
use workhours_base::error::{Error, Result};

/// The table.
const NAME: &str = "alerts";
/// Names are part of a key in databases.
const LONGEST_NAME: usize = 200;
/// The usual time.
const WINDOW: Duration = Duration::from_secs(300);

/// The keys of an alert.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Keys {
    /// Which events.
    query: Option<Setting<String>>,
    /// Of how much time up to now.
    window: Option<Setting<String>>,
    /// How many of them are enough.
    threshold: Option<Setting<i64>>,
    /// What runs: a program and its arguments.
    command: Option<Setting<List<Word>>>,
}

/// A condition on events, and what runs when it becomes true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertSpec {
    /// Its name.
    pub name: String,
    /// Which events; not checked here.
    pub query: String,
    /// Of how much time up to now.
    pub window: Duration,
    /// How many of them are enough.
    pub threshold: u64,
    /// A program and its arguments, as they are typed in a shell.
    pub command: String,
    /// `FILE:LINE`.
    pub origin: String,
}

/// What the tables mean.
pub(super) fn alerts(table: Entries<Keys>) -> Result<Vec<AlertSpec>> {
    let mut all: Vec<AlertSpec> =
        table.sorted().map(|(name, setting)| alert(name, setting)).collect::<Result<_>>()?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn alert(name: String, Setting { value: keys, origin, .. }: Setting<Keys>) -> Result<AlertSpec> {
    let wrong = |text: &str| Err(Error::usage(format!("{origin}: the alert {name} {text}")));
    if name.is_empty() || name.len() > LONGEST_NAME {
        return wrong("needs a name of 1 to 200 bytes");
    }
    let window = given(keys.window, |text| parse_duration(&text))?.map_or(WINDOW, |window| window.value);
    let threshold = given(keys.threshold, |n| {
        u64::try_from(n)
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| Error::usage(format!("threshold is a whole number above 0, not {n}")))
    })?;
    let words = keys.command.map(|command| command.value.0).unwrap_or_default();
    let command = words.into_iter().map(|Word(text)| text).collect::<Vec<_>>().join(" ").trim().to_owned();
    if command.is_empty() {
        return wrong("runs nothing: command = \"notify-send workhours\"");
    }
    let Some(query) = keys.query else { return wrong("has no query: query = \"status>=500\"") };
    let threshold = threshold.map_or(1, |threshold| threshold.value);
    Ok(AlertSpec { query: query.value, window, threshold, command, origin, name })
}

/// All of them as keys and values of TOML.
pub(super) fn shown(alerts: &[AlertSpec]) -> Vec<(String, Value)> {
    let mut shown = Vec::new();
    for alert in alerts {
        let name = Value::String(alert.name.clone());
        let mut set = |key: &str, value: Value| shown.push((format!("{NAME}.{name}.{key}"), value));
        set("query", Value::String(alert.query.clone()));
        set("window", Value::String(duration_text(alert.window)));
        set("threshold", Value::Integer(i64::try_from(alert.threshold).unwrap_or(i64::MAX)));
        set("command", Value::String(mask(&alert.command)));
    }
    shown
}
