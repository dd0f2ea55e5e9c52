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

    /// All of it as text, with these families.
    pub(crate) fn text(&self, families: &[Family]) -> String {
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
        families.iter().for_each(|family| family.add_to(&mut out));
        out
    }
}

/// Values of one name that are known elsewhere.
pub(crate) struct Family {
    name: &'static str,
    help: &'static str,
    kind: &'static str,
    /// Each with its labels as they are written, empty for none.
    samples: Vec<(String, i64)>,
}

impl Family {
    /// A value that goes up and down, without labels.
    pub(crate) fn gauge(name: &'static str, help: &'static str, value: i64) -> Self {
        Self { name, help, kind: "gauge", samples: vec![(String::new(), value)] }
    }

    /// One value for each of some things.
    pub(crate) fn of_each(
        name: &'static str,
        help: &'static str,
        kind: &'static str,
        samples: impl Iterator<Item = (String, i64)>,
    ) -> Self {
        Self { name, help, kind, samples: samples.collect() }
    }

    fn add_to(&self, out: &mut String) {
        // A name without values would be an error.
        if self.samples.is_empty() {
            return;
        }
        head(out, self.name, self.kind, self.help);
        for (labels, value) in &self.samples {
            // Writing to a String cannot fail.
            let _ = match labels.is_empty() {
                true => writeln!(out, "{} {value}", self.name),
                false => writeln!(out, "{}{{{labels}}} {value}", self.name),
            };
        }
    }
}

/// A label as it is written.
pub(crate) fn label(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{name}=\"{value}\"")
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_labels_are_escaped() {
        let labels = [label("path", "a\"b\\c\nd"), label("state", "following")].join(",");
        let family = Family::of_each("x_total", "Help.", "counter", std::iter::once((labels, 7)));
        let text = Metrics::default().text(&[family]);
        assert!(text.ends_with("x_total{path=\"a\\\"b\\\\c\\nd\",state=\"following\"} 7\n"), "{text}");
    }
}
