//! The databases there are: one connection type over all of them, and what each does in its own way, in a folder of its
//! own. Knows no table's meaning; queries are the business of the modules that use it.

pub(crate) mod bulk;
pub(crate) mod conn;
pub(crate) mod link;
pub(crate) mod migrate;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod retry;
pub(crate) mod sqlite;

pub(crate) use conn::{Conn, MultiBackend};
