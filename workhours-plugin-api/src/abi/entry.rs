//! What is registered for each source, and what was.

use super::ParseFn;
use crate::source::IDataSource;

/// A source and its C face. Made by [`export_source!`](crate::export_source).
#[derive(Clone, Copy)]
pub struct SourceEntry {
    /// The source.
    pub source: &'static dyn IDataSource,
    /// What a host calls.
    pub parse: ParseFn,
}

#[cfg(feature = "inventory")]
inventory::collect!(SourceEntry);

/// What was registered in this program or library, in order of name.
#[cfg(feature = "inventory")]
pub(crate) fn entries() -> Vec<SourceEntry> {
    let mut entries: Vec<_> = inventory::iter::<SourceEntry>.into_iter().copied().collect();
    entries.sort_by_key(|e| e.source.info().name);
    entries
}

/// Without the registry nothing is collected: a library exports what its one `export_source!` names.
#[cfg(not(feature = "inventory"))]
pub(crate) fn entries() -> Vec<SourceEntry> {
    Vec::new()
}
