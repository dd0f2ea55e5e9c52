//! Values of an event for questions that aren't stored with it: its file and input, its project and its person. The
//! last two follow from rules of the config, so they are determined on demand.

mod projects;

pub use projects::Projects;

use crate::people::People;
use std::sync::Arc;
use workhours_base::Text;
use workhours_event::StoredEvent;

/// The rules for projects and persons.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// The definitions of projects.
    pub projects: Arc<Projects>,
    /// Everyone.
    pub people: Arc<People>,
}

impl Lookup {
    /// The context of an event without further data.
    pub fn context(&self) -> Context<'_> {
        self.context_of("", "")
    }

    /// The context of an event read from this file, of the input with this label.
    pub fn context_of<'c>(&'c self, path: &'c str, label: &'c str) -> Context<'c> {
        Context { path, label, project: None, projects: &self.projects, people: &self.people }
    }
}

/// What is known about one event in addition to its stored fields.
#[derive(Clone, Debug)]
pub struct Context<'c> {
    /// The file it was first read from.
    pub path: &'c str,
    /// The label of its input.
    pub label: &'c str,
    /// Its project, if that was settled by a correction.
    pub project: Option<Text>,
    /// The rules for projects.
    pub projects: &'c Projects,
    /// Everyone.
    pub people: &'c People,
}

impl Context<'_> {
    /// The event's project.
    pub fn project(&self, event: &StoredEvent) -> Option<Text> {
        self.project.clone().or_else(|| event.project.clone()).or_else(|| self.projects.of(event, self))
    }

    /// The name of the event's person.
    pub fn person(&self, event: &StoredEvent) -> Text {
        self.people.person(event)
    }
}
