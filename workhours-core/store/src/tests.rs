//! Tests of the store, one batch at a time: tables as in Diesel's schema, numbers without holes, nothing lost, a cursor
//! that never moves back, and an unfinished last record that is replaced when it is finished.

use super::schema::{batches, changes, cursors, events, rejects, segments};
use super::*;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Text};
use workhours_base::database::SqlitePath;
use workhours_event::chunk::{Chunk, NewReject};
use workhours_event::{EventId, NewEvent};
use workhours_plugin_api::{Position, Resume};

const INPUT: InputId = InputId::new(1);

fn store() -> Store {
    Store::open(&DatabaseUri::Sqlite(SqlitePath::Memory)).unwrap()
}

fn file(store: &mut Store, head: u8) -> FileRow {
    let new = NewFile { source_type: "t".into(), head_len: 1, head_hash: vec![head], ..NewFile::default() };
    store.files().create(&new).unwrap()
}

fn id(n: u8) -> EventId {
    EventId([n; 16])
}

/// Events with these ids and this title, one after the other.
fn chunk(ids: &[u8], title: &str) -> Chunk {
    chunk_at(0, ids, title)
}

/// The same, the first of them at this place of the file.
fn chunk_at(offset: i64, ids: &[u8], title: &str) -> Chunk {
    let mut chunk = Chunk::default();
    for (offset, n) in (offset..).zip(ids) {
        let event = NewEvent { id: id(*n), kind: "k", title: Some(title), offset, ..NewEvent::default() };
        chunk.push_event(&event, std::iter::empty());
    }
    chunk
}

fn cursor(offset: u64) -> Option<Cursor> {
    let at = Resume { position: Position { offset, lines: 0 }, state: Vec::new() };
    Some(Cursor { at, ..Cursor::default() })
}

/// A batch of complete events that ends at an offset.
fn batch(ids: &[u8], offset: u64) -> Batch {
    Batch { chunk: chunk(ids, "whole"), cursor: cursor(offset), ..Batch::default() }
}

/// The same, followed by an unfinished last record.
fn batch_with_last(ids: &[u8], offset: u64, last: u8, length: u64) -> Batch {
    let last = Last { chunk: chunk(&[last], "unfinished"), event: Some((id(last), length)) };
    Batch { last: Some(last), ..batch(ids, offset) }
}

fn load(store: &mut Store, file: &FileRow, batch: &Batch) -> Committed {
    store.load(("t", INPUT, TaskId::new(1), file.id), batch, LoadMode::Ignore).unwrap()
}

fn stored(store: &mut Store) -> Vec<u8> {
    let ids: Vec<Vec<u8>> =
        events::table.select(events::id).order(events::id).load(&mut *store.conn).unwrap();
    ids.into_iter().map(|id| id[0]).collect()
}

/// The events with the places in the order of commits that their batches have.
fn brought(store: &mut Store) -> Vec<(u8, i64)> {
    let rows: Vec<(Vec<u8>, i64)> = events::table
        .inner_join(batches::table.on(batches::id.eq(events::batch_id)))
        .select((events::id, batches::seq))
        .order(events::id)
        .load(&mut *store.conn)
        .unwrap();
    rows.into_iter().map(|(id, seq)| (id[0], seq)).collect()
}

fn offset(store: &mut Store, file: &FileRow) -> i64 {
    cursors::table.find(file.id.get()).select(cursors::offset).first(&mut *store.conn).unwrap()
}

/// The changes of events that existed.
fn changed(store: &mut Store) -> Vec<(i64, u8, String)> {
    let rows: Vec<(i64, Vec<u8>, String)> =
        changes::table.order((changes::seq, changes::event_id)).load(&mut *store.conn).unwrap();
    rows.into_iter().filter(|(_, _, kind)| kind != "new").map(|(seq, id, kind)| (seq, id[0], kind)).collect()
}

#[derive(QueryableByName, Debug, PartialEq)]
struct ColumnInfo {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

#[test]
fn the_tables_are_those_diesel_knows() {
    let mut store = store();
    let text = include_str!("schema.rs");
    let mut tables = 0;
    for table in text.split("table! {").skip(1) {
        let (name, rest) = table.trim().split_once(' ').unwrap();
        let columns = &rest[rest.find('{').unwrap() + 1..rest.find('}').unwrap()];
        let declared = |column: &str| {
            let (name, kind) = column.split_once("->").unwrap();
            let kind = kind.trim();
            let inner = kind.strip_prefix("Nullable<").map_or(kind, |k| k.trim_end_matches('>'));
            let sql = match inner {
                "Text" => "TEXT",
                "BigInt" => "BIGINT",
                "SmallInt" => "SMALLINT",
                "Integer" => "INTEGER",
                "Binary" => "BLOB",
                "Bool" => "BOOLEAN",
                other => panic!("{other} in {table}"),
            };
            ColumnInfo { name: name.trim().into(), kind: sql.into(), nullable: inner != kind }
        };
        let columns: Vec<_> = columns.split(',').filter(|c| c.contains("->")).map(declared).collect();
        let query = format!(
            "SELECT name, type AS kind, \"notnull\" = 0 AS nullable FROM pragma_table_info('{name}')"
        );
        let migrated: Vec<ColumnInfo> = diesel::sql_query(query).load(&mut *store.conn).unwrap();
        assert_eq!(migrated, columns, "{name}");
        tables += 1;
    }
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let all = "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'";
    let all: Count = diesel::sql_query(all).get_result(&mut *store.conn).unwrap();
    assert_eq!(tables, all.n, "tables that Diesel does not know");
}

#[test]
fn numbers_are_dense_and_in_order_of_commit() {
    let mut store = store();
    let (a, b) = (file(&mut store, 1), file(&mut store, 2));
    assert_eq!(load(&mut store, &a, &batch(&[1, 2], 10)).seq, Some(Seq::new(1)));
    assert_eq!(load(&mut store, &a, &batch(&[1, 2], 10)).seq, None, "nothing new, no number");
    assert_eq!(load(&mut store, &b, &batch(&[2, 3], 10)).seq, Some(Seq::new(2)));
    store
        .conn
        .batch_execute("CREATE TRIGGER no BEFORE INSERT ON cursors BEGIN SELECT RAISE(ABORT, 'no'); END")
        .unwrap();
    let c = file(&mut store, 3);
    assert!(store.load(("t", INPUT, TaskId::new(1), c.id), &batch(&[7], 10), LoadMode::Ignore).is_err());
    store.conn.batch_execute("DROP TRIGGER no").unwrap();
    assert_eq!(stored(&mut store), [1, 2, 3], "nothing of a batch that failed");
    assert_eq!(load(&mut store, &c, &batch(&[7], 10)).seq, Some(Seq::new(3)), "it took no number either");
    assert_eq!(store.as_of().unwrap(), Seq::new(3));
    let rows: Vec<(i64, i64)> =
        batches::table.select((batches::seq, batches::n)).load(&mut *store.conn).unwrap();
    assert_eq!(rows, [(1, 2), (2, 1), (3, 1)]);
}

/// As when the connection broke during the commit.
#[test]
fn copies_are_put_in_the_place_of_others_once_or_twice() {
    let mut store = store();
    let copy =
        |start, length| Segment { file_id: FileId::new(1), start, length, object: "o".into(), created_us: 1 };
    let (old, new) = ([copy(0, 3), copy(3, 4)], [copy(0, 7)]);
    store.segments().replace(&[], &old).unwrap();
    for _ in 0..2 {
        store.segments().replace(&old, &new).unwrap();
        assert_eq!(store.segments().all().unwrap(), new);
    }
}

#[test]
fn the_least_a_row_can_hold_is_stored() {
    // The bulk statement's OR IGNORE drops a row that breaks NOT NULL and calls it a duplicate …
    let mut store = store();
    let n = diesel::sql_query("INSERT OR IGNORE INTO agents (id, agent) VALUES (1, NULL)")
        .execute(&mut *store.conn);
    assert_eq!(n, Ok(0));
    // … so no row may ever do so: not even one of nothing but defaults.
    let file = file(&mut store, 1);
    let mut chunk = Chunk::default();
    for n in 0..130 {
        chunk.push_event(&NewEvent { id: id(n), ..NewEvent::default() }, std::iter::empty());
    }
    let done = load(&mut store, &file, &Batch { chunk, ..Batch::default() });
    assert_eq!((done.inserted, done.duplicates), (130, 0));
}

#[test]
fn an_older_reader_does_not_move_the_cursor_back() {
    let mut store = store();
    let file = file(&mut store, 1);
    load(&mut store, &file, &batch(&[1, 2, 3], 300));
    let late = load(&mut store, &file, &batch_with_last(&[1], 100, 9, 5));
    assert_eq!((late.inserted, late.duplicates, late.withdrawn), (0, 1, 1));
    assert_eq!(offset(&mut store, &file), 300);
    assert_eq!(stored(&mut store), [1, 2, 3], "what was unfinished then is known whole by now");
    load(&mut store, &file, &Batch::default());
    assert_eq!(offset(&mut store, &file), 300, "nor does a batch without cursor");
}

#[test]
fn a_finished_record_takes_the_place_of_its_beginning() {
    let mut store = store();
    let file = file(&mut store, 1);
    assert_eq!(load(&mut store, &file, &batch_with_last(&[1], 100, 20, 5)).inserted, 2);
    // Read again and still the same: no news.
    let again = load(&mut store, &file, &batch_with_last(&[], 100, 20, 5));
    assert_eq!((again.inserted, again.withdrawn, again.seq), (0, 1, None));
    // It grew, and is still unfinished.
    let grown = load(&mut store, &file, &batch_with_last(&[], 100, 21, 8));
    assert_eq!((grown.inserted, grown.updated), (0, 1));
    assert_eq!(stored(&mut store), [1, 21]);
    // An older reader comes late with the shorter one.
    assert_eq!(load(&mut store, &file, &batch_with_last(&[], 100, 20, 5)).withdrawn, 1);
    assert_eq!(stored(&mut store), [1, 21]);
    // It is finished, and another follows.
    let finished = load(&mut store, &file, &batch(&[22, 23], 200));
    assert_eq!((finished.inserted, finished.updated), (1, 1));
    assert_eq!(stored(&mut store), [1, 22, 23]);
    let written = [(2, 20, "delete"), (2, 21, "update"), (3, 21, "delete"), (3, 22, "update")];
    assert_eq!(changed(&mut store), written.map(|(seq, n, kind)| (seq, n, kind.to_owned())));
}

#[test]
fn what_takes_the_place_of_an_event_is_of_its_batch() {
    let mut store = store();
    let file = file(&mut store, 1);
    let last = |offset, n, length| {
        Some(Last { chunk: chunk_at(offset, &[n], "unfinished"), event: Some((id(n), length)) })
    };
    let first = Batch { chunk: chunk(&[1], "whole"), last: last(100, 9, 5), ..batch(&[], 100) };
    load(&mut store, &file, &first);
    load(&mut store, &file, &Batch { last: last(100, 8, 7), ..batch(&[], 100) });
    assert_eq!(brought(&mut store), [(1, 1), (8, 1)]);
    // The record is complete, two follow, and the second of them is unfinished again.
    let next = Batch { chunk: chunk_at(100, &[7, 6], "whole"), last: last(150, 5, 3), ..batch(&[], 150) };
    load(&mut store, &file, &next);
    assert_eq!(brought(&mut store), [(1, 1), (5, 3), (6, 3), (7, 1)]);
    // Not one that another file has.
    load(&mut store, &file, &Batch { chunk: chunk_at(150, &[1], "whole"), ..batch(&[], 200) });
    assert_eq!(brought(&mut store), [(1, 1), (6, 3), (7, 1)]);
}

#[test]
fn a_refused_beginning_gives_way_too() {
    let mut store = store();
    let file = file(&mut store, 1);
    let mut refused = Chunk::default();
    refused.push_reject(&NewReject { offset: 100, length: 3, provisional: true, ..NewReject::default() });
    let last = || Some(Last { chunk: refused.clone(), event: None });
    for _ in 0..2 {
        load(&mut store, &file, &Batch { last: last(), ..batch(&[1], 100) });
        assert_eq!(rejects::table.count().get_result(&mut *store.conn), Ok(1));
    }
    load(&mut store, &file, &batch(&[2], 200));
    assert_eq!(rejects::table.count().get_result(&mut *store.conn), Ok(0));
    assert_eq!(stored(&mut store), [1, 2]);
}

#[test]
fn a_beginning_that_is_another_files_event_stays() {
    let mut store = store();
    let (a, b) = (file(&mut store, 1), file(&mut store, 2));
    load(&mut store, &a, &batch(&[5], 100));
    assert_eq!(load(&mut store, &b, &batch_with_last(&[], 0, 5, 8)).duplicates, 1);
    load(&mut store, &b, &batch(&[6], 50));
    assert_eq!(stored(&mut store), [5, 6]);
}

#[test]
fn a_late_shorter_copy_does_not_replace_a_longer_one() {
    let mut store = store();
    let file = file(&mut store, 1);
    let segment = |length, object: &str| {
        Some(Segment { file_id: file.id, start: 0, length, object: object.into(), created_us: 0 })
    };
    load(&mut store, &file, &Batch { segment: segment(200, "long"), ..batch(&[1, 2], 200) });
    load(&mut store, &file, &Batch { segment: segment(100, "short"), ..batch(&[1], 100) });
    let objects: Vec<String> = segments::table.select(segments::object).load(&mut *store.conn).unwrap();
    assert_eq!(objects, ["long"]);
}

#[test]
fn updates_and_deletes_are_written_down() {
    let mut store = store();
    let file = file(&mut store, 1);
    load(&mut store, &file, &batch(&[1, 2, 3], 10));
    let edited = Batch { chunk: chunk(&[1, 2], "edited"), ..Batch::default() };
    let done = store.load(("t", INPUT, TaskId::new(2), file.id), &edited, LoadMode::Upsert).unwrap();
    assert_eq!((done.inserted, done.duplicates, done.updated), (0, 0, 2));
    let same = store.load(("t", INPUT, TaskId::new(2), file.id), &edited, LoadMode::Upsert).unwrap();
    assert_eq!((same.duplicates, same.updated, same.seq), (2, 0, None));
    assert_eq!(changed(&mut store), [(2, 1, "update".into()), (2, 2, "update".into())]);
    assert_eq!(brought(&mut store), [(1, 1), (2, 1), (3, 1)], "they are what they were");

    store.inputs().empty(INPUT).unwrap();
    assert!(stored(&mut store).is_empty());
    let deleted: Vec<_> =
        changed(&mut store).into_iter().filter(|c| c.2 == "delete").map(|c| (c.0, c.1)).collect();
    assert_eq!(deleted, [(3, 1), (3, 2), (3, 3)]);
    assert_eq!(store.as_of().unwrap(), Seq::new(3));
}

#[test]
fn an_undone_task_puts_the_cursor_back() {
    let mut store = store();
    let file = file(&mut store, 1);
    let task = |store: &mut Store, before: Option<Cursor>, batch: &Batch| {
        let id = store.tasks().begin("t", INPUT, Some((file.id, &before.unwrap_or_default())), "p").unwrap();
        let done = store.load(("t", INPUT, id, file.id), batch, LoadMode::Ignore).unwrap();
        let totals = Totals { inserted: done.inserted, ..Totals::default() };
        store.tasks().finish(id, TaskState::Done, &totals, 0, None).unwrap();
        id
    };
    let first = task(&mut store, None, &batch(&[1, 2], 100));
    let second = task(&mut store, cursor(100), &batch(&[3], 200));
    assert!(store.tasks().undo(first).is_err(), "not the last one");
    assert_eq!(store.tasks().undo(second).unwrap().events, 1);
    assert_eq!((stored(&mut store), offset(&mut store, &file)), (vec![1, 2], 100));
    assert!(store.tasks().undo(second).is_err(), "undone already");
    assert_eq!(store.tasks().undo(first).unwrap().events, 2);
    assert!(stored(&mut store).is_empty());
}
