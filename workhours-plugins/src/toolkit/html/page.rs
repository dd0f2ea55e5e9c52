//! What a page of HTML says about itself: its encoding, whose export it is, whether it can contain bookmarks at all.
//!
//! Doesn't read its content.

use crate::toolkit::charset::Charset;
use crate::toolkit::html::text::{attribute, is_tag};
use crate::toolkit::html::tokens::Tag;
use workhours_plugin_api::SourceError;

/// A page as far as it was read.
#[derive(Debug, Default)]
pub(crate) struct HtmlPage {
    /// It begins with the byte order mark of UTF-8, which overrides the declaration.
    pub(crate) is_utf8: bool,
    declared: Option<Charset>,
    /// It is an export of Pocket or Instapaper: its links are bookmarks, and its headings folders.
    pub(crate) is_reading_list: bool,
    /// It has a tag of HTML, one of a list of bookmarks.
    is_html: bool,
    has_lists: bool,
    /// Bookmarks, read or rejected.
    pub(crate) found: u64,
    /// Links that are none.
    pub(crate) links: u64,
}

impl HtmlPage {
    /// Looks at a tag.
    pub(crate) fn see(&mut self, tag: &Tag<'_>) -> Result<(), SourceError> {
        const NAMES: [&str; 13] =
            ["html", "head", "body", "meta", "title", "h1", "h3", "dl", "dt", "dd", "a", "p", "hr"];
        let begins =
            |text: &[u8]| tag.span.raw.get(..text.len()).is_some_and(|t| t.eq_ignore_ascii_case(text));
        self.is_html = self.is_html || NAMES.iter().any(|n| is_tag(tag, n)) || begins(b"<!DOCTYPE");
        self.has_lists =
            self.has_lists || is_tag(tag, "dl") || is_tag(tag, "dt") || begins(b"<!DOCTYPE NETSCAPE");
        // After the first bookmark it is too late.
        if self.declared.is_none() && self.found == 0 && is_tag(tag, "meta") {
            self.declared = declared(tag);
            if self.declared == Charset::declared(b"iso-2022-jp") && self.declared.is_some() {
                let why =
                    "its encoding is ISO-2022-JP, whose letters look like tags: convert it to UTF-8 first";
                return Err(SourceError::Unsupported(why.to_owned()));
            }
        }
        Ok(())
    }

    /// Receives the text of its title.
    pub(crate) fn name(&mut self, title: &[u8]) {
        let title = title.trim_ascii();
        let begins = |name: &[u8]| title.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name));
        self.is_reading_list = begins(b"Pocket Export") || begins(b"Instapaper");
    }

    /// The encoding of its bytes.
    pub(crate) fn charset(&self) -> Charset {
        if self.is_utf8 { Charset::Guessed } else { self.declared.unwrap_or_default() }
    }

    /// Whether a link outside of every list is a bookmark all the same.
    pub(crate) fn is_bookmark(&self, link: &Tag<'_>) -> bool {
        self.is_reading_list || attribute(link, "time_added").is_some()
    }

    /// Whether it could contain bookmarks, once it was read: a page without any is an error if it isn't even an empty
    /// list.
    pub(crate) fn check(&self) -> Result<(), SourceError> {
        if self.found > 0 || self.has_lists || self.is_reading_list {
            return Ok(());
        }
        Err(SourceError::Unsupported(match self.is_html {
            true => format!(
                "HTML with {} links, but without a list of bookmarks (<DL>), and not exported by Pocket or Instapaper",
                self.links
            ),
            false => "expected a Netscape bookmark file (HTML with <DL>, <DT> and <A>), found no tag of one"
                .to_owned(),
        }))
    }
}

/// The encoding in `<META CHARSET=…>` or `<META HTTP-EQUIV="Content-Type" CONTENT="…; charset=…">`.
fn declared(tag: &Tag<'_>) -> Option<Charset> {
    if let Some(label) = attribute(tag, "charset") {
        return Charset::declared(&label);
    }
    let kind = attribute(tag, "http-equiv")?;
    let content = attribute(tag, "content").filter(|_| kind.eq_ignore_ascii_case(b"content-type"))?;
    let content = content.to_ascii_lowercase();
    let at = memchr::memmem::find(&content, b"charset")? + 7;
    let label = content.get(at..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let label = match label.split_first()? {
        (quote @ (b'"' | b'\''), rest) => rest.split(|b| b == quote).next()?,
        _ => label.split(|b| b.is_ascii_whitespace() || *b == b';').next()?,
    };
    Charset::declared(label)
}

/// Whether a tag is mark-up in a title. Others are part of the title's text.
pub(crate) fn is_format(name: &[u8]) -> bool {
    const NAMES: &str = "a abbr b bdi bdo big blink br center cite code data del dfn div em font i img ins kbd mark nobr p q \
rp rt ruby s samp small span strike strong sub sup time tt u var wbr";
    is_one_of(NAMES, name)
}

/// Whether a tag never is mark-up in a description.
pub(crate) fn is_never_in_text(name: &[u8]) -> bool {
    const NAMES: &str = "base body button embed form frame frameset head html iframe input link meta noscript object option \
script select style template textarea title";
    is_one_of(NAMES, name)
}

fn is_one_of(names: &str, name: &[u8]) -> bool {
    name.is_empty() || names.split_whitespace().any(|n| name.eq_ignore_ascii_case(n.as_bytes()))
}

/// Whether the value of an attribute holds the beginning or end of another bookmark.
pub(crate) fn swallows(value: &[u8]) -> bool {
    let mut places = memchr::memchr_iter(b'<', value);
    places.any(|at| {
        [&b"</a>"[..], b"<dt>"]
            .iter()
            .any(|w| value.get(at..at + w.len()).is_some_and(|t| t.eq_ignore_ascii_case(w)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolkit::bytes_input::BytesInput;
    use crate::toolkit::html::tokens::{Token, Tokens};
    use workhours_plugin_api::Input;

    #[test]
    fn declarations() {
        for (html, want) in [
            ("<meta charset=koi8-r>", Charset::declared(b"koi8-r")),
            (
                "<META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=windows-1252\">",
                Charset::declared(b"cp1252"),
            ),
            (
                "<meta content='text/html;charset = \"shift_jis\"' http-equiv=content-type>",
                Charset::declared(b"sjis"),
            ),
            ("<meta charset=nonsense>", None),
            ("<meta name=x content='charset=koi8-r'>", None),
        ] {
            let mut host = BytesInput::new(html.as_bytes());
            let mut input = Input::new(&mut host);
            let mut tokens = Tokens::new(&mut input);
            let Ok(Some(Token::Tag(tag))) = tokens.next() else { panic!("{html}") };
            assert_eq!(declared(&tag), want, "{html}");
        }
    }
}
