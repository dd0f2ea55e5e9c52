//! From a question to the server's query: it finds what `Expr::matches` accepts.

use super::document::{joined, whole};
use crate::index::meta;
use serde_json::{Value, json};
use std::cmp::Ordering;
use workhours_base::error::{Error, Result};
use workhours_query::words::words;
use workhours_query::{Expr, Field, Op, Want, wants_number};
use workhours_store::Seq;

/// The fields that a word without a field is looked for in.
const ALL: [&str; 5] = ["words.title", "words.text", "words.url", "words.who", "words.values"];

/// Words that complete the last word of a phrase, at most: the server looks at no more.
const MAX_ENDINGS: u32 = 10_000;

/// The query of a question, of events that were committed with this batch or before it.
///
/// # Errors
/// A usage error for what only the database knows.
pub(super) fn question(expr: &Expr, as_of: Option<Seq>) -> Result<Value> {
    let query = compiled(expr)?;
    let Some(as_of) = as_of else { return Ok(query) };
    let known = json!({ "range": { "seq": { "lte": as_of.get() } } });
    Ok(json!({ "bool": { "must": [query], "filter": [known] } }))
}

fn all() -> Value {
    json!({ "match_all": { "boost": 0.0 } })
}

fn none() -> Value {
    json!({ "match_none": {} })
}

fn any(queries: Vec<Value>) -> Value {
    json!({ "bool": { "should": queries, "minimum_should_match": 1 } })
}

/// A condition that doesn't affect the score.
fn silent(query: Value) -> Value {
    json!({ "bool": { "filter": [query] } })
}

fn compiled(expr: &Expr) -> Result<Value> {
    Ok(match expr {
        Expr::And(parts) if parts.is_empty() => all(),
        Expr::And(parts) => {
            let (mut must, mut must_not) = (Vec::new(), Vec::new());
            for part in parts {
                match part {
                    Expr::Not(part) => must_not.push(compiled(part)?),
                    part => must.push(compiled(part)?),
                }
            }
            json!({ "bool": { "must": must, "must_not": must_not } })
        }
        Expr::Or(parts) => any(parts.iter().map(compiled).collect::<Result<_>>()?),
        Expr::Not(part) => json!({ "bool": { "must_not": [compiled(part)?] } }),
        Expr::Term { field: None, want, .. } => any(ALL.iter().map(|field| in_words(field, want)).collect()),
        Expr::Term { field: Some(field), want, span } => term(field, want, *span)?,
    })
}

fn term(field: &Field, want: &Want, span: Option<(i64, i64)>) -> Result<Value> {
    Ok(match field {
        Field::Title => in_words("words.title", want),
        Field::Text => in_words("words.text", want),
        Field::Url => in_words("words.url", want),
        Field::Referrer => in_words("words.referrer", want),
        Field::Agent => silent(in_words("words.agent", want)),
        Field::Path => silent(in_words("words.path", want)),
        Field::Source => silent(name("source", want)),
        Field::Kind => silent(name("kind", want)),
        Field::Host => silent(name("host", want)),
        Field::Peer => silent(name("peer", want)),
        Field::User => silent(name("user", want)),
        Field::Domain => silent(name("domain", want)),
        Field::Tag => silent(name("tag", want)),
        Field::Id => silent(name("id", want)),
        Field::Date => silent(time(want, span)),
        Field::Duration => silent(duration(want)),
        Field::Meta(key) => silent(in_meta(key, want)?),
        Field::Project | Field::Person | Field::Input | Field::Label => {
            let name = field.name();
            return Err(Error::usage(format!(
                "the index does not know the {name} of events; ask the database"
            )));
        }
    })
}

/// Words of a text, one after the other.
fn in_words(field: &str, want: &Want) -> Value {
    let (text, open) = match want {
        Want::Word(text) | Want::Phrase(text) => (text, false),
        Want::Prefix(text) => (text, true),
        Want::Compare(..) | Want::Range(..) => return none(),
    };
    let (phrase, n) = (joined(text), words(text).take(2).count());
    match (n, open) {
        (0, _) => none(),
        (1, false) => json!({ "term": { field: { "value": phrase } } }),
        (1, true) => json!({ "prefix": { field: { "value": phrase } } }),
        (_, false) => json!({ "match_phrase": { field: { "query": phrase } } }),
        (_, true) => {
            json!({ "match_phrase_prefix": { field: { "query": phrase, "max_expansions": MAX_ENDINGS } } })
        }
    }
}

/// A name, whole or by its beginning, or compared as texts are.
fn name(field: &str, want: &Want) -> Value {
    prefixed(field, "", want)
}

/// The same for terms that begin like this.
fn prefixed(field: &str, start: &str, want: &Want) -> Value {
    let text = |text: &str| whole(&format!("{start}{text}")).to_owned();
    // The least text that is above all with this beginning: no text has this character.
    let end = format!("{start}\u{10ffff}");
    match want {
        Want::Word(word) | Want::Phrase(word) => json!({ "term": { field: { "value": text(word) } } }),
        Want::Prefix(word) => json!({ "prefix": { field: { "value": text(word) } } }),
        Want::Compare(op, word) => {
            let bounds = match op {
                Op::Less => json!({ "gte": start, "lt": text(word) }),
                Op::AtMost => json!({ "gte": start, "lte": text(word) }),
                Op::More => json!({ "gt": text(word), "lt": end }),
                Op::AtLeast => json!({ "gte": text(word), "lt": end }),
            };
            json!({ "range": { field: bounds } })
        }
        Want::Range(from, to) => {
            let from = if from == "*" { start.to_owned() } else { text(from) };
            let bounds = match to.as_str() {
                "*" => json!({ "gte": from, "lt": end }),
                to => json!({ "gte": from, "lte": text(to) }),
            };
            json!({ "range": { field: bounds } })
        }
    }
}

fn time(want: &Want, span: Option<(i64, i64)>) -> Value {
    let Some((start, end)) = span else { return none() };
    let bounds = match want {
        Want::Compare(Op::Less, _) => json!({ "lt": start }),
        Want::Compare(Op::AtMost, _) => json!({ "lt": end }),
        Want::Compare(Op::More, _) => json!({ "gte": end }),
        Want::Compare(Op::AtLeast, _) => json!({ "gte": start }),
        _ => json!({ "gte": start, "lt": end }),
    };
    json!({ "range": { "time": bounds } })
}

/// Milliseconds, of a column in µs.
fn duration(want: &Want) -> Value {
    let bounds =
        |from: Option<i64>, to: Option<i64>| json!({ "range": { "duration": { "gte": from, "lte": to } } });
    let number = |text: &str| text.parse::<f64>().ok().filter(|n| !n.is_nan());
    match want {
        Want::Word(text) | Want::Phrase(text) | Want::Prefix(text) => match number(text) {
            Some(ms) => bounds(Some(first_us(ms, Ordering::is_ge)), Some(last_us(ms, Ordering::is_le))),
            None => none(),
        },
        Want::Compare(op, text) => match (number(text), op) {
            (None, _) => none(),
            (Some(ms), Op::Less) => bounds(None, Some(last_us(ms, Ordering::is_lt))),
            (Some(ms), Op::AtMost) => bounds(None, Some(last_us(ms, Ordering::is_le))),
            (Some(ms), Op::More) => bounds(Some(first_us(ms, Ordering::is_gt)), None),
            (Some(ms), Op::AtLeast) => bounds(Some(first_us(ms, Ordering::is_ge)), None),
        },
        Want::Range(from, to) => {
            let (low, high) = (number(from), number(to));
            if (from != "*" && low.is_none()) || (to != "*" && high.is_none()) {
                return none();
            }
            let (low, high) = (low.filter(|_| from != "*"), high.filter(|_| to != "*"));
            bounds(low.map(|ms| first_us(ms, Ordering::is_ge)), high.map(|ms| last_us(ms, Ordering::is_le)))
        }
    }
}

/// The least number of µs that, in milliseconds, is this much or more.
fn first_us(ms: f64, holds: fn(Ordering) -> bool) -> i64 {
    let mut us = (ms * 1000.0).floor() as i64;
    us = us.saturating_sub(1);
    let is = |us: i64| (us as f64 / 1000.0).partial_cmp(&ms).is_some_and(holds);
    while !is(us) && us < i64::MAX {
        us += 1;
    }
    us
}

/// The greatest number of µs that, in milliseconds, is this much or less.
fn last_us(ms: f64, holds: fn(Ordering) -> bool) -> i64 {
    let mut us = (ms * 1000.0).ceil() as i64;
    us = us.saturating_add(1);
    let is = |us: i64| (us as f64 / 1000.0).partial_cmp(&ms).is_some_and(holds);
    while !is(us) && us > i64::MIN {
        us -= 1;
    }
    us
}

/// A value of `meta`: texts compare as names, and numbers as numbers where the condition is one.
fn in_meta(key: &str, want: &Want) -> Result<Value> {
    let texts = prefixed("meta", &meta::of_text(key), want);
    let objects = prefixed("meta", &meta::of_object(key), want);
    let numbers = match wants_number(want) {
        true => number_in_meta(key, want),
        // The number as it is written.
        false => match want {
            Want::Word(text) | Want::Phrase(text) => match text.parse::<f64>() {
                Ok(n) => json!({ "term": { "meta": { "value": meta::of_number(key, n, text) } } }),
                Err(_) => none(),
            },
            Want::Prefix(text) => {
                let start = escaped(&meta::of_key(key));
                json!({ "regexp": { "meta": { "value": format!("{start}n.{{16}}{}.*", escaped(text)) } } })
            }
            Want::Compare(..) | Want::Range(..) => {
                return Err(Error::usage(format!(
                    "the search server cannot compare the numbers of {key} as texts; ask the database"
                ))
                .hint("compare with a number, or search with --no-index"));
            }
        },
    };
    Ok(any(vec![texts, objects, numbers]))
}

fn number_in_meta(key: &str, want: &Want) -> Value {
    let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
    let (first, last) = (meta::least_number(key, None), meta::least_number(key, Some(f64::INFINITY)));
    let at = |n: f64| meta::least_number(key, Some(n));
    // All terms of a number begin with its bits; the least text above them ends in a character that no text has.
    let above = |n: f64| format!("{}\u{10ffff}", meta::least_number(key, Some(n)));
    let bounds = match want {
        Want::Word(text) | Want::Phrase(text) | Want::Prefix(text) => {
            json!({ "gte": at(number(text)), "lt": above(number(text)) })
        }
        Want::Compare(Op::Less, text) => json!({ "gte": first, "lt": at(number(text)) }),
        Want::Compare(Op::AtMost, text) => json!({ "gte": first, "lt": above(number(text)) }),
        Want::Compare(Op::More, text) => json!({ "gte": above(number(text)), "lte": last }),
        Want::Compare(Op::AtLeast, text) => json!({ "gte": at(number(text)), "lte": last }),
        Want::Range(from, to) => {
            let from = if from == "*" { first } else { at(number(from)) };
            let to = if to == "*" { last } else { above(number(to)) };
            json!({ "gte": from, "lt": to })
        }
    };
    json!({ "range": { "meta": bounds } })
}

/// A text for a regular expression of Lucene.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r#".?+*|{}[]()"\#@&<>~^$-"#.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_bounded_by_what_they_compare_as() {
        for ms in [0.0, 0.1, 0.0015, 1.0, 2.3, 1e9, 12345.678] {
            for us in [first_us(ms, Ordering::is_ge), last_us(ms, Ordering::is_le)] {
                assert!((us as f64 / 1000.0 - ms).abs() < 0.01, "{ms}: {us}");
            }
            assert!(first_us(ms, Ordering::is_gt) > last_us(ms, Ordering::is_le) || ms == 0.0015);
        }
    }

    #[test]
    fn signs_of_expressions_are_quoted() {
        assert_eq!(escaped("a.b*"), r"a\.b\*");
    }
}
