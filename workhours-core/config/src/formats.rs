//! Formats that a config file declares: `[formats.NAME]` in TOML, `[format:NAME]` in INI. Each becomes a source
//! type; what its options mean, and whether there is a source of its kind, is for the registry to say.

use super::tree::{Decimals, Entries, List, Scalar, Setting, TextVisitor, set};
use super::values;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::fmt;
use workhours_base::error::{Error, Result};
use workhours_base::input::{ExpectedEvent, FormatSpec};

/// The table's name in TOML.
pub(super) const NAME: &str = "formats";

/// The keys of a format.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "a table")]
pub(super) struct Keys {
    /// The source type that reads it.
    kind: Option<Setting<Text>>,
    /// A line for the list of source types.
    summary: Option<Setting<Text>>,
    /// Whose traces they are.
    activity: Option<Setting<Text>>,
    /// The kind of its events.
    event_kind: Option<Setting<Text>>,
    /// The zone of its local times.
    timezone: Option<Setting<Text>>,
    /// Where such inputs usually are.
    locations: Option<Setting<List<Scalar>>>,
    /// A piece of input to test the format with.
    sample: Option<Setting<Text>>,
    /// Fields of the events of the sample.
    expect: Vec<Setting<Fields>>,
    /// How many events the sample has.
    expect_events: Option<Setting<Text>>,
    /// How many rejects the sample has.
    expect_rejects: Option<Setting<Text>>,
    /// Options of the source.
    #[serde(rename = "*")]
    options: Entries<Text>,
}

/// A single value of a format, as text.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let expecting = "a single value (a name with dots needs quotes: [formats.\"a.b\"])";
        let numbers = Some(Decimals::Dropped);
        deserializer.deserialize_string(TextVisitor { expecting, numbers, truth: true }).map(Self)
    }
}

/// The fields of an event that is expected.
struct Fields(Entries<List<Scalar>>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of tables, one for each event of the sample")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Fields, A::Error> {
                Entries::deserialize(MapAccessDeserializer::new(map)).map(Fields)
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// The formats.
pub(super) fn formats(table: Entries<Keys>) -> Result<Vec<FormatSpec>> {
    let mut formats: Vec<FormatSpec> = Vec::new();
    for (name, Setting { value: keys, origin, .. }) in table.sorted() {
        check_name(&name, &origin)?;
        if let Some(before) = formats.iter().find(|f| f.name == name) {
            let text = format!("{origin}: the format {name} is declared at {} already", before.origin);
            return Err(Error::usage(text).hint("give one of them another name"));
        }
        formats.push(keys.spec(name, origin)?);
    }
    Ok(formats)
}

fn check_name(name: &str, origin: &str) -> Result<()> {
    let word = |w: &str| {
        !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    };
    if !name.split('.').all(word) || name == "auto" {
        return Err(Error::usage(format!("{origin}: {name:?} cannot name a format"))
            .hint("use lower-case words with dots between, such as time.sheet"));
    }
    Ok(())
}

impl Keys {
    fn spec(self, name: String, origin: String) -> Result<FormatSpec> {
        let mut format = FormatSpec { name, origin, ..FormatSpec::default() };
        set(&mut format.kind, self.kind, |Text(text)| Ok(text))?;
        set(&mut format.summary, self.summary, |Text(text)| Ok(Some(text)))?;
        set(&mut format.activity, self.activity, |Text(text)| values::activity(&text).map(Some))?;
        set(&mut format.event_kind, self.event_kind, |Text(text)| Ok(Some(text)))?;
        set(&mut format.timezone, self.timezone, |Text(text)| values::timezone(&text).map(Some))?;
        set(&mut format.locations, self.locations, |List(paths)| {
            Ok(paths.into_iter().map(|Scalar(path)| path).collect())
        })?;
        set(&mut format.sample, self.sample, |Text(text)| Ok(Some(text)))?;
        set(&mut format.expect_events, self.expect_events, |text| count("expect_events", &text).map(Some))?;
        set(&mut format.expect_rejects, self.expect_rejects, |text| {
            count("expect_rejects", &text).map(Some)
        })?;
        let event = |Setting { value: Fields(fields), origin, .. }: Setting<Fields>| {
            let texts = |list: List<Scalar>| list.0.into_iter().map(|Scalar(text)| text).collect::<Vec<_>>();
            let fields = fields.sorted().map(|(field, setting)| (field, texts(setting.value).join(", ")));
            ExpectedEvent { origin, fields: fields.collect() }
        };
        format.expect = self.expect.into_iter().map(event).collect();
        let options = self.options.sorted().map(|(key, option)| (key, (option.value.0, option.origin)));
        format.options = options.collect();
        finish(&format)?;
        Ok(format)
    }
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

fn count(key: &str, Text(text): &Text) -> Result<u64> {
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
