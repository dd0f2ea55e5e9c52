//! How `plugins.lock` is written: as TOML, one table for each plugin. Does not know which of them are wanted.

use super::Pin;
use crate::manifest;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use toml::Spanned;
use workhours_base::error::{Error, Result};

const HEADER: &str =
    "# The plugins that may be loaded. Written by workhours plugin add, trust and remove.\n\n";
const REMEDY: &str = "remove the entry or the file, then add its plugins again: workhours plugin add FILE";

/// The text of a lock file with these pins.
pub(super) fn write(pins: &[Pin]) -> Result<String, toml::ser::Error> {
    Ok(format!("{HEADER}{}", toml::to_string_pretty(&Written::from(pins))?))
}

/// The file as TOML.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    plugin: Vec<Entry>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: Spanned<PathBuf>,
    sha256: Spanned<String>,
    sdk: String,
    abi: Spanned<String>,
    added: String,
    #[serde(default)]
    source: Vec<Source>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Source {
    manifest: String,
}

impl From<&[Pin]> for Written {
    fn from(pins: &[Pin]) -> Self {
        let entry = |pin: &Pin| Entry {
            file: Spanned::new(0..0, pin.file.clone()),
            sha256: Spanned::new(0..0, pin.sha256.clone()),
            sdk: pin.sdk.clone(),
            abi: Spanned::new(0..0, format!("{}.{}", pin.abi.0, pin.abi.1)),
            added: pin.added.clone(),
            source: pin.sources.iter().map(|json| Source { manifest: json.clone() }).collect(),
        };
        Self { plugin: pins.iter().map(entry).collect() }
    }
}

/// Reads the text of a lock file; `file` is its name, for messages.
pub(super) fn read(text: &str, file: &Path) -> Result<Vec<Pin>> {
    let damaged = |offset: Option<usize>, why: &str| {
        let before = text.as_bytes().get(..offset.unwrap_or(0)).unwrap_or_default();
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        Error::failed(format!("{}:{line}: {why}", file.display())).hint(REMEDY)
    };
    let written: Written = toml::from_str(text)
        .map_err(|e| damaged(e.span().map(|span| span.start), &e.message().trim_end().replace('\n', ", ")))?;
    let mut pins: Vec<Pin> = Vec::new();
    for entry in written.plugin {
        let path = entry.file.get_ref();
        if !path.is_absolute() {
            return Err(damaged(Some(entry.file.span().start), "the path is not absolute"));
        }
        if pins.iter().any(|pin| pin.file == *path) {
            return Err(damaged(Some(entry.file.span().start), "this file has an entry already"));
        }
        let hash = entry.sha256.get_ref();
        if hash.len() != 64 || !hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(damaged(Some(entry.sha256.span().start), "this is not a SHA-256"));
        }
        let abi = manifest::version(entry.abi.get_ref())
            .ok_or_else(|| damaged(Some(entry.abi.span().start), "this is not a version such as 1.0"))?;
        pins.push(Pin {
            file: entry.file.into_inner(),
            sha256: entry.sha256.into_inner(),
            sdk: entry.sdk,
            abi,
            added: entry.added,
            sources: entry.source.into_iter().map(|source| source.manifest).collect(),
        });
    }
    Ok(pins)
}
