//! Searching as the site does it: what an address asks for, who answers, and within what time. Pages and endpoints share
//! it, so that they cannot differ.

mod asking;
mod engine;

pub(crate) use asking::{EXPORTED, NARROWED, PAGED, SAVED, Search, counted};
pub(crate) use engine::Engine;
