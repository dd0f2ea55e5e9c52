//! Which watchers may send: those with a token, and, if the config says so, all of this machine.

use super::{ACTIVITYWATCH, Client};
use crate::problem::Problem;
use crate::request::Request;
use crate::site::Site;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, ORIGIN};

/// The origin of ActivityWatch's extension in Chrome, and how those in Firefox begin.
const CHROME: &str = "chrome-extension://nglaklhklhcoonedhgnpgddginnjdadi";
const FIREFOX: &str = "moz-extension://";

/// The client of a request.
///
/// # Errors
/// A problem if it may not send anything.
pub(super) async fn admit(site: &Site, asked: &Request) -> Result<Client, Problem> {
    if let Some(client) = super::super::find_client(site, &asked.headers, &asked.query).await? {
        client.may_send(ACTIVITYWATCH)?;
        return Ok(client);
    }
    known(site, asked)?;
    Ok(Client::local())
}

/// Lets a program of this machine in that has no token, if the config says so. A page must not make a browser send
/// anything: neither from an origin of its own, nor as a form.
///
/// # Errors
/// A problem if it isn't one.
pub(super) fn known(site: &Site, asked: &Request) -> Result<(), Problem> {
    let server = &site.config.server;
    if !(server.local_watchers && site.hosts.are_local() && !server.behind_proxy) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "this needs the token of a program that may send events",
        )
        .hint(
            "make one with workhours tokens add NAME --source activitywatch, or set local_watchers = true in \
                 [server] for all watchers of this machine, if the site listens to no other",
        ));
    }
    // Any extension may claim to be a watcher: it may send, but not read what others have sent.
    let sends = asked.path.ends_with("/info") || asked.path.ends_with("/heartbeat") || is_bucket(&asked.path);
    if let Some(origin) = asked.header(ORIGIN)
        && !(is_watcher(origin) && sends)
    {
        return Err(Problem::new(StatusCode::FORBIDDEN, "this request comes from another site"));
    }
    let is_json =
        asked.header(CONTENT_TYPE).is_some_and(|kind| kind.trim_start().starts_with("application/json"));
    if !asked.body.is_empty() && !is_json {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/json"));
    }
    Ok(())
}

/// Whether a path is that of a bucket, without more.
fn is_bucket(path: &str) -> bool {
    path.strip_prefix("/api/0/buckets/").is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
}

/// Whether an origin is a browser's extension of ActivityWatch. In Firefox its name is another in each installation.
pub(in crate::receive) fn is_watcher(origin: &str) -> bool {
    origin == CHROME || origin.starts_with(FIREFOX)
}
