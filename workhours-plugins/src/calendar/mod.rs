//! Calendars.

pub mod ical;

pub(crate) mod clock;
pub(crate) mod event;
pub(crate) mod expand;
pub(crate) mod family;
pub(crate) mod length;
pub(crate) mod lines;
pub(crate) mod names;
pub(crate) mod rule;
pub(crate) mod series;
pub(crate) mod time;
pub(crate) mod windows;
pub(crate) mod zone;
