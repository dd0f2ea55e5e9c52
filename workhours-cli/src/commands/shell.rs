//! `completions` and `man`: made from the same description of the arguments as `--help`.

use super::Outcome;
use crate::args::Cli;
use clap::CommandFactory;
use std::io::Write;
use workhours_core::error::{Context, Result};

pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "workhours", &mut script);
    std::io::stdout().write_all(&script).context(|| "cannot write")?;
    Ok(Outcome::Done)
}

pub(crate) fn man() -> Result<Outcome> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).context(|| "cannot make the manual page")?;
    std::io::stdout().write_all(&page).context(|| "cannot write")?;
    Ok(Outcome::Done)
}
