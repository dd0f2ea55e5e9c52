//! Plugins compiled for a test, and homes in which they are trusted.

use super::{Home, Ran, repository};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether there is a C compiler; prints if there isn't.
pub(crate) fn has_cc() -> bool {
    let there = Command::new("cc").arg("--version").output().is_ok_and(|o| o.status.success());
    if !there {
        crate::kit::skipped(format_args!("there is no C compiler"));
    }
    there
}

/// Compiles C into a library of this home.
pub(crate) fn compile(home: &Home, source: &Path, flags: &[&str], library: &str) -> PathBuf {
    let out = home.path(library);
    let include = repository("workhours-plugin-api/include");
    let built = Command::new("cc")
        .args(["-std=gnu99", "-O0", "-fPIC", "-shared", "-fvisibility=hidden"])
        .args(flags)
        .arg("-I")
        .arg(include)
        .arg(source)
        .arg("-o")
        .arg(&out)
        .output()
        .unwrap();
    assert!(built.status.success(), "cc: {}", String::from_utf8_lossy(&built.stderr));
    out
}

/// The plugin that misbehaves as requested.
pub(crate) fn hostile(home: &Home, case: &str, name: &str) -> PathBuf {
    let flags = [format!("-DCASE={case}"), format!("-DNAME=\"{name}\"")];
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    compile(home, &repository("tests/hostile/hostile.c"), &flags, &format!("{name}.so"))
}

/// Adds a library.
pub(crate) fn add(home: &Home, library: &Path) -> Ran {
    home.run(&["plugin", "add", library.to_str().unwrap()])
}

/// Runs cargo on another workspace, next to the target directory of this one; returns the directory it built in.
#[track_caller]
pub(crate) fn cargo(workspace: &Path, args: &[&str], target: &str) -> PathBuf {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built =
        Path::new(env!("CARGO_BIN_EXE_workhours")).ancestors().nth(2).unwrap().join("plugins").join(target);
    let output = Command::new(program)
        .args(args)
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", &built)
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
    built
}
