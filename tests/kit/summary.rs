//! The summary of a run, checked for sums, and comparing many texts without printing them all.

use super::Ran;
use serde_json::Value;
use std::ops::Deref;

/// The summary of a run, whose counts add up.
pub(crate) struct Summary {
    value: Value,
    ran: Ran,
}

impl Summary {
    #[track_caller]
    pub(super) fn checked(value: Value, ran: Ran) -> Self {
        let summary = Self { value, ran };
        let n = |of: &Value, key: &str| {
            of[key].as_u64().unwrap_or_else(|| panic!("no count {key}\n{}", summary.ran))
        };
        let tasks = summary.value["tasks"].as_array().unwrap();
        for task in tasks {
            let stored = n(task, "inserted") + n(task, "duplicates") + n(task, "updated");
            // A series is one event read and many stored.
            let series = task["source_type"] == "ical" && n(task, "events") < stored;
            let fine = n(task, "records") == n(task, "events") + n(task, "rejected")
                && (n(task, "events") == stored || series);
            assert!(fine, "the counts of a task do not add up: {task}\n{}", summary.ran);
        }
        for key in ["events", "inserted", "duplicates", "updated", "rejected"] {
            let sum: u64 = tasks.iter().map(|t| n(t, key)).sum();
            assert_eq!(n(&summary.value, key), sum, "the sum of {key}\n{}", summary.ran);
        }
        summary
    }

    /// A count of the whole run.
    pub(crate) fn n(&self, key: &str) -> u64 {
        self.value[key].as_u64().unwrap_or_else(|| panic!("no count {key}\n{}", self.ran))
    }

    pub(crate) fn tasks(&self) -> &[Value] {
        self.value["tasks"].as_array().unwrap()
    }

    pub(crate) fn states(&self) -> Vec<&str> {
        self.tasks().iter().map(|t| t["state"].as_str().unwrap()).collect()
    }

    /// Inserted, duplicates, updated, rejected.
    #[track_caller]
    pub(crate) fn counts(self, want: [u64; 4]) -> Self {
        let got = ["inserted", "duplicates", "updated", "rejected"].map(|key| self.n(key));
        assert_eq!(got, want, "inserted, duplicates, updated, rejected\n{}", self.ran);
        self
    }
}

impl Deref for Summary {
    type Target = Ran;
    fn deref(&self) -> &Ran {
        &self.ran
    }
}

/// The same texts, each as often. Shows what differs, not thousands of lines.
#[track_caller]
pub(crate) fn assert_same_multiset(got: &[String], want: &[String], when: &str) {
    let (mut got, mut want) = (got.to_vec(), want.to_vec());
    got.sort();
    want.sort();
    if got == want {
        return;
    }
    let count = |list: &[String], x: &String| list.iter().filter(|y| *y == x).count();
    let mut all: Vec<&String> = got.iter().chain(&want).collect();
    all.sort();
    all.dedup();
    let wrong: Vec<String> = all
        .into_iter()
        .map(|x| (x, count(&got, x), count(&want, x)))
        .filter(|(_, got, want)| got != want)
        .take(20)
        .map(|(x, got, want)| format!("{x:?}: {got} times, should be {want}"))
        .collect();
    panic!("{when}: {} events, should be {}\n{}", got.len(), want.len(), wrong.join("\n"));
}
