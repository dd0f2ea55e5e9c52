//! The progress bars: only on a terminal, never in a pipe, gone when the work is done.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::cell::RefCell;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use workhours_core::ingest::Progress;
use workhours_core::store::CopyProgress;

/// Shows bytes, rate, time left and records of the running task.
pub(crate) struct Bar {
    shown: bool,
    /// The others below or above it, when several tasks run at once.
    among: Option<MultiProgress>,
    bar: RefCell<Option<ProgressBar>>,
}

impl Bar {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { shown: is_shown(quiet), among: None, bar: RefCell::new(None) }
    }

    /// One of several.
    pub(crate) fn among(bars: &MultiProgress, quiet: bool) -> Self {
        Self { among: Some(bars.clone()), ..Self::new(quiet) }
    }
}

fn is_shown(quiet: bool) -> bool {
    !quiet && std::io::stderr().is_terminal()
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
        let bar = match &self.among {
            Some(bars) => bars.add(bar),
            None => bar,
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

/// Shows how many events were indexed.
pub(crate) struct Indexed {
    shown: bool,
    bar: Option<ProgressBar>,
}

impl Indexed {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { shown: is_shown(quiet), bar: None }
    }

    pub(crate) fn show(&mut self, done: u64, of: u64) {
        if !self.shown {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(of).with_prefix("indexing");
            let template = "{prefix} {wide_bar} {human_pos}/{human_len} events {per_sec} ETA {eta}";
            match ProgressStyle::with_template(template) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        bar.set_length(of);
        bar.set_position(done);
    }
}

impl Drop for Indexed {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Shows how far a table is copied.
pub(crate) struct Rows {
    shown: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Rows {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { shown: is_shown(quiet), bar: Mutex::new(None) }
    }
}

impl CopyProgress for Rows {
    fn table(&self, name: &str, rows: u64, checking: bool) {
        if !self.shown {
            return;
        }
        let bar = ProgressBar::new(rows);
        if let Ok(style) = ProgressStyle::with_template(
            "{prefix} {wide_bar} {human_pos}/{human_len} rows {per_sec} ETA {eta}",
        ) {
            bar.set_style(style);
        }
        bar.set_prefix(format!("{} {name}", if checking { "checking" } else { "copying" }));
        let before = self.bar.lock().unwrap_or_else(PoisonError::into_inner).replace(bar);
        if let Some(bar) = before {
            bar.finish_and_clear();
        }
    }

    fn advance(&self, rows: u64) {
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(rows);
        }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}
