//! The sub-commands: everything but loading and reporting.

use super::purge::Purge;
use super::redact::Redact;
use super::storage::{Db, Fs};
use super::watch::{Alert, Schedule, Serve, Tail, Tokens, Watch};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List, reload or remove loaded inputs
    #[command(subcommand)]
    Inputs(Inputs),
    /// List or undo tasks: a task is one run over one file
    #[command(subcommand)]
    Tasks(Tasks),
    /// List the tags, or apply their rules again
    #[command(subcommand)]
    Tags(Tags),
    /// Remove what matches a pattern from the database, the rejects and the copies, for good
    Purge(Purge),
    /// Show which stored secrets the current rules find, or hide them
    Redact(Redact),
    /// Search the events: workhours search 'git push -tag:home' --from -7d
    Search(Search),
    /// Show, verify, rebuild or update the search index
    #[command(subcommand)]
    Index(IndexCommand),
    /// Show, verify, rebuild or update the columns that reports count
    #[command(subcommand)]
    Columns(ColumnsCommand),
    /// Find inputs on this machine, in the usual places of all source types
    Scan(Scan),
    /// List the rejected records, or try to read them again
    #[command(subcommand)]
    Rejects(Rejects),
    /// Save reports with their settings by name: workhours -r hours --by project reports save NAME
    #[command(subcommand)]
    Reports(Reports),
    /// Correct the hours where your traces are wrong
    #[command(subcommand)]
    Hours(Hours),
    /// Follow the inputs: what is written to them is in the database a moment later
    ///
    /// It runs until it's stopped. Rotated, new and vanished files are followed too; what can't be read is tried again.
    Watch(Watch),
    /// Remove events that are older than [retention] of the config keeps them
    ///
    /// They stay away: files that are read again don't bring them back. Their text stays in free pages of the database
    /// until a purge, and copies of files are kept as --fs-keep says.
    Retain(Retain),
    /// Add, list or revoke the tokens of programs that send events to the site
    #[command(subcommand)]
    Tokens(Tokens),
    /// List the alerts of the config, or run the command of one as a test; watch and serve --watch check them
    #[command(subcommand)]
    Alert(Alert),
    /// List the schedules of the config, or run one now; watch and serve --watch run them when they are due
    #[command(subcommand)]
    Schedule(Schedule),
    /// Print new events as they are loaded: workhours tail 'status>=500'
    Tail(Tail),
    /// Show what is followed, how far behind it is, what failed and what to do
    Status,
    /// Serve the web site and its API, by default for this machine only
    Serve(Serve),
    /// Migrate, check, describe or copy the database
    #[command(subcommand)]
    Db(Db),
    /// Verify the filestore's copies, or remove those that aren't needed
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

#[derive(Debug, Args)]
pub(crate) struct Retain {
    /// Only count what would be removed
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Inputs {
    /// List the inputs that have been loaded
    List,
    /// Read an input's files again, from the copies; --timezone reads local times in another zone
    ///
    /// Events that differ are updated; events that are no longer found are deleted last. If that would leave fewer
    /// events than before, or a file can't be read, nothing is changed.
    Reload {
        /// Its number in the list
        id: i64,
        /// Accept fewer events than before
        #[arg(long)]
        force: bool,
        /// Commit in batches, so that others can load meanwhile; always done beyond 2 million events
        #[arg(long)]
        in_batches: bool,
    },
    /// Delete an input with its events and rejects; the files it names are not touched
    ///
    /// Reports and searches no longer show it. This doesn't erase its text, which stays in free pages until a purge.
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
    ///
    /// Reports and searches no longer show it. This doesn't erase its text, which stays in free pages and copies
    /// until a purge.
    Undo {
        /// Its number in the list
        id: i64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Events to find: words, "phrases", begin*, user:ada, -tag:home, status>=400; all without a query
    ///
    /// A word is looked for in title, text, URL, host, peer, user and the values of meta: 502 finds the requests with that
    /// status.
    pub(crate) query: Vec<String>,

    /// Only events of this user [repeatable]
    #[arg(short = 'u', long = "username", value_name = "USER")]
    pub(crate) users: Vec<String>,

    /// Only this period: yesterday, 'last month', 2026-W11, 2026-Q1, 2026-03-01..2026-03-15
    #[arg(long = "in", value_name = "PERIOD", conflicts_with_all = ["from", "to"])]
    pub(crate) in_period: Option<String>,

    /// Only events from this time on: 2024-05-01, 'yesterday 17:30', -7d
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,

    /// Only events before this time; a day, week, month or year is included
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,

    /// Only events of this source type [repeatable]
    #[arg(long = "source", value_name = "TYPE")]
    pub(crate) sources: Vec<String>,

    /// The order of the events: newest, oldest, relevance or a field, such as host, duration or meta.KEY; with a minus
    /// before the field, the greatest first
    #[arg(
        id = "found-order",
        long = "sort",
        default_value = "newest",
        value_name = "ORDER",
        allow_hyphen_values = true
    )]
    pub(crate) order: String,

    /// At most N events [default: 20]
    #[arg(id = "found-limit", long = "limit", value_name = "N")]
    pub(crate) limit: Option<usize>,

    /// Continue at this position, which the previous page printed
    #[arg(long, value_name = "PLACE")]
    pub(crate) after: Option<String>,

    /// Count the ten or N most frequent values of a field: source, peer, user, person, project, status … [repeatable]
    #[arg(long = "facet", value_name = "FIELD[:N]")]
    pub(crate) facets: Vec<String>,

    /// Count by time, in intervals of 15m, 1h, 1d, 1w, 1mo …; without STEP, of a fitting length
    #[arg(long, value_name = "STEP", num_args = 0..=1, require_equals = true)]
    pub(crate) histogram: Option<Option<String>>,

    /// Divide the histogram by a field: host, peer, user, person, project, domain … [default: source]
    #[arg(id = "found-by", long = "by", value_name = "FIELD", requires = "histogram")]
    pub(crate) by: Option<String>,

    /// Read the database itself, without the index
    #[arg(long)]
    pub(crate) no_index: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Show whether there is an index, how current it is and its size
    Status,
    /// Check every file of the index against its checksum
    Verify,
    /// Rebuild the index; searches use the old one meanwhile
    Rebuild,
    /// Bring the index up to date, as search and serve do
    Update,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ColumnsCommand {
    /// Show whether there are columns, how current they are and their size
    Status,
    /// Check every file of the columns against its checksum
    Verify,
    /// Rebuild the columns; reports use the old ones meanwhile
    Rebuild,
    /// Build the columns, or bring them up to date
    Update,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Only inputs of this source type [repeatable]
    #[arg(long = "source", value_name = "TYPE")]
    pub(crate) sources: Vec<String>,

    /// Load the inputs found
    #[arg(long)]
    pub(crate) load: bool,

    /// Write a config that lists the inputs found [default: the config file that is read without -c]
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
    /// Apply the current tag rules of the config file to all events
    Apply,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rejects {
    /// List the rejected records
    List(RejectsList),
    /// Read the files of rejected records again, after an upgrade, and add what can be read now
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

    /// At most N
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Reports {
    /// Save the report and settings given before the sub-command, in the database
    Save {
        /// The name to save it under
        name: String,
    },
    /// List the saved reports, including those in the config file
    List,
    /// Print a saved report; flags before the sub-command override the saved ones
    Run {
        /// Its name
        name: String,
    },
    /// Delete a saved report or a snapshot
    Delete {
        /// Its name
        name: String,
    },
    /// Save the rows that a saved report has now
    Snapshot {
        /// Its name
        name: String,
    },
    /// List the snapshots
    Snapshots,
    /// Print a snapshot, in any format
    Show {
        /// Its name in the list; the name of a report means its latest snapshot
        snapshot: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hours {
    /// Count an interval as work, even without traces
    Add {
        /// The start: 'yesterday 14:00'
        from: String,
        /// The end
        until: String,
        /// What it was about: a project, a tag
        #[arg(long, value_name = "TEXT")]
        label: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Don't count an interval
    Remove {
        /// The start
        from: String,
        /// The end
        until: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Count the work of an interval at another time
    Move {
        /// The start
        from: String,
        /// The end
        until: String,
        /// The new start
        to: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Label an interval with a project or a tag
    Label {
        /// The start
        from: String,
        /// The end
        until: String,
        /// A project or a tag
        label: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// List the corrections
    List,
    /// Undo a correction
    Undo {
        /// Its number in the list
        id: i64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the configuration as TOML, with secrets masked
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
        /// The folder of the project [default: NAME, in the working directory]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// List the trusted plugins, and the untrusted files in plugin folders; loads none of them
    List,
    /// Show a plugin's own description; an untrusted file runs in the sandbox for this
    Info {
        /// A source type, a file's name, or a path
        plugin: String,
    },
    /// Copy a plugin to your plugin folder and trust it as it is now
    Add {
        /// The library
        file: PathBuf,
    },
    /// Test a plugin against the contract, each test in its own sandboxed process
    Check {
        /// The library
        file: PathBuf,
        /// A folder of <source type>/<case>/input and expected
        fixtures: Option<PathBuf>,
    },
    /// Trust a plugin again after its file has changed
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
