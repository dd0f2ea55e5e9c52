//! Events as lines for people: when, where, who and what, with what was searched for highlighted.

use std::fmt::Write as _;
use workhours_core::event::StoredEvent;
use workhours_core::index::{Highlights, Segment};
use workhours_core::output::visible;
use workhours_core::query::Field;
use workhours_core::zones::Zones;

/// How the lines look.
pub(super) struct EventLines {
    pub(super) zones: Zones,
    pub(super) highlights: Highlights,
    pub(super) colors: bool,
}

impl EventLines {
    /// Adds the line of an event.
    pub(super) fn add(&self, out: &mut String, event: &StoredEvent) {
        let when = event.date.map_or_else(
            || "undated            ".to_owned(),
            |us| self.zones.wall(us).format("%Y-%m-%d %H:%M:%S").to_string(),
        );
        let _ = write!(out, "{}  {}", self.dim(&when), visible(&event.source_type));
        for (field, value) in
            [(Field::Host, &event.host), (Field::Peer, &event.peer), (Field::User, &event.user)]
        {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                out.push_str("  ");
                self.marked(out, &field, value);
            }
        }
        let mut shown = false;
        for (field, value) in
            [(Field::Title, &event.title), (Field::Text, &event.text), (Field::Url, &event.url)]
        {
            let Some(value) = value.as_deref().filter(|value| !value.is_empty()) else { continue };
            let hit = self.highlights.segments(&field, value).iter().any(|(_, hit)| *hit);
            // One of them describes the event; another is shown if it has a match.
            if !shown || hit {
                out.push_str("  ");
                self.marked(out, &field, value);
                shown = true;
            }
        }
        out.push('\n');
    }

    fn marked(&self, out: &mut String, field: &Field, value: &str) {
        for (text, hit) in self.highlights.segments(field, value) as Vec<Segment<'_>> {
            match hit && self.colors {
                true => _ = write!(out, "\x1b[1;33m{}\x1b[0m", visible(text)),
                false => out.push_str(&visible(text)),
            }
        }
    }

    fn dim(&self, text: &str) -> String {
        if self.colors { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}
