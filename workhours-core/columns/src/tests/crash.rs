//! Wherever the writer is stopped, readers have the state before or the one after, and the next writer continues.

use super::follow::Base;
use super::*;
use crate::disk::fail_after;

/// Runs a step of the writer with a stop after each number of writes, until it gets through. Returns how many stops there
/// were.
fn stop_everywhere(mut run: impl FnMut() -> bool) -> u32 {
    for steps in 0.. {
        fail_after(Some(steps));
        let done = run();
        fail_after(None);
        if done {
            return steps;
        }
    }
    0
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

#[test]
fn a_commit_that_is_stopped_at_any_write_leaves_the_state_before() {
    let dir = tempfile::tempdir().unwrap();
    let make = |from: u64, n: u64| -> Vec<StoredEvent> {
        (from..from + n).map(|n| event(n, Some(n as i64 % 50 * HOUR), n as usize % 60, 1)).collect()
    };
    let first = make(0, 100);
    let base = dir.path().join("base");
    // Seven small files: the next commit merges them.
    let batches: Vec<_> = first.chunks(15).map(<[StoredEvent]>::to_vec).collect();
    written(&base, &batches);
    let second = make(100, 700);
    let gone: Vec<EventId> = first.iter().step_by(2).map(|event| event.id).collect();
    let mut left: Vec<StoredEvent> = first.clone();
    left.retain(|event| !gone.contains(&event.id));
    left.extend(second.iter().cloned());
    let (before, after) = (sorted(&first), sorted(&left));
    let mut n = 0;
    let stops = stop_everywhere(|| {
        n += 1;
        let copied = dir.path().join(format!("{n}"));
        copy(&base, &copied);
        let write = |writer: &mut Writer| {
            writer.append(&second)?;
            writer.remove(&gone)?;
            writer.commit(moment(99))
        };
        let mut writer = Writer::open(&copied, UUID).unwrap().unwrap();
        let done = write(&mut writer).is_ok();
        drop(writer);
        let columns = Columns::open(&copied, UUID).unwrap().unwrap();
        let is_after = columns.moment() == moment(99);
        assert!(is_after || !done);
        assert_eq!(rows(&columns, None), *if is_after { &after } else { &before });
        assert!(crate::verify(&copied, UUID).is_ok());
        // The next writer has no trouble with what is left.
        fail_after(None);
        let mut writer = Writer::open(&copied, UUID).unwrap().unwrap();
        if !is_after {
            write(&mut writer).unwrap();
        }
        let columns = columns.reopen().unwrap().unwrap();
        assert_eq!(rows(&columns, None), after);
        std::fs::remove_dir_all(&copied).unwrap();
        done
    });
    assert!(stops > 15, "{stops}");
}

#[test]
fn a_writer_that_is_stopped_at_any_write_follows_the_database_in_the_end() {
    let mut base = Base::new();
    let made: Vec<(Option<i64>, usize)> = (0..200).map(|n| (Some(n as i64), n % 60)).collect();
    for round in 0..3 {
        base.load(&made);
        if round == 1 {
            let task = base.tasks[0];
            base.store.tasks().undo(task).unwrap();
        }
        if round == 2 {
            let gone = base.stored()[5].id.0.to_vec();
            base.store.purge().events(&[gone]).unwrap();
        }
        let stops = stop_everywhere(|| {
            let Ok(Some(mut writer)) = Writer::open(&base.columns_dir(), base.store.uuid()) else {
                return false;
            };
            let done = writer.catch_up(&mut base.store, &mut no_watch()).is_ok();
            if let Some(columns) = base.open() {
                let is_current = columns.moment() == base.store.journal().moment().unwrap();
                assert!(is_current || !done);
                assert_eq!(rows(&columns, None).len() as u64, columns.events());
            }
            done
        });
        assert!(stops > 5, "{stops}");
        base.agree();
    }
}
