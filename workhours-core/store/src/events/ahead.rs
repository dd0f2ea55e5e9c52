//! Pages fetched ahead, by a thread with a connection of its own, once it is clear that there are many: the database
//! then works while whoever asked looks at the page before.
//!
//! What events refer to is looked up by whoever asked, so that neither has all the work.
//!
//! For SQLite in a file. One in memory has one connection only, and a server works beside us anyway.

use super::super::{SqlitePath, Store};
use super::EventFilter;
use super::page::{PAGE, Page, Range, Wanted, page};
use std::sync::mpsc::{Receiver, sync_channel};
use workhours_base::database::DatabaseUri;
use workhours_base::error::Result;
use workhours_event::EventId;

/// Pages that wait to be taken, at most.
const WAITING: usize = 2;

/// Dated pages on their way. The thread ends with them, or when nobody takes them any more.
pub(super) struct Ahead(Receiver<Result<Page>>);

impl Ahead {
    /// Fetches the pages of dated events from one id to another; `None` where that is of no use.
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
            // Who waits finds out that nothing comes, and reads for himself.
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

    /// The next page; `None` when there is no thread any more.
    pub(super) fn page(&self) -> Option<Result<Page>> {
        self.0.recv().ok()
    }
}
