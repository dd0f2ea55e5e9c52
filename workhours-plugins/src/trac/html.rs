//! The timeline page of Trac: headings with a day, and lists of events under them.
//!
//! Two passes: the first finds out how the page writes dates, the second reads the events. Lists within the text of
//! an event are text.

use crate::toolkit::bytes_input::BytesInput;
use crate::toolkit::html::text::{VisibleText, classes, is_tag};
use crate::toolkit::html::tokens::{Shape, Tag, Token, Tokens};
use crate::toolkit::written::Order;
use crate::trac::day::{Day, order_of_page};
use crate::trac::item::TimelineItem;
use workhours_plugin_api::*;

/// Reads a page.
pub(crate) fn read(
    bytes: &[u8],
    order: Option<Order>,
    reference: i64,
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    let order = order.or_else(|| order_of_page(bytes));
    let mut host = BytesInput::new(bytes);
    let mut input = Input::new(&mut host);
    let mut tokens = Tokens::new(&mut input);
    let today = reference.div_euclid(86_400) * 86_400;
    let mut page = TimelinePage {
        bytes,
        order,
        today,
        day: Day::None,
        at: At::Outside,
        lists: 0,
        timeline: false,
        item: None,
        heading: VisibleText::default(),
        out,
    };
    let mut blank = true;
    while let Some(token) = tokens.next()? {
        match token {
            Token::Text(text) => {
                blank &= text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii().is_empty();
                page.text(text);
            }
            Token::Comment(_) => blank = false,
            Token::Tag(tag) => {
                blank = false;
                page.tag(&tag)?;
            }
        }
    }
    let cut = page.at == At::Term;
    page.finish(cut)?;
    if page.timeline || blank {
        return Ok(());
    }
    let why = "expected a timeline of Trac: a page with class \"timeline\" or with events, or an RSS feed";
    Err(SourceError::Unsupported(why.into()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Outside,
    Heading,
    /// In `<dt>`.
    Term,
    /// After `</dt>`.
    Named,
    /// In `<dd>`.
    Detail,
}

struct TimelinePage<'a, 'o> {
    bytes: &'a [u8],
    order: Option<Order>,
    today: i64,
    day: Day,
    at: At,
    /// Lists that are open.
    lists: u32,
    /// Whether anything shows that it is a timeline.
    timeline: bool,
    item: Option<TimelineItem>,
    heading: VisibleText,
    out: &'o mut dyn EventSink,
}

impl TimelinePage<'_, '_> {
    fn text(&mut self, text: &[u8]) {
        if self.at == At::Heading {
            return self.heading.text(text);
        }
        let Some(item) = &mut self.item else { return };
        match self.at {
            At::Detail => item.detail.text(text),
            At::Term => item.text(text),
            _ => {}
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        if tag.shape != Shape::Whole {
            return Ok(());
        }
        if !tag.closing && is_tag(tag, "div") && classes(tag).split(' ').any(|c| c == "timeline") {
            self.timeline = true;
        }
        if is_tag(tag, "h2") {
            return self.heading_tag(tag);
        }
        if is_tag(tag, "dl") {
            self.lists =
                if tag.closing { self.lists.saturating_sub(1) } else { self.lists.saturating_add(1) };
            if self.lists == 0 || self.lists == 1 && !tag.closing {
                return self.finish(false);
            }
        } else if self.lists <= 1 && is_tag(tag, "dt") {
            return self.term_tag(tag);
        } else if self.lists <= 1 && is_tag(tag, "dd") && matches!(self.at, At::Named | At::Detail) {
            if let Some(item) = self.item.as_mut().filter(|_| tag.closing) {
                item.end = tag.span.offset + tag.span.raw.len() as u64;
            }
            self.at = if tag.closing { At::Named } else { At::Detail };
            return Ok(());
        }
        if let Some(item) = &mut self.item {
            match self.at {
                At::Detail => item.detail.tag(tag),
                At::Term => item.tag(tag),
                _ => {}
            }
        }
        Ok(())
    }

    fn heading_tag(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        if !tag.closing {
            // In a list, a heading is part of an event's text unless it turns out to be a day.
            self.heading.clear();
            if self.at != At::Detail {
                self.finish(false)?;
                self.at = At::Heading;
            }
            return Ok(());
        }
        if self.at != At::Heading {
            return Ok(());
        }
        (self.at, self.lists) = (At::Outside, 0);
        self.day = Day::of_heading(&self.heading.lossy(), self.order, self.today);
        Ok(())
    }

    fn term_tag(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        if tag.closing {
            if self.at == At::Term {
                self.at = At::Named;
                if let Some(item) = &mut self.item {
                    item.end = tag.span.offset + tag.span.raw.len() as u64;
                }
            }
            return Ok(());
        }
        self.finish(false)?;
        self.item = Some(TimelineItem::begin(tag));
        self.at = At::Term;
        Ok(())
    }

    /// Ends the event that is open, whether or not it was closed.
    fn finish(&mut self, cut: bool) -> Result<(), Stop> {
        self.at = At::Outside;
        let Some(item) = self.item.take() else { return Ok(()) };
        // Other pages have lists too.
        if item.clock.is_none() && (!self.timeline || item.entry.kind.is_empty()) {
            return self.out.ignored(1);
        }
        self.timeline = true;
        let end = if cut { self.bytes.len() } else { item.end as usize };
        let raw = self.bytes.get(item.offset as usize..end).unwrap_or_default();
        let span = Span { offset: item.offset, line: item.line, raw };
        if cut || raw.len() > MAX_RECORD_BYTES {
            let (code, reason) = match cut {
                true => (RejectCode::Truncated, "the page ends within the event"),
                false => (RejectCode::TooLong, "the event is longer than a record may be"),
            };
            let span = Span { raw: &raw[..raw.len().min(4096)], ..span };
            return self.out.reject(&Reject { span, code, reason, provisional: false });
        }
        item.into_entry(self.day).emit(span, self.out)
    }
}
