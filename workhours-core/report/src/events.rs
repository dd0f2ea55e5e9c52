//! The events themselves, in order of time: every column, nothing added up.

use super::{Report, ReportEntry, ReportInfo, ReportParams};
use std::sync::Arc;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, ColumnType, Row, Rows, Table};
use workhours_event::{EVENT_COLUMNS, event_cells};
use workhours_query::people::People;
use workhours_store::{EventReader, Store};

struct Events;

static INFO: ReportInfo = ReportInfo {
    name: "events",
    summary: "The events themselves, in order of time, undated ones last",
    columns: &EVENT_COLUMNS,
    options: &[],
};

impl Report for Events {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let reader = store.events().reader(params.filter.clone());
        let people = params.persons.then(|| params.lookup.people.clone());
        let mut table = INFO.table(Box::new(EventRows { reader, people: people.clone() }));
        table.columns.extend(people.map(|_| PERSON));
        Ok(table)
    }
}

/// The person of an event. It follows from the config, so it is determined only where it is asked for.
const PERSON: Column =
    Column::detail("person", ColumnType::Text, "whose it is, by [me] and [people] of the config");

struct EventRows<'s> {
    reader: EventReader<'s>,
    /// Everyone, if the person is asked for.
    people: Option<Arc<People>>,
}

impl Rows for EventRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        let Some(event) = self.reader.next_event()? else { return Ok(None) };
        let path = self.reader.path_of(event.file_id)?;
        let person = self.people.as_ref().map(|people| Cell::Text(people.person(&event)));
        let mut cells = event_cells(event, path);
        cells.extend(person);
        Ok(Some(Row::Data(cells)))
    }
}

inventory::submit! { ReportEntry(&Events) }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Shape, shape};
    use crate::summed::tests::{Base, made};
    use proptest::strategy::{Strategy, ValueTree};
    use workhours_query::people::Person;

    #[test]
    fn events_are_grouped_by_person() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let some = proptest::collection::vec(made(), 40).new_tree(&mut runner).unwrap().current();
        let mut base = Base::new();
        base.load(&some);
        let named = |name: &str, user: &str| Person {
            name: name.into(),
            users: vec![user.into()],
            ..Person::default()
        };
        let people = People { me: named("me", "alice"), others: vec![named("Robert", "bob")], told: true };
        let mut params = ReportParams { persons: true, ..ReportParams::default() };
        params.lookup.people = Arc::new(people.clone());
        let by = Shape { group_by: vec!["person".into()], ..Shape::default() };
        let mut counts = Vec::new();
        let mut table = shape(Events.run(&mut base.store, &params).unwrap(), &by).unwrap();
        while let Some(Row::Data(cells)) = table.rows.next_row().unwrap() {
            let (Cell::Text(name), Cell::Int(n)) = (&cells[0], &cells[1]) else { panic!("{cells:?}") };
            counts.push((name.to_string(), *n));
        }
        drop(table);
        counts.sort_unstable();
        let mut want: Vec<(String, i64)> = Vec::new();
        let mut reader = base.store.events().reader(params.filter.clone());
        while let Some(event) = reader.next_event().unwrap() {
            let name = people.person(&event).to_string();
            match want.iter_mut().find(|(known, _)| *known == name) {
                Some((_, n)) => *n += 1,
                None => want.push((name, 1)),
            }
        }
        want.sort_unstable();
        assert!(want.len() == 2 && want.iter().any(|(name, _)| name == "Robert"), "{want:?}");
        assert_eq!(counts, want);
    }
}
