//! Listings of files and their times.

pub mod bodyfile;
pub mod find;
