//! Searching on the site: the request of an address, the engine, and the time limit. Shared by pages and endpoints, so
//! that they can't differ.

mod asking;
mod engine;

pub(crate) use asking::{EXPORTED, NARROWED, PAGED, SAVED, Search, counted};
pub(crate) use engine::SearchRun;
