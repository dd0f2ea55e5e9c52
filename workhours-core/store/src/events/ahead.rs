//! Pages fetched ahead, by a thread with its own connection, once there are many: the database then works while the
//! caller processes the page before.
//!
//! The caller looks up what events refer to, so that the work is divided between both threads.
//!
//! For SQLite in a file. A database in memory has only one connection, and a server works in parallel anyway.

use super::super::{SqlitePath, Store};
use super::EventFilter;
use super::page::{PAGE, Page, Range, Wanted, page};
use std::sync::mpsc::{Receiver, sync_channel};
use workhours_base::database::DatabaseUri;
use workhours_base::error::Result;
use workhours_event::EventId;

/// Pages that wait to be taken, at most.
const WAITING: usize = 2;

/// Dated pages on their way. The thread ends after the last page, or when the receiver is dropped.
pub(super) struct Ahead(Receiver<Result<Page>>);

impl Ahead {
    /// Fetches the pages of dated events from one id to another; `None` if that wouldn't help.
    pub(super) fn start(
        store: &Store,
        filter: &EventFilter,
        wanted: Wanted,
        (mut after, until): (EventId, EventId),
    ) -> Option<Self> {
        let DatabaseUri::Sqlite(SqlitePath::File(_)) = store.uri() else { return None };
        let (send, receive) = sync_channel(WAITING);
        let (uri, access, filter) = (store.uri().clone(), store.access, filter.clone());
        let fetch = move || {
            // The receiver sees that nothing comes, and reads the pages itself.
            let Ok(mut store) = Store::open_as(&uri, access) else { return };
            loop {
                let range = Range::Dated(after, until);
                let page = store.read("read events", |conn| page(conn, &filter, wanted, (&range, PAGE)));
                let full = page.as_ref().ok().filter(|page| page.is_full());
                let next = full.and_then(|page| page.events.last()).map(|event| event.id);
                if send.send(page).is_err() {
                    return;
                }
                match next {
                    Some(next) => after = next,
                    None => return,
                }
            }
        };
        std::thread::Builder::new().name("read-ahead".into()).spawn(fetch).ok()?;
        Some(Self(receive))
    }

    /// The next page; `None` if the thread has ended.
    pub(super) fn page(&self) -> Option<Result<Page>> {
        self.0.recv().ok()
    }
}
