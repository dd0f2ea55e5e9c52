//! The border held to its promises: the header and the structs are one, and what crosses arrives.

// The configuration allows both in tests, but does not see that helpers are part of them.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod crossing;
mod header;
mod rules;
mod surface;
