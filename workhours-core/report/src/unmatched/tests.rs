//! Which values are reported as missing, and which aren't.

use super::*;
use std::sync::Arc;
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::input::InputSpec;
use workhours_base::zones::Zones;
use workhours_event::chunk::{Chunk, Tag};
use workhours_event::{EventId, NewEvent};
use workhours_query::{FIELDS, Projects, parse};
use workhours_store::{Batch, LoadMode, NewFile, TaskId};

/// Two events of one input: on a machine with a tag and a folder, and from elsewhere.
fn store() -> Store {
    let mut store = Store::open(&DatabaseUri::Sqlite(SqlitePath::Memory)).unwrap();
    let file = NewFile { source_type: "one".into(), head_hash: vec![1], ..NewFile::default() };
    let file = store.files().create(&file).unwrap().id;
    let spec = InputSpec {
        source_type: "one".into(),
        path: "one".into(),
        label: "laptop's".into(),
        ..InputSpec::default()
    };
    let input = store.inputs().ensure("one", "human", &spec, "UTC").unwrap();
    let mut chunk = Chunk::default();
    let event =
        |n: i64| NewEvent { id: EventId::first_at(n), date: Some(n), kind: "x", ..NewEvent::default() };
    let meta = r#"{"cwd":"/home/ada/src/tides"}"#;
    let here = NewEvent {
        host: Some("laptop"),
        user: Some("ada"),
        meta: Some(meta),
        title: Some("neap"),
        ..event(1)
    };
    chunk.push_event(&here, [Tag { name: "client work", by_rule: false }].into_iter());
    chunk.push_event(&NewEvent { peer: Some("office"), ..event(2) }, std::iter::empty());
    let batch = Batch { chunk, ..Batch::default() };
    store.load(("one", input, TaskId::new(1), file), &batch, LoadMode::Ignore).unwrap();
    store
}

fn asked(store: &mut Store, query: &str, budget: &Budget) -> Vec<(String, Option<String>)> {
    let query = parse(query, 0, &Zones::plain(chrono_tz::Tz::UTC)).unwrap();
    let rule = parse("host:desk", 0, &Zones::plain(chrono_tz::Tz::UTC)).unwrap();
    let projects = Projects { rules: vec![("locks".into(), rule)], ..Projects::default() };
    let lookup = Lookup { projects: Arc::new(projects), ..Lookup::default() };
    let found = unmatched(store, &query, &lookup, None, budget).unwrap();
    found.into_iter().map(|one| (format!("{}:{}", one.field.name(), one.value), one.meant())).collect()
}

#[test]
fn values_that_no_event_has() {
    let mut store = store();
    for (query, value, meant) in [
        ("host:labtop", "host:labtop", Some("host:laptop")),
        ("-host:labtop tag:x", "host:labtop", Some("host:laptop")),
        ("peer:offcie OR user:ada", "peer:offcie", Some("peer:office")),
        ("host:office", "host:office", Some("peer:office")),
        ("user:adda", "user:adda", Some("user:ada")),
        ("source:ones", "source:ones", Some("source:one")),
        ("kind:y", "kind:y", None),
        ("tag:\"cleint work\"", "tag:cleint work", Some("tag:\"client work\"")),
        ("label:laptops", "label:laptops", Some("label:\"laptop's\"")),
        ("input:2", "input:2", None),
        ("project:tidse", "project:tidse", Some("project:tides")),
        ("project:locks", "project:locks", None),
        ("person:adam", "person:adam", Some("person:ada")),
        ("host:labt*", "host:labt", Some("host:laptop")),
    ] {
        let found = asked(&mut store, query, &Budget::unlimited());
        let want = (value.to_owned(), meant.map(str::to_owned));
        assert_eq!(found.first(), Some(&want), "{query}: {found:?}");
    }
    let twice = asked(&mut store, "host:labtop OR (host:labtop kind:x)", &Budget::unlimited());
    assert_eq!(twice.len(), 1, "{twice:?}");
}

#[test]
fn values_that_are_there_and_what_is_no_name() {
    let mut store = store();
    for query in [
        "",
        "host:laptop peer:office source:one kind:x label:\"laptop's\" input:1 user:ada",
        "tag:\"client work\" project:tides person:ada",
        "host:lap* -tag:client*",
        "(host:office OR peer:office)",
        "(host:x OR title:x)",
        "project:\"(none)\"",
        "title:spring text:x url:y duration>5 date:2026 host:[a TO b] id:7 nothing",
    ] {
        let found = asked(&mut store, query, &Budget::unlimited());
        assert_eq!(found, [], "{query}");
    }
}

#[test]
fn what_cannot_be_told_in_time_is_not_said() {
    let mut store = store();
    let spent = Budget::of(std::time::Duration::ZERO);
    assert_eq!(asked(&mut store, "project:tidse", &spent), []);
    let mut empty = Store::open(&DatabaseUri::Sqlite(SqlitePath::Memory)).unwrap();
    assert_eq!(asked(&mut empty, "host:laptop", &Budget::unlimited()), []);
}

#[test]
fn notes_say_what_to_write() {
    let value = |field: Field, near: Option<&str>| Unmatched {
        meant: near.map(|near| (field.clone(), near.to_owned())),
        field,
        value: "x".into(),
    };
    let note = value(Field::Tag, Some("client work")).note();
    assert_eq!(note.text, "no event has the tag \"x\"");
    assert_eq!(note.hint.as_deref(), Some("did you mean tag:\"client work\"? workhours -r tags lists all"));
    let note = value(Field::Project, None).note();
    assert_eq!(note.hint.as_deref(), Some("workhours -r projects lists all"));
    for field in FIELDS {
        let field = Field::named(field.name).unwrap();
        assert!(crate::by_name(listed_by(&field)).is_ok(), "{field:?}");
    }
}

#[test]
fn hosts_that_are_peers_only() {
    let mut store = store();
    for (query, write) in [
        ("host:office", Some("write (host:office OR peer:office)")),
        ("tag:x -host:off* user:ada", Some("write tag:x -(host:off* OR peer:off*) user:ada")),
        ("host:laptop", None),
        (
            "host:laptop OR host:office",
            Some("write (host:laptop OR peer:laptop) OR (host:office OR peer:office)"),
        ),
        ("(host:office OR peer:office)", None),
        ("host:nowhere", None),
        ("peer:office title:host", None),
        ("host:\"never closed", None),
    ] {
        let kept = KeptQuery { whose: "conf:3: the project x".into(), query: query.into() };
        let notes = only_peers(&mut store, &[kept]).unwrap();
        assert_eq!(notes.first().and_then(|note| note.hint.as_deref()), write, "{query}");
        if let Some(note) = notes.first() {
            assert!(note.text.starts_with("conf:3: the project x asks for host:off"), "{note:?}");
        }
    }
}
