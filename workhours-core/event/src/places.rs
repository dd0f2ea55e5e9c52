//! Places: absolute URLs, normalised, split, and keyed by a hash so that loaders anywhere agree unasked.

use super::Redactor;
use super::identity::hash64;
use url::Url;

/// Longer URLs (mostly data: pictures) aren't places; they stay in the event.
const MAX_URL_BYTES: usize = 16 << 10;

/// A de-duplicated URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// 64-bit hash of `url`.
    pub id: i64,
    /// The normalised absolute URL (WHATWG URL Standard).
    pub url: String,
    /// `https`.
    pub scheme: String,
    /// Host in its ASCII form, if the scheme has one.
    pub host: Option<String>,
    /// The port, when it is not the scheme's own.
    pub port: Option<i32>,
    /// The path, percent-encoded.
    pub path: String,
    /// The text after `?`.
    pub query: Option<String>,
    /// The text after `#`.
    pub fragment: Option<String>,
}

impl Place {
    /// Without secrets, and with the key of the rest: not even the secrets' hash stays.
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        let mut scratch = String::new();
        let url = redactor.redact(&self.url, &mut scratch);
        if url == self.url {
            return self;
        }
        self.id = hash64(url.as_bytes());
        self.url = url.to_owned();
        // As parts of the whole, because a part alone doesn't show what it is.
        let (rest, fragment) = split_off(&self.url, '#');
        let (rest, query) = split_off(rest, '?');
        let path =
            rest.find("://").and_then(|at| rest[at + 3..].find('/').map(|slash| &rest[at + 3 + slash..]));
        self.path =
            path.map_or_else(|| redactor.redact(&self.path, &mut String::new()).to_owned(), str::to_owned);
        self.query = query.map(str::to_owned);
        self.fragment = fragment.map(str::to_owned);
        self
    }
}

/// The text before a character and, if it exists, the text after it.
fn split_off(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, behind)| (before, Some(behind)))
}

/// Splits an absolute URL; `None` for a relative one and for text that isn't a URL.
pub fn split(text: &str) -> Option<Place> {
    // A cheap look first: most paths of a web-server log end here.
    if text.len() > MAX_URL_BYTES || !text.as_bytes().first()?.is_ascii_alphabetic() {
        return None;
    }
    let url = Url::parse(text).ok()?;
    Some(Place {
        id: hash64(url.as_str().as_bytes()),
        scheme: url.scheme().to_owned(),
        host: url.host_str().filter(|h| !h.is_empty()).map(str::to_owned),
        port: url.port().map(i32::from),
        path: url.path().to_owned(),
        query: url.query().map(str::to_owned),
        fragment: url.fragment().map(str::to_owned),
        url: url.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_urls_are_split_and_normalised() {
        let p = split("HTTPS://Example.COM:8443/a b?q=1#top").unwrap();
        assert_eq!(p.url, "https://example.com:8443/a%20b?q=1#top");
        assert_eq!(
            (p.scheme.as_str(), p.host.as_deref(), p.port),
            ("https", Some("example.com"), Some(8443))
        );
        assert_eq!(
            (p.path.as_str(), p.query.as_deref(), p.fragment.as_deref()),
            ("/a%20b", Some("q=1"), Some("top"))
        );
        assert_eq!(split("https://example.com:443/").unwrap().port, None);
        assert_eq!(split("https://example.com").unwrap().id, split("https://EXAMPLE.com/").unwrap().id);
        assert_eq!(split("place:sort=8").unwrap().host, None);
    }

    #[test]
    fn a_place_holds_no_secret_in_any_of_its_parts() {
        let p = split("https://ada:hunter2@h.example/a?token=abc&x=1#access_token=def").unwrap();
        let before = p.id;
        let p = p.redacted(&Redactor::default());
        let all = format!("{p:?}");
        assert!(!all.contains("hunter2") && !all.contains("abc") && !all.contains("def"), "{all}");
        assert_ne!(p.id, before);
        assert_eq!((p.path.as_str(), p.query.as_deref()), ("/a", Some("token=‹redacted:token›&x=1")));
        let plain = split("https://h.example/a?x=1").unwrap();
        assert_eq!(plain.clone().redacted(&Redactor::default()), plain);
    }

    #[test]
    fn the_rest_are_no_places() {
        for text in ["", "/path?x", "?lY47tw", "*", "-", "http://", "\u{16}\u{3}"] {
            assert_eq!(split(text), None, "{text:?}");
        }
    }
}
