//! Answers from the columns instead of the events: the same ones, sooner. Columns are used if they are those of the
//! database as it is, and have everything a report asks for; otherwise events are read.

mod fields;
mod mask;
mod memo;
mod project;
mod rows;
mod values;

#[cfg(test)]
mod tests;

pub(crate) use rows::{Rows, Shown, answer};
pub(crate) use values::values;

use crate::ReportParams;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use workhours_base::error::Result;
use workhours_columns::Columns;
use workhours_store::Store;

/// The columns that were open last. What they have read stays in memory.
static OPEN: Mutex<Option<Open>> = Mutex::new(None);

/// By folder and database.
type Open = FxHashMap<(PathBuf, String), Arc<Columns>>;

/// The columns a report may use, if there are any of the database's present state.
///
/// # Errors
/// Database errors. Columns that can't be read count as none: the events are there.
pub(crate) fn of(store: &mut Store, params: &ReportParams) -> Result<Option<Arc<Columns>>> {
    match &params.columns {
        Some(folder) => current(folder, store),
        None => Ok(None),
    }
}

/// The columns of a database below a folder, if there are any of its present state.
///
/// # Errors
/// As for [`of`].
pub(crate) fn current(folder: &Path, store: &mut Store) -> Result<Option<Arc<Columns>>> {
    let key = (folder.to_owned(), store.uuid().to_owned());
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = open.get_or_insert_default().get(&key).cloned();
    let now = store.journal().moment()?;
    if let Some(known) = known.as_ref().filter(|known| known.moment() == now) {
        return Ok(Some(known.clone()));
    }
    let latest = match &known {
        Some(known) => known.reopen(),
        None => Columns::open(folder, &key.1),
    };
    let Ok(Some(latest)) = latest else { return Ok(None) };
    let latest = Arc::new(latest);
    let is_current = latest.moment() == now;
    open.get_or_insert_default().insert(key, latest.clone());
    Ok(Some(latest).filter(|_| is_current))
}
