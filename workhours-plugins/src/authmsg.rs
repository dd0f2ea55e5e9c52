//! What the messages of PAM, sudo, su, login, systemd-logind, cron and the account tools say: who, and whether it
//! was granted.
//!
//! Not for the head of a line, that is `bsd`, nor for sshd's own messages, those are `sshd`. A message not known is
//! kept as it is, so nothing is lost.

use crate::login::{Facts, after_any, lcut, pair, rcut, word};
use crate::sshd;

/// What a message of the program `tag` says.
pub(crate) fn facts<'a>(tag: &[u8], message: &'a [u8]) -> Facts<'a> {
    let program = tag.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let found = match program {
        _ if message.starts_with(b"pam_") || message.starts_with(b"PAM ") => pam(message),
        b"sudo" | b"doas" => sudo(message),
        b"su" => su(message),
        b"login" => login(message),
        b"systemd-logind" | b"elogind" => logind(message),
        b"CRON" | b"cron" | b"crond" | b"CROND" | b"anacron" => cron(message),
        b"useradd" | b"userdel" | b"usermod" | b"groupadd" | b"groupdel" | b"groupmod" | b"passwd"
        | b"chage" | b"chpasswd" | b"gpasswd" => Some(account(message)),
        _ if program.starts_with(b"sshd") || program == b"dropbear" => sshd::facts(message),
        _ => None,
    };
    found.unwrap_or(Facts::new("auth.message", b"", None))
}

fn pam(message: &[u8]) -> Option<Facts<'_>> {
    let service = lcut(message, b"(").and_then(|(_, rest)| lcut(rest, b":")).map_or(&b""[..], |(s, _)| s);
    let text = lcut(message, b"): ").map_or(message, |(_, text)| text);
    if let Some(rest) = text.strip_prefix(b"session ") {
        let (action, rest) = lcut(rest, b" for user ")?;
        let (user, by) = lcut(rest, b" by ").unwrap_or((rest, b""));
        let by = lcut(by, b"(").map_or(by, |(name, _)| name);
        let user = lcut(user, b"(").map_or(user, |(name, _)| name).trim_ascii();
        let known = matches!(action, b"opened" | b"closed").then_some(action)?;
        let facts = Facts::new("auth.session", user, None).with("action", known).with("service", service);
        return Some(facts.with("by", by));
    }
    if memchr::memmem::find(text, b"authentication failure").is_some() {
        let facts = Facts::new("auth.failure", pair(text, b" user="), Some(false)).with("service", service);
        return Some(facts.with("source", pair(text, b" rhost=")).with("by", pair(text, b" ruser=")));
    }
    if let Some(user) = text.strip_prefix(b"password changed for ") {
        return Some(Facts::new("auth.account", b"", Some(true)).with("target_user", user));
    }
    None
}

/// `ada : [reason ; ]TTY=pts/0 ; PWD=/home/ada ; USER=root ; COMMAND=/bin/ls`
fn sudo(message: &[u8]) -> Option<Facts<'_>> {
    let (user, rest) = lcut(message, b" : ")?;
    if rest.starts_with(b"(command continued) ") {
        return Some(Facts::new("auth.sudo", user.trim_ascii(), None));
    }
    let (head, command) = lcut(rest, b"COMMAND=").unwrap_or((rest, b""));
    // Without a command it is a complaint about the configuration.
    let granted = (!command.is_empty()).then_some(true);
    let mut facts = Facts::new("auth.sudo", user.trim_ascii(), granted);
    for part in head.split(|b| *b == b';').map(<[u8]>::trim_ascii).filter(|p| !p.is_empty()) {
        facts = match lcut(part, b"=") {
            Some((b"TTY", value)) => facts.with("tty", value),
            Some((b"PWD", value)) => facts.with("cwd", value),
            Some((b"USER", value)) => facts.with("target_user", value),
            Some(_) => facts,
            None => Facts { granted: granted.map(|_| false), ..facts }.with("reason", part),
        };
    }
    (!command.is_empty() || facts.used > 0).then(|| facts.with("command", command))
}

/// The words of shadow's su, of util-linux's, and the older `+ pts/0 ada:root`.
fn su(message: &[u8]) -> Option<Facts<'_>> {
    for (start, granted) in [(&b"Successful su for "[..], true), (b"FAILED su for ", false)] {
        if let Some((target, user)) = message.strip_prefix(start).and_then(|rest| rcut(rest, b" by ")) {
            return Some(Facts::new("auth.su", user, Some(granted)).with("target_user", target));
        }
    }
    for (start, granted) in [(&b"FAILED SU (to "[..], false), (b"(to ", true)] {
        if let Some((target, rest)) = message.strip_prefix(start).and_then(|rest| lcut(rest, b") ")) {
            let (user, tty) = rcut(rest, b" on ").unwrap_or((rest, b""));
            return Some(
                Facts::new("auth.su", user, Some(granted)).with("target_user", target).with("tty", tty),
            );
        }
    }
    let granted = match message.first()? {
        b'+' => true,
        b'-' => false,
        _ => return None,
    };
    let (tty, names) = lcut(message.get(2..)?, b" ")?;
    let (user, target) = lcut(names, b":").or_else(|| lcut(names, b"-"))?;
    Some(Facts::new("auth.su", user, Some(granted)).with("target_user", target).with("tty", tty))
}

fn login(message: &[u8]) -> Option<Facts<'_>> {
    if let Some(rest) = message.strip_prefix(b"FAILED LOGIN ") {
        let user = lcut(rest, b" FOR ").map_or(&b""[..], |(_, rest)| rest);
        let (user, reason) = lcut(user, b", ").unwrap_or((user, b""));
        let user = user.strip_prefix(b"'").and_then(|u| u.strip_suffix(b"'")).unwrap_or(user);
        let source = lcut(rest, b" FROM ").or(lcut(rest, b" on ")).map_or(&b""[..], |(_, r)| word(r).0);
        let source = source.strip_prefix(b"'").and_then(|s| s.strip_suffix(b"'")).unwrap_or(source);
        let key = if source.starts_with(b"/") { "tty" } else { "source" };
        return Some(Facts::new("auth.failure", user, Some(false)).with("reason", reason).with(key, source));
    }
    let (root, rest) = match message.strip_prefix(b"ROOT LOGIN") {
        Some(rest) => (true, rest.trim_ascii_start()),
        None => (false, message.strip_prefix(b"LOGIN ")?),
    };
    let rest = after_any(rest, &[b"ON ", b"on "])?;
    let (tty, rest) = word(rest);
    let tty = tty.strip_prefix(b"'").and_then(|t| t.strip_suffix(b"'")).unwrap_or(tty);
    let user = if root { &b"root"[..] } else { word(rest.strip_prefix(b"BY ").unwrap_or_default()).0 };
    let source = after_any(rest, &[b"FROM ", b"from "]).or(lcut(rest, b" FROM ").map(|(_, s)| s));
    Some(
        Facts::new("auth.login", user, Some(true))
            .with("tty", tty)
            .with("source", source.unwrap_or_default()),
    )
}

fn logind(message: &[u8]) -> Option<Facts<'_>> {
    if let Some((session, user)) = message.strip_prefix(b"New session ").and_then(|r| lcut(r, b" of user ")) {
        let user = user.strip_suffix(b".").unwrap_or(user);
        // Newer ones go on with ` with class 'user' and type 'tty'`.
        let user = lcut(user, b" with class ").map_or(user, |(name, _)| name);
        return Some(
            Facts::new("auth.session", user, None).with("action", b"opened").with("session", session),
        );
    }
    let session = message.strip_prefix(b"Removed session ")?.strip_suffix(b".")?;
    Some(Facts::new("auth.session", b"", None).with("action", b"closed").with("session", session))
}

/// `(ada) CMD (/usr/bin/backup)`
fn cron(message: &[u8]) -> Option<Facts<'_>> {
    let (user, rest) = lcut(message.strip_prefix(b"(")?, b") ")?;
    let command = rest.strip_prefix(b"CMD (")?;
    let command = command.strip_suffix(b")").unwrap_or(command);
    Some(Facts::new("auth.cron", user, None).with("command", command.trim_ascii()))
}

/// `new user: name=ada, UID=1000, …`, `delete user 'ada'`
fn account(message: &[u8]) -> Facts<'_> {
    let facts = Facts::new("auth.account", b"", None);
    let name = lcut(message, b"name=").map(|(_, rest)| lcut(rest, b",").map_or(rest, |(name, _)| name));
    let quoted = || lcut(message, b"'").and_then(|(_, rest)| lcut(rest, b"'")).map(|(name, _)| name);
    let group = memchr::memmem::find(message, b"group: name=").is_some();
    let key = if group { "group" } else { "target_user" };
    facts.with(key, name.or_else(quoted).unwrap_or_default())
}
