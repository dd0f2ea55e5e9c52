//! The file of pins: written, read back, damaged, shared.
#![allow(clippy::unwrap_used)]

use super::*;

const LOG: &str =
    r#"{"name":"my.log","aliases":["ml"],"summary":"It's '''quoted'''","kinds":["k"],"growth":"append"}"#;

fn pin(file: &str, hash: char, sources: &[&str]) -> Pin {
    Pin {
        file: file.into(),
        sha256: hash.to_string().repeat(64),
        sdk: "a \"b\" \\ c".into(),
        abi: (1, 0),
        added: "2026-03-10T18:00:00Z".into(),
        sources: sources.iter().map(|s| (*s).to_owned()).collect(),
    }
}

/// A folder that no other user can write to, and a lock file in a subfolder that doesn't exist yet.
fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().canonicalize().unwrap().join("config/workhours/plugins.lock");
    (dir, file)
}

#[test]
fn round_trip() {
    let (_dir, file) = place();
    let mut lock = Lock::open(&file).unwrap();
    assert_eq!(lock.pins(), []);
    let (a, b) = (pin("/p/it's.so", 'a', &[LOG, "not JSON\n"]), pin("/p/b.so", 'b', &[]));
    lock.put(a.clone()).unwrap();
    lock.put(b.clone()).unwrap();
    lock.save().unwrap();
    assert_eq!(Lock::open(&file).unwrap().pins(), [a.clone(), b.clone()]);
    let changed = Pin { sha256: "c".repeat(64), ..a.clone() };
    lock.put(changed.clone()).unwrap();
    assert_eq!(lock.remove("b.so").unwrap(), b);
    lock.save().unwrap();
    assert_eq!(Lock::open(&file).unwrap().pins(), [changed]);
    let left = std::fs::read_dir(file.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["plugins.lock"], "nothing temporary stays");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    }
}

#[test]
fn found_by_source_file_and_path() {
    let mut lock = Lock::none();
    for pin in [pin("/p/a.so", 'a', &[LOG]), pin("/q/a.so", 'b', &[]), pin("/q/c.so", 'c', &["broken"])] {
        lock.put(pin).unwrap();
    }
    for (name, file) in
        [("my.log", "/p/a.so"), ("ml", "/p/a.so"), ("/q/a.so", "/q/a.so"), ("c.so", "/q/c.so")]
    {
        assert_eq!(lock.get(name).unwrap().file, Path::new(file), "{name}");
    }
    let two = lock.get("a.so").unwrap_err();
    assert_eq!(two.to_string(), "2 plugins are called a.so");
    assert!(two.hint_text().unwrap().contains("/p/a.so, /q/a.so"), "{two:?}");
    let none = lock.get("my.lgo").unwrap_err();
    assert!(none.hint_text().unwrap().contains("did you mean my.log?"), "{none:?}");
    assert!(lock.put(pin("relative.so", 'a', &[])).is_err());
    assert!(lock.get("c.so").unwrap().manifests().is_err());
}

#[test]
fn damage_is_placed() {
    let (_dir, file) = place();
    let mut lock = Lock::open(&file).unwrap();
    lock.put(pin("/p/a.so", 'a', &[LOG])).unwrap();
    lock.save().unwrap();
    let good = std::fs::read_to_string(&file).unwrap();
    let (_, tables) = good.split_once("\n\n").unwrap();
    for (text, line, why) in [
        (good.replace("\"1.0\"", "\"one\""), 7, "not a version"),
        (good.replace("aaaa", "AAAA"), 5, "not a SHA-256"),
        (good.replace("\"/p", "\"p"), 4, "not absolute"),
        (good.replace("sha256", "sha512"), 5, "unknown field `sha512`"),
        (good.replace("added", "# added"), 3, "missing field `added`"),
        (format!("{good}\n[[plug"), 13, ""),
        (format!("{good}\n{tables}"), 14, "has an entry already"),
    ] {
        std::fs::write(&file, &text).unwrap();
        let error = Lock::open(&file).expect_err(&text);
        let start = format!("{}:{line}: ", file.display());
        assert!(error.to_string().starts_with(&start) && error.to_string().contains(why), "{error}\n{text}");
        assert!(error.hint_text().unwrap().contains("workhours plugin add"), "{error:?}");
        assert!(lock.save().is_err(), "what is damaged is not replaced");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
    std::fs::write(&file, "").unwrap();
    assert_eq!(Lock::open(&file).unwrap().pins(), []);
}

#[test]
fn changes_made_meanwhile_are_kept() {
    let (_dir, file) = place();
    let mut locks: Vec<Lock> = (0..8).map(|_| Lock::open(&file).unwrap()).collect();
    std::thread::scope(|scope| {
        for (i, lock) in locks.iter_mut().enumerate() {
            scope.spawn(move || {
                lock.put(pin(&format!("/p/{i}.so"), 'a', &[])).unwrap();
                lock.save().unwrap();
            });
        }
    });
    let mut lock = Lock::open(&file).unwrap();
    assert_eq!(lock.pins().len(), 8);
    locks[0].remove("0.so").unwrap();
    locks[0].save().unwrap();
    lock.put(pin("/p/9.so", 'a', &[])).unwrap();
    lock.save().unwrap();
    assert_eq!(lock.pins().len(), 8, "what another removed stays removed");
    assert!(lock.get("0.so").is_err());
}

#[test]
#[cfg(unix)]
fn one_that_others_can_write_is_not_believed() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, file) = place();
    let mut lock = Lock::open(&file).unwrap();
    lock.put(pin("/p/a.so", 'a', &[])).unwrap();
    lock.save().unwrap();
    for (path, mode) in [(file.as_path(), 0o620), (file.parent().unwrap(), 0o777)] {
        let before = std::fs::metadata(path).unwrap().permissions();
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        let error = Lock::open(&file).unwrap_err();
        assert_eq!(error.hint_text(), Some(format!("chmod go-w {}", path.display()).as_str()), "{error}");
        assert!(lock.save().is_err());
        std::fs::set_permissions(path, before).unwrap();
        Lock::open(&file).unwrap();
    }
}

#[test]
fn no_config_directory_no_pins() {
    let mut lock = Lock::none();
    assert_eq!(lock.pins(), []);
    assert!(lock.save().is_err());
    assert_eq!(lock_file(&Environment::default()), None);
}
