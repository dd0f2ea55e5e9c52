//! `xonsh.history`: the commands xonsh keeps, in a SQLite database or in a JSON file for each session.
//!
//! Not for the environment in the JSON files, nor for the output of the commands.

use crate::toolkit::cells::Cells;
use crate::toolkit::epoch;
use crate::toolkit::facts::Facts;
use crate::toolkit::json::tree::Tree;
use crate::toolkit::sqlite::{self, COMPANIONS, Database, Select};
use workhours_plugin_api::*;

/// The source `xonsh.history`.
pub struct XonshHistory;

export_source!(XonshHistory);

static INFO: SourceInfo = SourceInfo {
    name: "xonsh.history",
    aliases: &["xonsh_history"],
    summary: "Commands recorded by xonsh, from its database or its JSON files",
    details: "\
A database is told from a JSON file by its content. In a database each row of `xonsh_history` is an event, in a \
JSON file each entry of `data.cmds`.

* Times are in seconds since 1970 with a fraction, read to the microsecond: when the command began and when it \
ended. Absent or 0: the event has no date, or no end.
* `exit_status` is `rtn`, `session` the session's UUID, `frequency` how often the command was given, if more than \
once. White space at the end of a command is taken off. The environment and the output are not read.
* A command is known by its session and its time, or itself where it has no time, in either form.
* An entry without a command is rejected.",
    authority: "xonsh, xonsh/history/sqlite.py and json.py: https://github.com/xonsh/xonsh",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["shell.command"],
    locations: &[
        Location { os: Os::Any, glob: "~/.local/share/xonsh/xonsh-history.sqlite" },
        Location { os: Os::Any, glob: "~/.local/share/xonsh/history_json/xonsh-*.json" },
        Location { os: Os::Any, glob: "~/.local/share/xonsh/xonsh-*.json" },
        Location { os: Os::Windows, glob: "~/AppData/Local/xonsh/xonsh/xonsh-history.sqlite" },
        Location { os: Os::Windows, glob: "~/AppData/Local/xonsh/xonsh/history_json/xonsh-*.json" },
    ],
    companions: COMPANIONS,
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/xonsh.history"), events: 3, rejects: 1 },
};

const COMMANDS: Select = Select {
    alias: "h",
    table: "xonsh_history",
    joins: &[],
    columns: &["h.inp", "h.rtn", "h.tsb", "h.tse", "h.sessionid", "h.frequency", "h.cwd"],
};

impl IDataSource for XonshHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let bytes = input.map()?;
        if !sqlite::is_database(bytes) {
            if !bytes.trim_ascii_start().starts_with(b"{") {
                let why = "a SQLite database or a JSON object was expected";
                return Err(SourceError::Unsupported(why.into()));
            }
            return read_json(bytes, out);
        }
        let database = Database::open(input)?;
        database.expect("xonsh_history", &["inp", "tsb", "sessionid"])?;
        database.rows(&COMMANDS, out, |cells, out| Ok(row(cells).push_into(cells.span(), out)?))
    }
}

/// A command in either form.
struct Command<'a> {
    text: &'a [u8],
    session: &'a [u8],
    cwd: &'a [u8],
    begin: (Option<EventTime>, RowFlags),
    end: (Option<EventTime>, RowFlags),
    exit_status: Option<i64>,
    frequency: Option<i64>,
}

fn row<'a>(cells: &'a Cells<'_>) -> Command<'a> {
    Command {
        text: cells.bytes("h.inp"),
        session: cells.bytes("h.sessionid"),
        cwd: cells.bytes("h.cwd"),
        begin: cells.time("h.tsb", |secs, _| epoch::from_1970_secs(secs)),
        end: cells.time("h.tse", |secs, _| epoch::from_1970_secs(secs)),
        exit_status: cells.int("h.rtn"),
        frequency: cells.int("h.frequency").filter(|n| *n > 1),
    }
}

impl Command<'_> {
    fn push_into(&self, span: Span<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let text = self.text.trim_ascii_end();
        if text.is_empty() {
            let (code, reason) = (RejectCode::Malformed, "the entry holds no command");
            return out.reject(&Reject { span, code, reason, provisional: false });
        }
        let (time, end) = (self.begin.0, self.end.0);
        let us = |t: EventTime| t.secs.saturating_mul(1_000_000).saturating_add(i64::from(t.nanos) / 1_000);
        let elapsed = time.zip(end).map(|(begin, end)| us(end).saturating_sub(us(begin)));
        let mut facts = Facts::default();
        facts.text("cwd", self.cwd);
        facts.text("session", self.session);
        facts.int("elapsed_ms", elapsed.filter(|us| *us >= 0).map(|us| us / 1_000));
        facts.int("exit_status", self.exit_status);
        facts.int("frequency", self.frequency);
        let key = match time {
            Some(time) => [self.session, b" ", us(time).to_string().as_bytes()].concat(),
            None => [self.session, b" - ", text].concat(),
        };
        out.emit(&EventRow {
            span,
            time,
            end,
            kind: "shell.command",
            key: &key,
            text: Text(text),
            attrs: &facts.0,
            flags: self.begin.1 | self.end.1,
            ..EventRow::default()
        })
    }
}

const MEMBERS: [&str; 6] = ["inp", "rtn", "cwd", "ts.0", "ts.1", "sessionid"];

fn read_json(bytes: &[u8], out: &mut dyn EventSink) -> Result<(), SourceError> {
    let tree = Tree::read(bytes, &MEMBERS)?;
    // The data have an index before them, which names its parts like the data do.
    let is_data = |node: usize| tree.parent(node) == Some(0) && *tree.member(node) == *b"data";
    let data = (0..tree.nodes.len()).find(|node| is_data(*node)).unwrap_or(0);
    if tree.token(data, "sessionid").is_empty() {
        return Err(SourceError::Unsupported("the JSON object is no session (data.sessionid)".into()));
    }
    let session = tree.text(data, "sessionid");
    for node in 0..tree.nodes.len() {
        if tree.parent(node) != Some(data) || *tree.member(node) != *b"cmds" {
            continue;
        }
        if tree.too_long(node) {
            tree.refuse(node, RejectCode::TooLong, "the command is longer than a record may be", out)?;
            continue;
        }
        let command = Command {
            text: &tree.text(node, "inp"),
            session: &session,
            cwd: &tree.text(node, "cwd"),
            begin: tree.time(node, "ts.0", |secs, _| epoch::from_1970_secs(secs)),
            end: tree.time(node, "ts.1", |secs, _| epoch::from_1970_secs(secs)),
            exit_status: tree.int(node, "rtn"),
            frequency: None,
        };
        command.push_into(tree.span(node), out)?;
    }
    Ok(())
}
