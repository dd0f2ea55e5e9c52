//! A migration in SQL alone would do this in one endless transaction: events of some source types had the other end in
//! `host`, and get it in `peer`. It works in ranges of the key, so an interrupted program continues where it stopped.
//! The last range also updates stored queries, so that they find what they found before.

mod stored;

use super::schema::meta;
use super::{Conn, Store};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};
use workhours_base::error::Result;
use workhours_event::EventId;

/// The row of `meta` with the remaining work: source types, and in a second line the key reached.
const KEY: &str = "move_host_to_peer";
/// Events read in a transaction.
const AT_ONCE: i64 = 20_000;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
}

impl Store {
    /// Whether anything is left of the move.
    ///
    /// # Errors
    /// Database errors.
    pub(super) fn has_hosts_to_move(&mut self) -> Result<bool> {
        Ok(self.read("look for events to be moved", left)?.is_some())
    }

    /// Does the rest of the move, if there is any.
    ///
    /// # Errors
    /// Database errors.
    pub(super) fn move_host_to_peer(&mut self) -> Result<()> {
        while let Some(state) = self.read("look for events to be moved", left)? {
            self.write("bring the events up to date", |conn| some(conn, &state))?;
        }
        Ok(())
    }
}

/// The remaining work.
fn left(conn: &mut Conn) -> QueryResult<Option<String>> {
    meta::table.find(KEY).select(meta::value).first(conn).optional()
}

/// Moves those of one range. The state is that before, so doing it twice does no harm.
fn some(conn: &mut Conn, state: &str) -> QueryResult<()> {
    let (types, reached) = state.split_once('\n').unwrap_or((state, ""));
    let from = EventId::from_hex(reached).unwrap_or(EventId([0; 16])).0.to_vec();
    let last: Vec<Id> = diesel::sql_query(with_places(
        conn,
        "SELECT id FROM events WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?",
    ))
    .bind::<Binary, _>(&from)
    .bind::<diesel::sql_types::BigInt, _>(AT_ONCE)
    .load(conn)?;
    let until = last.into_iter().next().map_or(vec![0xff; 16], |last| last.id);
    for source_type in types.split(' ') {
        // Hosts from an input's setting always meant the machine.
        let text = "UPDATE events SET peer = host, \
             host = (SELECT i.host FROM inputs i WHERE i.id = events.input_id) \
             WHERE id > ? AND id <= ? AND source_type = ? AND peer IS NULL AND host IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM inputs j WHERE j.id = events.input_id AND j.host = events.host)";
        diesel::sql_query(with_places(conn, text))
            .bind::<Binary, _>(&from)
            .bind::<Binary, _>(&until)
            .bind::<Text, _>(source_type)
            .execute(conn)?;
    }
    let row = meta::table.find(KEY);
    if until == [0xff; 16] {
        stored::ask_for_either_end(conn)?;
        return diesel::delete(row).execute(conn).map(drop);
    }
    let reached = <[u8; 16]>::try_from(until).map(|id| EventId(id).to_hex()).unwrap_or_default();
    diesel::update(row).set(meta::value.eq(format!("{types}\n{reached}"))).execute(conn).map(drop)
}

/// The text of a statement with its values' places as the backend writes them.
fn with_places(conn: &Conn, text: &str) -> String {
    match conn {
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => {
            let mut parts = text.split('?');
            let first = parts.next().unwrap_or_default().to_owned();
            parts.enumerate().fold(first, |text, (n, part)| format!("{text}${}{part}", n + 1))
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Batch, EventFilter, LoadMode, NewFile, TaskId, Wanted};
    use super::*;
    use workhours_base::database::{DatabaseUri, SqlitePath};
    use workhours_base::input::InputSpec;
    use workhours_event::NewEvent;
    use workhours_event::chunk::Chunk;

    #[test]
    fn the_other_end_moves_and_the_machine_stays() {
        let mut store = Store::open(&DatabaseUri::Sqlite(SqlitePath::Memory)).unwrap();
        let file = NewFile { source_type: "log.http".into(), head_hash: vec![1], ..NewFile::default() };
        let file = store.files().create(&file).unwrap().id;
        for source in ["log.http", "bash.history"] {
            let spec = InputSpec {
                source_type: source.into(),
                path: source.into(),
                host: Some("web1".into()),
                ..InputSpec::default()
            };
            let input = store.inputs().ensure(source, "human", &spec, "UTC").unwrap();
            let mut chunk = Chunk::default();
            for (n, host) in [Some("192.0.2.1"), Some("web1"), None].into_iter().enumerate() {
                let mut id = EventId::first_at(n as i64);
                id.0[15] = source.len() as u8;
                let event = NewEvent { id, date: Some(n as i64), kind: "x", host, ..NewEvent::default() };
                chunk.push_event(&event, std::iter::empty());
            }
            let batch = Batch { chunk, ..Batch::default() };
            store.load((source, input, TaskId::new(1), file), &batch, LoadMode::Ignore).unwrap();
        }
        store
            .write("ask for the move", |conn| {
                let row = (meta::key.eq(KEY), meta::value.eq("log.http log.wtmp"));
                diesel::insert_into(meta::table).values(row).execute(conn)
            })
            .unwrap();
        store.move_host_to_peer().unwrap();
        store.move_host_to_peer().unwrap();
        let mut reader = store.events().reader_of(EventFilter::default(), Wanted::ALL);
        let mut found = Vec::new();
        while let Some(e) = reader.next_event().unwrap() {
            found.push((e.source_type.to_string(), e.host.map(String::from), e.peer.map(String::from)));
        }
        let row = |source: &str, host: Option<&str>, peer: Option<&str>| {
            (source.to_owned(), host.map(str::to_owned), peer.map(str::to_owned))
        };
        found.sort();
        assert_eq!(
            found,
            [
                row("bash.history", None, None),
                row("bash.history", Some("192.0.2.1"), None),
                row("bash.history", Some("web1"), None),
                row("log.http", None, None),
                row("log.http", Some("web1"), None),
                row("log.http", Some("web1"), Some("192.0.2.1")),
            ]
        );
    }
}
