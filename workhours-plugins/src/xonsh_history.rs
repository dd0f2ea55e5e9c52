//! `xonsh.history`: the commands xonsh keeps, in a SQLite database or in a JSON file for each session.
//!
//! Not for the environment that the JSON files hold beside the commands, nor for what the commands printed.

use crate::cells::Cells;
use crate::epoch;
use crate::facts::Facts;
use crate::sqlite::{self, COMPANIONS, Database, Select};
use serde_json::Value as Json;
use workhours_plugin_api::*;

/// The source behind `xonsh.history`.
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
* A command is known by its session, its time and itself, in either form.
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
    sample: Sample { bytes: include_bytes!("../samples/xonsh.history"), events: 3, rejects: 1 },
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
        if !sqlite::is_database(input.map()?) {
            return read_json(input.map()?, out);
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
        let refuse = |code, reason| Reject { span, code, reason, provisional: false };
        if text.is_empty() {
            return out.reject(&refuse(RejectCode::Malformed, "the entry holds no command"));
        }
        if text.len() > MAX_RECORD_BYTES {
            return out.reject(&refuse(RejectCode::TooLong, "the command is longer than a record may be"));
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
        let begin = time.map_or_else(|| "-".to_owned(), |t| us(t).to_string());
        let key = [self.session, b" ", begin.as_bytes(), b" ", text].concat();
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

fn read_json(bytes: &[u8], out: &mut dyn EventSink) -> Result<(), SourceError> {
    let bytes = bytes.trim_ascii();
    if !bytes.starts_with(b"{") {
        let why = "a SQLite database or a JSON object was expected";
        return Err(SourceError::Unsupported(why.into()));
    }
    let document: Json = serde_json::from_slice(bytes)
        .map_err(|e| SourceError::Corrupt(format!("the JSON ends or breaks: {e}")))?;
    // Without the index around it the object itself is the data.
    let data = document.get("data").unwrap_or(&document);
    let Some(commands) = data.get("cmds").and_then(Json::as_array) else {
        return Err(SourceError::Unsupported("the JSON object has no list of commands (data.cmds)".into()));
    };
    let session = string(data.get("sessionid"));
    for (entry, number) in commands.iter().zip(1..) {
        let times = entry.get("ts");
        let command = Command {
            text: string(entry.get("inp")),
            session,
            cwd: string(entry.get("cwd")),
            begin: time(times.and_then(|ts| ts.get(0))),
            end: time(times.and_then(|ts| ts.get(1))),
            exit_status: entry.get("rtn").and_then(Json::as_i64),
            frequency: None,
        };
        command.push_into(Span { offset: number, line: 0, raw: b"" }, out)?;
    }
    Ok(())
}

fn string(value: Option<&Json>) -> &[u8] {
    value.and_then(Json::as_str).unwrap_or_default().as_bytes()
}

fn time(value: Option<&Json>) -> (Option<EventTime>, RowFlags) {
    match value {
        None | Some(Json::Null) => (None, RowFlags::NONE),
        Some(value) => match value.as_f64() {
            Some(0.0) => (None, RowFlags::NONE),
            secs => match secs.and_then(epoch::from_1970_secs) {
                Some(time) => (Some(time), RowFlags::NONE),
                None => (None, RowFlags::BAD_TIME),
            },
        },
    }
}
