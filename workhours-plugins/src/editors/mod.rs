//! What editors tell of the work in them.

pub mod wakatime;
