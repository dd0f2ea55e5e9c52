//! The timeline of Trac as an RSS feed.
//!
//! Items are found first and read one by one, so that one with invalid XML is one reject.

use crate::git::date::date;
use crate::toolkit::html::text;
use crate::toolkit::zone_names;
use crate::trac::timeline::Entry;
use memchr::{memchr_iter, memmem};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::borrow::Cow;
use workhours_plugin_api::*;

/// Reads a feed.
pub(crate) fn read(bytes: &[u8], out: &mut dyn EventSink) -> Result<(), SourceError> {
    let find = |what: &str, from: usize| memmem::find(&bytes[from..], what.as_bytes()).map(|n| from + n);
    let first = find("<item", 0).unwrap_or(bytes.len());
    if memmem::find(&bytes[..first], b"Trac").is_none() {
        let why = "expected the feed of a Trac timeline, found an RSS feed that does not name Trac";
        return Err(SourceError::Unsupported(why.into()));
    }
    let (mut at, mut counted, mut line) = (first, 0, 1_u64);
    const END: &str = "</item>";
    // After the last end none is searched for: that would take quadratic time.
    let last_end = memmem::rfind(bytes, END.as_bytes()).unwrap_or(0);
    while at < bytes.len() {
        line += memchr_iter(b'\n', &bytes[counted..at]).count() as u64;
        counted = at;
        let next = find("<item", at + 5).unwrap_or(bytes.len());
        let closed = if at < last_end { find(END, at).map(|n| n + END.len()) } else { None };
        // An item that isn't closed ends where the next begins; one with `<item` in its text is closed after it.
        let end = closed.unwrap_or(next);
        let span = Span { offset: at as u64, line, raw: &bytes[at..end] };
        match closed {
            _ if span.raw.len() > MAX_RECORD_BYTES => {
                reject(span, RejectCode::TooLong, "the item is longer than a record may be", out)?;
            }
            None => reject(span, RejectCode::Truncated, "the feed ends within the item", out)?,
            Some(_) => match item(span.raw) {
                Ok(entry) => entry.emit(span, out)?,
                Err(reason) => reject(span, RejectCode::Malformed, &reason, out)?,
            },
        }
        at = find("<item", end).unwrap_or(bytes.len());
    }
    Ok(())
}

fn reject(span: Span<'_>, code: RejectCode, reason: &str, out: &mut dyn EventSink) -> Result<(), Stop> {
    let span = Span { raw: &span.raw[..span.raw.len().min(4096)], ..span };
    out.reject(&Reject { span, code, reason, provisional: false })
}

/// Texts of the elements of an item.
#[derive(Default)]
struct Fields {
    title: String,
    link: String,
    published: String,
    author: String,
    guid: String,
    description: String,
    category: String,
}

impl Fields {
    fn room(&mut self, element: &str) -> Option<&mut String> {
        Some(match element {
            "title" => &mut self.title,
            "link" => &mut self.link,
            "pubDate" => &mut self.published,
            "creator" | "author" => &mut self.author,
            "guid" => &mut self.guid,
            "description" => &mut self.description,
            "category" => &mut self.category,
            _ => return None,
        })
    }
}

fn item(xml: &[u8]) -> Result<Entry, String> {
    let text = String::from_utf8_lossy(xml);
    let mut reader = Reader::from_str(&text);
    let mut fields = Fields::default();
    let mut element = String::new();
    loop {
        let mut add = |text: &str| {
            if let Some(room) = fields.room(&element) {
                room.push_str(text);
            }
        };
        let event = reader.read_event().map_err(|e| format!("the item is no XML: {e}"))?;
        match event {
            Event::Start(tag) => element = tag.local_name().as_ref().to_owned(),
            Event::End(_) => element.clear(),
            Event::Text(part) => add(&part),
            Event::CData(part) => add(&part),
            Event::GeneralRef(reference) => {
                let mut decoded = Vec::new();
                crate::toolkit::html::entities::decode(format!("&{};", &*reference).as_bytes(), &mut decoded);
                add(&String::from_utf8_lossy(&decoded));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut entry = entry(&fields);
    if matches!(text, Cow::Owned(_)) {
        entry.flags |= RowFlags::MALFORMED_TAIL;
    }
    Ok(entry)
}

fn entry(fields: &Fields) -> Entry {
    let time = published(fields.published.trim());
    let flags = match time {
        None if !fields.published.trim().is_empty() => RowFlags::BAD_TIME,
        _ => RowFlags::NONE,
    };
    let (link, guid) = (fields.link.trim(), fields.guid.trim());
    let kind = fields.category.trim().to_owned();
    // Some feeds have a guid that is only the end of one.
    let key = match guid {
        "" if link.is_empty() => String::new(),
        "" => format!("{kind} {link}"),
        _ if guid.contains("://") => guid.to_owned(),
        _ => format!("{link}{guid}"),
    };
    Entry {
        time,
        kind,
        key: key.into_bytes(),
        url: link.as_bytes().to_vec(),
        title: fields.title.split_whitespace().collect::<Vec<_>>().join(" ").into_bytes(),
        text: text::strip(fields.description.as_bytes()).join(&b'\n'),
        author: fields.author.trim().as_bytes().to_vec(),
        tooltip: Vec::new(),
        flags,
    }
}

/// `Wed, 20 May 2009 23:34:29 GMT`, also with an offset.
fn published(text: &str) -> Option<EventTime> {
    let (rest, zone) = text.rsplit_once(' ')?;
    match zone_names::zone(zone) {
        Some(minutes) => {
            let time = date(rest.as_bytes()).filter(|t| t.zone == Zone::Local)?;
            Some(EventTime::at_offset(time.secs, minutes, time.precision))
        }
        None => date(text.as_bytes()),
    }
}
