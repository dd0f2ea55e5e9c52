//! Reading rejected records again, after a better parser. The source reads their files from the start, so that numbers
//! and identities are those of any read. Known events stay, and records that are readable now are added. Only rejects
//! that are readable now are deleted, each with the batch that has its bytes.

use super::TaskSummary;
use super::again::{Aim, read_again};
use super::job::Job;
use super::reload::spec_of;
use super::run::Engine;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use workhours_base::error::{Error, Result};
use workhours_event::Rules;
use workhours_plugin_api::Growth;
use workhours_store::{FileRow, InputRow, TaskState, now_us};

/// The result of a replay.
#[derive(Debug, Default)]
pub struct Replay {
    /// Rejects whose files were read again.
    pub replayed: u64,
    /// The resolved ones.
    pub resolved: u64,
    /// The ones that are still rejected.
    pub still_rejected: u64,
    /// Rejects whose files couldn't be read again.
    pub unreadable: u64,
    /// New events.
    pub inserted: u64,
    /// One task for each file that was read.
    pub tasks: Vec<TaskSummary>,
    /// Why a file couldn't be read: there is neither copy nor file, or its source is missing.
    pub missing: Vec<Error>,
    /// Whether the user ended it.
    pub interrupted: bool,
}

/// Reads the files again that have rejects, of these source types or of all when none is named.
///
/// # Errors
/// Only what makes all of it pointless: the database cannot be read or written.
pub fn replay_rejects(engine: &mut Engine<'_>, source_types: &[String]) -> Result<Replay> {
    let mut replay = Replay::default();
    let inputs = engine.store.inputs().all()?;
    for (file, before) in engine.store.rejects().files(source_types)? {
        if engine.stop.load(Ordering::Relaxed) {
            replay.interrupted = true;
            break;
        }
        let Some(input) = inputs.iter().find(|i| i.id == file.input_id) else { continue };
        match replay_file(engine, input, &file) {
            Ok((task, resolved)) => {
                let whole = matches!(task.state, TaskState::Done | TaskState::Unchanged);
                // A failed task has resolved the rejects before its failure; the others are unknown. A copy may end
                // before the file did.
                let growing = engine.registry.get(&file.source_type)?.source.info().growth == Growth::Append;
                let beyond = match growing {
                    true => engine.store.rejects().count_from(file.id, task.totals.bytes)?,
                    false => 0,
                };
                let told = if whole { before.saturating_sub(beyond) } else { resolved.min(before) };
                replay.replayed += told;
                replay.resolved += resolved.min(before);
                replay.still_rejected += told - resolved.min(told);
                replay.unreadable += before - told;
                replay.inserted += task.totals.inserted;
                replay.tasks.push(task);
            }
            Err(e) => {
                replay.unreadable += before;
                replay.missing.push(e);
            }
        }
    }
    replay.interrupted |= engine.stop.load(Ordering::Relaxed);
    Ok(replay)
}

/// Reads one file again; returns its task and how many of its rejects are resolved.
fn replay_file(engine: &mut Engine<'_>, input: &InputRow, file: &FileRow) -> Result<(TaskSummary, u64)> {
    let source = engine.registry.get(&file.source_type)?.source;
    let zone = file.timezone.parse().unwrap_or(engine.config.timezone);
    let spec = spec_of(input, Some(zone));
    let job = Job {
        source,
        spec: &spec,
        input_id: input.id,
        file_scope: None,
        zone,
        fs: engine.fs.clone(),
        keep: &engine.config.fs_keep,
        rules: Rules::new(&engine.config.redaction, &engine.config.tags)?,
        folder: None,
        reread: true,
        replay: Some(file.reference_secs),
        now_us: now_us(),
        may_group: false,
        limits: engine.config.limits,
        stop: Arc::clone(&engine.stop),
    };
    let since = Instant::now();
    let (outcome, notes) = read_again(engine, &job, file, Aim::Load)?;
    let resolved = outcome.resolved;
    Ok((engine.conclude(&job, &file.path, outcome, since, notes), resolved))
}
