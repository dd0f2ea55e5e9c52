//! The part of the rows that a chart keeps, and the frame around it.
//!
//! The neighbouring modules draw bars and fields.

use super::markup::escaped;
use super::{bars, fields};
use crate::{Style, people};
use chrono_tz::Tz;
use std::fmt::Write;
use workhours_base::error::{Error, Result};
use workhours_base::table::{Cell, Chart, Column, ColumnType, Row, Table};

/// Points that are drawn. More would be no drawing any more, and memory is constant.
pub(super) const MAX_POINTS: usize = 2_000;

/// A point: two places, a number, and its series.
pub(super) struct Point {
    pub(super) x: Place,
    pub(super) y: Place,
    pub(super) value: f64,
    pub(super) series: String,
}

/// A position on an axis: its text, and its order if it has one.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Place {
    pub(super) label: String,
    pub(super) order: Option<i64>,
}

/// The points so far.
pub(super) struct Drawing {
    chart: Chart,
    name: String,
    columns: Vec<(usize, Column)>,
    zone: Tz,
    points: Vec<Point>,
    more: u64,
}

impl Drawing {
    /// # Errors
    /// A chart of missing columns.
    pub(super) fn new(table: &Table<'_>, style: &Style) -> Result<Self> {
        let found = |name: &str| {
            let at = table.columns.iter().position(|c| c.name == name);
            at.map(|i| (i, table.columns[i])).ok_or_else(|| {
                Error::failed(format!("{}: a drawing of the column {name}, which does not exist", table.name))
                    .hint("this is a bug in the report, not in your data; please report it")
            })
        };
        let columns = table.chart.columns().into_iter().map(found).collect::<Result<_>>()?;
        let name = table.name.clone();
        Ok(Self { chart: table.chart, name, columns, zone: style.zone, points: Vec::new(), more: 0 })
    }

    /// Stores what to draw of a row.
    pub(super) fn keep(&mut self, row: &Row) {
        let Row::Data(cells) = row else { return };
        let place = |i: usize| self.columns.get(i).and_then(|(at, _)| self.place(&cells[*at]));
        let number = |i: usize| self.columns.get(i).and_then(|(at, _)| cells[*at].number());
        let point = match self.chart {
            Chart::None => return,
            Chart::Bars { series, .. } => match (place(0), number(1)) {
                (Some(x), Some(value)) => {
                    let label =
                        |part: Option<Place>| part.map(|part| part.label).filter(|label| !label.is_empty());
                    // The part without a project, host or tag is a part too, and a legend must name it.
                    let part = match series {
                        Some(_) => label(place(2)).unwrap_or_else(|| "(none)".to_owned()),
                        None => String::new(),
                    };
                    Point { x, y: Place::default(), value, series: part }
                }
                _ => return,
            },
            Chart::Heat { .. } => match (place(0), place(1), number(2)) {
                (Some(x), Some(y), Some(value)) => Point { x, y, value, series: String::new() },
                _ => return,
            },
            Chart::Calendar { .. } => match (place(0), number(1)) {
                (Some(x), Some(value)) => Point { x, y: Place::default(), value, series: String::new() },
                _ => return,
            },
        };
        if self.points.len() == MAX_POINTS {
            self.more += 1;
        } else {
            self.points.push(point);
        }
    }

    fn place(&self, cell: &Cell) -> Option<Place> {
        let order = match cell {
            Cell::Null => return None,
            Cell::Int(n) => Some(*n),
            _ => None,
        };
        let mut label = people::show(cell, "", self.zone, Some(60));
        // A day is a day, without its midnight.
        if let (Cell::Time(_), Some(day)) = (cell, label.strip_suffix(" 00:00:00")) {
            label = day.to_owned();
        }
        Some(Place { label, order })
    }

    /// The drawing in its frame, with ids that begin like this; nothing where there is nothing to draw.
    pub(super) fn draw(&self, id: &str) -> String {
        if self.points.is_empty() {
            return String::new();
        }
        let mut svg = String::new();
        let legend = match self.chart {
            Chart::None => return String::new(),
            Chart::Bars { .. } => bars::draw(&mut svg, &self.points),
            Chart::Heat { .. } => fields::heat(&mut svg, &self.points),
            Chart::Calendar { .. } => fields::calendar(&mut svg, &self.points),
        };
        let (title, description) = (self.title(), self.description());
        let mut out = String::new();
        let _ = write!(
            out,
            "<figure tabindex=\"0\" aria-labelledby=\"{3}-title\">\n<h2>{0}</h2>\n<svg class=\"chart\" viewBox=\"0 0 800 {1}\" role=\"img\" aria-labelledby=\"{3}-title {3}-desc\">\
             <title id=\"{3}-title\">{0}</title><desc id=\"{3}-desc\">{2}</desc>{svg}</svg>\n<figcaption>",
            escaped(&title),
            legend.height,
            escaped(&description),
            escaped(id)
        );
        if legend.series.len() > 1 {
            out.push_str("<ul class=\"legend\">");
            for (i, name) in legend.series.iter().enumerate() {
                let _ = write!(
                    out,
                    "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"s{i}\" width=\"10\" \
                     height=\"10\" rx=\"2\"/></svg>{}</li>",
                    escaped(name)
                );
            }
            out.push_str("</ul>");
        }
        if self.more > 0 {
            let all = self.more + MAX_POINTS as u64;
            let _ = write!(out, "<p class=\"note\">Drawn are the first {MAX_POINTS} of {all} points.</p>");
        }
        out.push_str("</figcaption>\n</figure>\n");
        out
    }

    fn title(&self) -> String {
        let named = |i: usize| {
            let column = &self.columns[i].1;
            let zone =
                if column.kind == ColumnType::Time { format!(" ({})", self.zone) } else { String::new() };
            let unit = column.unit.filter(|unit| !people::tells(column.name, unit));
            format!("{}{zone}{}", column.name, unit.map(|unit| format!(" ({unit})")).unwrap_or_default())
        };
        match self.chart {
            Chart::None => String::new(),
            Chart::Bars { series: Some(_), .. } => format!("{} by {} and {}", named(1), named(0), named(2)),
            Chart::Bars { .. } | Chart::Calendar { .. } => format!("{} by {}", named(1), named(0)),
            Chart::Heat { .. } => format!("{} by {} and {}", named(2), named(0), named(1)),
        }
    }

    fn description(&self) -> String {
        let value = |point: &Point| point.value;
        let highest = self.points.iter().max_by(|a, b| value(a).total_cmp(&value(b)));
        let highest = highest.map(|p| {
            let label = [&p.x.label, &p.y.label, &p.series].map(String::as_str);
            let label: Vec<_> = label.into_iter().filter(|l| !l.is_empty()).collect();
            format!("The highest, {}, is {}.", number(p.value), label.join(", "))
        });
        let points = match self.points.len() {
            1 => "1 point".to_owned(),
            n => format!("{n} points"),
        };
        format!(
            "{}: {points} of the table that stands on this page. {}",
            self.name,
            highest.unwrap_or_default()
        )
    }
}

/// What the frame needs to know about a chart.
pub(super) struct Drawn {
    pub(super) height: usize,
    /// The series by colour; none is fine.
    pub(super) series: Vec<String>,
}

/// A number as a drawing shows it: whole where it is, else to the hundredth.
pub(super) fn number(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 1e15 { format!("{n:.0}") } else { format!("{n:.2}") }
}
