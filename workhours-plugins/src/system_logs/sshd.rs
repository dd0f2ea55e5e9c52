//! The messages of OpenSSH's server: successful and failed logins, from where, and how.
//!
//! Not for PAM's messages in its name, which are in `authmsg`.

use crate::system_logs::login::{Facts, after_any, lcut, rcut};

/// The meaning of a message; `None` if it is unknown.
pub(crate) fn facts(message: &[u8]) -> Option<Facts<'_>> {
    let message = after_any(message, &[b"error: ", b"fatal: "]).unwrap_or(message);
    if let Some(rest) = message.strip_prefix(b"Accepted ") {
        let (method, user, source) = attempt(rest)?;
        return Some(Facts::new("auth.login", user, Some(true)).with("method", method).from(source));
    }
    if let Some(rest) = message.strip_prefix(b"Failed ") {
        let (method, user, source) = attempt(rest)?;
        return Some(refused(user).with("method", method).from(source));
    }
    if let Some(rest) = after_any(message, &[b"Invalid user ", b"Illegal user "]) {
        let (user, source) = rcut(rest, b" from ").or(rest.strip_prefix(b"from ").map(|s| (&b""[..], s)))?;
        return Some(refused(user).with("reason", b"invalid user").from(source));
    }
    let causes: [&[u8]; 3] = [
        b"maximum authentication attempts exceeded for ",
        b"PAM: Authentication failure for ",
        b"PAM: User not known to the underlying authentication module for ",
    ];
    if let Some(rest) = after_any(message, &causes) {
        let (user, source) = rcut(rest, b" from ")?;
        let reason = &message[..message.len() - rest.len() - b" for ".len()];
        return Some(refused(valid(user)).with("reason", reason).from(source));
    }
    if let Some(rest) = message.strip_prefix(b"User ")
        && let Some((who, reason)) = lcut(rest, b" not allowed because ")
    {
        let (user, source) = rcut(who, b" from ").unwrap_or((who, b""));
        return Some(refused(user).with("reason", reason).from(source));
    }
    cut_off(message).or_else(|| session(message)).or_else(|| connection(message))
}

fn refused(user: &[u8]) -> Facts<'_> {
    Facts::new("auth.failure", user, Some(false))
}

/// The server gave up on a user who hadn't signed in yet.
fn cut_off(message: &[u8]) -> Option<Facts<'_>> {
    if let Some(rest) = message.strip_prefix(b"Timeout before authentication for ") {
        // `connection from 192.0.2.1 to 192.0.2.2, pid = 7` since 9.8.
        let source = rest.strip_prefix(b"connection from ").unwrap_or(rest);
        return Some(refused(b"").with("reason", b"Timeout before authentication").from(source));
    }
    if let Some(rest) = message.strip_prefix(b"Disconnecting: ") {
        let rest = rest.strip_suffix(b" [preauth]").unwrap_or(rest);
        let (reason, user) = lcut(rest, b" authentication failures for ")?;
        let reason = &rest[..reason.len() + b" authentication failures".len()];
        return Some(refused(valid(user)).with("reason", reason));
    }
    let rest = message.strip_prefix(b"Disconnecting ")?;
    let (user, source) = user_and_source(rest);
    let reason = lcut(source, b": ").map_or(&b""[..], |(_, reason)| reason);
    let reason = reason.strip_suffix(b" [preauth]").unwrap_or(reason);
    let tried = after_any(reason, &[b"Too many authentication failures", b"Change of username"]).is_some();
    let facts = if tried { refused(user) } else { Facts::new("auth.message", user, None) };
    Some(facts.with("reason", reason).from(source))
}

fn session(message: &[u8]) -> Option<Facts<'_>> {
    let opened = message.strip_prefix(b"Starting session: ").and_then(|rest| rcut(rest, b" for "));
    let (action, who): (&[u8], _) = match opened {
        Some((_, who)) => (b"opened", who),
        None => (b"closed", after_any(message, &[b"Disconnected from user ", b"Close session: user "])?),
    };
    let (user, source) = lcut(who, b" from ").or_else(|| lcut(who, b" "))?;
    Some(Facts::new("auth.session", user, None).with("action", action).from(source))
}

/// Connections that opened and closed, with or without a user.
fn connection(message: &[u8]) -> Option<Facts<'_>> {
    let starts: [&[u8]; 11] = [
        b"Connection closed by ",
        b"Connection reset by ",
        b"Disconnected from ",
        b"Received disconnect from ",
        b"Did not receive identification string from ",
        b"Connection from ",
        b"Postponed ",
        b"Unable to negotiate with ",
        b"banner exchange: Connection from ",
        b"ssh_dispatch_run_fatal: Connection from ",
        b"Bad protocol version identification ",
    ];
    let rest = after_any(message, &starts)?;
    if message.starts_with(b"Postponed ") {
        let (method, user, source) = attempt(rest)?;
        return Some(Facts::new("auth.message", user, None).with("method", method).from(source));
    }
    let rest = if message.starts_with(b"Bad ") { rcut(rest, b" from ")?.1 } else { rest };
    let (user, source) = user_and_source(rest);
    Some(Facts::new("auth.message", user, None).from(source))
}

/// `authenticating user ada 192.0.2.1 port 22`, or only where from.
fn user_and_source(rest: &[u8]) -> (&[u8], &[u8]) {
    match after_any(rest, &[b"authenticating user ", b"invalid user "]) {
        Some(rest) => rcut(rest, b" port ")
            .and_then(|(w, _)| rcut(w, b" "))
            .map_or((b"".as_slice(), rest), |(u, _)| (u, &rest[u.len() + 1..])),
        None => (b"".as_slice(), rest),
    }
}

/// Method, user and source of `password for invalid user ada from 192.0.2.1 port 22 ssh2`. A user may be named
/// anything, so the last ` from ` counts.
fn attempt(rest: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (method, rest) = lcut(rest, b" for ")?;
    let (user, source) = rcut(rest, b" from ")?;
    Some((method, valid(user), source))
}

fn valid(user: &[u8]) -> &[u8] {
    after_any(user, &[b"invalid user ", b"illegal user "]).unwrap_or(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> String {
        let Some(facts) = facts(message.as_bytes()) else { return "nothing".into() };
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        let mut out = format!("{} {}", facts.kind, text(facts.user));
        for (key, value) in facts.text.into_iter().take(facts.used) {
            out += &format!(" {key}={}", text(value));
        }
        out
    }

    #[test]
    fn who_was_cut_off() {
        for (message, said) in [
            (
                "Disconnecting authenticating user root 192.0.2.1 port 22: Too many authentication failures [preauth]",
                "auth.failure root reason=Too many authentication failures source=192.0.2.1 source_port=22",
            ),
            (
                "Disconnecting invalid user x 192.0.2.1 port 22: Change of username or service not allowed: (x,a) -> (y,a) [preauth]",
                "auth.failure x reason=Change of username or service not allowed: (x,a) -> (y,a) source=192.0.2.1 source_port=22",
            ),
            (
                "Disconnecting: Too many authentication failures for invalid user x [preauth]",
                "auth.failure x reason=Too many authentication failures",
            ),
            (
                "fatal: Timeout before authentication for 192.0.2.1 port 22",
                "auth.failure  reason=Timeout before authentication source=192.0.2.1 source_port=22",
            ),
            (
                "Timeout before authentication for connection from 192.0.2.1 to 192.0.2.2, pid = 7",
                "auth.failure  reason=Timeout before authentication source=192.0.2.1",
            ),
            (
                "Close session: user ada from 192.0.2.1 port 22 id 0",
                "auth.session ada action=closed source=192.0.2.1 source_port=22",
            ),
            (
                "Starting session: shell on pts/0 for ada from 192.0.2.1 port 22 id 0",
                "auth.session ada action=opened source=192.0.2.1 source_port=22",
            ),
            ("User bob not allowed because account is locked", "auth.failure bob reason=account is locked"),
            (
                "Bad protocol version identification 'from x' from 192.0.2.1 port 22",
                "auth.message  source=192.0.2.1 source_port=22",
            ),
            ("Server listening on :: port 22.", "nothing"),
        ] {
            assert_eq!(read(message), said, "{message}");
        }
    }
}
