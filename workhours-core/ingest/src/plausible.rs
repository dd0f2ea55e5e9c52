//! Whether a text is plausible for a field: a machine, a program, a sentence. Only for distinguishing formats; it never
//! changes loaded data.

/// Words in the place of a syslog host in other logs: zones and output streams.
const NO_HOSTS: [&[u8]; 22] = [
    b"UTC", b"GMT", b"CET", b"CEST", b"EET", b"EEST", b"WET", b"WEST", b"MSK", b"BST", b"IST", b"JST",
    b"EST", b"EDT", b"CST", b"CDT", b"MST", b"MDT", b"PST", b"PDT", b"stdout", b"stderr",
];
/// Severities as programs spell them, in lower case.
const LEVELS: [&[u8]; 19] = [
    b"trace",
    b"debug",
    b"info",
    b"notice",
    b"warn",
    b"warning",
    b"error",
    b"err",
    b"crit",
    b"critical",
    b"alert",
    b"emerg",
    b"fatal",
    b"severe",
    b"log",
    b"panic",
    b"note",
    b"statement",
    b"detail",
];

fn is_level(word: &[u8]) -> bool {
    let lower = word.to_ascii_lowercase();
    LEVELS.contains(&lower.as_slice())
}

/// Whether a machine can be called so: a name or an address, no number, zone or severity.
pub(super) fn is_host(word: &[u8]) -> bool {
    let spelled = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80 || b"._:-%@/".contains(b);
    let numeric = word.iter().all(u8::is_ascii_digit);
    word.iter().all(spelled) && !numeric && word != b"-" && !NO_HOSTS.contains(&word) && !is_level(word)
}

/// Whether a program can be called so.
pub(super) fn is_program(word: &[u8]) -> bool {
    !word.is_empty() && !is_level(word) && word.iter().any(u8::is_ascii_alphabetic)
}

/// Whether the rest of a line after its date reads like a person's note. Columns, brackets, addresses, severities and
/// `name=value` belong to an unknown format.
pub(super) fn is_prose(text: &[u8]) -> bool {
    let columns = text.iter().any(|b| b"\t|;[]{}<>\"".contains(b));
    let words: Vec<&[u8]> = text.split(|b| *b == b' ').filter(|w| !w.is_empty()).collect();
    let [first, ..] = words[..] else { return false };
    let capitals = first.len() > 1 && first.iter().all(u8::is_ascii_uppercase);
    let stream = NO_HOSTS.contains(&first);
    let levelled = words.iter().take(4).any(|w| {
        let word = w.strip_suffix(b":").unwrap_or(w);
        word.iter().all(u8::is_ascii_uppercase) && is_level(word)
    });
    !columns && !capitals && !stream && !levelled && !words.iter().any(|w| is_technical(w))
}

/// A word with a sign within that no sentence has: `a=b`, `libc6:amd64`, `a,b`, an address.
fn is_technical(word: &[u8]) -> bool {
    let within = word.trim_ascii_end().strip_suffix(b":").unwrap_or(word);
    let between = |sign: u8| {
        within.windows(3).any(|w| w[1] == sign && w[0].is_ascii_alphanumeric() && w[2].is_ascii_alphabetic())
    };
    let address = || {
        let parts: Vec<_> = word.split(|b| *b == b'.').collect();
        parts.len() == 4
            && parts.iter().all(|p| (1..=3).contains(&p.len()) && p.iter().all(u8::is_ascii_digit))
    };
    let link = word.windows(3).any(|w| w == b"://");
    !link && (word.contains(&b'=') || between(b':') || between(b',') || address())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_programs_and_what_is_neither() {
        for host in ["mill", "mill.example.org", "192.0.2.1", "2001:db8::9", "web-1", "BASTION", "müller"] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for word in ["UTC", "CEST", "stdout", "0", "139874", "-", "INFO", "[System]", "warning"] {
            assert!(!is_host(word.as_bytes()), "{word}");
        }
        assert!(is_program(b"sshd") && is_program(b"(systemd)") && is_program(b"postfix/smtpd"));
        assert!(!is_program(b"ERROR") && !is_program(b"42") && !is_program(b""));
    }

    #[test]
    fn what_people_write_and_what_programs_do() {
        for text in [
            "backup began",
            "31 files copied",
            "call with Ada, then lunch",
            "I read https://example.org/a?b=c again",
            "wrote the offer: three pages (draft)",
        ] {
            assert!(is_prose(text.as_bytes()), "{text}");
        }
        for text in [
            "CET [7] ada@shop LOG:  duration: 3 ms",
            "UTC checkpoint starting",
            "stdout F started",
            "192.0.2.48 GET /index.html - 80 - 198.51.100.20 curl/8 - 200 0 0 36",
            "status installed libmill1:amd64 1.2-3",
            "[ALPM] upgraded mill (1.2-1 -> 1.2-2)",
            "INFO org.example.Mill: started",
            "root - INFO - started",
            "level=info msg=started",
            "Meeting;45;mill",
            "a,b,c",
            "",
        ] {
            assert!(!is_prose(text.as_bytes()), "{text}");
        }
    }
}
