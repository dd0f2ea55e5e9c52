//! A source that the program knows, and where it comes from.

use workhours_plugin_api::{FolderReader, IDataSource, folder_readers};

/// A source and where it comes from.
#[derive(Clone, Copy)]
pub struct Registered {
    /// The source.
    pub source: &'static dyn IDataSource,
    /// `built-in`, the file of the plugin, or where the format is declared.
    pub origin: &'static str,
}

impl Registered {
    /// Whether it is linked into this program.
    pub fn is_built_in(&self) -> bool {
        self.origin == BUILT_IN
    }

    /// How to read folders that are inputs of this source, if there are any. Only built-in sources may run programs.
    pub fn folder_reader(&self) -> Option<&'static FolderReader> {
        let name = self.source.info().name;
        folder_readers().into_iter().find(|reader| self.is_built_in() && reader.source == name)
    }
}

/// The origin of built-in sources.
pub const BUILT_IN: &str = "built-in";
