//! Google Takeout.

pub mod google_takeout;

pub(crate) mod clock;
pub(crate) mod date;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod text;
pub(crate) mod words;
pub(crate) mod zone;
