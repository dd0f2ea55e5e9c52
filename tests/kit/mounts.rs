//! Separate file systems for a test: a read-only folder, a disk that is soon full. They are mounted in a namespace of
//! the tested program, so other programs don't see them and nothing needs unmounting. Also the state of a folder, to
//! compare with a later one.

use super::{Home, Ran};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// How to enter a new namespace here: as root, or as a user who is root in it. Prints if that isn't possible.
pub(crate) fn unshare() -> Option<Vec<&'static str>> {
    let ways = [vec!["unshare", "-m"], vec!["unshare", "-rm"]];
    let works = |way: &Vec<&str>| {
        let script = "mount -t tmpfs -o size=64k none /mnt";
        let tried =
            Command::new(way[0]).args(&way[1..]).args(["sh", "-c", script]).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    let found = ways.into_iter().find(works);
    if found.is_none() {
        super::skipped(format_args!("nothing can be mounted here: unshare -m is not permitted"));
    }
    found
}

/// How to enter a new namespace of users here, which has limits of its own. Prints if that isn't possible.
pub(crate) fn unshare_user() -> Option<Vec<&'static str>> {
    let way = vec!["unshare", "-r"];
    let script = "echo 0 > /proc/sys/user/max_inotify_instances";
    let tried =
        Command::new(way[0]).args(&way[1..]).args(["sh", "-c", script]).stderr(Stdio::null()).status();
    if tried.is_ok_and(|status| status.success()) {
        return Some(way);
    }
    super::skipped(format_args!("limits can't be set here: unshare -r is not permitted"));
    None
}

/// The program in this home, once a shell script has mounted something.
pub(crate) fn mounted(home: &Home, way: &[&str], script: &str, args: &[&str]) -> Command {
    wrapped(home, &[way, &["sh", "-ec", &format!("{script}\nexec \"$0\" \"$@\"")]].concat(), args)
}

/// Runs a shell script in a separate namespace, with this home's environment; the program is its `$0`.
pub(crate) fn script(home: &Home, way: &[&str], text: &str) -> Ran {
    let plain = home.command::<&str>(&[]);
    let mut command = Command::new(way[0]);
    command.args(&way[1..]).args(["sh", "-c", text]).arg(plain.get_program());
    command.current_dir(plain.get_current_dir().unwrap()).env_clear().stdin(Stdio::null());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(&mut command)
}

/// The program in this home, started by another.
pub(crate) fn wrapped(home: &Home, by: &[&str], args: &[&str]) -> Command {
    let plain = home.command(args);
    let mut command = Command::new(by[0]);
    command.args(&by[1..]).arg(plain.get_program()).args(plain.get_args());
    command.current_dir(plain.get_current_dir().unwrap()).env_clear().stdin(Stdio::null());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

/// Runs the program with a folder of its home mounted read-only.
pub(crate) fn run_read_only(home: &Home, way: &[&str], folder: &str, args: &[&str]) -> Ran {
    Ran::of(&mut mounted(home, way, &read_only(folder), args))
}

/// Mounts a folder read-only, in place.
pub(crate) fn read_only(folder: &str) -> String {
    format!("mount --bind {folder} {folder}\nmount -o remount,bind,ro {folder}")
}

/// Everything in a folder: names, sizes, modification times, and contents.
pub(crate) fn state(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Option<Vec<u8>>)> {
    let mut found = BTreeMap::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(path) = todo.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let bytes = meta.is_file().then(|| fs::read(&path).unwrap());
        if meta.is_dir() {
            todo.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.insert(path, (meta.modified().unwrap(), bytes));
    }
    found
}

/// Fails for every file and folder that is not as it was.
#[track_caller]
pub(crate) fn assert_same(
    before: &BTreeMap<PathBuf, (SystemTime, Option<Vec<u8>>)>,
    folder: &Path,
    after: &str,
) {
    let now = state(folder);
    let differs = |path: &&PathBuf| before.get(*path) != now.get(*path);
    let mut different: Vec<&PathBuf> = before.keys().chain(now.keys()).filter(differs).collect();
    different.dedup();
    assert!(different.is_empty(), "{after} has changed {different:?}");
}
