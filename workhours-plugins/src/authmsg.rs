//! What the messages of sshd, PAM, sudo, su, login, systemd-logind, cron and the account tools say: who, from
//! where, and whether it was granted.
//!
//! Not for the head of a line, that is `bsd`. A message not known here is kept as it is, so nothing is lost.

/// The facts of a message. What is empty it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts<'a> {
    pub(crate) kind: &'static str,
    /// Who acted, or tried to.
    pub(crate) user: &'a [u8],
    /// Granted or not; `None` when that is not the question.
    pub(crate) granted: Option<bool>,
    /// Text by the name of its attribute.
    pub(crate) text: [(&'static str, &'a [u8]); 6],
    used: usize,
}

impl<'a> Facts<'a> {
    fn new(kind: &'static str, user: &'a [u8], granted: Option<bool>) -> Self {
        Self { kind, user, granted, text: [("", b""); 6], used: 0 }
    }

    fn with(mut self, key: &'static str, value: &'a [u8]) -> Self {
        if let Some(slot) = self.text.get_mut(self.used).filter(|_| !value.is_empty()) {
            *slot = (key, value);
            self.used += 1;
        }
        self
    }

    /// The address and port of `192.0.2.1 port 22 …`.
    fn from(self, source: &'a [u8]) -> Self {
        let (address, rest) = word(source);
        let address = address.strip_suffix(b":").filter(|a| !a.ends_with(b":")).unwrap_or(address);
        let port = rest.strip_prefix(b"port ").map_or(&b""[..], |rest| number(rest));
        self.with("source", address).with("source_port", port)
    }
}

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
        _ if program.starts_with(b"sshd") || program == b"dropbear" => sshd(message),
        _ => None,
    };
    found.unwrap_or(Facts::new("auth.message", b"", None))
}

fn sshd(message: &[u8]) -> Option<Facts<'_>> {
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
    let (head, command) = lcut(rest, b"COMMAND=").unwrap_or((rest, b""));
    let mut facts = Facts::new("auth.sudo", user.trim_ascii(), Some(true));
    for part in head.split(|b| *b == b';').map(<[u8]>::trim_ascii).filter(|p| !p.is_empty()) {
        facts = match lcut(part, b"=") {
            Some((b"TTY", value)) => facts.with("tty", value),
            Some((b"PWD", value)) => facts.with("cwd", value),
            Some((b"USER", value)) => facts.with("target_user", value),
            Some(_) => facts,
            None => Facts { granted: Some(false), ..facts }.with("reason", part),
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

/// The value of ` key=value`, which ends at a space.
fn pair<'a>(text: &'a [u8], key: &[u8]) -> &'a [u8] {
    lcut(text, key).map_or(&b""[..], |(_, rest)| word(rest).0)
}

/// Before and after the first `mark`.
fn lcut<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    memchr::memmem::find(text, mark).map(|i| (&text[..i], &text[i + mark.len()..]))
}

/// Before and after the last `mark`.
fn rcut<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    memchr::memmem::rfind(text, mark).map(|i| (&text[..i], &text[i + mark.len()..]))
}

fn after_any<'a>(text: &'a [u8], starts: &[&[u8]]) -> Option<&'a [u8]> {
    starts.iter().find_map(|start| text.strip_prefix(*start))
}

/// The first word, and what follows it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    lcut(text, b" ").unwrap_or((text, b""))
}

fn number(text: &[u8]) -> &[u8] {
    &text[..text.iter().take_while(|b| b.is_ascii_digit()).count()]
}
