//! The visible text of a piece of HTML: without tags, with white space as on a page.
//!
//! Not a renderer: block elements begin a line, everything else is text or nothing.

use crate::toolkit::bytes_input::BytesInput;
use crate::toolkit::html::entities;
use crate::toolkit::html::tokens::{Tag, Token, Tokens};
use workhours_plugin_api::{Input, MAX_RECORD_BYTES};

/// Text being collected.
#[derive(Debug, Default)]
pub(crate) struct VisibleText {
    raw: Vec<u8>,
}

impl VisibleText {
    pub(crate) fn text(&mut self, text: &[u8]) {
        let room = MAX_RECORD_BYTES.saturating_sub(self.raw.len());
        self.raw.extend_from_slice(&text[..text.len().min(room)]);
    }

    /// Text whose line ends are ordinary white space.
    pub(crate) fn inline(&mut self, text: &[u8]) {
        let from = self.raw.len();
        self.text(text);
        let added = self.raw.get_mut(from..).unwrap_or_default();
        added.iter_mut().filter(|b| **b == b'\n').for_each(|b| *b = b' ');
    }

    pub(crate) fn tag(&mut self, tag: &Tag<'_>) {
        const BLOCKS: [&str; 14] =
            ["br", "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "tr", "pre", "blockquote", "h1", "h2"];
        if BLOCKS.iter().any(|b| tag.name.eq_ignore_ascii_case(b.as_bytes())) {
            self.text(b"\n");
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.raw.trim_ascii().is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.raw.clear();
    }

    /// All on one line.
    pub(crate) fn one_line(&self) -> Vec<u8> {
        let mut out = Vec::new();
        words_into(&self.decoded(), &mut out);
        out
    }

    /// For dates and the like: as text, on one line.
    pub(crate) fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.one_line()).into_owned()
    }

    /// Line by line, blank lines left out.
    pub(crate) fn lines(&self) -> Vec<Vec<u8>> {
        let decoded = self.decoded();
        let lines = decoded.split(|b| *b == b'\n').map(|line| {
            let mut out = Vec::new();
            words_into(line, &mut out);
            out
        });
        lines.filter(|l| !l.is_empty()).collect()
    }

    fn decoded(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.raw.len());
        entities::decode(&self.raw, &mut out);
        out
    }
}

/// The words of a text with one space between them; a no-break space is one too.
fn words_into(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    let mut gap = false;
    while let Some((first, after)) = rest.split_first() {
        let space = match rest.starts_with(b"\xc2\xa0") {
            true => 2,
            false => first.is_ascii_whitespace() as usize,
        };
        if space > 0 {
            (gap, rest) = (true, &rest[space..]);
            continue;
        }
        if gap && !out.is_empty() {
            out.push(b' ');
        }
        gap = false;
        out.push(*first);
        rest = after;
    }
}

/// The lines of a whole piece of HTML.
pub(crate) fn strip(html: &[u8]) -> Vec<Vec<u8>> {
    let mut host = BytesInput::new(html);
    let mut input = Input::new(&mut host);
    let mut tokens = Tokens::new(&mut input);
    let mut text = VisibleText::default();
    // Reading from memory does not fail.
    while let Ok(Some(token)) = tokens.next() {
        match token {
            Token::Text(bytes) => text.text(bytes),
            Token::Tag(tag) => text.tag(&tag),
            Token::Comment(_) => {}
        }
    }
    text.lines()
}

/// The value of an attribute, its character references replaced.
pub(crate) fn attribute(tag: &Tag<'_>, name: &str) -> Option<Vec<u8>> {
    let (_, value) = tag.attributes().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))?;
    let mut out = Vec::with_capacity(value.len());
    entities::decode(value, &mut out);
    Some(out)
}

/// The words of an attribute `class`.
pub(crate) fn classes(tag: &Tag<'_>) -> String {
    String::from_utf8_lossy(&attribute(tag, "class").unwrap_or_default()).into_owned()
}

pub(crate) fn is_tag(tag: &Tag<'_>, name: &str) -> bool {
    tag.name.eq_ignore_ascii_case(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_html() {
        let html = b"a  <b>b</b>\n<!-- no -->c<br>d &amp; <p>e</p><p> </p>f &lt;g";
        assert_eq!(strip(html), [&b"a b"[..], b"c", b"d &", b"e", b"f <g"]);
        assert_eq!(strip(b"&nbsp;a&nbsp;\xff\n"), [b"a \xff"]);
    }
}
