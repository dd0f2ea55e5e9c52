//! The TOML format of the configuration.
//!
//! ```toml
//! database = "sqlite:////var/lib/workhours/events.db"
//! database_password_file = "/run/secrets/workhours"
//! database_connections = 8
//! jobs = 4
//! filestore = "~/workhours/fs"
//! timezone = "Europe/Berlin"
//! gaptime_min = 15
//! fs.keep = "30d"
//! plugins.dirs = ["plugins.d"]
//! redaction.ticket = 'TCK-(?<secret>\d+)'
//! tags.acme = { url = 'acme\.example' }
//!
//! [[inputs]]
//! type = "log.http"
//! path = ["/var/log/apache2/access.log*", "old/access.log"]
//! label = "web"
//! host = "www1"
//! options = { format = "combined" }
//! ```

mod shape;

use super::formats::{self, Given as GivenFormat};
use super::layer::Layer;
use super::plugins::Given;
use super::setting::Setting;
use super::{InputSpec, hours, reports, rules, values};
use ::toml::{Spanned, Value};
use shape::{File, FormatItem, FormatValue, Input, Paths};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::path::Path;
use workhours_base::environment::Environment;
use workhours_base::error::{Error, Result};
use workhours_base::input::ExpectedEvent;
use workhours_base::names;

/// Reads a whole file; `here` is its directory.
pub(super) fn read(text: &str, file: &Path, here: &Path, env: &Environment) -> Result<Layer> {
    let reader = Reader { text, file: file.display().to_string(), here, env };
    let parsed: File = ::toml::from_str(text).map_err(|e| reader.mistake(&e))?;
    let mut layer = Layer::default();
    if let Some(uri) = parsed.database {
        let read = |text: &String| values::database(text, Some(here), env);
        layer.database = Some(reader.setting("database", &uri, read)?);
    }
    if let Some(path) = parsed.database_password_file {
        let read = |text: &String| values::path(OsStr::new(text), Some(here), env);
        layer.password_file = Some(reader.setting("database_password_file", &path, read)?);
    }
    if let Some(n) = parsed.database_connections {
        layer.connections = Some(reader.setting("database_connections", &n, |n| values::several(*n))?);
    }
    if let Some(value) = parsed.read_only {
        layer.read_only = Some(reader.setting("read_only", &value, |value| Ok(*value))?);
    }
    if let Some(n) = parsed.jobs {
        layer.jobs = Some(reader.setting("jobs", &n, |n| values::several(*n))?);
    }
    if let Some(path) = parsed.filestore {
        let read = |text: &String| values::path(OsStr::new(text), Some(here), env);
        layer.filestore = Some(reader.setting("filestore", &path, read)?);
    }
    if let Some(zone) = parsed.timezone {
        layer.timezone = Some(reader.setting("timezone", &zone, |text| values::timezone(text))?);
    }
    if let Some(minutes) = parsed.gaptime_min {
        layer.gaptime_min = Some(reader.setting("gaptime_min", &minutes, |m| values::gaptime(*m))?);
    }
    if let Some(keep) = parsed.fs.and_then(|fs| fs.keep) {
        let read = |value: &Value| values::keep(&scalar(value).unwrap_or_else(|| value.to_string()));
        layer.fs_keep = Some(reader.setting("fs.keep", &keep, read)?);
    }
    for (key, value) in &parsed.plugins {
        reader.plugins(key, value, &mut layer)?;
    }
    for (kind, value) in &parsed.redaction {
        let origin = reader.origin(value.span());
        let Some(texts) = rules::texts(value.get_ref()) else {
            return Err(Error::usage(format!(
                "{origin}: {kind} is neither a pattern nor a list of patterns"
            )));
        };
        rules::redaction(kind, &texts, &origin, &mut layer.redaction)?;
    }
    for (tag, value) in &parsed.tags {
        let origin = reader.origin(value.span());
        let Some(patterns) = rules::patterns(value.get_ref()) else {
            return Err(Error::usage(format!("{origin}: the tag {tag} has no pattern"))
                .hint("use a pattern, a list of patterns, or a table such as { url = \"…\" }"));
        };
        rules::tag(tag, &patterns, &origin, &mut layer.tags)?;
    }
    for (table, keys) in
        [(hours::HOURS, &parsed.hours), (hours::PROJECTS, &parsed.projects), (hours::RATES, &parsed.rates)]
    {
        // In the order in which they are written: the first project that fits is an event's.
        let mut keys: Vec<_> = keys.iter().collect();
        keys.sort_by_key(|(_, value)| value.span().start);
        for (key, value) in keys {
            let origin = reader.origin(value.span());
            let texts = texts(key, value, &origin)?;
            layer.hours.set(table, key, &texts, &origin)?;
        }
    }
    let mut people: Vec<_> = parsed.people.iter().collect();
    people.sort_by_key(|(_, keys)| keys.span().start);
    let people = people.into_iter().map(|(name, keys)| (Some(name.as_str()), keys.get_ref()));
    for (name, keys) in std::iter::once((None, &parsed.me)).chain(people) {
        let mut keys: Vec<_> = keys.iter().collect();
        keys.sort_by_key(|(_, value)| value.span().start);
        for (key, value) in keys {
            let origin = reader.origin(value.span());
            let texts = texts(key, value, &origin)?;
            layer.hours.set_person(name, key, &texts, &origin)?;
        }
    }
    for (key, value) in &parsed.reports {
        let origin = reader.origin(value.span());
        let texts = texts(key, value, &origin)?;
        reports::set(&mut layer.reports, key, &texts, &origin)?;
    }
    for (key, value) in &parsed.limits {
        let origin = reader.origin(value.span());
        let Some(text) = scalar(value.get_ref()) else {
            return Err(Error::usage(format!("{origin}: {key} is not a single value")));
        };
        layer.limits.set(key, &[text], &origin)?;
    }
    for (key, value) in &parsed.server {
        let origin = reader.origin(value.span());
        let list = match value.get_ref() {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        let Some(texts) = list.iter().map(scalar).collect::<Option<Vec<_>>>() else {
            return Err(Error::usage(format!("{origin}: {key} is not a single value or a list of such")));
        };
        layer.server.set(key, &texts, here, env).map_err(|e| values::at(&origin, e))?;
    }
    for input in parsed.inputs {
        reader.input(input, &mut layer)?;
    }
    for (name, format) in parsed.formats {
        reader.format(&name, format, &mut layer)?;
    }
    Ok(layer)
}

struct Reader<'a> {
    text: &'a str,
    file: String,
    here: &'a Path,
    env: &'a Environment,
}

impl Reader<'_> {
    fn origin(&self, span: Range<usize>) -> String {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        format!("{}:{}", self.file, 1 + before.iter().filter(|b| **b == b'\n').count())
    }

    fn setting<V, T>(
        &self,
        key: &str,
        value: &Spanned<V>,
        read: impl FnOnce(&V) -> Result<T>,
    ) -> Result<Setting<T>> {
        let origin = self.origin(value.span());
        let value = read(value.get_ref()).map_err(|e| values::at(&origin, e))?;
        Ok(Setting { value, key: key.to_owned(), origin })
    }

    fn plugins(&self, key: &str, value: &Spanned<Value>, layer: &mut Layer) -> Result<()> {
        let origin = self.origin(value.span());
        let list = match value.get_ref() {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        let texts: Option<Vec<_>> = list.iter().map(|value| scalar(value).map(OsString::from)).collect();
        let Some(values) = texts else {
            return Err(Error::usage(format!("{origin}: {key} is not a single value or a list of such")));
        };
        let given = Given { key, values: &values, origin };
        layer.plugins.set(given, self.here, self.env, &mut layer.warnings)
    }

    fn input(&self, input: Input, layer: &mut Layer) -> Result<()> {
        let optional = |value: &Option<Spanned<String>>| {
            value.as_ref().map(|v| (self.origin(v.span()), v.get_ref().clone()))
        };
        let timezone = optional(&input.timezone)
            .map(|(origin, text)| values::timezone(&text).map_err(|e| values::at(&origin, e)));
        let activity = optional(&input.activity)
            .map(|(origin, text)| values::activity(&text).map_err(|e| values::at(&origin, e)));
        let mut options = BTreeMap::new();
        for (key, value) in &input.options {
            let text = scalar(value.get_ref()).ok_or_else(|| {
                Error::usage(format!("{}: the option {key} is not a single value", self.origin(value.span())))
                    .hint("use a string, a number, true or false")
            })?;
            options.insert(key.clone(), text);
        }
        let common = InputSpec {
            source_type: input.r#type,
            label: input.label,
            host: input.host,
            user: input.user,
            scope: input.scope,
            timezone: timezone.transpose()?,
            activity: activity.transpose()?,
            options,
            ..InputSpec::default()
        };
        let span = input.path.span();
        let paths = match input.path.into_inner() {
            Paths::One(path) => vec![(span, path)],
            Paths::Many(paths) => paths.into_iter().map(|p| (p.span(), p.into_inner())).collect(),
        };
        for (span, text) in paths {
            let origin = self.origin(span);
            let path = values::path(OsStr::new(&text), Some(self.here), self.env);
            let path = path.map_err(|e| values::at(&origin, e))?;
            layer.inputs.push(InputSpec { path, origin, ..common.clone() });
        }
        Ok(())
    }

    fn format(
        &self,
        name: &str,
        table: Spanned<BTreeMap<String, Spanned<FormatValue>>>,
        layer: &mut Layer,
    ) -> Result<()> {
        let format = formats::begin(&mut layer.formats, name, self.origin(table.span()))?;
        for (key, value) in table.into_inner() {
            let origin = self.origin(value.span());
            let given = match value.into_inner() {
                FormatValue::One(text) => GivenFormat::Text(text),
                FormatValue::Many(items) => self.list(&key, items)?,
            };
            formats::set(format, &key, given, &origin)?;
        }
        formats::finish(format)
    }

    /// A list of single values, or of the tables of `expect`.
    fn list(&self, key: &str, items: Vec<Spanned<FormatItem>>) -> Result<GivenFormat> {
        let (mut texts, mut events) = (Vec::new(), Vec::new());
        for item in items {
            let origin = self.origin(item.span());
            let not_single = |what: &str| {
                Error::usage(format!("{origin}: {what} is not a single value"))
                    .hint("use a string, a number, a date, true or false")
            };
            match item.into_inner() {
                FormatItem::One(value) => texts.push(scalar(&value).ok_or_else(|| not_single(key))?),
                FormatItem::Table(fields) => {
                    let mut event = ExpectedEvent { origin: origin.clone(), fields: Vec::new() };
                    for (field, value) in fields {
                        let text = match &value {
                            Value::Array(list) => list
                                .iter()
                                .map(scalar)
                                .collect::<Option<Vec<_>>>()
                                .map(|list| list.join(", ")),
                            single => scalar(single),
                        };
                        event.fields.push((field.clone(), text.ok_or_else(|| not_single(&field))?));
                    }
                    events.push(event);
                }
            }
        }
        match (texts.is_empty(), events.is_empty()) {
            (_, true) => Ok(GivenFormat::List(texts)),
            (true, false) => Ok(GivenFormat::Events(events)),
            _ => Err(Error::usage(format!("{key} mixes values and tables"))),
        }
    }

    /// serde's message, placed, and for a wrong key the nearest right one, which serde lists.
    fn mistake(&self, error: &::toml::de::Error) -> Error {
        let origin = error.span().map_or_else(|| self.file.clone(), |span| self.origin(span));
        let message = error.message();
        let mut quoted = message.split('`').skip(1).step_by(2);
        if !message.starts_with("unknown field") {
            return Error::usage(format!("{origin}: {}", message.trim_end().replace('\n', ", ")));
        }
        let wrong = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        let error = Error::usage(format!("{origin}: unknown key {wrong:?}"));
        match names::nearest(wrong, known.iter().copied()) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("the keys here are {}", known.join(", "))),
        }
    }
}

/// Strings, numbers and truth values as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            Some(value.to_string())
        }
        Value::Array(_) | Value::Table(_) => None,
    }
}

fn texts(key: &str, value: &Spanned<Value>, origin: &str) -> Result<Vec<String>> {
    hours::texts(value.get_ref())
        .ok_or_else(|| Error::usage(format!("{origin}: {key} is neither a text nor a list of texts")))
}
