//! All values that events have in a field, from columns.

use std::collections::BTreeSet;
use workhours_base::error::Result;
use workhours_columns::{Column, Columns, IdSet};
use workhours_query::{Field, domain_of};

/// The values in order; `None` for a field that has no column.
///
/// # Errors
/// When a file of the columns can't be read or is damaged.
pub(crate) fn values(columns: &Columns, field: &Field) -> Result<Option<Vec<String>>> {
    let column = match field {
        Field::Kind => Column::Kind,
        Field::Host => Column::Host,
        Field::Peer => Column::Peer,
        Field::User => Column::User,
        Field::Tag => Column::Tag,
        Field::Domain => Column::Url,
        _ => return Ok(None),
    };
    let Some(dictionary) = columns.dictionary(&column) else { return Ok(Some(Vec::new())) };
    // Texts of events that were deleted are still in the dictionary.
    let mut live = IdSet::new(dictionary.len());
    let mut blocks = columns.blocks(None, std::slice::from_ref(&column));
    while let Some(block) = blocks.next_block()? {
        for row in block.live_rows() {
            block.values(0, row).iter().for_each(|id| live.insert(*id));
        }
    }
    let texts = dictionary.map(|value| match field {
        Field::Domain => domain_of(value.text),
        _ => Some(value.text.to_owned()),
    })?;
    let found: BTreeSet<String> =
        (0..).zip(texts).filter(|(id, _)| live.contains(*id)).filter_map(|(_, text)| text).collect();
    Ok(Some(found.into_iter().collect()))
}
