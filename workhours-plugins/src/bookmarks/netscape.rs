//! The Netscape bookmark file: which tags make a bookmark and which a folder.
//!
//! Nothing is nested in memory: a folder is a piece of a path, so depth costs nothing. What a bookmark is made of is in
//! [`bookmark`](crate::bookmarks::bookmark), what a page says of itself in [`crate::toolkit::html::page`].

use crate::bookmarks::bookmark::{ATTRIBUTES, Bookmark, one_line};
use crate::bookmarks::folders::Folders;
use crate::toolkit::html::entities;
use crate::toolkit::html::page::{self, HtmlPage};
use crate::toolkit::html::tokens::{Shape, Tag, Token, Tokens};
use workhours_plugin_api::*;

/// What to do with a bookmark and the path of its folder.
pub(crate) type Emit<'e> = dyn Fn(&Bookmark, &[u8], &mut dyn EventSink) -> Result<(), Stop> + 'e;

/// The reader's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Outside,
    /// After `<DT>`: the raw bytes of a bookmark may have begun.
    Item,
    /// After `<A>`.
    Title,
    /// After `</A>`.
    Titled,
    Description,
    /// In `<H3>`.
    Folder,
    /// In the `<DD>` of a folder.
    Aside,
    /// In the `<TITLE>` of the page.
    Page,
    /// In the `<H1>` above a reading list.
    Section,
}

impl At {
    /// Where a comment must be closed to be one: titles contain unescaped `<!--` too.
    fn ends(self) -> &'static [&'static [u8]] {
        match self {
            Self::Title => &[b"</a", b"<dt", b"</dl", b"<li"],
            Self::Folder => &[b"</h3", b"<dt", b"<dl", b"</dl"],
            Self::Description | Self::Aside => &[b"<dt", b"<dl", b"</dl", b"<hr"],
            Self::Page => &[b"</title"],
            Self::Section => &[b"</h1"],
            Self::Outside | Self::Item | Self::Titled => &[],
        }
    }
}

/// Reads a bookmark file; `emit` gets each bookmark with the path of its folder.
pub(crate) fn read(
    input: &mut Input<'_>,
    out: &mut dyn EventSink,
    emit: &Emit<'_>,
) -> Result<(), SourceError> {
    const SIGN_OF_LIFE: u64 = 1 << 20;
    let (mut tokens, mut shown, mut blank) = (Tokens::new(input), 0, true);
    let folders = Folders::default();
    let (mark, page) = (Bookmark::default(), HtmlPage::default());
    let mut reader =
        Reader { at: At::Outside, mark, title: vec![], folders, page, section: vec![], out, emit };
    loop {
        let offset = tokens.offset();
        if offset - shown > SIGN_OF_LIFE {
            reader.out.progress(offset)?;
            shown = offset;
        }
        match tokens.next_before(reader.at.ends())? {
            None => break,
            Some(Token::Text(text)) => {
                reader.raw(text);
                let mark: &[u8] = if offset == 0 { b"\xef\xbb\xbf" } else { b"" };
                reader.page.is_utf8 |= offset == 0 && text.starts_with(b"\xef\xbb\xbf");
                blank &= text.strip_prefix(mark).unwrap_or(text).trim_ascii().is_empty();
                reader.text(text);
            }
            Some(Token::Comment(bytes)) => {
                blank = false;
                reader.raw(bytes);
            }
            Some(Token::Tag(tag)) => {
                blank = false;
                reader.page.see(&tag)?;
                reader.tag(&tag)?;
            }
        }
    }
    reader.mark.cut |= reader.at == At::Title;
    reader.finish()?;
    if blank { Ok(()) } else { reader.page.check() }
}

struct Reader<'o> {
    at: At,
    mark: Bookmark,
    /// The unfinished title or folder name, as it is in the file.
    title: Vec<u8>,
    folders: Folders,
    page: HtmlPage,
    /// The heading above a reading list.
    section: Vec<u8>,
    out: &'o mut dyn EventSink,
    emit: &'o Emit<'o>,
}

impl Reader<'_> {
    /// The bytes of a bookmark up to its `</A>`, unchanged.
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
            At::Folder | At::Page | At::Section => (&mut self.title, Folders::LONGEST_PATH),
            At::Description => (&mut self.mark.description, MAX_RECORD_BYTES),
            _ => return,
        };
        let fits = text.len().min(limit.saturating_sub(room.len()));
        room.extend_from_slice(&text[..fits]);
        self.mark.cut |= fits < text.len() && self.at == At::Description;
    }

    fn tag(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        let mut name = [0; 6];
        // None of ours is longer than five: a longer name is cut but still different.
        for (to, from) in name.iter_mut().zip(tag.name) {
            *to = from.to_ascii_lowercase();
        }
        match (tag.closing, &name[..tag.name.len().min(6)]) {
            (false, b"title") if self.at == At::Outside => {
                self.title.clear();
                self.at = At::Page;
            }
            (true, b"title") if self.at == At::Page => {
                self.page.name(&self.title);
                self.at = At::Outside;
            }
            (closing, b"h1") if self.page.is_reading_list => {
                self.finish()?;
                if closing {
                    self.section = self.plain_title();
                    self.out.ignored(1)?;
                } else {
                    self.title.clear();
                    self.at = At::Section;
                }
            }
            (_, b"li" | b"ul" | b"ol") if self.page.is_reading_list => self.finish()?,
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
            _ => {
                self.raw_tag(tag);
                // Unescaped text: a title may contain tags.
                let is_text = match self.at {
                    At::Title | At::Folder | At::Section => !page::is_format(tag.name),
                    At::Description => page::is_never_in_text(tag.name),
                    _ => false,
                };
                if is_text {
                    self.text(tag.span.raw);
                }
            }
        }
        Ok(())
    }

    fn link(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        match self.at {
            At::Item => {}
            // Links in a description or a name are markup, and those outside of every list are the page's own.
            At::Description | At::Aside | At::Folder | At::Page | At::Section => return Ok(()),
            At::Titled | At::Outside if self.folders.is_outside() && !self.page.is_bookmark(tag) => {
                self.page.links += 1;
                return self.out.ignored(1);
            }
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
                    // If it occurs twice, the first counts.
                    if let Some(room) = at.map(|i| &mut self.mark.values[i]).filter(|v| v.is_none()) {
                        *room = Some(value.to_vec());
                    }
                }
                if !tag.attributes().any(|(_, value)| page::swallows(value)) {
                    self.at = At::Title;
                    return Ok(());
                }
                RejectCode::Malformed
            }
            Shape::Cut => RejectCode::Truncated,
            Shape::TooLong => RejectCode::TooLong,
        };
        self.at = At::Outside;
        let reason = match code {
            RejectCode::Truncated => "the input ends within the tag <A>",
            RejectCode::Malformed => "a quote in the tag <A> is never closed: it takes in what follows",
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

    /// Ends the current part, whether or not it was closed.
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
                self.mark.decode(&self.title, self.page.charset());
                self.page.found += 1;
                let path = if self.folders.is_outside() { &self.section } else { &self.folders.path };
                (self.emit)(&self.mark, path, self.out)
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
        self.folders.next = self.plain_title();
        self.at = At::Outside;
    }

    fn plain_title(&self) -> Vec<u8> {
        let mut out = Vec::new();
        entities::decode(&self.page.charset().decode(&self.title).0, &mut out);
        one_line(&mut out);
        out
    }

    fn reject(&mut self, code: RejectCode, reason: &str) -> Result<(), Stop> {
        self.page.found += 1;
        let Bookmark { offset, line, raw, .. } = &self.mark;
        let span = Span { offset: *offset, line: *line, raw: &raw[..raw.len().min(4096)] };
        self.out.reject(&Reject { span, code, reason, provisional: false })
    }
}
