//! The programs that may send something, by their tokens.

use crate::problem::Problem;
use crate::query_string::QueryString;
use hyper::header::AUTHORIZATION;
use hyper::{HeaderMap, StatusCode};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use workhours_core::store::TokenRow;

/// How soon a token that was added or revoked is known.
const FRESH: Duration = Duration::from_secs(3);

/// A program that may send something.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) host: Option<String>,
    pub(crate) user: Option<String>,
    sources: Vec<String>,
}

/// Tokens by their hashes.
pub(crate) type ByHash = HashMap<String, TokenRow>;

/// Those there are, as read from the database a moment ago.
#[derive(Default)]
pub(crate) struct Clients {
    known: Mutex<Option<(Instant, Arc<ByHash>)>>,
}

impl Client {
    /// The client that has a token.
    pub(crate) fn of(row: &TokenRow) -> Self {
        Self {
            name: row.name.clone(),
            host: row.host.clone(),
            user: row.user.clone(),
            sources: row.sources.split_ascii_whitespace().map(str::to_owned).collect(),
        }
    }

    /// All programs of this machine that need no token: ActivityWatch's watchers.
    pub(crate) fn local() -> Self {
        Self { name: super::ACTIVITYWATCH.to_owned(), host: None, user: None, sources: Vec::new() }
    }

    /// Lets it send events of a source type.
    ///
    /// # Errors
    /// A problem when its token is not for them.
    pub(crate) fn may_send(&self, source_type: &str) -> Result<(), Problem> {
        if self.sources.is_empty() || self.sources.iter().any(|source| source == source_type) {
            return Ok(());
        }
        let detail = format!("the token of {} is not for {source_type}", self.name);
        Err(Problem::new(StatusCode::FORBIDDEN, detail)
            .hint(format!("it is for {}; add another with workhours tokens add", self.sources.join(", "))))
    }
}

impl Clients {
    /// Those that were read a moment ago, if they were.
    pub(crate) fn fresh(&self) -> Option<Arc<ByHash>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (when, rows) = known.as_ref()?;
        (when.elapsed() < FRESH).then(|| Arc::clone(rows))
    }

    /// Keeps what was read just now.
    pub(crate) fn keep(&self, rows: Vec<TokenRow>) -> Arc<ByHash> {
        let rows: Arc<ByHash> = Arc::new(rows.into_iter().map(|row| (row.hash.clone(), row)).collect());
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), Arc::clone(&rows)));
        rows
    }

    /// They have to be read again.
    pub(crate) fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The tokens that a request shows, in all the ways in which clients do: as a bearer, as user or password of basic
/// authentication, or without the colon between, and in the address.
pub(crate) fn shown(headers: &HeaderMap, query: &QueryString) -> Vec<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut shown = Vec::new();
    if let Some((scheme, rest)) = text(AUTHORIZATION.as_str()).and_then(|text| text.trim().split_once(' ')) {
        let rest = rest.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "basic" => {
                let decoded = base64(rest).and_then(|bytes| String::from_utf8(bytes).ok());
                shown.extend(decoded.iter().flat_map(|text| text.split(':')).map(str::to_owned));
            }
            _ => shown.push(rest.to_owned()),
        }
    }
    shown.extend(text("x-api-key").map(str::to_owned));
    shown.extend(query.all("api_key"));
    shown.retain(|token| !token.is_empty());
    shown
}

/// Standard base64, with or without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_wherever_clients_put_them() {
        let shown = |name: &'static str, value: &str, query: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            shown(&headers, &QueryString::parse(query.as_bytes()))
        };
        assert_eq!(shown("authorization", "Bearer abc", ""), ["abc"]);
        assert_eq!(shown("authorization", "Basic YWJj", ""), ["abc"], "without a colon");
        assert_eq!(shown("authorization", "Basic YWJjOg==", ""), ["abc"], "as the user");
        assert_eq!(shown("authorization", "basic YWRhOmFiYw==", ""), ["ada", "abc"], "as the password");
        assert_eq!(shown("x-api-key", "abc", ""), ["abc"]);
        assert_eq!(shown("accept", "*/*", "api_key=abc"), ["abc"]);
        assert!(shown("authorization", "Basic ???", "").is_empty());
    }
}
