//! One VEVENT: its properties, and the events made of them.
//!
//! [`ical`](crate::calendar::ical) decides which lines belong to it, [`series`](crate::calendar::series) when it takes
//! place.

use crate::calendar::expand::Start;
use crate::calendar::length::{Length, Told};
use crate::calendar::lines::{Property, list, unescape};
use crate::calendar::series::{Lasting, Lists, Place};
use crate::calendar::time::{Moment, duration, moment};
use workhours_plugin_api::*;

/// Properties that become an attribute as text, the first of each.
const TEXTS: [(&str, &str); 6] = [
    ("LOCATION", "location"),
    ("STATUS", STATUS),
    ("CLASS", "class"),
    ("TRANSP", "transp"),
    ("COMMENT", "comment"),
    ("CONFERENCE", "conference"),
];
const STATUS: &str = "status";

/// Properties that become an attribute as written, all of each. But for the first they stay with a series' first event.
const RULES: [(&str, &str); 4] =
    [("RRULE", "rrule"), ("RDATE", "rdate"), ("EXDATE", "exdate"), ("EXRULE", "exrule")];

/// A date with the name of its zone.
type Dated = (Vec<u8>, Vec<u8>);

/// The VEVENT so far.
#[derive(Debug, Default)]
pub(crate) struct Event {
    pub(crate) offset: usize,
    pub(crate) end: usize,
    pub(crate) line: u64,
    pub(crate) calendar: u32,
    pub(crate) malformed: bool,
    /// How many begin here, each within the one before, without any property; then it isn't an event.
    pub(crate) nested: u64,
    said: bool,
    uid: Vec<u8>,
    recurrence: Option<Dated>,
    /// The RECURRENCE-ID includes all that follow.
    pub(crate) and_future: bool,
    start: Option<Dated>,
    until: Option<Dated>,
    duration: Vec<u8>,
    summary: Vec<u8>,
    description: Vec<u8>,
    url: Vec<u8>,
    organizer: Vec<u8>,
    attendees: Vec<u8>,
    tags: Vec<Vec<u8>>,
    texts: [Vec<u8>; TEXTS.len()],
    rules: [Vec<u8>; RULES.len()],
    pub(crate) lists: Lists,
    pub(crate) sequence: Option<i64>,
    created: Option<Moment>,
    modified: Option<Moment>,
}

/// Values that an event shares with the others of its input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub(crate) raw: &'a [u8],
    /// The calendar's name.
    pub(crate) name: &'a [u8],
    /// The calendar says that its entries are cancelled.
    pub(crate) cancelled: bool,
    pub(crate) place: Place<'a>,
    /// The version of all that have its UID.
    pub(crate) revision: i64,
    /// The instances are not all there are.
    pub(crate) incomplete: bool,
}

impl Event {
    pub(crate) fn begin(offset: usize, end: usize, line: u64, calendar: u32) -> Self {
        Self { offset, end, line, calendar, ..Self::default() }
    }

    /// Whether there is a property or anything else in it.
    pub(crate) fn says_something(&self) -> bool {
        self.said || self.malformed
    }

    /// Adds a property. If one that may occur once occurs twice, the first counts.
    pub(crate) fn add(&mut self, property: &Property<'_>) {
        self.said |= !property.is("BEGIN") && !property.is("END");
        let value = property.value;
        let dated = || (value.trim_ascii().to_vec(), property.parameter("TZID").to_vec());
        let first = |room: &mut Vec<u8>| {
            if room.is_empty() {
                *room = unescape(value);
            }
        };
        match property.name.to_ascii_uppercase().as_slice() {
            b"UID" => first(&mut self.uid),
            b"SUMMARY" => first(&mut self.summary),
            b"DESCRIPTION" => first(&mut self.description),
            b"URL" => first(&mut self.url),
            b"DURATION" => first(&mut self.duration),
            b"DTSTART" => {
                self.start.get_or_insert_with(dated);
            }
            b"DTEND" => {
                self.until.get_or_insert_with(dated);
            }
            b"RECURRENCE-ID" if self.recurrence.is_none() => {
                self.recurrence = Some(dated());
                self.and_future = property.parameter("RANGE").eq_ignore_ascii_case(b"THISANDFUTURE");
            }
            b"CREATED" => self.created = self.created.or(moment(value)),
            b"LAST-MODIFIED" => self.modified = self.modified.or(moment(value)),
            b"SEQUENCE" => self.sequence = civil::digits(value.trim_ascii()).map(i64::from),
            b"ORGANIZER" if self.organizer.is_empty() => self.organizer = person(property).to_vec(),
            b"ATTENDEE" => {
                // RFC 5545, 3.2.12: without a value, the attendee hasn't answered yet.
                let answer = match property.parameter("PARTSTAT") {
                    b"" => b"NEEDS-ACTION".to_vec(),
                    answer => answer.to_ascii_uppercase(),
                };
                append(&mut self.attendees, b", ", &[person(property), b"=", &answer].concat());
            }
            b"CATEGORIES" => {
                let tags = list(value).map(|t| unescape(t.trim_ascii())).filter(|t| !t.is_empty());
                self.tags.extend(tags);
            }
            _ => {
                if let Some(i) = TEXTS.iter().position(|(name, _)| property.is(name)) {
                    first(&mut self.texts[i]);
                } else if let Some(i) = RULES.iter().position(|(name, _)| property.is(name)) {
                    append(&mut self.rules[i], b",", value.trim_ascii());
                    match i {
                        0 => self.lists.rules.push(value.to_vec()),
                        1 => self.lists.dates.push(dated()),
                        2 => self.lists.not_dates.push(dated()),
                        _ => self.lists.not_rules.push(value.to_vec()),
                    }
                }
            }
        }
    }

    pub(crate) fn uid(&self) -> &[u8] {
        self.uid.trim_ascii()
    }

    /// Whether it replaces an instance of another.
    pub(crate) fn is_instance(&self) -> bool {
        self.recurrence.is_some()
    }

    fn told<'z>(&self, dated: &Option<Dated>, place: Place<'z>) -> Option<Told<'z>> {
        let (text, zone) = dated.as_ref()?;
        let moment = moment(text)?;
        let (clock, known) = place.zones.clock(moment, zone, place.calendar);
        Some(Told { moment, clock, known })
    }

    /// When it begins. An instance that does not say so begins when it did.
    pub(crate) fn start<'z>(&self, place: Place<'z>) -> Option<Told<'z>> {
        let dated = if self.start.is_none() { &self.recurrence } else { &self.start };
        self.told(dated, place)
    }

    /// When the replaced instance would have begun.
    pub(crate) fn original<'z>(&self, place: Place<'z>) -> Option<Told<'z>> {
        self.told(&self.recurrence, place)
    }

    /// Emits an event for each of the starts; without any, one that has no date or the entry's own.
    pub(crate) fn emit(
        &self,
        starts: Option<&[(Start, Option<Lasting>)]>,
        around: &Around<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let raw = around.raw;
        let span = Span { offset: self.offset as u64, line: self.line, raw };
        if raw.len() > MAX_RECORD_BYTES {
            let raw = &raw[..raw.len().min(4096)];
            let reason = "the event is longer than a record may be";
            let span = Span { raw, ..span };
            return out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional: false });
        }
        let (start, until) = (self.start(around.place), self.told(&self.until, around.place));
        let length = self.length(start, until);
        let mut flags = RowFlags::NONE;
        let mut raise = |flag, on: bool| flags |= if on { flag } else { RowFlags::NONE };
        raise(RowFlags::MALFORMED_TAIL, self.malformed);
        raise(RowFlags::BAD_TIME, self.start.is_some() && start.is_none());
        raise(RowFlags::LEAP_SECOND, start.is_some_and(|t| t.moment.leap));
        raise(RowFlags::UNKNOWN_ZONE, [start, until].into_iter().flatten().any(|t| !t.known));
        raise(RowFlags::UNPLACED, around.incomplete);
        let unread = self.until.is_some() && until.is_none()
            || !self.duration.is_empty() && duration(&self.duration).is_none();
        raise(RowFlags::BAD_NUMBER, unread || matches!(length, Length::Backwards));
        let key = self.key();
        let tzid = match (&self.start, &self.recurrence) {
            (Some((text, zone)), _) if moment(text).is_some() => zone.as_slice(),
            (None, Some((_, zone))) => zone,
            _ => b"",
        };
        let recurrence = self.recurrence.as_ref().map_or(&b""[..], |(text, _)| text);
        let upper = |name: &str, text: &[u8]| match name {
            STATUS if text.is_empty() && around.cancelled => b"CANCELLED".to_vec(),
            STATUS | "transp" => text.trim_ascii().to_ascii_uppercase(),
            _ => text.to_vec(),
        };
        let texts: Vec<_> = TEXTS.iter().zip(&self.texts).map(|(t, text)| (t.1, upper(t.1, text))).collect();
        let texts = texts.iter().map(|(name, text)| (*name, text.as_slice()));
        let rules = RULES.iter().map(|t| t.1).zip(self.rules.iter().map(Vec::as_slice));
        let others = [
            ("calendar", around.name),
            ("tzid", tzid),
            ("recurrence_id", recurrence),
            ("organizer", &self.organizer),
            ("attendees", &self.attendees),
        ];
        let mut attrs: Vec<Attr<'_>> = (others.into_iter().chain(texts).chain(rules))
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| Attr { key, value: Value::Str(Text(value)) })
            .collect();
        let secs = |m: Option<Moment>| m.filter(|m| m.utc).map(|m| m.wall);
        for (key, number) in [
            ("sequence", self.sequence),
            ("created_secs", secs(self.created)),
            ("last_modified_secs", secs(self.modified)),
        ] {
            attrs.extend(number.map(|n| Attr { key, value: Value::Int(n) }));
        }
        let tags: Vec<Text<'_>> = self.tags.iter().map(Text::from).collect();
        let mut row = EventRow {
            span,
            kind: "calendar.event",
            key: &key,
            url: Text(self.url.trim_ascii()),
            title: Text(self.summary.trim_ascii()),
            text: Text(self.description.trim_ascii()),
            tags: &tags,
            attrs: &attrs,
            flags,
            series: self.uid(),
            revision: around.revision,
            ..EventRow::default()
        };
        let (Some(start), Some(starts)) = (start, starts) else {
            row.time = start.map(|t| t.clock.time(t.moment));
            row.end = start
                .and_then(|t| length.end(Start { utc: t.clock.utc(t.moment.wall), wall: t.moment.wall }, t));
            return out.emit(&row);
        };
        let later: Vec<Attr<'_>> =
            attrs.iter().copied().filter(|a| !RULES[1..].iter().any(|(_, key)| *key == a.key)).collect();
        let first = start.clock.utc(start.moment.wall).unwrap_or(start.moment.wall);
        for (i, (begins, lasting)) in starts.iter().enumerate() {
            let own = lasting.map(|lasting| Length::of(lasting, start));
            let is_first = begins.key() == first || key.is_empty();
            let key = if is_first { key.clone() } else { begins.in_key(&key, start) };
            out.emit(&EventRow {
                key: &key,
                time: Some(begins.time(start)),
                end: own.unwrap_or(length).end(*begins, start),
                attrs: if i == 0 { &attrs } else { &later },
                ..row
            })?;
        }
        Ok(())
    }

    /// Its stated duration.
    fn length<'z>(&self, start: Option<Told<'z>>, until: Option<Told<'z>>) -> Length<'z> {
        match (start, until, duration(&self.duration)) {
            (Some(start), Some(until), _) => Length::between(start, until),
            (Some(start), None, Some(lasting)) => Length::of(Lasting::For(lasting), start),
            _ => Length::Unknown,
        }
    }

    /// `UID`, and `RECURRENCE-ID` after a `/` if there is one.
    fn key(&self) -> Vec<u8> {
        let mut key = self.uid().to_vec();
        if let (false, Some((text, zone))) = (key.is_empty(), &self.recurrence) {
            for part in [text, zone].into_iter().filter(|p| !p.is_empty()) {
                key.push(b'/');
                key.extend_from_slice(part);
            }
        }
        key
    }
}

/// The address of a person: `mailto:ada@example.org` without the scheme, or the EMAIL of an address of another kind.
fn person<'a>(property: &Property<'a>) -> &'a [u8] {
    let address = property.value.trim_ascii();
    match (address.split_at_checked(7), property.parameter("EMAIL")) {
        (Some((scheme, rest)), _) if scheme.eq_ignore_ascii_case(b"mailto:") => rest,
        (_, b"") => address,
        (_, email) => email,
    }
}

fn append(room: &mut Vec<u8>, between: &[u8], more: &[u8]) {
    if !room.is_empty() {
        room.extend_from_slice(between);
    }
    room.extend_from_slice(more);
}
