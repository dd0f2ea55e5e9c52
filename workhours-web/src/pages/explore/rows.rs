//! The events of a page: when, what, where, who, with highlights, and further filters for each.

use super::filters::with;
use crate::event::local;
use crate::query_string::QueryString;
use crate::search::Search;
use serde::Serialize;
use workhours_core::index::{Highlights, values_of};
use workhours_core::query::Field;
use workhours_core::search::{Found, FoundPage};

/// The longest text that is shown in a row, characters; all of it is on the event's own page.
const SHOWN: usize = 600;

/// An event.
#[derive(Serialize)]
pub(super) struct Line {
    id: String,
    date: String,
    source: Value,
    host: Option<Value>,
    user: Option<Value>,
    texts: Vec<Vec<(String, bool)>>,
    /// Everything that can be copied from it.
    whole: String,
    /// Fields with values that lead on.
    fields: Vec<Value>,
}

/// A value of a field: the addresses of the events with it and without.
#[derive(Clone, Serialize)]
struct Value {
    field: String,
    value: String,
    marked: Vec<(String, bool)>,
    only: String,
    without: String,
}

/// The rows of a page.
pub(super) fn lines(found: &FoundPage, search: &Search, query: &QueryString) -> Vec<Line> {
    let query = query.without("after").without("as_of");
    found.events.iter().map(|found| line(found, search, &query)).collect()
}

fn line(found: &Found, search: &Search, query: &QueryString) -> Line {
    let (event, marks) = (&found.event, &search.highlights);
    let value = |field: &Field, value: &str| Value {
        field: field.name(),
        value: value.to_owned(),
        marked: marked(marks, field, value),
        only: with(query, false, field, value),
        without: with(query, true, field, value),
    };
    let named = |field: Field, text: Option<&str>| {
        text.filter(|text| !text.is_empty()).map(|text| value(&field, text))
    };
    let host = named(Field::Host, event.host.as_deref());
    let user = named(Field::User, event.user.as_deref());
    let source = value(&Field::Source, &event.source_type);
    let mut texts: Vec<Vec<(String, bool)>> = Vec::new();
    let mut whole = String::new();
    for (field, text) in [
        (Field::Title, event.title.as_deref()),
        (Field::Text, event.text.as_deref()),
        (Field::Url, event.url.as_deref()),
    ] {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { continue };
        let segments = marked(marks, &field, text);
        // One of them describes the event; another is shown if it has a match that the first doesn't have.
        let said = texts.iter().any(|shown| joined(shown).contains(text));
        if texts.is_empty() || (!said && segments.iter().any(|(_, hit)| *hit)) {
            texts.push(segments);
        }
        if whole.is_empty() {
            whole = text.to_owned();
        }
    }
    if texts.is_empty() {
        texts.push(vec![(event.kind.to_string(), false)]);
    }
    let mut fields = vec![source.clone()];
    fields.extend(host.clone());
    fields.extend(user.clone());
    for field in
        [Field::Peer, Field::Project, Field::Kind, Field::Domain, Field::Tag, Field::Meta("status".into())]
    {
        fields.extend(
            values_of(event, &field, &search.question.lookup, "").iter().map(|text| value(&field, text)),
        );
    }
    let date = event.date.map_or_else(|| "undated".to_owned(), |us| local(us, search.zone));
    Line { id: event.id.to_hex(), date, source, host, user, texts, whole, fields }
}

fn joined(pieces: &[(String, bool)]) -> String {
    pieces.iter().map(|(piece, _)| piece.as_str()).collect()
}

fn marked(marks: &Highlights, field: &Field, text: &str) -> Vec<(String, bool)> {
    let mut left = SHOWN;
    let mut out = Vec::new();
    for (piece, hit) in marks.segments(field, text) {
        let end = piece.char_indices().nth(left).map(|(at, _)| at);
        out.push((piece[..end.unwrap_or(piece.len())].to_owned(), hit));
        if end.is_some() {
            out.push(("…".to_owned(), false));
            break;
        }
        left -= piece.chars().count();
    }
    out
}
