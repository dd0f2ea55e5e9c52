//! The sub-commands: all that is not loading or reporting.

use super::purge::Purge;
use super::redact::Redact;
use super::storage::{Db, Fs};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The subcommands: everything but loading and reporting.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List, reload or remove what was configured and loaded
    #[command(subcommand)]
    Inputs(Inputs),
    /// List or undo runs over single files
    #[command(subcommand)]
    Tasks(Tasks),
    /// List the tags, or apply their rules again
    #[command(subcommand)]
    Tags(Tags),
    /// Remove what matches a pattern from the database, the rejects and the copies, for good
    Purge(Purge),
    /// Show which stored secrets today's rules find, or hide them
    Redact(Redact),
    /// Search the events: workhours search 'git push -tag:home' --from -7d
    Search(Search),
    /// Show, verify, rebuild or update the search index
    #[command(subcommand)]
    Index(IndexCommand),
    /// Find the inputs this machine has, at the usual places of all source types
    Scan(Scan),
    /// List the rejected records, or try to read them again
    #[command(subcommand)]
    Rejects(Rejects),
    /// Keep reports with their settings under a name: workhours -r hours --by project reports save NAME
    #[command(subcommand)]
    Reports(Reports),
    /// Correct the hours where you know better than your traces
    #[command(subcommand)]
    Hours(Hours),
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

#[derive(Debug, Subcommand)]
pub(crate) enum Inputs {
    /// List the inputs that were ever loaded
    List,
    /// Read an input's files again, from the copies; --timezone reads local times in another zone
    ///
    /// Events that differ in the new reading are changed, and those it lacks go last. If that would leave fewer events
    /// than before, or a file can't be read, nothing is changed.
    Reload {
        /// Its number in the list
        id: i64,
        /// Accept that there are fewer events than before
        #[arg(long)]
        force: bool,
        /// Commit as it goes, so that others can load meanwhile; without it that begins at 2 million events
        #[arg(long)]
        in_batches: bool,
    },
    /// Delete an input with its events and rejects; the files it names are not touched
    ///
    /// No report or search shows it then. That does not erase it: its text stays in free pages until a purge.
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
    /// No report or search shows it then. That does not erase it: its text stays in free pages and copies until a purge.
    Undo {
        /// Its number in the list
        id: i64,
    },
}

/// In which order events are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FoundOrder {
    /// The latest first
    #[default]
    Newest,
    /// The earliest first
    Oldest,
    /// What fits the words best first
    Relevance,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Events to find: words, "phrases", begin*, user:ada, -tag:home, status>=400; none means all
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

    /// Only events before this time; a day, month or year is meant to its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,

    /// Only events of this source type [repeatable]
    #[arg(long = "source", value_name = "TYPE")]
    pub(crate) sources: Vec<String>,

    /// In which order
    #[arg(id = "found-order", long = "sort", value_enum, default_value_t, value_name = "ORDER")]
    pub(crate) order: FoundOrder,

    /// How many events [default: 20]
    #[arg(id = "found-limit", long = "limit", value_name = "N")]
    pub(crate) limit: Option<usize>,

    /// Continue after this position: `next` of the page before
    #[arg(long, value_name = "PLACE")]
    pub(crate) after: Option<String>,

    /// Count the values of a field, the most frequent ten or N: source, host, user, domain, tag, status … [repeatable]
    #[arg(long = "facet", value_name = "FIELD[:N]")]
    pub(crate) facets: Vec<String>,

    /// Count by time, in intervals of 15m, 1h, 1d, 1w, 1mo …, or what fits
    #[arg(long, value_name = "STEP", num_args = 0..=1, require_equals = true)]
    pub(crate) histogram: Option<Option<String>>,

    /// Read the database itself, without the index
    #[arg(long)]
    pub(crate) no_index: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Show whether there is one, how current it is and its size
    Status,
    /// Check every file of it against its checksum
    Verify,
    /// Rebuild it; searches use the old one meanwhile
    Rebuild,
    /// Bring it up to date, as search and serve do
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

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen at [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) bind: Option<String>,

    /// The port to listen at; 0 for any that is free [default: 8037]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// Another host name that the site answers to, in addition to its addresses and localhost [repeatable]
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,

    /// Let everybody in who reaches the port: every user of this machine
    #[arg(long)]
    pub(crate) no_auth: bool,

    /// Leave the search index as it is; where there is none, the database itself is searched
    #[arg(long)]
    pub(crate) no_index: bool,

    /// A proxy that encrypts stands before it: cookies only come back over https, and other addresses may be bound
    #[arg(long)]
    pub(crate) behind_proxy: bool,

    /// Templates in this folder beat the built-in ones
    #[arg(long, value_name = "DIR")]
    pub(crate) templates: Option<PathBuf>,
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
    /// Save the report and settings named before the sub-command, in the database
    Save {
        /// Under which name
        name: String,
    },
    /// List the saved reports, those of the config too
    List,
    /// Print a saved report; flags before the sub-command beat what was saved
    Run {
        /// Its name
        name: String,
    },
    /// Forget a saved report, or a snapshot
    Delete {
        /// Its name
        name: String,
    },
    /// Keep the rows a saved report has now
    Snapshot {
        /// Its name
        name: String,
    },
    /// List the snapshots
    Snapshots,
    /// Print a snapshot, in any format
    Show {
        /// Its name in the list; a report's name means its latest
        snapshot: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hours {
    /// Count an interval as work, even without traces
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
    /// Don't count an interval
    Remove {
        /// From when
        from: String,
        /// Until when
        until: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Count the work of an interval at another time
    Move {
        /// From when
        from: String,
        /// Until when
        until: String,
        /// When it began
        to: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Label an interval with a project or a tag
    Label {
        /// From when
        from: String,
        /// Until when
        until: String,
        /// A project or a tag
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
    /// Test a plugin against the contract, each test in its own sandboxed process
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
