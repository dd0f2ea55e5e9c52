//! `atuin`: the commands in Atuin's history database.
//!
//! Not for its encrypted record store (`records.db`), from which this database is made.

use crate::toolkit::cells::Cells;
use crate::toolkit::epoch;
use crate::toolkit::facts::Facts;
use crate::toolkit::sqlite::{COMPANIONS, Database, Select};
use workhours_plugin_api::*;

/// The source `atuin`.
pub struct Atuin;

export_source!(Atuin);

static INFO: SourceInfo = SourceInfo {
    name: "atuin",
    aliases: &["atuin.history"],
    summary: "Commands recorded by Atuin (history.db)",
    details: "\
Each row of `history` is an event. The columns that exist are read, whatever the version.

* `timestamp` is in nanoseconds since 1970: when the command began. 0: the event has no date.
* `duration` is in nanoseconds: it gives the end and `elapsed_ms`. −1 is a command that did not finish, or not yet: \
it has neither, and no `exit_status`.
* `hostname` is `host:user`: the host and the user of the event.
* Rows the user deleted (`deleted_at` is set) are ignored.
* A command is known by its `id`, a UUID. An empty command is rejected.",
    authority: "Atuin, crates/atuin-client/migrations and src/history.rs: https://github.com/atuinsh/atuin",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["shell.command"],
    locations: &[
        Location { os: Os::Any, glob: "~/.local/share/atuin/history.db" },
        Location { os: Os::Windows, glob: "~/AppData/Roaming/atuin/history.db" },
    ],
    companions: COMPANIONS,
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/atuin"), events: 3, rejects: 0 },
};

const COMMANDS: Select = Select {
    alias: "h",
    table: "history",
    joins: &[],
    columns: &[
        "h.id",
        "h.timestamp",
        "h.duration",
        "h.exit",
        "h.command",
        "h.cwd",
        "h.session",
        "h.hostname",
        "h.deleted_at",
        "h.author",
        "h.intent",
    ],
};

impl IDataSource for Atuin {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let database = Database::open(input)?;
        let columns = ["id", "timestamp", "duration", "exit", "command", "cwd", "session", "hostname"];
        database.expect("history", &columns)?;
        database.rows(&COMMANDS, out, |cells, out| Ok(emit(cells, out)?))
    }
}

fn emit(cells: &Cells<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    if cells.yes("h.deleted_at") {
        return out.ignored(1);
    }
    let command = cells.bytes("h.command");
    if command.is_empty() {
        return cells.refuse("the row holds no command", out);
    }
    let (time, flags) = cells.time("h.timestamp", |_, n| Some(epoch::from_1970_ns(n)));
    let duration = cells.int("h.duration").filter(|d| *d >= 0);
    let end = cells.int("h.timestamp").zip(duration).and_then(|(from, d)| from.checked_add(d));
    let mut facts = Facts::default();
    facts.text("cwd", cells.bytes("h.cwd"));
    facts.text("session", cells.bytes("h.session"));
    facts.int("elapsed_ms", duration.map(|ns| ns / 1_000_000));
    facts.int("exit_status", duration.and(cells.int("h.exit")));
    facts.text("author", cells.bytes("h.author"));
    facts.text("intent", cells.bytes("h.intent"));
    let name = cells.bytes("h.hostname");
    let (host, user) = match name.iter().position(|b| *b == b':') {
        Some(colon) => (&name[..colon], &name[colon + 1..]),
        None => (name, &b""[..]),
    };
    let key = match cells.bytes("h.id") {
        b"" => cells.key(&["h.session", "h.timestamp", "h.command"]),
        id => id.to_vec(),
    };
    out.emit(&EventRow {
        span: cells.span(),
        time,
        end: time.and(end).map(epoch::from_1970_ns),
        kind: "shell.command",
        key: &key,
        text: Text(command),
        host: Text(host),
        user: Text(user),
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}
