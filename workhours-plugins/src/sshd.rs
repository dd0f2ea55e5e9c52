//! The messages of OpenSSH's server: who was let in or not, from where, and how.
//!
//! Not for what PAM says in its name, that is in `authmsg`.

use crate::login::{Facts, after_any, lcut, rcut};

/// What a message says; `None` if it is not known here.
pub(crate) fn facts(message: &[u8]) -> Option<Facts<'_>> {
    let message = message.strip_prefix(b"error: ").unwrap_or(message);
    if let Some(rest) = message.strip_prefix(b"Accepted ") {
        let (method, user, source) = attempt(rest)?;
        return Some(Facts::new("auth.login", user, Some(true)).with("method", method).from(source));
    }
    if let Some(rest) = message.strip_prefix(b"Failed ") {
        let (method, user, source) = attempt(rest)?;
        return Some(Facts::new("auth.failure", user, Some(false)).with("method", method).from(source));
    }
    if let Some(rest) = after_any(message, &[b"Invalid user ", b"Illegal user "]) {
        let (user, source) = rcut(rest, b" from ").or(rest.strip_prefix(b"from ").map(|s| (&b""[..], s)))?;
        return Some(
            Facts::new("auth.failure", user, Some(false)).with("reason", b"invalid user").from(source),
        );
    }
    let refused: [&[u8]; 3] = [
        b"maximum authentication attempts exceeded for ",
        b"PAM: Authentication failure for ",
        b"PAM: User not known to the underlying authentication module for ",
    ];
    if let Some(rest) = after_any(message, &refused) {
        let (user, source) = rcut(rest, b" from ")?;
        let reason = &message[..message.len() - rest.len() - b" for ".len()];
        return Some(
            Facts::new("auth.failure", valid(user), Some(false)).with("reason", reason).from(source),
        );
    }
    if let Some(rest) = message.strip_prefix(b"User ")
        && let Some((who, reason)) = lcut(rest, b" not allowed because ")
        && let Some((user, source)) = rcut(who, b" from ")
    {
        return Some(Facts::new("auth.failure", user, Some(false)).with("reason", reason).from(source));
    }
    if let Some(rest) = message.strip_prefix(b"Disconnected from user ") {
        let (user, source) = lcut(rest, b" ")?;
        return Some(Facts::new("auth.session", user, None).with("action", b"closed").from(source));
    }
    let ended: [&[u8]; 6] = [
        b"Connection closed by ",
        b"Connection reset by ",
        b"Disconnected from ",
        b"Received disconnect from ",
        b"Did not receive identification string from ",
        b"Connection from ",
    ];
    let rest = after_any(message, &ended)?;
    let who = after_any(rest, &[b"authenticating user ", b"invalid user "]);
    let (user, source) = match who {
        Some(rest) => rcut(rest, b" port ")
            .and_then(|(w, _)| rcut(w, b" "))
            .map_or((b"".as_slice(), rest), |(u, _)| (u, &rest[u.len() + 1..])),
        None => (b"".as_slice(), rest),
    };
    Some(Facts::new("auth.message", user, None).from(source))
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
