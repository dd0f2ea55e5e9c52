//! The arguments of `purge`.

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "What it reaches: the database's file, its write-ahead log and free pages, the index, sums, \
    copies, rejects, snapshots of reports and temporary files. It rewrites the database, which takes as much room \
    again, twice. The files that were loaded, copies made with db copy and backups of your own are not touched."
)]
pub(crate) struct Purge {
    /// A regular expression; looked for in every text of an event, and in the copies
    #[arg(required_unless_present = "check")]
    pub(crate) pattern: Option<String>,
    /// Take the pattern as it is, not as a regular expression
    #[arg(short = 'F', long)]
    pub(crate) fixed: bool,
    /// Only say how much it would be
    #[arg(long, conflicts_with = "check")]
    pub(crate) dry_run: bool,
    /// Say whether anything is left of what was purged, or of PATTERN; exit code 1 if so
    #[arg(long)]
    pub(crate) check: bool,
    /// Wait at most so long for programs that still read old pages of the database
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
}
