//! The values that events have in the fields of a query. Stored values are known from columns or sums. Projects and persons
//! follow from rules, so events are read for them, the newest first and only until the values are found.

use super::other_end;
use crate::engine::columnar;
use std::collections::BTreeSet;
use std::path::Path;
use workhours_base::budget::Budget;
use workhours_base::error::Result;
use workhours_query::{Field, Lookup, Want, name_is};
use workhours_store::{EventFilter, EventWalk, RollupField, Store};

/// Events read at once.
const PAGE: i64 = 4096;

/// Fields with their values.
pub(super) struct Known(Vec<(Field, Vec<String>)>);

impl Known {
    /// Those of the fields of these terms.
    pub(super) fn new(
        store: &mut Store,
        terms: &[(&Field, &Want, &str)],
        lookup: &Lookup,
        columns: Option<&Path>,
        budget: &Budget,
    ) -> Result<Self> {
        let mut known = Self(Vec::new());
        let mut by_rules = Vec::new();
        for (field, want, _) in terms {
            if matches!(field, Field::Project | Field::Person) {
                by_rules.push((*field, *want));
                continue;
            }
            for field in std::iter::once((*field).clone()).chain(other_end(field)) {
                if known.of(&field).is_none() {
                    let values = stored(store, &field, columns)?;
                    known.0.push((field, values));
                }
            }
        }
        if !by_rules.is_empty() {
            known.0.extend(ruled(store, &by_rules, lookup, budget)?);
        }
        Ok(known)
    }

    /// The values of a field, if they are known.
    pub(super) fn of(&self, field: &Field) -> Option<&[String]> {
        self.0.iter().find(|(known, _)| known == field).map(|(_, values)| &values[..])
    }

    /// Whether events are known to have such a value.
    pub(super) fn has(&self, field: &Field, want: &Want) -> bool {
        self.of(field).is_some_and(|values| values.iter().any(|value| name_is(value, want)))
    }
}

/// The values of a field that is stored with events, or with their inputs.
///
/// # Errors
/// Database errors.
pub(crate) fn stored(store: &mut Store, field: &Field, columns: Option<&Path>) -> Result<Vec<String>> {
    // Bringing sums up to date takes long after a large load.
    if let Some(folder) = columns
        && let Some(columns) = columnar::current(folder, store)?
        && let Ok(Some(values)) = columnar::values(&columns, field)
    {
        return Ok(values);
    }
    let summed = match field {
        Field::Kind => RollupField::Kind,
        Field::Host => RollupField::Host,
        Field::Peer => RollupField::Peer,
        Field::User => RollupField::User,
        Field::Domain => RollupField::Domain,
        Field::Tag => RollupField::Tag,
        _ => {
            let inputs = store.inputs().all()?.into_iter();
            let values: BTreeSet<String> = match field {
                Field::Source => inputs.map(|input| input.source_type).collect(),
                Field::Label => inputs.map(|input| input.label).filter(|label| !label.is_empty()).collect(),
                _ => inputs.map(|input| input.id.to_string()).collect(),
            };
            return Ok(values.into_iter().collect());
        }
    };
    store.events().values(summed)
}

/// Projects and persons. Nothing if the budget runs out before all events were read and all values found.
fn ruled(
    store: &mut Store,
    wanted: &[(&Field, &Want)],
    lookup: &Lookup,
    budget: &Budget,
) -> Result<Vec<(Field, Vec<String>)>> {
    let mut fields: Vec<(Field, BTreeSet<String>)> = Vec::new();
    for (field, _) in wanted {
        if fields.iter().all(|(known, _)| known != *field) {
            fields.push(((*field).clone(), BTreeSet::new()));
        }
    }
    // A correction names projects too.
    let labels: Vec<String> = store.corrections().all()?.into_iter().filter_map(|one| one.label).collect();
    for (_, values) in fields.iter_mut().filter(|(field, _)| *field == Field::Project) {
        values.extend(labels.iter().cloned());
    }
    let is_met = |fields: &[(Field, BTreeSet<String>)]| {
        wanted.iter().all(|(wanted, want)| {
            let of = fields.iter().filter(|(field, _)| field == *wanted);
            of.flat_map(|(_, values)| values).any(|value| name_is(value, want))
        })
    };
    for dated in [true, false] {
        let filter = EventFilter { lookup: lookup.clone(), ..EventFilter::default() };
        let mut walk = EventWalk::filtered(filter, dated, true);
        while !walk.is_done() && !is_met(&fields) {
            if budget.is_spent() {
                return Ok(Vec::new());
            }
            for event in walk.next_page(store, PAGE)? {
                for (field, values) in &mut fields {
                    match field {
                        Field::Person => _ = values.insert(lookup.context().person(&event).into()),
                        _ => values.extend(event.project.iter().map(ToString::to_string)),
                    }
                }
            }
        }
    }
    Ok(fields.into_iter().map(|(field, values)| (field, values.into_iter().collect())).collect())
}
