//! The site as it is seen from outside: real HTTP, spoken to a server at a port of its own.

mod admission;
mod api;
mod hostile;
mod kit;
mod limits;
mod pages;
mod templates;
