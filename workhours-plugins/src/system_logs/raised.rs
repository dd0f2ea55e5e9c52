//! The messages of programs that run commands as another user: sudo, doas, pkexec and su.

use crate::system_logs::login::{Facts, after_any, lcut, rcut};

/// `ada : [reason ; ]TTY=pts/0 ; PWD=/home/ada ; USER=root ; COMMAND=/bin/ls`
pub(crate) fn sudo(message: &[u8]) -> Option<Facts<'_>> {
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

/// `ada ran command /bin/ls as root from /home/ada`, `command not permitted for ada: /bin/ls`, `failed auth for ada`.
pub(crate) fn doas(message: &[u8]) -> Option<Facts<'_>> {
    if let Some((user, rest)) = lcut(message, b" ran command ") {
        let (rest, cwd) = rcut(rest, b" from ").unwrap_or((rest, b""));
        let (command, target) = rcut(rest, b" as ").unwrap_or((rest, b""));
        let facts = Facts::new("auth.sudo", user, Some(true)).with("cwd", cwd);
        return Some(facts.with("target_user", target).with("command", command));
    }
    if let Some(rest) = after_any(message, &[b"command not permitted for ", b"failed command for "]) {
        let (user, command) = lcut(rest, b": ")?;
        let reason = message[..message.len() - rest.len()].strip_suffix(b" for ").unwrap_or_default();
        return Some(
            Facts::new("auth.sudo", user, Some(false)).with("reason", reason).with("command", command),
        );
    }
    let user = message.strip_prefix(b"failed auth for ")?;
    Some(Facts::new("auth.failure", user, Some(false)).with("service", b"doas"))
}

/// `ada: Executing command [USER=root] [TTY=unknown] [CWD=/home/ada] [COMMAND=/usr/bin/id]`
pub(crate) fn pkexec(message: &[u8]) -> Option<Facts<'_>> {
    let (user, rest) = lcut(message, b": ")?;
    let (said, fields) = lcut(rest, b" [USER=")?;
    let granted = said == b"Executing command";
    let target = lcut(fields, b"]").map_or(&b""[..], |(target, _)| target);
    let field =
        |mark: &[u8]| lcut(fields, mark).and_then(|(_, f)| lcut(f, b"]")).map_or(&b""[..], |(f, _)| f);
    // A command may hold brackets; it is the last.
    let command = lcut(fields, b"[COMMAND=").map_or(&b""[..], |(_, c)| c.strip_suffix(b"]").unwrap_or(c));
    let facts = Facts::new("auth.sudo", user, Some(granted))
        .with("tty", field(b"[TTY="))
        .with("cwd", field(b"[CWD="));
    let reason = said.strip_prefix(b"Error executing command as another user: ").unwrap_or(said);
    let facts = if granted { facts } else { facts.with("reason", reason) };
    Some(facts.with("target_user", target).with("command", command))
}

/// The words of shadow's su, of util-linux's, of the BSDs', and the older `+ pts/0 ada:root`.
pub(crate) fn su(message: &[u8]) -> Option<Facts<'_>> {
    for (start, granted) in [(&b"Successful su for "[..], true), (b"FAILED su for ", false)] {
        if let Some((target, user)) = message.strip_prefix(start).and_then(|rest| rcut(rest, b" by ")) {
            return Some(Facts::new("auth.su", user, Some(granted)).with("target_user", target));
        }
    }
    for (start, granted) in [(&b"FAILED SU (to "[..], false), (b"(to ", true)] {
        if let Some((target, rest)) = message.strip_prefix(start).and_then(|rest| lcut(rest, b") ")) {
            let (user, tty) = rcut(rest, b" on ").unwrap_or((rest, b""));
            return Some(became(user, target, tty, granted));
        }
    }
    let (rest, granted) = message.strip_prefix(b"BAD SU ").map_or((message, true), |rest| (rest, false));
    if let Some((names, tty)) = rcut(rest, b" on ")
        && let Some((user, target)) = lcut(names, b" to ")
        && ![user, target, tty].into_iter().any(|word| word.is_empty() || word.contains(&b' '))
    {
        return Some(became(user, target, tty, granted));
    }
    let granted = match message.first()? {
        b'+' => true,
        b'-' => false,
        _ => return None,
    };
    let (tty, names) = lcut(message.get(2..)?, b" ")?;
    let (user, target) = lcut(names, b":").or_else(|| lcut(names, b"-"))?;
    Some(became(user, target, tty, granted))
}

fn became<'a>(user: &'a [u8], target: &'a [u8], tty: &'a [u8], granted: bool) -> Facts<'a> {
    Facts::new("auth.su", user, Some(granted)).with("target_user", target).with("tty", tty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(facts: Option<Facts<'_>>) -> String {
        let Some(facts) = facts else { return "nothing".into() };
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        let mut out = format!("{} {} {:?}", facts.kind, text(facts.user), facts.granted);
        for (key, value) in facts.text.into_iter().take(facts.used) {
            out += &format!(" {key}={}", text(value));
        }
        out
    }

    #[test]
    fn doas_and_pkexec() {
        let message = b"ada ran command cp as from x as root from /home/ada";
        assert_eq!(
            read(doas(message)),
            "auth.sudo ada Some(true) cwd=/home/ada target_user=root command=cp as from x"
        );
        assert_eq!(
            read(doas(b"command not permitted for eve: rm -r /")),
            "auth.sudo eve Some(false) reason=command not permitted command=rm -r /"
        );
        assert_eq!(read(doas(b"failed auth for eve")), "auth.failure eve Some(false) service=doas");
        assert_eq!(
            read(pkexec(
                b"ada: Executing command [USER=root] [TTY=unknown] [CWD=/] [COMMAND=/bin/test [ x ]]"
            )),
            "auth.sudo ada Some(true) tty=unknown cwd=/ target_user=root command=/bin/test [ x ]"
        );
        assert_eq!(
            read(pkexec(
                b"eve: Error executing command as another user: Not authorized [USER=root] [TTY=/dev/pts/0] [CWD=/] [COMMAND=/bin/id]"
            )),
            "auth.sudo eve Some(false) tty=/dev/pts/0 cwd=/ reason=Not authorized target_user=root command=/bin/id"
        );
        assert_eq!((read(doas(b"x")), read(pkexec(b"a: b"))), ("nothing".into(), "nothing".into()));
    }

    #[test]
    fn su_of_the_bsds() {
        assert_eq!(
            read(su(b"ada to root on /dev/pts/0")),
            "auth.su ada Some(true) target_user=root tty=/dev/pts/0"
        );
        assert_eq!(
            read(su(b"BAD SU eve to root on ttyv0")),
            "auth.su eve Some(false) target_user=root tty=ttyv0"
        );
        assert_eq!(read(su(b"pam: no way to tell on which")), "nothing");
    }
}
