//! The examples in `plugins.d/`, and the built-in sources as a library: built as in their README, checked by the
//! validator, added, and used.

use crate::kit::plugin::{add, cargo, has_cc};
use crate::kit::{Home, repository};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Checks, adds and loads what a library and its fixtures hold.
fn works(home: &Home, library: &Path, fixtures: &Path) {
    let (file, folder) = (library.to_str().unwrap(), fixtures.to_str().unwrap());
    home.ok(&["plugin", "check", file, folder]).says(&["all ", "passed"]);
    add(home, library).exits(0);
    let types: Vec<_> =
        fs::read_dir(fixtures).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    assert!(!types.is_empty());
    for dir in types {
        let name = dir.file_name().unwrap().to_str().unwrap().to_owned();
        let mut events = 0;
        for case in fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()) {
            let input = case.join("input");
            let expected = fs::read_to_string(case.join("expected")).unwrap();
            // Fixtures of one source may contain the same lines: each has its own scope.
            let scope = case.file_name().unwrap().to_str().unwrap();
            let config = format!("[[inputs]]\ntype = {name:?}\npath = {input:?}\nscope = {scope:?}\n");
            home.write("one.toml", config);
            let summary = home.load(&["-c", "one.toml"]);
            let want = expected.lines().filter(|line| line.starts_with("event ")).count();
            assert_eq!(summary.n("events"), want as u64, "{}", input.display());
            events += want;
        }
        assert!(events > 0, "{name}");
        assert_eq!(home.events(&["--source", &name]).len(), events, "{name}");
    }
}

#[test]
fn the_one_in_c() {
    if !has_cc() {
        return;
    }
    let home = Home::new();
    let folder = repository("plugins.d/dpkg-log-c");
    for name in ["Makefile", "dpkg_log.c"] {
        fs::copy(folder.join(name), home.path(name)).unwrap();
    }
    let header = format!("HEADER={}", repository("workhours-plugin-api/include").display());
    let built = Command::new("make").current_dir(home.path("")).arg(header).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let library = home.path(format!("dpkg_log{}", std::env::consts::DLL_SUFFIX));
    works(&home, &library, &folder.join("fixtures"));
}

#[test]
fn the_one_in_rust() {
    let folder = repository("plugins.d/apt-history-rust");
    cargo(&folder, &["test", "--offline", "--locked"], "examples");
    let target = cargo(&folder, &["build", "--offline", "--locked"], "examples");
    works(&Home::new(), &library_in(&target.join("debug"), "apt_history"), &folder.join("fixtures"));
}

#[test]
fn the_built_in_ones_as_a_library() {
    let args = ["rustc", "--offline", "-p", "workhours-plugins", "--lib", "--crate-type", "cdylib"];
    let target = cargo(&repository("."), &args, "built-in");
    let library = library_in(&target.join("debug"), "workhours_plugins");
    let home = Home::new();
    let (file, folder) = (library.to_str().unwrap(), repository("tests/fixtures"));
    home.ok(&["plugin", "check", file, folder.to_str().unwrap()]).says(&["all ", "passed"]);
    // Their names are taken, by the sources themselves.
    add(&home, &library).exits(1).says(&["built-in"]);
}

fn library_in(folder: &Path, name: &str) -> PathBuf {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    folder.join(format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"))
}
