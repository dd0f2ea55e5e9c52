//! One VEVENT: its properties, and the event made of them.
//!
//! Which lines belong to it is for [`ical`](crate::ical) to say.

use crate::ical_lines::{Property, list, unescape};
use crate::ical_time::{Moment, duration, moment};
use crate::ical_zone::Zones;
use workhours_plugin_api::*;

/// Properties that become an attribute as text, the first of each.
const TEXTS: [(&str, &str); 6] = [
    ("LOCATION", "location"),
    ("STATUS", "status"),
    ("CLASS", "class"),
    ("TRANSP", "transparency"),
    ("COMMENT", "comment"),
    ("CONFERENCE", "conference"),
];

/// Properties that become an attribute as written, all of each.
const RULES: [(&str, &str); 4] =
    [("RRULE", "rrule"), ("RDATE", "rdate"), ("EXDATE", "exdate"), ("EXRULE", "exrule")];

/// A date with the name of its zone.
type Dated = (Vec<u8>, Vec<u8>);

/// What was read of a VEVENT so far.
#[derive(Debug, Default)]
pub(crate) struct Event {
    pub(crate) offset: usize,
    pub(crate) end: usize,
    line: u64,
    pub(crate) malformed: bool,
    uid: Vec<u8>,
    recurrence: Option<Dated>,
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
    sequence: Option<i64>,
    created: Option<Moment>,
    modified: Option<Moment>,
}

impl Event {
    pub(crate) fn begin(offset: usize, end: usize, line: u64) -> Self {
        Self { offset, end, line, ..Self::default() }
    }

    /// Takes in a property. Said twice where once is allowed, the first counts.
    pub(crate) fn add(&mut self, property: &Property<'_>) {
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
            b"RECURRENCE-ID" => {
                self.recurrence.get_or_insert_with(dated);
            }
            b"CREATED" => self.created = self.created.or(moment(value)),
            b"LAST-MODIFIED" => self.modified = self.modified.or(moment(value)),
            b"SEQUENCE" => self.sequence = civil::digits(value.trim_ascii()).map(i64::from),
            b"ORGANIZER" if self.organizer.is_empty() => self.organizer = person(value).to_vec(),
            b"ATTENDEE" => append(&mut self.attendees, person(value)),
            b"CATEGORIES" => {
                let tags = list(value).map(|t| unescape(t.trim_ascii())).filter(|t| !t.is_empty());
                self.tags.extend(tags);
            }
            _ => {
                if let Some(i) = TEXTS.iter().position(|(name, _)| property.is(name)) {
                    first(&mut self.texts[i]);
                } else if let Some(i) = RULES.iter().position(|(name, _)| property.is(name)) {
                    append(&mut self.rules[i], value.trim_ascii());
                }
            }
        }
    }

    /// Emits the event; `calendar` is the one it stands in, `name` that one's name.
    pub(crate) fn emit(
        &self,
        raw: &[u8],
        name: &[u8],
        calendar: u32,
        zones: &Zones,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let span = Span { offset: self.offset as u64, line: self.line, raw };
        if raw.len() > MAX_RECORD_BYTES {
            let raw = &raw[..raw.len().min(4096)];
            let reason = "the event is longer than a record may be";
            let span = Span { raw, ..span };
            return out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional: false });
        }
        let mut flags = RowFlags::NONE;
        let mut raise = |flag, on: bool| flags |= if on { flag } else { RowFlags::NONE };
        let read = |dated: &Option<Dated>| {
            dated.as_ref().and_then(|(text, zone)| Some((moment(text)?, zone.clone())))
        };
        let (start, until) = (read(&self.start), read(&self.until));
        raise(RowFlags::MALFORMED_TAIL, self.malformed);
        raise(RowFlags::BAD_TIME, self.start.is_some() && start.is_none());
        raise(RowFlags::LEAP_SECOND, start.as_ref().is_some_and(|(m, _)| m.leap));
        let time = start.as_ref().map(|(m, zone)| zones.time(*m, zone, calendar));
        let lasting = duration(&self.duration);
        let end = match (&until, &start, lasting) {
            (Some((m, zone)), ..) => Some(zones.time(*m, zone, calendar)),
            (None, Some((m, zone)), Some(lasting)) => {
                let moved = Moment { wall: m.wall + lasting.days * 86_400, ..*m };
                let end = zones.time(moved, zone, calendar);
                Some(EventTime { secs: end.secs + lasting.secs, ..end })
            }
            _ => None,
        };
        let unread =
            self.until.is_some() && until.is_none() || !self.duration.is_empty() && lasting.is_none();
        // An end before its start is no end. A local time and one with an offset cannot be held against each other.
        let backwards = matches!((time, end), (Some(t), Some(e)) if e.secs < t.secs
            && (t.zone == Zone::Local) == (e.zone == Zone::Local));
        raise(RowFlags::BAD_NUMBER, unread || backwards);
        let key = self.key();
        let tzid = start.as_ref().map_or(&b""[..], |(_, zone)| zone);
        let recurrence = self.recurrence.as_ref().map_or(&b""[..], |(text, _)| text);
        let texts = TEXTS.iter().map(|t| t.1).zip(self.texts.iter().map(Vec::as_slice));
        let rules = RULES.iter().map(|t| t.1).zip(self.rules.iter().map(Vec::as_slice));
        let others = [
            ("calendar", name),
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
        out.emit(&EventRow {
            span,
            time,
            end: end.filter(|_| !backwards && time.is_some()),
            kind: "calendar.event",
            key: &key,
            url: Text(self.url.trim_ascii()),
            title: Text(self.summary.trim_ascii()),
            text: Text(self.description.trim_ascii()),
            tags: &tags,
            attrs: &attrs,
            flags,
            ..EventRow::default()
        })
    }

    /// `UID`, and `RECURRENCE-ID` behind a `/` if there is one.
    fn key(&self) -> Vec<u8> {
        let mut key = self.uid.trim_ascii().to_vec();
        if let (false, Some((text, zone))) = (key.is_empty(), &self.recurrence) {
            for part in [text, zone].into_iter().filter(|p| !p.is_empty()) {
                key.push(b'/');
                key.extend_from_slice(part);
            }
        }
        key
    }
}

/// `mailto:ada@example.org` without the scheme.
fn person(address: &[u8]) -> &[u8] {
    let address = address.trim_ascii();
    match address.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(b"mailto:") => rest,
        _ => address,
    }
}

fn append(room: &mut Vec<u8>, more: &[u8]) {
    if !room.is_empty() {
        room.push(b',');
    }
    room.extend_from_slice(more);
}
