//! Settings of a config file for plugins: `[plugins]`, with the same keys in both formats. Which plugins exist and
//! which may be loaded isn't configured here.

use super::setting::Setting;
use super::{Environment, values};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_plugin_host::{PluginSettings, RunIn, SandboxLevel};

/// The section's or table's name.
pub(super) const NAME: &str = "plugins";

/// Its keys.
const KEYS: [&str; 9] = [
    "dirs",
    "run",
    "sandbox",
    "cpu_seconds",
    "stall_seconds",
    "memory_mib",
    "event_mib",
    "spool_mib",
    "rejects",
];

const RUN: [(&str, RunIn); 2] = [("worker", RunIn::Worker), ("in-process", RunIn::InProcess)];

const SANDBOX: [(&str, SandboxLevel); 3] = [
    ("required", SandboxLevel::Required),
    ("best-effort", SandboxLevel::BestEffort),
    ("off", SandboxLevel::Off),
];

/// The settings so far: the defaults, and those that were changed.
#[derive(Debug, Default)]
pub(super) struct Plugins {
    pub(super) settings: PluginSettings,
    /// The keys that were given, and where.
    given: Vec<Setting<()>>,
}

/// A key with its values, as they are written.
pub(super) struct Given<'a> {
    pub(super) key: &'a str,
    /// Only `dirs` may have more than one, or none.
    pub(super) values: &'a [OsString],
    /// `FILE:LINE`
    pub(super) origin: String,
}

impl Plugins {
    /// Takes a key; paths in it are relative to `here`. The last of several wins, which is worth a warning.
    pub(super) fn set(
        &mut self,
        given: Given<'_>,
        here: &Path,
        env: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<()> {
        let Given { key, values, origin } = given;
        self.take(key, values, here, env).map_err(|e| values::at(&origin, e))?;
        let key = format!("{NAME}.{key}");
        if let Some(before) = self.given.iter().find(|s| s.key == key) {
            warnings.push(format!("{key} of {origin} beats {} of {}", before.key, before.origin));
        }
        self.given.retain(|s| s.key != key);
        self.given.push(Setting { value: (), key, origin });
        Ok(())
    }

    fn take(&mut self, key: &str, values: &[OsString], here: &Path, env: &Environment) -> Result<()> {
        if !KEYS.contains(&key) {
            return Err(unknown_key(key));
        }
        if key == "dirs" {
            let dirs = values.iter().map(|dir| values::path(dir, None, env).map(|dir| here.join(dir)));
            self.settings.dirs = dirs.collect::<Result<_>>()?;
            return Ok(());
        }
        let [text] = values else {
            let many = if values.is_empty() { "no value" } else { "more than one value" };
            return Err(Error::usage(format!("{key} has {many}")));
        };
        let text = text.to_string_lossy();
        let (settings, number) = (&mut self.settings, Number { key, text: text.trim() });
        let limits = &mut settings.limits;
        match key {
            "run" => settings.run = choice(key, &text, &RUN)?,
            "sandbox" => settings.sandbox = choice(key, &text, &SANDBOX)?,
            "cpu_seconds" => limits.cpu = Duration::from_secs(number.within(1, u32::MAX.into(), 600)?),
            "stall_seconds" => limits.stall = Duration::from_secs(number.within(1, u32::MAX.into(), 30)?),
            "memory_mib" => limits.memory = number.within(64, 1 << 24, 1024)? << 20,
            // A frame's length has 32 bits.
            "event_mib" => limits.event = (number.within(1, 1024, 40)? as usize) << 20,
            "spool_mib" => limits.spool = number.within(1, 1 << 24, 16384)? << 20,
            _ => limits.rejects = number.within(0, u64::MAX, 1_000_000)?,
        }
        Ok(())
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
    let values = [
        Value::Array(dirs),
        Value::String(word(settings.run, &RUN).to_owned()),
        Value::String(word(settings.sandbox, &SANDBOX).to_owned()),
        number(limits.cpu.as_secs()),
        number(limits.stall.as_secs()),
        number(limits.memory >> 20),
        number(limits.event as u64 >> 20),
        number(limits.spool >> 20),
        number(limits.rejects),
    ];
    KEYS.into_iter().zip(values).collect()
}

/// The folder of a flag.
pub(super) fn folder(typed: &Path, cwd: Option<&Path>, env: &Environment) -> Result<PathBuf> {
    let dir = values::path(typed.as_os_str(), None, env)?;
    Ok(cwd.map_or_else(|| dir.clone(), |cwd| cwd.join(&dir)))
}

fn unknown_key(key: &str) -> Error {
    let error = Error::usage(format!("unknown key {key:?} in [{NAME}]"));
    match names::nearest(key, KEYS) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(format!("the keys are {}", KEYS.join(", "))),
    }
}

fn choice<T: Copy>(key: &str, text: &str, choices: &[(&str, T)]) -> Result<T> {
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

struct Number<'a> {
    key: &'a str,
    text: &'a str,
}

impl Number<'_> {
    fn within(&self, least: u64, most: u64, usual: u64) -> Result<u64> {
        if let Some(n) = self.text.parse().ok().filter(|n| (least..=most).contains(n)) {
            return Ok(n);
        }
        let range =
            if most == u64::MAX { format!("from {least} on") } else { format!("from {least} to {most}") };
        Err(Error::usage(format!("{} cannot be {:?}", self.key, self.text))
            .hint(format!("give a whole number {range}, such as {usual}")))
    }
}

/// Whether the text after `[plugins]`, which both formats have, is TOML. A header decides, because the other tables and
/// sections differ; else the values, which TOML quotes.
pub(super) fn is_toml<'a>(
    lines: impl Iterator<Item = &'a str>,
    header: impl Fn(&str) -> Option<bool>,
) -> bool {
    let mut by_value = None;
    for line in lines {
        if let Some(toml) = line.starts_with('[').then(|| header(line)).flatten() {
            return toml;
        }
        if by_value.is_none() {
            by_value = looks_quoted(line);
        }
    }
    by_value.unwrap_or(true)
}

/// Whether a setting is written as TOML would, if that can be seen.
fn looks_quoted(line: &str) -> Option<bool> {
    let Some((_, value)) = line.split_once('=') else { return line.contains(':').then_some(false) };
    let value = value.trim();
    if value.starts_with(['"', '\'', '[', '{']) {
        return Some(true);
    }
    // A number is the same in both.
    (!value.starts_with(|c: char| c.is_ascii_digit())).then_some(false)
}
