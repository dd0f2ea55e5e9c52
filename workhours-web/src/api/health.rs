//! `/healthz`, `/readyz`, `/metrics`: whether the site runs, whether its database answers, and counters.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Access, Route};
use crate::site::Site;
use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use workhours_core::store::Store;

async fn ready(site: Site, _: Request) -> Result<Answer, Problem> {
    if site.quick_read(Store::as_of).await.is_err() {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer");
        return Err(problem.header(RETRY_AFTER, "5"));
    }
    let text = if site.read_only.is_some() { "ready, read-only\n" } else { "ready\n" };
    Ok(Answer::text(text.into()))
}

fn counters(site: &Site) -> String {
    let beat = *site.pulse.borrow();
    site.metrics.text(&[
        (
            "workhours_waiting_requests",
            "Requests waiting for the database.",
            site.work_queue.waiting() as i64,
        ),
        ("workhours_read_only", "1 if the database is only read, else 0.", site.read_only.is_some().into()),
        ("workhours_database_seq", "The number of the latest committed batch seen.", beat.as_of.get()),
        (
            "workhours_database_seen_seconds",
            "When the database last answered, in seconds since 1970.",
            beat.seen_us / 1_000_000,
        ),
    ])
}

inventory::submit! { Route {
    access: Access::Open,
    ..Route::text("/healthz", "Whether the site runs", |_, _| {
        Box::pin(async { Ok(Answer::text("ok\n".into())) })
    })
} }
inventory::submit! { Route::text("/readyz", "Whether the database answers", |site, asked| {
    Box::pin(ready(site, asked))
}) }
inventory::submit! { Route::text("/metrics", "Counters, in Prometheus's format", |site, _| {
    Box::pin(async move { Ok(Answer::of("text/plain; version=0.0.4; charset=utf-8", counters(&site))) })
}) }
