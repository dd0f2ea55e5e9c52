//! The columns of a table, or the groups of a pattern, as fields and attributes of an event.
//!
//! Not for records whose names differ; those look up their paths each time.

use crate::tables::columns::Seen;
use crate::tables::guesses::Guesses;
use crate::toolkit::attr_names::{Keys, snake_case};
use crate::toolkit::found::{Extra, Found, Held};
use crate::toolkit::mapping::{Mapping, Wanted};
use crate::toolkit::moments::Hint;
use crate::toolkit::roles::{ROLES, Role};
use std::borrow::Cow;

/// The role of each column.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Use>,
    hints: [Hint; 2],
    duration_ns: Option<i128>,
}

#[derive(Debug, PartialEq, Eq)]
enum Use {
    /// A field, or several; the number orders those that are joined.
    Roles(Vec<(Role, usize)>),
    Attr(String),
}

/// A column that the user named and the input does not have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) role: Role,
    pub(crate) name: String,
}

impl Table {
    /// Finds the columns. A name from the user is one of `names`, ignoring case, or a number from 1. `seen` has the
    /// contents of the first rows, if they were read.
    pub(crate) fn new(mapping: &Mapping, names: &[String], seen: Option<&[Seen]>) -> Result<Self, Missing> {
        let mut best: [Option<(usize, usize)>; ROLES] = [None; ROLES];
        for (column, name) in names.iter().enumerate() {
            if let Some((role, rank)) = mapping.guess(name) {
                let slot = &mut best[role as usize];
                if slot.is_none_or(|(_, known)| rank < known) {
                    *slot = Some((column, rank));
                }
            }
        }
        let guesses = seen.filter(|_| !mapping.is_told()).map(|seen| Guesses { names, seen });
        let mut columns: [Vec<usize>; ROLES] = Default::default();
        let mut duration_ns = None;
        for (role, wanted) in mapping.wanted() {
            let date = || columns[Role::Date as usize].clone();
            let found = match (wanted, guesses) {
                (Wanted::Nothing, _) => Vec::new(),
                (Wanted::Guess, Some(guesses)) if role == Role::Date => guesses.date(),
                (Wanted::Guess, Some(guesses)) if role == Role::End => guesses.end(&date()),
                (Wanted::Guess, Some(guesses)) if role == Role::Duration => {
                    let taken = [date(), columns[Role::End as usize].clone()].concat();
                    let found = guesses.duration(&taken);
                    duration_ns = found.and_then(|(_, unit)| unit);
                    found.map(|(column, _)| column).into_iter().collect()
                }
                (Wanted::Guess, guesses) => {
                    let mut found: Vec<usize> = best[role as usize].iter().map(|(c, _)| *c).collect();
                    // A day and a time of day in separate columns.
                    let day = found.first().and_then(|c| names.get(*c)).is_some_and(|n| is(n, "date"));
                    if let Some(time) = names.iter().position(|n| is(n, "time"))
                        && role == Role::Date
                        && day
                        && !mapping.is_told()
                    {
                        found.push(time);
                    }
                    match guesses {
                        Some(guesses) if role == Role::User && found.is_empty() => guesses.user(),
                        _ => found,
                    }
                }
                (Wanted::Named(parts), _) => parts
                    .iter()
                    .map(|name| column(names, name).ok_or_else(|| Missing { role, name: name.clone() }))
                    .collect::<Result<_, _>>()?,
            };
            columns[role as usize] = found;
        }
        let hint = |role: Role| {
            let of = |c: &usize| {
                let (names, seen) = (names, seen?);
                Some(seen.get(*c)?.hint(Guesses { names, seen }.is_serial(*c)))
            };
            columns[role as usize].iter().find_map(of).unwrap_or_default()
        };
        let hints = [hint(Role::Date), hint(Role::End)];
        let mut roles: Vec<Vec<(Role, usize)>> = vec![Vec::new(); names.len()];
        for role in Role::ALL {
            for (order, column) in columns[role as usize].iter().enumerate() {
                if let Some(uses) = roles.get_mut(*column) {
                    uses.push((role, order));
                }
            }
        }
        let mut keys = Keys::default();
        let columns = roles.into_iter().zip(names).enumerate().map(|(i, (roles, name))| {
            if !roles.is_empty() {
                return Use::Roles(roles);
            }
            let key = match snake_case(name) {
                key if key.is_empty() || key.bytes().all(|b| b.is_ascii_digit()) => {
                    format!("column_{}", i + 1)
                }
                key => key,
            };
            Use::Attr(keys.unique(key))
        });
        Ok(Self { columns: columns.collect(), hints, duration_ns })
    }

    /// Sorts the cells of a record; empty ones say nothing.
    pub(crate) fn found<'a>(&'a self, cells: impl Iterator<Item = &'a [u8]>) -> Found<'a> {
        let mut found = Found::default();
        (found.hints, found.duration_ns) = (self.hints, self.duration_ns);
        let mut later = Vec::new();
        for (column, cell) in self.columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            match column {
                Use::Attr(key) => {
                    let (key, value) = (Cow::Borrowed(key.as_str()), Held::Str(Cow::Borrowed(cell)));
                    found.attrs.push(Extra { key, value });
                }
                Use::Roles(roles) => {
                    for (role, order) in roles {
                        match order {
                            0 => found.add(*role, Cow::Borrowed(cell)),
                            _ => later.push((*order, *role, cell)),
                        }
                    }
                }
            }
        }
        later.sort_by_key(|(order, ..)| *order);
        for (_, role, cell) in later {
            found.add(role, Cow::Borrowed(cell));
        }
        found
    }
}

fn is(name: &str, word: &str) -> bool {
    name.trim().eq_ignore_ascii_case(word)
}

fn column(names: &[String], wanted: &str) -> Option<usize> {
    let found = names.iter().position(|n| n.trim() == wanted);
    let found = found.or_else(|| names.iter().position(|n| n.trim().to_lowercase() == wanted.to_lowercase()));
    found.or_else(|| wanted.parse::<usize>().ok()?.checked_sub(1).filter(|i| *i < names.len()))
}
