//! Facilities and severities, as the number on the wire and as the words that some daemons write into their files.
//!
//! Not for the rest of a line's head, that is `bsd`.

use workhours_plugin_api::civil;

/// The names of facility and severity, in that order.
pub(crate) type Names = (&'static str, &'static str);

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// `<34>`, and what follows it. Some write numbers up to 999, though 191 is the last that means something.
pub(crate) fn priority(line: &[u8]) -> Option<(u32, &[u8])> {
    let rest = line.strip_prefix(b"<")?;
    let len = rest.iter().take(4).position(|b| *b == b'>')?;
    Some((civil::digits(&rest[..len])?, &rest[len + 1..]))
}

/// The names of a number; `None` above 191.
pub(crate) fn names(pri: u32) -> Option<Names> {
    Some((FACILITIES.get(pri as usize / 8)?, severity(pri % 8)?))
}

/// The name of a severity from 0 to 7.
pub(crate) fn severity(number: u32) -> Option<&'static str> {
    SEVERITIES.get(number as usize).copied()
}

/// The word `auth.info` as busybox and OpenWrt write it, `<auth.info>` or `<4.6>` as FreeBSD does, and what follows it.
pub(crate) fn word(text: &[u8]) -> Option<(Names, &[u8])> {
    const LONGEST: usize = 24;
    let end = text.iter().take(LONGEST).position(|b| matches!(b, b' ' | b'\t'))?;
    let (word, rest) = text.split_at(end);
    let names = match word.strip_prefix(b"<").and_then(|w| w.strip_suffix(b">")) {
        Some(inside) => dotted(inside).or_else(|| names(civil::digits(inside)?)),
        None => named(word),
    };
    Some((names?, rest.trim_ascii_start()))
}

/// `[ID 800047 auth.info] ` as Solaris begins messages, and what follows it.
pub(crate) fn solaris(message: &[u8]) -> Option<(Names, &[u8])> {
    let rest = message.strip_prefix(b"[ID ")?;
    let rest = &rest[rest.iter().take_while(|b| b.is_ascii_digit()).count()..];
    let rest = rest.strip_prefix(b" ")?;
    let end = rest.iter().take(24).position(|b| *b == b']')?;
    Some((named(&rest[..end])?, rest[end + 1..].trim_ascii_start()))
}

/// `auth.info` or `4.6`.
fn dotted(text: &[u8]) -> Option<Names> {
    let (facility, level) = text.split_at(text.iter().position(|b| *b == b'.')?);
    match (civil::digits(facility), civil::digits(&level[1..])) {
        (Some(facility @ 0..24), Some(level @ 0..8)) => names(facility * 8 + level),
        _ => named(text),
    }
}

/// `auth.info`, also by the older names of syslog.h.
fn named(text: &[u8]) -> Option<Names> {
    let (facility, level) = text.split_at(text.iter().position(|b| *b == b'.')?);
    let facility: &[u8] = if facility == b"security" { b"auth" } else { facility };
    let level: &[u8] = match &level[1..] {
        b"panic" => b"emerg",
        b"error" => b"err",
        b"warn" => b"warning",
        level => level,
    };
    let find = |names: &[&'static str], name: &[u8]| names.iter().find(|n| n.as_bytes() == name).copied();
    Some((find(&FACILITIES, facility)?, find(&SEVERITIES, level)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (text, names, rest) in [
            ("auth.info sshd[1]: x", ("auth", "info"), "sshd[1]: x"),
            ("daemon.warn x", ("daemon", "warning"), "x"),
            ("<auth.info> mill x", ("auth", "info"), "mill x"),
            ("<4.6> mill x", ("auth", "info"), "mill x"),
            ("<38> x", ("auth", "info"), "x"),
        ] {
            assert_eq!(word(text.as_bytes()), Some((names, rest.as_bytes())), "{text}");
        }
        for text in ["mill x", "auth.info", "mill.example x", "auth.example x", "<x> y", "4.6 x", "<24.1> x"]
        {
            assert_eq!(word(text.as_bytes()), None, "{text}");
        }
        assert_eq!(solaris(b"[ID 800047 auth.info] Accepted"), Some((("auth", "info"), &b"Accepted"[..])));
        assert_eq!(solaris(b"[ID x auth.info] Accepted"), None);
    }
}
