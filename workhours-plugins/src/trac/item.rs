//! One event of a page of Trac: the contents of its `<dt>` and `<dd>`.
//!
//! [`html`](crate::trac::html) finds where it begins and ends.

use crate::toolkit::html::text::{VisibleText, attribute, classes, is_tag};
use crate::toolkit::html::tokens::Tag;
use crate::toolkit::written::{self, plain};
use crate::toolkit::zone_names;
use crate::trac::day::Day;
use crate::trac::timeline::Entry;
use workhours_plugin_api::*;

/// The content of a `<span>` of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Title,
    Time,
    Author,
}

/// An event being read.
#[derive(Debug)]
pub(crate) struct TimelineItem {
    pub(crate) offset: u64,
    pub(crate) line: u64,
    /// The end of its last tag.
    pub(crate) end: u64,
    part: Part,
    /// Spans open within the part.
    spans: u32,
    pub(crate) clock: Option<VisibleText>,
    title: VisibleText,
    author: VisibleText,
    /// The text after the last `</em>` of the title.
    tail: Option<VisibleText>,
    pub(crate) detail: VisibleText,
    pub(crate) entry: Entry,
}

impl TimelineItem {
    /// Begins with `<dt class=kind>`.
    pub(crate) fn begin(tag: &Tag<'_>) -> Self {
        let marks = ["unread", "highlight", "first", "last", "even", "odd"];
        let classes = classes(tag);
        let kind = classes.split_ascii_whitespace().find(|c| !marks.contains(c)).unwrap_or("").to_owned();
        Self {
            offset: tag.span.offset,
            line: tag.span.line,
            end: tag.span.offset + tag.span.raw.len() as u64,
            part: Part::Title,
            spans: 0,
            clock: None,
            title: VisibleText::default(),
            author: VisibleText::default(),
            tail: None,
            detail: VisibleText::default(),
            entry: Entry { kind, ..Entry::default() },
        }
    }

    /// Text in the `<dt>`.
    pub(crate) fn text(&mut self, text: &[u8]) {
        if self.part == Part::Time {
            return self.clock.get_or_insert_default().text(text);
        }
        self.title.text(text);
        if let Some(tail) = &mut self.tail {
            tail.text(text);
        }
        if self.part == Part::Author {
            self.author.text(text);
        }
    }

    /// A tag in the `<dt>`.
    pub(crate) fn tag(&mut self, tag: &Tag<'_>) {
        if is_tag(tag, "span") {
            match (tag.closing, self.part) {
                (true, _) if self.spans > 0 => self.spans -= 1,
                (true, _) => self.part = Part::Title,
                (false, Part::Title) => {
                    let classes = classes(tag);
                    let mut words = classes.split_ascii_whitespace();
                    self.part = match words
                        .find(|c| *c == "time" || *c == "author" || c.starts_with("trac-author"))
                    {
                        Some("time") => Part::Time,
                        Some(_) => Part::Author,
                        None => Part::Title,
                    };
                }
                (false, _) => self.spans = self.spans.saturating_add(1),
            }
        } else if is_tag(tag, "em") && tag.closing {
            self.tail = Some(VisibleText::default());
        } else if is_tag(tag, "em") && self.entry.tooltip.is_empty() {
            self.entry.tooltip = attribute(tag, "title").unwrap_or_default();
        } else if is_tag(tag, "a") && !tag.closing && self.entry.url.is_empty() {
            self.entry.url = attribute(tag, "href").unwrap_or_default();
        }
    }

    pub(crate) fn into_entry(self, day: Day) -> Entry {
        let (time, flags) = self.time(day);
        let mut entry = Entry { time, flags, ..self.entry };
        entry.title = self.title.one_line();
        entry.text = self.detail.lines().join(&b'\n');
        entry.author = self.author.one_line();
        if let (true, Some(tail)) = (self.author.is_empty(), &self.tail) {
            entry.author = named_author(&tail.lossy()).unwrap_or_default().as_bytes().to_vec();
        }
        if !entry.url.is_empty() {
            entry.key = [entry.kind.as_bytes(), b" ", &entry.url].concat();
        }
        entry
    }

    fn time(&self, day: Day) -> (Option<EventTime>, RowFlags) {
        let (day, flags) = match day {
            Day::Known(day) => (day, RowFlags::NONE),
            Day::Counted(day) => (day, RowFlags::INFERRED_YEAR),
            Day::None => return (None, RowFlags::BAD_TIME),
        };
        let Some(clock) = &self.clock else {
            return (Some(EventTime::local(day, Precision::Day)), flags);
        };
        let text = plain(&clock.lossy());
        let Some(clock) = written::clock(&text, true) else { return (None, RowFlags::BAD_TIME) };
        let wall = day + clock.secs;
        let time = match zone_names::zone(clock.after) {
            Some(minutes) => EventTime::at_offset(wall, minutes, clock.precision),
            None => EventTime::local(wall, clock.precision),
        };
        (Some(time), flags)
    }
}

/// The author in `(defect) created by ada`, as Trac 0.10 ends its titles.
fn named_author(tail: &str) -> Option<&str> {
    const VERBS: [&str; 6] = ["created", "closed", "reopened", "updated", "edited", "deleted"];
    let (before, author) = by(tail)?;
    (before.is_empty() || VERBS.iter().any(|v| before.ends_with(v))).then_some(author)
}

fn by(tail: &str) -> Option<(&str, &str)> {
    let tail = tail.trim();
    match tail.strip_prefix("by ") {
        Some(author) => Some(("", author.trim())),
        None => tail.rsplit_once(" by ").map(|(before, author)| (before.trim_end(), author.trim())),
    }
}
