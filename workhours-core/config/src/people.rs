//! Persons of a config file: `[me]`, and others, `[people.NAME]`. Keys may be in the singular: `email`.

use super::tree::{Entries, List, Setting, Word};
use ::toml::Value;
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_query::people::{People, Person};

/// The keys of a person. INI may repeat them; then all their values count.
pub(super) type Keys = Entries<List<Word>>;

const KEYS: [&str; 4] = ["emails", "hosts", "names", "users"];

/// Adds the persons of a file to those known, and the keys as written.
pub(super) fn read(
    me: Keys,
    others: Entries<Keys>,
    people: &mut People,
    written: &mut Vec<(String, Vec<String>)>,
) -> Result<()> {
    for (key, given) in me.in_order() {
        people.told = true;
        learn(&mut people.me, "me", &key, given, written)?;
        let me = &mut people.me;
        if me.name.is_empty() {
            me.name = me.names.first().cloned().unwrap_or_default();
        }
    }
    for (name, keys) in others.in_order() {
        let table = format!("people.{}", Value::String(name.clone()));
        for (key, given) in keys.value.in_order() {
            let found = people.others.iter().position(|person| person.name == name);
            let at = found.unwrap_or_else(|| {
                people.others.push(Person { name: name.clone(), ..Person::default() });
                people.others.len() - 1
            });
            learn(&mut people.others[at], &table, &key, given, written)?;
        }
    }
    Ok(())
}

/// Takes a key of a person.
fn learn(
    person: &mut Person,
    table: &str,
    key: &str,
    given: Setting<List<Word>>,
    written: &mut Vec<(String, Vec<String>)>,
) -> Result<()> {
    let lower = key.to_ascii_lowercase();
    let known = match lower.as_str() {
        "names" | "name" => &mut person.names,
        "emails" | "email" => &mut person.emails,
        "users" | "user" => &mut person.users,
        "hosts" | "host" => &mut person.hosts,
        _ => {
            let error = Error::usage(format!("{}: unknown key {key:?} in [{table}]", given.origin));
            return Err(error.hint(match names::nearest(&lower, KEYS) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("the keys are {}", KEYS.join(", ")),
            }));
        }
    };
    let given: Vec<String> = given.value.0.into_iter().map(|Word(text)| text).collect();
    let texts = given.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty());
    known.extend(texts.map(str::to_owned));
    written.push((format!("{table}.{}", Value::String(key.to_owned())), given));
    Ok(())
}
