//! The sources built into workhours.
//!
//! They use only the contract crate of the workspace, so a third party can do the same. A program links them with `use
//! workhours_plugins as _;` and finds them in the registry; nothing here is called by name.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

// Only for its feature, which builds SQLite in.
use libsqlite3_sys as _;

pub mod access_logs;
pub mod bookmarks;
pub mod browsers;
pub mod calendar;
pub mod files;
pub mod git;
pub mod shells;
pub mod system_logs;
pub mod tables;
pub mod takeout;
pub mod trac;
pub mod trackers;

mod toolkit;
