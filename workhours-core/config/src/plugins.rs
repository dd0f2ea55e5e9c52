//! Settings of a config file for plugins: `[plugins]`, with the same keys in both formats. Which plugins exist and
//! which may be loaded isn't configured here.

use super::here::Here;
use super::tree::{List, One, Scalar, Setting, set};
use super::{Environment, values};
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_plugin_host::{PluginSettings, RunIn, SandboxLevel};

const RUN: [(&str, RunIn); 2] = [("worker", RunIn::Worker), ("in-process", RunIn::InProcess)];

const SANDBOX: [(&str, SandboxLevel); 3] = [
    ("required", SandboxLevel::Required),
    ("best-effort", SandboxLevel::BestEffort),
    ("off", SandboxLevel::Off),
];

/// The keys of `[plugins]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Keys {
    /// Folders to search for plugins.
    dirs: Option<Setting<List<Scalar>>>,
    /// Where plugin code runs.
    run: Option<Setting<One<Scalar>>>,
    /// The sandbox of a worker.
    sandbox: Option<Setting<One<Scalar>>>,
    /// Processor time of one parse.
    cpu_seconds: Option<Setting<One<Scalar>>>,
    /// Seconds without progress after which a parse is stopped.
    stall_seconds: Option<Setting<One<Scalar>>>,
    /// Memory of a worker.
    memory_mib: Option<Setting<One<Scalar>>>,
    /// One event with all its fields.
    event_mib: Option<Setting<One<Scalar>>>,
    /// All events of one parse.
    spool_mib: Option<Setting<One<Scalar>>>,
    /// Rejected records of one parse.
    rejects: Option<Setting<One<Scalar>>>,
}

impl Keys {
    /// What they mean.
    pub(super) fn settings(self, here: &Here<'_>) -> Result<PluginSettings> {
        let mut settings = PluginSettings::default();
        set(&mut settings.dirs, self.dirs, |List(dirs)| {
            dirs.iter().map(|Scalar(dir)| here.folder(dir)).collect()
        })?;
        set(&mut settings.run, self.run, |text| choice("run", &text, &RUN))?;
        set(&mut settings.sandbox, self.sandbox, |text| choice("sandbox", &text, &SANDBOX))?;
        let limits = &mut settings.limits;
        set(&mut limits.cpu, self.cpu_seconds, |n| {
            number("cpu_seconds", &n, 1..=u32::MAX.into(), 600).map(Duration::from_secs)
        })?;
        set(&mut limits.stall, self.stall_seconds, |n| {
            number("stall_seconds", &n, 1..=u32::MAX.into(), 30).map(Duration::from_secs)
        })?;
        set(
            &mut limits.memory,
            self.memory_mib,
            |n| Ok(number("memory_mib", &n, 64..=1 << 24, 1024)? << 20),
        )?;
        // A frame's length has 32 bits.
        set(&mut limits.event, self.event_mib, |n| {
            Ok((number("event_mib", &n, 1..=1024, 40)? as usize) << 20)
        })?;
        set(&mut limits.spool, self.spool_mib, |n| Ok(number("spool_mib", &n, 1..=1 << 24, 16384)? << 20))?;
        set(&mut limits.rejects, self.rejects, |n| number("rejects", &n, 0..=u64::MAX, 1_000_000))?;
        Ok(settings)
    }
}

/// The settings as keys and values of TOML, in the order of the documentation.
pub(super) fn shown(
    settings: &PluginSettings,
    path: impl Fn(&Path) -> String,
) -> Vec<(&'static str, ::toml::Value)> {
    use ::toml::Value;
    let limits = settings.limits;
    let number = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
    let dirs = settings.dirs.iter().map(|dir| Value::String(path(dir))).collect();
    vec![
        ("dirs", Value::Array(dirs)),
        ("run", Value::String(word(settings.run, &RUN).to_owned())),
        ("sandbox", Value::String(word(settings.sandbox, &SANDBOX).to_owned())),
        ("cpu_seconds", number(limits.cpu.as_secs())),
        ("stall_seconds", number(limits.stall.as_secs())),
        ("memory_mib", number(limits.memory >> 20)),
        ("event_mib", number(limits.event as u64 >> 20)),
        ("spool_mib", number(limits.spool >> 20)),
        ("rejects", number(limits.rejects)),
    ]
}

/// The folder of a flag.
pub(super) fn folder(typed: &Path, cwd: Option<&Path>, env: &Environment) -> Result<PathBuf> {
    let dir = values::path(typed.as_os_str(), None, env)?;
    Ok(cwd.map_or_else(|| dir.clone(), |cwd| cwd.join(&dir)))
}

fn choice<T: Copy>(key: &str, One(Scalar(text)): &One<Scalar>, choices: &[(&str, T)]) -> Result<T> {
    let text = text.trim();
    if let Some((_, value)) = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
        return Ok(*value);
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    Err(Error::usage(format!("{key} cannot be {text:?}")).hint(
        match names::nearest(text, words.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => match words.split_last() {
                Some((last, others)) => format!("use {} or {last}", others.join(", ")),
                None => String::new(),
            },
        },
    ))
}

fn word<T: PartialEq>(value: T, choices: &[(&'static str, T)]) -> &'static str {
    choices.iter().find(|(_, v)| *v == value).map_or("", |(word, _)| word)
}

fn number(key: &str, One(Scalar(text)): &One<Scalar>, range: RangeInclusive<u64>, usual: u64) -> Result<u64> {
    let text = text.trim();
    if let Some(n) = text.parse().ok().filter(|n| range.contains(n)) {
        return Ok(n);
    }
    let (least, most) = range.into_inner();
    let range = if most == u64::MAX { format!("from {least} on") } else { format!("from {least} to {most}") };
    Err(Error::usage(format!("{key} cannot be {text:?}"))
        .hint(format!("give a whole number {range}, such as {usual}")))
}
