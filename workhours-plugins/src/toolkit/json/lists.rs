//! Records in a list or in a document of JSON: wherever they are on their lines, however large the whole is.
//!
//! Reads the text once and keeps at most one record of it. The position is a path of names, which is part of a
//! checkpoint.

use crate::toolkit::bytes_input::BytesInput;
use crate::toolkit::json::nodes::Object;
use crate::toolkit::json::places::{Level, Where};
use crate::toolkit::json::record::{Records, explained};
use crate::toolkit::json::text::unescaped;
use crate::toolkit::json::window::Window;
use workhours_plugin_api::*;

/// Deeper than anything is written on purpose.
const DEEPEST: usize = 256;

/// Reads all of an input.
pub(crate) fn read(
    input: &mut Input<'_>,
    records: &Records,
    place: Where,
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    let fresh = input.resume().position.offset == 0;
    let (place, levels, lead) = match place {
        Where::Resumed(base, levels, lead) => (*base, levels, lead),
        place => (place, Vec::new(), None),
    };
    let mut reader = Reader { window: Window::new(input), records, place, levels, lead, met: !fresh, out };
    reader.run()?;
    if let (false, Where::At(path)) = (reader.met || reader.window.at.offset == 0, &reader.place) {
        let shown: Vec<_> = path.iter().map(|step| String::from_utf8_lossy(step)).collect();
        return Err(SourceError::Unsupported(format!("it holds nothing at records = {}", shown.join("."))));
    }
    Ok(())
}

/// Whether a text, which may be cut, has a list of objects with dates.
pub(crate) fn finds_dates(text: &[u8], records: &Records) -> bool {
    let mut host = BytesInput::new(text);
    let mut first = First::default();
    // It ends by being stopped, or finds nothing.
    let _ = read(&mut Input::new(&mut host), records, Where::Dated, &mut first);
    first.found
}

struct Reader<'a, 'i, 'h> {
    window: Window<'i, 'h>,
    records: &'a Records,
    place: Where,
    levels: Vec<Level>,
    /// The text before an object in its line, if the first of the list began one.
    lead: Option<Vec<u8>>,
    /// There was something at the path.
    met: bool,
    out: &'a mut dyn EventSink,
}

impl Reader<'_, '_, '_> {
    fn run(&mut self) -> Result<(), SourceError> {
        while let Some(byte) = self.window.blank()? {
            let in_list = self.levels.last().map(|level| level.is_list);
            match (byte, in_list) {
                (b',', _) => self.window.take(1),
                (b']', Some(true)) | (b'}', Some(false)) => {
                    self.levels.pop();
                    self.window.take(1);
                    self.out.ignored(1)?;
                    self.checkpoint()?;
                }
                (b'"', Some(false)) => self.member()?,
                (b'{' | b'[', None | Some(true)) => self.value(b"")?,
                (b'"' | b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z', Some(true)) => self.scalar()?,
                _ => self.broken("this is no JSON", 0)?,
            }
        }
        Ok(())
    }

    /// A name and its value.
    fn member(&mut self) -> Result<(), SourceError> {
        let Some(len) = self.window.string()? else { return self.broken("a name is never closed", 0) };
        let name = unescaped(self.window.ahead().get(1..len - 1).unwrap_or_default()).into_owned();
        self.window.take(len);
        if self.window.blank()? != Some(b':') {
            return self.broken("a colon is missing", 0);
        }
        self.window.take(1);
        match self.window.blank()? {
            Some(b'{' | b'[') => self.value(&name),
            Some(b',' | b'}' | b']') => self.broken("a value is missing", 0),
            Some(_) => {
                self.window.skip_value(self.out)?;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The object or list at this position.
    fn value(&mut self, name: &[u8]) -> Result<(), SourceError> {
        let is_list = self.window.byte(0)? == Some(b'[');
        let around = self.levels.last().cloned();
        let (wanted, steps) = match &self.place {
            Where::At(path) => {
                let before = around.as_ref().map_or(0, |level| level.steps);
                // A list is gone through, an object is stepped into.
                let steps = match around.as_ref().filter(|level| !level.is_list) {
                    None => before,
                    Some(_) => match path.get(usize::from(before)) {
                        Some(step) if step == b"*" || step == name => before + 1,
                        _ => return self.pass(),
                    },
                };
                (usize::from(steps) == path.len(), steps)
            }
            Where::Top => (true, 0),
            Where::Dated | Where::Resumed(..) => {
                let wanted = around.is_some_and(|level| level.is_list && level.wanted);
                (wanted || is_list && self.first_is_dated()?, 0)
            }
        };
        self.met |= wanted;
        if wanted && !is_list {
            return self.record();
        }
        if self.levels.len() == DEEPEST {
            return self.pass();
        }
        self.levels.push(Level { is_list, wanted, steps });
        self.lead = None;
        self.window.take(1);
        Ok(self.out.ignored(1)?)
    }

    fn pass(&mut self) -> Result<(), SourceError> {
        self.window.skip_value(self.out)?;
        Ok(())
    }

    /// Whether the list at this position begins with an object that has a date.
    fn first_is_dated(&mut self) -> Result<bool, SourceError> {
        let mut at = 1;
        while self.window.byte(at)?.is_some_and(|b| b.is_ascii_whitespace()) {
            at += 1;
        }
        if self.window.byte(at)? != Some(b'{') {
            return Ok(false);
        }
        loop {
            let ahead = self.window.ahead();
            let ended = match Object::begin(ahead.get(at..).unwrap_or_default()) {
                Ok((object, _)) => return Ok(self.records.is_dated(&object)),
                Err(mistake) => mistake.ended && ahead.len() <= MAX_RECORD_BYTES,
            };
            if !ended || !self.window.grow()? {
                return Ok(false);
            }
        }
    }

    /// The object at this position is a record.
    fn record(&mut self) -> Result<(), SourceError> {
        let mistake = loop {
            let too_long = self.window.ahead().len() > MAX_RECORD_BYTES;
            let (len, mistake) = match Object::begin(self.window.ahead()) {
                Ok((_, len)) => (len, None),
                Err(mistake) => (0, Some(mistake)),
            };
            match mistake {
                None if len <= MAX_RECORD_BYTES => {
                    self.learn_lead();
                    self.records.emit(self.window.span(len), false, self.out)?;
                    self.window.take(len);
                    return self.checkpoint();
                }
                Some(mistake) if !mistake.ended => break mistake,
                None => return self.too_long(),
                Some(_) if too_long => return self.too_long(),
                Some(_) if self.window.grow()? => {}
                Some(_) => {
                    let len = self.window.ahead().len();
                    let reason = "the object is not complete at the end of the input";
                    let (span, code) = (self.window.shown(len), RejectCode::Truncated);
                    self.out.reject(&Reject { span, code, reason, provisional: true })?;
                    self.window.take(len);
                    return Ok(());
                }
            }
        };
        let reason = explained(self.window.ahead(), &mistake);
        self.broken(&reason, mistake.at)
    }

    fn too_long(&mut self) -> Result<(), SourceError> {
        let (span, reason) = (self.window.shown(usize::MAX), "the object is longer than a record may be");
        self.out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional: false })?;
        self.pass()?;
        self.checkpoint()
    }

    /// Whether objects begin lines, and how.
    fn learn_lead(&mut self) {
        if self.lead.is_none() {
            self.lead = self.window.line_so_far().map(<[u8]>::to_vec);
        }
    }

    /// A value that isn't an object is rejected in a list of records, and ignored elsewhere.
    fn scalar(&mut self) -> Result<(), SourceError> {
        let head = Head::of(&self.window);
        self.pass()?;
        if self.levels.last().is_some_and(|level| level.wanted) {
            self.refuse(&head, "this is no JSON object")?;
        }
        self.checkpoint()
    }

    /// Rejects the value at this position, and continues at the next object.
    fn broken(&mut self, reason: &str, at: usize) -> Result<(), SourceError> {
        let head = Head::of(&self.window);
        let in_records = self.levels.last().is_some_and(|level| level.wanted);
        if !in_records {
            // The position is unknown: a line that begins with an object is at the top.
            self.levels.clear();
            self.lead = Some(Vec::new());
        }
        let found = self.window.skip_to_object(at, self.lead.as_deref(), in_records, self.out)?;
        self.refuse(&head, reason)?;
        if found {
            self.learn_lead();
            self.checkpoint()?;
        }
        Ok(())
    }

    /// Rejects the bytes skipped since `head`.
    fn refuse(&mut self, head: &Head, reason: &str) -> Result<(), SourceError> {
        let passed = usize::try_from(self.window.at.offset - head.offset).unwrap_or(usize::MAX);
        let raw = head.raw.get(..passed).unwrap_or(&head.raw).trim_ascii_end();
        let raw = raw.strip_suffix(b",").unwrap_or(raw);
        let span = Span { offset: head.offset, line: head.line, raw };
        Ok(self.out.reject(&Reject { span, code: RejectCode::Malformed, reason, provisional: false })?)
    }

    fn checkpoint(&mut self) -> Result<(), SourceError> {
        let state = self.place.state(&self.levels, self.lead.as_deref());
        Ok(self.out.checkpoint(self.window.at, &state)?)
    }
}

/// The beginning of a value that may be rejected once its end is found.
struct Head {
    offset: u64,
    line: u64,
    raw: Vec<u8>,
}

impl Head {
    fn of(window: &Window<'_, '_>) -> Self {
        let Span { offset, line, raw } = window.shown(usize::MAX);
        Self { offset, line, raw: raw.to_vec() }
    }
}

/// Stops at the first event with a date.
#[derive(Default)]
struct First {
    found: bool,
}

impl EventSink for First {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        self.found = record.to_event_row().time.is_some();
        if self.found { Err(Stop) } else { Ok(()) }
    }
    fn reject(&mut self, _: &Reject<'_>) -> Result<(), Stop> {
        Ok(())
    }
    fn ignored(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
    fn checkpoint(&mut self, _: Position, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
}
