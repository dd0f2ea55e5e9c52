//! The configuration in effect, as TOML that reads back to the same, with secrets hidden and a note of where
//! each input came from.

use super::{
    Config, FormatSpec, InputSpec, alerts, formats, plugins, receivers, reports, rules, schedules, values,
};
use ::toml::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use workhours_base::database::{encode_path, is_secret, mask};
use workhours_query::people::Person;

/// Writes `config` as TOML. Passwords become `***`; relative paths are made absolute, since a config file reads
/// them from its own directory.
pub fn show(config: &Config) -> String {
    let mut out = String::new();
    match &config.file {
        Some(file) => note(&mut out, &format!("from {}", file.display())),
        None => note(&mut out, "from no config file"),
    }
    set(&mut out, "database", &config.database.to_string());
    if let Some(file) = &config.database_password_file {
        set(&mut out, "database_password_file", &path_text(file));
    }
    pair(&mut out, "database_connections", &Value::Integer(config.database_connections.into()));
    pair(&mut out, "read_only", &Value::Boolean(config.read_only));
    pair(&mut out, "jobs", &Value::Integer(config.jobs.into()));
    set(&mut out, "filestore", &path_text(&config.filestore));
    set(&mut out, "timezone", config.timezone.name());
    pair(&mut out, "gaptime_min", &Value::Float(config.gaptime_min));
    set(&mut out, "columns", config.columns.as_str());
    set(&mut out, "fs.keep", &config.fs_keep.to_string());
    for (key, value) in plugins::shown(&config.plugins, path_text) {
        pair(&mut out, &format!("plugins.{key}"), &value);
    }
    for (key, value) in config.limits.shown() {
        pair(&mut out, &key, &value);
    }
    for (key, value) in rules::shown(&config.redaction, &config.tags) {
        pair(&mut out, &key, &value);
    }
    for (key, value) in config.hours.shown() {
        pair(&mut out, &key, &value);
    }
    for (key, value) in reports::shown(&config.reports) {
        pair(&mut out, &key, &value);
    }
    for (key, value) in alerts::shown(&config.alerts) {
        pair(&mut out, &key, &value);
    }
    for (key, value) in receivers::shown(&config.receivers, path_text) {
        pair(&mut out, &key, &value);
    }
    for (key, value) in config.retention.shown() {
        pair(&mut out, &key, &value);
    }
    for (key, value) in schedules::shown(&config.schedules) {
        pair(&mut out, &key, &value);
    }
    for (key, value) in config.index.shown(path_text) {
        pair(&mut out, &key, &value);
    }
    for (key, value) in config.server.shown(path_text) {
        pair(&mut out, &key, &value);
    }
    for (key, value) in config.watch.shown() {
        pair(&mut out, &key, &value);
    }
    for input in &config.inputs {
        out.push('\n');
        show_input(&mut out, input);
    }
    for format in &config.formats {
        out.push('\n');
        show_format(&mut out, format);
    }
    out
}

/// Writes `[me]` as in a config file; nothing if it isn't known.
pub fn show_me(me: &Person) -> String {
    let mut out = String::new();
    let known = [("names", &me.names), ("emails", &me.emails), ("users", &me.users), ("hosts", &me.hosts)];
    for (key, texts) in known.into_iter().filter(|(_, texts)| !texts.is_empty()) {
        if out.is_empty() {
            out.push_str("\n# Whose traces count as yours.\n[me]\n");
        }
        pair(&mut out, key, &Value::Array(texts.iter().cloned().map(Value::String).collect()));
    }
    out
}

/// Writes inputs as in a separate config file.
pub fn show_inputs(inputs: &[InputSpec]) -> String {
    let mut out = String::new();
    for input in inputs {
        out.push('\n');
        show_input(&mut out, input);
    }
    out
}

fn show_input(out: &mut String, input: &InputSpec) {
    note(out, &input.origin);
    out.push_str("[[inputs]]\n");
    set(out, "type", &input.source_type);
    set(out, "path", &path_text(&input.path));
    if !input.label.is_empty() {
        set(out, "label", &input.label);
    }
    let zone = input.timezone.map(|zone| zone.name().to_owned());
    let optional = [
        ("host", &input.host),
        ("user", &input.user),
        ("scope", &input.scope),
        ("timezone", &zone),
        ("activity", &input.activity),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            set(out, key, value);
        }
    }
    if !input.options.is_empty() {
        let options = input.options.iter().map(|(key, value)| {
            let value = if is_secret(key) { "***".to_owned() } else { mask(value) };
            (key.clone(), Value::String(value))
        });
        pair(out, "options", &Value::Table(options.collect()));
    }
}

fn show_format(out: &mut String, format: &FormatSpec) {
    note(out, &format.origin);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "[{}.{}]", formats::NAME, Value::String(format.name.clone()));
    let hide = |key: &str, value: &str| if is_secret(key) { "***".to_owned() } else { value.to_owned() };
    for (key, value) in formats::shown(format, hide) {
        let bare = key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        pair(out, if bare { key } else { Value::String(key).to_string() }.as_str(), &value);
    }
}

/// One comment line, whatever is in the text.
fn note(out: &mut String, text: &str) {
    out.push_str("# ");
    out.extend(text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }));
    out.push('\n');
}

fn set(out: &mut String, key: &str, value: &str) {
    pair(out, key, &Value::String(value.to_owned()));
}

fn pair(out: &mut String, key: &str, value: &Value) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{key} = {value}");
}

/// The path as the reader takes it: absolute, and as a `file:` URI where TOML could not hold it.
fn path_text(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "-".to_owned();
    }
    if path.to_str().is_some_and(|text| text.contains("://")) {
        return mask(&path.to_string_lossy());
    }
    let cwd = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let path = values::join(&cwd, path);
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => format!("file://{}", encode_path(&path)),
    }
}
