//! What is listened to: `[receivers.NAME]`, each a socket, a program's output or the system's journal.

use super::here::Here;
use super::server::host;
use super::tree::{Entries, List, Scalar, Setting, Word, given};
use ::toml::Value;
use serde::Deserialize;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use workhours_base::database::mask;
use workhours_base::error::{Error, Result};

/// The table.
const NAME: &str = "receivers";
/// Names are names of folders.
const LONGEST_NAME: usize = 100;
/// The port of syslog for unprivileged programs, by transport.
const PORTS: [(&str, u16); 3] = [("udp", 514), ("tcp", 514), ("tls", 6514)];
/// The source types of what arrives at a socket, and of the journal.
const SYSLOG: &str = "syslog";
const JOURNALD: &str = "journald";

/// The keys of a receiver.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Keys {
    /// Where to listen: `udp://HOST:PORT`, `tcp://…`, `tls://…` or `journal`.
    listen: Option<Setting<String>>,
    /// A program that prints lines, with its arguments.
    command: Option<Setting<List<Word>>>,
    /// The source type of what arrives.
    r#type: Option<Setting<String>>,
    /// The host of records that name none.
    host: Option<Setting<Scalar>>,
    /// The certificates that are shown, in PEM.
    certificate: Option<Setting<String>>,
    /// The key of the first of them, in PEM.
    key: Option<Setting<String>>,
    /// The authorities whose certificates senders must show, in PEM.
    clients: Option<Setting<String>>,
}

/// Where something arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Datagrams, each a message.
    Udp(SocketAddr),
    /// Connections with messages one after the other.
    Tcp(SocketAddr),
    /// The same, encrypted.
    Tls(SocketAddr, TlsFiles),
    /// The output of a command line.
    Command(String),
    /// The system's journal.
    Journal,
}

/// The files of an encrypted receiver, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificates that are shown.
    pub certificate: PathBuf,
    /// The key of the first of them.
    pub key: PathBuf,
    /// The authorities whose certificates senders must show; `None` if they need none.
    pub clients: Option<PathBuf>,
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp(at) => write!(f, "udp://{at}"),
            Self::Tcp(at) => write!(f, "tcp://{at}"),
            Self::Tls(at, _) => write!(f, "tls://{at}"),
            Self::Command(line) => f.write_str(line),
            Self::Journal => f.write_str("journal"),
        }
    }
}

/// Something that is listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverSpec {
    /// Its name: the label of its events.
    pub name: String,
    /// Where they arrive.
    pub listen: Listen,
    /// The source type; not checked here.
    pub source_type: String,
    /// The host of records that name none.
    pub host: Option<String>,
    /// `FILE:LINE`.
    pub origin: String,
}

impl ReceiverSpec {
    /// Whether messages may have their length before them (RFC 6587).
    pub fn may_count(&self) -> bool {
        self.source_type == SYSLOG
    }
}

/// What the tables mean.
pub(super) fn receivers(table: Entries<Keys>, here: &Here<'_>) -> Result<Vec<ReceiverSpec>> {
    let mut all: Vec<ReceiverSpec> =
        table.sorted().map(|(name, setting)| receiver(name, setting, here)).collect::<Result<_>>()?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn receiver(
    name: String,
    Setting { value: keys, origin, .. }: Setting<Keys>,
    here: &Here<'_>,
) -> Result<ReceiverSpec> {
    let wrong = |text: &str| Err(Error::usage(format!("{origin}: the receiver {name} {text}")));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_plain) || name.starts_with('.') {
        return wrong("needs a name of letters, digits, -, _ and ., which doesn't begin with a dot");
    }
    let file = |setting: Option<Setting<String>>| given(setting, |text| here.path(text.trim()));
    let (certificate, key) = (file(keys.certificate)?, file(keys.key)?);
    let clients = file(keys.clients)?.map(|setting| setting.value);
    let words = keys.command.map(|command| command.value.0).unwrap_or_default();
    let command = words.into_iter().map(|Word(text)| text).collect::<Vec<_>>().join(" ").trim().to_owned();
    let (listen, usual) = match (keys.listen, command.is_empty()) {
        (Some(_), false) => return wrong("has both listen and command: use one"),
        (None, true) => return wrong("listens to nothing: listen = \"udp://127.0.0.1:5514\""),
        (None, false) => (Listen::Command(command), None),
        (Some(setting), true) if setting.value.trim() == "journal" => (Listen::Journal, Some(JOURNALD)),
        (Some(setting), true) => {
            let (scheme, at) = address(setting.value.trim()).map_err(|e| {
                Error::usage(format!("{}: {e}", setting.origin)).hint(e.hint_text().unwrap_or_default())
            })?;
            let listen = match (scheme, &certificate, &key) {
                ("udp", None, None) => Listen::Udp(at),
                ("tcp", None, None) => Listen::Tcp(at),
                ("tls", Some(certificate), Some(key)) => {
                    let (certificate, key) = (certificate.value.clone(), key.value.clone());
                    Listen::Tls(at, TlsFiles { certificate, key, clients: clients.clone() })
                }
                ("tls", _, _) => return wrong("needs certificate and key, both files in PEM"),
                _ => return wrong("has a certificate, but isn't encrypted: listen = \"tls://…\""),
            };
            (listen, Some(SYSLOG))
        }
    };
    if !matches!(listen, Listen::Tls(..)) && (certificate.is_some() || key.is_some() || clients.is_some()) {
        return wrong("has files of certificates, but isn't encrypted: listen = \"tls://…\"");
    }
    let Some(source_type) = keys.r#type.map(|setting| setting.value).or(usual.map(str::to_owned)) else {
        return wrong("needs the source type of what the command prints: type = \"jsonl\"");
    };
    let host = keys.host.map(|setting| setting.value.0).filter(|host| !host.is_empty());
    Ok(ReceiverSpec { listen, source_type, host, origin, name })
}

/// The transport and the address of `udp://127.0.0.1:5514`.
fn address(text: &str) -> Result<(&'static str, SocketAddr)> {
    let wrong = || {
        Error::usage(format!("{text:?} isn't an address to listen at"))
            .hint("write udp://127.0.0.1:5514, tcp://…, tls://… or journal")
    };
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let (scheme, usual) = *PORTS.iter().find(|(known, _)| *known == scheme).ok_or_else(wrong)?;
    let (name, port) = match rest.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().map_err(|_| wrong())?),
        _ => (rest, usual),
    };
    Ok((scheme, SocketAddr::new(host(name)?, port)))
}

/// All of them as keys and values of TOML.
pub(super) fn shown(receivers: &[ReceiverSpec], path: impl Fn(&Path) -> String) -> Vec<(String, Value)> {
    let mut shown = Vec::new();
    for receiver in receivers {
        let name = Value::String(receiver.name.clone());
        let mut set = |key: &str, value: String| {
            shown.push((format!("{NAME}.{name}.{key}"), Value::String(value)));
        };
        match &receiver.listen {
            Listen::Command(line) => set("command", mask(line)),
            listen => set("listen", listen.to_string()),
        }
        set("type", receiver.source_type.clone());
        if let Some(host) = &receiver.host {
            set("host", host.clone());
        }
        if let Listen::Tls(_, files) = &receiver.listen {
            set("certificate", path(&files.certificate));
            set("key", path(&files.key));
            if let Some(clients) = &files.clients {
                set("clients", path(clients));
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let at = |text: &str| address(text).map(|(scheme, at)| format!("{scheme} {at}"));
        assert_eq!(at("udp://127.0.0.1:5514").unwrap(), "udp 127.0.0.1:5514");
        assert_eq!(at("tcp://localhost").unwrap(), "tcp 127.0.0.1:514");
        assert_eq!(at("tls://[::1]").unwrap(), "tls [::1]:6514");
        assert_eq!(at("tls://[::1]:7000").unwrap(), "tls [::1]:7000");
        for wrong in ["5514", "udp://", "udp://example.org:1", "http://127.0.0.1:1", "udp://127.0.0.1:x"] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
