//! The pipeline: from configured inputs to committed events.
//!
//! One task reads one file. Its source runs on a separate thread and pushes into a [`sink`]. The sink builds events,
//! packs them, and sends them in batches over a bounded channel to the loader, which is the calling thread and the only
//! one that knows the database. No transaction is open while a source reads, except for small files, several of which
//! share one.
//!
//! One task runs at a time, or as many as there are jobs: a `crew` reads several inputs in parallel, each over its own
//! connection.
//!
//! `plan` finds the files of an input, `auto` and `detect` a source for each where none is named, `file` finds out which logical file each is and where to take up
//! reading, `task` runs it, `document` does so for sources that are read whole.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod again;
mod collapse;
mod compare;
mod crew;
mod detect;
mod document;
mod evidence;
mod file;
mod horizon;
mod host;
mod job;
mod lines;
mod notes;
mod others;
mod path;
mod plan;
mod plausible;
mod progress;
mod record;
mod reload;
mod replay;
mod rotated_name;
mod run;
pub mod scan;
mod siblings;
mod sink;
mod spool;
mod summary;
mod task;
mod tee;
pub(crate) mod trial;

pub use compare::{Compared, compare_input};
pub use crew::Crew;
pub use detect::{Detected, Unclaimed, detect};
pub use file::rotated_with;
pub use job::APART;
pub use lines::LineFinder;
pub(crate) use others::is_named_like_one;
pub use path::{is_read_whole, was_loaded};
pub(crate) use plan::age;
pub use plan::{Expanded, PlannedFile, files_of};
pub use progress::Progress;
pub use record::{RawRecord, raw_record};
pub use reload::{Reload, Reloaded, reload_input};
pub use replay::{Replay, replay_rejects};
pub use rotated_name::series;
pub use run::Engine;
pub use summary::{LeftAlone, RunSummary, TaskSummary};
