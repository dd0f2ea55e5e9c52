//! What trackers record of the work in editors, windows and browsers.

pub mod activitywatch;
pub mod wakatime;
