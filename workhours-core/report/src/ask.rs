//! Running a report: first resolves what its settings mean in this database, so that every report agrees on persons and
//! on who I am, and notes values of a query that no event has.

use super::Report;
use super::params::ReportParams;
use super::sessions::EVERYBODY;
use super::settings::ACTIVITY;
use crate::unmatched::{Unmatched, stored, unmatched};
use std::path::Path;
use std::sync::Arc;
use workhours_base::budget::Budget;
use workhours_base::error::Result;
use workhours_base::names::nearest;
use workhours_base::table::{Note, Table};
use workhours_base::vocabulary::Dimension;
use workhours_query::Field;
use workhours_query::people::{People, Who, git, is_part_of};
use workhours_store::Store;

/// Runs a report.
///
/// # Errors
/// Database errors.
pub fn run<'s>(report: &dyn Report, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
    let mut params = params.clone();
    let mut notes = Vec::new();
    let counts_time = report.info().takes(&ACTIVITY);
    let asks_who = params.persons
        || params.by == Some(Dimension::Person)
        || params.filter.query.as_ref().is_some_and(|query| query.asks_for_rules());
    if counts_time || asks_who || !params.users.is_empty() {
        know_repositories(&mut params, store)?;
    }
    // To know all users, sums must be up to date: not needed for reports without a person.
    if !params.users.is_empty() || counts_time && !params.lookup.people.all_is_mine() {
        let users = stored(store, &Field::User, params.columns.as_deref())?;
        if counts_time && params.users.is_empty() {
            notes.extend(who_am_i(&mut params, &users));
        }
        notes.extend(whom(&mut params, &users));
    }
    if let Some(query) = &params.keep {
        let missing =
            unmatched(store, query, &params.lookup, params.columns.as_deref(), &Budget::unlimited())?;
        notes.extend(missing.iter().map(Unmatched::note));
    }
    Ok(report.run(store, &params)?.noted(notes))
}

/// My identities in my repositories: git uses each repository's own name before the global one.
fn know_repositories(params: &mut ReportParams, store: &mut Store) -> Result<()> {
    let mut people = People::clone(&params.lookup.people);
    for path in store.files().paths()?.values() {
        if let Some(person) = git::of_repository(Path::new(path)) {
            people.me.learn(&person);
        }
    }
    if people != *params.lookup.people {
        if people.me.name.is_empty() {
            people.me.name = people.me.names.first().cloned().unwrap_or_default();
        }
        params.lookup.people = Arc::new(people);
        params.filter.lookup = params.lookup.clone();
        params.chosen.lookup = params.lookup.clone();
    }
    Ok(())
}

/// If I am none of those that traces name, everything counts as mine.
fn who_am_i(params: &mut ReportParams, users: &[String]) -> Option<Note> {
    let people = &params.lookup.people;
    if people.me.is_unknown() || users.is_empty() || users.iter().any(|user| people.me.is(user)) {
        return None;
    }
    let told = people.told;
    let example = users.first().cloned().unwrap_or_default();
    params.lookup.people = Arc::new(People { me: Default::default(), others: Vec::new(), told });
    // A single user is most likely me.
    (told || users.len() > 1).then(|| {
        Note::new("no trace names you, so everyone's count as yours").hint(format!(
            "[me] in the config says who you are: names, emails, users; traces name {example:?}"
        ))
    })
}

/// Whether a user belongs to the config's person of this name.
fn is_named(people: &People, asked: &str, user: &str) -> bool {
    let who = people.whose(Some(user), None);
    !matches!(who, Who::Stranger(_)) && !people.all_is_mine() && people.means(asked, &who)
}

/// The users that `-u` means, as events name them.
fn whom(params: &mut ReportParams, users: &[String]) -> Option<Note> {
    if params.users.is_empty() {
        return None;
    }
    if params.users.iter().any(|asked| asked == EVERYBODY) {
        params.filter.users.clear();
        return None;
    }
    let people = &params.lookup.people;
    // A user that is spelled just so is meant, and none that differs by case.
    let exact = |asked: &String| users.contains(asked);
    let is_meant = |user: &String, asked: &String| match exact(asked) {
        true => user == asked || is_named(people, asked, user),
        false => is_part_of(asked, user) || people.means(asked, &people.whose(Some(user), None)),
    };
    let meant: Vec<String> =
        users.iter().filter(|user| params.users.iter().any(|asked| is_meant(user, asked))).cloned().collect();
    let known = |asked: &String| users.iter().any(|user| is_meant(user, asked));
    let unknown = params.users.iter().find(|asked| !known(asked) && *asked != "me").cloned();
    if !meant.is_empty() {
        params.filter.users = meant;
    }
    let asked = unknown?;
    let others = people.others.iter().map(|person| person.name.as_str());
    let near = nearest(&asked, users.iter().map(String::as_str).chain(others));
    let note = Note::new(format!("no trace names {asked:?}"));
    Some(match near {
        Some(near) => note.hint(format!("did you mean {near:?}? workhours -r users lists all")),
        None => note.hint("workhours -r users lists all"),
    })
}
