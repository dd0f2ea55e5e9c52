//! Adding events to a build: their texts become ids, column by column, so that what finds the ids of one column stays in
//! the processor's cache.

use super::build::{Build, low_half};
use crate::FILE;
use crate::column::{Code, MAX_KEYS, META, TEXTS, numbers, text};
use crate::dictionary::writing::Interner;
use crate::value::leaves;
use workhours_base::error::{Error, Result};
use workhours_event::StoredEvent;

/// The number of the tags among the columns of texts.
const TAG: Code = TEXTS.len() as Code - 1;

/// Events that are added column by column: about as many as are in the processor's cache.
const TOGETHER: usize = 8_192;

impl Build {
    /// Adds events as they are now.
    pub(super) fn append(&mut self, mut events: &[StoredEvent]) -> Result<()> {
        while !events.is_empty() {
            let (some, rest) = events.split_at(events.len().min(FILE - self.rows.len()).min(TOGETHER));
            self.append_some(some)?;
            if self.rows.len() == FILE {
                self.flush()?;
            }
            events = rest;
        }
        Ok(())
    }

    fn append_some(&mut self, events: &[StoredEvent]) -> Result<()> {
        let first = self.rows.len();
        for event in events {
            if event.id.date() != event.date {
                let id = event.id.to_hex();
                return Err(Error::failed(format!("event {id} has another date than its id"))
                    .hint("check the database with workhours db check"));
            }
            self.rows.push(event.date, low_half(event.id), numbers(event));
        }
        for code in 0..TAG {
            for (event, row) in events.iter().zip(first..) {
                if let Some(text) = text(event, code) {
                    let id = self.id(code, text)?;
                    self.rows.set(code, row, &[id]);
                }
            }
        }
        let mut ids = Vec::new();
        for (event, row) in events.iter().zip(first..) {
            ids.clear();
            for tag in &event.tags {
                let id = self.id(TAG, tag)?;
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            self.rows.set(TAG, row, &ids);
        }
        let mut found = Vec::new();
        for (event, row) in events.iter().zip(first..) {
            if let Some(meta) = &event.meta {
                self.append_meta(row, meta, &mut found, &mut ids)?;
            }
        }
        Ok(())
    }

    /// Adds the values of `meta`, with room for values and ids.
    fn append_meta(
        &mut self,
        row: usize,
        meta: &str,
        found: &mut Vec<(Code, u32)>,
        ids: &mut Vec<u32>,
    ) -> Result<()> {
        found.clear();
        let mut column = None;
        let mut result = Ok(());
        let is_object = leaves(meta, &mut |key, value| match (value, column) {
            (None, _) => {
                column = self.key(key);
                found.retain(|(code, _)| Some(*code) != column);
            }
            (Some(value), Some(code)) if result.is_ok() => match self.id(code, value) {
                Ok(id) if !found.contains(&(code, id)) => found.push((code, id)),
                Ok(_) => {}
                Err(e) => result = Err(e),
            },
            _ => {}
        });
        result?;
        if !is_object {
            return Ok(());
        }
        for values in found.chunk_by(|a, b| a.0 == b.0) {
            ids.clear();
            ids.extend(values.iter().map(|(_, id)| *id));
            self.rows.set(values[0].0, row, ids);
        }
        Ok(())
    }

    /// The column of a key of `meta`; `None` if there are too many.
    fn key(&mut self, key: &str) -> Option<Code> {
        if let Some(code) = self.keys.get(key) {
            return Some(*code);
        }
        if self.keys.len() == MAX_KEYS {
            self.more_keys = true;
            return None;
        }
        let code = META + self.keys.len() as Code;
        self.keys.insert(key.into(), code);
        Some(code)
    }

    fn id(&mut self, column: Code, text: &str) -> Result<u32> {
        let n = usize::from(column);
        if n >= self.interners.len() {
            self.interners.resize_with(n + 1, || None);
        }
        let new = || Interner::new(column, self.entries.remove(&column).unwrap_or_default());
        self.interners[n].get_or_insert_with(new).id(text, &mut self.texts)
    }
}
