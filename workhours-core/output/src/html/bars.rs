//! Bars: upright where their names are short or they are many, lying where there is a name to read.

use super::chart::{Drawn, Place, Point, number};
use super::markup::escaped;
use std::collections::HashMap;
use std::fmt::Write;

/// The number of colours. Further parts share the last.
const COLOURS: usize = 8;
const WIDTH: f64 = 800.0;
/// Space for the numbers on the left.
const LEFT: f64 = 56.0;
/// Space for the names of horizontal bars.
const NAMES: f64 = 200.0;

/// A bar and its parts: colour, series, length.
struct Bar {
    label: String,
    parts: Vec<(usize, String, f64)>,
}

impl Bar {
    fn length(&self) -> f64 {
        self.parts.iter().map(|(_, _, length)| length).sum()
    }
}

pub(super) fn draw(svg: &mut String, points: &[Point]) -> Drawn {
    let (bars, series) = gathered(points);
    let longest = bars.iter().map(Bar::length).fold(0.0, f64::max);
    let step = step(longest);
    let top = ((longest / step).ceil() * step).max(step);
    let height = if bars.len() <= 40 && wants_room(&bars) {
        lying(svg, &bars, top, step)
    } else {
        upright(svg, &bars, top, step)
    };
    Drawn { height, series }
}

/// Whether there are names that don't fit below vertical bars. For days and hours some names are enough.
fn wants_room(bars: &[Bar]) -> bool {
    let letters = |bar: &Bar| bar.label.chars().count();
    let longest = bars.iter().map(letters).max().unwrap_or(0);
    let counted = bars.iter().all(|bar| bar.label.starts_with(|c: char| c.is_ascii_digit()));
    longest > 16 || (!counted && every(bars) > 1)
}

/// Every how many vertical bars have their names below them.
fn every(bars: &[Bar]) -> usize {
    let letters = bars.iter().map(|b| b.label.chars().count()).max().unwrap_or(1);
    let slot = (WIDTH - LEFT) / bars.len().max(1) as f64;
    ((letters as f64 * 6.5 + 10.0) / slot).ceil().max(1.0) as usize
}

/// Points of one place are parts of one bar, and so are points of one series. There are no bars below zero.
fn gathered(points: &[Point]) -> (Vec<Bar>, Vec<String>) {
    let (mut bars, mut series): (Vec<Bar>, Vec<String>) = (Vec::new(), Vec::new());
    let mut at: HashMap<&str, usize> = HashMap::new();
    for point in points.iter().filter(|p| p.value >= 0.0) {
        let Place { label, .. } = &point.x;
        let bar = *at.entry(label).or_insert_with(|| {
            bars.push(Bar { label: label.clone(), parts: Vec::new() });
            bars.len() - 1
        });
        let colour = series.iter().position(|s| *s == point.series).unwrap_or_else(|| {
            if series.len() == COLOURS {
                series[COLOURS - 1] = "other".to_owned();
                return COLOURS - 1;
            }
            series.push(point.series.clone());
            series.len() - 1
        });
        let parts = &mut bars[bar].parts;
        match parts.iter_mut().find(|(_, s, _)| *s == point.series) {
            Some((_, _, length)) => *length += point.value,
            None => parts.push((colour, point.series.clone(), point.value)),
        }
    }
    bars.iter_mut().for_each(|bar| bar.parts.sort_by_key(|(colour, ..)| *colour));
    (bars, series)
}

/// A round distance between lines, so that there are at most five.
fn step(longest: f64) -> f64 {
    if longest <= 0.0 || !longest.is_finite() {
        return 1.0;
    }
    let ten = 10_f64.powf((longest / 5.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].iter().map(|n| n * ten).find(|s| longest / s <= 5.0).unwrap_or(10.0 * ten)
}

fn ticks(top: f64, step: f64) -> impl Iterator<Item = f64> {
    (0..=(top / step).round().min(20.0) as u32).map(move |i| f64::from(i) * step)
}

fn tip(bar: &Bar, series: &str, length: f64) -> String {
    let series = if series.is_empty() { String::new() } else { format!(", {series}") };
    escaped(&format!("{}{series}: {}", bar.label, number(length)))
}

fn upright(svg: &mut String, bars: &[Bar], top: f64, step: f64) -> usize {
    const BOTTOM: f64 = 250.0;
    const PLOT: f64 = 235.0;
    let y = |n: f64| BOTTOM - n / top * PLOT;
    for n in ticks(top, step) {
        let (at, text) = (y(n), number(n));
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    let slot = (WIDTH - LEFT) / bars.len().max(1) as f64;
    let width = (slot * 0.8).min(60.0);
    // Only as many names as fit.
    let every = every(bars);
    for (i, bar) in bars.iter().enumerate() {
        let middle = LEFT + slot * (i as f64 + 0.5);
        let mut below = 0.0;
        for (colour, series, length) in &bar.parts {
            let (from, to) = (y(below), y(below + length));
            let _ = write!(
                svg,
                "<rect class=\"s{colour}\" x=\"{:.1}\" y=\"{to:.1}\" width=\"{width:.2}\" height=\"{:.1}\"><title>{}</title></rect>",
                middle - width / 2.0,
                from - to,
                tip(bar, series, *length)
            );
            below += length;
        }
        if i.is_multiple_of(every) {
            let _ = write!(
                svg,
                "<text x=\"{middle:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                BOTTOM + 17.0,
                escaped(&bar.label)
            );
        }
    }
    275
}

fn lying(svg: &mut String, bars: &[Bar], top: f64, step: f64) -> usize {
    const SLOT: f64 = 24.0;
    let bottom = bars.len() as f64 * SLOT + 4.0;
    let x = |n: f64| NAMES + n / top * (WIDTH - NAMES - 30.0);
    for n in ticks(top, step) {
        let (at, text) = (x(n), number(n));
        let _ = write!(
            svg,
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"0\" y2=\"{bottom}\"/>\
             <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{text}</text>",
            bottom + 14.0
        );
    }
    for (i, bar) in bars.iter().enumerate() {
        let y = i as f64 * SLOT + 4.0;
        let name: String = bar.label.chars().take(29).collect();
        let name = if name.len() < bar.label.len() { name + "…" } else { name };
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            NAMES - 8.0,
            y + 12.0,
            escaped(&name)
        );
        let mut before = 0.0;
        for (colour, series, length) in &bar.parts {
            let (from, to) = (x(before), x(before + length));
            let _ = write!(
                svg,
                "<rect class=\"s{colour}\" x=\"{from:.1}\" y=\"{y}\" width=\"{:.1}\" height=\"16\"><title>{}</title></rect>",
                to - from,
                tip(bar, series, *length)
            );
            before += length;
        }
    }
    bottom as usize + 22
}

#[cfg(test)]
mod tests {
    use super::{Bar, every, step, wants_room};

    #[test]
    fn lines_are_round_and_few() {
        for (longest, want) in [(0.0, 1.0), (1.0, 0.2), (7.5, 2.0), (24.0, 5.0), (100.0, 20.0), (1e9, 2e8)] {
            assert!((step(longest) - want).abs() < want * 1e-9, "{longest}: {}", step(longest));
        }
    }

    #[test]
    fn names_get_room_and_days_may_be_left_out() {
        let bars = |labels: &[&str], times: usize| -> Vec<Bar> {
            let label = |i: usize| labels[i % labels.len()].to_owned();
            (0..times).map(|i| Bar { label: label(i), parts: Vec::new() }).collect()
        };
        assert!(!wants_room(&bars(&["vim", "git"], 5)));
        assert!(wants_room(&bars(&["vim", "git commit"], 20)));
        assert!(wants_room(&bars(&["reading and reviewing"], 1)));
        let days = bars(&["2026-03-10"], 35);
        assert!(!wants_room(&days) && every(&days) == 4);
    }
}
