//! The tables are the same everywhere: names, columns in order, what their types mean, which may be empty, keys. So one
//! page describes them, a query written for one database runs on the others, and they can be copied.

use super::{Room, on_each_server};
use crate::kit::server::Kind;
use crate::kit::{Home, repository};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::fs;

on_each_server! { tables_columns_and_keys texts_are_compared_by_their_bytes versions }

/// The result of a query for a text `t` in a new SQLite database.
fn in_sqlite(sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        t: String,
    }
    let home = Home::new();
    home.ok(&["db", "migrate"]);
    let name = home.path("data/workhours/events.db");
    let mut conn = SqliteConnection::establish(name.to_str().unwrap()).unwrap();
    let rows: Vec<Row> = diesel::sql_query(sql).load(&mut conn).unwrap();
    rows.into_iter().map(|row| row.t).collect()
}

/// The same in a new database on a server.
fn on_server(kind: Kind, sql: &str) -> Option<Vec<String>> {
    let Room { server, database, home } = Room::on(kind)?;
    home.ok(&["db", "migrate"]);
    Some(server.texts(&database, sql))
}

/// Table, position, column, type, whether it may be null, position in the key.
const COLUMNS_IN_SQLITE: &str = "SELECT t.name || ' ' || c.cid || ' ' || c.name || ' ' || lower(c.type) || ' ' || \
    (c.\"notnull\" = 0) || ' ' || c.pk AS t FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'";

const COLUMNS_ON_POSTGRES: &str = "SELECT concat_ws(' ', c.table_name, c.ordinal_position - 1, c.column_name, \
    c.data_type, (c.is_nullable = 'YES')::int, coalesce(array_position(i.indkey::int[], \
    c.ordinal_position::int) + 1, 0)) AS t \
    FROM information_schema.columns c JOIN pg_index i ON i.indrelid = c.table_name::regclass AND i.indisprimary \
    WHERE c.table_schema = 'public'";

const COLUMNS_ON_MARIADB: &str = "SELECT concat_ws(' ', c.table_name, c.ordinal_position - 1, c.column_name, \
    c.column_type, c.is_nullable = 'YES', coalesce(k.seq_in_index, 0)) AS t FROM information_schema.columns c \
    LEFT JOIN information_schema.statistics k ON k.table_schema = c.table_schema AND k.table_name = c.table_name \
    AND k.column_name = c.column_name AND k.index_name = 'PRIMARY' WHERE c.table_schema = database()";

/// The contents of a type.
fn meaning(declared: &str) -> &str {
    match declared.split('(').next().unwrap() {
        "text" | "longtext" | "varchar" => "text",
        "blob" | "bytea" | "longblob" | "varbinary" | "binary" => "bytes",
        "boolean" | "tinyint" => "yes or no",
        "smallint" => "16 bits",
        "integer" | "int" => "32 bits",
        "bigint" => "64 bits",
        other => panic!("{other} is no type of ours"),
    }
}

/// The columns of all tables but Diesel's own.
fn columns(rows: Vec<String>) -> Vec<String> {
    let mut columns: Vec<String> = rows
        .iter()
        .filter(|row| !row.starts_with("__"))
        .map(|row| {
            let mut words: Vec<&str> = row.split(' ').collect();
            words[3] = meaning(words[3]);
            words.join(" ")
        })
        .collect();
    columns.sort();
    columns
}

fn tables_columns_and_keys(kind: Kind) {
    let sql = if kind == Kind::Postgres { COLUMNS_ON_POSTGRES } else { COLUMNS_ON_MARIADB };
    let Some(there) = on_server(kind, sql) else { return };
    let (there, want) = (columns(there), columns(in_sqlite(COLUMNS_IN_SQLITE)));
    assert!(want.len() > 100 && want.contains(&"event_tags 1 tag_id 64 bits 0 2".to_owned()), "{want:#?}");
    assert_eq!(there, want);
}

fn texts_are_compared_by_their_bytes(kind: Kind) {
    let sql = "SELECT concat_ws(' ', table_name, column_name, collation_name) AS t FROM information_schema.columns \
        WHERE table_name IN ('meta', 'counters', 'queues', 'inputs', 'files', 'sightings', 'tasks', 'batches', \
        'events', 'changes', 'places', 'agents', 'tags', 'rejects', 'segments', 'saved_searches') \
        AND data_type IN ('text', 'longtext', 'varchar') AND table_schema = ";
    let (schema, collation) = match kind {
        Kind::Postgres => ("'public'", " C"),
        Kind::Mariadb => ("database()", " utf8mb4_nopad_bin"),
    };
    let Some(there) = on_server(kind, &format!("{sql}{schema}")) else { return };
    assert!(there.len() > 40, "{there:?}");
    let others: Vec<_> = there.iter().filter(|column| !column.ends_with(collation)).collect();
    assert!(others.is_empty(), "{others:?}");
}

fn versions(kind: Kind) {
    let applied = "SELECT version AS t FROM __diesel_schema_migrations ORDER BY version";
    let Some(there) = on_server(kind, applied) else { return };
    assert_eq!(there, in_sqlite(applied));
    let folder = if kind == Kind::Postgres { "postgres" } else { "mysql" };
    let [there, want] = [folder, "sqlite"].map(|folder| {
        let entries = fs::read_dir(repository("workhours-core/store/migrations").join(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    });
    assert_eq!(there, want);
}
