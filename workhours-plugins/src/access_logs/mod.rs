//! Access logs of web servers and proxies.

pub mod log_http;

pub(crate) mod clf;
pub(crate) mod clf_tail;
pub(crate) mod directives;
pub(crate) mod format;
pub(crate) mod host;
pub(crate) mod json;
pub(crate) mod json_keys;
pub(crate) mod prefix;
pub(crate) mod row;
pub(crate) mod time;
pub(crate) mod w3c;
pub(crate) mod w3c_columns;
pub(crate) mod wrap;
