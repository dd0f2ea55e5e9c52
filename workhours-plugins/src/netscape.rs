//! The Netscape bookmark file: which tags make a bookmark and which a folder.
//!
//! Nothing is nested in memory: a folder is a piece of a path, so depth costs nothing. What becomes of a
//! bookmark's attributes is for [`bookmarks_html`](crate::bookmarks_html) to say.

use crate::entities;
use crate::folders::Folders;
use crate::html::{Shape, Tag, Token, Tokens};
use workhours_plugin_api::*;

/// One bookmark as it stands in the file; texts have their character references replaced.
#[derive(Debug, Default)]
pub(crate) struct Bookmark {
    pub(crate) offset: u64,
    pub(crate) line: u64,
    /// From `<DT` or `<A` to `</A>`.
    pub(crate) raw: Vec<u8>,
    /// Values of the attributes, in the order of [`ATTRIBUTES`].
    pub(crate) values: [Option<Vec<u8>>; ATTRIBUTES.len()],
    pub(crate) title: Vec<u8>,
    /// What stands behind `<DD>`.
    pub(crate) description: Vec<u8>,
    /// The input ended before `</A>`, or text was over the limit.
    pub(crate) cut: bool,
    /// `raw` is over the limit and not whole.
    too_long: bool,
}

/// The attributes of `<A>` that are kept; the others, above all icons, are looked over.
pub(crate) const ATTRIBUTES: [&str; 8] =
    ["href", "add_date", "last_visit", "last_modified", "tags", "private", "shortcuturl", "description"];

impl Bookmark {
    /// The value of an attribute, empty if absent.
    pub(crate) fn value(&self, name: &str) -> &[u8] {
        let at = ATTRIBUTES.iter().position(|a| *a == name);
        at.and_then(|i| self.values[i].as_deref()).unwrap_or_default()
    }
}

/// What is done with a bookmark and the path of its folder.
pub(crate) type Emit<'e> = dyn Fn(&Bookmark, &[u8], &mut dyn EventSink) -> Result<(), Stop> + 'e;

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Outside,
    /// Behind `<DT>`: the raw bytes of a bookmark may have begun.
    Item,
    /// Behind `<A>`.
    Title,
    /// Behind `</A>`.
    Titled,
    Description,
    /// In `<H3>`.
    Folder,
    /// In the `<DD>` of a folder.
    Aside,
}

/// Reads a bookmark file; `emit` gets each bookmark with the path of its folder.
pub(crate) fn read(
    input: &mut Input<'_>,
    out: &mut dyn EventSink,
    emit: &Emit<'_>,
) -> Result<(), SourceError> {
    const SIGN_OF_LIFE: u64 = 1 << 20;
    let (mut tokens, mut shown, mut blank, mut html) = (Tokens::new(input), 0, true, false);
    let folders = Folders::default();
    let mut reader = Reader { at: At::Outside, mark: Bookmark::default(), title: vec![], folders, out, emit };
    loop {
        let offset = tokens.offset();
        if offset - shown > SIGN_OF_LIFE {
            reader.out.progress(offset)?;
            shown = offset;
        }
        match tokens.next()? {
            None => break,
            Some(Token::Text(text)) => {
                reader.raw(text);
                let mark: &[u8] = if offset == 0 { b"\xef\xbb\xbf" } else { b"" };
                blank &= text.strip_prefix(mark).unwrap_or(text).trim_ascii().is_empty();
                reader.text(text);
            }
            Some(Token::Comment(bytes)) => {
                blank = false;
                reader.raw(bytes);
            }
            Some(Token::Tag(tag)) => {
                blank = false;
                html = html || is_known(&tag);
                reader.tag(&tag)?;
            }
        }
    }
    reader.mark.cut |= reader.at == At::Title;
    reader.finish()?;
    if html || blank {
        return Ok(());
    }
    let why = "expected a Netscape bookmark file (HTML with <DL>, <DT> and <A>), found no tag of one";
    Err(SourceError::Unsupported(why.into()))
}

fn is_known(tag: &Tag<'_>) -> bool {
    const NAMES: [&str; 13] =
        ["html", "head", "body", "meta", "title", "h1", "h3", "dl", "dt", "dd", "a", "p", "hr"];
    let name = |n: &&str| tag.name.eq_ignore_ascii_case(n.as_bytes());
    NAMES.iter().any(name) || tag.span.raw.get(..9).is_some_and(|t| t.eq_ignore_ascii_case(b"<!DOCTYPE"))
}

struct Reader<'o> {
    at: At,
    mark: Bookmark,
    /// Title or folder name so far, as it stands in the file.
    title: Vec<u8>,
    folders: Folders,
    out: &'o mut dyn EventSink,
    emit: &'o Emit<'o>,
}

impl Reader<'_> {
    /// The bytes of a bookmark up to its `</A>` are kept as they stand.
    fn raw(&mut self, bytes: &[u8]) {
        if !matches!(self.at, At::Item | At::Title) {
            return;
        }
        self.mark.too_long |= self.mark.raw.len() + bytes.len() > MAX_RECORD_BYTES;
        if !self.mark.too_long {
            self.mark.raw.extend_from_slice(bytes);
        }
    }

    fn raw_tag(&mut self, tag: &Tag<'_>) {
        self.raw(tag.span.raw);
        self.mark.too_long |= tag.shape == Shape::TooLong;
    }

    fn text(&mut self, text: &[u8]) {
        let (room, limit) = match self.at {
            At::Title => (&mut self.title, MAX_RECORD_BYTES),
            At::Folder => (&mut self.title, Folders::LONGEST_PATH),
            At::Description => (&mut self.mark.description, MAX_RECORD_BYTES),
            _ => return,
        };
        let fits = text.len().min(limit.saturating_sub(room.len()));
        room.extend_from_slice(&text[..fits]);
        self.mark.cut |= fits < text.len() && self.at == At::Description;
    }

    fn tag(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        let mut name = [0; 3];
        // None of ours is longer than two: what is cut here stays different from them.
        for (to, from) in name.iter_mut().zip(tag.name) {
            *to = from.to_ascii_lowercase();
        }
        match (tag.closing, &name[..tag.name.len().min(3)]) {
            (false, b"dt") => {
                self.finish()?;
                self.begin(tag);
                self.at = At::Item;
                self.raw_tag(tag);
            }
            (false, b"a") => self.link(tag)?,
            (true, b"a") if self.at == At::Title => {
                self.raw_tag(tag);
                self.at = At::Titled;
            }
            (false, b"dd") => match self.at {
                At::Title | At::Titled | At::Description => {
                    self.close_title();
                    self.at = At::Description;
                }
                _ => self.at = At::Aside,
            },
            (false, b"h3") => {
                self.finish()?;
                self.out.ignored(1)?;
                self.title.clear();
                self.at = At::Folder;
            }
            (true, b"h3") if self.at == At::Folder => self.name_folder(),
            (false, b"dl") => {
                self.finish()?;
                self.folders.enter();
            }
            (true, b"dl") => {
                self.finish()?;
                self.folders.leave();
            }
            (false, b"hr") => {
                self.finish()?;
                self.out.ignored(1)?;
            }
            (true, b"dt" | b"dd") => self.finish()?,
            (false, b"br") => {
                self.raw_tag(tag);
                self.text(b"\n");
            }
            _ => self.raw_tag(tag),
        }
        Ok(())
    }

    fn link(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        match self.at {
            At::Item => {}
            // Links in a description or a name are markup, and those outside of every list are the page's own.
            At::Description | At::Aside | At::Folder => return Ok(()),
            At::Titled | At::Outside if self.folders.is_outside() => return self.out.ignored(1),
            At::Title | At::Titled | At::Outside => {
                self.finish()?;
                self.begin(tag);
                self.at = At::Item;
            }
        }
        self.raw_tag(tag);
        self.folders.next.clear();
        let code = match tag.shape {
            Shape::Whole => {
                for (name, value) in tag.attributes() {
                    let at = ATTRIBUTES.iter().position(|a| name.eq_ignore_ascii_case(a.as_bytes()));
                    // Said twice, the first counts.
                    if let Some(room) = at.map(|i| &mut self.mark.values[i]).filter(|v| v.is_none()) {
                        entities::decode(value, room.insert(Vec::new()));
                    }
                }
                self.at = At::Title;
                return Ok(());
            }
            Shape::Cut => RejectCode::Truncated,
            Shape::TooLong => RejectCode::TooLong,
        };
        self.at = At::Outside;
        let reason = match code {
            RejectCode::Truncated => "the input ends within the tag <A>",
            _ => "the tag <A> is longer than a record may be",
        };
        self.reject(code, reason)
    }

    fn begin(&mut self, tag: &Tag<'_>) {
        let mut raw = std::mem::take(&mut self.mark.raw);
        raw.clear();
        self.title.clear();
        self.mark = Bookmark { offset: tag.span.offset, line: tag.span.line, raw, ..Bookmark::default() };
    }

    /// Ends what was begun, whether or not it was closed.
    fn finish(&mut self) -> Result<(), Stop> {
        self.close_title();
        match std::mem::replace(&mut self.at, At::Outside) {
            At::Folder => {
                self.name_folder();
                Ok(())
            }
            At::Titled | At::Description if self.mark.too_long => {
                self.reject(RejectCode::TooLong, "the bookmark is longer than a record may be")
            }
            At::Titled | At::Description if self.mark.value("href").trim_ascii().is_empty() => {
                self.reject(RejectCode::Malformed, "the bookmark has no HREF")
            }
            At::Titled | At::Description => {
                entities::decode(&self.title, &mut self.mark.title);
                let mut text = Vec::with_capacity(self.mark.description.len());
                entities::decode(self.mark.description.trim_ascii(), &mut text);
                self.mark.description = text;
                one_line(&mut self.mark.title);
                (self.emit)(&self.mark, &self.folders.path, self.out)
            }
            _ => Ok(()),
        }
    }

    /// A title that was never closed ends before the white space in front of the next tag.
    fn close_title(&mut self) {
        if self.at == At::Title {
            let len = self.mark.raw.trim_ascii_end().len();
            self.mark.raw.truncate(len);
            self.at = At::Titled;
        }
    }

    fn name_folder(&mut self) {
        self.folders.next.clear();
        entities::decode(&self.title, &mut self.folders.next);
        one_line(&mut self.folders.next);
        self.at = At::Outside;
    }

    fn reject(&mut self, code: RejectCode, reason: &str) -> Result<(), Stop> {
        let Bookmark { offset, line, raw, .. } = &self.mark;
        let span = Span { offset: *offset, line: *line, raw: &raw[..raw.len().min(4096)] };
        self.out.reject(&Reject { span, code, reason, provisional: false })
    }
}

/// White space as HTML shows it: runs become one space, none at the ends.
fn one_line(text: &mut Vec<u8>) {
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
