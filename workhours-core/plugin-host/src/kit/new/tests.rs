//! Projects are complete, compile, and aren't written over other files. The end-to-end tests check that a Rust project
//! builds: that needs a compiler.

use super::*;
use std::process::Command;
use tempfile::TempDir;
use workhours_base::error::ErrorKind;

fn project(name: &str, lang: Lang) -> (TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    let project = new_project(name, lang, &dir.path().join("new/project")).unwrap();
    (dir, project)
}

#[test]
fn every_word_is_filled_in() {
    for lang in [Lang::Rust, Lang::C] {
        let (_dir, project) = project("my-own.log", lang);
        assert!(project.files.len() > 5);
        for file in &project.files {
            let text = fs::read_to_string(file).unwrap();
            let all = format!("{} {text}", file.display());
            assert!(!all.contains("{{") || !all.contains("}}"), "{}", file.display());
        }
    }
}

#[test]
fn the_library_is_named_as_the_compiler_names_it() {
    for (name, ident) in [
        ("mylog", "mylog"),
        ("my-own.log", "my_own_log"),
        ("7zip", "plugin_7zip"),
        ("type", "plugin_type"),
        ("workhours-plugin-api", "plugin_workhours_plugin_api"),
    ] {
        let words = Words::of(name, Lang::Rust);
        assert_eq!(words.ident, ident);
        assert!(words.library.contains(ident), "{}", words.library);
    }
    assert_eq!(Words::of("my.log", Lang::C).library, format!("my.log{}", std::env::consts::DLL_SUFFIX));
}

#[test]
#[cfg(unix)]
fn c_projects_compile_without_a_warning() {
    for name in ["mylog", "my-own.log"] {
        let (dir, project) = project(name, Lang::C);
        let made = Command::new("make").current_dir(dir.path().join("new/project")).output().unwrap();
        assert!(made.status.success() && made.stderr.is_empty(), "{made:?}");
        let library = project.files[0].with_file_name(Words::of(name, Lang::C).library);
        assert!(library.is_file());
    }
}

#[test]
fn wrong_names_are_refused_with_the_rule() {
    let dir = tempfile::tempdir().unwrap();
    for (name, hint) in [
        ("My Log", "joined by dots, at most 64 bytes: my.log"),
        ("", "my.log"),
        ("../escape", "my.log"),
        ("-x", "my.log"),
        ("a..b", "my.log"),
        ("auto", "my.auto"),
    ] {
        let error = new_project(name, Lang::Rust, &dir.path().join("p")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{name}");
        assert!(error.hint_text().unwrap().ends_with(hint), "{name}: {error:?}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn folders_with_something_in_them_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine"), "x").unwrap();
    let error = new_project("mylog", Lang::C, dir.path()).unwrap_err();
    assert!(error.full_message().ends_with("is not empty: it has mine"), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Usage);
    let error = new_project("mylog", Lang::C, &dir.path().join("mine")).unwrap_err();
    assert!(error.full_message().ends_with("mine is not a folder"), "{error:?}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    let empty = tempfile::tempdir().unwrap();
    new_project("mylog", Lang::C, empty.path()).unwrap();
}

#[test]
fn the_next_steps_name_the_library() {
    let (_dir, project) = project("mylog", Lang::Rust);
    let steps = project.next_steps.join("\n");
    let library = Words::of("mylog", Lang::Rust).library;
    assert!(steps.contains(&format!("workhours plugin add target/release/{library}")), "{steps}");
    assert!(steps.contains("workhours -s mylog "), "{steps}");
}
