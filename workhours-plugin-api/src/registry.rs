//! How a source becomes known: to the program it is linked into, and to the host that loads it as a library.

use crate::abi::ParseFn;
use crate::source::IDataSource;

/// A source and its C face. Made by [`export_source!`](crate::export_source).
#[derive(Clone, Copy)]
pub struct SourceEntry {
    /// The source.
    pub source: &'static dyn IDataSource,
    /// The function that a host calls.
    pub parse: ParseFn,
}

#[cfg(feature = "inventory")]
inventory::collect!(SourceEntry);

/// The registered sources of this program or library, in order of name.
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

/// The sources linked into this program, in order of name.
///
/// The linker drops an unreferenced crate, and its sources with it: a program that needs them writes `use that_crate as
/// _;`.
pub fn built_in_sources() -> Vec<&'static dyn IDataSource> {
    entries().into_iter().map(|e| e.source).collect()
}

/// Makes a source known: `export_source!(AccessLog);` for a `static`-constructible value such as a unit
/// struct.
///
/// Linked into a program, the source is in its registry. Built as a `cdylib`, the library's one exported function
/// describes it. A library of several sources calls this for each. Without the crate's feature `inventory` nothing
/// collects them, and one call names them all: `export_source!(One, Other);`
#[cfg(feature = "inventory")]
#[macro_export]
macro_rules! export_source {
    ($($source:expr),+ $(,)?) => {
        $($crate::__private::inventory::submit! { $crate::__source_entry!($source) })+
    };
}

/// Exports the sources of a library: `export_source!(AccessLog);` or, all in one call,
/// `export_source!(One, Other);`
#[cfg(not(feature = "inventory"))]
#[macro_export]
macro_rules! export_source {
    ($($source:expr),+ $(,)?) => {
        /// The symbol the host looks for.
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        pub extern "C" fn workhours_plugin_v1() -> *const $crate::abi::Plugin {
            static PLUGIN: ::std::sync::OnceLock<$crate::abi::Plugin> = ::std::sync::OnceLock::new();
            $crate::abi::workhours_plugin(&PLUGIN, &[$($crate::__source_entry!($source)),+])
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __source_entry {
    ($source:expr) => {
        $crate::SourceEntry {
            source: &$source,
            parse: {
                extern "C" fn parse(
                    host: *const $crate::abi::Host,
                    input: *const $crate::abi::Input,
                    sink: *const $crate::abi::Sink,
                ) -> $crate::abi::Status {
                    $crate::abi::parse(&$source, host, input, sink)
                }
                parse
            },
        }
    };
}
