//! Rounded hours and money of pieces of time.
//!
//! Money must not depend on the view. So if there are rates, time is rounded and priced in *cells*, one for each
//! person, day and project, however a report is divided or filtered. A cell's amount is spread over its time, in order
//! of time, to the µs and the cent. Each piece has its own share, whichever others it is shown with, and shares add up
//! to the cell.

use super::params::ReportParams;
use super::sessions::{Part, Sessions, hours, round, share};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use workhours_base::Text;
use workhours_base::vocabulary::{Dimension, RoundPer, Rounding};
use workhours_query::people::Who;

/// A part of a session, rounded and priced.
pub(super) struct Piece {
    pub(super) part: Part,
    pub(super) who: Who,
    /// The number of its session.
    pub(super) session: u64,
    /// Whether it is needed.
    pub(super) counts: bool,
    /// Its length, rounded, µs.
    pub(super) rounded: i64,
    /// Its cost, if it has a price.
    pub(super) cents: Option<i64>,
}

type Cell = (Who, NaiveDate, Option<Text>);

/// All pieces of the sessions, those that are not asked for too where these have a share in the money.
pub(super) fn priced(sessions: &mut Sessions, params: &ReportParams) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut n = 0;
    let window = sessions.window;
    while let Some(session) = sessions.next_session() {
        n += 1;
        let who = session.who;
        pieces.extend(session.parts.into_iter().map(|part| Piece {
            counts: window.counts(&part),
            rounded: part.length(),
            part,
            who: who.clone(),
            session: n,
            cents: None,
        }));
    }
    match (params.rounding, params.terms.has_rates()) {
        (None, false) => {}
        // Rows share what their day, or all, is rounded to.
        (Some(rounding), false) => {
            let by_key = params.by.is_some_and(|by| !matches!(by, Dimension::User | Dimension::Person));
            let cell = |p: &Piece| (p.who.clone(), p.part.day, p.part.label.key.clone().filter(|_| by_key));
            in_cells(&mut pieces, Some(rounding), &cell);
        }
        (rounding, true) => {
            let cell = |p: &Piece| (p.who.clone(), p.part.day, p.part.label.project.clone());
            let cells = in_cells(&mut pieces, rounding, &cell);
            for ((_, day, project), cell) in cells {
                let Some(rate) = params.terms.rate_of(project.as_deref(), day) else { continue };
                let cents = (hours(cell.rounded) * rate * 100.0).round() as i64;
                let mut until = 0;
                for i in cell.pieces {
                    let from = until;
                    until += pieces[i].part.length();
                    pieces[i].cents = Some(upto(cents, until, cell.exact) - upto(cents, from, cell.exact));
                }
            }
        }
    }
    pieces
}

/// The unit that is rounded and priced as a whole.
#[derive(Default)]
struct Sum {
    exact: i64,
    rounded: i64,
    pieces: Vec<usize>,
}

/// Rounds pieces by cell.
fn in_cells(
    pieces: &mut [Piece],
    rounding: Option<Rounding>,
    cell_of: &dyn Fn(&Piece) -> Cell,
) -> BTreeMap<Cell, Sum> {
    let mut cells: BTreeMap<Cell, Sum> = BTreeMap::new();
    for (i, piece) in pieces.iter().enumerate() {
        let cell = cells.entry(cell_of(piece)).or_default();
        cell.exact += piece.part.length();
        cell.pieces.push(i);
    }
    match rounding.map(|rounding| (rounding, rounding.per)) {
        None => cells.values_mut().for_each(|cell| cell.rounded = cell.exact),
        Some((rounding, RoundPer::Row)) => {
            cells.values_mut().for_each(|cell| cell.rounded = round(cell.exact, rounding));
        }
        Some((rounding, RoundPer::Day)) => {
            let mut days: BTreeMap<(Who, NaiveDate), Vec<&mut Sum>> = BTreeMap::new();
            for ((who, day, _), cell) in &mut cells {
                days.entry((who.clone(), *day)).or_default().push(cell);
            }
            days.into_values().for_each(|day| spread(day, rounding));
        }
        Some((rounding, RoundPer::Total)) => spread(cells.values_mut().collect(), rounding),
        Some((rounding, RoundPer::Session)) => {
            // By cell, because pieces depend on the view.
            let mut sessions: BTreeMap<u64, BTreeMap<Cell, i64>> = BTreeMap::new();
            for piece in pieces.iter() {
                let session = sessions.entry(piece.session).or_default();
                *session.entry(cell_of(piece)).or_default() += piece.part.length();
            }
            for session in sessions.values() {
                let lengths: Vec<i64> = session.values().copied().collect();
                for (cell, rounded) in session.keys().zip(share(&lengths, rounding)) {
                    if let Some(cell) = cells.get_mut(cell) {
                        cell.rounded += rounded;
                    }
                }
            }
        }
    }
    for cell in cells.values() {
        let mut until = 0;
        for i in &cell.pieces {
            let from = until;
            until += pieces[*i].part.length();
            pieces[*i].rounded = upto(cell.rounded, until, cell.exact) - upto(cell.rounded, from, cell.exact);
        }
    }
    cells
}

fn spread(cells: Vec<&mut Sum>, rounding: Rounding) {
    let lengths: Vec<i64> = cells.iter().map(|cell| cell.exact).collect();
    for (cell, rounded) in cells.into_iter().zip(share(&lengths, rounding)) {
        cell.rounded = rounded;
    }
}

/// How much of an amount the first `part` of `whole` has.
fn upto(amount: i64, part: i64, whole: i64) -> i64 {
    match whole {
        0 => 0,
        whole => {
            ((i128::from(amount) * i128::from(part) * 2 + i128::from(whole)) / (i128::from(whole) * 2)) as i64
        }
    }
}
