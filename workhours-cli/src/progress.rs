//! The progress bar: only on a terminal, never in a pipe, gone when the task is done.

use indicatif::{ProgressBar, ProgressStyle};
use std::cell::RefCell;
use std::io::IsTerminal;
use workhours_core::pipeline::Progress;

/// Shows bytes, rate, time left and records of the running task.
pub(crate) struct Bar {
    shown: bool,
    bar: RefCell<Option<ProgressBar>>,
}

impl Bar {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { shown: !quiet && std::io::stderr().is_terminal(), bar: RefCell::new(None) }
    }
}

impl Progress for Bar {
    fn start(&self, path: &str, bytes: Option<u64>) {
        if !self.shown {
            return;
        }
        let bar = match bytes {
            Some(n) => ProgressBar::new(n),
            None => ProgressBar::no_length(),
        };
        let template = match bytes {
            Some(_) => "{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} ETA {eta} {msg}",
            None => "{prefix} {spinner} {bytes} {bytes_per_sec} {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let name: String =
            path.rsplit('/').next().unwrap_or(path).chars().filter(|c| !c.is_control()).collect();
        bar.set_prefix(name);
        *self.bar.borrow_mut() = Some(bar);
    }

    fn advance(&self, bytes: u64, records: u64) {
        if let Some(bar) = &*self.bar.borrow() {
            bar.set_position(bytes);
            bar.set_message(format!("{records} records"));
        }
    }

    fn finish(&self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }
}
