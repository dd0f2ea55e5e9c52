//! Fields that are the darker the higher their value: two places across and down, or the days of years.

use super::chart::{Drawn, Place, Point, number};
use super::markup::escaped;
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Years that are drawn, the latest.
const YEARS: usize = 10;

/// How dark, from 0 to 5.
fn level(value: f64, highest: f64) -> u8 {
    if value <= 0.0 || highest <= 0.0 { 0 } else { ((value / highest * 5.0).ceil() as u8).clamp(1, 5) }
}

/// Places in the order of their numbers, if all have one, else as they came.
fn axis(places: impl Iterator<Item = Place>) -> Vec<Place> {
    let mut axis: Vec<Place> = Vec::new();
    for place in places {
        if !axis.contains(&place) {
            axis.push(place);
        }
    }
    if axis.iter().all(|p| p.order.is_some()) {
        axis.sort_by_key(|p| p.order);
    }
    axis
}

pub(super) fn heat(svg: &mut String, points: &[Point]) -> Drawn {
    let across = axis(points.iter().map(|p| p.x.clone()));
    let down = axis(points.iter().map(|p| p.y.clone()));
    let mut values: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for point in points {
        let x = across.iter().position(|p| *p == point.x);
        let y = down.iter().position(|p| *p == point.y);
        if let (Some(x), Some(y)) = (x, y) {
            *values.entry((y, x)).or_default() += point.value;
        }
    }
    let letters = |axis: &[Place]| axis.iter().map(|p| p.label.chars().count()).max().unwrap_or(1);
    let left = (letters(&down).min(24) as f64 * 6.5 + 14.0).max(30.0);
    let (slot, row) = (((800.0 - left) / across.len() as f64).min(60.0), 24.0);
    let highest = values.values().copied().fold(0.0, f64::max);
    for (y, place) in down.iter().enumerate() {
        let label: String = place.label.chars().take(24).collect();
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            y as f64 * row + 15.0,
            escaped(&label)
        );
        for (x, other) in across.iter().enumerate() {
            let value = values.get(&(y, x)).copied().unwrap_or_default();
            let tip = escaped(&format!("{}, {}: {}", other.label, place.label, number(value)));
            field(
                svg,
                (left + x as f64 * slot, y as f64 * row),
                (slot - 2.0, row - 2.0),
                level(value, highest),
                &tip,
            );
        }
    }
    let every = ((letters(&across) as f64 * 6.5 + 8.0) / slot).ceil().max(1.0) as usize;
    for (x, place) in across.iter().enumerate().step_by(every) {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            left + (x as f64 + 0.5) * slot,
            down.len() as f64 * row + 14.0,
            escaped(&place.label)
        );
    }
    Drawn { height: down.len() * row as usize + 22, series: Vec::new() }
}

fn field(svg: &mut String, at: (f64, f64), size: (f64, f64), level: u8, tip: &str) {
    let _ = write!(
        svg,
        "<rect class=\"l{level}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"2\"><title>{tip}</title></rect>",
        at.0,
        at.1,
        size.0.max(0.5),
        size.1
    );
}

pub(super) fn calendar(svg: &mut String, points: &[Point]) -> Drawn {
    let mut days: BTreeMap<NaiveDate, f64> = BTreeMap::new();
    for point in points {
        let day = point.x.label.get(..10).and_then(|day| day.parse::<NaiveDate>().ok());
        if let Some(day) = day {
            *days.entry(day).or_default() += point.value;
        }
    }
    let highest = days.values().copied().fold(0.0, f64::max);
    let mut years: Vec<i32> = days.keys().map(|day| day.year()).collect();
    years.dedup();
    const SLOT: f64 = 14.0;
    const BLOCK: f64 = 7.0 * SLOT + 30.0;
    let skipped = years.len().saturating_sub(YEARS);
    for (i, year) in years[skipped..].iter().enumerate() {
        let top = i as f64 * BLOCK + 16.0;
        let _ = write!(svg, "<text x=\"0\" y=\"{:.1}\">{year}</text>", top - 5.0);
        let Some(first) = NaiveDate::from_ymd_opt(*year, 1, 1) else { continue };
        let shift = first.weekday().num_days_from_monday();
        for (y, name) in [(0, "Mon"), (2, "Wed"), (4, "Fri")] {
            let _ = write!(svg, "<text x=\"0\" y=\"{:.1}\">{name}</text>", top + f64::from(y) * SLOT + 10.0);
        }
        for day in first.iter_days().take_while(|day| day.year() == *year) {
            let week = f64::from((day.ordinal0() + shift) / 7);
            let at = (36.0 + week * SLOT, top + f64::from(day.weekday().num_days_from_monday()) * SLOT);
            if day.day() == 1 {
                let _ = write!(
                    svg,
                    "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                    at.0 + SLOT / 2.0,
                    top - 5.0,
                    day.format("%b")
                );
            }
            let value = days.get(&day).copied().unwrap_or_default();
            field(
                svg,
                at,
                (SLOT - 2.0, SLOT - 2.0),
                level(value, highest),
                &format!("{day}: {}", number(value)),
            );
        }
    }
    Drawn { height: (years.len() - skipped) * BLOCK as usize + 4, series: Vec::new() }
}
