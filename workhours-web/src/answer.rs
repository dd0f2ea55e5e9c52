//! Responses: pages, JSON, text, redirections. Headers of every response are added where it leaves the server, not
//! here.

use crate::problem::Problem;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use serde::Serialize;
use warp::Reply;
use warp::reply::Response;

/// An answer on its way.
pub(crate) struct Answer(Response);

impl Answer {
    /// With this media type, complete.
    pub(crate) fn of(kind: &'static str, body: impl Into<bytes::Bytes>) -> Self {
        Self(warp::reply::with_header(Whole(body.into()), CONTENT_TYPE, kind).into_response())
    }

    /// A page.
    pub(crate) fn page(html: String) -> Self {
        Self::of("text/html; charset=utf-8", html).private()
    }

    /// JSON of a value.
    pub(crate) fn json<T: Serialize>(value: &T) -> Result<Self, Problem> {
        let text = serde_json::to_vec(value).map_err(|e| Problem::failed(e.to_string()))?;
        Ok(Self::of("application/json", text).private())
    }

    /// Plain text.
    pub(crate) fn text(text: String) -> Self {
        Self::of("text/plain; charset=utf-8", text)
    }

    /// Made by warp.
    pub(crate) fn from_reply(reply: impl Reply) -> Self {
        Self(reply.into_response())
    }

    /// Look there instead.
    pub(crate) fn see(place: &str) -> Self {
        Self::text(String::new())
            .status(StatusCode::SEE_OTHER)
            .header(LOCATION, place)
            .header(CACHE_CONTROL, "no-store")
    }

    /// The browser's copy still holds.
    pub(crate) fn unchanged() -> Self {
        Self(warp::reply::reply().into_response()).status(StatusCode::NOT_MODIFIED).private()
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        *self.0.status_mut() = status;
        self
    }

    /// Adds a header; a value that cannot be one is left out.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers_mut().append(name, value);
        }
        self
    }

    /// Only for this visitor, and revalidated each time.
    pub(crate) fn private(mut self) -> Self {
        self.0.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        self
    }

    pub(crate) fn into_response(self) -> Response {
        self.0
    }
}

/// A body that is all there.
struct Whole(bytes::Bytes);

impl Reply for Whole {
    fn into_response(self) -> Response {
        Response::new(self.0.into())
    }
}
