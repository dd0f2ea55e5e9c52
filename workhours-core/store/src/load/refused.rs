//! The rejects of a batch replace earlier rejects of the same bytes; an earlier reject without a new one is deleted. A
//! reject that hasn't changed stays as it is, with the task that found it. Reading rejects back is in `rejects`.

use super::{Batch, Load};
use crate::schema::rejects;
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};
use workhours_event::chunk::{Item, NewReject};

/// Rejects read per query.
const PAGE: i64 = 1000;

/// Which rejects of earlier reads a batch makes obsolete, except those it contains itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Supersedes {
    /// None: the batch doesn't have everything that was read.
    #[default]
    Nothing,
    /// Those from the first offset to just before the second: the batch has everything between them.
    Between(u64, u64),
    /// Those at other offsets: with this batch the whole file has been read.
    AllBut(HashSet<u64>),
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = rejects)]
struct Old {
    file_offset: i64,
    file_length: i64,
    line: i64,
    code: String,
    reason: String,
    excerpt: String,
    provisional: bool,
}

impl Old {
    fn is(&self, new: &NewReject<'_>) -> bool {
        let numbers = (self.file_offset as u64, self.file_length as u64, self.line as u64);
        let texts = (self.code.as_str(), self.reason.as_str(), self.excerpt.as_str());
        numbers == (new.offset, new.length, new.line)
            && texts == (new.code, new.reason, new.excerpt)
            && self.provisional == new.provisional
    }
}

impl Load<'_> {
    /// Deletes obsolete rejects of earlier reads; `before` is where the cursor was.
    pub(crate) fn forget_rejects(&mut self, batch: &Batch, before: u64) -> QueryResult<()> {
        let mut new: HashMap<u64, NewReject<'_>> = HashMap::new();
        // Most batches have none, and needn't be unpacked.
        for item in batch.chunk.items().take_while(|_| batch.chunk.rejects > 0) {
            if let Ok(Item::Reject(reject)) = item {
                new.insert(reject.offset, reject);
            }
        }
        let (lowest, highest) = (new.keys().min().copied(), new.keys().max().copied());
        let (mut from, mut upto) = match &batch.supersedes {
            Supersedes::Nothing => (u64::MAX, 0),
            Supersedes::Between(from, upto) => (*from, *upto),
            Supersedes::AllBut(_) => (0, i64::MAX as u64),
        };
        if let (Some(lowest), Some(highest)) = (lowest, highest) {
            (from, upto) = (from.min(lowest), upto.max(highest + 1));
        }
        let void = |offset: u64| match &batch.supersedes {
            Supersedes::Nothing => false,
            Supersedes::Between(from, upto) => (*from..*upto).contains(&offset),
            Supersedes::AllBut(kept) => !kept.contains(&offset),
        };
        while from < upto {
            let page = self.old_rejects(from, upto)?;
            let mut gone = Vec::new();
            for old in &page {
                let offset = old.file_offset as u64;
                match new.get(&offset) {
                    Some(same) if old.is(same) => _ = self.kept_rejects.insert(offset),
                    Some(_) => gone.push(old.file_offset),
                    None if void(offset) => {
                        self.done.resolved += 1;
                        gone.push(old.file_offset);
                    }
                    None => {}
                }
            }
            self.delete_rejects(&gone)?;
            from = match page.last() {
                Some(last) if page.len() as i64 == PAGE => last.file_offset as u64 + 1,
                _ => upto,
            };
        }
        let after = batch.cursor.as_ref().map(|c| c.at.position.offset);
        if after.is_some_and(|after| after >= before) {
            self.forget_unfinished(batch, before)?;
        }
        Ok(())
    }

    /// The unfinished record that was rejected at the cursor has been read again.
    fn forget_unfinished(&mut self, batch: &Batch, before: u64) -> QueryResult<()> {
        let again = batch.last.as_ref().and_then(|last| {
            last.chunk.items().find_map(|item| match item {
                Ok(Item::Reject(reject)) => Some(reject),
                _ => None,
            })
        });
        let page = self.old_rejects(before, before + 1)?;
        let Some(old) = page.first().filter(|old| old.provisional) else { return Ok(()) };
        match again {
            Some(again) if old.is(&again) => _ = self.kept_rejects.insert(before),
            Some(again) if again.offset == before => self.delete_rejects(&[old.file_offset])?,
            _ => {
                self.done.resolved += 1;
                self.delete_rejects(&[old.file_offset])?;
            }
        }
        Ok(())
    }

    fn old_rejects(&mut self, from: u64, upto: u64) -> QueryResult<Vec<Old>> {
        rejects::table
            .filter(rejects::file_id.eq(self.owner.file_id))
            .filter(rejects::file_offset.ge(from as i64))
            .filter(rejects::file_offset.lt(upto as i64))
            .order(rejects::file_offset)
            .limit(PAGE)
            .select(Old::as_select())
            .load(self.conn)
    }

    fn delete_rejects(&mut self, offsets: &[i64]) -> QueryResult<()> {
        for some in offsets.chunks(500) {
            let of_file = rejects::table.filter(rejects::file_id.eq(self.owner.file_id));
            diesel::delete(of_file.filter(rejects::file_offset.eq_any(some))).execute(self.conn)?;
        }
        Ok(())
    }

    pub(crate) fn rejects(&mut self, rows: &[NewReject<'_>]) -> QueryResult<()> {
        for r in rows.iter().filter(|r| !self.kept_rejects.contains(&r.offset)) {
            diesel::insert_into(rejects::table)
                .values((
                    rejects::file_id.eq(self.owner.file_id),
                    rejects::file_offset.eq(r.offset as i64),
                    rejects::file_length.eq(r.length as i64),
                    rejects::line.eq(r.line as i64),
                    rejects::code.eq(r.code),
                    rejects::reason.eq(r.reason),
                    rejects::excerpt.eq(r.excerpt),
                    rejects::provisional.eq(r.provisional),
                    rejects::input_id.eq(self.owner.input_id),
                    rejects::task_id.eq(self.owner.task_id),
                    rejects::batch_id.eq(self.owner.batch_id),
                ))
                .execute(self.conn)?;
        }
        Ok(())
    }

    /// Offset and length of the unfinished record that was rejected at the cursor.
    pub(crate) fn unfinished_reject(&mut self, cursor: u64) -> QueryResult<Option<(i64, i64)>> {
        rejects::table
            .filter(rejects::file_id.eq(self.owner.file_id))
            .filter(rejects::file_offset.eq(cursor as i64))
            .filter(rejects::provisional.eq(true))
            .select((rejects::file_offset, rejects::file_length))
            .first(self.conn)
            .optional()
    }
}
