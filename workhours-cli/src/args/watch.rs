//! The arguments of what runs all the time: `watch`, `serve`, `tail`, `schedule`, `alert` and `tokens`.

use clap::{ArgAction, Args, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// An input to follow, in addition to those of the config: a source type (or auto) and a file, folder or pattern
    /// [repeatable]
    #[arg(id = "watched", short = 's', long = "src", num_args = 2, value_names = ["TYPE", "PATH"])]
    #[arg(action = ArgAction::Append)]
    pub(crate) src: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Events to print: words, "phrases", begin*, user:ada, -tag:home, status>=400; all without a query
    pub(crate) query: Vec<String>,

    /// Begin with the last N events
    #[arg(short = 'n', id = "tail-lines", long = "lines", value_name = "N", default_value_t = 10)]
    pub(crate) lines: usize,

    /// Only events of this user [repeatable]
    #[arg(short = 'u', long = "username", value_name = "USER")]
    pub(crate) users: Vec<String>,

    /// Only events of this source type [repeatable]
    #[arg(long = "source", value_name = "TYPE")]
    pub(crate) sources: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Schedule {
    /// List the schedules: when each is due next, and how its last run ended
    List,
    /// Run one now, whether or not it is due
    Run {
        /// Its name in the config
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    /// List the alerts: how many events match now, and whether they fire
    List,
    /// Run the command of an alert, whether or not it fires
    Test {
        /// Its name in the config
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tokens {
    /// Make a token and print it; it is not shown again
    Add {
        /// The program that gets it, such as vscode-laptop
        name: String,
        /// Only events of this source type [repeatable]
        #[arg(long = "source", value_name = "TYPE")]
        sources: Vec<String>,
        /// The machine of events that name none
        #[arg(long, value_name = "NAME")]
        host: Option<String>,
        /// The user of events that name none
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// How long it is valid, such as 90d [default: until it is revoked]
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List the tokens, without their secrets
    List,
    /// Make a token invalid
    Revoke {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Follow the inputs of the config meanwhile, as workhours watch does
    #[arg(long)]
    pub(crate) watch: bool,

    /// The address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) bind: Option<String>,

    /// The port to listen on; 0 for any free port [default: 8037]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// Another host name that the site answers to, in addition to its addresses and localhost [repeatable]
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,

    /// Require no sign-in: every user of this machine can see everything
    #[arg(long)]
    pub(crate) no_auth: bool,

    /// Don't update the search index; without one, the database itself is searched
    #[arg(long)]
    pub(crate) no_index: bool,

    /// An encrypting proxy is in front of the site: cookies are sent over https only, and --bind takes any address
    #[arg(long)]
    pub(crate) behind_proxy: bool,

    /// A folder of templates that replace the built-in ones
    #[arg(long, value_name = "DIR")]
    pub(crate) templates: Option<PathBuf>,
}
