//! Counting: rows with the same texts in the columns that a report reads have the same keys, which are found out once.

use super::mask::{Mask, place};
use crate::ReportParams;
use crate::counting::{Counting, Day, Tally};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_columns::{Block, Column, Columns, MANY, UNDATED};
use workhours_event::StoredEvent;
use workhours_store::{EventFilter, Store, Wanted};

/// What rows with the same texts count for.
#[derive(Clone, Debug)]
struct Same {
    /// The tally.
    tally: u32,
    /// The columns that show the latest event.
    more: Arc<[Option<Text>]>,
}

/// The rows by what identifies them, and how much was counted in all.
type Counted = (Vec<(Vec<Option<Text>>, Tally)>, i64);

/// Counts by columns, in order of time; `None` if they don't have what the report reads or asks for.
///
/// # Errors
/// Errors of the columns or the database.
pub(in crate::counting) fn count(
    columns: &Columns,
    store: &mut Store,
    report: &Counting,
    params: &ReportParams,
    filter: &EventFilter,
) -> Result<Option<Counted>> {
    let Some(read) = read_by(report.wanted) else { return Ok(None) };
    let mut wanted = read.clone();
    let filter = EventFilter { kind: report.kind, with_place: report.with_place, ..filter.clone() };
    let Some(mask) = Mask::new(columns, store, &filter, &mut wanted)? else { return Ok(None) };
    let mut counting = Tallies {
        columns,
        report,
        params,
        read: (0..read.len()).collect(),
        names: read,
        known: FxHashMap::default(),
        numbers: FxHashMap::default(),
        tallies: Vec::new(),
        latest: Vec::new(),
        all: 0,
    };
    let mut rows = columns.ordered(mask.window, &wanted)?;
    let mut day = Day::default();
    while let Some((block, range)) = rows.next_slice()? {
        for row in range {
            if block.is_live(row) && mask.matches(block, row) {
                counting.row(block, row, &mut day)?;
            }
        }
    }
    Ok(Some(counting.finish()))
}

/// The columns that hold what a report reads; `None` if some of it is in none.
fn read_by(wanted: Wanted) -> Option<Vec<Column>> {
    if wanted.project || wanted.meta {
        return None;
    }
    let mut read = vec![Column::Kind, Column::Source];
    let columns = [
        (wanted.url, Column::Url),
        (wanted.referrer, Column::Referrer),
        (wanted.agent, Column::Agent),
        (wanted.title, Column::Title),
        (wanted.text, Column::Text),
        (wanted.host, Column::Host),
        (wanted.peer, Column::Peer),
        (wanted.user, Column::User),
        (wanted.tags, Column::Tag),
    ];
    for (is_wanted, column) in columns {
        if is_wanted {
            place(&mut read, &column);
        }
    }
    Some(read)
}

/// The counts so far.
struct Tallies<'a> {
    columns: &'a Columns,
    report: &'a Counting,
    params: &'a ReportParams,
    /// The columns that decide, by their place and name.
    read: Vec<usize>,
    names: Vec<Column>,
    /// What rows count for, by the numbers of their texts.
    known: FxHashMap<Box<[u32]>, Arc<[Same]>>,
    numbers: FxHashMap<Vec<Option<Text>>, u32>,
    tallies: Vec<(Vec<Option<Text>>, Tally)>,
    /// What each tally's latest event shows.
    latest: Vec<Arc<[Option<Text>]>>,
    all: i64,
}

impl Tallies<'_> {
    fn row(&mut self, block: &Block, row: usize, day: &mut Day) -> Result<()> {
        let mut numbers = [0; 12];
        let mut several = false;
        for at in &self.read {
            numbers[*at] = block.ids(*at)[row];
            several |= numbers[*at] == MANY;
        }
        let numbers = &numbers[..self.read.len()];
        let same = match self.known.get(numbers).filter(|_| !several) {
            Some(same) => same.clone(),
            None => {
                let same = self.keys(block, row)?;
                if !several {
                    self.known.insert(numbers.into(), same.clone());
                }
                same
            }
        };
        let date = Some(block.dates()[row]).filter(|date| *date != UNDATED);
        for same in same.iter() {
            let tally = &mut self.tallies[same.tally as usize].1;
            self.all += 1;
            tally.add(date, |date| day.of(date, self.params));
            if !same.more.is_empty() {
                self.latest[same.tally as usize] = same.more.clone();
            }
        }
        Ok(())
    }

    /// The keys of a row's texts, as the report makes them.
    fn keys(&mut self, block: &Block, row: usize) -> Result<Arc<[Same]>> {
        let mut event = StoredEvent::default();
        for at in &self.read {
            let column = &self.names[*at];
            let Some(dictionary) = self.columns.dictionary(column) else { continue };
            let ids = block.values(*at, row);
            if *column == Column::Tag {
                for id in ids {
                    event.tags.push(dictionary.text(*id)?.to_string());
                }
                continue;
            }
            let Some(id) = ids.first() else { continue };
            let text = Text::from(&*dictionary.text(*id)?);
            match column {
                Column::Kind => event.kind = text,
                Column::Source => event.source_type = text,
                Column::Url => event.url = Some(text),
                Column::Referrer => event.referrer = Some(text),
                Column::Agent => event.agent = Some(text),
                Column::Title => event.title = Some(text),
                Column::Text => event.text = Some(text),
                Column::Host => event.host = Some(text),
                Column::Peer => event.peer = Some(text),
                Column::User => event.user = Some(text),
                _ => {}
            }
        }
        let mut same = Vec::new();
        for mut key in (self.report.keys)(self.params, &event) {
            let more: Arc<[Option<Text>]> = key.split_off(self.report.distinct).into();
            let next = self.tallies.len() as u32;
            let tally = *self.numbers.entry(key).or_insert_with_key(|key| {
                self.tallies.push((key.clone(), Tally::default()));
                self.latest.push(Arc::default());
                next
            });
            same.push(Same { tally, more });
        }
        Ok(same.into())
    }

    fn finish(self) -> Counted {
        let tallies = self.tallies.into_iter().zip(self.latest);
        let with_more =
            |((key, tally), more): ((_, Tally), Arc<[Option<Text>]>)| (key, tally.showing(more.to_vec()));
        (tallies.map(with_more).collect(), self.all)
    }
}
