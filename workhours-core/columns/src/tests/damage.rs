//! A damaged file is found, named, and never read as if it were whole.

use super::follow::Base;
use super::*;
use crate::folder::Folder;
use std::fs;
use std::path::{Path, PathBuf};

fn files(base: &Path, uuid: &str) -> Vec<PathBuf> {
    let dir = Folder::new(base, uuid).current().unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn some_events() -> Vec<StoredEvent> {
    (0..500).map(|n| event(n, (n % 9 > 0).then_some(n as i64), n as usize % 60, 1)).collect()
}

#[test]
fn a_flipped_bit_anywhere_is_found_and_the_file_named() {
    let dir = tempfile::tempdir().unwrap();
    let events = some_events();
    written(dir.path(), std::slice::from_ref(&events));
    let mut writer = Writer::open(dir.path(), UUID).unwrap().unwrap();
    writer.remove(&[events[3].id]).unwrap();
    writer.commit(moment(2)).unwrap();
    let files = files(dir.path(), UUID);
    assert_eq!(files.len(), 5, "{files:?}");
    for path in files {
        let whole = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        for at in (0..whole.len()).step_by(1 + whole.len() / 150) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, &bytes).unwrap();
            let e = crate::verify(dir.path(), UUID).expect_err("it is damaged");
            assert!(e.full_message().contains(name), "{at} of {name}: {}", e.full_message());
            assert!(e.hint_text().is_some_and(|hint| hint.contains("rebuild")), "{e:?}");
        }
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(crate::verify(dir.path(), UUID).is_err());
        fs::write(&path, &whole).unwrap();
        fs::rename(&path, dir.path().join("away")).unwrap();
        assert!(!matches!(crate::verify(dir.path(), UUID), Ok(Some(5))));
        fs::rename(dir.path().join("away"), &path).unwrap();
        assert_eq!(crate::verify(dir.path(), UUID).unwrap(), Some(5));
    }
}

#[test]
fn readers_find_damage_of_what_they_read() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), &[some_events()]);
    let scan = || -> workhours_base::error::Result<()> {
        let columns = Columns::open(dir.path(), UUID)?.expect("columns");
        let wanted = all_columns(&columns);
        let mut blocks = columns.blocks(None, &wanted);
        while blocks.next_block()?.is_some() {}
        for column in wanted.iter().filter(|column| column.is_text()) {
            if let Some(dictionary) = columns.dictionary(column) {
                dictionary.find(Value::text("x"))?;
                dictionary.ids_where(|_| true)?;
            }
        }
        Ok(())
    };
    scan().unwrap();
    for path in files(dir.path(), UUID) {
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(1 + whole.len() / 60) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&path, &bytes).unwrap();
            assert!(scan().is_err(), "{at} of {}", path.display());
        }
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn the_writer_makes_damaged_columns_again() {
    let mut base = Base::new();
    let made: Vec<(Option<i64>, usize)> = (0..100).map(|n| (Some(n as i64), n % 60)).collect();
    base.load(&made);
    base.catch_up();
    for n in 0..files(&base.columns_dir(), &base.uuid()).len() {
        let path = files(&base.columns_dir(), &base.uuid())[n].clone();
        let mut bytes = fs::read(&path).unwrap();
        for byte in &mut bytes {
            *byte ^= 4;
        }
        fs::write(&path, bytes).unwrap();
        // Something that needs what is there.
        base.load(&made);
        let task = base.tasks[base.tasks.len() - 2];
        base.store.tasks().undo(task).unwrap();
        let mut writer = base.writer();
        writer.catch_up(&mut base.store, &mut no_watch()).unwrap();
        assert!(writer.take_damage().is_some(), "{}", path.display());
        drop(writer);
        base.agree();
    }
}
