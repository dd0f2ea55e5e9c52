//! The site as it is seen from outside: real HTTP, spoken to a server at a port of its own.

// The configuration allows it in tests, but does not see that helpers are part of them.
#![allow(clippy::unwrap_used)]

mod admission;
mod api;
mod explorer;
mod hostile;
mod kit;
mod limits;
mod pages;
mod templates;
