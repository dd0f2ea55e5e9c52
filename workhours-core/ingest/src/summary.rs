//! The result of a run: one line per task and the sums, for people and as the JSON object that scripts use.

use serde::Serialize;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use workhours_base::error::Error;
use workhours_base::file::Kind;
use workhours_store::{TaskId, TaskState, Totals};

/// One task's outcome. The JSON form is stable.
#[derive(Clone, Debug, Serialize)]
pub struct TaskSummary {
    /// The task's number; `null` when there was nothing to do.
    pub id: Option<String>,
    /// Its source type.
    pub source_type: String,
    /// Whether the source was found by the file's content, because the input's type is `auto`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub detected: bool,
    /// The input's label.
    pub label: String,
    /// The file read.
    pub path: String,
    /// Its end state.
    pub state: TaskState,
    /// The counts.
    #[serde(flatten)]
    pub totals: Totals,
    /// How long it took.
    pub elapsed_ms: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// A hint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Notes for the user, although nothing failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// All tasks of a run and their sums. The JSON form is stable.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunSummary {
    /// One per file, in the order they were read.
    pub tasks: Vec<TaskSummary>,
    /// Sum over all tasks.
    pub events: u64,
    /// Sum over all tasks.
    pub inserted: u64,
    /// Sum over all tasks.
    pub duplicates: u64,
    /// Sum over all tasks.
    pub updated: u64,
    /// Sum over all tasks.
    pub rejected: u64,
    /// Tasks whose state is failed or partial.
    pub failed_tasks: u64,
    /// Whether the user ended the run.
    pub interrupted: bool,
    /// Files of folders and patterns that no source knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_alone: Vec<LeftAlone>,
}

/// A file that was not read, because no source claims it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftAlone {
    /// The file.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Its type, if it is neither a file nor a folder.
    #[serde(skip)]
    pub kind: Option<Kind>,
}

impl RunSummary {
    /// Notes that a file was not read.
    pub(super) fn leave_alone(&mut self, path: &Path, reason: &str) {
        let path = path.to_string_lossy().into_owned();
        self.left_alone.push(LeftAlone { path, reason: reason.to_owned(), kind: None });
    }

    /// Records inputs that weren't even opened.
    pub(super) fn leave_kinds_alone(&mut self, found: &[(PathBuf, Kind)]) {
        self.left_alone.extend(found.iter().map(|(path, kind)| LeftAlone {
            path: path.to_string_lossy().into_owned(),
            reason: format!("it is {}; name it to read it as a stream", kind.name()),
            kind: Some(*kind),
        }));
    }

    /// Adds a task.
    pub fn push(&mut self, task: TaskSummary) {
        self.events += task.totals.events;
        self.inserted += task.totals.inserted;
        self.duplicates += task.totals.duplicates;
        self.updated += task.totals.updated;
        self.rejected += task.totals.rejected;
        self.failed_tasks += u64::from(matches!(task.state, TaskState::Failed | TaskState::Partial));
        self.tasks.push(task);
    }

    /// Marks tasks as failed because nothing of them could be stored after all.
    pub(super) fn undo(&mut self, ids: &[TaskId], e: &Error) {
        let ids: HashSet<String> = ids.iter().map(TaskId::to_string).collect();
        let tasks = std::mem::take(&mut self.tasks);
        let left_alone = std::mem::take(&mut self.left_alone);
        *self = Self { left_alone, interrupted: self.interrupted, ..Self::default() };
        for task in tasks {
            let undone = task.id.as_ref().is_some_and(|id| ids.contains(id));
            self.push(if undone {
                TaskSummary {
                    id: None,
                    state: TaskState::Failed,
                    totals: Totals::default(),
                    error: Some(format!("{}: {}", task.path, e.full_message())),
                    hint: e.hint_text().map(str::to_owned),
                    ..task
                }
            } else {
                task
            });
        }
    }

    /// Adds what another run came to.
    pub fn add(&mut self, other: Self) {
        other.tasks.into_iter().for_each(|task| self.push(task));
        self.left_alone.extend(other.left_alone);
    }

    /// Whether the user should look at something, though nothing failed.
    pub fn has_warnings(&self) -> bool {
        !self.left_alone.is_empty() || self.tasks.iter().any(|task| !task.notes.is_empty())
    }
}
