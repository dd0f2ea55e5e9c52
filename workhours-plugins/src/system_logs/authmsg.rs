//! The messages of PAM, login, systemd-logind, cron and the account tools: the user, and whether access was granted;
//! and which module reads a program's messages.
//!
//! Not for the head of a line (`bsd`), nor for other programs' own messages (`sshd`, `dropbear` and `raised`). An
//! unknown message is kept as it is, so nothing is lost.

use crate::system_logs::dropbear;
use crate::system_logs::login::{Facts, after_any, lcut, pair, unquoted, word};
use crate::system_logs::raised;
use crate::system_logs::sshd;

/// The meaning of a message of the program `tag`, if it is known. Continuation lines have none.
pub(crate) fn known<'a>(tag: &'a [u8], message: &'a [u8]) -> Option<Facts<'a>> {
    let line = message.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii();
    let (program, is_unit) = program(tag);
    if line.starts_with(b"pam_") || line.starts_with(b"PAM ") {
        return pam(line);
    }
    if let Some(service) = program.strip_suffix(b"(pam_unix)") {
        // Before 2006 the module was in the tag.
        return pam(line).map(|facts| facts.with("service", service));
    }
    match program {
        b"sudo" => raised::sudo(line),
        b"doas" => raised::doas(line).or_else(|| raised::sudo(line)),
        b"pkexec" => raised::pkexec(line),
        b"su" => raised::su(line),
        b"login" | b"getty" => login(line),
        b"systemd-logind" | b"elogind" => logind(line),
        b"CRON" | b"cron" | b"crond" | b"CROND" | b"anacron" => cron(line),
        b"useradd" | b"userdel" | b"usermod" | b"groupadd" | b"groupdel" | b"groupmod" | b"passwd"
        | b"chage" | b"chpasswd" | b"gpasswd" => Some(account(line)),
        b"unix_chkpwd" => checked(line),
        b"dropbear" => dropbear::facts(line),
        _ if program.starts_with(b"sshd") || program == b"ssh" => sshd::facts(line),
        // For a session's scope, the program that wrote it is unknown.
        _ if is_unit && program.starts_with(b"session-") => sshd::facts(line)
            .or_else(|| raised::sudo(line).filter(|f| f.text.iter().any(|(key, _)| *key == "command")))
            .or_else(|| raised::pkexec(line)),
        _ => None,
    }
}

/// The name of a program without its path; of a systemd unit, which `journalctl -o with-unit` prints in its place, the
/// unit's without its instance. And whether it is one.
fn program(tag: &[u8]) -> (&[u8], bool) {
    let name = tag.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let kinds: [&[u8]; 3] = [b".service", b".scope", b".socket"];
    match kinds.iter().find_map(|kind| name.strip_suffix(*kind)) {
        Some(unit) => (unit.split(|b| *b == b'@').next().unwrap_or_default(), true),
        None => (name, false),
    }
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

fn login(message: &[u8]) -> Option<Facts<'_>> {
    if let Some(rest) = message.strip_prefix(b"FAILED LOGIN ") {
        let user = lcut(rest, b" FOR ").map_or(&b""[..], |(_, rest)| rest);
        let (user, reason) = lcut(user, b", ").unwrap_or((user, b""));
        let user = unquoted(user);
        let source = lcut(rest, b" FROM ").or(lcut(rest, b" on ")).map_or(&b""[..], |(_, r)| word(r).0);
        let source = unquoted(source);
        let key = if source.starts_with(b"/") { "tty" } else { "source" };
        return Some(Facts::new("auth.failure", user, Some(false)).with("reason", reason).with(key, source));
    }
    let (root, rest) = match message.strip_prefix(b"ROOT LOGIN") {
        Some(rest) => (true, rest.trim_ascii_start()),
        None => (false, message.strip_prefix(b"LOGIN ")?),
    };
    let rest = after_any(rest, &[b"ON ", b"on "])?;
    let (tty, rest) = word(rest);
    let tty = unquoted(tty);
    let user = if root { &b"root"[..] } else { word(rest.strip_prefix(b"BY ").unwrap_or_default()).0 };
    let source = after_any(rest, &[b"FROM ", b"from "]).or(lcut(rest, b" FROM ").map(|(_, s)| s));
    Some(
        Facts::new("auth.login", user, Some(true))
            .with("tty", tty)
            .with("source", source.unwrap_or_default()),
    )
}

/// `New session 8 of user ada.`; since v258 with quotes, and ` with class 'user' and type 'tty'`.
fn logind(message: &[u8]) -> Option<Facts<'_>> {
    if let Some((session, rest)) = message.strip_prefix(b"New session ").and_then(|r| lcut(r, b" of user ")) {
        let rest = rest.strip_suffix(b".").unwrap_or(rest);
        let (user, rest) = lcut(rest, b" with class ").unwrap_or((rest, b""));
        let (class, kind) = lcut(rest, b" and type ").unwrap_or((rest, b""));
        let facts = Facts::new("auth.session", unquoted(user), None).with("action", b"opened");
        let facts = facts.with("session", unquoted(session));
        return Some(facts.with("session_class", unquoted(class)).with("session_type", unquoted(kind)));
    }
    let session = message.strip_prefix(b"Removed session ")?.strip_suffix(b".")?;
    Some(Facts::new("auth.session", b"", None).with("action", b"closed").with("session", unquoted(session)))
}

/// `(ada) CMD (/usr/bin/backup)`; of busybox, `USER ada pid 7 cmd /usr/bin/backup`.
fn cron(message: &[u8]) -> Option<Facts<'_>> {
    if let Some((user, rest)) = message.strip_prefix(b"USER ").and_then(|rest| lcut(rest, b" pid ")) {
        let (_, command) = lcut(rest, b" cmd ")?;
        return Some(Facts::new("auth.cron", user, None).with("command", command));
    }
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

/// `password check failed for user (ada)`
fn checked(message: &[u8]) -> Option<Facts<'_>> {
    let user = message.strip_prefix(b"password check failed for user (")?.strip_suffix(b")")?;
    Some(Facts::new("auth.failure", user, Some(false)).with("reason", b"password check failed"))
}
