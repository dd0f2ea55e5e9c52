//! `db backup|restore`: a copy of the database in one file, and the database from such a copy. The copy is one state of the
//! database, however much is loaded meanwhile, and its counts and checksums are compared.

use super::Outcome;
use crate::console::count;
use crate::progress::Rows;
use crate::session::Session;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use workhours_core::database::{Access, DatabaseUri, SqlitePath};
use workhours_core::disk::{OnDisk, Written};
use workhours_core::error::{Context, Error, Result};
use workhours_core::store::{self, Store};

/// What a backup is called until it is whole.
const PART: &str = ".part";
/// Files that SQLite keeps next to a database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Writes a backup.
pub(super) fn backup(session: &Session<'_>, file: &Path, keep: Option<usize>) -> Result<Outcome> {
    if keep == Some(0) {
        return Err(
            Error::usage("--keep 0 would remove the backup that was just made").hint("keep 1 or more")
        );
    }
    if file.exists() {
        return Err(Error::usage(format!("{} exists already", file.display()))
            .hint("a backup never replaces a file; in a schedule, put {date} into the name"));
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let say = || format!("cannot make the folder {}", folder.display());
        fs::create_dir_all(folder).on_disk(Written::Output, folder, say)?;
    }
    let part = with_ending(file, PART);
    let from = &session.config.database;
    let rows = copy(session, from, session.config.access(), &sqlite(&part)?)?;
    store::mark_backup(&mut Store::open(&sqlite(&part)?)?, store::now_us())?;
    let name = || format!("cannot write {}", file.display());
    fs::rename(&part, file).on_disk(Written::Output, file, name)?;
    session.console.say(format_args!(
        "backed up {} of {from} to {}; counts and sums agree",
        count(rows, "row"),
        file.display()
    ));
    if let Some(keep) = keep {
        remove_old(session, file, keep)?;
    }
    Ok(Outcome::Done)
}

/// Restores the database. It's another one from then on, so that what was made of the old one is made again.
pub(super) fn restore(session: &Session<'_>, file: &Path, replace: bool) -> Result<Outcome> {
    let to = &session.config.database;
    if !file.is_file() {
        return Err(
            Error::usage(format!("{}: no such file", file.display())).hint("check the name of the backup")
        );
    }
    let from = sqlite(file)?;
    if store::backup_of(&mut Store::open_as(&from, Access::Read)?)?.is_none() {
        return Err(Error::usage(format!("{} isn't a complete backup", file.display()))
            .hint("a backup is made by workhours db backup; to copy any database: workhours db copy"));
    }
    if is_same(file, to) {
        return Err(Error::usage(format!("{} is the database itself", file.display())));
    }
    let aside = if replace { move_aside(to)? } else { None };
    let rows = match copy(session, &from, Access::Read, to) {
        Ok(rows) => rows,
        Err(e) => {
            if let Some((aside, file)) = &aside {
                // As it was before.
                move_all(aside, file)?;
            }
            return Err(match e.is_user_error() && !replace {
                true => e.or_hint("to move the present database aside first: --replace"),
                false => e,
            });
        }
    };
    session.console.say(format_args!(
        "restored {} from {} to {to}; counts and sums agree",
        count(rows, "row"),
        file.display()
    ));
    if let Some((aside, _)) = &aside {
        session.console.say(format_args!("the database of before is {}", aside.display()));
    }
    session.console.say("load your inputs again: what came after the backup is added; the index is rebuilt");
    Ok(Outcome::Done)
}

fn copy(session: &Session<'_>, from: &DatabaseUri, access: Access, to: &DatabaseUri) -> Result<u64> {
    let copied = store::copy(from, access, to, &Rows::new(session.console.is_quiet()))?;
    Ok(copied.iter().map(|table| table.sum.rows).sum())
}

/// Removes backups of this database in a folder, except for the newest.
fn remove_old(session: &Session<'_>, file: &Path, keep: usize) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let uuid = session.store()?.uuid().to_owned();
    let entries = fs::read_dir(folder).context(|| format!("cannot list {}", folder.display()))?;
    let mut older = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let is_alike = path.extension() == file.extension() && path.is_file();
        if !is_alike || path.file_name() == file.file_name() {
            continue;
        }
        // Anything else in that folder is none of ours, such as a copy that is a database by itself.
        let opened = Store::open_as(&sqlite(&path)?, Access::Read);
        let backup = opened.and_then(|mut store| store::backup_of(&mut store)).ok().flatten();
        older.extend(backup.filter(|backup| backup.uuid == uuid).map(|backup| (backup.made_us, path)));
    }
    older.sort();
    let too_many = (older.len() + 1).saturating_sub(keep);
    for (_, path) in &older[..too_many] {
        fs::remove_file(path).context(|| format!("cannot remove {}", path.display()))?;
        session.console.say(format_args!("removed the backup {}", path.display()));
    }
    Ok(())
}

/// Whether a file is that of a database.
fn is_same(file: &Path, uri: &DatabaseUri) -> bool {
    let DatabaseUri::Sqlite(SqlitePath::File(other)) = uri else { return false };
    file.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(file, other)| file == other)
}

/// Gives an SQLite database another name, with what belongs to it. Returns the new name and the old one, if there was one.
fn move_aside(uri: &DatabaseUri) -> Result<Option<(PathBuf, PathBuf)>> {
    let DatabaseUri::Sqlite(SqlitePath::File(file)) = uri else {
        return Err(Error::usage("--replace is for SQLite; a server's database is not moved aside")
            .hint("make an empty database on the server, and name that with --db"));
    };
    if !file.exists() {
        return Ok(None);
    }
    let aside = with_ending(file, &format!(".before-{}", store::now_us() / 1_000_000));
    move_all(file, &aside)?;
    Ok(Some((aside, file.clone())))
}

fn move_all(from: &Path, to: &Path) -> Result<()> {
    for ending in ["", COMPANIONS[0], COMPANIONS[1], COMPANIONS[2]] {
        let (from, to) = (with_ending(from, ending), with_ending(to, ending));
        if from.exists() {
            fs::rename(&from, &to).context(|| format!("cannot move {}", from.display()))?;
        } else {
            // What a failed copy has left.
            let _ = fs::remove_file(&to);
        }
    }
    Ok(())
}

fn sqlite(file: &Path) -> Result<DatabaseUri> {
    let file = std::path::absolute(file).context(|| format!("cannot find {}", file.display()))?;
    Ok(DatabaseUri::Sqlite(SqlitePath::File(file)))
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
