//! Rows from columns, in order of time.

use super::fields::FieldsOf;
use super::mask::{Compiler, Mask, Test, place};
use super::memo::Memo;
use crate::engine::{Collect, Keys, Question, Row};
use std::ops::Range;
use workhours_base::error::Result;
use workhours_columns::{ABSENT, Block, Column, Columns, MANY, NO_NUMBER, Ordered, UNDATED};
use workhours_event::{EventId, FileId, StoredEvent};
use workhours_query::Expr;
use workhours_store::Store;

/// The columns of [`Shown`].
const SHOWN: [Column; 7] =
    [Column::Source, Column::Kind, Column::Title, Column::Text, Column::File, Column::Offset, Column::Id];

/// The rows of a question.
pub(crate) struct Rows<'c, K> {
    columns: &'c Columns,
    ordered: Ordered<'c>,
    mask: Mask,
    numbers: Numbers,
    /// Whether a row is kept: see [`Rows::is_kept`].
    keep: Test,
    /// The places of what [`Rows::shown`] returns, if that was asked for.
    shown: Option<[usize; 7]>,
    /// The rows of the block that are still to come.
    slice: Range<usize>,
    /// The latest row.
    at: usize,
    memos: Vec<Memo>,
    keys: Vec<Vec<K>>,
    /// The places of the latest row's keys.
    places: Vec<usize>,
}

/// Where the numbers of a row are, by place.
struct Numbers {
    duration: Option<usize>,
    precision: Option<usize>,
    /// The column with the number that is asked for, and the numbers.
    number: Option<(usize, Vec<Option<i64>>)>,
}

/// What identifies an event and names it, to be shown when it is needed. Texts are numbers of dictionaries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) start: i64,
    pub(crate) source: u32,
    pub(crate) kind: u32,
    pub(crate) title: u32,
    pub(crate) text: u32,
    pub(crate) file_id: FileId,
    pub(crate) file_offset: i64,
    pub(crate) id: EventId,
}

/// Collects all rows of a question. Returns whether columns have what it asks for; if not, nothing was collected.
///
/// # Errors
/// Errors of the columns or the database.
pub(crate) fn answer<C: Collect>(
    columns: &Columns,
    store: &mut Store,
    question: &Question,
    collect: &mut C,
) -> Result<bool> {
    let Some(mut rows) = Rows::new(columns, store, question)? else { return Ok(false) };
    while rows.advance()? {
        rows.each_of_slice(collect)?;
    }
    Ok(true)
}

impl<'c, K> Rows<'c, K> {
    /// `None` if columns don't have what the question asks for.
    ///
    /// # Errors
    /// Errors of the columns or the database.
    pub(crate) fn new(columns: &'c Columns, store: &mut Store, question: &Question) -> Result<Option<Self>> {
        Self::with(columns, store, question, None, false)
    }

    /// The same. Each row says whether it matches `keep` too, and what names it if it `is_shown`.
    ///
    /// # Errors
    /// Errors of the columns or the database.
    pub(crate) fn with(
        columns: &'c Columns,
        store: &mut Store,
        question: &Question,
        keep: Option<&Expr>,
        is_shown: bool,
    ) -> Result<Option<Self>> {
        let reads = &question.reads;
        let mut wanted = Vec::new();
        let mut compiler = Compiler { columns, store, wanted: &mut wanted, lookup: &question.filter.lookup };
        let mut memos = Vec::with_capacity(reads.keys.len());
        for fields in &reads.keys {
            let Some(fields) = FieldsOf::new(&mut compiler, fields)? else { return Ok(None) };
            memos.push(Memo::new(columns, fields));
        }
        let Some(mask) = Mask::new(&mut compiler, &question.filter)? else { return Ok(None) };
        let keep = match keep.map(|keep| compiler.expr(keep)).transpose()? {
            Some(None) => return Ok(None),
            Some(Some(test)) => test,
            None => Test::Always,
        };
        let shown = is_shown.then(|| SHOWN.map(|column| place(&mut wanted, &column)));
        let duration = reads.span.then(|| place(&mut wanted, &Column::Duration));
        let precision = reads.span.then(|| place(&mut wanted, &Column::Precision));
        let number = match reads.number.map(|key| Column::Meta(key.into())) {
            Some(column) if !columns.covers(&column) => return Ok(None),
            Some(column) => match columns.dictionary(&column) {
                Some(dictionary) => {
                    let number = |value: workhours_columns::Value<'_>| {
                        value.is_number.then(|| value.text.parse().ok()).flatten()
                    };
                    Some((place(&mut wanted, &column), dictionary.map(number)?))
                }
                None => None,
            },
            None => None,
        };
        let ordered = columns.ordered(mask.window, &wanted)?;
        let numbers = Numbers { duration, precision, number };
        let keys = memos.iter().map(|_| Vec::new()).collect();
        let places = vec![0; memos.len()];
        let (slice, at) = (0..0, 0);
        Ok(Some(Self { columns, ordered, mask, numbers, keep, shown, slice, at, memos, keys, places }))
    }

    /// The next row with its keys; `make` makes the nth of an event and the label of its input.
    ///
    /// # Errors
    /// When a file of the columns can't be read or is damaged.
    pub(crate) fn next(
        &mut self,
        mut make: impl FnMut(usize, &StoredEvent, &str) -> K,
    ) -> Result<Option<(Row, Keys<'_, K>)>> {
        loop {
            for row in self.slice.by_ref() {
                let Some(block) = self.ordered.block() else { break };
                if !block.is_live(row) || !self.mask.matches(block, row) {
                    continue;
                }
                for (n, memo) in self.memos.iter_mut().enumerate() {
                    let keys = &mut self.keys[n];
                    self.places[n] = memo.place(self.columns, (block, row), keys, |e, l| make(n, e, l))?;
                }
                self.at = row;
                let keys = Keys { all: &self.keys, places: &self.places };
                return Ok(Some((self.numbers.row(block, row), keys)));
            }
            if !self.advance()? {
                return Ok(None);
            }
        }
    }

    /// Whether the row that [`next`](Self::next) returned matches what is kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.ordered.block().is_some_and(|block| self.keep.holds(block, self.at))
    }

    /// What names that row.
    pub(crate) fn shown(&self) -> Option<Shown> {
        let [source, kind, title, text, file, offset, id] = self.shown?;
        let (block, row) = (self.ordered.block()?, self.at);
        Some(Shown {
            start: block.dates()[row],
            source: block.ids(source)[row],
            kind: block.ids(kind)[row],
            title: block.ids(title)[row],
            text: block.ids(text)[row],
            file_id: FileId::new(block.numbers(file)[row]),
            file_offset: block.numbers(offset)[row],
            id: block.id(id, row),
        })
    }

    /// Goes to the next rows; `false` at the end.
    fn advance(&mut self) -> Result<bool> {
        let slice = self.ordered.next_slice()?.map(|(_, slice)| slice);
        let more = slice.is_some();
        self.slice = slice.unwrap_or(0..0);
        Ok(more)
    }

    /// Collects the rows up to the next that are not in the same block.
    fn each_of_slice<C: Collect<Key = K>>(&mut self, collect: &mut C) -> Result<()> {
        let Some(block) = self.ordered.block() else { return Ok(()) };
        for row in self.slice.clone() {
            if !block.is_live(row) || !self.mask.matches(block, row) {
                continue;
            }
            for (n, memo) in self.memos.iter_mut().enumerate() {
                let keys = &mut self.keys[n];
                self.places[n] = memo.place(self.columns, (block, row), keys, |e, l| collect.key(n, e, l))?;
            }
            collect.add(&self.numbers.row(block, row), &Keys { all: &self.keys, places: &self.places });
        }
        Ok(())
    }
}

impl Numbers {
    fn row(&self, block: &Block, row: usize) -> Row {
        let number = self.number.as_ref().and_then(|(at, numbers)| match block.ids(*at)[row] {
            ABSENT | MANY => None,
            id => numbers.get(id as usize).copied().flatten(),
        });
        let duration = self.duration.map(|at| block.numbers(at)[row]).filter(|us| *us != NO_NUMBER);
        Row {
            date: Some(block.dates()[row]).filter(|date| *date != UNDATED),
            duration_us: duration,
            precision: self.precision.map_or(0, |at| block.numbers(at)[row] as i16),
            number,
        }
    }
}
