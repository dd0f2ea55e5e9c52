//! "My Activity" of Google Takeout as a web page: a grid of cells.
//!
//! The page has no ids and no machine-readable dates: classes of cells and the order of lines show the meaning.

use crate::takeout::date::{Order, Stated, dated, shown};
use crate::takeout::google_takeout::Done;
use crate::toolkit::bytes_input::BytesInput;
use crate::toolkit::html::text::{VisibleText, attribute, classes, is_tag};
use crate::toolkit::html::tokens::{Shape, Tag, Token, Tokens};
use workhours_plugin_api::*;

/// Reads a page.
pub(crate) fn read(bytes: &[u8], out: &mut dyn EventSink) -> Result<(), SourceError> {
    let mut page = ActivityPage {
        bytes,
        cell: Cell::None,
        depth: 0,
        known: false,
        record: None,
        pass: Pass::Emit(None),
        out,
    };
    page.read()?;
    if page.known {
        return Ok(());
    }
    let why = "expected a page of My Activity, found no cell of one (class \"content-cell\" or \"mdl-grid\")";
    Err(SourceError::Unsupported(why.into()))
}

/// The order of day and month that the dates of a page show, if they agree.
fn survey(bytes: &[u8], out: &mut dyn EventSink) -> Result<Option<Order>, Stop> {
    let pass = Pass::Survey { shown: None, agree: true };
    let mut page = ActivityPage { bytes, cell: Cell::None, depth: 0, known: false, record: None, pass, out };
    match page.read() {
        Err(SourceError::Stopped) => Err(Stop),
        _ => Ok(match page.pass {
            Pass::Survey { shown, agree: true } => shown,
            _ => None,
        }),
    }
}

/// The cell that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    None,
    Header,
    Body,
    Caption,
    Other,
}

/// What to read from the page.
#[derive(Clone, Copy, Debug)]
enum Pass {
    /// To see what order its dates show, and whether all show the same. Nothing is emitted.
    Survey { shown: Option<Order>, agree: bool },
    /// For its activities; inside is the outcome of the survey, which only dates that need it cause.
    Emit(Option<Option<Order>>),
}

/// An activity being read.
#[derive(Debug)]
struct Record {
    offset: u64,
    line: u64,
    end: u64,
    has_body: bool,
    url: Vec<u8>,
    header: VisibleText,
    body: VisibleText,
    caption: VisibleText,
}

struct ActivityPage<'a, 'o> {
    bytes: &'a [u8],
    cell: Cell,
    /// `<div>`s open within the cell.
    depth: u32,
    /// Whether anything shows that it is a page of My Activity.
    known: bool,
    record: Option<Record>,
    pass: Pass,
    out: &'o mut dyn EventSink,
}

impl ActivityPage<'_, '_> {
    fn read(&mut self) -> Result<(), SourceError> {
        let mut host = BytesInput::new(self.bytes);
        let mut input = Input::new(&mut host);
        let mut tokens = Tokens::new(&mut input);
        while let Some(token) = tokens.next()? {
            match token {
                Token::Text(text) => self.text(text),
                Token::Tag(tag) if tag.shape == Shape::Whole => self.tag(&tag)?,
                Token::Tag(_) | Token::Comment(_) => {}
            }
        }
        let cut = self.cell == Cell::Body;
        Ok(self.finish(cut)?)
    }

    fn text(&mut self, text: &[u8]) {
        if let (Some(record), cell) = (&mut self.record, self.cell)
            && let Some(room) = record.room(cell)
        {
            room.inline(text);
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        if is_tag(tag, "div") {
            return if tag.closing { self.close(tag) } else { self.open(tag) };
        }
        let (Some(record), cell) = (&mut self.record, self.cell) else { return Ok(()) };
        if cell == Cell::Body && is_tag(tag, "a") && !tag.closing && record.url.is_empty() {
            record.url = attribute(tag, "href").unwrap_or_default();
        }
        if let Some(room) = record.room(cell) {
            room.tag(tag);
        }
        Ok(())
    }

    fn open(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        if self.cell != Cell::None {
            self.depth = self.depth.saturating_add(1);
            return Ok(());
        }
        let classes = classes(tag);
        let has = |class: &str| classes.split_ascii_whitespace().any(|c| c == class);
        self.known |= has("mdl-grid") || has("content-cell");
        self.cell = match () {
            () if has("outer-cell") => {
                self.finish(false)?;
                self.begin(tag);
                return Ok(());
            }
            () if has("header-cell") => Cell::Header,
            () if !has("content-cell") => return Ok(()),
            () if has("mdl-typography--caption") => Cell::Caption,
            () if has("mdl-typography--text-right") => Cell::Other,
            () => Cell::Body,
        };
        self.depth = 0;
        if self.cell == Cell::Body && self.record.as_ref().is_none_or(|r| r.has_body) {
            self.finish(false)?;
            self.begin(tag);
            self.cell = Cell::Body;
        }
        if let Some(record) = &mut self.record {
            record.has_body |= self.cell == Cell::Body;
        }
        Ok(())
    }

    fn begin(&mut self, tag: &Tag<'_>) {
        self.record = Some(Record {
            offset: tag.span.offset,
            line: tag.span.line,
            end: tag.span.offset + tag.span.raw.len() as u64,
            has_body: false,
            url: Vec::new(),
            header: VisibleText::default(),
            body: VisibleText::default(),
            caption: VisibleText::default(),
        });
    }

    fn close(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        if self.cell == Cell::None {
            return Ok(());
        }
        if self.depth > 0 {
            self.depth -= 1;
            if let Some(room) = self.record.as_mut().and_then(|r| r.room(self.cell)) {
                room.tag(tag);
            }
            return Ok(());
        }
        self.cell = Cell::None;
        if let Some(record) = &mut self.record {
            record.end = tag.span.offset + tag.span.raw.len() as u64;
        }
        Ok(())
    }

    fn finish(&mut self, cut: bool) -> Result<(), Stop> {
        self.cell = Cell::None;
        let Some(record) = self.record.take() else { return Ok(()) };
        if let Pass::Survey { shown, agree } = &mut self.pass {
            for order in record.body.lines().iter().skip(1).filter_map(|l| shown_in(l)) {
                *agree &= shown.is_none_or(|s| s == order);
                *shown = Some(order);
            }
            return Ok(());
        }
        let end = if cut { self.bytes.len() } else { record.end as usize };
        let raw = self.bytes.get(record.offset as usize..end).unwrap_or_default();
        let span = Span { offset: record.offset, line: record.line, raw };
        let mut refuse = |code, reason| {
            let span = Span { raw: &raw[..raw.len().min(4096)], ..span };
            self.out.reject(&Reject { span, code, reason, provisional: false })
        };
        if cut {
            return refuse(RejectCode::Truncated, "the page ends within the activity");
        }
        if raw.len() > MAX_RECORD_BYTES {
            return refuse(RejectCode::TooLong, "the activity is longer than a record may be");
        }
        if !record.has_body || record.body.is_empty() {
            return refuse(RejectCode::Malformed, "the activity has no cell that says what was done");
        }
        let Pass::Emit(order) = &mut self.pass else { return Ok(()) };
        let mut lines = record.body.lines();
        let mut found = date_among(&lines, order.flatten());
        if order.is_none() && found.as_ref().is_some_and(|(_, stated)| stated.time.is_none()) {
            *order = Some(survey(self.bytes, self.out)?);
            found = date_among(&lines, order.flatten());
        }
        let stated = found.and_then(|(i, stated)| {
            // An ambiguous date stays in the text.
            stated.time.is_some().then(|| lines.remove(i))?;
            Some(stated)
        });
        record.done(lines, stated).emit(span, self.out)
    }
}

/// The line with the date. The first line is the activity; it is the date only if there is nothing else.
fn date_among(lines: &[Vec<u8>], order: Option<Order>) -> Option<(usize, Stated)> {
    let dates = lines.iter().map(|l| dated(&String::from_utf8_lossy(l), order)).enumerate();
    dates.filter_map(|(i, d)| Some((i, d?))).find(|(i, _)| *i > 0 || lines.len() == 1)
}

fn shown_in(line: &[u8]) -> Option<Order> {
    shown(&String::from_utf8_lossy(line))
}

impl Record {
    fn room(&mut self, cell: Cell) -> Option<&mut VisibleText> {
        match cell {
            Cell::Header => Some(&mut self.header),
            Cell::Body => Some(&mut self.body),
            Cell::Caption => Some(&mut self.caption),
            Cell::None | Cell::Other => None,
        }
    }

    fn done(self, lines: Vec<Vec<u8>>, stated: Option<Stated>) -> Done {
        let (time, zone) = stated.map_or((None, String::new()), |stated| (stated.time, stated.zone));
        let mut flags = if time.is_none() { RowFlags::BAD_TIME } else { RowFlags::NONE };
        if !zone.is_empty() {
            flags |= RowFlags::UNKNOWN_ZONE;
        }
        let mut attrs = vec![("zone", zone.into_bytes())];
        let mut lines = lines.into_iter();
        let title = lines.next().unwrap_or_default();
        let (products, details) = caption(&self.caption);
        attrs.push(("details", details));
        let header = self.header.one_line();
        Done {
            time,
            flags,
            title,
            url: self.url,
            more: lines.collect::<Vec<_>>().join(&b'\n'),
            product: if header.is_empty() { products } else { header },
            attrs,
            ..Done::default()
        }
    }
}

/// The products (the first list) and other text below an activity.
fn caption(caption: &VisibleText) -> (Vec<u8>, Vec<u8>) {
    let (mut products, mut details) = (Vec::new(), Vec::new());
    let mut heads = 0;
    for line in caption.lines() {
        let text = line.strip_prefix(b"&emsp;").unwrap_or(&line).trim_ascii();
        let text = text.strip_prefix(b"\xe2\x80\x83").unwrap_or(text);
        let head = text.len() == line.len() && line.ends_with(b":");
        heads += head as u32;
        let room = if heads <= 1 { &mut products } else { &mut details };
        if head && heads == 1 {
            continue;
        }
        if !room.is_empty() {
            room.extend_from_slice(if room.ends_with(b":") { b" " } else { b", " });
        }
        room.extend_from_slice(text);
    }
    (products, details)
}
