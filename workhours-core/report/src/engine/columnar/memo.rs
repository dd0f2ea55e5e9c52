//! Keys by the numbers of the texts they follow from: rows with the same texts have the same key, which is made once.

use super::fields::FieldsOf;
use rustc_hash::FxHashMap;
use workhours_base::error::Result;
use workhours_columns::{ABSENT, Block, Columns, MANY};
use workhours_event::StoredEvent;

/// The places of keys that are known.
pub(super) struct Memo {
    fields: FieldsOf,
    by_text: Option<ByText>,
    /// By two numbers, the most frequent case …
    pairs: FxHashMap<u64, u32>,
    /// … and by more.
    known: FxHashMap<Box<[u32]>, u32>,
    numbers: Vec<u32>,
    /// Those of the row before: many rows have the same.
    latest: Vec<u32>,
    latest_place: usize,
}

/// The places of keys that follow from the text of one column.
struct ByText {
    at: usize,
    /// By the number of the text; [`ABSENT`] if it isn't known. The last is for rows without a text.
    places: Vec<u32>,
}

impl Memo {
    pub(super) fn new(columns: &Columns, fields: FieldsOf) -> Self {
        let by_text = fields.only().map(|(column, at)| {
            let texts = columns.dictionary(column).map_or(0, |dictionary| dictionary.len() as usize);
            ByText { at, places: vec![ABSENT; texts + 1] }
        });
        Self {
            fields,
            by_text,
            pairs: FxHashMap::default(),
            known: FxHashMap::default(),
            numbers: Vec::new(),
            latest: Vec::new(),
            latest_place: 0,
        }
    }

    /// The place of a row's key among the keys; a new one is made and added.
    pub(super) fn place<K>(
        &mut self,
        columns: &Columns,
        (block, row): (&Block, usize),
        keys: &mut Vec<K>,
        make: impl FnOnce(&StoredEvent, &str) -> K,
    ) -> Result<usize> {
        let Self { fields, by_text, pairs, known, numbers, latest, latest_place } = self;
        let add = || {
            let event = fields.event(columns, block, row)?;
            keys.push(make(&event, fields.label(event.input_id)));
            Ok(keys.len() - 1)
        };
        if let Some(ByText { at, places }) = by_text {
            let none = places.len() - 1;
            let number = match block.ids(*at)[row] {
                ABSENT => Some(none),
                MANY => None,
                id => Some(id as usize),
            };
            if let Some(place) = number.and_then(|number| places.get_mut(number)) {
                if *place == ABSENT {
                    *place = add()? as u32;
                }
                return Ok(*place as usize);
            }
        }
        fields.numbers(block, row, numbers);
        if numbers == latest && !(pairs.is_empty() && known.is_empty()) {
            return Ok(*latest_place);
        }
        let pair = match numbers.as_slice() {
            [a, b] => Some(u64::from(*a) << 32 | u64::from(*b)),
            _ => None,
        };
        let found = match pair {
            Some(pair) => pairs.get(&pair),
            None => known.get(numbers.as_slice()),
        };
        let place = match found {
            Some(place) => *place,
            None => {
                let place = add()? as u32;
                match pair {
                    Some(pair) => pairs.insert(pair, place),
                    None => known.insert(numbers.as_slice().into(), place),
                };
                place
            }
        };
        std::mem::swap(numbers, latest);
        *latest_place = place as usize;
        Ok(*latest_place)
    }
}
