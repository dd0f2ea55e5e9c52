//! Formats that a config file declares: `[formats.NAME]` in TOML, `[format:NAME]` in INI. Each becomes a source
//! type; what its options mean, and whether there is a source of its kind, is for the registry to say.

use super::values;
use workhours_base::error::{Error, Result};
use workhours_base::input::{ExpectedEvent, FormatSpec};

/// The table's name in TOML.
pub(super) const NAME: &str = "formats";

/// The prefix of an INI section.
pub(super) const SECTION: &str = "format:";

/// The value of a key, in either file format.
pub(super) enum Given {
    Text(String),
    List(Vec<String>),
    Events(Vec<ExpectedEvent>),
}

/// Begins a format.
pub(super) fn begin<'f>(
    formats: &'f mut Vec<FormatSpec>,
    name: &str,
    origin: String,
) -> Result<&'f mut FormatSpec> {
    let word = |w: &str| {
        !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    };
    if !name.split('.').all(word) || name == "auto" {
        return Err(Error::usage(format!("{origin}: {name:?} cannot name a format"))
            .hint("use lower-case words with dots between, such as time.sheet"));
    }
    if let Some(before) = formats.iter().find(|f| f.name == name) {
        let text = format!("{origin}: the format {name} is declared at {} already", before.origin);
        return Err(Error::usage(text).hint("give one of them another name"));
    }
    let at = formats.len();
    formats.push(FormatSpec { name: name.to_owned(), origin, ..FormatSpec::default() });
    Ok(&mut formats[at])
}

/// Takes a key.
pub(super) fn set(format: &mut FormatSpec, key: &str, given: Given, origin: &str) -> Result<()> {
    take(format, key, given, origin).map_err(|e| values::at(origin, e))
}

fn take(format: &mut FormatSpec, key: &str, given: Given, origin: &str) -> Result<()> {
    match (key, given) {
        ("expect", Given::Events(events)) => format.expect = events,
        ("expect", Given::List(none)) if none.is_empty() => {}
        ("expect", _) => {
            return Err(Error::usage("expect is a list of tables, one for each event of the sample"));
        }
        ("locations", Given::List(paths)) => format.locations = paths,
        ("locations", Given::Text(path)) => format.locations = vec![path],
        (_, Given::Text(text)) => self::text(format, key, text, origin)?,
        _ => return Err(Error::usage(format!("{key} is not a single value"))),
    }
    Ok(())
}

fn text(format: &mut FormatSpec, key: &str, text: String, origin: &str) -> Result<()> {
    match key {
        "kind" => format.kind = text,
        "summary" => format.summary = Some(text),
        "activity" => format.activity = Some(values::activity(&text)?),
        "event_kind" => format.event_kind = Some(text),
        "timezone" => format.timezone = Some(values::timezone(&text)?),
        "sample" => format.sample = Some(text),
        "expect_events" => format.expect_events = Some(count(key, &text)?),
        "expect_rejects" => format.expect_rejects = Some(count(key, &text)?),
        _ => {
            format.options.insert(key.to_owned(), (text, origin.to_owned()));
        }
    }
    Ok(())
}

/// Errors that show once all keys are there.
pub(super) fn finish(format: &FormatSpec) -> Result<()> {
    let wrong = |what: String| Error::usage(format!("{}: the format {} {what}", format.origin, format.name));
    if format.kind.is_empty() {
        return Err(wrong("has no kind".to_owned()).hint("say which source reads it: kind = …"));
    }
    let expects =
        !format.expect.is_empty() || format.expect_events.is_some() || format.expect_rejects.is_some();
    if expects && format.sample.is_none() {
        return Err(wrong("expects something of a sample it does not have".to_owned())
            .hint("give a piece of input as sample"));
    }
    let kind = format.event_kind.as_deref().unwrap_or("x");
    if kind.is_empty()
        || !kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
    {
        return Err(wrong(format!("gives its events the kind {kind:?}"))
            .hint("use lower-case words with dots between, such as work.entry"));
    }
    if format.summary.as_deref().is_some_and(|s| s.is_empty() || s.contains('\n')) {
        return Err(wrong("has a summary that is not one line".to_owned()));
    }
    Ok(())
}

fn count(key: &str, text: &str) -> Result<u64> {
    let parsed = text.trim().parse();
    parsed.map_err(|_| Error::usage(format!("{key} cannot be {text:?}")).hint("give a whole number"))
}

/// The formats as keys and values of TOML, without secrets.
pub(super) fn shown(
    format: &FormatSpec,
    hide: impl Fn(&str, &str) -> String,
) -> Vec<(String, ::toml::Value)> {
    use ::toml::Value;
    let text = |value: &str| Value::String(value.to_owned());
    let mut pairs = vec![("kind".to_owned(), text(&format.kind))];
    let zone = format.timezone.map(|zone| zone.name().to_owned());
    let optional = [
        ("summary", &format.summary),
        ("activity", &format.activity),
        ("event_kind", &format.event_kind),
        ("timezone", &zone),
    ];
    for (key, value) in optional {
        pairs.extend(value.as_deref().map(|value| (key.to_owned(), text(value))));
    }
    if !format.locations.is_empty() {
        let list = format.locations.iter().map(|path| text(path)).collect();
        pairs.push(("locations".to_owned(), Value::Array(list)));
    }
    pairs.extend(format.options.iter().map(|(key, (value, _))| (key.clone(), text(&hide(key, value)))));
    pairs.extend(format.sample.as_deref().map(|sample| ("sample".to_owned(), text(sample))));
    for (key, number) in [("expect_events", format.expect_events), ("expect_rejects", format.expect_rejects)]
    {
        let number = number.map(|n| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX)));
        pairs.extend(number.map(|n| (key.to_owned(), n)));
    }
    if !format.expect.is_empty() {
        let table = |event: &ExpectedEvent| {
            Value::Table(event.fields.iter().map(|(key, value)| (key.clone(), text(value))).collect())
        };
        pairs.push(("expect".to_owned(), Value::Array(format.expect.iter().map(table).collect())));
    }
    pairs
}
