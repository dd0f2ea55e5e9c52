//! Tests of the ABI: the header matches the structs, and values arrive unchanged.

// The configuration allows both in tests, but does not see that helpers are part of them.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod crossing;
mod header;
mod rules;
mod surface;
