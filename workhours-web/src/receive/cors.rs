//! Programs in browsers: extensions and web editors that send something with their token. A browser asks first whether they
//! may, and shows them an answer only if it says so.
//!
//! Cookies don't matter on these addresses, so any page with a token may use them. ActivityWatch's extensions need none.

use super::{activitywatch::is_watcher, is_for};
use crate::answer::Answer;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, HeaderValue, ORIGIN, VARY,
};
use hyper::{HeaderMap, Method, StatusCode};

/// The answer to a browser that asks whether it may send a request; `None` if it doesn't ask that.
pub(crate) fn preflight(method: &Method, path: &str, headers: &HeaderMap) -> Option<Answer> {
    if *method != Method::OPTIONS || !is_for(path) {
        return None;
    }
    let answer = Answer::text(String::new()).status(StatusCode::NO_CONTENT);
    let asks = headers.get("access-control-request-headers").and_then(|value| value.to_str().ok());
    Some(
        answer
            .header(ACCESS_CONTROL_ALLOW_METHODS, "GET, POST")
            .header(ACCESS_CONTROL_ALLOW_HEADERS, asks.unwrap_or("authorization, content-type"))
            .header(ACCESS_CONTROL_MAX_AGE, "600"),
    )
}

/// Lets a browser show an answer to the program that asked.
pub(crate) fn allow(path: &str, asked: &HeaderMap, headers: &mut HeaderMap) {
    let Some(origin) = asked.get(ORIGIN).filter(|_| is_for(path)) else { return };
    // Without a token only an extension may see it, and another page has none.
    let watcher = origin.to_str().is_ok_and(is_watcher);
    let is_open = !path.starts_with("/api/0/");
    if watcher || is_open {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(VARY, HeaderValue::from_static("origin"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    }
}
