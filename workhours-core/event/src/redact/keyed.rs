//! Values after names, wherever they are in a text: `password=…`, `--token …`, `"api_key": "…"`, `%3Fsecret%3D…`.
//!
//! One way to read them all: from a word that the first look found to the name around it, over quotes and brackets to
//! what separates, and from there to the end of the value. Quotes and separators may be escaped, for JSON within a
//! shell's word, or percent-encoded once or more, for addresses within addresses.

use super::names::{Named, Names};
use super::symbol::{encoded, symbol};
use super::values::{Ask, is_resource, is_secret, is_word};
use std::ops::Range;

fn is_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || b >= 0x80
}

/// Longer runs of letters aren't names.
const LONGEST_NAME: usize = 120;

/// The name around a word that was found: where it would end, and the name if it is one.
fn name_around(text: &[u8], word: &Range<usize>) -> (usize, Option<Range<usize>>) {
    let mut from = text[..word.start].iter().rposition(|b| !is_name(*b)).map_or(0, |n| n + 1);
    let end = text[word.end..].iter().position(|b| !is_name(*b)).map_or(text.len(), |n| word.end + n);
    match from.checked_sub(1).map(|n| text[n]) {
        // The digits after a percent sign are part of the encoding.
        Some(b'%') => from = from - 1 + encoded(&text[from - 1..]).map_or(1, |s| s.len),
        // `\n` is a line end, and no letter of the name.
        Some(b'\\') if matches!(text[from], b'n' | b't' | b'r') && from < word.start => from += 1,
        _ => {}
    }
    let mut to = end;
    while to > word.end && matches!(text[to - 1], b'.' | b'-') {
        to -= 1;
    }
    (end, (from <= word.start && to - from <= LONGEST_NAME).then_some(from..to))
}

/// How much of a text may still be read as values. Nested values are read once for each level, so a crafted text would
/// take long: once the budget is used up, values end early.
pub(super) struct Budget(usize);

impl Budget {
    /// For a text of this many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self(8 * bytes + (64 << 10))
    }

    /// The most bytes that the next value may have.
    fn longest(&self) -> usize {
        if self.0 == 0 { 512 } else { usize::MAX }
    }
}

/// What separates a name from its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Between {
    /// `=`, and what means the same.
    Equals,
    /// `:`.
    Colon,
    /// A space after an option, or after a name that a command sets.
    Option,
    /// A space or a slash: a secret must look random there.
    Near,
    /// `,` between two quoted texts.
    Comma,
    /// `<password>` before `…</password>`.
    Tag,
}

/// Minimum length in bytes of a secret without a clear separator.
const NEAR: usize = 16;

/// Looks for the value of the name around a word. Returns where the name ends, so that it isn't checked twice, and the
/// secret if there is one.
pub(super) fn find<'n>(
    text: &str,
    word: Range<usize>,
    names: &'n Names,
    budget: &mut Budget,
) -> (usize, Option<(Range<usize>, Named<'n>)>) {
    let bytes = text.as_bytes();
    let (end, name) = name_around(bytes, &word);
    let Some(name) = name else { return (end, None) };
    let secret = text.get(name.clone()).and_then(|written| {
        // Most words aren't in a name: the character after a word shows this sooner than the word itself.
        let (between, at, depth) = separator(bytes, &name)?;
        // Cheaper than to look the name up: most of what follows a word of a path or a sentence is short.
        let (range, quoted) = extent(
            &bytes[..bytes.len().min(at.saturating_add(budget.longest()))],
            at,
            depth,
            between,
            &name,
        )?;
        budget.0 = budget.0.saturating_sub(range.len());
        if between == Between::Near && range.len() < NEAR {
            return None;
        }
        let named = names.classify(written)?;
        let range = value(text, &name, between, range, quoted, &named)?;
        Some((range, named))
    });
    (end, secret)
}

/// The separator of a name and its value, where the value begins, and how deeply it is encoded.
fn separator(bytes: &[u8], name: &Range<usize>) -> Option<(Between, usize, u8)> {
    let mut at = name.end;
    let mut closed = false;
    while let Some(s) = symbol(bytes, at).filter(|s| matches!(s.is, b'"' | b'\'' | b']')) {
        closed = true;
        at += s.len;
        if at > name.end + 12 {
            return None;
        }
    }
    let behind_name = at;
    while bytes.get(at).is_some_and(|b| matches!(b, b' ' | b'\t')) {
        at += 1;
    }
    let spaced = at > behind_name;
    let s = symbol(bytes, at)?;
    let next = at + s.len;
    let skip = |mut at: usize| {
        while bytes.get(at).is_some_and(|b| matches!(b, b' ' | b'\t') || *b == b'+' && s.depth > 0) {
            at += 1;
        }
        at
    };
    match s.is {
        // A path in Rust or C++.
        b':' if bytes.get(next) == Some(&b':') => None,
        b'=' | b':' => {
            let mut to = next;
            while let Some(more) = symbol(bytes, to).filter(|m| matches!(m.is, b'=' | b'>' | b'~')) {
                if more.is == b'=' && s.is == b':' || more.is == b'>' || more.is == b'=' && spaced {
                    to += more.len;
                } else {
                    break;
                }
            }
            let value = skip(to);
            // `logname= uid=0` and `PGPASSWORD= psql` set nothing.
            if s.is == b'=' && !spaced && value > to && !closed {
                return None;
            }
            let between = if s.is == b'=' || to > next { Between::Equals } else { Between::Colon };
            Some((between, value, s.depth))
        }
        b'>' if name.start > 0 && matches!(bytes[name.start - 1], b'<' | b';' | b':') => {
            Some((Between::Tag, next, s.depth))
        }
        b'/' if !closed && !spaced => Some((Between::Near, next, s.depth)),
        b',' if closed => Some((Between::Comma, skip(next), s.depth)),
        _ if spaced && !closed => {
            let between =
                if is_option(bytes, name) || is_set(bytes, name) { Between::Option } else { Between::Near };
            // `the token is …`
            let copula = if bytes[at..].starts_with(b"is ") { 3 } else { 0 };
            Some((between, at + copula, 0))
        }
        _ => None,
    }
}

fn is_option(bytes: &[u8], name: &Range<usize>) -> bool {
    bytes[name.start] == b'-'
        && (name.start == 0 || matches!(bytes[name.start - 1], b' ' | b'\t' | b'"' | b'\'' | b'\n'))
}

/// Whether the command before the name sets it: `set -gx NAME`, `setenv NAME`, `aws configure set NAME`.
fn is_set(bytes: &[u8], name: &Range<usize>) -> bool {
    let mut before =
        bytes[..name.start].rsplit(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty());
    if name.start == 0 || !matches!(bytes[name.start - 1], b' ' | b'\t') {
        return false;
    }
    let command = before.find(|word| word[0] != b'-').unwrap_or_default();
    [&b"set"[..], b"setenv", b"setx", b"config:set", b"env:set"].contains(&command)
        || command == b"config" && bytes[name.clone()].contains(&b'.')
}

/// The secret part of a value, if there is one.
fn value(
    text: &str,
    name: &Range<usize>,
    between: Between,
    range: Range<usize>,
    quoted: bool,
    named: &Named<'_>,
) -> Option<Range<usize>> {
    let range = behind_scheme(text, range, named)?;
    let value = text.get(range.clone())?;
    let asks = match between {
        Between::Near if value.len() < NEAR => return None,
        Between::Near => Ask::Random,
        Between::Comma if !quoted => return None,
        Between::Comma => named.asks.max(Ask::Mixed),
        Between::Option if value.starts_with('-') || is_prompt(text, name) => return None,
        Between::Option if quoted || !is_resource(value) => named.asks,
        Between::Option => named.asks.max(Ask::Mixed),
        Between::Colon if !matches!(named.kind, "password" | "authorization") && !quoted => {
            named.asks.max(Ask::Mixed)
        }
        Between::Equals if named.kind != "password" && is_resource(value) => named.asks.max(Ask::Mixed),
        _ => named.asks,
    };
    // No variable is looked up in a shell's single quotes.
    let literal = quoted && text[..range.start].ends_with('\'');
    let bare = if literal { value.trim_start_matches('$') } else { value };
    if !is_secret(bare, asks) {
        return None;
    }
    if between == Between::Colon && !quoted && (is_prose(text, &range) || is_pam(text, name, value)) {
        return None;
    }
    Some(range)
}

/// The end of the value, without quotes, and whether it is quoted.
fn extent(
    bytes: &[u8],
    mut at: usize,
    depth: u8,
    between: Between,
    name: &Range<usize>,
) -> Option<(Range<usize>, bool)> {
    // Bash's `$'…'`, Python's `f"…"`.
    if matches!(bytes.get(at), Some(b'$' | b'f' | b'b' | b'r' | b'u'))
        && matches!(bytes.get(at + 1), Some(b'\'' | b'"'))
    {
        at += 1;
    }
    let open = symbol(bytes, at)?;
    if matches!(open.is, b'"' | b'\'') {
        let from = at + open.len;
        let mut to = from;
        while let Some(s) = symbol(bytes, to) {
            if s.is == open.is && s.depth == open.depth && s.len == open.len {
                // `'a'b` is one word of a shell.
                let behind = to + s.len;
                let more =
                    bytes.get(behind).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'\'' | b'"'));
                if !more || s.depth > 0 || behind == from + s.len {
                    return Some((from..to, true));
                }
                to = behind
                    + bytes[behind..]
                        .iter()
                        .position(|b| b" \t\n;&|".contains(b))
                        .unwrap_or(bytes.len() - behind);
                return Some((from..to, true));
            }
            // A bracket opened within a quote and not closed in it ends with it.
            if s.depth < open.depth
                && matches!(s.is, b'"' | b'\'')
                && s.depth == 0
                && open.depth > 0
                && open.len > 2
            {
                break;
            }
            to += if s.is == b'\\' && open.is == b'"' && s.depth == 0 { 2 } else { s.len };
        }
        return Some((from..to.min(bytes.len()), true));
    }
    let in_address =
        name.start > 0 && matches!(bytes[name.start - 1], b'?' | b'&' | b';' | b'#') || depth > 0;
    let mut to = at;
    while let Some(s) = symbol(bytes, to) {
        let shallow = s.depth <= depth;
        let ends = match s.is {
            b' ' | b'\t' | b'\n' | b'\r' => s.depth == 0 || shallow,
            b'"' | b'\'' => s.depth == 0 || shallow || s.len == 2,
            b'&' => shallow || s.len > 4,
            b'<' => shallow,
            b'|' | b'>' | b'`' => shallow && !in_address,
            b'#' => in_address && shallow,
            b'/' => between == Between::Near && shallow && bytes.get(at.wrapping_sub(1)) == Some(&b'/'),
            b'?' => {
                between == Between::Near && shallow
                    || in_address && shallow && name.start > 0 && bytes[name.start - 1] == b';'
            }
            b',' | b';' => {
                shallow && (ends_list(bytes, to + s.len) || s.is == b';' && between != Between::Colon)
            }
            _ => false,
        };
        if ends {
            break;
        }
        to += if s.is == b'\\' && s.depth == 0 { 2 } else { s.len };
    }
    to = to.min(bytes.len());
    while to > at && matches!(bytes[to - 1], b')' | b'}' | b']' | b',' | b'.' | b';') {
        to -= 1;
    }
    (to > at).then_some((at..to, false))
}

/// Whether the value ends at a comma: the next name follows, or nothing.
fn ends_list(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at.min(bytes.len())..];
    let name = rest.iter().take_while(|b| is_name(**b) || matches!(b, b'"' | b' ')).count();
    rest.first().is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\''))
        || name > 0 && matches!(rest.get(name), Some(b'=' | b':'))
}

/// The text after the scheme in `Authorization: Bearer …`.
fn behind_scheme(text: &str, range: Range<usize>, named: &Named<'_>) -> Option<Range<usize>> {
    const SCHEMES: [&str; 12] = [
        "basic",
        "bearer",
        "token",
        "digest",
        "negotiate",
        "apikey",
        "ntlm",
        "hmac",
        "oauth",
        "splunk",
        "bot",
        "aws4-hmac-sha256",
    ];
    if !matches!(named.kind, "authorization" | "token") {
        return Some(range);
    }
    let value = text.get(range.clone())?;
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    if !SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Some(range);
    }
    if !rest.is_empty() {
        return Some(range.end - rest.len()..range.end);
    }
    // Not quoted: the word after the space, to the end of the header's context.
    let behind = text.get(range.end..)?.strip_prefix(' ')?;
    let from = range.end + 1;
    let len = behind.find(|c: char| c.is_whitespace() || "\"'\\,;".contains(c)).unwrap_or(behind.len());
    (len > 0).then_some(from..from + len)
}

/// Whether the option takes no value: some database clients ask for a password if no value follows `=`.
fn is_prompt(text: &str, name: &Range<usize>) -> bool {
    const CLIENTS: [&str; 8] =
        ["mysql", "mariadb", "psql", "pg_", "createdb", "dropdb", "vacuumdb", "reindexdb"];
    let near = text.get(name.start.saturating_sub(512)..name.start).unwrap_or_default();
    let command = near.rsplit(['|', ';', '&', '\n']).next().unwrap_or_default();
    &text[name.clone()] == "--password" && CLIENTS.iter().any(|client| command.contains(client))
}

/// Whether the value is a word of a sentence, as in `password: see the wiki`.
fn is_prose(text: &str, range: &Range<usize>) -> bool {
    let value = &text[range.clone()];
    let rest = text[range.end..].trim_start_matches(['.', ',', ')']);
    let mut next = rest.split_whitespace();
    is_word(value)
        && rest.starts_with(' ')
        && next.next().is_some_and(|word| is_word(word) && !word.starts_with('-'))
}

/// Whether this is `pam_unix(passwd:chauthtok)`, with a service before the colon and a call after it.
fn is_pam(text: &str, name: &Range<usize>, value: &str) -> bool {
    const CALLS: [&str; 6] = ["auth", "account", "session", "setcred", "chauthtok", "password"];
    let call = value.trim_end_matches([':', ')']);
    CALLS.contains(&call)
        && text[..name.start]
            .rfind('(')
            .is_some_and(|open| text[..open].rsplit(' ').next().is_some_and(|m| m.starts_with("pam_")))
}
