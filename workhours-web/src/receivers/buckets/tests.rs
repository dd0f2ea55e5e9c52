//! What buckets store is what their heartbeats say, in whatever order they come.

use super::*;
use serde_json::Map;
use std::fs;

const PULSE: i64 = 10_000_000;

fn client() -> Client {
    Client::local()
}

fn event(start_s: i64, seconds: i64, app: &str) -> Activity {
    let data = Map::from_iter([("app".to_owned(), json!(app))]);
    Activity { start_us: start_s * 1_000_000, duration_us: seconds * 1_000_000, data }
}

fn about() -> About {
    About { id: "window".into(), kind: "currentwindow".into(), ..About::default() }
}

/// The events in the spool: start and end in seconds, and the app.
fn stored(spool: &Spool) -> Vec<(i64, i64, String)> {
    let folder = spool.inputs()[0].path.parent().unwrap().to_owned();
    let mut all = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|ending| ending == "log") {
            let text = fs::read_to_string(path).unwrap();
            let lines: Vec<Option<Activity>> = text.lines().map(|line| of_line(line.as_bytes())).collect();
            for (n, event) in lines.iter().enumerate() {
                let Some(event) = event else { continue };
                let becomes = lines.get(n + 1).and_then(Option::as_ref);
                // As the source reads them: of the states of an event the last one.
                if becomes.is_none_or(|next| (next.start_us, &next.data) != (event.start_us, &event.data)) {
                    let app = event.data["app"].as_str().unwrap().to_owned();
                    all.push((event.start_us / 1_000_000, event.end_us() / 1_000_000, app));
                }
            }
        }
    }
    all.sort();
    all
}

#[test]
fn heartbeats_become_events_and_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, client) = (Spool::new(dir.path()), client());
    let place = BucketStream::of(&spool, &client);
    let mut buckets = Buckets::default();
    assert_eq!(buckets.beat(&place, "window", event(0, 0, "Code"), PULSE).unwrap(), None);
    assert!(buckets.make(&place, about()).unwrap());
    assert!(!buckets.make(&place, about()).unwrap());
    let beat = |buckets: &mut Buckets, start, app: &str| {
        buckets.beat(&place, "window", event(start, 0, app), PULSE).unwrap().unwrap()
    };
    beat(&mut buckets, 0, "Code");
    assert_eq!(beat(&mut buckets, 9, "Code"), event(0, 9, "Code"));
    // The program ends and starts again.
    let mut buckets = Buckets::default();
    assert_eq!(beat(&mut buckets, 19, "Code"), event(0, 19, "Code"));
    beat(&mut buckets, 20, "Mail");
    beat(&mut buckets, 41, "Mail");
    let want = [(0, 19, "Code"), (20, 20, "Mail"), (41, 41, "Mail")];
    assert_eq!(stored(&spool), want.map(|(a, b, app)| (a, b, app.to_owned())));
    // All is loaded and removed; what follows is another event.
    spool.end().unwrap();
    beat(&mut buckets, 45, "Mail");
    let want = [(0, 19, "Code"), (20, 20, "Mail"), (41, 41, "Mail"), (41, 45, "Mail")];
    assert_eq!(stored(&spool), want.map(|(a, b, app)| (a, b, app.to_owned())));
}

#[test]
fn a_late_heartbeat_changes_nothing_that_came_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, client) = (Spool::new(dir.path()), client());
    let place = BucketStream::of(&spool, &client);
    let mut buckets = Buckets::default();
    buckets.make(&place, about()).unwrap();
    for (start, app) in [(0, "Code"), (5, "Code"), (30, "Code"), (35, "Code"), (8, "Code"), (40, "Code")] {
        buckets.beat(&place, "window", event(start, 0, app), PULSE).unwrap();
    }
    let want = [(0, 5, "Code"), (5, 8, "Code"), (30, 40, "Code")];
    assert_eq!(stored(&spool), want.map(|(a, b, app)| (a, b, app.to_owned())));
    // One between that closes the gap.
    buckets.beat(&place, "window", event(22, 0, "Code"), PULSE).unwrap();
    buckets.beat(&place, "window", event(2, 0, "Code"), PULSE).unwrap();
    buckets.beat(&place, "window", event(50, 0, "Code"), PULSE).unwrap();
    let want = [(0, 5, "Code"), (5, 8, "Code"), (22, 30, "Code"), (30, 50, "Code")];
    assert_eq!(stored(&spool), want.map(|(a, b, app)| (a, b, app.to_owned())));
}
