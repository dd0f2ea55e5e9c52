//! `ical`: calendars in the format of RFC 5545.
//!
//! Every time a VEVENT takes place is an event. Lines are cut in `ical_lines`, zones read in `ical_zone`, repetitions
//! counted out in `ical_series`; what becomes of a VEVENT is in `ical_event`. Here the file is cut into VEVENTs, and those
//! that belong together are.

use crate::calendar::event::Event;
use crate::calendar::family::{Family, Head};
use crate::calendar::lines::{ContentLine, ContentLines, Property, unescape};
use crate::calendar::zone::{MAX_OBSERVANCES, Observance};
use workhours_plugin_api::*;

/// The source `ical`.
pub struct Ical;

export_source!(Ical);

static INFO: SourceInfo = SourceInfo {
    name: "ical",
    aliases: &["icalendar", "ics"],
    summary: "Events of calendars (iCalendar, RFC 5545)",
    details: "\
Each `VEVENT` is an event from `DTSTART` to `DTEND` or for its `DURATION`, in any number of `VCALENDAR`s or in none. \
Lines may be folded, end in CR LF, LF or CR, and follow a byte order mark.

* A repeated event is an event for each time it takes place: `RRULE` and `RDATE`, less `EXDATE` and the deprecated \
`EXRULE`. A series without an end is written out until a year from the month of loading, and further with each load; one \
with an end is written out to it, or beyond that horizon to its 1,000th event. `EXDATE;VALUE=DATE` excludes whatever \
begins on that day.
* An instance that was changed has a `RECURRENCE-ID` and takes the place of the one it names; with \
`RANGE=THISANDFUTURE`, of all later ones too, moved alike.
* A rule that holds anything unknown is not counted out: the event is there once, flagged `unplaced`, as are the events \
of a rule of more than 50,000. A rule that never takes place is a reject.
* An event is known by its `UID` and when it begins, that of a series also by the time that the series had for it (in \
UTC), one that was changed by its `RECURRENCE-ID`. All of a `UID` are one series: a later export \
that has it, of the same or a higher `SEQUENCE`, replaces all of it. Within a file one of a lower `SEQUENCE` than \
another of the same is ignored. Without a `UID` an event is known by its bytes.
* Times that end in `Z` are UTC. Times with a `TZID` follow the `VTIMEZONE` of that name in the same calendar, \
wherever it stands: its `STANDARD` and `DAYLIGHT` with `DTSTART`, `RDATE` and yearly `RRULE`s. Without one the name is \
looked up: IANA names, also behind `/vendor/version/`, names and texts of Windows (`W. Europe Standard Time`), and \
offsets (`GMT+0200`). A name that nobody knows is flagged `unknown-zone`, and its time is local, as is a time without any \
zone. A time that the clock shows twice is the first of both; one that it skips is read with the offset before. Rules of \
hours, minutes and seconds run in real time over such a change. `tzid` tells what was written.
* `VALUE=DATE`, or a date without a time, is a whole day. Its `DTEND` is the day after the last.
* No `DTSTART`: the event has no date. Not readable: it has none, and a remark.
* `CATEGORIES` are tags. `status`, `transp` and `attendees` (`ada@example.org=ACCEPTED, bo@example.org=DECLINED`) tell \
what counts as work; `METHOD:CANCEL` of a calendar is the status of its events that have none.
* A `VEVENT` that is not closed ends where the next component or the input does, with a remark; so does one with a \
line that cannot be cut into name and value. A `VEVENT` in which another begins before it says anything is a reject; any \
number of them, each within the one before, are one.
* `VTODO`, `VJOURNAL`, `VFREEBUSY` and unknown components are ignored, alarms looked over.",
    authority: "RFC 5545: https://www.rfc-editor.org/rfc/rfc5545",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["calendar.event"],
    locations: &[
        Location { os: Os::Any, glob: "~/Downloads/*.ics" },
        Location { os: Os::Any, glob: "~/.calendars/*/*.ics" },
        Location { os: Os::Linux, glob: "~/.local/share/evolution/calendar/*/calendar.ics" },
        Location { os: Os::MacOs, glob: "~/Library/Calendars/*/Events/*.ics" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/ical"), events: 3, rejects: 0 },
};

impl IDataSource for Ical {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let horizon = input.horizon_secs();
        let bytes = input.map()?;
        let head = read_head(bytes)?;
        let mut reader =
            Reader { calendar: 0, skipped: 0, nesting: false, event: None, events: Vec::new(), out };
        for line in ContentLines::new(bytes) {
            reader.line(&line)?;
        }
        reader.close(false);
        let events = std::mem::take(&mut reader.events);
        Family::emit_all(&events, &head, bytes, horizon, out)?;
        Ok(())
    }
}

/// `BEGIN:name` or `END:name`.
fn border<'a>(property: &Property<'a>) -> Option<(bool, &'a [u8])> {
    let begins = property.is("BEGIN");
    (begins || property.is("END")).then(|| (begins, property.value.trim_ascii()))
}

fn is(name: &[u8], what: &str) -> bool {
    name.eq_ignore_ascii_case(what.as_bytes())
}

fn read_head(bytes: &[u8]) -> Result<Head, SourceError> {
    let mut head = Head::default();
    let (mut calendar, mut components, mut lines) = (0, 0_u64, 0_u64);
    let (mut name, mut observances, mut current) = (Vec::new(), Vec::new(), None);
    for line in ContentLines::new(bytes) {
        lines += 1;
        let Some(property) = Property::read(&line.text) else { continue };
        match border(&property) {
            Some((true, what)) => {
                components += 1;
                if is(what, "VCALENDAR") {
                    calendar += 1;
                } else if is(what, "VTIMEZONE") {
                    name.clear();
                    observances.clear();
                } else if is(what, "STANDARD") || is(what, "DAYLIGHT") {
                    current = Some(Observance::default());
                }
            }
            Some((false, what)) if is(what, "VTIMEZONE") => {
                head.zones.insert(calendar, &name, std::mem::take(&mut observances));
            }
            Some((false, _)) => {
                let room = observances.len() < MAX_OBSERVANCES;
                observances.extend(current.take().filter(|_| room));
            }
            None if property.is("TZID") => name = property.value.trim_ascii().to_vec(),
            None if property.is("X-WR-CALNAME") => {
                head.names.entry(calendar).or_insert_with(|| unescape(property.value));
            }
            None if property.is("METHOD") && is(property.value.trim_ascii(), "CANCEL") => {
                head.cancelled.insert(calendar);
            }
            None => {
                if let Some(observance) = &mut current {
                    observance.add(&property);
                }
            }
        }
    }
    if components == 0 && lines > 0 {
        let why = "expected an iCalendar file with BEGIN:VCALENDAR, found no line that begins anything";
        return Err(SourceError::Unsupported(why.into()));
    }
    Ok(head)
}

struct Reader<'o> {
    calendar: u32,
    /// Components within the event or ignored outside of it, that are open.
    skipped: u32,
    /// Whether the event that is open began right within another.
    nesting: bool,
    event: Option<Event>,
    events: Vec<Event>,
    out: &'o mut dyn EventSink,
}

impl Reader<'_> {
    fn line(&mut self, line: &ContentLine<'_>) -> Result<(), Stop> {
        let property = Property::read(&line.text);
        match property.as_ref().and_then(border) {
            Some((true, what)) if is(what, "VEVENT") => {
                if !self.nest() {
                    self.close(false);
                }
                self.skipped = 0;
                self.event = Some(Event::begin(line.offset, line.end, line.line, self.calendar));
            }
            Some((true, what)) if is(what, "VCALENDAR") => {
                self.close(false);
                (self.calendar, self.skipped) = (self.calendar.saturating_add(1), 0);
            }
            Some((true, what)) => {
                let known = ["VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"].iter().any(|n| is(what, n));
                if known {
                    self.close(false);
                    self.skipped = 0;
                }
                // A zone isn't an entry of the calendar.
                if self.event.is_none() && self.skipped == 0 && !is(what, "VTIMEZONE") {
                    self.out.ignored(1)?;
                }
                self.skipped = self.skipped.saturating_add(1);
            }
            Some((false, what)) if is(what, "VEVENT") => {
                if let Some(event) = &mut self.event {
                    event.end = line.end;
                }
                self.close(true);
                self.skipped = 0;
            }
            Some((false, what)) if is(what, "VCALENDAR") => self.close(false),
            Some((false, _)) => self.skipped = self.skipped.saturating_sub(1),
            None => {}
        }
        if let Some(event) = &mut self.event {
            event.end = line.end;
            match property {
                Some(property) if self.skipped == 0 => event.add(&property),
                Some(_) => {}
                None => event.malformed = true,
            }
        }
        Ok(())
    }

    /// A VEVENT begins within one without properties: the outer ones aren't events, and together are one reject,
    /// however many they are.
    fn nest(&mut self) -> bool {
        let Some(mut outer) = self.event.take_if(|event| !event.says_something() && self.skipped == 0) else {
            return false;
        };
        match self.events.last_mut().filter(|last| last.nested > 0 && self.nesting) {
            Some(all) => (all.nested, all.end) = (all.nested + 1, outer.end),
            None => {
                outer.nested = 1;
                self.events.push(outer);
            }
        }
        self.nesting = true;
        true
    }

    /// Ends the event that is open, whether or not by its own `END`.
    fn close(&mut self, properly: bool) {
        self.nesting = false;
        if let Some(mut event) = self.event.take() {
            event.malformed |= !properly;
            self.events.push(event);
        }
    }
}
