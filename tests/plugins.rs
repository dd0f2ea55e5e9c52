//! Plugins from the first line written to the first event loaded; and that nothing runs that was not agreed to.

use crate::kit::plugin::{add, compile, has_cc, hostile};
use crate::kit::{Home, Ran, repository};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LINES: &str = "one\ntwo\nthree\n";

/// A home with an honest plugin, added.
fn trusted() -> Option<(Home, PathBuf)> {
    if !has_cc() {
        return None;
    }
    let home = Home::new();
    home.write("lines.txt", LINES);
    let library = hostile(&home, "HONEST", "honest");
    add(&home, &library).exits(0).says(&["added ", "sha256", "honest: Lines"]);
    Some((home, library))
}

fn installed(home: &Home) -> PathBuf {
    home.path("data/workhours/plugins.d/honest.so")
}

fn states(home: &Home) -> Vec<(String, String)> {
    let rows = home.ok(&["plugin", "list", "-O", "jsonl"]).json_lines();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| {
            let file = text(row, "file");
            let name = Path::new(&file).file_name().unwrap().to_string_lossy().into_owned();
            (name, text(row, "state"))
        })
        .collect()
}

#[test]
fn added_it_is_a_source_like_any_other() {
    let Some((home, _)) = trusted() else { return };
    let listed = home.ok(&["-l", "-O", "jsonl"]).json_lines();
    let honest = listed.iter().find(|row| row["name"] == "honest").unwrap();
    assert_eq!(honest["origin"], installed(&home).to_str().unwrap());
    home.load(&["-s", "honest", "lines.txt"]).counts([3, 0, 0, 0]);
    home.load(&["-s", "honest", "lines.txt", "--reread"]).counts([0, 3, 0, 0]);
    home.append("lines.txt", "four\n");
    home.load(&["-s", "honest", "lines.txt"]).counts([1, 0, 0, 0]);
    assert_eq!(home.column("text"), ["one", "two", "three", "four"]);
    home.ok(&["-t"]);
    // It is also detected by its content, among all built-in sources.
    home.write("other.txt", "alpha\nbeta\n");
    home.load(&["-s", "auto", "other.txt"]).counts([2, 0, 0, 0]);
}

#[test]
fn in_this_process_it_gives_the_same() {
    let Some((home, _)) = trusted() else { return };
    home.write("c.toml", "[plugins]\nrun = \"in-process\"\n");
    home.load(&["-s", "honest", "lines.txt"]).counts([3, 0, 0, 0]);
    home.load(&["-c", "c.toml", "-s", "honest", "lines.txt", "--reread"]).counts([0, 3, 0, 0]);
}

#[test]
fn a_changed_file_is_refused_until_it_is_trusted_again() {
    let Some((home, _)) = trusted() else { return };
    let other = hostile(&home, "BAD_TEXT", "honest");
    fs::copy(other, installed(&home)).unwrap();
    assert_eq!(states(&home), [("honest.so".into(), "changed".into())]);
    let refused = home.load_failing(&["-s", "honest", "lines.txt"]);
    let error = refused.tasks()[0]["error"].as_str().unwrap();
    assert!(error.contains("it has changed since it was trusted"), "{error}");
    assert!(error.contains("workhours plugin trust "), "{error}");
    home.ok(&["plugin", "trust", "honest"]);
    assert_eq!(states(&home), [("honest.so".into(), "trusted".into())]);
    home.load(&["-s", "honest", "lines.txt"]).counts([3, 0, 0, 0]);
}

#[test]
fn nothing_is_loaded_by_looking() {
    if !has_cc() {
        return;
    }
    // Its constructor would create a file, in a process without our sandbox.
    let home = Home::new();
    let mark = home.path("it-ran");
    home.write(
        "marks.c",
        format!(
            "#include <stdio.h>\n__attribute__((constructor)) static void c(void) \
             {{ FILE *f = fopen(\"{}\", \"w\"); if (f) fclose(f); }}\n",
            mark.display()
        ),
    );
    fs::create_dir(home.path("plugins.d")).unwrap();
    compile(&home, &home.path("marks.c"), &[], "plugins.d/marks.so");
    home.write("lines.txt", LINES);
    home.ok(&["-l"]);
    home.ok(&["-t"]);
    home.ok(&["plugin", "list"]);
    home.load(&["-s", "log.shell", "lines.txt"]);
    home.run(&["-s", "marks", "lines.txt", "-P"]).exits(2);
    home.run(&["plugin", "info", "marks"]).exits(2);
    assert_eq!(states(&home), [("marks.so".into(), "not trusted".into())]);
    // Asked outright it runs, but in the sandbox, where there is nothing to write to.
    home.run(&["plugin", "info", "plugins.d/marks.so"]).exits(1).says(&["which the sandbox forbids"]);
    home.run(&["plugin", "add", "plugins.d/marks.so"]).exits(1);
    home.run(&["plugin", "check", "plugins.d/marks.so"]).exits(1);
    assert!(!mark.exists());
}

#[cfg(unix)]
#[test]
fn where_others_can_write_nothing_is_loaded_from() {
    use std::os::unix::fs::PermissionsExt;
    let Some((home, library)) = trusted() else { return };
    let chmod = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let folder = home.path("data/workhours/plugins.d");
    for open in [installed(&home), folder.clone()] {
        let before = fs::metadata(&open).unwrap().permissions().mode();
        chmod(&open, before | 0o002);
        assert_eq!(states(&home), [("honest.so".into(), "refused".into())]);
        let list = home.ok(&["-l"]);
        assert!(!list.stdout().contains("honest,"), "{list}");
        list.says(&["can be written by everyone"]);
        let refused = home.run(&["-s", "honest", "lines.txt", "-P"]).exits(2);
        refused.says(&["honest cannot be used", "can be written by everyone", "hint: chmod go-w "]);
        chmod(&open, before);
    }
    home.load(&["-s", "honest", "lines.txt"]).counts([3, 0, 0, 0]);
    // And nothing is taken in there either.
    chmod(&folder, 0o777);
    add(&home, &library).exits(1).says(&["can be written by everyone", "hint: chmod go-w "]);
}

#[test]
fn a_name_that_is_taken_is_refused_with_both_its_owners() {
    if !has_cc() {
        return;
    }
    let home = Home::new();
    add(&home, &hostile(&home, "HONEST", "log.http")).exits(1).says(&["log.http", "built-in", "log.http.so"]);
    add(&home, &hostile(&home, "HONEST", "honest")).exits(0);
    let flags = ["-DNAME=\"honest\""];
    let twin = compile(&home, &repository("tests/hostile/hostile.c"), &flags, "twin.so");
    add(&home, &twin).exits(1).says(&["\"honest\"", "honest.so", "twin.so"]);
    assert_eq!(states(&home), [("honest.so".into(), "trusted".into())]);
}

#[test]
fn removed_it_is_gone() {
    let Some((home, library)) = trusted() else { return };
    home.ok(&["plugin", "remove", "honest"]).says(&["removed "]);
    assert!(!installed(&home).exists() && library.exists());
    assert_eq!(states(&home), []);
    home.run(&["-s", "honest", "lines.txt", "-P"]).exits(2).says(&["unknown source type \"honest\""]);
    home.run(&["plugin", "remove", "honest"]).exits(2).says(&["unknown plugin \"honest\""]);
}

#[test]
fn what_is_no_plugin_is_told_so() {
    if !has_cc() {
        return;
    }
    let home = Home::new();
    home.write("text.so", "not a library");
    home.write("empty.c", "int nothing;\n");
    home.write(
        "later.c",
        "__attribute__((visibility(\"default\"))) const void *workhours_plugin_v2(void) { return 0; }\n",
    );
    let library = |name: &str| compile(&home, &home.path(format!("{name}.c")), &[], &format!("{name}.so"));
    add(&home, &home.path("text.so")).exits(1).says(&["it cannot be loaded"]);
    add(&home, &home.path("none.so")).exits(2).says(&["there is no file"]);
    add(&home, &library("empty")).exits(1).says(&["it does not export workhours_plugin_v1"]);
    let later = add(&home, &library("later")).exits(1);
    later.says(&["built for version 2 of the plugin border; this workhours speaks 1", "update workhours"]);
}

/// The header as it may be one day: every growable struct with a field more.
fn grown_header() -> String {
    let header = fs::read_to_string(repository("workhours-plugin-api/include/workhours_plugin.h")).unwrap();
    let mut grown = header.replace("#define WH_ABI_MINOR 1", "#define WH_ABI_MINOR 2");
    for name in ["wh_event", "wh_reject", "wh_host", "wh_input", "wh_sink", "wh_source", "wh_plugin"] {
        let end = format!("}} {name};");
        assert_eq!(grown.matches(&end).count(), 1, "{name}");
        grown = grown.replace(&end, &format!("  uint64_t later_field;\n{end}"));
    }
    grown
}

#[test]
fn one_built_with_a_later_header_loads_today() {
    if !has_cc() {
        return;
    }
    let home = Home::new();
    home.write("later/workhours_plugin.h", grown_header());
    let later = format!("-I{}", home.path("later").display());
    let source = repository("tests/hostile/hostile.c");
    let library = compile(&home, &source, &[&later, "-DNAME=\"honest\""], "honest.so");
    add(&home, &library).exits(0);
    let info = home.ok(&["plugin", "info", "honest", "-O", "csv"]).stdout();
    assert!(info.contains("abi,1.2"), "{info}");
    home.write("lines.txt", LINES);
    home.load(&["-s", "honest", "lines.txt"]).counts([3, 0, 0, 0]);
    home.ok(&["plugin", "check", library.to_str().unwrap()]);
}

#[test]
fn one_that_needs_a_later_host_says_so() {
    if !has_cc() {
        return;
    }
    let home = Home::new();
    let flags = ["-DNAME=\"honest\\\", \\\"abi\\\": \\\"1.9\""];
    let library = compile(&home, &repository("tests/hostile/hostile.c"), &flags, "honest.so");
    add(&home, &library)
        .exits(1)
        .says(&["honest needs version 1.9 of the plugin border; this workhours speaks 1.1"]);
}

#[test]
fn a_check_finds_what_is_wrong() {
    if !has_cc() {
        return;
    }
    let home = Home::new();
    home.write("fixtures/honest/first/input", LINES);
    home.write("fixtures/honest/first/expected", "3 events, 0 rejects, 0 ignored\n");
    let checked = |case: &str| -> (Ran, Vec<String>) {
        let library = hostile(&home, case, "honest");
        let fixtures = home.path("fixtures");
        let args = ["plugin", "check", library.to_str().unwrap(), fixtures.to_str().unwrap(), "-O", "jsonl"];
        let ran = home.run(&args);
        let rows = ran.json_lines();
        let failed = rows.iter().filter(|row| row["result"] == "fail");
        let failed = failed.map(|row| row["test"].as_str().unwrap().to_owned()).collect();
        (ran, failed)
    };
    let (ran, failed) = checked("HONEST");
    assert_eq!(failed, ["fixtures (1)"], "{ran}");
    let (ran, failed) = checked("UNDECLARED_KIND");
    assert!(failed.contains(&"rows are in the input".into()), "{ran}");
    let (ran, failed) = checked("SEGV_PARSE");
    assert!(failed.contains(&"twice the same".into()) && ran.stdout().contains("input first"), "{ran}");
    assert!(!failed.contains(&"description".into()), "the others still run\n{ran}");
}

/// Runs a tool in a folder; it must succeed.
#[track_caller]
fn runs(dir: &Path, command: &mut Command) {
    let output = command.current_dir(dir).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{command:?}\n{}", said.concat());
}

/// Writes, builds, checks, adds and uses a new project, as in its README.
fn from_nothing(lang: &str, build: impl FnOnce(&Path, &Path) -> PathBuf) {
    let home = Home::new();
    home.ok(&["plugin", "new", "my.log", "--lang", lang]).says(&["workhours plugin check"]);
    let project = home.path("my.log");
    let library = build(&project, &home.path(""));
    let fixtures = project.join("fixtures");
    home.ok(&["plugin", "check", library.to_str().unwrap(), fixtures.to_str().unwrap()]);
    add(&home, &library).exits(0);
    let input = fixtures.join("my.log/first/input");
    let summary = home.load(&["-s", "my.log", input.to_str().unwrap()]);
    assert!(summary.n("events") > 0);
    assert!(home.column("source_type").iter().all(|name| name == "my.log"));
    home.run(&["plugin", "new", "my.log", "--lang", lang]).exits(2);
}

#[test]
fn a_new_project_in_c() {
    if !has_cc() {
        return;
    }
    from_nothing("c", |project, _| {
        runs(project, &mut Command::new("make"));
        project.join("my.log.so")
    });
}

#[test]
fn a_new_project_in_rust_without_a_network() {
    from_nothing("rust", |project, home| {
        let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
        // Nothing of cargo's own except the compiler: no registry, no cache.
        let call = |args: &[&str]| {
            let mut command = Command::new(&cargo);
            command.args(args).arg("--offline").env("CARGO_HOME", home.join("cargo-home"));
            for name in ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_BUILD_TARGET"] {
                command.env_remove(name);
            }
            runs(project, &mut command);
        };
        call(&["build", "--release"]);
        call(&["test"]);
        project.join("target/release/libmy_log.so")
    });
}
