//! The histogram: a bar for each interval of time, divided by a field, each a link to its interval; the same as a table;
//! and the data with which a script lets users select a range.

use super::super::report::grouped;
use super::PATH;
use super::filters::instant;
use crate::query_string::QueryString;
use crate::search::Search;
use serde::Serialize;
use workhours_core::query::NO_VALUE;
use workhours_core::search::Histogram;

/// The number of colours. Further parts share the last.
const COLOURS: usize = 8;
/// The size of the drawing, in its own units: it is stretched to the width of the page.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 100.0;

/// The drawing.
#[derive(Serialize)]
pub(super) struct Drawing {
    bars: Vec<Bar>,
    legend: Vec<Series>,
    /// The bounds, one more than there are bars, as addresses take them, with blanks between.
    bounds: String,
    /// The names of the bars and their numbers of events, for screen readers, separated by `|`.
    names: String,
    /// The address without times, to which a script adds its own.
    base: String,
    step: String,
    first: String,
    last: String,
    highest: String,
    out: String,
    total: String,
}

#[derive(Serialize)]
struct Bar {
    label: String,
    count: String,
    path: String,
    x: String,
    width: String,
    parts: Vec<Part>,
    title: String,
}

#[derive(Serialize)]
struct Part {
    colour: usize,
    y: String,
    height: String,
}

#[derive(Serialize)]
struct Series {
    colour: usize,
    name: String,
}

impl Drawing {
    /// From the counts.
    pub(super) fn new(histogram: &Histogram, search: &Search, query: &QueryString) -> Self {
        let base = query.without("after").without("as_of").without("from").without("to").without("bucket");
        let bounds: Vec<String> =
            histogram.edges.bounds().iter().map(|us| instant(*us, search.zone)).collect();
        let sums: Vec<u64> = histogram.bars.iter().map(|bar| bar.iter().sum()).collect();
        let highest = sums.iter().copied().max().unwrap_or(0).max(1);
        let slot = WIDTH / sums.len().max(1) as f64;
        let bars: Vec<Bar> = histogram
            .bars
            .iter()
            .enumerate()
            .map(|(at, counts)| {
                let label = histogram.edges.label(at, &search.zones);
                Bar {
                    count: grouped(sums[at]),
                    path: base.with("from", &bounds[at]).with("to", &bounds[at + 1]).at(PATH),
                    x: format!("{:.2}", slot * at as f64),
                    width: format!("{:.2}", (slot - 1.0).max(slot * 0.8)),
                    parts: parts(&all_parts(histogram, at, counts), highest),
                    title: title(&label, histogram, &all_parts(histogram, at, counts)),
                    label,
                }
            })
            .collect();
        let all = histogram.series.len() + usize::from(!histogram.others.is_empty());
        let legend = (0..all.min(COLOURS)).map(|at| Series {
            colour: at,
            name: match at == COLOURS - 1 && all > COLOURS {
                true => "other".to_owned(),
                false => named_part(histogram, at),
            },
        });
        let names: Vec<String> =
            bars.iter().map(|bar| format!("{}: {}", bar.label.replace('|', " "), bar.count)).collect();
        let end = |bar: Option<&Bar>| bar.map(|bar| bar.label.clone()).unwrap_or_default();
        Self {
            legend: legend.collect(),
            first: end(bars.first()),
            last: end(bars.last()),
            names: names.join("|"),
            out: zoomed_out(histogram, search, &base),
            bounds: bounds.join(" "),
            base: base.at(PATH),
            step: histogram.edges.step().to_string(),
            highest: grouped(highest),
            total: grouped(sums.iter().sum()),
            bars,
        }
    }
}

/// The interval around this one, twice as long.
fn zoomed_out(histogram: &Histogram, search: &Search, base: &QueryString) -> String {
    let bounds = histogram.edges.bounds();
    let (first, last) = (bounds[0], bounds[bounds.len() - 1]);
    let half = (last - first) / 2;
    let from = instant(first.saturating_sub(half), search.zone);
    base.with("from", from).with("to", instant(last.saturating_add(half), search.zone)).at(PATH)
}

/// The parts of a bar, from the bottom up.
fn parts(counts: &[u64], highest: u64) -> Vec<Part> {
    let mut parts: Vec<(usize, u64)> = Vec::new();
    for (series, n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        let colour = series.min(COLOURS - 1);
        match parts.last_mut().filter(|(last, _)| *last == colour) {
            Some((_, sum)) => *sum += n,
            None => parts.push((colour, *n)),
        }
    }
    let mut below = 0.0;
    let scale = HEIGHT / highest as f64;
    // The smallest must be visible too.
    let part = |(colour, n): (usize, u64)| {
        let height = (n as f64 * scale).max(1.0);
        below += height;
        Part { colour, y: format!("{:.2}", (HEIGHT - below).max(0.0)), height: format!("{height:.2}") }
    };
    parts.into_iter().map(part).collect()
}

fn title(label: &str, histogram: &Histogram, counts: &[u64]) -> String {
    let some = counts.iter().enumerate().filter(|(_, n)| **n > 0);
    let some: Vec<String> =
        some.map(|(at, n)| format!("{}: {}", named_part(histogram, at), grouped(*n))).collect();
    format!("{label}\n{}", if some.is_empty() { "nothing".to_owned() } else { some.join("\n") })
}

/// The counts of an interval's parts, the last for values that have no part of their own.
fn all_parts(histogram: &Histogram, at: usize, counts: &[u64]) -> Vec<u64> {
    counts.iter().chain(histogram.others.get(at)).copied().collect()
}

/// The name of a part.
fn named_part(histogram: &Histogram, at: usize) -> String {
    match histogram.series.get(at) {
        Some(Some(name)) => name.clone(),
        Some(None) => NO_VALUE.to_owned(),
        None => "other".to_owned(),
    }
}
