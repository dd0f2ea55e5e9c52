//! The command line: the flags of the old tool, spelled as they were. The sub-commands are in a separate file.

mod commands;
mod purge;
mod redact;
mod report_flags;
mod storage;
mod watch;

pub(crate) use commands::{
    ColumnsCommand, Command, ConfigCommand, Hours, IndexCommand, Inputs, Lang, PluginCommand, Rejects,
    RejectsList, Reports, Retain, Scan, Search, Tags, Tasks,
};
pub(crate) use purge::Purge;
pub(crate) use redact::Redact;
pub(crate) use report_flags::ReportFlags;
pub(crate) use storage::{Db, Fs, SchemaFormat};
pub(crate) use watch::{Alert, Schedule, Serve, Tail, Tokens};

use clap::{ArgAction, Args, Parser, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use workhours_core::report::settings::TZ;

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

/// What to do: load, report, or tell about itself.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct MainArgs {
    /// List the source types: name, summary, origin
    #[arg(short = 'l', long = "list-source-types")]
    pub(crate) list_source_types: bool,

    /// An input: a source type (or auto) and a file, folder, pattern, or - for standard input [repeatable]
    #[arg(short = 's', long = "src", num_args = 2, value_names = ["TYPE", "PATH"], action = ArgAction::Append)]
    pub(crate) src: Vec<OsString>,

    /// Load every input given by -s and by the config
    #[arg(short = 'P', long = "parse")]
    pub(crate) parse: bool,

    /// Read inputs again from their start; events already in the database count as duplicates
    #[arg(long, requires = "parse")]
    pub(crate) reread: bool,

    /// Inputs to read in parallel [default: 1]
    #[arg(short = 'j', long, requires = "parse", value_name = "N")]
    pub(crate) jobs: Option<u32>,

    /// Fail when records were rejected or there were warnings
    #[arg(long, requires = "parse")]
    pub(crate) strict: bool,

    /// Bring the search index up to date while loading
    #[arg(long, requires = "parse")]
    pub(crate) index: bool,

    /// List the reports
    #[arg(long = "list-report-types")]
    pub(crate) list_report_types: bool,

    /// Print a report [repeatable]
    #[arg(short = 'r', long = "report", value_name = "NAME")]
    pub(crate) reports: Vec<String>,

    /// Print all events: the same as -r events
    #[arg(short = 'p', long = "print-all")]
    pub(crate) print_all: bool,

    /// The settings of reports
    #[command(flatten)]
    pub(crate) settings: ReportFlags,

    /// Self-test: check that every source parses its sample, and that database and filestore work
    #[arg(short = 't', long = "test")]
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
    /// Config file, INI or TOML [default: workhours/config.toml in the XDG config directory, if it exists]
    #[arg(short = 'c', long = "config", visible_alias = "config-file", value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,

    /// Database: sqlite:///relative.db, sqlite:////absolute.db, sqlite:///:memory:, postgresql://…, mysql://…
    #[arg(long = "db", visible_aliases = ["eventsdb", "sqldb-url"], value_name = "URI", global = true)]
    #[arg(env = "WORKHOURS_DB", hide_env_values = true)]
    pub(crate) db: Option<String>,

    /// Only read the database: write neither to it nor next to it
    #[arg(long, global = true, env = "WORKHOURS_READ_ONLY", hide_env_values = true)]
    #[arg(value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) read_only: bool,

    /// Filestore: a folder for copies of the inputs
    #[arg(long = "fs", visible_aliases = ["task-storage", "fs-url"], value_name = "PATH", global = true)]
    pub(crate) fs: Option<PathBuf>,

    /// How long to keep copies: all (forever), none, or a number of days such as 30d [default: all]
    #[arg(long = "fs-keep", value_name = "RULE", global = true)]
    pub(crate) fs_keep: Option<String>,

    /// A folder to look for plugins in, before the usual ones [repeatable]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) plugins_dir: Vec<PathBuf>,

    // Every command takes it, so it isn't among the flags of reports.
    #[arg(help = format!("{} [default: the system's]", TZ.help))]
    #[arg(long, visible_alias = "tz", value_name = "ZONE", global = true)]
    pub(crate) timezone: Option<String>,

    /// Write to this file; - is standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", global = true)]
    pub(crate) output: Option<PathBuf>,

    /// Format: csv, jsonl, xlsx, parquet … [default: by -o, else table on a terminal, csv in a pipe]
    #[arg(short = 'O', long = "output-format", value_name = "FORMAT", global = true)]
    pub(crate) format: Option<String>,

    /// Show every column in tables, Markdown and HTML
    #[arg(long, global = true)]
    pub(crate) all_columns: bool,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true)]
    pub(crate) color: ColorChoice,

    /// Use this time as the current time
    #[arg(long, value_name = "TIME", global = true, hide_short_help = true)]
    pub(crate) now: Option<String>,

    /// Print more, such as which files had nothing new
    #[arg(short = 'v', long, action = ArgAction::Count, global = true)]
    pub(crate) verbose: u8,

    /// Print only errors
    #[arg(short = 'q', long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}
