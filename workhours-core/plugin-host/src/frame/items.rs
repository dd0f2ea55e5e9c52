//! The content of a batch, read item by item in the order of pushing.
//!
//! The result follows the rules of the ABI as far as they can be checked here: text that must be UTF-8 is, dates exist,
//! enum values are known. The kinds of the source aren't known here.

use super::take::{Result, Take, wrong};
use super::*;
use workhours_plugin_api::{Attr, EventRow, Position, Reject, Span, Text};

/// The content of a batch.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::large_enum_variant)] // most are events, and none is kept
pub enum FrameItem<'i> {
    /// An event.
    Event(EventRow<'i>),
    /// A rejected record.
    Reject(Reject<'i>),
    /// Lines that aren't records.
    Ignored(u64),
    /// Reading may resume here, with this state.
    Checkpoint(Position, &'i [u8]),
    /// Bytes done.
    Progress(u64),
}

/// The items of one batch, in order.
#[derive(Debug)]
pub struct Items<'p> {
    rest: Take<'p>,
    tags: Vec<Text<'p>>,
    attrs: Vec<Attr<'p>>,
    /// Items asked for so far.
    number: u64,
}

impl<'p> Items<'p> {
    /// For the payload of a [`Frame::Batch`].
    pub fn new(payload: &'p [u8]) -> Self {
        Self { rest: Take(payload), tags: Vec::new(), attrs: Vec::new(), number: 0 }
    }

    /// The next item.
    ///
    /// # Errors
    /// When it is invalid: which, counted from 1, and why. The rest can't be read then.
    #[allow(clippy::should_implement_trait)] // lends the lists of tags and attributes
    pub fn next(&mut self) -> Result<Option<FrameItem<'_>>> {
        if self.rest.0.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        self.item().map(Some).map_err(|e| FrameError(format!("item {number}: {e}")))
    }

    fn item(&mut self) -> Result<FrameItem<'_>> {
        let rest = &mut self.rest;
        Ok(match rest.byte()? {
            ITEM_EVENT => {
                let row = rest.event(&mut self.tags, &mut self.attrs)?;
                FrameItem::Event(EventRow { tags: &self.tags, attrs: &self.attrs, ..row })
            }
            ITEM_REJECT => FrameItem::Reject(rest.reject()?),
            ITEM_IGNORED => FrameItem::Ignored(rest.number()?),
            ITEM_CHECKPOINT => {
                let position = Position { offset: rest.number()?, lines: rest.number()? };
                FrameItem::Checkpoint(position, rest.text()?)
            }
            ITEM_PROGRESS => FrameItem::Progress(rest.number()?),
            other => return wrong(format!("an item of the unknown kind {other}")),
        })
    }
}

/// The counts of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Its events.
    pub events: u64,
    /// Its rejects.
    pub rejects: u64,
    /// Its lines that aren't records.
    pub ignored: u64,
    /// The greatest position in the input that any of it claims.
    pub reach: u64,
}

/// Reads a batch through without using it.
///
/// # Errors
/// Its error.
pub fn validate(payload: &[u8]) -> Result<Counts> {
    validate_with(payload, |_| {})
}

/// As [`validate`], and shows each event to `look`.
///
/// # Errors
/// Its error.
pub fn validate_with(payload: &[u8], mut look: impl FnMut(&EventRow<'_>)) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut items = Items::new(payload);
    while let Some(item) = items.next()? {
        let reach = match item {
            FrameItem::Event(row) => {
                counts.events += 1;
                look(&row);
                end(&row.span)
            }
            FrameItem::Reject(reject) => {
                counts.rejects += 1;
                end(&reject.span)
            }
            FrameItem::Ignored(n) => {
                counts.ignored = counts.ignored.saturating_add(n);
                0
            }
            FrameItem::Checkpoint(at, _) => at.offset,
            FrameItem::Progress(_) => 0,
        };
        counts.reach = counts.reach.max(reach);
    }
    Ok(counts)
}

/// Where a record ends in the input. Without raw bytes its offset is the number of a row, and irrelevant.
fn end(span: &Span<'_>) -> u64 {
    if span.raw.is_empty() { 0 } else { span.offset.saturating_add(span.raw.len() as u64) }
}
