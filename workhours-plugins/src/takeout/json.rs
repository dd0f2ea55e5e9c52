//! "My Activity" of Google Takeout as JSON, and the history of Chrome.
//!
//! Elements are found first and read one by one, so that one that is damaged is one reject.

use crate::takeout::google_takeout::Done;
use crate::toolkit::json::items::{Element, Elements, Members, skip_blank};
use crate::toolkit::stamp;
use memchr::memchr_iter;
use serde_json::Value;
use workhours_plugin_api::{EventSink, EventTime, Precision, Reject, RejectCode, RowFlags};
use workhours_plugin_api::{MAX_RECORD_BYTES, SourceError, Span, Stop, civil};

/// Reads a file that begins with `[` or `{` after `start`.
pub(crate) fn read(bytes: &[u8], start: usize, out: &mut dyn EventSink) -> Result<(), SourceError> {
    let at = skip_blank(bytes, start);
    if bytes.get(at) == Some(&b'[') {
        return activities(bytes, at, out);
    }
    let mut found = false;
    for (name, value) in Members::new(bytes, at) {
        if name == b"\"Browser History\"" && bytes.get(value) == Some(&b'[') {
            found = true;
            elements(bytes, value, visit, out)?;
        } else {
            out.ignored(1)?;
        }
    }
    if found {
        return Ok(());
    }
    let why = "expected a list of activities or an object with \"Browser History\", found another object";
    Err(SourceError::Unsupported(why.into()))
}

fn activities(bytes: &[u8], at: usize, out: &mut dyn EventSink) -> Result<(), SourceError> {
    // A list may be anything: an element with typical members shows it. A damaged one shows nothing.
    let mut others = false;
    let shows = Elements::new(bytes, at).filter(|e| e.whole).any(|e| {
        let value: Option<Value> = serde_json::from_slice(bytes.get(e.from..e.to).unwrap_or_default()).ok();
        let is_one = value.as_ref().is_some_and(|v| is_activity(v) && is_marked(v));
        others |= value.is_some() && !is_one;
        is_one
    });
    if others && !shows {
        let why = "expected a list of activities with \"header\", \"title\" and \"time\", found another list";
        return Err(SourceError::Unsupported(why.into()));
    }
    elements(bytes, at, activity, out)?;
    Ok(())
}

/// Members that an activity has, and hardly another object with a title and a time.
const MARKS: [&str; 4] = ["header", "products", "titleUrl", "activityControls"];
/// Its other possible members.
const OTHERS: [&str; 12] = [
    "title",
    "time",
    "description",
    "subtitles",
    "details",
    "locationInfos",
    "imageFile",
    "audioFiles",
    "attachedFiles",
    "attachments",
    "safeHtmlItem",
    "userInteractions",
];

fn is_marked(value: &Value) -> bool {
    MARKS.iter().any(|name| value.get(name).is_some())
}

/// Whether it has an activity or a time, and isn't something else with a title or a time.
fn is_activity(value: &Value) -> bool {
    let says = ["title", "titleUrl", "time"].iter().any(|name| !text(value, name).is_empty());
    let mut names = value.as_object().into_iter().flat_map(|o| o.keys());
    says && (is_marked(value) || names.all(|name| OTHERS.contains(&name.as_str())))
}

type Refusal = (RejectCode, String);

fn object(bytes: &[u8], element: &Element) -> Result<Value, Refusal> {
    if !element.whole {
        return Err((RejectCode::Truncated, "the file ends within the element".into()));
    }
    let raw = bytes.get(element.from..element.to).unwrap_or_default();
    if raw.len() > MAX_RECORD_BYTES {
        return Err((RejectCode::TooLong, "the element is longer than a record may be".into()));
    }
    if let Err(e) = std::str::from_utf8(raw) {
        return Err((RejectCode::BadText, format!("the element is not UTF-8: {e}")));
    }
    match serde_json::from_slice(raw) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err((RejectCode::Malformed, "expected an object in the list, found another value".into())),
        Err(e) => Err((RejectCode::Malformed, format!("the element is no JSON: {e}"))),
    }
}

/// Reads each element of the array at `at` with `read`.
fn elements(
    bytes: &[u8],
    at: usize,
    read: fn(&Value) -> Result<Done, Refusal>,
    out: &mut dyn EventSink,
) -> Result<(), Stop> {
    let (mut counted, mut line) = (0, 1);
    for element in Elements::new(bytes, at) {
        line += memchr_iter(b'\n', bytes.get(counted..element.from).unwrap_or_default()).count() as u64;
        counted = element.from;
        let raw = bytes.get(element.from..element.to).unwrap_or_default();
        let span = Span { offset: element.from as u64, line, raw };
        match object(bytes, &element).and_then(|value| read(&value)) {
            Ok(done) => done.emit(span, out)?,
            Err((code, reason)) => {
                let span = Span { raw: &raw[..raw.len().min(4096)], ..span };
                out.reject(&Reject { span, code, reason: &reason, provisional: false })?;
            }
        }
    }
    Ok(())
}

fn text(value: &Value, name: &str) -> Vec<u8> {
    value.get(name).and_then(Value::as_str).unwrap_or_default().as_bytes().to_vec()
}

/// A list of texts, or of objects with a name, joined.
fn names(value: &Value, list: &str, separator: &str) -> Vec<u8> {
    let items = value.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let name = |item: &Value| item.as_str().or_else(|| item.get("name")?.as_str()).map(str::to_owned);
    items.iter().filter_map(name).collect::<Vec<_>>().join(separator).into_bytes()
}

fn activity(value: &Value) -> Result<Done, Refusal> {
    if !is_activity(value) {
        let reason =
            "the element is no activity: it has neither title, address nor time, or what no activity has";
        return Err((RejectCode::Malformed, reason.into()));
    }
    let (title, url, time) = (text(value, "title"), text(value, "titleUrl"), text(value, "time"));
    let when = rfc3339(&time);
    let mut more = names(value, "subtitles", "\n");
    let description = text(value, "description");
    if !more.is_empty() && !description.is_empty() {
        more.push(b'\n');
    }
    more.extend_from_slice(&description);
    let (header, products) = (text(value, "header"), names(value, "products", ", "));
    Ok(Done {
        time: when,
        flags: if when.is_none() && !time.is_empty() { RowFlags::BAD_TIME } else { RowFlags::NONE },
        title,
        url,
        more,
        product: if header.is_empty() { products } else { header },
        attrs: vec![
            ("details", names(value, "details", ", ")),
            ("locations", names(value, "locationInfos", ", ")),
        ],
        ..Done::default()
    })
}

fn visit(value: &Value) -> Result<Done, Refusal> {
    let url = text(value, "url");
    if url.is_empty() {
        return Err((RejectCode::Malformed, "the visit has no \"url\"".into()));
    }
    let stated = ["time_usec", "timestamp_usec"].iter().find_map(|n| value.get(n));
    // Some versions write large numbers as text.
    let micros = stated.and_then(|v| v.as_i64().or_else(|| v.as_str()?.parse().ok()));
    let client = text(value, "client_id");
    let transition = ["page_transition", "page_transition_qualifier"].map(|n| text(value, n));
    let mut key = client.clone();
    key.push(b' ');
    key.extend_from_slice(&url);
    Ok(Done {
        time: micros.map(EventTime::from_unix_us),
        flags: if stated.is_some() && micros.is_none() { RowFlags::BAD_TIME } else { RowFlags::NONE },
        key,
        title: text(value, "title"),
        url,
        attrs: vec![
            ("transition", transition.into_iter().find(|t| !t.is_empty()).unwrap_or_default()),
            ("client_id", client),
        ],
        visit: true,
        ..Done::default()
    })
}

/// `2026-01-15T10:30:00.123Z`
pub(crate) fn rfc3339(text: &[u8]) -> Option<EventTime> {
    let (date, rest) = text.split_at_checked(19)?;
    if !stamp::fits(date, b"####-##-##T##:##:##") {
        return None;
    }
    let part = |from: usize, to: usize| civil::digits(date.get(from..to)?);
    let secs = civil::seconds(
        part(0, 4)? as i32,
        part(5, 7)?,
        part(8, 10)?,
        part(11, 13)?,
        part(14, 16)?,
        part(17, 19)?,
    )?;
    let digits = rest
        .strip_prefix(b".")
        .map_or(&[][..], |r| &r[..r.iter().take_while(|b| b.is_ascii_digit()).count()]);
    let zone = &rest[if rest.starts_with(b".") { digits.len() + 1 } else { 0 }..];
    let (nanos, precision) = match digits.len() {
        0 => (0, Precision::Second),
        n @ 1..=9 => {
            let precision = [Precision::Millisecond, Precision::Microsecond, Precision::Nanosecond];
            (civil::digits(digits)? * 10_u32.pow(9 - n as u32), precision[(n - 1) / 3])
        }
        _ => return None,
    };
    Some(EventTime { nanos, ..EventTime::at_offset(secs, civil::offset_min(zone)?, precision) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let time = rfc3339(b"2026-01-15T10:30:00.123Z").unwrap();
        assert_eq!(
            (time.secs, time.nanos, time.precision),
            (1_768_473_000, 123_000_000, Precision::Millisecond)
        );
        assert_eq!(rfc3339(b"2026-01-15T10:30:00+01:00").unwrap().secs, 1_768_469_400);
        for bad in ["", "2026-01-15", "2026-02-30T10:30:00Z", "2026-01-15T10:30:00", "2026-01-15T10:30:00.Z1"]
        {
            assert_eq!(rfc3339(bad.as_bytes()), None, "{bad}");
        }
    }
}
