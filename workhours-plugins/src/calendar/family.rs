//! VEVENTs with one UID: an entry that may repeat, and the changed instances that replace some of its own.
//!
//! [`event`](crate::calendar::event) reads each of them.

use crate::calendar::event::{Around, Event};
use crate::calendar::series::{Instances, Marks, Place};
use crate::calendar::zone::Zones;
use std::collections::{HashMap, HashSet};
use workhours_plugin_api::*;

/// What must be known before the events are read: it may come after them.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) zones: Zones,
    /// `X-WR-CALNAME` of each calendar that has one.
    pub(crate) names: HashMap<u32, Vec<u8>>,
    /// Calendars whose `METHOD` is `CANCEL`.
    pub(crate) cancelled: HashSet<u32>,
}

/// All of a UID.
#[derive(Debug, Default)]
pub(crate) struct Family<'e> {
    entries: Vec<&'e Event>,
    /// Events with a RECURRENCE-ID.
    changed: Vec<&'e Event>,
}

impl<'e> Family<'e> {
    /// Emits the events of all VEVENTs in their order.
    pub(crate) fn emit_all(
        events: &'e [Event],
        head: &Head,
        bytes: &[u8],
        horizon: i64,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let mut families: HashMap<&[u8], Family<'_>> = HashMap::new();
        for event in events.iter().filter(|e| !e.uid().is_empty()) {
            let family = families.entry(event.uid()).or_default();
            if event.is_instance() { family.changed.push(event) } else { family.entries.push(event) }
        }
        let alone = Family::default();
        for event in events {
            let family = families.get(event.uid()).unwrap_or(&alone);
            family.emit(event, head, bytes, horizon, out)?;
        }
        Ok(())
    }

    /// The version of all: that of the entry if it is there, for an instance is changed without it.
    fn revision(&self) -> i64 {
        let of = |events: &[&Event]| events.iter().filter_map(|e| e.sequence).max();
        if self.entries.is_empty() { of(&self.changed) } else { of(&self.entries) }.unwrap_or(0)
    }

    fn emit(
        &self,
        event: &Event,
        head: &Head,
        bytes: &[u8],
        horizon: i64,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        if event.nested > 0 {
            let raw = bytes.get(event.offset..event.end).unwrap_or_default();
            let span = Span { offset: event.offset as u64, line: event.line, raw };
            let reason =
                format!("another VEVENT begins within it before it says anything ({} deep)", event.nested);
            return out.reject(&Reject {
                span,
                code: RejectCode::Malformed,
                reason: &reason,
                provisional: false,
            });
        }
        if self.is_outdated(event, head) {
            return out.ignored(1);
        }
        let mut around = Around {
            raw: bytes.get(event.offset..event.end).unwrap_or_default(),
            name: head.names.get(&event.calendar).map_or(&[][..], Vec::as_slice),
            cancelled: head.cancelled.contains(&event.calendar),
            place: head.place(event),
            revision: self.revision(),
            incomplete: false,
        };
        if event.is_instance() {
            event.emit(None, &around, out)?;
            let moved = if event.and_future { self.moved_with(event, head, horizon) } else { None };
            return match moved {
                Some(moved) => {
                    around.incomplete = moved.incomplete;
                    event.emit(Some(&moved.starts), &around, out)
                }
                None => Ok(()),
            };
        }
        if event.lists.is_empty() && self.changed.is_empty() {
            return event.emit(None, &around, out);
        }
        let Some(mut all) = self.instances(event, head, horizon) else {
            return event.emit(None, &around, out);
        };
        if all.never {
            let span = Span { offset: event.offset as u64, line: event.line, raw: around.raw };
            let reason = "its rule never takes place: no instance is at or after DTSTART";
            return out.reject(&Reject { span, code: RejectCode::Malformed, reason, provisional: false });
        }
        let changes = self.changes(head);
        all.starts.retain(|(start, _)| changed_by(&changes, start.key()).is_none());
        around.incomplete = all.incomplete;
        // All of it is excluded or replaced.
        if all.starts.is_empty() { out.ignored(1) } else { event.emit(Some(&all.starts), &around, out) }
    }

    /// Whether there is a higher version of the same entry or instance: merged files have both.
    fn is_outdated(&self, event: &Event, head: &Head) -> bool {
        let version = |e: &Event| e.sequence.unwrap_or(0);
        let key = |e: &Event| {
            e.original(head.place(e)).map(|o| o.clock.utc(o.moment.wall).unwrap_or(o.moment.wall))
        };
        let all = if event.is_instance() { &self.changed } else { &self.entries };
        all.len() > 1 && all.iter().any(|e| version(e) > version(event) && key(e) == key(event))
    }

    /// The instances of an entry without the replaced ones; `None` if it has no date.
    fn instances(&self, entry: &Event, head: &Head, horizon: i64) -> Option<Instances> {
        let place = head.place(entry);
        let start = entry.start(place)?;
        let mut gone = Marks::default();
        for original in self.changed.iter().filter_map(|e| e.original(head.place(e))) {
            gone.add(original.moment, original.clock);
        }
        Some(entry.lists.instances(start.moment, start.clock, &gone, place, horizon))
    }

    /// From when on which changed instance is the pattern of those that follow, in order.
    fn changes(&self, head: &Head) -> Vec<(i64, &'e Event)> {
        let mut from: Vec<_> = (self.changed.iter().filter(|e| e.and_future))
            .filter_map(|e| {
                let original = e.original(head.place(e))?;
                Some((original.clock.utc(original.moment.wall).unwrap_or(original.moment.wall), *e))
            })
            .collect();
        from.sort_by_key(|(key, _)| *key);
        from
    }

    /// The later instances that a changed one moves with it.
    fn moved_with(&self, event: &Event, head: &Head, horizon: i64) -> Option<Instances> {
        let entry = self.entries.iter().find(|e| !self.is_outdated(e, head))?;
        let mut all = self.instances(entry, head, horizon)?;
        let changes = self.changes(head);
        all.starts
            .retain(|(start, _)| changed_by(&changes, start.key()).is_some_and(|by| std::ptr::eq(by, event)));
        let (own, original) = (event.start(head.place(event))?, event.original(head.place(event))?);
        let entry_clock = entry.start(head.place(entry))?.clock;
        let was = match original.clock.utc(original.moment.wall) {
            Some(utc) => entry_clock.wall(utc),
            None => original.moment.wall,
        };
        for (start, lasting) in &mut all.starts {
            start.wall += own.moment.wall - was;
            start.utc = own.clock.utc(start.wall);
            // A period without its own length had that of the entry.
            *lasting = None;
        }
        Some(all)
    }
}

/// Which of the changes applies at a time.
fn changed_by<'e>(changes: &[(i64, &'e Event)], key: i64) -> Option<&'e Event> {
    changes.iter().rev().find(|(from, _)| *from <= key).map(|(_, event)| *event)
}

impl Head {
    fn place(&self, event: &Event) -> Place<'_> {
        Place { zones: &self.zones, calendar: event.calendar }
    }
}
