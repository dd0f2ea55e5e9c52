//! Which column, path or group of a record is which field of an event, by the user's options or by names; and the event
//! made from them.
//!
//! Not a reader of any format: each source splits records into named values itself.

use crate::toolkit::attr_names::plain;
use crate::toolkit::durations;
use crate::toolkit::found::{Extra, Found};
use crate::toolkit::labels;
use crate::toolkit::moments::{Dates, Hint, Moment};
use crate::toolkit::request;
use crate::toolkit::roles::Role;
use crate::toolkit::written;
use workhours_plugin_api::*;

/// The configuration of a role.
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
    /// Whether the user set anything: then names other than the roles' own aren't guessed.
    told: bool,
    /// Whether the names are the user's words: then also a key and a duration can be meant by them.
    chosen_names: bool,
    dates: Dates,
    duration_ns: i128,
    /// `None`: the value itself says it.
    tags_separator: Option<Vec<u8>>,
    kind: &'static str,
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
        let kind = match input.option("event_kind").unwrap_or(KIND) {
            "" | KIND => KIND,
            REQUEST_KIND => REQUEST_KIND,
            other => {
                return Err(SourceError::Config(format!(
                    "event_kind cannot be {other:?}: use {KIND} or {REQUEST_KIND}"
                )));
            }
        };
        Ok(Self {
            kind,
            told: wanted.iter().any(|(_, w)| *w != Wanted::Guess),
            chosen_names: false,
            wanted,
            dates: Dates::new(input.option("date_format"), input.option("offset"), input.reference_secs())?,
            duration_ns,
            tags_separator: input.option("tags_separator").map(|text| text.as_bytes().to_vec()),
        })
    }

    /// Marks the names as the user's own words, such as the groups of a pattern.
    pub(crate) fn with_chosen_names(self) -> Self {
        Self { chosen_names: true, ..self }
    }

    /// Whether the user mapped anything.
    pub(crate) fn is_told(&self) -> bool {
        self.told
    }

    /// Every role with its configuration.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = (Role, &Wanted)> {
        self.wanted.iter().map(|(role, wanted)| (*role, wanted))
    }

    /// Whether the records are identified by a key.
    pub(crate) fn has_key(&self) -> bool {
        self.chosen_names
            || self.wanted.iter().any(|(role, w)| *role == Role::Key && matches!(w, Wanted::Named(_)))
    }

    /// The role that a name suggests and how strongly, 0 being the strongest.
    pub(crate) fn guess(&self, name: &str) -> Option<(Role, usize)> {
        // The longest word that suggests anything is `datetime`, `timestamp` and their like.
        if name.len() > 80 {
            return None;
        }
        let found = self.guess_plain(&plain(name));
        // `Description (client, task)` is a description; but which date it is may depend on the text in brackets.
        found.or_else(|| {
            let (before, _) = name.split_once('(').filter(|(before, _)| !before.trim().is_empty())?;
            let (role, rank) = self.guess_plain(&plain(before))?;
            let other = !matches!(role, Role::Date | Role::End | Role::Key | Role::Duration);
            (other && !self.told).then_some((role, rank + BRACKETS))
        })
    }

    fn guess_plain(&self, plain: &str) -> Option<(Role, usize)> {
        let free = self.wanted.iter().filter(|(_, w)| *w == Wanted::Guess).map(|(role, _)| *role);
        for role in free {
            let known = self.chosen_names || !matches!(role, Role::Key | Role::Duration);
            let words = if self.told { &[] } else { role.guesses() };
            if let Some(rank) = words.iter().position(|word| *word == plain) {
                return Some((role, rank));
            }
            if known && plain == role.name() {
                return Some((role, 0));
            }
        }
        None
    }

    /// The date or end that a name suggests, if its column has dates.
    pub(crate) fn guess_weakly(&self, name: &str) -> Option<(Role, usize)> {
        if self.told || name.len() > 80 {
            return None;
        }
        let plain = plain(name);
        let roles = [Role::Date, Role::End].into_iter();
        let mut free = roles.filter(|role| self.wanted.contains(&(*role, Wanted::Guess)));
        let rank = |role: Role| role.weak_guesses().iter().position(|word| *word == plain);
        free.find_map(|role| Some((role, rank(role)? + WEAK)))
    }

    /// Whether a text is a date.
    pub(crate) fn is_date(&self, text: &[u8]) -> bool {
        matches!(self.dates.read(text, Hint::default()), Moment::At(..))
    }

    /// Whether a date was found.
    pub(crate) fn is_dated(&self, found: &Found<'_>) -> bool {
        matches!(self.dates.read(found.get(Role::Date), found.hints[0]), Moment::At(..))
    }

    /// Pushes the event of a record.
    pub(crate) fn emit(
        &self,
        span: Span<'_>,
        provisional: bool,
        mut found: Found<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let mut flags = found.flags;
        if provisional {
            flags |= RowFlags::PROVISIONAL;
        }
        if self.kind == REQUEST_KIND {
            flags |= request::refine(&mut found);
        }
        let found = found;
        let get = |role: Role| found.get(role);
        let mut attrs: Vec<Attr<'_>> = found.attrs.iter().map(Extra::attr).collect();
        let mut add = |key, value| attrs.push(Attr { key, value });
        let shown = |text| Value::Str(Text(text));
        let [date_hint, end_hint] = found.hints;
        let time = match self.dates.read(get(Role::Date), date_hint) {
            Moment::Absent => None,
            Moment::At(time, remarks) => {
                flags |= remarks;
                if remarks.contains(RowFlags::UNKNOWN_ZONE) {
                    add("date_text", shown(get(Role::Date)));
                }
                Some(time)
            }
            Moment::Bad => {
                flags |= RowFlags::BAD_TIME;
                add("date_text", shown(get(Role::Date)));
                None
            }
        };
        let mut end = match self.dates.read(get(Role::End), end_hint) {
            Moment::Absent => None,
            Moment::At(end, remarks) => {
                flags |= remarks;
                Some(end)
            }
            Moment::Bad => {
                let end = time.and_then(|time| on_its_day(time, get(Role::End)));
                if end.is_none() {
                    flags |= RowFlags::BAD_TIME;
                    add("end_text", shown(get(Role::End)));
                }
                end
            }
        };
        let lasted = get(Role::Duration).trim_ascii();
        if !lasted.is_empty() && lasted != b"-" {
            match durations::nanos(lasted, found.duration_ns.unwrap_or(self.duration_ns)) {
                Some(ns) => {
                    let ms = i64::try_from(ns / 1_000_000).unwrap_or(i64::MAX);
                    add("elapsed_ms", Value::Int(ms));
                    end = end.or_else(|| time.and_then(|t| later(t, ns)));
                }
                None => {
                    flags |= RowFlags::BAD_NUMBER;
                    add("duration_text", shown(lasted));
                }
            }
        }
        // A single `-` means empty, but a key was hashed with it.
        let present = |role: Role| if get(role) == b"-" { b"" } else { get(role) };
        let (url, title, mut text) = (present(Role::Url), get(Role::Title), get(Role::Text));
        if url.is_empty() && title.is_empty() && text.is_empty() {
            text = found.whole.as_deref().unwrap_or(span.raw);
        }
        let listed = labels::split(get(Role::Tags), self.tags_separator.as_deref());
        let tags = listed.iter().chain(&found.tags).map(|t| Text(t.trim_ascii()));
        let tags: Vec<Text<'_>> = tags.filter(|t| !t.is_empty()).collect();
        let [key, hashed_host, hashed_user] = match &found.hashed {
            Some(hashed) => hashed.each_ref().map(Vec::as_slice),
            None => [get(Role::Key), get(Role::Host), get(Role::User)],
        };
        let (host, user) = (present(Role::Host), present(Role::User));
        let other = |shown, hashed| if key.is_empty() || shown == hashed { &b""[..] } else { hashed };
        out.emit(&EventRow {
            span,
            time,
            end,
            kind: self.kind,
            key,
            url: Text(url),
            referrer: Text(present(Role::Referrer)),
            title: Text(title),
            text: Text(text),
            host: Text(host),
            peer: Text(present(Role::Peer)),
            user: Text(user),
            agent: Text(present(Role::Agent)),
            tags: &tags,
            attrs: &attrs,
            flags,
            key_host: Text(other(host, hashed_host)),
            key_user: Text(other(user, hashed_user)),
            ..EventRow::default()
        })
    }
}

/// Ranks of guesses by a name without its brackets, and by an ambiguous name.
const BRACKETS: usize = 50;
const WEAK: usize = 100;

/// The usual kind of these events. A declared format sets its own.
pub(crate) const KIND: &str = "record";

/// The kind whose attributes have a meaning here.
pub(crate) const REQUEST_KIND: &str = "http.request";

/// All kinds there are.
pub(crate) const KINDS: &[&str] = &[KIND, REQUEST_KIND];

/// Attributes of an event in addition to those of its record.
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

/// A clock as an end: on the day of the beginning, or past the midnight after it.
fn on_its_day(begin: EventTime, clock: &[u8]) -> Option<EventTime> {
    const DAY: i64 = 86_400;
    if begin.precision == Precision::Day {
        return None;
    }
    let text = written::plain(std::str::from_utf8(clock).ok()?);
    let clock = written::clock(&text, false).filter(|c| c.before.is_empty() && c.after.is_empty())?;
    let offset = match begin.zone {
        Zone::Offset(minutes) => i64::from(minutes) * 60,
        _ => 0,
    };
    let since = (begin.secs + offset).rem_euclid(DAY);
    let later = if clock.secs < since { DAY } else { 0 };
    Some(EventTime {
        secs: begin.secs - since + clock.secs + later,
        nanos: 0,
        precision: clock.precision,
        ..begin
    })
}
