//! The source types this program knows, found by name or alias: built-in ones, those of plugins, and the formats of the
//! config. Treats all of them the same, and doesn't know how a plugin is loaded.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod formats;
mod registered;

pub use registered::{BUILT_IN, Registered};

use formats::Declared;
use std::path::{Path, PathBuf};
use workhours_base::error::{Error, ErrorKind, Result, quoted};
use workhours_base::input::FormatSpec;
use workhours_base::names;
use workhours_plugin_api::built_in_sources;

/// A plugin that the user wants but that may not be loaded.
#[derive(Debug)]
pub struct Refusal {
    /// The names and aliases its sources have.
    pub names: Vec<String>,
    /// Its file.
    pub file: PathBuf,
    /// Why not, and what to do.
    pub error: Error,
}

/// All known sources, by name.
pub struct Registry {
    sources: Vec<Registered>,
    refused: Vec<Refusal>,
    declared: Vec<&'static Declared>,
}

impl Registry {
    /// A registry of these sources, with the reasons of rejected ones.
    ///
    /// # Errors
    /// When two sources answer to one name: neither could be trusted to be the one meant.
    pub fn new(mut sources: Vec<Registered>, refused: Vec<Refusal>) -> Result<Self> {
        let mut seen: Vec<(&str, Registered)> = Vec::new();
        for r in &sources {
            for name in names_of(r) {
                match seen.iter().find(|(n, _)| *n == name) {
                    Some((_, other)) => return Err(clash(name, other, r)),
                    None => seen.push((name, *r)),
                }
            }
        }
        sources.sort_by_key(|r| r.source.info().name);
        Ok(Self { sources, refused, declared: Vec::new() })
    }

    /// Adds the formats of a config. Their kinds are sources that are here already.
    ///
    /// # Errors
    /// When a kind is unknown, an option is wrong, or a name is taken.
    pub fn declare(&mut self, formats: &[FormatSpec]) -> Result<()> {
        let mut added = Vec::new();
        for spec in formats {
            let base = self.get(&spec.kind).map_err(|e| {
                let text = format!("{}: the format {}: {}", spec.origin, spec.name, e.full_message());
                Error::usage(text).hint(e.hint_text().unwrap_or("see workhours -l"))
            })?;
            if let Some(other) = self.sources.iter().find(|r| names_of(r).any(|n| n == spec.name)) {
                let told = format!("{} ({})", other.source.info().name, other.origin);
                return Err(Error::usage(format!(
                    "two sources answer to {:?}: {told} and the format declared at {}",
                    spec.name, spec.origin
                ))
                .hint("give the format another name"));
            }
            let declared = Declared::leak(spec, base)?;
            let origin: &'static str = spec.origin.clone().leak();
            added.push(Registered { source: declared, origin });
            self.declared.push(declared);
        }
        self.sources.extend(added);
        self.sources.sort_by_key(|r| r.source.info().name);
        Ok(())
    }

    /// The format of this name, if it is one.
    pub fn declared(&self, name: &str) -> Option<&'static Declared> {
        self.declared.iter().copied().find(|d| d.spec().name == name)
    }

    /// The sources linked into this program, and no others.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn built_in() -> Result<Self> {
        let linked = built_in_sources().into_iter();
        Self::new(linked.map(|source| Registered { source, origin: BUILT_IN }).collect(), Vec::new())
    }

    /// All sources, by name.
    pub fn all(&self) -> &[Registered] {
        &self.sources
    }

    /// The names of those that make events of a kind.
    pub fn recording(&self, kind: &str) -> Vec<String> {
        let infos = self.sources.iter().map(|registered| registered.source.info());
        infos.filter(|info| info.kinds.contains(&kind)).map(|info| info.name.to_owned()).collect()
    }

    /// The plugins that may not be loaded.
    pub fn refused(&self) -> &[Refusal] {
        &self.refused
    }

    /// The source of this name or alias.
    ///
    /// # Errors
    /// Why it was rejected, if it was; else a usage error that names the nearest one.
    pub fn get(&self, name: &str) -> Result<Registered> {
        if let Some(found) = self.sources.iter().find(|r| names_of(r).any(|n| n == name)) {
            return Ok(*found);
        }
        if let Some(refusal) = self.refused.iter().find(|r| r.names.iter().any(|n| n == name)) {
            return Err(refusal.told(name));
        }
        let refused = self.refused.iter().flat_map(|r| r.names.iter().map(String::as_str));
        let known = self.sources.iter().flat_map(|r| names_of(r).map(|n| -> &str { n })).chain(refused);
        Err(names::unknown("source type", name, known, "workhours -l"))
    }
}

impl Refusal {
    /// The reason, for every request for one of its sources.
    fn told(&self, name: &str) -> Error {
        let text = format!("{name} cannot be used: {}", self.error.full_message());
        let error = match self.error.kind() {
            ErrorKind::Usage | ErrorKind::LimitExceeded => Error::usage(text),
            ErrorKind::Failed => Error::failed(text),
        };
        match self.error.hint_text() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

fn names_of(r: &Registered) -> impl Iterator<Item = &'static str> {
    let info = r.source.info();
    std::iter::once(info.name).chain(info.aliases.iter().copied())
}

/// Two sources of one name, each with its origin. Only a plugin can be taken away.
fn clash(name: &str, a: &Registered, b: &Registered) -> Error {
    let told = |r: &Registered| format!("{} ({})", r.source.info().name, r.origin);
    let error = Error::failed(format!("two sources answer to {name:?}: {} and {}", told(a), told(b)));
    // By its file, because its name is the same.
    match [b, a].into_iter().find(|r| !r.is_built_in()) {
        Some(plugin) => error.hint(format!("workhours plugin remove {}", quoted(Path::new(plugin.origin)))),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use workhours_plugin_api::{
        Activity, EventSink, Growth, IDataSource, Input, InputNeed, Sample, SourceError, SourceInfo,
    };

    struct Named(&'static SourceInfo);

    impl IDataSource for Named {
        fn info(&self) -> &'static SourceInfo {
            self.0
        }
        fn parse(&self, _: &mut Input<'_>, _: &mut dyn EventSink) -> std::result::Result<(), SourceError> {
            Ok(())
        }
    }

    fn source(name: &str, alias: &str, origin: &'static str) -> Registered {
        let info = SourceInfo {
            name: name.to_owned().leak(),
            aliases: vec![&*alias.to_owned().leak()].leak(),
            summary: "s",
            details: "",
            authority: "",
            activity: Activity::Human,
            growth: Growth::Append,
            kinds: &["k"],
            input: InputNeed::Read,
            locations: &[],
            companions: &[],
            options: &[],
            sample: Sample { bytes: b"", events: 0, rejects: 0 },
        };
        let info: &'static SourceInfo = Box::leak(Box::new(info));
        Registered { source: Box::leak(Box::new(Named(info))), origin }
    }

    #[test]
    fn found_by_name_and_alias_and_sorted() {
        let all = vec![source("t.b", "tb", "/p/b.so"), source("t.a", "ta", BUILT_IN)];
        let registry = Registry::new(all, vec![]).unwrap();
        assert_eq!(registry.all().iter().map(|r| r.source.info().name).collect::<Vec<_>>(), ["t.a", "t.b"]);
        assert_eq!(registry.get("tb").unwrap().origin, "/p/b.so");
        assert_eq!(registry.get("t.a").unwrap().origin, BUILT_IN);
        let error = registry.get("t.bb").err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.hint_text().unwrap().contains("t.b"), "{error:?}");
    }

    #[test]
    fn clashes_name_both_and_the_remedy() {
        let (one, two) = (("t.a", "tx"), ("t.b", "ty"));
        for (a, b, name) in [(one, one, "t.a"), (one, ("t.b", "tx"), "tx"), (two, ("ty", "tz"), "ty")] {
            for (first, second) in [(BUILT_IN, "/p/b.so"), ("/p/b.so", BUILT_IN), ("/p/a.so", "/p/b.so")] {
                let all = vec![source(a.0, a.1, first), source(b.0, b.1, second)];
                let error = Registry::new(all, vec![]).err().unwrap();
                let text = error.to_string();
                assert!(text.starts_with(&format!("two sources answer to {name:?}: ")), "{text}");
                assert!(text.contains(first) && text.contains(second), "{text}");
                assert_eq!(error.hint_text(), Some("workhours plugin remove /p/b.so"));
            }
        }
        let all = vec![source("t.a", "tx", BUILT_IN), source("t.a", "ty", BUILT_IN)];
        assert_eq!(Registry::new(all, vec![]).err().unwrap().hint_text(), None);
    }

    #[test]
    fn a_refused_source_says_why() {
        let refusal = || Refusal {
            names: vec!["t.b".into(), "tb".into()],
            file: "/p/b.so".into(),
            error: Error::failed("/p/b.so is not there").hint("put it back"),
        };
        let registry = Registry::new(vec![source("t.a", "ta", BUILT_IN)], vec![refusal()]).unwrap();
        for _ in 0..2 {
            let error = registry.get("tb").err().unwrap();
            assert_eq!(error.to_string(), "tb cannot be used: /p/b.so is not there");
            assert_eq!((error.hint_text(), error.kind()), (Some("put it back"), ErrorKind::Failed));
        }
        assert_eq!(registry.all().len(), 1);
        assert_eq!(registry.refused()[0].names, ["t.b", "tb"]);
        let again = Registry::new(vec![source("t.b", "tc", "/q/b.so")], vec![refusal()]).unwrap();
        assert_eq!(again.get("t.b").unwrap().origin, "/q/b.so", "what works is found");
    }
}
