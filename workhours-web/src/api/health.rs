//! `/healthz`, `/readyz`, `/metrics`: whether the site runs, whether its database answers, and counters.

use crate::answer::Answer;
use crate::metrics::{Family, label};
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Access, Route};
use crate::site::Site;
use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use std::sync::Arc;
use workhours_core::listen::Counts;
use workhours_core::store::{FollowedRow, Store};

async fn ready(site: Site, _: Request) -> Result<Answer, Problem> {
    if site.quick_read(Store::as_of).await.is_err() {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer");
        return Err(problem.header(RETRY_AFTER, "5"));
    }
    let text = if site.read_only.is_some() { "ready, read-only\n" } else { "ready\n" };
    Ok(Answer::text(text.into()))
}

async fn counters(site: Site, _: Request) -> Result<Answer, Problem> {
    let beat = *site.pulse.borrow();
    let mut families = vec![
        Family::gauge(
            "workhours_waiting_requests",
            "Requests waiting for the database.",
            site.work_queue.waiting() as i64,
        ),
        Family::gauge(
            "workhours_read_only",
            "1 if the database is only read, else 0.",
            site.read_only.is_some().into(),
        ),
        Family::gauge(
            "workhours_database_seq",
            "The number of the latest committed batch seen.",
            beat.as_of.get(),
        ),
        Family::gauge(
            "workhours_database_seen_seconds",
            "When the database last answered, in seconds since 1970.",
            beat.seen_us / 1_000_000,
        ),
        Family::gauge(
            "workhours_spool_bytes",
            "Bytes of received events that are not in the database yet, or no longer needed.",
            i64::try_from(site.receivers.spool.bytes()).unwrap_or(i64::MAX),
        ),
    ];
    families.extend(of_receivers(&site.receivers.received));
    // Without the database there are the counters of the site itself.
    if let Ok(rows) = site.quick_read(|store| store.followed().all()).await {
        families.extend(of_inputs(&rows));
    }
    Ok(Answer::of("text/plain; version=0.0.4; charset=utf-8", site.metrics.text(&families)))
}

/// What receivers at sockets have counted.
fn of_receivers(received: &[(String, Arc<Counts>)]) -> Vec<Family> {
    const FAMILIES: [(&str, &str, &str, &str); 5] = [
        ("messages", "workhours_received_messages_total", "Messages received.", "counter"),
        ("bytes", "workhours_received_bytes_total", "Bytes of them.", "counter"),
        (
            "lost",
            "workhours_received_lost_total",
            "Messages the system dropped before they were read.",
            "counter",
        ),
        ("cut", "workhours_received_cut_total", "Messages that were too long.", "counter"),
        ("connections", "workhours_received_connections", "Connections of senders.", "gauge"),
    ];
    let family = |(count, name, help, kind): (&str, &'static str, &'static str, &'static str)| {
        let sample = |(receiver, counts): &(String, Arc<Counts>)| {
            let value = counts.all().into_iter().find(|(name, _)| *name == count)?.1;
            Some((label("receiver", receiver), i64::try_from(value).unwrap_or(i64::MAX)))
        };
        Family::of_each(name, help, kind, received.iter().filter_map(sample))
    };
    FAMILIES.into_iter().map(family).collect()
}

/// What is known of the inputs that are followed.
fn of_inputs(rows: &[FollowedRow]) -> Vec<Family> {
    let each = |name, help, kind, value: fn(&FollowedRow) -> Option<i64>| {
        let sample = |row: &FollowedRow| {
            let labels = [("source", &row.source_type), ("label", &row.label), ("path", &row.path)];
            let labels: Vec<String> = labels.into_iter().map(|(name, value)| label(name, value)).collect();
            Some((labels.join(","), value(row)?))
        };
        Family::of_each(name, help, kind, rows.iter().filter_map(sample))
    };
    vec![
        each(
            "workhours_input_events_total",
            "Events loaded since the input is followed.",
            "counter",
            |row| Some(row.events),
        ),
        each("workhours_input_rejects_total", "Records rejected since then.", "counter", |row| {
            Some(row.rejects)
        }),
        each("workhours_input_files", "Files of the input.", "gauge", |row| Some(row.files)),
        each("workhours_input_pending_files", "Files with changes that are not loaded.", "gauge", |row| {
            Some(row.pending)
        }),
        each("workhours_input_problem", "1 if something is wrong with the input, else 0.", "gauge", |row| {
            Some(row.problem.is_some().into())
        }),
        each(
            "workhours_input_seen_seconds",
            "When its follower was last heard of, in seconds since 1970.",
            "gauge",
            |row| Some(row.looked_us / 1_000_000),
        ),
        each(
            "workhours_input_loaded_seconds",
            "When something was last loaded, in seconds since 1970.",
            "gauge",
            |row| Some(row.loaded_us? / 1_000_000),
        ),
    ]
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
inventory::submit! { Route::text("/metrics", "Counters, in Prometheus's format", |site, asked| {
    Box::pin(counters(site, asked))
}) }
