//! How far an index has come. An engine stores it with its own commit, so the two can never differ.

use serde::{Deserialize, Serialize};
use workhours_event::EventId;
use workhours_store::{Moment, Seq};

/// The payload of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Checkpoint {
    /// All of the database's history up to here is in it.
    pub(super) done: Moment,
    /// A round that was begun and is not at its end.
    pub(super) round: Option<Round>,
}

/// A part of history on its way into the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Round {
    /// It leads up to here.
    pub(super) until: Moment,
    /// Events up to this one are in.
    pub(super) after: EventId,
}

#[derive(Serialize, Deserialize)]
struct Written {
    done: [i64; 3],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<[i64; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

fn numbers(moment: Moment) -> [i64; 3] {
    [moment.seq.get(), moment.committed_us, moment.purges]
}

fn moment([seq, committed_us, purges]: [i64; 3]) -> Moment {
    Moment { seq: Seq::new(seq), committed_us, purges }
}

impl Checkpoint {
    /// As it is written into a commit.
    pub(super) fn write(&self) -> String {
        let written = Written {
            done: numbers(self.done),
            until: self.round.map(|round| numbers(round.until)),
            after: self.round.map(|round| round.after.to_hex()),
        };
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// From a commit; the very beginning if it has no payload.
    pub(super) fn read(payload: Option<&str>) -> Self {
        let written = payload.and_then(|payload| serde_json::from_str::<Written>(payload).ok());
        let Some(written) = written else { return Self::default() };
        let after = written.after.as_deref().and_then(EventId::from_hex);
        let round = written.until.zip(after);
        Self {
            done: moment(written.done),
            round: round.map(|(until, after)| Round { until: moment(until), after }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let moment = |seq| Moment { seq: Seq::new(seq), committed_us: 17, purges: 2 };
        let round = Round { until: moment(9), after: EventId([7; 16]) };
        for round in [None, Some(round)] {
            let checkpoint = Checkpoint { done: moment(3), round };
            assert_eq!(Checkpoint::read(Some(&checkpoint.write())), checkpoint);
        }
        for nothing in [None, Some(""), Some("{}"), Some("[1]")] {
            assert_eq!(Checkpoint::read(nothing), Checkpoint::default());
        }
    }
}
