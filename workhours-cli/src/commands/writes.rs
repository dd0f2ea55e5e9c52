//! What each command writes in addition to its results, so that one that can't write fails before it begins. A command
//! that isn't listed here writes nothing, and the store rejects any write that was forgotten.

use crate::args::{
    Cli, ColumnsCommand, Command, Db, Fs, Hours, IndexCommand, Inputs, MainArgs, PluginCommand, Rejects,
    Reports, Schedule, Tags, Tasks, Tokens,
};
use crate::session::Session;
use workhours_core::error::Result;
use workhours_core::store::{self, ReadOnly};

/// What is written, and its name in errors: "cannot load".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writes {
    Nothing,
    /// The database, and maybe files.
    Database(&'static str),
    /// Files of ours alone: index, snapshots, plugins, config.
    Files(&'static str),
}

/// Rejects a command that would write where it may not or can't.
pub(super) fn check(cli: &Cli, session: &Session<'_>) -> Result<()> {
    let (what, needs_database) = match writes(cli) {
        Writes::Nothing => return Ok(()),
        Writes::Database(what) => (what, true),
        Writes::Files(what) => (what, false),
    };
    if session.config.read_only {
        return Err(ReadOnly::Requested.refuse(what));
    }
    match store::barred(&session.config.database).filter(|_| needs_database) {
        Some(why) => Err(why.refuse(what)),
        None => Ok(()),
    }
}

fn writes(cli: &Cli) -> Writes {
    match &cli.command {
        None => of_flags(&cli.main),
        Some(Command::Inputs(Inputs::Reload { .. })) => Writes::Database("reload an input"),
        Some(Command::Inputs(Inputs::Remove { .. })) => Writes::Database("remove an input"),
        Some(Command::Tasks(Tasks::Undo { .. })) => Writes::Database("undo a task"),
        Some(Command::Tags(Tags::Apply)) => Writes::Database("apply the tag rules"),
        Some(Command::Purge(asked)) if !asked.check && !asked.dry_run => Writes::Database("purge"),
        Some(Command::Redact(asked)) if asked.apply => Writes::Database("redact"),
        Some(Command::Retain(asked)) if !asked.dry_run => Writes::Database("remove old events"),
        Some(Command::Tokens(Tokens::Add { .. })) => Writes::Database("add a token"),
        Some(Command::Tokens(Tokens::Revoke { .. })) => Writes::Database("revoke a token"),
        Some(Command::Schedule(Schedule::Run { .. })) => Writes::Database("run a schedule"),
        Some(Command::Watch(_)) => Writes::Database("load"),
        Some(Command::Serve(asked)) if asked.watch => Writes::Database("load"),
        Some(Command::Scan(asked)) if asked.load => Writes::Database("load"),
        Some(Command::Scan(asked)) if asked.write_config.is_some() => Writes::Files("write a config"),
        Some(Command::Columns(ColumnsCommand::Update)) => Writes::Files("update the columns"),
        Some(Command::Columns(ColumnsCommand::Rebuild)) => Writes::Files("rebuild the columns"),
        Some(Command::Index(IndexCommand::Update)) => Writes::Files("update the index"),
        Some(Command::Index(IndexCommand::Rebuild)) => Writes::Files("rebuild the index"),
        Some(Command::Rejects(Rejects::Replay { .. })) => Writes::Database("replay rejects"),
        Some(Command::Reports(Reports::Save { .. })) => Writes::Database("save a report"),
        Some(Command::Reports(Reports::Delete { .. })) => Writes::Database("delete a report"),
        Some(Command::Reports(Reports::Snapshot { .. })) => Writes::Files("keep a snapshot"),
        Some(Command::Hours(Hours::List)) => Writes::Nothing,
        Some(Command::Hours(_)) => Writes::Database("correct the hours"),
        Some(Command::Db(Db::Migrate)) => Writes::Database("bring the tables up to date"),
        // It reads all inputs again in a transaction that is taken back in the end.
        Some(Command::Db(Db::Check { deep: true })) => Writes::Database("compare it with its copies"),
        Some(Command::Db(Db::Restore { .. })) => Writes::Database("restore the database"),
        Some(Command::Fs(Fs::Gc)) => Writes::Database("look after the filestore"),
        Some(Command::Plugin(
            PluginCommand::Add { .. } | PluginCommand::Trust { .. } | PluginCommand::Remove { .. },
        )) => Writes::Files("change which plugins are trusted"),
        // `db copy` and `plugin new` write where the user named it, like the file of `-o`.
        Some(_) => Writes::Nothing,
    }
}

fn of_flags(main: &MainArgs) -> Writes {
    match (main.parse, main.test) {
        (true, _) => Writes::Database("load"),
        (_, true) => Writes::Database("test that the database and the filestore can be used"),
        _ => Writes::Nothing,
    }
}
