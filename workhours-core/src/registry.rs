//! The source types this program knows, found by name or alias.

use crate::error::{Error, Result};
use crate::names;
use workhours_plugin_api::{IDataSource, built_in_sources};

/// A source and where it comes from.
#[derive(Clone, Copy)]
pub struct Registered {
    /// The source.
    pub source: &'static dyn IDataSource,
    /// `built-in`, or the file of the plugin.
    pub origin: &'static str,
}

/// All known sources, by name.
pub struct Registry {
    sources: Vec<Registered>,
}

impl Registry {
    /// The sources linked into this program.
    ///
    /// # Errors
    /// When two sources answer to one name: neither could be trusted to be the one meant.
    pub fn built_in() -> Result<Self> {
        let sources: Vec<_> =
            built_in_sources().into_iter().map(|source| Registered { source, origin: "built-in" }).collect();
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for r in &sources {
            let info = r.source.info();
            for name in std::iter::once(&info.name).chain(info.aliases) {
                if let Some((_, owner)) = seen.iter().find(|(n, _)| n == name) {
                    return Err(Error::failed(format!(
                        "two sources are called {name:?}: {owner} and {} ({})",
                        info.name, r.origin
                    )));
                }
                seen.push((name, info.name));
            }
        }
        Ok(Self { sources })
    }

    /// All sources, by name.
    pub fn all(&self) -> &[Registered] {
        &self.sources
    }

    /// The source of this name or alias.
    ///
    /// # Errors
    /// A usage error that names the nearest one.
    pub fn get(&self, name: &str) -> Result<Registered> {
        let answers = |r: &&Registered| {
            let info = r.source.info();
            info.name == name || info.aliases.contains(&name)
        };
        self.sources.iter().find(answers).copied().ok_or_else(|| {
            let known = self.sources.iter().flat_map(|r| {
                let info = r.source.info();
                std::iter::once(info.name).chain(info.aliases.iter().copied())
            });
            names::unknown("source type", name, known, "workhours -l")
        })
    }
}
