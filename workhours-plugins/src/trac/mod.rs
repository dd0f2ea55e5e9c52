//! Trac timelines.

pub mod timeline;

pub(crate) mod day;
pub(crate) mod html;
pub(crate) mod item;
pub(crate) mod rss;
