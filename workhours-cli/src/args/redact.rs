//! The arguments of `redact`.

use clap::Args;

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Redact {
    /// Count them by rule and field; change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Hide them in events and rejects; remove snapshots of reports that show them
    #[arg(long)]
    pub(crate) apply: bool,
}
