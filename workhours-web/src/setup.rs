//! The configuration of a site. Not its source: the caller reads flags and config files.

use crate::log::Sink;
use std::net::TcpListener;
use std::sync::Arc;
use workhours_core::config::Config;
use workhours_core::error::Result;
use workhours_core::listen::Counts;
use workhours_core::names;
use workhours_core::watch::Spool;

/// Everything a site needs.
pub struct Setup {
    /// The configuration in effect; its `server` says where to listen.
    pub config: Config,
    /// The source types there are.
    pub sources: Vec<SourceName>,
    /// Whether visitors must show the token or a session.
    pub auth: bool,
    /// Whether it keeps the search index up to date.
    pub keeps_index: bool,
    /// Where what programs send waits to be loaded.
    pub spool: Arc<Spool>,
    /// The socket to listen at, if the service manager has opened it.
    pub socket: Option<TcpListener>,
    /// What receivers count, by their names.
    pub received: Vec<(String, Arc<Counts>)>,
    /// The present moment, if it is not the clock's.
    pub now_us: Option<i64>,
    /// The destination of log lines.
    pub log: Sink,
}

/// The name of a source type.
pub struct SourceName {
    /// Its name.
    pub name: String,
    /// Other names for it.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: String,
    /// Whether it records if someone was at a machine.
    pub presence: bool,
    /// Whether its inputs grow, so that parts of one can be sent.
    pub grows: bool,
}

/// The proper name of a source type.
///
/// # Errors
/// A usage error that names the nearest one.
pub(crate) fn proper_name(sources: &[SourceName], typed: &str) -> Result<String> {
    let found = sources.iter().find(|s| s.name == typed || s.aliases.iter().any(|alias| alias == typed));
    found.map(|source| source.name.clone()).ok_or_else(|| {
        names::unknown("source type", typed, sources.iter().map(|s| s.name.as_str()), "the page of sources")
    })
}
