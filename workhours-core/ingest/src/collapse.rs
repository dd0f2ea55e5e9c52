//! Reports when records of two inputs, or of two files of one, were equal and count once. That is right for copies, and
//! wrong for two machines that wrote the same line in the same second: only the user knows, and a scope keeps them
//! apart.

use super::job::Job;
use super::run::Engine;
use super::task::Outcome;
use std::cmp::Reverse;
use std::path::Path;
use workhours_filestore::open_source;
use workhours_plugin_api::Growth;
use workhours_store::{Cursor, FileId, FileRow, InputId, InputRow, TaskState};

impl Engine<'_> {
    /// The notes on a task with events that existed already. None for files with equal beginnings, which are copies or
    /// later versions of each other, unless the user configured their inputs with different hosts or users.
    pub(super) fn collapse(&mut self, job: &Job<'_>, path: &Path, outcome: Option<&Outcome>) -> Vec<String> {
        let met = self.store.take_collapses();
        let Some(outcome) = outcome.filter(|_| !job.reread) else { return Vec::new() };
        let told = job.spec.host.is_some() || job.spec.user.is_some();
        let copy_of_told = told && outcome.state == TaskState::Unchanged;
        if outcome.totals.duplicates == 0 && !copy_of_told {
            return Vec::new();
        }
        // Without a list of inputs there is nothing to report.
        let Ok(inputs) = self.store.inputs().all() else { return Vec::new() };
        let alike = self.files_that_begin_alike(job, path);
        let is_alike = |id: InputId| alike.iter().any(|(row, _)| row.input_id == id);
        let of_another = |other: &InputRow| {
            let differs = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
            differs(&other.host, &job.spec.host) || differs(&other.user, &job.spec.user)
        };
        let mut notes = Vec::new();
        let mut theirs = 0;
        let mut by_input: Vec<(InputId, u64)> = met.inputs.into_iter().collect();
        by_input.sort_by_key(|(id, n)| (Reverse(*n), *id));
        for (id, n) in by_input {
            theirs += n;
            let Some(other) = inputs.iter().find(|input| input.id == id) else { continue };
            if !is_alike(id) || of_another(other) {
                let what = format!("{n} of its {} events are equal to events", outcome.totals.events);
                notes.push(scope_wanted(&what, other, "count", job));
            }
        }
        let own = outcome.totals.duplicates.saturating_sub(theirs).saturating_sub(self.store.old());
        let grows = job.source.info().growth == Growth::Append;
        if own > 0 && grows && outcome.whole && !is_alike(job.input_id) {
            notes.push(format!(
                "{own} of its events were there already, from another file of this input; if the two are different \
                 logs that hold equal lines, make them inputs of their own and give each a scope"
            ));
        }
        // One that begins with all of another is a later version of it.
        let is_version = |id: &FileId| alike.iter().any(|(row, _)| row.id == *id);
        let others = || met.files.iter().filter(|(id, _)| !is_version(id));
        let copied: u64 = others().map(|(_, n)| n).sum();
        let most = others().max_by_key(|(id, n)| (**n, **id));
        if let Some((file, _)) = most.filter(|_| grows && notes.is_empty())
            && let Ok(Some((row, _))) = self.store.files().get(*file)
        {
            notes.push(format!(
                "{copied} of its events are in {} as well and count once: as far as can be told, one of the files is a \
                 copy of the other or of a part of it. If they are different logs, make them inputs of their own and \
                 give each a scope",
                row.path
            ));
        }
        if copy_of_told && !is_alike(job.input_id) {
            let others = inputs.iter().filter(|input| is_alike(input.id) && of_another(input));
            notes.extend(
                others.map(|other| scope_wanted("all of it is equal to a file", other, "counts", job)),
            );
        }
        notes
    }

    /// The logical files that this one begins like, itself aside.
    fn files_that_begin_alike(&mut self, job: &Job<'_>, path: &Path) -> Vec<(FileRow, Option<Cursor>)> {
        let Ok(extract) = open_source(path) else { return Vec::new() };
        let own = path.to_string_lossy();
        let found = self.store.files().by_head(job.source_type(), job.scope(), |len| match len {
            0 => None,
            len => extract.head.prefix_hash(len),
        });
        found.unwrap_or_default().into_iter().filter(|(row, _)| row.path != own).collect()
    }
}

fn scope_wanted(what: &str, other: &InputRow, count: &str, job: &Job<'_>) -> String {
    let id = job.input_id;
    format!(
        "{what} of {} and {count} once; if they are not the same, give this input (input {id}) or that one a scope",
        shown(other)
    )
}

/// An input as a user knows it.
fn shown(input: &InputRow) -> String {
    let label = if input.label.is_empty() { String::new() } else { format!("{}, ", input.label) };
    format!("input {} ({label}{} {})", input.id, input.source_type, input.path)
}
