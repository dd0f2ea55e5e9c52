//! One connection: hyper's protocol with our limits, the checks of every request, and the headers of every response,
//! including the site's own errors.

use super::answered::Answered;
use super::seats::Seat;
use crate::answer::Answer;
use crate::gate::{Theme, dress};
use crate::log::{Level, Line};
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::receive::{BODY as LARGEST_BODY, allow, find_client, is_for, preflight};
use crate::request::{accepted, prefers_json};
use crate::router::Pattern;
use crate::site::Site;
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_LENGTH, HOST};
use hyper::service::{Service, service_fn};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use warp::reply::Response;

/// How long the head of a request may take.
const HEAD: Duration = Duration::from_secs(10);
/// The longest address, in bytes.
const ADDRESS: usize = 8 << 10;
/// The most bytes of headers.
const HEADERS: usize = 16 << 10;
/// The largest body.
const BODY: usize = 64 << 10;
/// How long the whole request of a program that may send much may take.
const WHOLE: Duration = Duration::from_secs(30);
/// How long a program waits for its turn to send much.
const WAIT: Duration = Duration::from_secs(10);
/// How much hyper reads of a header before it gives up.
const BUFFER: usize = 64 << 10;
/// Slower answers are worth a warning.
const SLOW: Duration = Duration::from_secs(2);

/// Serves it until either side is done, or its seat goes to another connection.
pub(super) async fn serve<S>(socket: TcpStream, site: Site, router: S, watcher: Watcher, seat: Arc<Seat>)
where
    S: Service<Request<Limited<Incoming>>, Response = Response, Error = Infallible> + Send + Sync + 'static,
    S::Future: Send,
{
    // Small answers need not wait for each other.
    let _ = socket.set_nodelay(true);
    let service = service_fn(async |request: Request<Incoming>| {
        let known = !site.auth || site.sessions.know(request.headers(), site.now_us());
        let answering = seat.answering(known);
        let Ok(response) = answer(&site, &router, request).await;
        Ok::<_, Infallible>(response.map(|body| Answered::new(body, answering)))
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(BUFFER);
    // An error here is the visitor's: gone, or too slow, or no HTTP.
    let connection = watcher.watch(builder.serve_connection(TokioIo::new(socket), service));
    tokio::select! {
        _ = connection => {}
        () = seat.lost() => {}
    }
}

async fn answer<S>(site: &Site, router: &S, request: Request<Incoming>) -> Result<Response, Infallible>
where
    S: Service<Request<Limited<Incoming>>, Response = Response, Error = Infallible>,
{
    let begun = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let most = match is_for(&path) {
        true => largest_body(site, &request).await,
        false => Ok((BODY, None)),
    };
    let (most, seat, refused) = match most {
        Ok((most, seat)) => (most, seat, refuse(site, &request, most)),
        Err(problem) => (BODY, None, Some(problem)),
    };
    let asked = request.headers().clone();
    let preflight = preflight(&method, &path, &asked).filter(|_| refused.is_none());
    let mut response = match refused {
        None if preflight.is_some() => preflight.map_or_else(Response::default, Answer::into_response),
        Some(problem) => {
            let accept = request.headers().get(ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
            let page = !path.starts_with("/api/") && !is_for(&path) && !prefers_json(&accepted(accept));
            problem.answer(site, page, Theme::of(request.headers())).into_response()
        }
        None => {
            let (head, body) = request.into_parts();
            let answering = router.call(Request::from_parts(head, Limited::new(body, most)));
            // A large body is in memory meanwhile, and others wait for their turn.
            match seat {
                Some(_) => match timeout(WHOLE, answering).await {
                    Ok(Ok(response)) => response,
                    Err(_) => {
                        let problem = Problem::new(StatusCode::REQUEST_TIMEOUT, "the body took too long");
                        problem.answer(site, false, Theme::of(&HeaderMap::new())).into_response()
                    }
                },
                None => {
                    let Ok(response) = answering.await;
                    response
                }
            }
        }
    };
    drop(seat);
    dress(response.headers_mut());
    allow(&path, &asked, response.headers_mut());
    let (took, status) = (begun.elapsed(), response.status().as_u16());
    let Pattern(pattern) = response.extensions().get().copied().unwrap_or(Pattern("none"));
    site.metrics.count(pattern, status, took);
    let level = match status {
        500.. => Level::Error,
        _ if took > SLOW => Level::Warn,
        _ => Level::Info,
    };
    // Only the path: the query string is private.
    let shown = if pattern == "none" || pattern.contains('{') { shortened(&path) } else { pattern };
    Line::new(level, "request")
        .with("method", method)
        .with("path", shown)
        .with("status", status)
        .with("ms", took.as_millis())
        .send(&site.log);
    Ok(response)
}

/// The largest body of a program that sends something, and its seat: only one with a token may send much, and few at
/// once, because bodies are in memory.
async fn largest_body<B>(
    site: &Site,
    request: &Request<B>,
) -> Result<(usize, Option<OwnedSemaphorePermit>), Problem> {
    let query = QueryString::parse(request.uri().query().unwrap_or_default().as_bytes());
    if find_client(site, request.headers(), &query).await?.is_none() {
        return Ok((BODY, None));
    }
    let seat = Arc::clone(&site.receivers.seats).acquire_owned();
    match timeout(WAIT, seat).await {
        Ok(Ok(seat)) => Ok((LARGEST_BODY, Some(seat))),
        _ => Err(Problem::busy()),
    }
}

/// Why a request is rejected unread, if it is.
fn refuse<B>(site: &Site, request: &Request<B>, most: usize) -> Option<Problem> {
    let headers = request.headers();
    let size =
        |headers: &HeaderMap| headers.iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum::<usize>();
    let long = request.uri().path_and_query().map_or(0, |text| text.as_str().len());
    if long > ADDRESS {
        return Some(Problem::new(
            StatusCode::URI_TOO_LONG,
            format!("the address is longer than {ADDRESS} bytes"),
        ));
    }
    if size(headers) > HEADERS {
        let detail = format!("the headers are longer than {HEADERS} bytes");
        return Some(Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail));
    }
    let mut hosts = headers.get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let named = match (hosts.next(), hosts.next()) {
        (Some(host), None) => site.hosts.are(host),
        _ => false,
    };
    // A request with a whole address is for a proxy, and this isn't one.
    if !named || request.uri().authority().is_some() {
        return Some(
            Problem::new(StatusCode::FORBIDDEN, "this site is not known by the name it was asked for by")
                .hint("open it by the address that workhours serve printed, or allow the name with --allow-host"),
        );
    }
    let announced = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|n| n > most) {
        return Some(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {most} bytes"),
        ));
    }
    None
}

/// Enough of a path to know it by.
fn shortened(path: &str) -> &str {
    path.char_indices().nth(200).map_or(path, |(end, _)| &path[..end])
}
