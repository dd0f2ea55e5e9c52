//! Lists of bookmarks as Pinboard exports them: a JSON array of objects with an `href`.
//!
//! Elements are found first and read one by one, so that one that is damaged is one reject. Not for the trees that
//! browsers write: see `bookmarks_json`.

use crate::takeout::json::rfc3339;
use crate::toolkit::facts::Facts;
use crate::toolkit::json::items::{Element, Elements};
use memchr::memchr_iter;
use serde_json::Value as Json;
use workhours_plugin_api::*;

/// The fields of a bookmark in such a list, without its address.
const OTHERS: [&str; 7] = ["description", "extended", "tags", "time", "shared", "toread", "meta"];

/// Reads the list whose `[` is at `at`.
pub(crate) fn read(bytes: &[u8], at: usize, out: &mut dyn EventSink) -> Result<(), SourceError> {
    // A list may be anything. A damaged element shows nothing.
    let shows = Elements::new(bytes, at).any(|e| object(bytes, &e).is_ok_and(|value| is_bookmark(&value)));
    if !shows {
        let why =
            "expected a list of bookmarks, objects with \"href\" and \"description\"; found another list";
        return Err(SourceError::Unsupported(why.into()));
    }
    let (mut counted, mut line) = (0, 1);
    for element in Elements::new(bytes, at) {
        line += memchr_iter(b'\n', bytes.get(counted..element.from).unwrap_or_default()).count() as u64;
        counted = element.from;
        let raw = bytes.get(element.from..element.to).unwrap_or_default();
        let span = Span { offset: element.from as u64, line, raw };
        let refusal = match object(bytes, &element) {
            Ok(value) if is_bookmark(&value) => {
                emit(&value, span, out)?;
                continue;
            }
            Ok(_) => (RejectCode::Malformed, "the element is no bookmark: it has no \"href\"".into()),
            Err(refusal) => refusal,
        };
        let span = Span { raw: &raw[..raw.len().min(4096)], ..span };
        out.reject(&Reject { span, code: refusal.0, reason: &refusal.1, provisional: false })?;
    }
    Ok(())
}

fn object(bytes: &[u8], element: &Element) -> Result<Json, (RejectCode, String)> {
    if !element.whole {
        return Err((RejectCode::Truncated, "the file ends within the bookmark".into()));
    }
    let raw = bytes.get(element.from..element.to).unwrap_or_default();
    if raw.len() > MAX_RECORD_BYTES {
        return Err((RejectCode::TooLong, "the bookmark is longer than a record may be".into()));
    }
    if let Err(e) = std::str::from_utf8(raw) {
        return Err((RejectCode::BadText, format!("the bookmark is not UTF-8: {e}")));
    }
    serde_json::from_slice(raw).map_err(|e| (RejectCode::Malformed, format!("the bookmark is no JSON: {e}")))
}

fn is_bookmark(value: &Json) -> bool {
    !text(value, "href").is_empty() && OTHERS.iter().any(|name| value.get(name).is_some())
}

fn text<'a>(value: &'a Json, name: &str) -> &'a [u8] {
    value.get(name).and_then(Json::as_str).unwrap_or_default().as_bytes()
}

fn emit(value: &Json, span: Span<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    let (href, written) = (text(value, "href"), text(value, "time"));
    let time = rfc3339(written);
    let tags: Vec<Text<'_>> = match value.get("tags") {
        Some(Json::Array(tags)) => tags.iter().filter_map(Json::as_str).map(Text::from).collect(),
        _ => text(value, "tags").split(u8::is_ascii_whitespace).filter(|t| !t.is_empty()).map(Text).collect(),
    };
    let mut facts = Facts::default();
    facts.flag("private", true, text(value, "shared") == b"no");
    facts.flag("to_read", true, text(value, "toread") == b"yes");
    let bad = time.is_none() && value.get("time").is_some_and(|t| !t.is_null() && t.as_str() != Some(""));
    out.emit(&EventRow {
        span,
        time,
        kind: "bookmark.added",
        key: href,
        url: Text(href),
        title: Text(text(value, "description")),
        text: Text(text(value, "extended")),
        tags: &tags,
        attrs: &facts.0,
        flags: if bad { RowFlags::BAD_TIME } else { RowFlags::NONE },
        ..EventRow::default()
    })
}
