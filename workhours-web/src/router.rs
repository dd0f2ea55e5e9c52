//! The table of routes as a warp filter: the path first, then the method, so that a missing path (404) and a wrong
//! method (405) differ.

use crate::answer::Answer;
use crate::gate::{Theme, same_origin};
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::request::{Request, accepted, prefers_json};
use crate::route::{self, Access, Route, Verb};
use crate::site::Site;
use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, COOKIE, VARY};
use hyper::{HeaderMap, Method};
use std::convert::Infallible;
use std::sync::Arc;
use url::form_urlencoded;
use warp::filters::BoxedFilter;
use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, Rejection};

/// The pattern of the route that responded, for counters.
#[derive(Clone, Copy)]
pub(crate) struct Pattern(pub(crate) &'static str);

/// Routes of one path.
struct Place {
    path: &'static str,
    routes: Vec<&'static Route>,
}

/// What is known about a request before its path is read.
struct Raw {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: bytes::Bytes,
}

/// The filter that answers everything.
pub(crate) fn filter(site: &Site) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + use<> {
    let mut places: Vec<Place> = Vec::new();
    for route in route::all() {
        match places.last_mut().filter(|place| place.path == route.path) {
            Some(place) => place.routes.push(route),
            None => places.push(Place { path: route.path, routes: vec![route] }),
        }
    }
    let nowhere = nowhere(site.clone());
    let all = places
        .into_iter()
        .map(|place| at(site.clone(), place))
        .reduce(|all, one| all.or(one).unify().boxed());
    let all = all.map_or_else(|| nowhere.clone(), |all| all.or(nowhere.clone()).unify().boxed());
    all.recover(|_: Rejection| async { Ok::<_, Infallible>(unreadable()) }).unify()
}

/// One path: its segments as warp sees them, then whatever the method.
fn at(site: Site, place: Place) -> BoxedFilter<(Response,)> {
    let mut segments: BoxedFilter<(Vec<String>,)> = warp::any().map(Vec::new).boxed();
    for segment in place.path.split('/').filter(|segment| !segment.is_empty()) {
        segments = match segment.starts_with('{') {
            true => segments
                .and(warp::path::param::<String>())
                .map(|mut all: Vec<String>, one| {
                    all.push(one);
                    all
                })
                .boxed(),
            false => segments.and(warp::path(segment)).boxed(),
        };
    }
    let place = Arc::new(place);
    segments
        .and(warp::path::end())
        .and(raw())
        .then(move |captured, raw| answer(site.clone(), place.clone(), captured, raw))
        .boxed()
}

/// All else.
fn nowhere(site: Site) -> BoxedFilter<(Response,)> {
    warp::path::full()
        .and(warp::header::headers_cloned())
        .map(move |path: FullPath, headers: HeaderMap| {
            let accept = headers.get(ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
            let page = !path.as_str().starts_with("/api/") && !prefers_json(&accepted(accept));
            let problem = Problem::not_found("there is nothing at this address")
                .hint("the navigation leads to all pages; /api/docs lists the API");
            finish(problem.answer(&site, page, Theme::of(&headers)), "none")
        })
        .boxed()
}

fn raw() -> impl Filter<Extract = (Raw,), Error = Rejection> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::bytes())
        .map(|method, path: FullPath, query, headers, body| Raw {
            method,
            path: path.as_str().to_owned(),
            query,
            headers,
            body,
        })
}

async fn answer(site: Site, place: Arc<Place>, captured: Vec<String>, raw: Raw) -> Response {
    let theme = Theme::of(&raw.headers);
    let found = Verb::of(&raw.method).and_then(|verb| place.routes.iter().find(|route| route.verb == verb));
    let Some(route) = found else {
        let page = place.routes.iter().all(|route| !route.is_api());
        return finish(Problem::method(&allowed(&place)).answer(&site, page, theme), place.path);
    };
    // Some programs say that all they send is a form.
    let may_be_form = route.access != Access::Client;
    let is_form = may_be_form
        && raw
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let asked = Request {
        is_api: route.is_api(),
        captured: captured.iter().map(|text| decoded(text)).collect(),
        query: QueryString::parse(raw.query.as_bytes()),
        form: if is_form { QueryString::parse(&raw.body) } else { QueryString::default() },
        body: if is_form { bytes::Bytes::new() } else { raw.body },
        theme,
        signed_in: site.auth && site.sessions.has_session(&raw.headers, site.now_us()),
        path: raw.path,
        headers: raw.headers,
    };
    let page = asked.wants_page();
    let answered = match admit(&site, route, &asked) {
        Ok(None) => (route.handler)(site.clone(), asked).await,
        Ok(Some(elsewhere)) => Ok(elsewhere),
        Err(problem) => Err(problem),
    };
    finish(answered.unwrap_or_else(|problem| problem.answer(&site, page, theme)), place.path)
}

/// Whether a request may reach its route; if not, there may be a page to go to first.
fn admit(site: &Site, route: &Route, asked: &Request) -> Result<Option<Answer>, Problem> {
    // Those send no cookies, so that no page can make a browser act for them.
    if route.verb != Verb::Get && route.access != Access::Client && !same_origin(&asked.headers, &site.hosts)
    {
        return Err(Problem::new(hyper::StatusCode::FORBIDDEN, "this request comes from another site")
            .hint("programs send the header Authorization: Bearer TOKEN"));
    }
    let private = site.auth && route.access == Access::Private;
    if private && !site.sessions.know(&asked.headers, site.now_us()) {
        if !asked.wants_page() || route.verb != Verb::Get {
            return Err(Problem::unknown_visitor());
        }
        let next = QueryString::default().with("next", asked.query.at(&asked.path));
        return Ok(Some(Answer::see(&next.at("/login"))));
    }
    // Changes by other methods are stored in the database.
    if route.verb != Verb::Get
        && route.access == Access::Private
        && let Some(why) = &site.read_only
    {
        return Err(Problem::new(hyper::StatusCode::FORBIDDEN, format!("nothing can be saved: {why}")));
    }
    asked.query.only(&(route.params)(asked.captured.first().map(String::as_str)))?;
    Ok(None)
}

/// A part of an address, percent-decoded.
fn decoded(text: &str) -> String {
    // As in a form, but a plus is a plus.
    let pair = format!("={}", text.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(pair.as_bytes()).next().map(|(_, text)| text.into_owned()).unwrap_or_default()
}

fn allowed(place: &Place) -> String {
    let mut verbs: Vec<&str> = place.routes.iter().map(|route| route.verb.as_str()).collect();
    if verbs.contains(&"GET") {
        verbs.insert(1, "HEAD");
    }
    verbs.join(", ")
}

fn finish(answer: Answer, pattern: &'static str) -> Response {
    let mut response = answer.into_response();
    response.extensions_mut().insert(Pattern(pattern));
    // Responses for the visitor depend on who requests what.
    if response.headers().contains_key(CACHE_CONTROL) && !response.headers().contains_key(VARY) {
        response.headers_mut().insert(VARY, hyper::header::HeaderValue::from_static(COOKIE.as_str()));
    }
    response
}

/// Bodies that warp couldn't read: truncated, or too large.
fn unreadable() -> Response {
    let answer =
        Answer::text("the request could not be read\n".into()).status(hyper::StatusCode::BAD_REQUEST);
    finish(answer, "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_addresses() {
        for (text, want) in
            [("hours", "hours"), ("a%20b+c", "a b+c"), ("%26&=", "&&="), ("%zz", "%zz"), ("", "")]
        {
            assert_eq!(decoded(text), want);
        }
    }
}
