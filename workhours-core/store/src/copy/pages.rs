//! One table on its way: a separate thread reads, one page ahead of the writer.

use super::{CopiedTable, CopyProgress, cannot_read};
use crate::canon::Summing;
use crate::{Conn, Store};
use diesel::QueryResult;
use std::sync::mpsc::sync_channel;
use workhours_base::database::DatabaseUri;
use workhours_base::error::Result;

/// Rows of a page.
const PAGE: i64 = 4096;

/// A table that can be copied.
pub(super) trait Copied: Sized + Send + PartialEq {
    const TABLE: &'static str;
    /// The order of its rows.
    type Key: Clone + Send;
    fn key(&self) -> Self::Key;
    /// The rows after one key and up to another, in order.
    fn page(conn: &mut Conn, range: Range<'_, Self>, limit: i64) -> QueryResult<Vec<Self>>;
    fn delete(conn: &mut Conn, range: Range<'_, Self>) -> QueryResult<usize>;
    fn insert(conn: &mut Conn, rows: &[Self]) -> QueryResult<()>;
    fn count(conn: &mut Conn) -> QueryResult<i64>;
    fn feed(&self, out: &mut Vec<u8>);
}

/// After a key and up to another; `None` is without end.
pub(super) type Range<'k, T> = (Option<&'k <T as Copied>::Key>, Option<&'k <T as Copied>::Key>);

/// A copy at work.
pub(super) struct Job<'a> {
    pub(super) from: &'a DatabaseUri,
    pub(super) source: &'a mut Conn,
    pub(super) target: &'a mut Store,
    /// The target was empty: nothing there to compare with.
    pub(super) fresh: bool,
    pub(super) progress: &'a dyn CopyProgress,
}

impl Job<'_> {
    /// Copies a table.
    pub(super) fn copy<T: Copied>(&mut self) -> Result<CopiedTable> {
        let from = self.from;
        let rows = T::count(self.source).map_err(|e| cannot_read(from, e))?;
        self.progress.table(T::TABLE, rows as u64, false);
        let (send, receive) = sync_channel::<QueryResult<Vec<T>>>(2);
        let source = &mut *self.source;
        let (target, progress, fresh) = (&mut *self.target, self.progress, self.fresh);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut after: Option<T::Key> = None;
                loop {
                    let page = T::page(source, (after.as_ref(), None), PAGE);
                    after = page.as_ref().ok().and_then(|p| p.last()).map(T::key);
                    let more = page.as_ref().is_ok_and(|p| p.len() as i64 == PAGE);
                    if send.send(page).is_err() || !more {
                        return;
                    }
                }
            });
            let mut summing = Summing::default();
            let mut written = 0;
            let mut after: Option<T::Key> = None;
            for page in receive {
                let page = page.map_err(|e| cannot_read(from, e))?;
                let Some(last) = page.last().map(T::key) else { break };
                page.iter().for_each(|row| summing.row(|out| row.feed(out)));
                let range = (after.as_ref(), Some(&last));
                let what = "copy a page";
                let there = !fresh && target.read(what, |c| T::page(c, range, PAGE + 1))? == page;
                if !there {
                    target.write_alone(what, |conn| {
                        // Also rows of an attempt whose commit was never confirmed.
                        T::delete(conn, range)?;
                        T::insert(conn, &page)
                    })?;
                    written += page.len() as u64;
                }
                progress.advance(page.len() as u64);
                after = Some(last);
            }
            if !fresh {
                target
                    .write_alone("copy the end of a table", |conn| T::delete(conn, (after.as_ref(), None)))?;
            }
            Ok(CopiedTable { name: T::TABLE, sum: summing.sum(), written })
        })
    }

    /// Sums up a table of the target.
    pub(super) fn check<T: Copied>(&mut self) -> Result<CopiedTable> {
        let rows = self.target.read("count a table", T::count)?;
        self.progress.table(T::TABLE, rows as u64, true);
        let mut summing = Summing::default();
        let mut after: Option<T::Key> = None;
        loop {
            let page =
                self.target.read("check a copy", |conn| T::page(conn, (after.as_ref(), None), PAGE))?;
            page.iter().for_each(|row| summing.row(|out| row.feed(out)));
            self.progress.advance(page.len() as u64);
            after = page.last().map(T::key);
            if (page.len() as i64) < PAGE {
                return Ok(CopiedTable { name: T::TABLE, sum: summing.sum(), written: 0 });
            }
        }
    }
}
