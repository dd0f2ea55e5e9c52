//! The allowed host names of the site. Another page can make a browser send requests to this machine under a name of
//! its own (DNS rebinding); requests for such a name get no answer.

use std::net::{IpAddr, SocketAddr};

/// The names that are its own.
pub(crate) struct Hosts {
    names: Vec<String>,
    at: SocketAddr,
}

impl Hosts {
    /// The addresses it listens at, `localhost`, and these.
    pub(crate) fn new(at: SocketAddr, allowed: &[String]) -> Self {
        let mut names: Vec<String> = allowed.iter().map(|name| name.to_ascii_lowercase()).collect();
        // The address for all interfaces isn't a name: the user must list the names.
        if !at.ip().is_unspecified() {
            names.push(bare(at.ip()));
        }
        if at.ip().is_loopback() || at.ip().is_unspecified() {
            names.extend(["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()]);
        }
        Self { names, at }
    }

    /// Whether only programs of this machine reach the site.
    pub(crate) fn are_local(&self) -> bool {
        self.at.ip().is_loopback()
    }

    /// Whether this `Host` header names the site: one of its names, with its port or, behind a proxy, with any port
    /// that was allowed along with the name.
    pub(crate) fn are(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        if self.names.contains(&host) {
            return true;
        }
        match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => {
                port.parse() == Ok(self.at.port()) && self.names.iter().any(|n| n == name)
            }
            _ => false,
        }
    }
}

fn bare(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_its_own() {
        let hosts =
            Hosts::new(SocketAddr::from(([127, 0, 0, 1], 8037)), &["Hours.Example:8443".into(), "wh".into()]);
        for good in [
            "127.0.0.1:8037",
            "localhost:8037",
            "LOCALHOST",
            "[::1]:8037",
            "hours.example:8443",
            "wh",
            "wh:8037",
        ] {
            assert!(hosts.are(good), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost:80",
            "localhost.evil:8037",
            "hours.example",
            "",
            "127.0.0.1:",
            "[::1]:1",
        ] {
            assert!(!hosts.are(bad), "{bad}");
        }
    }
}
