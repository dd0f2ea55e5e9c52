//! The web site's settings in a config file: `[server]`, or `[server:main]` as in files for Paste, with the same keys.
//! The server decides whether they are allowed.

use super::values;
use ::toml::Value;
use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use workhours_base::environment::Environment;
use workhours_base::error::{Error, Result};
use workhours_base::names;

/// The table of TOML.
pub(super) const NAME: &str = "server";
/// The section of INI.
pub(super) const SECTION: &str = "server:main";

const KEYS: [&str; 5] = ["allow_hosts", "behind_proxy", "host", "port", "templates"];

/// Default place of the site.
const DEFAULT_PORT: u16 = 8037;

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

    /// Takes a key; a path is relative to `here`.
    pub(super) fn set(&mut self, key: &str, given: &[String], here: &Path, env: &Environment) -> Result<()> {
        if key == "allow_hosts" {
            let hosts = given.iter().flat_map(|text| text.split([',', ' '])).map(str::trim);
            self.allow_hosts = hosts.filter(|host| !host.is_empty()).map(str::to_owned).collect();
            return Ok(());
        }
        let [text] = given else {
            return Err(Error::usage(format!("{key} has {} values, and takes one", given.len())));
        };
        let text = text.trim();
        match key {
            "host" => self.host = Some(host(text)?),
            "port" => self.port = Some(port(text)?),
            "templates" => self.templates = Some(values::path(OsStr::new(text), Some(here), env)?),
            "behind_proxy" => {
                self.behind_proxy = text
                    .parse()
                    .map_err(|_| Error::usage(format!("behind_proxy is true or false, not {text:?}")))?;
            }
            _ => {
                return Err(Error::usage(format!("unknown key {key:?} in [{NAME}]")).hint(
                    match names::nearest(key, KEYS) {
                        Some(near) => format!("did you mean {near}?"),
                        None => format!("the keys are {}", KEYS.join(", ")),
                    },
                ));
            }
        }
        Ok(())
    }

    /// Whether the section of INI has this key. Other keys belong to other programs.
    pub(super) fn knows(key: &str) -> bool {
        KEYS.contains(&key)
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
        Error::usage(format!("{text:?} is no address to listen at"))
            .hint("write 127.0.0.1, ::1 or localhost for this machine alone, 0.0.0.0 for all its networks")
    })
}

fn port(text: &str) -> Result<u16> {
    text.parse().map_err(|_| Error::usage(format!("{text:?} is no port: a number from 0 to 65535")))
}
