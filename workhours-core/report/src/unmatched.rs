//! Values that a query asks for and no event has, most likely mistyped, with the nearest ones that there are.
//!
//! Doesn't check whether the whole query finds anything: each value is checked by itself. Texts, times and numbers
//! aren't checked.

mod hosts;
mod known;
#[cfg(test)]
mod tests;

pub use hosts::{KeptQuery, only_peers};

pub(crate) use known::stored;

use known::Known;
use std::path::Path;
use workhours_base::budget::Budget;
use workhours_base::error::Result;
use workhours_base::names;
use workhours_base::table::Note;
use workhours_query::{Expr, Field, Lookup, NO_VALUE, Want, written};
use workhours_store::Store;

/// A value that no event has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The field it was asked for in.
    pub field: Field,
    /// As it was asked for.
    pub value: String,
    /// A suggestion: the most similar value, or the same one if events have it as the other end.
    pub meant: Option<(Field, String)>,
}

impl Unmatched {
    /// The message.
    pub fn note(&self) -> Note {
        let name = self.field.name();
        let all = format!("workhours -r {} lists all", listed_by(&self.field));
        let hint = self.meant().map_or_else(|| all.clone(), |meant| format!("did you mean {meant}? {all}"));
        Note::new(format!("no event has the {name} {:?}", self.value)).hint(hint)
    }

    /// The suggestion, as written in a query.
    pub fn meant(&self) -> Option<String> {
        self.meant.as_ref().map(|(field, value)| format!("{}:{}", field.name(), written(value)))
    }
}

/// The values of a query that no event has, without those that can't be checked within the budget. `columns` is the folder of
/// the databases' columns.
///
/// # Errors
/// Database errors.
pub fn unmatched(
    store: &mut Store,
    query: &Expr,
    lookup: &Lookup,
    columns: Option<&Path>,
    budget: &Budget,
) -> Result<Vec<Unmatched>> {
    let mut terms = Vec::new();
    query.each_term(&mut |field, want| {
        if let Some((field, value)) = named(field, want) {
            terms.push((field, want, value));
        }
    });
    if terms.is_empty() || store.inputs().all()?.is_empty() {
        return Ok(Vec::new());
    }
    let known = Known::new(store, &terms, lookup, columns, budget)?;
    let mut found: Vec<Unmatched> = Vec::new();
    for one in missing(query, &known) {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Ok(found)
}

/// The field and the value of a term that asks for a name.
fn named<'e>(field: Option<&'e Field>, want: &'e Want) -> Option<(&'e Field, &'e str)> {
    let (Want::Word(value) | Want::Phrase(value) | Want::Prefix(value)) = want else { return None };
    let is_one = match field? {
        Field::Project => value != NO_VALUE,
        Field::Source | Field::Kind | Field::Host | Field::Peer | Field::User | Field::Person => true,
        Field::Domain | Field::Tag | Field::Input | Field::Label => true,
        _ => false,
    };
    is_one.then_some((field?, value))
}

fn missing(query: &Expr, known: &Known) -> Vec<Unmatched> {
    match query {
        Expr::Not(part) => missing(part, known),
        Expr::And(parts) => parts.iter().flat_map(|part| missing(part, known)).collect(),
        Expr::Or(parts) => {
            let mut found: Vec<Unmatched> = parts.iter().flat_map(|part| missing(part, known)).collect();
            // A query with (host:x OR peer:x) expects either.
            let elsewhere = |value: &str| {
                parts.iter().any(|part| match part {
                    Expr::Term {
                        want: Want::Word(text) | Want::Phrase(text) | Want::Prefix(text), ..
                    } => text == value && missing(part, known).is_empty(),
                    _ => false,
                })
            };
            found.retain(|one| !elsewhere(&one.value));
            found
        }
        Expr::Term { field, want, .. } => {
            let Some((field, value)) = named(field.as_ref(), want) else { return Vec::new() };
            let Some(values) = known.of(field).filter(|_| !known.has(field, want)) else { return Vec::new() };
            let nearest = || names::nearest(value, values.iter().map(String::as_str));
            let meant = match other_end(field).filter(|other| known.has(other, want)) {
                Some(other) => Some((other, value.to_owned())),
                None => nearest().map(|near| (field.clone(), near.to_owned())),
            };
            vec![Unmatched { field: field.clone(), value: value.to_owned(), meant }]
        }
    }
}

/// The other of the two fields that name machines.
fn other_end(field: &Field) -> Option<Field> {
    match field {
        Field::Host => Some(Field::Peer),
        Field::Peer => Some(Field::Host),
        _ => None,
    }
}

/// The report that has all values of a field.
fn listed_by(field: &Field) -> &'static str {
    match field {
        Field::Host => "hosts",
        Field::Peer => "peers",
        Field::User | Field::Person => "users",
        Field::Kind => "kinds",
        Field::Domain => "domains",
        Field::Tag => "tags",
        Field::Project => "projects",
        _ => "sources",
    }
}
