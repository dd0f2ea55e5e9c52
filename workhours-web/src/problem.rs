//! Errors of requests. `refusal` makes responses of them.

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use workhours_core::error::{Error, ErrorKind};

/// An error response.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
    pub(crate) hint: Option<String>,
    /// The character of the question at which the mistake is, from 1.
    pub(crate) position: Option<u32>,
    /// The query that was asked, to be asked again otherwise.
    pub(crate) query: Option<Box<str>>,
    pub(crate) headers: Vec<(HeaderName, String)>,
    /// For the log alone.
    pub(crate) cause: Option<Box<str>>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let (detail, headers) = (detail.into(), Vec::new());
        Self { status, detail, hint: None, position: None, query: None, headers, cause: None }
    }

    /// Asked for wrongly.
    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// A valid request for more than is allowed.
    pub(crate) fn too_much(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// Not there.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// There, but not to be asked like this.
    pub(crate) fn method(allowed: &str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, format!("this address takes {allowed}"))
            .header(ALLOW, allowed)
    }

    /// Not signed in.
    pub(crate) fn unknown_visitor() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "this needs the token, or a session")
            .hint("open the address that workhours serve printed, or send Authorization: Bearer TOKEN")
            .header(WWW_AUTHENTICATE, "Bearer")
    }

    /// Too much to do already.
    pub(crate) fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too many questions at once")
            .hint("ask again in a few seconds")
            .header(RETRY_AFTER, "2")
    }

    /// Took too long.
    pub(crate) fn too_slow(seconds: u64) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, format!("no answer within {seconds} seconds"))
            .hint("ask for a shorter time, with from and to, or for fewer sources")
            .header(RETRY_AFTER, "10")
    }

    /// Failed, though asked rightly. Why is for the log.
    pub(crate) fn failed(cause: impl Into<String>) -> Self {
        let detail = "something failed that is not your fault";
        Self { cause: Some(cause.into().into()), ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail) }
    }

    /// Adds what can be done.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the query, which the page of the problem has in a box.
    pub(crate) fn of_query(mut self, query: &str) -> Self {
        self.query = Some(query.into());
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let message = error.full_message();
        let status = match error.kind() {
            ErrorKind::Failed => return Self::failed(message),
            ErrorKind::Usage => StatusCode::BAD_REQUEST,
            ErrorKind::LimitExceeded => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut problem = Self::new(status, flagless(&message));
        problem.position = error.position().and_then(|at| u32::try_from(at).ok());
        // If a query is shown with a mark below it, the mark is shifted by the length of "hint: ".
        problem.hint = error.hint_text().map(|hint| flagless(hint).replace("\n      ", "\n"));
        problem
    }
}

/// Core speaks of flags; here they are parameters, of the same names.
fn flagless(text: &str) -> String {
    text.split(' ')
        .map(|word| match word.strip_prefix("--") {
            Some(name) if name.starts_with(|c: char| c.is_ascii_lowercase()) => name,
            _ => word,
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_keep_their_place_and_lose_their_dashes() {
        let problem =
            Problem::from(Error::usage("cannot read the query, at character 7: what is this?").at(7));
        assert_eq!((problem.status, problem.position), (StatusCode::BAD_REQUEST, Some(7)));
        let problem = Problem::from(Error::limit_exceeded("too deep").at(3));
        assert_eq!((problem.status, problem.position), (StatusCode::UNPROCESSABLE_ENTITY, Some(3)));
        let problem = Problem::from(Error::usage("--from is not before --to").hint("-- or -7d"));
        assert_eq!(problem.detail, "from is not before to");
        assert_eq!(problem.hint.as_deref(), Some("-- or -7d"));
        let problem = Problem::from(Error::failed("disk").with_source("password=x"));
        assert!(!problem.detail.contains("disk") && problem.cause.is_some_and(|c| c.contains("disk")));
    }
}
