//! The local time of one logical file, record after record: which pass of a repeated hour a record belongs to, and
//! which times don't exist.
//!
//! Not for single times (`time`). In autumn clocks are set back and show an hour twice. A log in order shows the
//! passes: where it steps back within the hour, the second has begun.

use super::flags::host_flags;
use super::time::{Resolved, resolve_in};
use chrono_tz::Tz;
use workhours_plugin_api::{EventTime, Resume, Zone};

/// How the times of a logical file are read. Another reading makes other times, so other identities: a file keeps the
/// reading it was first loaded with until it is reloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// Each local time by itself, the earlier of two; a 29th of February alone in its year.
    First = 1,
    /// By the records around it.
    Second,
}

impl Reading {
    /// That of files not read from before.
    pub const CURRENT: Self = Self::Second;

    /// What is stored with a logical file: the version of the zones, and the reading if it isn't the first.
    pub fn tz_version() -> String {
        format!("{} reading {}", chrono_tz::IANA_TZDB_VERSION, Self::CURRENT as u8)
    }

    /// The reading stored with a logical file.
    pub fn of(tz_version: &str) -> Self {
        let number = tz_version.rsplit_once(" reading ").and_then(|(_, number)| number.parse::<u32>().ok());
        if number.is_some_and(|n| n >= Self::Second as u32) { Self::Second } else { Self::First }
    }
}

/// Lines of a log may be out of order by this much without a change of the clock.
const DISORDER_SECS: i64 = 60;
/// Two records further apart than any repeated hour belong to different hours.
const LONGEST_FOLD_SECS: i64 = 3 * 3_600;
/// 1971-01-01: before it there were clocks that had not been set.
const PLAUSIBLE_FROM_US: i64 = 31_536_000_000_000;
/// Ten years, µs.
const PLAUSIBLE_AHEAD_US: i64 = 3_653 * 86_400 * 1_000_000;

/// The position of the last record in a repeated hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    First = 1,
    Second,
    /// The hour was entered from its end: the file may have its latest record first.
    SecondFromBehind,
    FirstFromBehind,
}

impl Pass {
    const ALL: [Self; 4] = [Self::First, Self::Second, Self::SecondFromBehind, Self::FirstFromBehind];

    fn is_second(self) -> bool {
        matches!(self, Self::Second | Self::SecondFromBehind)
    }

    /// For a record `ahead` seconds after this one on the clock, within the same hour.
    fn next(self, ahead: i64) -> Self {
        match self {
            Self::First if ahead < -DISORDER_SECS => Self::Second,
            Self::SecondFromBehind if ahead > DISORDER_SECS => Self::FirstFromBehind,
            same => same,
        }
    }

    /// For the first record in the hour, `ahead` seconds after the one before it.
    fn entered(ahead: i64) -> Self {
        match ahead {
            0.. => Self::First,
            ahead if ahead >= -DISORDER_SECS => Self::SecondFromBehind,
            _ => Self::FirstFromBehind,
        }
    }
}

/// The last wall clock that was read, and its pass if that hour was repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Last {
    wall: i64,
    pass: Option<Pass>,
}

/// Resolves the times of one logical file, in the order of its records.
pub struct WallClock {
    zone: Tz,
    now_us: i64,
    order: Order,
    last: Option<Last>,
    kept: bool,
}

/// The assumed order of the records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// They may be in any order.
    None,
    /// They are in order, but were read without looking at it once.
    Kept,
    /// It shows the passes of an hour.
    Tells,
}

impl WallClock {
    /// For records in any order. `now_us` is when they are loaded.
    pub fn new(zone: Tz, now_us: i64) -> Self {
        Self { zone, now_us, order: Order::None, last: None, kept: false }
    }

    /// For records in order of time, which show the passes of an hour in all readings except the first.
    pub fn ordered(zone: Tz, now_us: i64, reading: Reading) -> Self {
        let order = if reading == Reading::First { Order::Kept } else { Order::Tells };
        Self { order, ..Self::new(zone, now_us) }
    }

    /// Whether a time was read as it was once, and would be another in a file not read before.
    pub fn kept(&self) -> bool {
        self.kept
    }

    /// The time of the next record.
    pub fn resolve(&mut self, time: EventTime) -> Resolved {
        let last = self.last;
        let mut pass = None;
        let mut choose = || {
            let found = match last {
                None => Pass::First,
                Some(Last { wall, pass }) => {
                    let ahead = time.secs.saturating_sub(wall);
                    match pass.filter(|_| ahead.abs() < LONGEST_FOLD_SECS) {
                        Some(pass) => pass.next(ahead),
                        None => Pass::entered(ahead),
                    }
                }
            };
            pass = Some(found);
            found.is_second()
        };
        let order = self.order;
        let mut resolved =
            resolve_in(time, self.zone, || order != Order::None && choose() && order == Order::Tells);
        self.kept |= order == Order::Kept && pass.is_some_and(Pass::is_second);
        if order != Order::None && time.zone == Zone::Local {
            self.last = Some(Last { wall: time.secs, pass });
        }
        let plausible = PLAUSIBLE_FROM_US..=self.now_us.saturating_add(PLAUSIBLE_AHEAD_US);
        if resolved.date.is_some_and(|date| !plausible.contains(&date)) {
            resolved.flags |= host_flags::IMPLAUSIBLE_TIME;
        }
        resolved
    }

    /// When the last record ended: in the pass in which it began.
    pub fn resolve_end(&self, time: EventTime) -> Option<i64> {
        let second =
            self.order == Order::Tells && self.last.and_then(|last| last.pass).is_some_and(Pass::is_second);
        resolve_in(time, self.zone, || second).date
    }

    /// A source's state with that of this clock, for a checkpoint; outside of repeated hours it has none.
    pub fn sealed(&self, state: &[u8]) -> Vec<u8> {
        match self.last {
            Some(Last { wall, pass: Some(pass) }) if self.order == Order::Tells => {
                [state, &wall.to_le_bytes(), &[pass as u8], SEAL].concat()
            }
            _ => state.to_vec(),
        }
    }

    /// Removes what [`sealed`](Self::sealed) added, and returns the source's own state.
    pub fn unseal(&mut self, mut resume: Resume) -> Resume {
        if let Some((state, clock)) =
            resume.state.strip_suffix(SEAL).and_then(|state| state.split_last_chunk::<9>())
        {
            let (wall, pass) = (i64::from_le_bytes(first8(clock)), clock[8]);
            let pass = Pass::ALL.into_iter().find(|p| *p as u8 == pass);
            self.last = Some(Last { wall, pass }).filter(|_| self.order == Order::Tells);
            resume.state = state.to_vec();
        }
        resume
    }
}

/// Ends a state that holds a clock's too. No source's own state ends like this.
const SEAL: &[u8] = b"\x00\xffwallclk\xff";

fn first8(bytes: &[u8; 9]) -> [u8; 8] {
    std::array::from_fn(|i| bytes[i])
}

#[cfg(test)]
mod tests;
