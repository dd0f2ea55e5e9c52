//! A request as handlers see it: already let in, its route found, its parameters known to be known.

use crate::gate::Theme;
use crate::query_string::QueryString;
use hyper::HeaderMap;
use hyper::header::ACCEPT;

/// The request.
pub(crate) struct Request {
    /// Whether programs ask for it, who want their errors as JSON.
    pub(crate) is_api: bool,
    /// The whole path, not decoded.
    pub(crate) path: String,
    /// The values of segments in braces, decoded.
    pub(crate) captured: Vec<String>,
    pub(crate) query: QueryString,
    /// The body, if it is a form.
    pub(crate) form: QueryString,
    /// The body, if it isn't.
    pub(crate) body: bytes::Bytes,
    pub(crate) headers: HeaderMap,
    pub(crate) theme: Theme,
    /// Whether there is a session to end.
    pub(crate) signed_in: bool,
}

impl Request {
    /// The value of the first segment in braces.
    pub(crate) fn name(&self) -> &str {
        self.captured.first().map_or("", String::as_str)
    }

    /// A header's text.
    pub(crate) fn header(&self, name: impl hyper::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media types wanted, the dearest first.
    pub(crate) fn accepted(&self) -> Vec<String> {
        accepted(self.header(ACCEPT).unwrap_or_default())
    }

    /// Whether an error should be a page.
    pub(crate) fn wants_page(&self) -> bool {
        !self.is_api && !prefers_json(&self.accepted())
    }
}

/// Whether JSON is wanted rather than a page.
pub(crate) fn prefers_json(accepted: &[String]) -> bool {
    let place = |wanted: &[&str]| accepted.iter().position(|a| wanted.contains(&a.as_str()));
    let (json, page) = (place(&["application/json", "application/problem+json"]), place(&["text/html"]));
    json.is_some_and(|json| page.is_none_or(|page| json < page))
}

/// The media types of an Accept header, the dearest first; those of no weight are left out.
pub(crate) fn accepted(header: &str) -> Vec<String> {
    let mut all: Vec<(f32, String)> = Vec::new();
    for part in header.split(',').take(32) {
        let mut pieces = part.split(';').map(str::trim);
        let kind = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let weight = pieces.find_map(|p| p.strip_prefix("q=")).and_then(|q| q.parse().ok()).unwrap_or(1.0);
        if !kind.is_empty() && weight > 0.0 {
            all.push((weight, kind));
        }
    }
    all.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    all.into_iter().map(|(_, kind)| kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_type_comes_first() {
        let browser = accepted("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        assert_eq!(browser[0], "text/html");
        assert!(!prefers_json(&browser));
        assert!(prefers_json(&accepted("application/json")));
        assert!(prefers_json(&accepted("text/html;q=0.5, application/json")));
        assert_eq!(accepted("a/b;q=0, ,c/d;q=nonsense"), ["c/d"]);
    }
}
