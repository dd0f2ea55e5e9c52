//! How files of an input are read, as far as it matters for following them.

use crate::state::Parts;
use workhours_base::input::InputSpec;
use workhours_plugin_api::Growth;
use workhours_registry::{Registered, Registry};

/// What is known of the source, or if the type is `auto` of all of them.
pub(crate) struct Reader {
    growth: Growth,
    companions: Vec<&'static str>,
    inside: Vec<&'static str>,
}

impl Reader {
    pub(crate) fn of(spec: &InputSpec, registry: &Registry) -> Self {
        let named = registry.get(&spec.source_type).ok();
        let sources: Vec<Registered> = named.map_or_else(|| registry.all().to_vec(), |source| vec![source]);
        let mut reader = Self {
            // Of files of an unknown type most are logs. A document's load says that it is one.
            growth: named.map_or(Growth::Append, |source| source.source.info().growth),
            companions: Vec::new(),
            inside: Vec::new(),
        };
        for source in sources {
            reader.companions.extend(source.source.info().companions);
            reader.inside.extend(source.folder_reader().iter().flat_map(|folder| folder.changes_with));
        }
        reader.companions.sort_unstable();
        reader.companions.dedup();
        reader
    }

    /// How files change whose source isn't known yet.
    pub(crate) fn growth(&self) -> Growth {
        self.growth
    }

    /// Files that are part of others.
    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts { companions: &self.companions, inside: &self.inside }
    }
}
