//! Hours from traces: sessions, their division by day and by what they were about, and rounding.
//!
//! A session is a run of one person's traces, none of which is further from those before than the gap time. Each of its
//! moments has one owner (`growing`), so overlaps count once and parts add up to the whole, however they are divided:
//! by time, by a dimension, by a query. Windows cut finished sessions (`sessions`); corrections change them
//! (`corrected`).

mod choice;
mod column_traces;
mod corrected;
mod growing;
mod iter;
mod notes;
mod part;
mod presence;
mod round;
mod summed;
#[cfg(test)]
mod tests;
mod trace;
mod traces;

pub(super) use choice::{Depth, EVERYBODY, key_of, wanted};
pub(super) use iter::{Build, Sessions};
pub(super) use part::{Part, Session};
pub(super) use round::{hours, hours_text, round, share};
pub(super) use trace::Detail;
