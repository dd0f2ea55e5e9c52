//! The possible meanings of a word before the time in an access log: an address, several of them, a host name, or none
//! of these.
//!
//! Decides by the form alone. [`prefix`](crate::access_logs::prefix) knows where a word may be.

use memchr::{memchr, memchr_iter, memrchr};

/// The form of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// `-`, an empty pair of quotes, or `unknown` clients only.
    Dash,
    /// `10.0.0.1`, `2001:db8::1`, `fe80::1%eth0`.
    Address,
    /// `10.0.0.1:443`, `[2001:db8::1]:443`.
    AddressPort,
    /// Several of them, as in `X-Forwarded-For`: `10.0.0.1, unknown`.
    List,
    /// `[10.0.0.1]`, also with several.
    Boxed,
    /// `www.example.org:443`.
    HostPort,
    /// `https://www.example.org`.
    Url,
    /// `www.example.org`.
    Domain,
    /// `web1`: a name that may be anything.
    Name,
    /// A number, or signs only.
    Number,
    /// Anything else.
    Word,
}

/// The form of a word without quotes.
pub(crate) fn class(word: &[u8]) -> Class {
    if word
        .split(|b| *b == b',')
        .all(|part| matches!(part.trim_ascii(), b"-" | b"") || is_hidden(part.trim_ascii()))
    {
        return Class::Dash;
    }
    if is_address(word) {
        return Class::Address;
    }
    if memchr(b',', word).is_some() && is_list(word) {
        return Class::List;
    }
    if let Some(inside) = word.strip_prefix(b"[").and_then(|w| w.strip_suffix(b"]"))
        && (is_address(inside) || is_list(inside))
    {
        return Class::Boxed;
    }
    if is_url(word) {
        return Class::Url;
    }
    if let Some(port) = port(word) {
        let name = &word[..word.len() - port.len() - 1];
        let bare = name.strip_prefix(b"[").and_then(|n| n.strip_suffix(b"]")).unwrap_or(name);
        return match () {
            () if is_address(bare) => Class::AddressPort,
            () if is_name(name) => Class::HostPort,
            () => Class::Word,
        };
    }
    if is_name(word) && !is_level(word) {
        let label = memrchr(b'.', word).map(|dot| &word[dot + 1..]);
        let top = |l: &[u8]| l.len() >= 2 && l.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
        let masked = word.iter().filter(|b| **b == b'.').count() == 3;
        let domain = label.is_some_and(|l| top(l) && l[0].is_ascii_alphabetic() || masked)
            || word.eq_ignore_ascii_case(b"localhost");
        return if domain { Class::Domain } else { Class::Name };
    }
    let signs = word.iter().all(|b| b.is_ascii_digit() || (b.is_ascii_punctuation() && !b"@_\\".contains(b)));
    if signs { Class::Number } else { Class::Word }
}

/// The client in its field: of several addresses the left-most valid one, without the port, which is returned
/// separately.
pub(crate) fn client(written: &[u8]) -> (&[u8], &[u8]) {
    let known = |part: &&[u8]| class(part) != Class::Dash;
    let mut parts = written.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(known);
    let Some(first) = parts.next() else { return (b"", b"") };
    match port(first).filter(|_| class(first) != Class::Word) {
        Some(port) => {
            let name = &first[..first.len() - port.len() - 1];
            (name.strip_prefix(b"[").and_then(|n| n.strip_suffix(b"]")).unwrap_or(name), port)
        }
        None => (first.strip_prefix(b"[").and_then(|f| f.strip_suffix(b"]")).unwrap_or(first), b""),
    }
}

/// `10.0.0.1`, `2001:db8::1`, `fe80::1%eth0`.
pub(crate) fn is_address(text: &[u8]) -> bool {
    if is_v4(text) {
        return true;
    }
    if memchr(b':', text).is_none() {
        return false;
    }
    let address = memchr(b'%', text).map_or(text, |zone| &text[..zone]);
    std::str::from_utf8(address).is_ok_and(|a| a.parse::<std::net::Ipv6Addr>().is_ok())
}

fn is_v4(text: &[u8]) -> bool {
    if text.len() > 15 {
        return false;
    }
    let (mut digits, mut dots) = (0_u8, 0_u8);
    for byte in text {
        if byte.is_ascii_digit() {
            digits += 1;
        } else if *byte == b'.' && (1..=3).contains(&digits) {
            (digits, dots) = (0, dots + 1);
        } else {
            return false;
        }
    }
    dots == 3 && (1..=3).contains(&digits)
}

/// Placeholders of proxies for an unnamed client: `unknown`, `_hidden`.
fn is_hidden(part: &[u8]) -> bool {
    part.eq_ignore_ascii_case(b"unknown") || (part.starts_with(b"_") && part.len() > 1)
}

/// Several addresses with commas between, at least one of them known.
fn is_list(text: &[u8]) -> bool {
    let mut known = false;
    text.split(|b| *b == b',').map(<[u8]>::trim_ascii).all(|part| {
        let address = matches!(
            memchr(b',', part).map_or_else(|| class(part), |_| Class::Word),
            Class::Address | Class::AddressPort | Class::Domain
        );
        known |= address;
        address || is_hidden(part) || part == b"-"
    }) && known
}

/// How loud a message is, as loggers write it.
fn is_level(word: &[u8]) -> bool {
    let levels = ["debug", "info", "notice", "warn", "warning", "error", "err", "critical", "fatal", "trace"];
    levels.iter().any(|level| word.eq_ignore_ascii_case(level.as_bytes()))
}

/// A plausible name of a host, in letters, digits and dots.
fn is_name(text: &[u8]) -> bool {
    let fits = |b: &u8| b.is_ascii_alphanumeric() || b"-._*".contains(b);
    text.iter().all(fits)
        && text.iter().any(u8::is_ascii_alphabetic)
        && !text.starts_with(b".")
        && !text.starts_with(b"-")
        && text.len() <= 253
}

/// Whether a name is a long run of hexadecimal digits, as ids of requests are.
pub(crate) fn is_id(text: &[u8]) -> bool {
    text.len() >= 20 && text.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-')
}

/// Whether it names a scheme and a host, and no path.
pub(crate) fn is_url(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"https://").or_else(|| text.strip_prefix(b"http://"));
    let Some(host) = rest.map(|r| r.strip_suffix(b"/").unwrap_or(r)) else { return false };
    let name = port(host).map_or(host, |port| &host[..host.len() - port.len() - 1]);
    is_name(name) || is_v4(name) || (name.starts_with(b"[") && name.ends_with(b"]"))
}

/// The digits after the colon of `name:443` or `[::1]:443`; a bare IPv6 address has none.
pub(crate) fn port(text: &[u8]) -> Option<&[u8]> {
    let colon = memrchr(b':', text)?;
    let (name, digits) = (&text[..colon], &text[colon + 1..]);
    let one_colon = memchr(b':', name).is_none() || name.ends_with(b"]");
    (one_colon && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then_some(digits)
}

/// Whether a word is a virtual host wherever it is.
pub(crate) fn is_surely_host(class: Class, word: &[u8]) -> bool {
    let www =
        || word.len() > 4 && word[..4].eq_ignore_ascii_case(b"www.") && memchr_iter(b'.', word).count() > 1;
    matches!(class, Class::Url | Class::HostPort) || (class == Class::Domain && www())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        for (word, want) in [
            ("-", Class::Dash),
            ("10.0.0.1", Class::Address),
            ("2001:db8::1", Class::Address),
            ("::ffff:10.0.0.1", Class::Address),
            ("fe80::1%eth0", Class::Address),
            ("10.0.0.1:443", Class::AddressPort),
            ("[2001:db8::1]:443", Class::AddressPort),
            ("10.0.0.1,10.0.0.2", Class::List),
            ("unknown, 10.0.0.2:80", Class::List),
            ("unknown,-", Class::Dash),
            ("Unknown", Class::Dash),
            ("INFO", Class::Word),
            ("a,b", Class::Word),
            ("[10.0.0.1]", Class::Boxed),
            ("[10.0.0.1, 2001:db8::1]", Class::Boxed),
            ("[b]", Class::Word),
            ("www.example.org:443", Class::HostPort),
            ("localhost:8080", Class::HostPort),
            ("https://www.example.org/", Class::Url),
            ("https://www.example.org/path", Class::Word),
            ("www.example.org", Class::Domain),
            ("198.51.100.xxx", Class::Domain),
            ("web1", Class::Name),
            ("localhost", Class::Domain),
            ("a.b", Class::Name),
            ("15:31:15", Class::Number),
            ("0.003", Class::Number),
            ("|", Class::Number),
            ("CORP\\ada", Class::Word),
            ("ada@example.org", Class::Word),
            ("de00d568d2952f165f402328d4519bef", Class::Name),
            ("app[web.1]:", Class::Word),
        ] {
            assert_eq!(class(word.as_bytes()), want, "{word}");
        }
    }

    #[test]
    fn clients() {
        for (written, want, port) in [
            ("10.0.0.1", "10.0.0.1", ""),
            ("198.51.100.7, 203.0.113.9", "198.51.100.7", ""),
            ("unknown,198.51.100.7", "198.51.100.7", ""),
            ("-, _hidden , [2001:db8::7]:4711,10.0.0.1", "2001:db8::7", "4711"),
            ("198.51.100.7:4711,10.0.0.1", "198.51.100.7", "4711"),
            ("client.example.net", "client.example.net", ""),
            ("", "", ""),
        ] {
            assert_eq!(client(written.as_bytes()), (want.as_bytes(), port.as_bytes()), "{written}");
        }
    }
}
