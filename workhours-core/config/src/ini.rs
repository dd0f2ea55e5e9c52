//! The old tool's format: `[main]` with dotted keys, `[source type]` sections of `label = path` lines, and
//! `[plugins]`, `[redaction]` and `[tags]`, which it did not have.
//!
//! ```ini
//! [main]
//! eventsdb.uri = sqlite:///%(here)s/events.db
//! fs.uri = %(here)s/fs
//!
//! [log.http]
//! web = /var/log/apache2/access.log*
//!     ~/old-server/access.log
//! web.host = www1
//! ```
//!
//! `lines` decides which lines belong together. Source types aren't checked here.

use super::formats;
use super::ini_inputs;
use super::layer::Layer;
use super::lines::{self, Entry, Section};
use super::plugins::{self, Given};
use super::setting::Setting;
use super::{
    DatabaseUri, InputSpec, ServerSettings, SqlitePath, hours, limits, reports, rules, server, values,
};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use workhours_base::database as uri;
use workhours_base::environment::Environment;
use workhours_base::error::{Error, Result};
use workhours_base::names;

/// The keys of `[main]`, each with the one it is another name for.
const KEYS: [(&str, &str); 13] = [
    ("fs.uri", "fs.uri"),
    ("fs.url", "fs.uri"),
    ("fs.keep", "fs.keep"),
    ("eventsdb.uri", "eventsdb.uri"),
    ("eventsdb.url", "eventsdb.uri"),
    ("db_main.url", "eventsdb.uri"),
    ("db_main.uri", "eventsdb.uri"),
    ("eventsdb.password_file", "eventsdb.password_file"),
    ("eventsdb.connections", "eventsdb.connections"),
    ("read_only", "read_only"),
    ("jobs", "jobs"),
    ("timezone", "timezone"),
    ("gaptime", "gaptime"),
];

/// Keys of `[main]` for a missing engine.
const NOT_YET: [&str; 2] = ["esdb.url", "esdb.uri"];

/// Sections of other programs that share the file: Paste's have a colon, these are `logging`'s and its kin.
const FOREIGN: [&str; 6] = ["DEFAULT", "loggers", "handlers", "formatters", "alembic", "uwsgi"];
const FOREIGN_PREFIXES: [&str; 3] = ["logger_", "handler_", "formatter_"];

/// Reads a whole file; `here` is its directory.
pub(super) fn read(text: &str, file: &Path, here: &Path, env: &Environment) -> Result<Layer> {
    let reader = Reader { file: file.display().to_string(), path: file, here, env };
    let mut layer = Layer::default();
    for section in lines::sections(text, &reader.file)? {
        if let Some(name) = section.name.strip_prefix(formats::SECTION) {
            reader.format(name.trim(), &section, &mut layer)?;
            continue;
        }
        if section.name == server::SECTION {
            reader.server(&section, &mut layer)?;
            continue;
        }
        if is_foreign(section.name) {
            layer.warnings.push(format!("{}:{}: [{}] is not used", reader.file, section.line, section.name));
            continue;
        }
        for entry in &section.entries {
            let origin = format!("{}:{}", reader.file, entry.line);
            if !entry.has_value {
                return Err(Error::usage(format!("{origin}: {:?} has no value", entry.key))
                    .hint("write KEY = VALUE; indent a line that continues the one before"));
            }
            if section.name.eq_ignore_ascii_case("main") {
                reader.setting(entry, origin, &mut layer)?;
            } else if section.name.eq_ignore_ascii_case(plugins::NAME) {
                reader.plugins(entry, origin, &mut layer)?;
            } else if section.name.eq_ignore_ascii_case(limits::NAME) {
                layer.limits.set(entry.key, &texts(entry), &origin)?;
            } else if section.name.eq_ignore_ascii_case(rules::REDACTION) {
                rules::redaction(entry.key, &texts(entry), &origin, &mut layer.redaction)?;
            } else if section.name.eq_ignore_ascii_case(rules::TAGS) {
                let patterns: Vec<_> = texts(entry).into_iter().map(|pattern| (None, pattern)).collect();
                rules::tag(entry.key, &patterns, &origin, &mut layer.tags)?;
            } else if let Some(table) = [hours::HOURS, hours::PROJECTS, hours::RATES]
                .into_iter()
                .find(|table| section.name.eq_ignore_ascii_case(table))
            {
                layer.hours.set(table, entry.key, &texts(entry), &origin)?;
            } else if section.name.eq_ignore_ascii_case(hours::ME) {
                layer.hours.set_person(None, entry.key, &texts(entry), &origin)?;
            } else if let Some(name) = section.name.strip_prefix("people.") {
                layer.hours.set_person(Some(name), entry.key, &texts(entry), &origin)?;
            } else if section.name.eq_ignore_ascii_case(reports::NAME) {
                reports::set(&mut layer.reports, entry.key, &texts(entry), &origin)?;
            } else if ini_inputs::setting_of(&section, entry.key).is_none() {
                reader.inputs(&section, entry, &mut layer)?;
            }
        }
    }
    Ok(layer)
}

/// The values of a key, one on each of its lines. Patterns contain percent signs, so nothing is substituted.
fn texts(entry: &Entry<'_>) -> Vec<String> {
    entry.values.iter().map(|(_, text)| (*text).to_owned()).collect()
}

fn is_foreign(section: &str) -> bool {
    section.contains(':')
        || FOREIGN.contains(&section)
        || FOREIGN_PREFIXES.iter().any(|prefix| section.starts_with(prefix))
}

struct Reader<'a> {
    file: String,
    path: &'a Path,
    here: &'a Path,
    env: &'a Environment,
}

impl Reader<'_> {
    fn setting(&self, entry: &Entry<'_>, origin: String, layer: &mut Layer) -> Result<()> {
        let typed = entry.key.to_ascii_lowercase();
        let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == typed) else {
            if NOT_YET.contains(&typed.as_str()) {
                layer.warnings.push(format!("{origin}: {} is not used yet", entry.key));
                return Ok(());
            }
            return Err(unknown_key(entry.key, &origin));
        };
        let text = match entry.values[..] {
            [(_, text)] => text,
            [] => {
                layer.warnings.push(format!("{origin}: {} is empty, so its default holds", entry.key));
                return Ok(());
            }
            _ => {
                return Err(Error::usage(format!("{origin}: {} has more than one value", entry.key))
                    .hint("only inputs may go on in indented lines"));
            }
        };
        let here = Some(self.here);
        let warnings = &mut layer.warnings;
        let place = Place { key: entry.key, origin: &origin, warnings };
        match *key {
            "eventsdb.uri" => {
                // In a URI the directory must survive percent-decoding.
                let dir = OsString::from(uri::encode_path(self.here));
                let text = self.interpolate(text, &dir, &origin)?;
                let text = text.to_string_lossy();
                if let Some(warning) = self.moved(&text) {
                    place.warnings.push(format!("{origin}: {warning}"));
                }
                place.put(&mut layer.database, values::database(&text, here, self.env))
            }
            "fs.uri" => {
                let text = self.interpolate(text, self.here.as_os_str(), &origin)?;
                place.put(&mut layer.filestore, values::path(&text, here, self.env))
            }
            "eventsdb.password_file" => {
                let text = self.interpolate(text, self.here.as_os_str(), &origin)?;
                place.put(&mut layer.password_file, values::path(&text, here, self.env))
            }
            "eventsdb.connections" => place.put(&mut layer.connections, values::several_text(text)),
            "read_only" => place.put(&mut layer.read_only, values::truth_text(text)),
            "jobs" => place.put(&mut layer.jobs, values::several_text(text)),
            "fs.keep" => place.put(&mut layer.fs_keep, values::keep(text)),
            "timezone" => place.put(&mut layer.timezone, values::timezone(text)),
            _ => place.put(&mut layer.gaptime_min, values::gaptime_text(text)),
        }
    }

    /// The site's address. Files for Paste have further keys there, for its servers.
    fn server(&self, section: &Section<'_>, layer: &mut Layer) -> Result<()> {
        for entry in &section.entries {
            let origin = format!("{}:{}", self.file, entry.line);
            let key = entry.key.to_ascii_lowercase();
            if !ServerSettings::knows(&key) {
                layer.warnings.push(format!("{origin}: {} of [{}] is not used", entry.key, section.name));
                continue;
            }
            let put_in = |text: String| self.interpolate(&text, self.here.as_os_str(), &origin);
            let given = texts(entry).into_iter().map(put_in).collect::<Result<Vec<_>>>()?;
            let given: Vec<String> = given.iter().map(|text| text.to_string_lossy().into_owned()).collect();
            layer.server.set(&key, &given, self.here, self.env).map_err(|e| values::at(&origin, e))?;
        }
        Ok(())
    }

    /// A format, with the keys of TOML except the sample: INI values are trimmed and lose their comments, so a sample
    /// would change.
    fn format(&self, name: &str, section: &Section<'_>, layer: &mut Layer) -> Result<()> {
        let format = formats::begin(&mut layer.formats, name, format!("{}:{}", self.file, section.line))?;
        for entry in &section.entries {
            let origin = format!("{}:{}", self.file, entry.line);
            if entry.key == "sample" || entry.key.starts_with("expect") {
                return Err(Error::usage(format!("{origin}: {} needs a config file in TOML", entry.key))
                    .hint("workhours config show writes this one as TOML"));
            }
            if !entry.has_value {
                return Err(
                    Error::usage(format!("{origin}: {:?} has no value", entry.key)).hint("write KEY = VALUE")
                );
            }
            let given = match &entry.values[..] {
                [] => formats::Given::Text(String::new()),
                [(_, text)] => formats::Given::Text((*text).to_owned()),
                many => formats::Given::List(many.iter().map(|(_, text)| (*text).to_owned()).collect()),
            };
            formats::set(format, entry.key, given, &origin)?;
        }
        formats::finish(format)
    }

    fn plugins(&self, entry: &Entry<'_>, origin: String, layer: &mut Layer) -> Result<()> {
        if entry.values.is_empty() {
            layer.warnings.push(format!("{origin}: {} is empty, so its default holds", entry.key));
            return Ok(());
        }
        let interpolate = |(_, text): &(usize, &str)| self.interpolate(text, self.here.as_os_str(), &origin);
        let values = entry.values.iter().map(interpolate).collect::<Result<Vec<_>>>()?;
        let key = entry.key.to_ascii_lowercase();
        let given = Given { key: &key, values: &values, origin };
        layer.plugins.set(given, self.here, self.env, &mut layer.warnings)
    }

    /// The old tool resolved a relative database against the working directory. Print a note if there is still one
    /// there.
    fn moved(&self, uri: &str) -> Option<String> {
        let Ok(DatabaseUri::Sqlite(SqlitePath::File(path))) = uri.parse() else { return None };
        let old = self.env.cwd.as_ref()?.join(&path);
        (path.is_relative() && old.exists() && !self.here.join(&path).exists()).then(|| {
            let dir = self.here.display();
            format!("{} is looked for in {dir}, beside this file, not in {}", path.display(), old.display())
        })
    }

    fn inputs(&self, section: &Section<'_>, entry: &Entry<'_>, layer: &mut Layer) -> Result<()> {
        let settings = ini_inputs::settings(section, entry.key, &self.file)?;
        if entry.values.is_empty() {
            layer.warnings.push(format!(
                "{}:{}: {} of [{}] has no path, so it is not read",
                self.file, entry.line, entry.key, section.name
            ));
        }
        for (line, text) in &entry.values {
            let origin = format!("{}:{line}", self.file);
            let escaped = values::escape_glob(self.here);
            let glob = values::is_glob(OsStr::new(text));
            let dir = if glob { escaped.as_os_str() } else { self.here.as_os_str() };
            let path = self.interpolate(text, dir, &origin)?;
            layer.inputs.push(InputSpec {
                source_type: section.name.to_owned(),
                label: entry.key.to_owned(),
                path: values::path(&path, Some(self.here), self.env).map_err(|e| values::at(&origin, e))?,
                origin,
                ..settings.clone()
            });
        }
        Ok(())
    }

    /// `%(here)s` becomes `dir`, `%%` a percent sign. A lone `%` stays, since log names may have one.
    fn interpolate(&self, text: &str, dir: &OsStr, origin: &str) -> Result<OsString> {
        let mut out = OsString::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            out.push(before);
            if let Some(tail) = after.strip_prefix('%') {
                out.push("%");
                rest = tail;
            } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|t| t.split_once(")s")) {
                match name {
                    "here" => out.push(dir),
                    "__file__" => {
                        out.push(Path::new(dir).join(self.path.file_name().unwrap_or_default()));
                    }
                    _ => {
                        return Err(Error::usage(format!("{origin}: unknown variable %({name})s"))
                            .hint("only %(here)s is known: the directory of this file"));
                    }
                }
                rest = tail;
            } else {
                out.push("%");
                rest = after;
            }
        }
        out.push(rest);
        Ok(out)
    }
}

/// Where a setting is, and who gets warnings about it.
struct Place<'a> {
    key: &'a str,
    origin: &'a str,
    warnings: &'a mut Vec<String>,
}

impl Place<'_> {
    /// Takes the value; the last of several wins, and the user hears of it.
    fn put<T>(self, slot: &mut Option<Setting<T>>, value: Result<T>) -> Result<()> {
        let value = value.map_err(|e| values::at(self.origin, e))?;
        let key = format!("main.{}", self.key);
        if let Some(before) = slot {
            self.warnings.push(format!("{key} of {} beats {} of {}", self.origin, before.key, before.origin));
        }
        *slot = Some(Setting { value, key, origin: self.origin.to_owned() });
        Ok(())
    }
}

fn unknown_key(key: &str, origin: &str) -> Error {
    let known = KEYS.iter().map(|(name, _)| *name).chain(NOT_YET);
    let error = Error::usage(format!("{origin}: unknown key {key:?} in [main]"));
    match names::nearest(key, known.clone()) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(format!("the keys are {}", known.collect::<Vec<_>>().join(", "))),
    }
}
