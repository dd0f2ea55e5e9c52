//! A damaged index file is never used: it is detected, and the index is rebuilt.

use super::*;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The folder of the index in use.
fn folder(base: &Base) -> PathBuf {
    let folder = base.embedded().folder().to_owned();
    let current = fs::read_to_string(folder.join("current")).unwrap();
    folder.join(current.trim())
}

/// The files of its present state, in order of name; it must have been read.
fn files(base: &Base) -> Vec<PathBuf> {
    let folder = folder(base);
    let list = fs::read_to_string(folder.join("checked.json")).unwrap();
    let list: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&list).unwrap();
    let mut files: Vec<PathBuf> = list.keys().map(|name| folder.join(name)).collect();
    files.sort();
    files
}

/// Changes one bit in the first half of a file, in place: a bit at its end may not affect its content, and a program
/// with a replaced file open still reads the old one.
fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at % (bytes.len() / 2);
    bytes[at] ^= 1 << (at % 8);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.write_all_at(&bytes[at..=at], at as u64).unwrap();
}

#[test]
fn a_flipped_bit_in_any_file_is_found_and_the_index_made_again() {
    let mut base = Base::new();
    let made: Vec<Made> = (0..400).map(|n| Made { hour: Some(n), value: n as usize % 60, tags: 1 }).collect();
    base.load(&made);
    base.catch_up();
    base.change(5);
    base.catch_up();
    base.agree("", None);
    let kinds = files(&base).len();
    assert!(kinds > 4, "{kinds}");
    for n in 0..kinds {
        for at in [0, 977, 40_009] {
            let reader = base.embedded();
            assert!(reader.known().unwrap().is_some());
            let path = files(&base)[n.min(files(&base).len() - 1)].clone();
            flip(&path, at);
            let e = reader.known().expect_err("one that is open looks again");
            assert!(e.full_message().contains(path.file_name().unwrap().to_str().unwrap()), "{e:?}");
            assert!(base.embedded().known().is_err(), "and so does another program");
            assert!(base.embedded().verify().is_err());
            let mut writer = base.embedded().writer().unwrap().unwrap();
            writer.catch_up(&mut base.store, &mut |_| ControlFlow::Continue(())).unwrap();
            assert!(writer.take_damage().is_some() && writer.take_damage().is_none());
            writer.finish().unwrap();
            assert!(base.embedded().verify().unwrap().is_some_and(|files| files > 4));
        }
    }
    base.agree("", None);
    base.agree("release", None);
}

#[test]
fn a_list_of_files_with_other_numbers_is_found() {
    let mut base = Base::new();
    base.load(&(0..50).map(|n| Made { hour: Some(n), value: 1, tags: 0 }).collect::<Vec<_>>());
    base.catch_up();
    let list = folder(&base).join("meta.json");
    let text = fs::read_to_string(&list).unwrap();
    assert!(text.contains("\"max_doc\": 50") || text.contains("\"max_doc\":50"), "{text}");
    fs::write(
        &list,
        text.replace("\"max_doc\": 50", "\"max_doc\": 51").replace("\"max_doc\":50", "\"max_doc\":51"),
    )
    .unwrap();
    assert!(base.embedded().known().is_err());
}

#[test]
fn a_file_is_read_once_for_its_checksum() {
    let mut base = Base::new();
    base.load(&[Made { hour: Some(1), value: 1, tags: 0 }]);
    base.catch_up();
    assert!(base.embedded().known().unwrap().is_some());
    let list = folder(&base).join("checked.json");
    let before = list.metadata().unwrap().modified().unwrap();
    assert!(base.embedded().known().unwrap().is_some());
    assert_eq!(list.metadata().unwrap().modified().unwrap(), before, "nothing was checked again");
    // Without the list it is checked, and answers all the same.
    fs::remove_file(&list).unwrap();
    assert!(base.embedded().known().unwrap().is_some() && list.exists());
}
