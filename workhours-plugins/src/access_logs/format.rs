//! The option `log_format` of `log.http`: the layout of a line, in the syntax of Apache's `LogFormat`, nginx's
//! `log_format` or GoAccess.
//!
//! Becomes a regular expression with a group for each field. The words are in
//! [`directives`](crate::access_logs::directives).

use crate::access_logs::clf::{Refusal, refuse};
use crate::access_logs::clf_tail;
use crate::access_logs::directives::{Dialect, Field, Word, word};
use crate::access_logs::host;
use crate::access_logs::row::{OWN_ATTRS, Request, compose, present};
use crate::access_logs::time;
use crate::toolkit::keys::Names;
use crate::toolkit::numbers;
use regex::bytes::{CaptureLocations, Regex};
use workhours_plugin_api::{Attr, RejectCode, RowFlags, SourceError, Text, Value};

/// A layout, ready to read lines.
pub(crate) struct Format {
    /// For a line that ends where the layout does, and for a longer one; both also for servers that don't escape
    /// quotes.
    patterns: [Pattern; 4],
    /// The meaning of each group, and the name of its attribute, if it is one.
    fields: Vec<(Field, String)>,
    /// The request line, if its parts are separate; and a date that is separate from its time.
    line: Vec<u8>,
    time: Vec<u8>,
}

struct Pattern {
    regex: Regex,
    room: CaptureLocations,
}

/// Layouts that have names.
const NAMED: [(&str, &str); 7] = [
    ("common", r#"%h %l %u %t "%r" %>s %b"#),
    ("combined", r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
    ("vcommon", r#"%v:%p %h %l %u %t "%r" %>s %b"#),
    ("vcombined", r#"%v:%p %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
    ("vhost_combined", r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#),
    (
        "traefikclf",
        r#"%h - %u %t "%r" %s %b "%{Referer}i" "%{User-Agent}i" %{request_count}x "%{router}x" "%{service}x" %{ms}Tms"#,
    ),
    ("common_complete", r#"%v %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
];

impl Format {
    /// Reads the option.
    pub(crate) fn new(text: &str) -> Result<Self, SourceError> {
        let wrong = |why: String| SourceError::Config(format!("log_format cannot be {text:?}: {why}"));
        let named = NAMED.iter().find(|(name, _)| text.trim().eq_ignore_ascii_case(name));
        let layout = named.map_or_else(|| unescaped(text.trim()), |(_, layout)| (*layout).to_owned());
        let words = words(&layout).map_err(wrong)?;
        let mut fields: Vec<(Field, String)> = Vec::new();
        let mut keys = Names::default();
        OWN_ATTRS.iter().filter(|own| **own != "server").for_each(|own| _ = keys.free(own));
        for this in &words {
            match this {
                Word::Field(Field::Other, name) if name.is_empty() => {
                    fields.push((Field::Other, keys.free("value")))
                }
                Word::Field(Field::Other, name) => fields.push((Field::Other, keys.free(name))),
                Word::Field(field, _) => fields.push((*field, String::new())),
                Word::Literal(_) => {}
            }
        }
        fields.push((Field::Rest, String::new()));
        let has = |wanted: &[Field]| fields.iter().any(|(f, _)| wanted.contains(f));
        if !has(&[Field::Time, Field::BoxedTime, Field::Date]) {
            return Err(wrong("it says nowhere where the time stands".to_owned()));
        }
        if !has(&[Field::Request, Field::Target]) {
            return Err(wrong("it says nowhere where the request stands".to_owned()));
        }
        let pattern = |escapes: bool, end: &str| {
            let inside = pattern(&words, escapes);
            let regex =
                Regex::new(&format!(r"(?s-u)^\s*{inside}{end}\s*$")).map_err(|e| wrong(e.to_string()))?;
            Ok::<_, SourceError>(Pattern { room: regex.capture_locations(), regex })
        };
        const REST: &str = r"[ \t]+(.*?)";
        let patterns = [pattern(true, "")?, pattern(true, REST)?, pattern(false, "")?, pattern(false, REST)?];
        Ok(Self { patterns, fields, line: Vec::new(), time: Vec::new() })
    }

    /// Reads a line.
    pub(crate) fn read<'a>(&'a mut self, line: &'a [u8]) -> Result<Request<'a>, Refusal> {
        let Self { patterns, fields, line: request_line, time } = self;
        let fits = |p: &mut Pattern| p.regex.captures_read(&mut p.room, line).is_some();
        let Some(at) = patterns.iter_mut().position(fits) else {
            return refuse(RejectCode::Malformed, "the line does not fit the log_format");
        };
        let room = &patterns[at].room;
        let group = |at: usize| room.get(at + 1).map_or(&b""[..], |(from, to)| &line[from..to]);
        let get = |wanted: Field| {
            let mut all = fields.iter().enumerate().filter(|(_, (f, _))| *f == wanted);
            all.find_map(|(at, _)| Some(present(group(at))).filter(|v| !v.is_empty())).unwrap_or_default()
        };
        let places = |wanted: &[Field]| {
            let of = fields.iter().enumerate().filter(|(_, (f, _))| wanted.contains(f));
            of.filter_map(|(at, _)| room.get(at + 1)).collect::<Vec<_>>()
        };
        // A time may be written in parts, followed by an offset that no part names.
        let parts = places(&[Field::Time, Field::BoxedTime, Field::Date, Field::Clock]);
        let together = parts.windows(2).all(|w| w[1].0.saturating_sub(w[0].1) <= 1);
        let written = match (parts.first(), parts.last()) {
            (Some((from, _)), Some((_, to))) if together => &line[*from..to + offset_len(&line[*to..])],
            _ => {
                time.clear();
                for (from, to) in &parts {
                    time.extend_from_slice(&line[*from..*to]);
                    time.push(b' ');
                }
                &time[..]
            }
        };
        let written = written.trim_ascii();
        let written = written.strip_prefix(b"[").map_or(written, |w| w.strip_suffix(b"]").unwrap_or(w));
        let Some(stamp) = time::read(written) else {
            let shown = String::from_utf8_lossy(&written[..written.len().min(40)]);
            return refuse(RejectCode::BadTime, format!("no such time: {shown}"));
        };
        let mut found = Request { time: Some(stamp), escaped: true, ..Request::default() };
        found.request = match get(Field::Request) {
            b"" => {
                let [method, target, query, protocol] =
                    [Field::Method, Field::Target, Field::Query, Field::Protocol].map(get);
                compose(request_line, method, target, query, protocol);
                if method.is_empty() {
                    found.target = &request_line[..];
                }
                request_line
            }
            whole => whole,
        };
        for (number, field) in [(&mut found.status, Field::Status), (&mut found.size, Field::Size)] {
            *number = clf_tail::number(get(field));
            if !get(field).is_empty() && number.is_none() {
                found.flags |= RowFlags::BAD_NUMBER;
            }
        }
        let (direct, forwarded) = (get(Field::Client), get(Field::Forwarded));
        match host::client(forwarded).0 {
            b"" => found.set_client(direct),
            _ => {
                found.set_client(forwarded);
                found.add("proxy", direct);
            }
        }
        (found.host, found.vhost) = (get(Field::Host), get(Field::Vhost));
        // `%v:%p`
        if let ([(from, to)], [(port, end)]) = (&places(&[Field::Vhost])[..], &places(&[Field::Port])[..])
            && (*port == to + 1 && line.get(*to) == Some(&b':'))
        {
            found.vhost = &line[*from..*end];
        }
        (found.ident, found.user) = (get(Field::Ident), get(Field::User));
        (found.referrer, found.agent) = (get(Field::Referrer), get(Field::Agent));
        found.https = get(Field::Scheme) == b"https" || get(Field::Port) == b"443";
        let units = [
            (Field::Nanos, 1),
            (Field::Micros, 1_000),
            (Field::Millis, 1_000_000),
            (Field::Seconds, 1_000_000_000),
        ];
        found.lasted_ns = units
            .into_iter()
            .find_map(|(field, unit)| u64::try_from(numbers::number(get(field))?.nanos(unit)?).ok());
        found.extra = get(Field::Rest);
        if !found.extra.is_empty() {
            found.flags |= RowFlags::UNPLACED;
        }
        for (at, (field, name)) in fields.iter().enumerate() {
            let value = present(group(at));
            if *field == Field::Other && !value.is_empty() {
                let shown = clf_tail::number(value).map_or(Value::Str(Text(value)), Value::Int);
                found.more.push(Attr { key: name, value: shown });
            }
        }
        Ok(found)
    }
}

/// Length of an offset from UTC after a time, with the space before it.
fn offset_len(text: &[u8]) -> usize {
    let zone = text.strip_prefix(b" ").unwrap_or(text);
    let space = text.len() - zone.len();
    let lens = [6, 5, 3, 1].into_iter().filter(|len| *len <= zone.len());
    lens.map(|len| (len, &zone[..len]))
        .find(|(_, zone)| time::offset(zone).is_some())
        .map_or(0, |(len, _)| len + space)
}

/// The layout as a regular expression with a group for each of its fields.
fn pattern(words: &[Word], escapes: bool) -> String {
    let mut pattern = String::new();
    for (at, this) in words.iter().enumerate() {
        let (field, next) = match this {
            Word::Literal(literal) => {
                pattern.push_str(&spaced(literal));
                continue;
            }
            Word::Field(field, _) => (*field, words.get(at + 1)),
        };
        let before = |sign: char| matches!(next, Some(Word::Literal(l)) if l.starts_with(sign));
        let boxed = matches!(field, Field::Time | Field::Clock) && before(']');
        let before_query = field == Field::Target && matches!(next, Some(Word::Field(..)));
        pattern.push_str(match () {
            () if boxed => r"([^\]]*)",
            () if before_query => r"([^?\s]*)",
            () => field.pattern(before('"'), escapes),
        });
    }
    pattern
}

/// The layout as directives and the text between them.
fn words(layout: &str) -> Result<Vec<Word>, String> {
    let dialect = Dialect::of(layout);
    let mut words = Vec::new();
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        match word(dialect, rest)? {
            Some((found, len)) => {
                words.push(found);
                rest = &rest[len..];
            }
            None => {
                let len = first.len_utf8();
                match words.last_mut() {
                    Some(Word::Literal(literal)) => literal.push(first),
                    _ => words.push(Word::Literal(first.to_string())),
                }
                rest = &rest[len..];
            }
        }
    }
    Ok(words)
}

/// A piece between words as a pattern: any run of blanks fits a blank.
fn spaced(literal: &str) -> String {
    let mut out = String::new();
    for (at, part) in literal.split([' ', '\t']).enumerate() {
        if at > 0 && !out.ends_with(r"[ \t]+") {
            out.push_str(r"[ \t]+");
        }
        out.push_str(&regex::escape(part));
    }
    out
}

/// Quotes and tabs as configuration files write them: `\"`, `\t`.
fn unescaped(text: &str) -> String {
    text.replace("\\\"", "\"").replace("\\t", "\t")
}

#[cfg(test)]
mod tests;
