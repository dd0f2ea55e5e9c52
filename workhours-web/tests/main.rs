//! The site from outside: real HTTP, to a server on its own port.

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
