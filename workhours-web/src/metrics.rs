//! Counters for monitoring: `/metrics` in Prometheus's text format. Routes are labelled by their patterns, so that
//! addresses don't make separate series.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

/// Upper ends of the classes of durations, in seconds.
const CLASSES: [f64; 9] = [0.001, 0.005, 0.02, 0.06, 0.15, 0.3, 0.5, 2.0, 10.0];

/// Counters of requests.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<BTreeMap<&'static str, OfRoute>>);

#[derive(Default)]
struct OfRoute {
    statuses: BTreeMap<u16, u64>,
    classes: [u64; CLASSES.len()],
    n: u64,
    seconds: f64,
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn count(&self, route: &'static str, status: u16, took: Duration) {
        let Ok(mut routes) = self.0.lock() else { return };
        let (of, seconds) = (routes.entry(route).or_default(), took.as_secs_f64());
        *of.statuses.entry(status).or_default() += 1;
        of.n += 1;
        of.seconds += seconds;
        for (n, end) in of.classes.iter_mut().zip(CLASSES) {
            *n += u64::from(seconds <= end);
        }
    }

    /// All of it as text, with these gauges: name, help and value.
    pub(crate) fn text(&self, gauges: &[(&str, &str, i64)]) -> String {
        let mut out = String::new();
        head(&mut out, "workhours_requests_total", "counter", "Requests by route and status.");
        // Writing to a String cannot fail.
        if let Ok(routes) = self.0.lock() {
            for (route, of) in routes.iter() {
                for (status, n) in &of.statuses {
                    let _ = writeln!(
                        out,
                        "workhours_requests_total{{route=\"{route}\",status=\"{status}\"}} {n}"
                    );
                }
            }
            let name = "workhours_request_duration_seconds";
            head(&mut out, name, "histogram", "Time until the answer began.");
            for (route, of) in routes.iter() {
                for (end, n) in CLASSES.iter().zip(of.classes) {
                    let _ = writeln!(out, "{name}_bucket{{route=\"{route}\",le=\"{end}\"}} {n}");
                }
                let _ = writeln!(out, "{name}_bucket{{route=\"{route}\",le=\"+Inf\"}} {}", of.n);
                let _ = writeln!(out, "{name}_sum{{route=\"{route}\"}} {}", of.seconds);
                let _ = writeln!(out, "{name}_count{{route=\"{route}\"}} {}", of.n);
            }
        }
        for (name, help, value) in gauges {
            head(&mut out, name, "gauge", help);
            let _ = writeln!(out, "{name} {value}");
        }
        out
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
