//! End-to-end tests: the real program, in a separate home, on realistic files.
//!
//! Each module tests one promise to the user. Nothing here asserts how long anything takes.

// The configuration allows both in tests, but does not see that helpers are part of them.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod archives;
mod asking;
mod auto;
mod backup;
mod bad_input;
mod bad_usage;
mod bookmarks;
// The site is the same with other databases: once is enough.
#[cfg(not(any(feature = "postgres", feature = "mysql")))]
mod browser;
mod circles;
mod claims;
mod columns;
mod config;
mod dataframes;
mod db;

mod disk_full;
mod docs;
#[cfg(unix)]
mod endless;
mod examples;
mod explained;
mod faults;
mod formats;
mod hostile;
mod hours;
mod identity;
mod interrupted;
mod invariants;
mod kit;
mod live;
mod load_again;
mod logs;
mod manage;
mod matrix;
mod mistyped;
mod old_databases;
mod outputs;
mod plugin_docs;
mod plugins;
mod purge;
mod read_only;
mod receive;
mod redaction;
mod rejects;
mod reload;
mod reports;
mod retain;
mod rotated_at_random;
mod rotated_logs;
mod rotation;
mod scan;
mod search;
mod search_server;
mod series;
mod serve;
#[cfg(all(feature = "postgres", feature = "mysql"))]
mod servers;
mod source_pages;
#[cfg(all(feature = "postgres", feature = "mysql"))]
mod story;
mod system_logs;
mod together;
mod torn;
mod truth;
#[cfg(unix)]
mod watch;
mod words;
mod workers;
