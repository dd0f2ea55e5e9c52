//! The web site's settings in a config file: `[server]`, or `[server:main]` as in files for Paste, with the same keys.
//! The server decides whether they are allowed.

use super::here::Here;
use super::tree::{List, One, Scalar, Setting, set};
use ::toml::Value;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use workhours_base::error::{Error, Result};

/// The table of TOML.
const NAME: &str = "server";

/// Default place of the site.
const DEFAULT_PORT: u16 = 8037;

/// The keys of `[server]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Keys {
    /// Whether ActivityWatch's watchers on this machine need no token.
    local_watchers: Option<Setting<One<Scalar>>>,
    /// Allowed host names, also with commas between.
    allow_hosts: Option<Setting<List<Scalar>>>,
    /// Whether an encrypting proxy is in front of it.
    behind_proxy: Option<Setting<One<Scalar>>>,
    /// The address to listen at.
    host: Option<Setting<One<Scalar>>>,
    /// The port to listen at.
    port: Option<Setting<One<Scalar>>>,
    /// A folder of templates.
    templates: Option<Setting<One<Scalar>>>,
}

impl Keys {
    /// What they mean.
    pub(super) fn settings(self, here: &Here<'_>) -> Result<ServerSettings> {
        let mut server = ServerSettings::default();
        set(&mut server.allow_hosts, self.allow_hosts, |List(texts)| {
            let texts = texts.iter().map(|Scalar(text)| here.text(text)).collect::<Result<Vec<_>>>()?;
            let hosts = texts.iter().flat_map(|text| text.split([',', ' '])).map(str::trim);
            Ok(hosts.filter(|host| !host.is_empty()).map(str::to_owned).collect())
        })?;
        let yes = |key: &str, One(Scalar(text)): One<Scalar>| {
            let text = text.trim();
            text.parse().map_err(|_| Error::usage(format!("{key} is true or false, not {text:?}")))
        };
        set(&mut server.local_watchers, self.local_watchers, |text| yes("local_watchers", text))?;
        set(&mut server.behind_proxy, self.behind_proxy, |text| yes("behind_proxy", text))?;
        set(&mut server.host, self.host, |One(Scalar(text))| host(text.trim()).map(Some))?;
        set(&mut server.port, self.port, |One(Scalar(text))| port(text.trim()).map(Some))?;
        set(&mut server.templates, self.templates, |One(Scalar(text))| here.path(text.trim()).map(Some))?;
        Ok(server)
    }
}

/// The site's address and allowed hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSettings {
    /// The address to listen at; by default only this machine's.
    pub host: Option<IpAddr>,
    /// The port to listen at; 0 for any that is free.
    pub port: Option<u16>,
    /// Allowed host names, in addition to its addresses and `localhost`.
    pub allow_hosts: Vec<String>,
    /// A folder of templates that beat the built-in ones.
    pub templates: Option<PathBuf>,
    /// Whether an encrypting proxy is in front of it.
    pub behind_proxy: bool,
    /// Whether ActivityWatch's watchers on this machine need no token.
    pub local_watchers: bool,
}

impl ServerSettings {
    /// The address to listen at.
    pub fn host(&self) -> IpAddr {
        self.host.unwrap_or(IpAddr::from([127, 0, 0, 1]))
    }

    /// The port to listen at.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(DEFAULT_PORT)
    }

    /// All settings as keys and values of TOML.
    pub(super) fn shown(&self, path: impl Fn(&Path) -> String) -> Vec<(String, Value)> {
        let key = |key: &str| format!("{NAME}.{key}");
        let mut shown = vec![
            (key("host"), Value::String(self.host().to_string())),
            (key("port"), Value::Integer(self.port().into())),
        ];
        if !self.allow_hosts.is_empty() {
            let hosts = self.allow_hosts.iter().cloned().map(Value::String).collect();
            shown.push((key("allow_hosts"), Value::Array(hosts)));
        }
        if let Some(dir) = &self.templates {
            shown.push((key("templates"), Value::String(path(dir))));
        }
        if self.local_watchers {
            shown.push((key("local_watchers"), Value::Boolean(true)));
        }
        if self.behind_proxy {
            shown.push((key("behind_proxy"), Value::Boolean(true)));
        }
        shown
    }
}

/// An address of this machine to listen at.
pub(super) fn host(text: &str) -> Result<IpAddr> {
    if text == "localhost" {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|_| {
        Error::usage(format!("{text:?} is not an address to listen on"))
            .hint("write 127.0.0.1, ::1 or localhost for this machine alone, 0.0.0.0 for all its networks")
    })
}

fn port(text: &str) -> Result<u16> {
    text.parse().map_err(|_| Error::usage(format!("{text:?} is not a port: use a number from 0 to 65535")))
}
