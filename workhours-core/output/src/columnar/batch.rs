//! Rows turned into columns.
//!
//! Not a writer: the format decides what happens to a batch.

use super::{BATCH_BYTES, BATCH_ROWS};
use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow_schema::ArrowError;
use std::collections::HashMap;
use std::sync::Arc;
use workhours_base::table::{Cell, Column, ColumnType};

/// The words of a category, in the order of their first use.
#[derive(Default)]
pub(super) struct Words {
    known: HashMap<String, i32>,
    words: Vec<String>,
}

impl Words {
    fn key(&mut self, word: &str) -> i32 {
        if let Some(key) = self.known.get(word) {
            return *key;
        }
        let key = self.words.len() as i32;
        self.known.insert(word.to_owned(), key);
        self.words.push(word.to_owned());
        key
    }

    /// All words so far.
    pub(super) fn array(&self) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(&self.words))
    }
}

/// One column of the batch that is being gathered.
enum Gathering {
    Text(StringBuilder),
    /// Keys of words; with the words they are the column.
    Category(Int32Builder, Words),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    List(ListBuilder<StringBuilder>),
    Series(ListBuilder<Float64Builder>),
}

/// The batch that is being gathered.
pub(super) struct Batch {
    columns: Vec<Gathering>,
    rows: usize,
    bytes: usize,
}

impl Batch {
    /// An empty one for rows of these columns.
    pub(super) fn new(columns: &[Column]) -> Self {
        let gathering = |column: &Column| match column.kind {
            ColumnType::Text | ColumnType::Json => Gathering::Text(StringBuilder::new()),
            ColumnType::Category => Gathering::Category(Int32Builder::new(), Words::default()),
            ColumnType::Int => Gathering::Int(Int64Builder::new()),
            ColumnType::Float => Gathering::Float(Float64Builder::new()),
            ColumnType::Bool => Gathering::Bool(BooleanBuilder::new()),
            ColumnType::Time => Gathering::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            ColumnType::List => Gathering::List(ListBuilder::new(StringBuilder::new())),
            ColumnType::Series => Gathering::Series(ListBuilder::new(Float64Builder::new())),
        };
        Self { columns: columns.iter().map(gathering).collect(), rows: 0, bytes: 0 }
    }

    /// Adds a row. A number where a text belongs, or the like, is a bug of the report: it becomes a null.
    pub(super) fn push(&mut self, cells: &[Cell]) {
        self.rows += 1;
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            self.bytes += column.push(cell);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    /// The gathered columns, categories only as keys; starts over.
    pub(super) fn keyed(&mut self) -> Vec<ArrayRef> {
        (self.rows, self.bytes) = (0, 0);
        self.columns.iter_mut().map(Gathering::take).collect()
    }

    /// The words of each column that is a category.
    pub(super) fn words(&self) -> Vec<Option<ArrayRef>> {
        let words = |column: &Gathering| match column {
            Gathering::Category(_, words) => Some(words.array()),
            _ => None,
        };
        self.columns.iter().map(words).collect()
    }
}

/// Columns with keys replaced by keys and words.
pub(super) fn spelled(
    columns: Vec<ArrayRef>,
    words: &[Option<ArrayRef>],
) -> Result<Vec<ArrayRef>, ArrowError> {
    let spell = |(column, words): (ArrayRef, &Option<ArrayRef>)| {
        let keys = column.as_any().downcast_ref::<Int32Array>();
        Ok(match (words, keys) {
            (Some(words), Some(keys)) => {
                Arc::new(DictionaryArray::<Int32Type>::try_new(keys.clone(), words.clone())?) as ArrayRef
            }
            _ => column,
        })
    };
    columns.into_iter().zip(words).map(spell).collect()
}

impl Gathering {
    /// Adds a cell and returns the bytes of text it takes.
    fn push(&mut self, cell: &Cell) -> usize {
        match (self, cell) {
            (Self::Text(b), Cell::Text(text) | Cell::Json(text)) => {
                b.append_value(text);
                return text.len();
            }
            (Self::Text(b), _) => b.append_null(),
            (Self::Category(b, words), Cell::Text(text)) => b.append_value(words.key(text)),
            (Self::Category(b, _), _) => b.append_null(),
            (Self::Int(b), cell) => b.append_option(if let Cell::Int(n) = cell { Some(*n) } else { None }),
            (Self::Float(b), Cell::Int(n)) => b.append_value(*n as f64),
            // NaN is an unknown number, as in the other outputs.
            (Self::Float(b), cell) => b.append_option(cell.number()),
            (Self::Bool(b), cell) => b.append_option(if let Cell::Bool(y) = cell { Some(*y) } else { None }),
            (Self::Time(b), cell) => b.append_option(if let Cell::Time(t) = cell { Some(*t) } else { None }),
            (Self::List(b), Cell::List(items)) => {
                items.iter().for_each(|item| b.values().append_value(item));
                b.append(true);
                return items.iter().map(String::len).sum();
            }
            (Self::List(b), _) => b.append_null(),
            (Self::Series(b), Cell::Series(numbers)) => {
                numbers.iter().for_each(|n| b.values().append_option(Some(*n).filter(|n| n.is_finite())));
                b.append(true);
                return numbers.len() * size_of::<f64>();
            }
            (Self::Series(b), _) => b.append_null(),
        }
        0
    }

    fn take(&mut self) -> ArrayRef {
        match self {
            Self::Text(b) => ArrayBuilder::finish(b),
            Self::Category(b, _) => ArrayBuilder::finish(b),
            Self::Int(b) => ArrayBuilder::finish(b),
            Self::Float(b) => ArrayBuilder::finish(b),
            Self::Bool(b) => ArrayBuilder::finish(b),
            Self::Time(b) => ArrayBuilder::finish(b),
            Self::List(b) => ArrayBuilder::finish(b),
            Self::Series(b) => ArrayBuilder::finish(b),
        }
    }
}
