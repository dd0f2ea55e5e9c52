//! Which column, path or group of a record is which field of an event, as the user's options say or as names
//! suggest; and the event made of what was found.
//!
//! Not a reader of any format: how a record is split into named values is each source's own affair.

use crate::found::{Extra, Found};
use crate::moments::{Dates, Moment};
use crate::numbers;
use crate::roles::Role;
use workhours_plugin_api::*;

/// What was said about a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing: names decide.
    Guess,
    /// An empty option: it has no column.
    Nothing,
    /// Its column, or several to be joined by a space.
    Named(Vec<String>),
}

/// The options of one input.
#[derive(Debug)]
pub(crate) struct Mapping {
    wanted: Vec<(Role, Wanted)>,
    /// Whether the user said anything: then names other than the roles' own are not guessed at.
    told: bool,
    /// Whether the names are the user's words: then also a key and a duration can be meant by them.
    chosen_names: bool,
    dates: Dates,
    duration_ns: i128,
    tags_separator: Vec<u8>,
}

impl Mapping {
    /// Reads the options.
    pub(crate) fn new(input: &Input<'_>) -> Result<Self, SourceError> {
        let wanted: Vec<_> = Role::ALL.map(|role| (role, wanted(input.option(role.name()), role))).into();
        let duration_ns = match input.option("duration_unit").unwrap_or("s") {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "min" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            other => {
                return Err(SourceError::Config(format!(
                    "duration_unit cannot be {other:?}: use ns, us, ms, s, min or h"
                )));
            }
        };
        Ok(Self {
            told: wanted.iter().any(|(_, w)| *w != Wanted::Guess),
            chosen_names: false,
            wanted,
            dates: Dates::new(input.option("date_format"), input.option("offset"), input.reference_secs())?,
            duration_ns,
            tags_separator: input.option("tags_separator").unwrap_or(",").as_bytes().to_vec(),
        })
    }

    /// Says that the names are the user's own words, as the groups of a pattern are.
    pub(crate) fn with_chosen_names(self) -> Self {
        Self { chosen_names: true, ..self }
    }

    /// Whether the user mapped anything.
    pub(crate) fn is_told(&self) -> bool {
        self.told
    }

    /// Every role with what was said about it.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = (Role, &Wanted)> {
        self.wanted.iter().map(|(role, wanted)| (*role, wanted))
    }

    /// The role that a name suggests and how strongly, 0 being the strongest.
    pub(crate) fn guess(&self, name: &str) -> Option<(Role, usize)> {
        let plain = || name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
        // The longest word that suggests anything is `datetime`, `timestamp` and their like.
        if name.len() > 40 {
            return None;
        }
        let free = self.wanted.iter().filter(|(_, w)| *w == Wanted::Guess).map(|(role, _)| *role);
        for role in free {
            let known = self.chosen_names || !matches!(role, Role::Key | Role::Duration);
            let words = if self.told { &[] } else { role.guesses() };
            if let Some(rank) = words.iter().position(|word| plain().eq(word.chars())) {
                return Some((role, rank));
            }
            if known && plain().eq(role.name().chars()) {
                return Some((role, 0));
            }
        }
        None
    }

    /// Pushes the event of a record.
    pub(crate) fn emit(
        &self,
        span: Span<'_>,
        provisional: bool,
        found: &Found<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let get = |role: Role| found.get(role);
        let mut attrs: Vec<Attr<'_>> = found.attrs.iter().map(Extra::attr).collect();
        let mut flags = if provisional { RowFlags::PROVISIONAL } else { RowFlags::NONE };
        let mut date = |role, key| match self.dates.read(get(role)) {
            Moment::Absent => None,
            Moment::At(time, remarks) => {
                flags |= remarks;
                Some(time)
            }
            Moment::Bad => {
                flags |= RowFlags::BAD_TIME;
                attrs.push(Attr { key, value: Value::Str(Text(get(role))) });
                None
            }
        };
        let time = date(Role::Date, "date_text");
        let mut end = date(Role::End, "end_text");
        let lasted = get(Role::Duration).trim_ascii();
        if !lasted.is_empty() {
            match numbers::number(lasted).and_then(|n| n.nanos(self.duration_ns)).filter(|ns| *ns >= 0) {
                Some(ns) => {
                    let ms = i64::try_from(ns / 1_000_000).unwrap_or(i64::MAX);
                    attrs.push(Attr { key: "elapsed_ms", value: Value::Int(ms) });
                    end = end.or_else(|| time.and_then(|t| later(t, ns)));
                }
                None => {
                    flags |= RowFlags::BAD_NUMBER;
                    attrs.push(Attr { key: "duration_text", value: Value::Str(Text(lasted)) });
                }
            }
        }
        let (url, title, mut text) = (get(Role::Url), get(Role::Title), get(Role::Text));
        if url.is_empty() && title.is_empty() && text.is_empty() {
            text = span.raw;
        }
        let tags: Vec<Text<'_>> = match &found.tags[..] {
            [] => split(get(Role::Tags), &self.tags_separator),
            tags => tags.iter().map(|t| Text(t.trim_ascii())).filter(|t| !t.is_empty()).collect(),
        };
        out.emit(&EventRow {
            span,
            time,
            end,
            kind: KIND,
            key: get(Role::Key),
            url: Text(url),
            referrer: Text(get(Role::Referrer)),
            title: Text(title),
            text: Text(text),
            host: Text(get(Role::Host)),
            user: Text(get(Role::User)),
            agent: Text(get(Role::Agent)),
            tags: &tags,
            attrs: &attrs,
            flags,
            ..EventRow::default()
        })
    }
}

/// The one kind of these events. A format that is declared in a config file gives its own.
pub(crate) const KIND: &str = "record";

/// Attributes that an event gets beside those of its record.
pub(crate) const OWN_ATTRS: [&str; 4] = ["date_text", "end_text", "duration_text", "elapsed_ms"];

fn wanted(option: Option<&str>, role: Role) -> Wanted {
    match option.map(str::trim) {
        None => Wanted::Guess,
        Some("") => Wanted::Nothing,
        Some(text) if matches!(role, Role::Date | Role::End) => {
            Wanted::Named(text.split('+').map(|part| part.trim().to_owned()).collect())
        }
        Some(text) => Wanted::Named(vec![text.to_owned()]),
    }
}

/// A duration after a time. A day that lasts a minute ends in a minute.
fn later(time: EventTime, ns: i128) -> Option<EventTime> {
    let total = i128::from(time.nanos) + ns;
    let secs = time.secs.checked_add(i64::try_from(total / 1_000_000_000).ok()?)?;
    let precision = match time.precision {
        Precision::Day | Precision::Minute => Precision::Second,
        finer => finer,
    };
    Some(EventTime { secs, nanos: (total % 1_000_000_000) as u32, precision, ..time })
}

fn split<'a>(text: &'a [u8], separator: &[u8]) -> Vec<Text<'a>> {
    let mut tags = Vec::new();
    let mut rest = text;
    let mut take = |tag: &'a [u8]| {
        let tag = tag.trim_ascii();
        if !tag.is_empty() {
            tags.push(Text(tag));
        }
    };
    if !separator.is_empty() {
        while let Some(at) = memchr::memmem::find(rest, separator) {
            take(&rest[..at]);
            rest = &rest[at + separator.len()..];
        }
    }
    take(rest);
    tags
}
