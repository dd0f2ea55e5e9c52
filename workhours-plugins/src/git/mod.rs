//! Git logs and repositories.

pub mod log;

pub(crate) mod commit;
pub(crate) mod date;
pub(crate) mod fields;
pub(crate) mod repository;
