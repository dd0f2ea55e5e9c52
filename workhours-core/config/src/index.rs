//! The search index: `[index]`. Which engine answers searches, and where its server is.

use super::here::Here;
use super::tree::{List, One, Scalar, Setting, set};
use ::toml::Value;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use workhours_base::error::{Error, Result};
use workhours_base::secret::Secret;

/// The table of TOML, and the section of INI.
pub(super) const NAME: &str = "index";

/// The most parts of an index, and the most copies of each.
const MAX_SHARDS: u32 = 1024;

/// The keys of `[index]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Keys {
    /// A file with an API key in its first line.
    api_key_file: Option<Setting<One<Scalar>>>,
    /// A file with the certificates to trust.
    ca: Option<Setting<One<Scalar>>>,
    /// `embedded` or `elasticsearch`.
    engine: Option<Setting<One<Scalar>>>,
    /// What the names of its indexes begin with.
    name: Option<Setting<One<Scalar>>>,
    /// A file with the password in its first line.
    password_file: Option<Setting<One<Scalar>>>,
    /// How many copies of each part there are.
    replicas: Option<Setting<One<Scalar>>>,
    /// How many parts the index has.
    shards: Option<Setting<One<Scalar>>>,
    /// The server's address, or those of several nodes.
    url: Option<Setting<List<Scalar>>>,
    /// The user at the server.
    user: Option<Setting<One<Scalar>>>,
}

/// The engine of the search index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IndexEngine {
    /// In files, without a server.
    #[default]
    Embedded,
    /// On an Elasticsearch or OpenSearch server.
    Elasticsearch,
}

impl IndexEngine {
    const ALL: [Self; 2] = [Self::Embedded, Self::Elasticsearch];

    /// Its name in a config file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Elasticsearch => "elasticsearch",
        }
    }
}

/// Where the search index is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSettings {
    /// Which engine.
    pub engine: IndexEngine,
    /// The server, or its nodes: `https://search.example:9200`.
    pub urls: Vec<String>,
    /// The user at the server.
    pub user: Option<String>,
    /// A file with the user's password in its first line.
    pub password_file: Option<PathBuf>,
    /// The password of the variable `WORKHOURS_INDEX_PASSWORD`.
    pub password: Option<Secret>,
    /// A file with an API key in its first line.
    pub api_key_file: Option<PathBuf>,
    /// Certificates to trust, a file in PEM format.
    pub ca: Option<PathBuf>,
    /// What the names of its indexes begin with.
    pub name: String,
    /// How many parts an index has.
    pub shards: u32,
    /// How many copies of each part there are.
    pub replicas: u32,
}

impl Default for IndexSettings {
    fn default() -> Self {
        Self {
            engine: IndexEngine::default(),
            urls: Vec::new(),
            user: None,
            password_file: None,
            password: None,
            api_key_file: None,
            ca: None,
            name: "workhours".to_owned(),
            shards: 1,
            replicas: 0,
        }
    }
}

impl Keys {
    /// What they mean.
    pub(super) fn settings(self, here: &Here<'_>) -> Result<IndexSettings> {
        let mut index = IndexSettings::default();
        let file = |One(Scalar(text)): One<Scalar>| here.path(text.trim()).map(Some);
        let origin = self.engine.as_ref().map(|engine| engine.origin.to_string());
        set(&mut index.api_key_file, self.api_key_file, file)?;
        set(&mut index.ca, self.ca, file)?;
        set(&mut index.engine, self.engine, |One(Scalar(text))| engine(text.trim()))?;
        set(&mut index.name, self.name, |One(Scalar(text))| name(text.trim()))?;
        set(&mut index.password_file, self.password_file, file)?;
        set(&mut index.replicas, self.replicas, |One(Scalar(text))| number("replicas", text.trim(), 0))?;
        set(&mut index.shards, self.shards, |One(Scalar(text))| number("shards", text.trim(), 1))?;
        set(&mut index.urls, self.url, |List(texts)| {
            texts.iter().map(|Scalar(text)| url(here.text(text)?.trim())).collect()
        })?;
        set(&mut index.user, self.user, |One(Scalar(text))| Ok(Some(text.trim().to_owned())))?;
        if let Some(origin) =
            origin.filter(|_| index.engine == IndexEngine::Elasticsearch && index.urls.is_empty())
        {
            return Err(Error::usage(format!("{origin}: the server of the index has no url"))
                .hint("write url = \"https://search.example:9200\" below it"));
        }
        index.password = here.env.index_password.clone();
        Ok(index)
    }
}

fn engine(text: &str) -> Result<IndexEngine> {
    let names = IndexEngine::ALL.map(IndexEngine::as_str);
    let text = if text == "opensearch" { "elasticsearch" } else { text };
    IndexEngine::ALL.into_iter().find(|engine| engine.as_str() == text).ok_or_else(|| {
        Error::usage(format!("unknown engine {text:?}")).hint(format!("the engines are {}", names.join(", ")))
    })
}

/// Servers allow no capitals in the names of indexes.
fn name(text: &str) -> Result<String> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    match text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(valid) && text.len() <= 100 {
        true => Ok(text.to_owned()),
        false => Err(Error::usage(format!("{text:?} is not a name for indexes"))
            .hint("use small letters, digits, dots, dashes and underscores, a letter first")),
    }
}

fn number(key: &str, text: &str, least: u32) -> Result<u32> {
    let number = text.parse().ok().filter(|n| (least..=MAX_SHARDS).contains(n));
    number
        .ok_or_else(|| Error::usage(format!("{key} is a number from {least} to {MAX_SHARDS}, not {text:?}")))
}

fn url(text: &str) -> Result<String> {
    let rest = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    match rest {
        Some(rest) if rest.contains('@') => {
            Err(Error::usage("the url of the index has a user or a password in it")
                .hint("write user and password_file next to it, or set WORKHOURS_INDEX_PASSWORD"))
        }
        Some(rest) if !rest.is_empty() => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(Error::usage(format!("{text:?} is not the address of a server"))
            .hint("write it as https://search.example:9200")),
    }
}

/// Whether an address is of this machine.
fn is_local(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    // An IPv6 address is in brackets; a port may follow.
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = name.parse::<std::net::IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl IndexSettings {
    /// A warning about an address to which the password or the API key goes unencrypted.
    pub(super) fn warning(&self) -> Option<String> {
        let has_secret =
            self.password.is_some() || self.password_file.is_some() || self.api_key_file.is_some();
        let url = self.urls.iter().find(|url| url.starts_with("http://") && !is_local(url))?;
        let warning = format!(
            "what signs in to the search server, and every event, is sent to {url} unencrypted; use https://, or a tunnel"
        );
        has_secret.then_some(warning)
    }

    /// All settings as keys and values of TOML.
    pub(super) fn shown(&self, path: impl Fn(&Path) -> String) -> Vec<(String, Value)> {
        let key = |key: &str| format!("{NAME}.{key}");
        let mut shown = vec![(key("engine"), Value::String(self.engine.as_str().to_owned()))];
        if self.urls.is_empty() && self.engine == IndexEngine::Embedded {
            return shown;
        }
        let urls = self.urls.iter().cloned().map(Value::String).collect();
        shown.push((key("url"), Value::Array(urls)));
        if let Some(user) = &self.user {
            shown.push((key("user"), Value::String(user.clone())));
        }
        let files =
            [("password_file", &self.password_file), ("api_key_file", &self.api_key_file), ("ca", &self.ca)];
        for (name, file) in files {
            if let Some(file) = file {
                shown.push((key(name), Value::String(path(file))));
            }
        }
        shown.push((key("name"), Value::String(self.name.clone())));
        shown.push((key("shards"), Value::Integer(self.shards.into())));
        shown.push((key("replicas"), Value::Integer(self.replicas.into())));
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_the_clear_are_warned_of() {
        let with = |url: &str, file: Option<&str>| IndexSettings {
            urls: vec!["https://a.example".into(), url.into()],
            password_file: file.map(PathBuf::from),
            ..IndexSettings::default()
        };
        for local in ["http://localhost:9200", "http://127.0.0.1:9200/x", "http://[::1]:9200", "http://[::1]"]
        {
            assert_eq!(with(local, Some("p")).warning(), None, "{local}");
        }
        let remote = "http://localhost.example:9200";
        assert!(with(remote, Some("p")).warning().is_some_and(|text| text.contains(remote)));
        assert_eq!(with(remote, None).warning(), None);
    }
}
