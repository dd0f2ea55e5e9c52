//! Following inputs: what is written to them is loaded at once, by the same loads that the user can run by hand.
//!
//! The file system's notices only say where to look. What has changed is found by comparing the state of each file with
//! its state before its last load, and how far a file was read is in the database. So a notice that is lost costs time,
//! never lines.
//!
//! | module | subject |
//! |---|---|
//! | `clock` | sleeps of the machine, and clocks that are set |
//! | `state` | the state of a file, in a number |
//! | `pace` | when what has changed is loaded |
//! | `followed` | one input: its files, their states and what to load |
//! | `reader` | how files of an input are read, as far as it matters for following them |
//! | `places` | the folders to watch for an input |
//! | `network` | file systems that report no changes |
//! | `notices` | asking the system for notices, and collecting them |
//! | `inbox` | where notices and results wait for the watch |
//! | `work` | a load to do, and one that was done |
//! | `workers` | the threads that load |
//! | `holder` | which program this is, and whether another has ended |
//! | `ledger` | what is stored about followed inputs |
//! | `happening` | what a watch tells |
//! | `schedules` | what runs at its times |
//! | `spool` | files for what programs send, until it is in the database |
//! | `watch` | the watch itself |

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod clock;
mod followed;
mod happening;
mod holder;
mod inbox;
mod ledger;
mod network;
mod notices;
mod pace;
mod places;
mod reader;
mod schedules;
mod spool;
mod state;
mod watch;
mod work;
mod workers;

pub use clock::Jump;
pub use happening::{Happening, Observer};
pub use holder::{has_ended, holder, holder_text, machine};
pub use schedules::{Ran, Runner, ScheduleNews, Schedules};
pub use spool::{Origin, Received, Spool, Stream, Tail};
pub use watch::Watch;
