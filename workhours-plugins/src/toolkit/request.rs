//! Requests to a web server, in records of any layout: status and size as numbers, the address from the request.
//!
//! For formats whose events are `http.request`; reports on web servers read the fields set here. Not for the layouts of
//! `log_http`.

use crate::toolkit::found::{Extra, Found, Held};
use crate::toolkit::roles::Role;
use std::borrow::Cow;
use workhours_plugin_api::RowFlags;

const STATUS: &[&str] =
    &["status", "status_code", "http_status", "sc_status", "response_status", "code", "response"];
const SIZE: &[&str] = &[
    "size_bytes",
    "size",
    "bytes",
    "body_bytes_sent",
    "bytes_sent",
    "response_size",
    "sc_bytes",
    "length",
    "content_length",
];
const REQUEST: &[&str] = &["request", "request_line", "req"];
const METHOD: &[&str] = &["method", "request_method", "verb", "cs_method", "http_method"];
const PATH: &[&str] = &["path", "uri", "request_uri", "cs_uri_stem", "target"];
const PROTOCOL: &[&str] = &["protocol", "server_protocol", "cs_version", "http_version"];
const SERVER: &[&str] = &["vhost", "server_name", "http_host", "virtual_host"];

/// Assigns the fields of a request.
pub(crate) fn refine(found: &mut Found<'_>) -> RowFlags {
    for role in Role::ALL {
        if found.get(role) == b"-" {
            found.set(role, Cow::Borrowed(b""));
        }
    }
    found.attrs.retain(|extra| !matches!(&extra.value, Held::Str(text) if text.as_ref() == b"-"));
    let flags = number(found, STATUS, "status") | number(found, SIZE, "size_bytes");
    let text = |found: &Found<'_>, names| position(found, names).map(|at| words(&found.attrs[at].value));
    if found.get(Role::Title).is_empty() {
        match position(found, REQUEST) {
            Some(at) => {
                let line = words(&found.attrs.remove(at).value);
                found.set(Role::Title, Cow::Owned(line));
            }
            None => {
                let target = match found.get(Role::Url) {
                    b"" => text(found, PATH),
                    url => Some(url.to_vec()),
                };
                if let Some((method, target)) = text(found, METHOD).zip(target) {
                    let protocol = text(found, PROTOCOL).unwrap_or_default();
                    let line = [method, target, protocol].join(&b' ');
                    found.set(Role::Title, Cow::Owned(line.trim_ascii_end().to_vec()));
                }
            }
        }
    }
    if found.get(Role::Url).is_empty() {
        let asked = match target(found.get(Role::Title)) {
            b"" => text(found, PATH).unwrap_or_default(),
            asked => asked.to_vec(),
        };
        let server = text(found, SERVER).unwrap_or_default();
        found.set(Role::Url, Cow::Owned(address(&server, asked)));
    }
    flags
}

fn position(found: &Found<'_>, names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| found.attrs.iter().position(|extra| extra.key == *name))
}

fn words(value: &Held<'_>) -> Vec<u8> {
    match value {
        Held::Str(text) => text.to_vec(),
        Held::Int(n) => n.to_string().into_bytes(),
        Held::Float(n) => n.to_string().into_bytes(),
        Held::Bool(b) => b.to_string().into_bytes(),
    }
}

/// The first of the attributes as a whole number under its usual name; one that is none keeps its text.
fn number(found: &mut Found<'_>, names: &[&str], name: &'static str) -> RowFlags {
    let Some(at) = position(found, names) else { return RowFlags::NONE };
    let text = words(&found.attrs[at].value);
    let number = std::str::from_utf8(&text).ok().and_then(|t| t.trim().parse::<i64>().ok());
    let (key, value, flags) = match number.filter(|n| *n >= 0) {
        Some(n) => (Cow::Borrowed(name), Held::Int(n), RowFlags::NONE),
        None => (Cow::Owned(format!("{name}_text")), Held::Str(Cow::Owned(text)), RowFlags::BAD_NUMBER),
    };
    let taken = found.attrs.iter().enumerate().any(|(i, extra)| i != at && extra.key == key);
    if !taken {
        found.attrs[at] = Extra { key, value };
    }
    flags
}

/// The target: between the method and the protocol. Empty for noise.
fn target(request: &[u8]) -> &[u8] {
    let Some(space) = memchr::memchr(b' ', request) else { return b"" };
    let (method, rest) = (&request[..space], &request[space + 1..]);
    if method.is_empty() || !method.iter().all(|b| b.is_ascii_uppercase() || b"-_".contains(b)) {
        return b"";
    }
    match memchr::memrchr(b' ', rest) {
        Some(at) if rest[at + 1..].starts_with(b"HTTP/") => &rest[..at],
        None if rest.starts_with(b"HTTP/") => b"",
        None => rest,
        // A title in capitals isn't a request.
        Some(_) => b"",
    }
}

/// The target as an absolute address where the server's name is known.
fn address(server: &[u8], target: Vec<u8>) -> Vec<u8> {
    if server.is_empty() || target.first() != Some(&b'/') {
        return target;
    }
    let (scheme, name) = match (server.strip_suffix(b":443"), server.strip_suffix(b":80")) {
        (Some(name), _) => (&b"https://"[..], name),
        (_, Some(name)) => (&b"http://"[..], name),
        _ => (&b"http://"[..], server),
    };
    [scheme, name, &target].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refined(attrs: &[(&'static str, &'static str)]) -> (Vec<(String, String)>, String, String, RowFlags) {
        let mut found = Found::default();
        for (key, value) in attrs {
            let (key, value) = (Cow::Borrowed(*key), Held::Str(Cow::Borrowed(value.as_bytes())));
            found.attrs.push(Extra { key, value });
        }
        let flags = refine(&mut found);
        let text = |role| String::from_utf8_lossy(found.get(role)).into_owned();
        let shown = found
            .attrs
            .iter()
            .map(|e| (e.key.to_string(), format!("{:?}", words(&e.value).escape_ascii().to_string())));
        (shown.collect(), text(Role::Title), text(Role::Url), flags)
    }

    #[test]
    fn requests() {
        let (attrs, title, url, flags) = refined(&[
            ("request", "GET /x?a=1 HTTP/1.1"),
            ("sc_status", "200"),
            ("bytes", "-"),
            ("vhost", "a.example:443"),
        ]);
        assert_eq!(
            attrs,
            [("status".into(), "\"200\"".into()), ("vhost".into(), "\"a.example:443\"".into())]
        );
        assert_eq!(
            (&title[..], &url[..], flags),
            ("GET /x?a=1 HTTP/1.1", "https://a.example/x?a=1", RowFlags::NONE)
        );
        let (_, title, url, _) = refined(&[("method", "POST"), ("path", "/y"), ("protocol", "HTTP/2.0")]);
        assert_eq!((&title[..], &url[..]), ("POST /y HTTP/2.0", "/y"));
        let (attrs, _, _, flags) = refined(&[("status", "OK")]);
        assert_eq!((attrs[0].0.as_str(), flags), ("status_text", RowFlags::BAD_NUMBER));
    }
}
