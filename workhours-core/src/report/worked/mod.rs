//! Time worked, from events: sessions, their division by day and by what they were about, and rounding.
//!
//! A session is a run of events none of which is further from the one before than the gap time. Events that last count
//! to their end, and what overlaps counts once, whatever source it comes from. Each moment belongs to the event that
//! began last. So the parts always add up to the whole.

mod corrected;
mod events;
mod round;
mod sessions;
mod summed;
#[cfg(test)]
mod tests;

pub(super) use events::{Origin, Trace, Traces, key_of, wanted};
pub(super) use round::{hours, hours_text, round, share};
pub(super) use sessions::{Part, Session, Sessions, WithTraces};
