//! One bookmark of an HTML file, and how its text is decoded.
//!
//! [`bookmarks_html`](crate::bookmarks::bookmarks_html) uses its attributes.

use crate::toolkit::charset::Charset;
use crate::toolkit::html::entities;
use workhours_plugin_api::RowFlags;

/// One bookmark as it is in the file; at its end, its texts are decoded and their character references replaced.
#[derive(Debug, Default)]
pub(crate) struct Bookmark {
    pub(crate) offset: u64,
    pub(crate) line: u64,
    /// From `<DT` or `<A` to `</A>`.
    pub(crate) raw: Vec<u8>,
    /// Values of the attributes, in the order of [`ATTRIBUTES`].
    pub(crate) values: [Option<Vec<u8>>; ATTRIBUTES.len()],
    pub(crate) title: Vec<u8>,
    /// The text after `<DD>`.
    pub(crate) description: Vec<u8>,
    /// The input ended before `</A>`, or text was over the limit.
    pub(crate) cut: bool,
    /// `raw` is over the limit and not whole.
    pub(crate) too_long: bool,
    /// The address as it was read before encodings were supported: the bookmark's identity.
    pub(crate) known_by: Vec<u8>,
    /// Remarks on how its text was read.
    pub(crate) flags: RowFlags,
}

/// The attributes of `<A>` that are kept; the others, above all icons, are looked over.
pub(crate) const ATTRIBUTES: [&str; 9] = [
    "href",
    "add_date",
    "last_visit",
    "last_modified",
    "tags",
    "private",
    "shortcuturl",
    "description",
    // That of Pocket.
    "time_added",
];

impl Bookmark {
    /// The value of an attribute, empty if absent.
    pub(crate) fn value(&self, name: &str) -> &[u8] {
        let at = ATTRIBUTES.iter().position(|a| *a == name);
        at.and_then(|i| self.values[i].as_deref()).unwrap_or_default()
    }

    /// Decodes it; `title` is the text of the link.
    pub(crate) fn decode(&mut self, title: &[u8], charset: Charset) {
        let mut flags = RowFlags::NONE;
        let mut plain = |text: &[u8]| {
            let (text, remark) = charset.decode(text);
            flags |= remark;
            let mut out = Vec::with_capacity(text.len());
            entities::decode(&text, &mut out);
            out
        };
        self.title = plain(title);
        self.description = plain(self.description.trim_ascii());
        if let Some(href) = self.values.first().and_then(Option::as_deref) {
            self.known_by.clear();
            entities::decode(href, &mut self.known_by);
        }
        for value in self.values.iter_mut().flatten() {
            *value = plain(value);
        }
        self.flags |= flags;
        one_line(&mut self.title);
    }
}

/// White space as HTML shows it: runs become one space, none at the ends.
pub(crate) fn one_line(text: &mut Vec<u8>) {
    let mut to = 0;
    for from in 0..text.len() {
        let byte = text[from];
        if !byte.is_ascii_whitespace() {
            text[to] = byte;
            to += 1;
        } else if to > 0 && text[to - 1] != b' ' {
            text[to] = b' ';
            to += 1;
        }
    }
    text.truncate(to);
    if text.last() == Some(&b' ') {
        text.pop();
    }
}
