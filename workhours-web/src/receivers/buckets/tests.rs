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
            let mut events: Vec<Activity> = Vec::new();
            let mut lines = Vec::new();
            for line in text.lines() {
                let begins = line.is_empty() || line.contains("\"data\"");
                if begins {
                    events.extend(last_of(&std::mem::take(&mut lines)));
                }
                lines.extend(line.bytes().chain([b'\n']));
            }
            events.extend(last_of(&lines));
            all.extend(events.iter().map(|event| {
                let app = event.data["app"].as_str().unwrap().to_owned();
                (event.start_us / 1_000_000, event.end_us() / 1_000_000, app)
            }));
        }
    }
    all.sort();
    all
}

#[test]
fn heartbeats_become_events_and_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, client) = (Spool::new(dir.path()), client());
    let to = BucketStream::of(&spool, &client);
    let mut buckets = Buckets::default();
    assert_eq!(buckets.beat(&to, "window", event(0, 0, "Code"), PULSE).unwrap(), None);
    assert!(buckets.make(&to, about()).unwrap());
    assert!(!buckets.make(&to, about()).unwrap());
    let beat = |buckets: &mut Buckets, start, app: &str| {
        buckets.beat(&to, "window", event(start, 0, app), PULSE).unwrap().unwrap()
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

/// Seconds that events of an app cover, from the begin of the first to the end of the last.
fn covered(events: &[(i64, i64, String)], app: &str) -> Vec<bool> {
    let mut covered = vec![false; 400];
    for (from, until, _) in events.iter().filter(|(_, _, of)| of == app) {
        covered[*from as usize..*until as usize].fill(true);
    }
    covered
}

/// What heartbeats are stored as: of each the second and the app.
fn stored_of(beats: &[(i64, &str)]) -> Vec<(i64, i64, String)> {
    let dir = tempfile::tempdir().unwrap();
    let (spool, client) = (Spool::new(dir.path()), client());
    let to = BucketStream::of(&spool, &client);
    let mut buckets = Buckets::default();
    buckets.make(&to, about()).unwrap();
    for (start, app) in beats {
        buckets.beat(&to, "window", event(*start, 0, app), PULSE).unwrap();
    }
    stored(&spool)
}

#[test]
fn a_late_heartbeat_changes_nothing_that_came_after_it() {
    let code = |beats: &[(i64, &str)], want: &[(i64, i64, &str)]| {
        let want: Vec<(i64, i64, String)> =
            want.iter().map(|(a, b, app)| (*a, *b, (*app).to_owned())).collect();
        assert_eq!(stored_of(beats), want, "{beats:?}");
    };
    // What late ones add is one event, next to the one it belongs to.
    code(
        &[(0, "A"), (50, "B"), (2, "A"), (4, "A"), (6, "A"), (55, "B")],
        &[(0, 0, "A"), (0, 6, "A"), (50, 55, "B")],
    );
    // One of something else, from within an event, doesn't end it.
    code(&[(0, "A"), (5, "A"), (10, "A"), (7, "B"), (15, "A")], &[(0, 15, "A"), (7, 7, "B")]);
    // One that was sent again adds nothing.
    code(&[(0, "A"), (5, "A"), (30, "B"), (5, "A"), (3, "A")], &[(0, 5, "A"), (30, 30, "B")]);
    // One between two events closes the gap.
    code(&[(0, "A"), (15, "A"), (8, "A")], &[(0, 0, "A"), (0, 15, "A"), (15, 15, "A")]);
}

#[test]
fn in_any_order_heartbeats_cover_the_same_time() {
    let mut seed = 7_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for _ in 0..200 {
        let mut at = 0;
        let mut beats: Vec<(i64, &str)> = Vec::new();
        for _ in 0..30 {
            at += 1 + random(13) as i64;
            beats.push((at, "A"));
        }
        let want = covered(&stored_of(&beats), "A");
        for n in (1..beats.len()).rev() {
            beats.swap(n, random(n as u64 + 1) as usize);
        }
        assert_eq!(covered(&stored_of(&beats), "A"), want, "{beats:?}");
    }
}
