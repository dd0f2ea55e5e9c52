//! The C border: the same contract as the traits, in words every language can say.
//!
//! `types` are the structs of `include/workhours_plugin.h`, byte for byte. `guest` makes a C source from a Rust one,
//! `host` makes a Rust source from a C one, `manifest` writes a source's description. Rust authors need none of it:
//! [`export_source!`](crate::export_source) does everything.
//!
//! # Rules of growth
//!
//! * The major version is part of the exported symbol's name. A host looks for the majors it speaks.
//! * [`Str`], [`Time`] and [`Attr`] are passed by value or in arrays and never change.
//! * All other structs begin with their `size` and only ever grow at their end, with a new minor version. A reader
//!   reads no field beyond `size`; a writer sets `size` to the one it was compiled with.
//! * Reserved words are zero.
//! * Nothing owned is passed: the target of a pointer is borrowed for the length of the call.
//! * Neither panics nor exceptions are passed.

pub(crate) mod entry;
mod event;
mod guest;
mod host;
mod manifest;
mod types;

#[doc(hidden)]
pub use guest::parse;
pub use guest::{built_in, workhours_plugin};
pub use host::{HostShape, call, call_as};
pub use manifest::manifest;
pub use types::*;
