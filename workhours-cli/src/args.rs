//! What can be typed: the flags of the old tool, spelled as they were, and the sub-commands.

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;

/// Gathers the traces computers already keep into one database of events, and reports on them.
#[derive(Debug, Parser)]
#[command(name = "workhours", version, max_term_width = 100, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = false, subcommand_negates_reqs = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) main: MainArgs,
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  workhours -s log.http 'access.log*' -P            load a rotated series of logs
  workhours -r gap -G 30 --from yesterday           what happened since yesterday, with its gaps
  workhours -s auto notes.log -P -r events -O csv   load and print in one go
  workhours -c local.ini -P -O json                 load what a config names, with a summary for scripts";

/// What to do: load, report, or tell about itself. The settings of reports are kept with those that are saved.
#[derive(Clone, Debug, Default, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MainArgs {
    /// List the source types: name, summary, origin
    #[arg(short = 'l', long = "list-source-types")]
    #[serde(skip)]
    pub(crate) list_source_types: bool,

    /// An input: a source type (or auto) and a file, folder, pattern, or - for standard input [repeatable]
    #[arg(short = 's', long = "src", num_args = 2, value_names = ["TYPE", "PATH"], action = ArgAction::Append)]
    #[serde(skip)]
    pub(crate) src: Vec<OsString>,

    /// Load every input given by -s and by the config
    #[arg(short = 'P', long = "parse")]
    #[serde(skip)]
    pub(crate) parse: bool,

    /// Read inputs from their start, whatever was read before; known events count as duplicates
    #[arg(long, requires = "parse")]
    #[serde(skip)]
    pub(crate) reread: bool,

    /// Read so many inputs at once [default: 1]
    #[arg(short = 'j', long, requires = "parse", value_name = "N")]
    #[serde(skip)]
    pub(crate) jobs: Option<u32>,

    /// Fail when records were rejected
    #[arg(long, requires = "parse")]
    #[serde(skip)]
    pub(crate) strict: bool,

    /// List the reports
    #[arg(long = "list-report-types")]
    #[serde(skip)]
    pub(crate) list_report_types: bool,

    /// Print a report [repeatable]
    #[arg(short = 'r', long = "report", value_name = "NAME")]
    pub(crate) reports: Vec<String>,

    /// Print all events: the same as -r events
    #[arg(short = 'p', long = "print-all")]
    #[serde(skip)]
    pub(crate) print_all: bool,

    /// Only events this question is true of: 'user:ada -tag:home date>=2026-03 "release notes"' [repeatable]
    #[arg(long = "where", value_name = "QUERY", allow_hyphen_values = true)]
    pub(crate) wheres: Vec<String>,

    /// Group a report's rows by these columns, and sum up the others
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) group_by: Vec<String>,

    /// Sort a report's rows by these columns; a minus before one puts the greatest first
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) sort: Vec<String>,

    /// No more than so many rows
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// Divide hours, sessions or a histogram by: source, kind, host, user, tag, project or domain
    #[arg(long, value_name = "DIMENSION")]
    pub(crate) by: Option<String>,

    /// The stretch of time a row stands for: year, quarter, month, week, day, hour, minute or weekday-hour
    #[arg(long, value_name = "BUCKET")]
    pub(crate) bucket: Option<String>,

    /// Whose traces count as work: human, machine, mixed, several with commas, or all [default: human]
    #[arg(long, value_name = "WHOSE")]
    pub(crate) activity: Option<String>,

    /// Minutes counted before the first event of a session [default: 0]
    #[arg(long, value_name = "MIN")]
    pub(crate) pad: Option<f64>,

    /// When a day begins, up to 12:00 [default: 00:00]
    #[arg(long, value_name = "HH:MM")]
    pub(crate) day_start: Option<String>,

    /// Round hours: MINUTES[:up|down|nearest[:session|row|day|total]], such as 15 or 6:up:day
    #[arg(long, value_name = "HOW")]
    pub(crate) round: Option<String>,

    /// Show the total hours at several gap times
    #[arg(long)]
    pub(crate) sensitivity: bool,

    /// Minutes without an event that make a gap [default: 15]
    #[arg(short = 'G', long = "gaptime", value_name = "MIN")]
    pub(crate) gaptime: Option<f64>,

    /// Only events of this user [repeatable]
    #[arg(short = 'u', long = "username", value_name = "USER")]
    pub(crate) users: Vec<String>,

    /// Only events from this time on: 2024-05-01, 'yesterday 17:30', 'last monday', -7d
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,

    /// Only events before this time; a day, month or year is meant to its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,

    /// Only events of this source type [repeatable]
    #[arg(long = "source", value_name = "TYPE")]
    pub(crate) sources: Vec<String>,

    /// Only events that hold this text, in any case, in title, text, URL, host or user
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,

    /// Self-test: every source parses its own sample, database and filestore can be used
    #[arg(short = 't', long = "test")]
    #[serde(skip)]
    pub(crate) test: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Even into a pipe
    Always,
    /// Never
    Never,
}

/// Where everything is and how it is shown; these work with every sub-command too.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Config file, INI or TOML [default: workhours/config.toml in the XDG config directory, if there]
    #[arg(short = 'c', long = "config", visible_alias = "config-file", value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,

    /// Database: sqlite:///relative.db, sqlite:////absolute.db, sqlite:///:memory:, postgresql://…, mysql://…
    #[arg(long = "db", visible_aliases = ["eventsdb", "sqldb-url"], value_name = "URI", global = true)]
    #[arg(env = "WORKHOURS_DB", hide_env_values = true)]
    pub(crate) db: Option<String>,

    /// Filestore for copies of what was read
    #[arg(long = "fs", visible_aliases = ["task-storage", "fs-url"], value_name = "PATH", global = true)]
    pub(crate) fs: Option<PathBuf>,

    /// How long copies are kept: all, none, or days such as 30d [default: all]
    #[arg(long = "fs-keep", value_name = "RULE", global = true)]
    pub(crate) fs_keep: Option<String>,

    /// A folder to look for plugins in, before the usual ones [repeatable]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) plugins_dir: Vec<PathBuf>,

    /// Zone of wall clocks that name none, and of the times tables show [default: the system's]
    #[arg(long, visible_alias = "tz", value_name = "ZONE", global = true)]
    pub(crate) timezone: Option<String>,

    /// Write to this file; - is standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", global = true)]
    pub(crate) output: Option<PathBuf>,

    /// Format: csv, jsonl, xlsx, parquet … [default: by -o, else table on a terminal, csv in a pipe]
    #[arg(short = 'O', long = "output-format", value_name = "FORMAT", global = true)]
    pub(crate) format: Option<String>,

    /// Show all columns in what is for people
    #[arg(long, global = true)]
    pub(crate) all_columns: bool,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true)]
    pub(crate) color: ColorChoice,

    /// Take this as the present moment
    #[arg(long, value_name = "TIME", global = true, hide_short_help = true)]
    pub(crate) now: Option<String>,

    /// Say more: also which files held nothing new
    #[arg(short = 'v', long, action = ArgAction::Count, global = true)]
    pub(crate) verbose: u8,

    /// Say nothing but errors
    #[arg(short = 'q', long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// What is not loading or reporting.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List, reload or remove what was configured and loaded
    #[command(subcommand)]
    Inputs(Inputs),
    /// List or undo runs over single files
    #[command(subcommand)]
    Tasks(Tasks),
    /// List the tags, or apply the rules for them anew
    #[command(subcommand)]
    Tags(Tags),
    /// Remove what matches a pattern from the database, the rejects and the copies, for good
    Purge {
        /// A regular expression; looked for in every text of an event, and in the copies
        pattern: String,
        /// Take the pattern as it is, not as a regular expression
        #[arg(short = 'F', long)]
        fixed: bool,
        /// Only say how much it would be
        #[arg(long)]
        dry_run: bool,
    },
    /// Find the inputs this machine has, at the usual places of all source types
    Scan(Scan),
    /// List the records that were refused, or try them again
    #[command(subcommand)]
    Rejects(Rejects),
    /// Keep reports with their settings under a name: workhours -r hours --by project reports save NAME
    #[command(subcommand)]
    Reports(Reports),
    /// Correct the hours where you know better than your traces
    #[command(subcommand)]
    Hours(Hours),
    /// Look after the database: bring it up to date, check it, show its tables, copy it elsewhere
    #[command(subcommand)]
    Db(Db),
    /// Look after the filestore
    #[command(subcommand)]
    Fs(Fs),
    /// Write, check, add, trust and remove plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Show the configuration in effect
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Inputs {
    /// List the inputs that were ever loaded
    List,
    /// Delete an input's events and load them again from the copies; --timezone reads wall clocks anew
    Reload {
        /// Its number in the list
        id: i64,
    },
    /// Delete an input with its events and rejects; the files it names are not touched
    Remove {
        /// Its number in the list
        id: i64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tasks {
    /// List the tasks
    List,
    /// Delete what a task inserted and go back to where it began reading
    Undo {
        /// Its number in the list
        id: i64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Only inputs of this source type [repeatable]
    #[arg(long = "source", value_name = "TYPE")]
    pub(crate) sources: Vec<String>,

    /// Load what is found
    #[arg(long)]
    pub(crate) load: bool,

    /// Write a config that names what is found [default: where -c looks when it is not given]
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub(crate) write_config: Option<Option<PathBuf>>,

    /// Overwrite the config if it exists
    #[arg(long, requires = "write_config")]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tags {
    /// List the tags and how many events have them
    List,
    /// Give all events the tags that the rules of the config file give them now
    Apply,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rejects {
    /// List the records that were refused
    List(RejectsList),
    /// Read the files of refused records again, after an upgrade, and add what is readable now
    Replay {
        /// Only rejects of this source type [repeatable]
        #[arg(long = "source", value_name = "TYPE")]
        sources: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RejectsList {
    /// Only rejects of this source type [repeatable]
    #[arg(long = "source", value_name = "TYPE")]
    pub(crate) sources: Vec<String>,

    /// Only rejects of this class: malformed, skipped, bad-time, bad-text, truncated, too-long [repeatable]
    #[arg(long = "code", value_name = "CLASS")]
    pub(crate) codes: Vec<String>,

    /// Only rejects of this input
    #[arg(long, value_name = "ID")]
    pub(crate) input: Option<i64>,

    /// No more than this many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Reports {
    /// Save the report and settings named before the sub-command
    Save {
        /// Under which name
        name: String,
    },
    /// List the saved reports
    List,
    /// Print a saved report; flags before the sub-command beat what was saved
    Run {
        /// Its name
        name: String,
    },
    /// Forget a saved report
    Delete {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hours {
    /// Count a stretch of time as work, whatever traces there are
    Add {
        /// From when: 'yesterday 14:00'
        from: String,
        /// Until when
        until: String,
        /// What it was about: a project, a tag
        #[arg(long, value_name = "TEXT")]
        label: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Do not count a stretch of time
    Remove {
        /// From when
        from: String,
        /// Until when
        until: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Count what was done in a stretch of time at another time
    Move {
        /// From when
        from: String,
        /// Until when
        until: String,
        /// When it really began
        to: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Say what a stretch of time was about
    Label {
        /// From when
        from: String,
        /// Until when
        until: String,
        /// What: a project, a tag
        label: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// List the corrections
    List,
    /// Take a correction back
    Undo {
        /// Its number in the list
        id: i64,
    },
}

/// How the tables are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// The statements that make them, for the backend of --db
    #[default]
    Sql,
    /// A diagram for Graphviz
    Dot,
    /// A diagram for Mermaid
    Mermaid,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    /// Bring the tables up to date, as every command does when it opens the database, and say so
    Migrate,
    /// Check that the database keeps its promises; changes nothing
    Check,
    /// Show the tables; needs no database
    Schema {
        /// How
        #[arg(id = "schema-format", long = "format", value_enum, default_value_t, value_name = "FORMAT")]
        format: SchemaFormat,
    },
    /// Copy a database to another, which is empty or an earlier copy of it; of any backend to any
    Copy {
        /// The database to copy
        from: String,
        /// The database to copy to
        to: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Fs {
    /// Apply the keeping rule, compact copies, and remove what nothing refers to
    Gc,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print it as TOML, with secrets masked
    Show,
}

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Rust
    Rust,
    /// C
    C,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Write a new plugin project that builds and passes its test as it is, without a network
    New {
        /// The source type it will read: mylog, my.log
        name: String,
        /// The language
        #[arg(long, value_enum)]
        lang: Lang,
        /// Where [default: a folder of that name here]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// List the plugins: those trusted, and the files that are not; loads none of them
    List,
    /// Show what a plugin says of itself; a file that is not trusted is asked in the sandbox
    Info {
        /// A source type, a file's name, or a path
        plugin: String,
    },
    /// Copy a plugin to your plugin folder and trust it as it is now
    Add {
        /// The library
        file: PathBuf,
    },
    /// Hold a plugin against the contract, each test in a sandboxed process of its own
    Check {
        /// The library
        file: PathBuf,
        /// A folder of <source type>/<case>/input and expected
        fixtures: Option<PathBuf>,
    },
    /// Trust a plugin again whose file has changed
    Trust {
        /// A source type, a file's name, or a path
        plugin: String,
    },
    /// Stop trusting a plugin, and delete it from your plugin folder
    Remove {
        /// A source type, a file's name, or a path
        plugin: String,
    },
}
