//! Scans return what was appended.

use super::*;
use crate::{Blocks, IdSet, Status, UNDATED};

/// The live rows of blocks by their identity.
fn by_blocks(mut blocks: Blocks<'_>, columns: &Columns, wanted: &[Column]) -> Vec<Seen> {
    let mut rows = Vec::new();
    while let Some(block) = blocks.next_block().unwrap() {
        assert!(block.len() <= crate::BLOCK && block.live_rows().next().is_some());
        assert_eq!(block.all_live(), block.live_rows().count() == block.len());
        rows.extend(block.live_rows().map(|row| seen(columns, wanted, block, row)));
    }
    rows
}

fn by_id(mut rows: Vec<Seen>) -> Vec<Seen> {
    rows.sort_by_key(|row| row.id);
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_appended_is_there(
        events in events(400),
        cuts in prop::collection::vec(0..400_usize, 0..12),
        dead in 0..5_usize,
        from in -40..300_i64,
        hours in 0..200_i64,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(events.len())).collect();
        cuts.push(events.len());
        cuts.sort_unstable();
        let mut start = 0;
        let batches: Vec<_> = cuts.iter().map(|end| events[std::mem::replace(&mut start, *end)..*end].to_vec()).collect();
        written(dir.path(), &batches);
        let mut left = events.clone();
        if dead > 0 {
            let gone: Vec<EventId> = events.iter().step_by(dead).map(|event| event.id).collect();
            left.retain(|event| !gone.contains(&event.id));
            let mut writer = Writer::open(dir.path(), UUID).unwrap().unwrap();
            prop_assert_eq!(writer.remove(&gone).unwrap(), gone.len() as u64);
            prop_assert_eq!(writer.remove(&gone).unwrap(), 0);
            writer.commit(moment(100)).unwrap();
        }
        let columns = Columns::open(dir.path(), UUID).unwrap().unwrap();
        prop_assert_eq!(columns.events(), left.len() as u64);
        prop_assert_eq!(rows(&columns, None), sorted(&left));
        let wanted = all_columns(&columns);
        let all = by_blocks(columns.blocks(None, &wanted), &columns, &wanted);
        prop_assert_eq!(by_id(all), by_id(sorted(&left)));
        // In a window.
        let (from, until) = (from * HOUR, (from + hours) * HOUR);
        let inside: Vec<StoredEvent> =
            left.iter().filter(|e| e.date.is_some_and(|date| (from..until).contains(&date))).cloned().collect();
        prop_assert_eq!(rows(&columns, Some((from, until))), sorted(&inside));
        let parts = columns.parts(3, Some((from, until)), &wanted);
        let all: Vec<Seen> = parts.into_iter().flat_map(|part| by_blocks(part, &columns, &wanted)).collect();
        prop_assert_eq!(by_id(all), by_id(sorted(&inside)));
        // With some ids.
        for column in [Column::Host, Column::Tag, Column::Meta("via".into())] {
            let n = wanted.iter().position(|other| *other == column);
            let Some((n, dictionary)) = n.zip(columns.dictionary(&column)) else { continue };
            let ids = dictionary.ids_where(|value| value.text.contains(['w', 'y'])).unwrap();
            let is = |row: &Seen| match &column {
                Column::Tag => row.tags.iter().any(|tag| tag.contains(['w', 'y'])),
                Column::Meta(key) => row.meta.get(&**key).is_some_and(|all| all.iter().any(|v| v.0.contains(['w', 'y']))),
                _ => row.texts[n].as_ref().is_some_and(|text| text.contains(['w', 'y'])),
            };
            let found = by_blocks(columns.blocks(None, &wanted).only(n, ids), &columns, &wanted);
            let want: Vec<Seen> = sorted(&left).into_iter().filter(is).collect();
            prop_assert_eq!(by_id(found), by_id(want));
        }
    }
}

#[test]
fn inputs_that_overlap_are_in_order_over_all_files() {
    let dir = tempfile::tempdir().unwrap();
    let batch = |file: i64| -> Vec<StoredEvent> {
        let date = |n: u64| (n % 97 != 96).then_some(n as i64 / 3 * 1000 + file % 2);
        (0..9000).map(|n| event(n * 10 + file as u64, date(n), n as usize % 60, file)).collect()
    };
    // Large enough to stay files of their own.
    let batches: Vec<_> = (1..6).map(batch).collect();
    let columns = written(dir.path(), &batches);
    assert!(columns.files().len() > 4);
    let all: Vec<StoredEvent> = batches.concat();
    let mut ordered = columns.ordered(None, &[Column::File, Column::Offset, Column::Id]).unwrap();
    let mut keys = Vec::new();
    while let Some((block, slice)) = ordered.next_slice().unwrap() {
        assert!(!slice.is_empty());
        for row in slice {
            keys.push((block.dates()[row], block.numbers(0)[row], block.numbers(1)[row], block.id(2, row)));
        }
    }
    assert!(keys.is_sorted());
    assert_eq!(keys.len(), all.len());
    assert_eq!(rows(&columns, None), sorted(&all));
}

#[test]
fn many_rows_make_several_segments_and_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), UUID).unwrap().unwrap();
    let n = crate::FILE as u64 + 70_000;
    let make = |n: u64| StoredEvent {
        meta: None,
        tags: Vec::new(),
        title: None,
        ..event(n, Some((n ^ 1) as i64), (n % 7) as usize, 1)
    };
    for start in (0..n).step_by(10_000) {
        let events: Vec<StoredEvent> = (start..(start + 10_000).min(n)).map(make).collect();
        writer.append(&events).unwrap();
    }
    writer.commit(moment(1)).unwrap();
    let columns = Columns::open(dir.path(), UUID).unwrap().unwrap();
    assert_eq!(columns.files().iter().map(|file| file.segments.len()).collect::<Vec<_>>(), [8, 2]);
    let mut dates = Vec::new();
    let mut ordered = columns.ordered(Some((1000, 600_000)), &[]).unwrap();
    while let Some((block, slice)) = ordered.next_slice().unwrap() {
        dates.extend(slice.filter(|row| block.is_live(*row)).map(|row| block.dates()[row]));
    }
    // The last of the first file and the first of the second change places.
    let mut want: Vec<i64> = (0..n).map(|n| (n ^ 1) as i64).filter(|d| (1000..600_000).contains(d)).collect();
    want.sort_unstable();
    assert_eq!(dates, want);
    let gone: Vec<EventId> = (0..n).step_by(3).map(|n| make(n).id).collect();
    assert_eq!(writer.remove(&gone).unwrap(), gone.len() as u64);
    writer.commit(moment(2)).unwrap();
    let again = columns.reopen().unwrap().unwrap();
    assert_eq!((columns.events(), again.events()), (n, n - gone.len() as u64));
    let mut blocks = again.parts(2, None, &[Column::Kind]);
    let live: u64 = blocks.iter_mut().map(count).sum();
    assert_eq!(live, again.events());
    // Most of it: then it is written again.
    let gone: Vec<EventId> = (0..n).filter(|n| n % 3 == 1).map(|n| make(n).id).collect();
    writer.remove(&gone).unwrap();
    writer.commit(moment(3)).unwrap();
    let last = again.reopen().unwrap().unwrap();
    assert_eq!(last.files().iter().map(|file| u64::from(file.entry.rows)).sum::<u64>(), last.events());
    assert_eq!(
        (again.events(), count(&mut again.blocks(None, &[]))),
        (live, live),
        "the old state is still readable"
    );
}

fn count(blocks: &mut Blocks<'_>) -> u64 {
    let mut n = 0;
    while let Some(block) = blocks.next_block().unwrap() {
        n += block.live_rows().count() as u64;
    }
    n
}

#[test]
fn small_commits_are_merged() {
    let dir = tempfile::tempdir().unwrap();
    let all: Vec<StoredEvent> =
        (0..300).map(|n| event(n, Some(n as i64 * HOUR), n as usize % 60, 1)).collect();
    let batches: Vec<_> = all.chunks(3).map(<[StoredEvent]>::to_vec).collect();
    let columns = written(dir.path(), &batches);
    assert!(columns.files().len() < 8, "{}", columns.files().len());
    assert_eq!(rows(&columns, None), sorted(&all));
    let left = std::fs::read_dir(Folder::new(dir.path(), UUID).current().unwrap()).unwrap().count();
    assert!(left < 12, "{left} files");
}

use crate::folder::Folder;

#[test]
fn nothing_and_what_is_absent() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Columns::open(dir.path(), UUID).unwrap().is_none());
    assert_eq!(crate::status(dir.path(), UUID).unwrap(), Status::Absent);
    assert_eq!(crate::verify(dir.path(), UUID).unwrap(), None);
    let columns = written(dir.path(), &[vec![]]);
    assert_eq!((columns.events(), columns.moment()), (0, moment(1)));
    assert!(columns.dictionary(&Column::Host).is_none());
    assert!(columns.blocks(None, &[Column::Host]).next_block().unwrap().is_none());
    let mut one = event(1, None, 0, 1);
    (one.host, one.duration_us) = (None, None);
    let mut writer = Writer::open(dir.path(), UUID).unwrap().unwrap();
    assert!(Writer::open(dir.path(), UUID).unwrap().is_none(), "one writes");
    writer.append(&[one]).unwrap();
    assert!(Columns::open(dir.path(), UUID).unwrap().unwrap().events() == 0, "it isn't committed");
    writer.commit(moment(2)).unwrap();
    assert_eq!(writer.moment().unwrap(), Some(moment(2)));
    let columns = columns.reopen().unwrap().unwrap();
    let wanted = [Column::Host, Column::Duration, Column::Date, Column::Meta("x".into())];
    let mut blocks = columns.blocks(None, &wanted);
    let block = blocks.next_block().unwrap().unwrap();
    assert_eq!(
        (block.ids(0), block.numbers(1), block.ids(3)),
        (&[ABSENT][..], &[NO_NUMBER][..], &[ABSENT][..])
    );
    assert_eq!((block.dates(), block.values(0, 0)), (&[UNDATED][..], &[][..]));
    assert!(columns.blocks(Some((i64::MIN, i64::MAX)), &wanted).next_block().unwrap().is_none());
    assert!(columns.blocks(None, &wanted).only(0, IdSet::new(9)).next_block().unwrap().is_none());
    assert!(matches!(crate::status(dir.path(), UUID).unwrap(), Status::Ready { events: 1, .. }));
}

#[test]
fn keys_of_strangers_have_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    let make =
        |n: u64| StoredEvent { meta: Some(format!("{{\"k{n}\":1}}").into()), ..event(n, Some(1), 0, 1) };
    let columns = written(dir.path(), &[(0..600).map(make).collect()]);
    assert_eq!(columns.keys().len(), crate::column::MAX_KEYS);
    assert!(columns.covers(&Column::Meta("k3".into())) && !columns.covers(&Column::Meta("k599".into())));
    assert!(columns.covers(&Column::Host) && !columns.has_all_keys());
}

#[test]
fn an_event_with_another_date_than_its_id_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), UUID).unwrap().unwrap();
    let wrong = StoredEvent { date: Some(7), ..event(1, Some(1), 0, 1) };
    assert!(writer.append(&[wrong]).is_err());
    writer.append(&[event(1, Some(1), 0, 1)]).unwrap();
    writer.commit(moment(1)).unwrap();
    assert_eq!(Columns::open(dir.path(), UUID).unwrap().unwrap().events(), 1);
}

#[test]
fn readers_and_a_writer_do_not_disturb_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let all: Vec<StoredEvent> =
        (0..2000).map(|n| event(n, Some(n as i64 * HOUR), n as usize % 60, 1)).collect();
    written(dir.path(), &[all[..10].to_vec()]);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = || {
            let mut columns = Columns::open(dir.path(), UUID).unwrap().unwrap();
            let mut states = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let next = columns.reopen().unwrap().unwrap();
                states += usize::from(next.moment() != columns.moment());
                // The one before is read after the writer has deleted its files.
                for columns in [&columns, &next] {
                    let seq = columns.moment().seq.get() as u64;
                    assert_eq!(count(&mut columns.blocks(None, &[Column::Kind])), seq * 10);
                    assert_eq!(columns.events(), seq * 10);
                }
                columns = next;
            }
            states
        };
        let readers: Vec<_> = (0..2).map(|_| scope.spawn(reader)).collect();
        let mut writer = Writer::open(dir.path(), UUID).unwrap().unwrap();
        for (n, batch) in all.chunks(10).enumerate().skip(1) {
            writer.append(batch).unwrap();
            writer.commit(moment(n as i64 + 1)).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>() > 20);
    });
}
