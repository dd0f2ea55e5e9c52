//! The keys of `[hours]`, `[projects]` and `[rates]`, and what they mean.

use super::{HoursSettings, ProjectRule, clock, longest, number, rates, targets, travel};
use crate::tree::{AtLeastOne, Entries, One, Scalar, Setting, Word};
use crate::{people, values};
use ::toml::Value;
use chrono_tz::Tz;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::fmt;
use workhours_base::error::{Error, Result};
use workhours_base::zones::Zones;
use workhours_query::{Field, parse};

/// The keys of `[hours]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(in super::super) struct Keys {
    /// Whose traces count.
    activity: Option<Setting<Words>>,
    /// The currency of prices.
    currency: Option<Setting<One<Word>>>,
    /// When a day begins.
    day_start: Option<Setting<One<Word>>>,
    /// Maximum hours of one trace.
    longest: Option<Setting<One<Word>>>,
    /// Minutes to add before a session's first event.
    pad: Option<Setting<One<Word>>>,
    /// The price of an hour, or prices with the days from which they apply.
    rate: Option<Setting<Rates>>,
    /// Folders whose sub-folders are projects.
    roots: Option<Setting<Words>>,
    /// How hours are rounded.
    round: Option<Setting<One<Word>>>,
    /// Target hours of the days of a week.
    target: Option<Setting<Words>>,
    /// The zones the user travelled in.
    travel: Option<Setting<Words>>,
}

type Words = AtLeastOne<Word>;

/// The queries of a project.
pub(in super::super) type Queries = AtLeastOne<Word>;

/// The rates of a project.
pub(in super::super) type Rates = AtLeastOne<RateText>;

/// A rate as text, or as a table with the day from which it applies: `95 from 2026-01-01`.
pub(in super::super) struct RateText(String);

impl HoursSettings {
    /// What the keys of the tables mean.
    pub(in super::super) fn new(
        keys: Keys,
        projects: Entries<Queries>,
        rates: Entries<Rates>,
        me: people::Keys,
        others: Entries<people::Keys>,
    ) -> Result<Self> {
        let mut hours = Self::default();
        hours.hours(keys)?;
        // In the order in which they are written: the first project that fits is an event's.
        for (name, queries) in projects.in_order() {
            let queries = hours.written(format!("projects.{}", quoted(&name)), queries);
            for query in queries.value {
                let rule = ProjectRule { name: name.clone(), query, origin: queries.origin.clone() };
                check_project(&rule).map_err(|e| values::at(&rule.origin, e))?;
                hours.projects.push(rule);
            }
        }
        for (name, given) in rates.in_order() {
            let given = hours.written(format!("rates.{}", quoted(&name)), given);
            hours.terms.rates.push((name, given.read(|texts| super::rates(&texts))?.value));
        }
        people::read(me, others, &mut hours.people, &mut hours.written)?;
        Ok(hours)
    }

    fn hours(&mut self, keys: Keys) -> Result<()> {
        self.take(|s| &mut s.activity, keys.activity, |texts| texts.join(",").parse())?;
        self.take(|s| &mut s.terms.currency, keys.currency, |texts| Ok(first(texts).to_owned()))?;
        self.take(|s| &mut s.day_start, keys.day_start, |texts| clock(first(texts)))?;
        self.take(|s| &mut s.pad_min, keys.pad, |texts| number(first(texts)))?;
        self.take(|s| &mut s.longest_us, keys.longest, |texts| longest(first(texts)))?;
        self.take(|s| &mut s.terms.default_rates, keys.rate, rates)?;
        self.take(|s| &mut s.roots, keys.roots, |texts| Ok(Some(texts.to_vec())))?;
        self.take(|s| &mut s.rounding, keys.round, |texts| first(texts).parse().map(Some))?;
        self.take(|s| &mut s.terms.targets, keys.target, |texts| targets(texts).map(Some))?;
        self.take(|s| &mut s.travels, keys.travel, |texts| texts.iter().map(|text| travel(text)).collect())
    }

    /// Sets a key of `[hours]`, and keeps it as written.
    fn take<T: Texts, U>(
        &mut self,
        to: impl FnOnce(&mut Self) -> &mut U,
        given: Option<Setting<T>>,
        meaning: impl FnOnce(&[String]) -> Result<U>,
    ) -> Result<()> {
        let Some(given) = given else { return Ok(()) };
        let key = given.key.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let texts = self.written(format!("hours.{}", quoted(&key)), given);
        *to(self) = texts.read(|texts| meaning(&texts))?.value;
        Ok(())
    }

    /// Keeps a setting as written, to be shown.
    fn written<T: Texts>(&mut self, key: String, given: Setting<T>) -> Setting<Vec<String>> {
        let texts = given.map(Texts::texts);
        self.written.push((key, texts.value.clone()));
        texts
    }
}

fn check_project(rule: &ProjectRule) -> Result<()> {
    let query = parse(&rule.query, 0, &Zones::plain(Tz::UTC))?;
    if query.asks_for(&|field| *field == Field::Project) {
        let name = &rule.name;
        return Err(Error::usage(format!("the rule for {name} asks for project:, which it is to tell"))
            .hint("name what the events have: path:, url:, host:, tag:, meta.cwd:"));
    }
    Ok(())
}

/// A value that is kept as written.
trait Texts {
    fn texts(self) -> Vec<String>;
}

impl Texts for One<Word> {
    fn texts(self) -> Vec<String> {
        vec![self.0.0]
    }
}

impl Texts for AtLeastOne<Word> {
    fn texts(self) -> Vec<String> {
        self.0.into_iter().map(|Word(text)| text).collect()
    }
}

impl Texts for AtLeastOne<RateText> {
    fn texts(self) -> Vec<String> {
        self.0.into_iter().map(|RateText(text)| text).collect()
    }
}

impl<'de> Deserialize<'de> for RateText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Dated {
            from: Scalar,
            rate: Scalar,
        }
        struct RateVisitor;
        impl<'de> Visitor<'de> for RateVisitor {
            type Value = RateText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rate or a list of rates")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<RateText, E> {
                Ok(RateText(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, rate: i64) -> std::result::Result<RateText, E> {
                Ok(RateText(rate.to_string()))
            }

            fn visit_f64<E: de::Error>(self, rate: f64) -> std::result::Result<RateText, E> {
                Ok(RateText(rate.to_string()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<RateText, A::Error> {
                let dated = Dated::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RateText(format!("{} from {}", dated.rate.0, dated.from.0)))
            }
        }
        deserializer.deserialize_any(RateVisitor)
    }
}

fn quoted(key: &str) -> String {
    Value::String(key.to_owned()).to_string()
}

fn first(texts: &[String]) -> &str {
    texts.first().map_or("", |text| text.trim())
}
