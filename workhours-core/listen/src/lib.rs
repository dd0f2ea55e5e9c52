//! Listening to sockets, to programs and to the system's journal: what arrives goes to the spool, from where it is loaded
//! like any other input that is followed.
//!
//! Senders of log messages wait for no answer, so what is read is written at once: a program that is killed loses nothing
//! it has read. If the spool is full or the disk fails, nothing more is read, and senders that can wait do.
//!
//! | module | subject |
//! |---|---|
//! | `frames` | messages in a stream of bytes |
//! | `sink` | from messages to the spool |
//! | `sockets` | sockets, new ones and those that the service manager holds |
//! | `udp` | datagrams |
//! | `tcp` | connections |
//! | `tls` | encrypted connections |
//! | `command` | the output of programs, and of the journal |
//! | `listeners` | all of a configuration |
//! | `news` | what they report, and what they count |

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod command;
mod frames;
mod listeners;
mod news;
mod sink;
mod sockets;
mod tcp;
#[cfg(feature = "tls")]
mod tls;
mod udp;

pub use listeners::Listeners;
pub use news::{Counts, News, Tell};
pub use sockets::Inherited;
