//! Which column, path or group of a record is which field of an event, as the user's options say or as names
//! suggest; and the event made of what was found.
//!
//! Not a reader of any format: how a record is split into named values is each source's own affair.

use crate::moments::{self, Dates, Moment};
use std::borrow::Cow;
use workhours_plugin_api::*;

/// A field of an event that a value of a record can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Date,
    End,
    Duration,
    Url,
    Referrer,
    Title,
    Text,
    Host,
    User,
    Agent,
    Tags,
    Key,
}

/// How many there are.
pub(crate) const ROLES: usize = 12;

impl Role {
    pub(crate) const ALL: [Self; ROLES] = [
        Self::Date,
        Self::End,
        Self::Duration,
        Self::Url,
        Self::Referrer,
        Self::Title,
        Self::Text,
        Self::Host,
        Self::User,
        Self::Agent,
        Self::Tags,
        Self::Key,
    ];

    /// The option that maps it, which is also a name that always means it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::End => "end",
            Self::Duration => "duration",
            Self::Url => "url",
            Self::Referrer => "referrer",
            Self::Title => "title",
            Self::Text => "text",
            Self::Host => "host",
            Self::User => "user",
            Self::Agent => "agent",
            Self::Tags => "tags",
            Self::Key => "key",
        }
    }

    /// Names that suggest it, the best first, without case and punctuation. An id is never taken for a key, nor
    /// a duration for one in seconds: only the user knows.
    const fn guesses(self) -> &'static [&'static str] {
        match self {
            Self::Date => &[
                "datetime",
                "timestamp",
                "date",
                "time",
                "when",
                "eventtime",
                "createdat",
                "created",
                "dt",
                "ts",
                "starttime",
                "startdate",
                "start",
                "started",
                "begin",
                "logged",
                "visited",
                "modified",
                "updated",
            ],
            Self::End => &["end", "endtime", "enddate", "finished", "stop", "stoptime"],
            Self::Url => &["url", "uri", "link", "href", "address"],
            Self::Referrer => &["referrer", "referer"],
            Self::Title => &["title", "subject", "name", "summary", "headline"],
            Self::Text => &[
                "text",
                "message",
                "msg",
                "body",
                "content",
                "description",
                "comment",
                "note",
                "notes",
                "command",
                "cmd",
            ],
            Self::Host => &["host", "hostname", "machine", "computer"],
            Self::User => &["user", "username", "author", "login"],
            Self::Agent => &["agent", "useragent", "program", "application", "app"],
            Self::Tags => &["tags", "labels", "keywords", "categories"],
            Self::Duration | Self::Key => &[],
        }
    }
}

/// The options of every source that is told its columns, behind its own.
macro_rules! mapped_options {
    ($(($name:expr, $help:expr, $default:expr)),* $(,)?) => {{
        const fn option(name: &'static str, help: &'static str, default: &'static str) -> SourceOption {
            SourceOption { name, help, default }
        }
        &[
            $(option($name, $help, $default),)*
            option("date", "where the date is; parts that belong together are joined by `+`", "guessed"),
            option(
                "date_format",
                "`auto`, `rfc3339`, `unix`, `unix_ms`, `unix_us`, `unix_ns`, `webkit`, `cocoa`, `filetime`, \
                 or a pattern such as `%d.%m.%Y %H:%M`",
                "auto",
            ),
            option("offset", "offset from UTC of dates that name none, such as `+02:00`", "a wall clock"),
            option("end", "where the end is, in the same format", "guessed"),
            option("duration", "where the duration is", ""),
            option("duration_unit", "what it counts: `ns`, `us`, `ms`, `s`, `min` or `h`", "s"),
            option("url", "where the address is", "guessed"),
            option("referrer", "where the address it came from is", "guessed"),
            option("title", "where the title is", "guessed"),
            option("text", "where the text is", "guessed"),
            option("host", "where the machine is", "guessed"),
            option("user", "where the user is", "guessed"),
            option("agent", "where the program is", "guessed"),
            option("tags", "where the tags are", "guessed"),
            option("tags_separator", "what stands between two tags", ","),
            option("key", "where the record's own, lasting id is", ""),
        ]
    }};
}
pub(crate) use mapped_options;

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
            match moments::number(lasted).and_then(|n| n.nanos(self.duration_ns)).filter(|ns| *ns >= 0) {
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

/// The values found in one record.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    values: [Cow<'a, [u8]>; ROLES],
    /// Tags that the format itself keeps apart.
    pub(crate) tags: Vec<Cow<'a, [u8]>>,
    /// All other values.
    pub(crate) attrs: Vec<Extra<'a>>,
}

impl<'a> Found<'a> {
    fn get(&self, role: Role) -> &[u8] {
        &self.values[role as usize]
    }

    /// Adds to what is there, behind a space.
    pub(crate) fn add(&mut self, role: Role, value: Cow<'a, [u8]>) {
        let slot = &mut self.values[role as usize];
        if slot.is_empty() {
            *slot = value;
        } else if !value.is_empty() {
            let joined = slot.to_mut();
            joined.push(b' ');
            joined.extend_from_slice(&value);
        }
    }
}

/// An attribute in the making.
#[derive(Debug)]
pub(crate) struct Extra<'a> {
    pub(crate) key: Cow<'a, str>,
    pub(crate) value: Held<'a>,
}

/// Its value.
#[derive(Debug)]
pub(crate) enum Held<'a> {
    Str(Cow<'a, [u8]>),
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl Extra<'_> {
    fn attr(&self) -> Attr<'_> {
        let value = match &self.value {
            Held::Str(text) => Value::Str(Text(text)),
            Held::Int(n) => Value::Int(*n),
            Held::Float(n) => Value::Float(*n),
            Held::Bool(b) => Value::Bool(*b),
        };
        Attr { key: &self.key, value }
    }
}
