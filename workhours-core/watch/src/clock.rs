//! Notices when the machine slept, when the program stood still, and when the clock was set.

use std::time::{Duration, Instant, SystemTime};

/// Smaller differences are the clock being kept right.
const TOLERANCE_S: f64 = 10.0;

/// What has happened to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// The program did not run for this long.
    StoodStill(Duration),
    /// The clock was set forward.
    Forward(Duration),
    /// The clock was set back.
    Back(Duration),
}

/// Both clocks at the last look.
pub(crate) struct Clock {
    steady: Instant,
    wall: SystemTime,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// What has happened since the last call, which was a moment ago.
    pub(crate) fn jump(&mut self) -> Option<Jump> {
        let before = std::mem::replace(self, Self::new());
        let steady = (self.steady - before.steady).as_secs_f64();
        let wall = match self.wall.duration_since(before.wall) {
            Ok(since) => since.as_secs_f64(),
            Err(e) => -e.duration().as_secs_f64(),
        };
        between(steady, wall)
    }
}

/// What it means that this much time has passed on each clock. A machine that sleeps stops the steady one only.
fn between(steady: f64, wall: f64) -> Option<Jump> {
    let set = wall - steady;
    match (set, steady) {
        (set, _) if set < -TOLERANCE_S => Some(Jump::Back(Duration::from_secs_f64(-set))),
        (set, _) if set > TOLERANCE_S => Some(Jump::Forward(Duration::from_secs_f64(set))),
        (_, steady) if steady > TOLERANCE_S => Some(Jump::StoodStill(Duration::from_secs_f64(steady))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeps_and_settings_are_told_apart() {
        let hour = Duration::from_secs(3600);
        assert_eq!(between(0.3, 0.3), None);
        assert_eq!(between(5.0, 9.0), None);
        assert_eq!(between(3600.0, 3600.5), Some(Jump::StoodStill(hour)));
        assert_eq!(between(0.0, 3600.0), Some(Jump::Forward(hour)));
        assert_eq!(between(0.0, -3600.0), Some(Jump::Back(hour)));
    }
}
