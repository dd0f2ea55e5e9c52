//! The messages of Dropbear's SSH server: successful and failed logins, and from where.

use crate::system_logs::login::{Facts, after_any, lcut, number, rcut};

/// The meaning of a message; `None` if it is unknown.
pub(crate) fn facts(message: &[u8]) -> Option<Facts<'_>> {
    if let Some(source) = message.strip_prefix(b"Child connection from ") {
        return Some(from(Facts::new("auth.message", b"", None), source));
    }
    if let Some((method, rest)) = lcut(message, b" succeeded ") {
        let (user, source) = named(rest)?;
        // By the names that sshd has for them.
        let method: &[u8] = match method {
            b"Password auth" => b"password",
            b"Pubkey auth" => b"publickey",
            other => other.strip_suffix(b" auth").unwrap_or(other),
        };
        return Some(from(Facts::new("auth.login", user, Some(true)).with("method", method), source));
    }
    if let Some(rest) = message.strip_prefix(b"Exit before auth") {
        // `from <192.0.2.1:22>: (user 'ada', 3 fails): reason`; older ones say no address.
        let user = quoted(rest).map_or(&b""[..], |(user, _)| user);
        let facts = Facts::new("auth.failure", user, Some(false));
        let source = lcut(rest, b" from <").and_then(|(_, s)| lcut(s, b">")).map(|(s, _)| s);
        let reason = rcut(rest, b": ").map_or(&b""[..], |(_, reason)| reason);
        return Some(from(
            facts.with("reason", reason),
            source.or_else(|| last_source(rest)).unwrap_or_default(),
        ));
    }
    if let Some(rest) = message.strip_prefix(b"Exit (") {
        let (user, rest) = lcut(rest, b")")?;
        let source = lcut(rest, b" from <").and_then(|(_, s)| lcut(s, b">")).map_or(&b""[..], |(s, _)| s);
        return Some(from(Facts::new("auth.session", user, None).with("action", b"closed"), source));
    }
    let starts: [&[u8]; 6] = [
        b"Bad password attempt for ",
        b"Bad PAM password attempt for ",
        b"Login attempt for nonexistent user",
        b"Login attempt with wrong user ",
        b"Pubkey auth attempt with unknown algo for ",
        b"Max auth tries reached - user ",
    ];
    let rest = after_any(message, &starts)?;
    let reason = message[..message.len() - rest.len()].trim_ascii_end();
    let reason = reason.strip_suffix(b" for").or(reason.strip_suffix(b" - user")).unwrap_or(reason);
    let user = quoted(rest).map_or(&b""[..], |(user, _)| user);
    let facts = Facts::new("auth.failure", user, Some(false)).with("reason", reason);
    Some(from(facts, last_source(rest).unwrap_or_default()))
}

/// User and source of `for 'ada' with key sha1!! aa:bb from 192.0.2.1:22`.
fn named(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (user, rest) = quoted(rest)?;
    Some((user, last_source(rest)?))
}

/// The text between the first quotes, and the text after them.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, rest) = lcut(text, b"'")?;
    lcut(rest, b"'")
}

fn last_source(text: &[u8]) -> Option<&[u8]> {
    rcut(text, b" from ").map(|(_, source)| source)
}

/// `192.0.2.1:22`, `[2001:db8::9]:22`, `2001:db8::9:22`: the port follows the last colon.
fn from<'a>(facts: Facts<'a>, source: &'a [u8]) -> Facts<'a> {
    let (address, port) = rcut(source, b":").unwrap_or((source, b""));
    let address = address.strip_prefix(b"[").and_then(|a| a.strip_suffix(b"]")).unwrap_or(address);
    facts.with("source", address).with("source_port", number(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        for (message, kind, user, source) in [
            ("Child connection from 192.0.2.1:4022", "auth.message", "", "192.0.2.1"),
            ("Password auth succeeded for 'ada' from 192.0.2.1:4022", "auth.login", "ada", "192.0.2.1"),
            (
                "Pubkey auth succeeded for 'ada' with ssh-ed25519 key SHA256:eA from 2001:db8::9:4022",
                "auth.login",
                "ada",
                "2001:db8::9",
            ),
            (
                "Bad password attempt for 'from x' from [2001:db8::9]:4022",
                "auth.failure",
                "from x",
                "2001:db8::9",
            ),
            ("Login attempt for nonexistent user from 192.0.2.1:4022", "auth.failure", "", "192.0.2.1"),
            (
                "Exit before auth from <192.0.2.1:4022>: (user 'root', 10 fails): Max auth tries reached",
                "auth.failure",
                "root",
                "192.0.2.1",
            ),
            ("Exit before auth (user 'root', 3 fails): Exited normally", "auth.failure", "root", ""),
            ("Exit (ada) from <192.0.2.1:4022>: Disconnect received", "auth.session", "ada", "192.0.2.1"),
        ] {
            let facts = facts(message.as_bytes()).unwrap_or_else(|| panic!("{message}"));
            assert_eq!(
                (facts.kind, facts.user, facts.peer().0),
                (kind, user.as_bytes(), source.as_bytes()),
                "{message}"
            );
        }
        assert_eq!(facts(b"Running in background"), None);
    }
}
