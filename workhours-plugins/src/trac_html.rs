//! The timeline page of Trac: headings with a day, and lists of events under them.
//!
//! Two passes: the first finds out how the page writes dates, the second reads the events. Lists within the text of
//! an event are text.

use crate::bytes_input::BytesInput;
use crate::html::{Shape, Tag, Token, Tokens};
use crate::html_text::{VisibleText, attribute, classes, is_tag};
use crate::trac_timeline::Entry;
use crate::written::{self, Order, plain};
use memchr::memmem;
use workhours_plugin_api::*;

/// The option `date_order`.
pub(crate) fn order_option(value: Option<&str>) -> Result<Option<Order>, SourceError> {
    match value {
        None | Some("") => Ok(None),
        Some("mdy") => Ok(Some(Order::MonthFirst)),
        Some("dmy") => Ok(Some(Order::DayFirst)),
        Some(other) => Err(SourceError::Config(format!("date_order: expected mdy or dmy, not {other:?}"))),
    }
}

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
    let mut page = Page {
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

/// How the page's date picker or a heading with a day beyond 12 orders day and month.
fn order_of_page(bytes: &[u8]) -> Option<Order> {
    let picker = memmem::find(bytes, b"\"date_format\":\"").map(|at| &bytes[at + 15..]);
    if let Some(format) = picker.and_then(|f| f.split(|b| *b == b'"').next()) {
        let first = |c: u8| format.iter().position(|b| b.eq_ignore_ascii_case(&c));
        if let (Some(month), Some(day)) = (first(b'm'), first(b'd')) {
            return Some(if month < day { Order::MonthFirst } else { Order::DayFirst });
        }
    }
    let mut host = BytesInput::new(bytes);
    let mut input = Input::new(&mut host);
    let mut tokens = Tokens::new(&mut input);
    let (mut inside, mut heading) = (false, VisibleText::default());
    while let Ok(Some(token)) = tokens.next() {
        match token {
            Token::Text(text) if inside => heading.text(text),
            Token::Tag(tag) if is_tag(&tag, "h2") => {
                if let Some(order) = written::order(before_colon(&plain(&heading.lossy()))) {
                    return Some(order);
                }
                inside = !tag.closing;
                heading.clear();
            }
            _ => {}
        }
    }
    None
}

fn before_colon(heading: &str) -> &str {
    heading.split(':').next().unwrap_or(heading).trim()
}

/// The day that the events belong to.
#[derive(Clone, Copy, Debug)]
enum Day {
    /// There was no heading with a day.
    None,
    /// Seconds of its beginning on the page's clock.
    Known(i64),
    /// Counted from the first load.
    Counted(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Outside,
    Heading,
    /// In `<dt>`.
    Term,
    /// Behind `</dt>`.
    Named,
    /// In `<dd>`.
    Detail,
}

/// What a `<span>` of an event holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Title,
    Time,
    Author,
}

/// An event being read.
#[derive(Debug)]
struct Item {
    offset: u64,
    line: u64,
    end: u64,
    part: Part,
    /// Spans open within the part.
    spans: u32,
    clock: Option<VisibleText>,
    title: VisibleText,
    author: VisibleText,
    /// What follows the last `</em>` of the title.
    tail: Option<VisibleText>,
    detail: VisibleText,
    entry: Entry,
}

struct Page<'a, 'o> {
    bytes: &'a [u8],
    order: Option<Order>,
    today: i64,
    day: Day,
    at: At,
    /// Lists that are open.
    lists: u32,
    /// Whether anything shows that it is a timeline.
    timeline: bool,
    item: Option<Box<Item>>,
    heading: VisibleText,
    out: &'o mut dyn EventSink,
}

impl Page<'_, '_> {
    fn text(&mut self, text: &[u8]) {
        if self.at == At::Heading {
            return self.heading.text(text);
        }
        let Some(item) = &mut self.item else { return };
        match (self.at, item.part) {
            (At::Detail, _) => item.detail.text(text),
            (At::Term, Part::Time) => item.clock.get_or_insert_default().text(text),
            (At::Term, part) => {
                item.title.text(text);
                if let Some(tail) = &mut item.tail {
                    tail.text(text);
                }
                if part == Part::Author {
                    item.author.text(text);
                }
            }
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
        let heading = plain(&self.heading.lossy());
        let (date, rest) = heading.split_once(':').unwrap_or((&heading, ""));
        self.day = match written::day(date, self.order) {
            Some((year, month, day)) => Day::Known(civil::days(year, month, day) * 86_400),
            None => match days_ago(date).or_else(|| days_ago(rest)) {
                Some(n) => Day::Counted(self.today - n * 86_400),
                None => Day::None,
            },
        };
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
        let marks = ["unread", "highlight", "first", "last", "even", "odd"];
        let kind =
            classes(tag).split_ascii_whitespace().find(|c| !marks.contains(c)).unwrap_or("").to_owned();
        let (offset, line) = (tag.span.offset, tag.span.line);
        let end = offset + tag.span.raw.len() as u64;
        self.item = Some(Box::new(Item {
            offset,
            line,
            end,
            part: Part::Title,
            spans: 0,
            clock: None,
            title: VisibleText::default(),
            author: VisibleText::default(),
            tail: None,
            detail: VisibleText::default(),
            entry: Entry { kind, ..Entry::default() },
        }));
        self.at = At::Term;
        Ok(())
    }

    /// Ends the event that is open, whether or not it was closed.
    fn finish(&mut self, cut: bool) -> Result<(), Stop> {
        self.at = At::Outside;
        let Some(mut item) = self.item.take() else { return Ok(()) };
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
        self.date(&mut item);
        item.into_entry().emit(span, self.out)
    }

    fn date(&self, item: &mut Item) {
        let clock = item.clock.as_ref().map(|c| plain(&c.lossy()));
        let (day, mut flags) = match self.day {
            Day::Known(day) => (Some(day), RowFlags::NONE),
            Day::Counted(day) => (Some(day), RowFlags::INFERRED_YEAR),
            Day::None => (None, RowFlags::BAD_TIME),
        };
        item.entry.time = day.and_then(|day| match clock.as_deref() {
            None => Some(EventTime::local(day, Precision::Day)),
            Some(text) => {
                let clock = written::clock(text, true)?;
                let time = EventTime::local(day + clock.secs, clock.precision);
                let offset = written::zone(clock.after);
                Some(offset.map_or(time, |min| EventTime::at_offset(time.secs, min, time.precision)))
            }
        });
        if item.entry.time.is_none() {
            flags = RowFlags::BAD_TIME;
        }
        item.entry.flags = flags;
    }
}

impl Item {
    /// A tag in the `<dt>`.
    fn tag(&mut self, tag: &Tag<'_>) {
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

    fn into_entry(self: Box<Self>) -> Entry {
        let mut entry = self.entry;
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

/// 0 for today, 1 for yesterday, in the languages that Trac speaks.
fn days_ago(heading: &str) -> Option<i64> {
    const TODAY: [&str; 20] = [
        "today",
        "heute",
        "aujourd'hui",
        "aujourd’hui",
        "hoy",
        "oggi",
        "hoje",
        "vandaag",
        "idag",
        "i dag",
        "tänään",
        "dzisiaj",
        "dnes",
        "сегодня",
        "сьогодні",
        "今日",
        "今天",
        "오늘",
        "bugün",
        "ma",
    ];
    const YESTERDAY: [&str; 18] = [
        "yesterday",
        "gestern",
        "hier",
        "ayer",
        "ieri",
        "ontem",
        "gisteren",
        "igår",
        "i går",
        "eilen",
        "wczoraj",
        "včera",
        "вчера",
        "вчора",
        "昨日",
        "昨天",
        "어제",
        "dün",
    ];
    let word = heading.trim().to_lowercase();
    [TODAY.as_slice(), &YESTERDAY].iter().position(|words| words.contains(&word.as_str())).map(|n| n as i64)
}
