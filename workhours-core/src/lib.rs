//! The engine of workhours. It re-exports the crates next to this one for the binary and the site.
//!
//! Knows no concrete source, no argv and no HTTP. `ingest` is the way in, `report` and `output` the way
//! out, `store` the record between them.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub use workhours_base::{
    Text, ago, budget, database, disk, duration, environment, error, file, input, names, priority, secret,
    table, token, vocabulary, when, zones,
};
pub use workhours_columns as columns;
pub use workhours_config as config;
pub use workhours_event as event;
pub use workhours_filestore as filestore;
pub use workhours_ingest as ingest;
pub use workhours_ingest::scan;
pub use workhours_listen as listen;
pub use workhours_maintenance::{deep, purge, redaction};
pub use workhours_output as output;
pub use workhours_plugin_host as plugin_host;
pub use workhours_query as query;
pub use workhours_query::people;
pub use workhours_registry as registry;
pub use workhours_registry::formats;
pub use workhours_report as report;
pub use workhours_report::{snapshots, unmatched};
pub use workhours_search as search;
pub use workhours_search::index;
pub use workhours_store as store;
pub use workhours_watch as watch;
