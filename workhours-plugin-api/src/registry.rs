//! How a source becomes known to the program it is linked into.

use crate::source::IDataSource;

/// An entry of the link-time registry. Made by [`export_source!`](crate::export_source).
#[derive(Clone, Copy)]
pub struct SourceEntry {
    /// The source.
    pub source: &'static dyn IDataSource,
}

inventory::collect!(SourceEntry);

/// The sources linked into this program, in order of name.
///
/// The linker drops a crate nobody refers to, and its sources with it: a program that wants them says
/// `use that_crate as _;`.
pub fn built_in_sources() -> Vec<&'static dyn IDataSource> {
    let mut sources: Vec<_> = inventory::iter::<SourceEntry>.into_iter().map(|e| e.source).collect();
    sources.sort_by_key(|s| s.info().name);
    sources
}

/// Registers a source: `export_source!(AccessLog);` for a `static`-constructible value such as a unit struct.
#[macro_export]
macro_rules! export_source {
    ($source:expr) => {
        $crate::__private::inventory::submit! { $crate::SourceEntry { source: &$source } }
    };
}
