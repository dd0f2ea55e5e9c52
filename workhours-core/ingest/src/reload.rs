//! Reading an input again, from its copies if they are complete, else from the original files: after a better parser,
//! or with another zone. The number of stored events never decreases, unless the user accepts that.
//!
//! The new reading is loaded over the old one, and what it lacks is deleted last. Up to [`IN_ONE`] events this is one
//! transaction, so that an interrupted reload changes nothing. Beyond that it is many short ones, because other
//! programs couldn't load for minutes. If it is interrupted, each event is from the old or the new reading, and the
//! next reload does the rest.

use super::again::{Aim, open_again, read_again};
use super::job::Job;
use super::run::Engine;
use super::{RunSummary, task};
use chrono_tz::Tz;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use workhours_base::error::{Error, Result};
use workhours_base::input::InputSpec;
use workhours_event::{Reading, Rules};
use workhours_store::{
    BegunReload, Fate, FileRow, InputId, InputRow, ReadTo, Reread, Store, TaskState, now_us,
};

/// Events read again in one transaction: about ten seconds in which no other program can load.
const IN_ONE: u64 = 2_000_000;

/// How an input is read again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reload {
    /// The zone for wall clocks; `None` for that of the last time.
    pub zone: Option<Tz>,
    /// Whether there may be fewer events than before.
    pub accept_fewer: bool,
    /// Whether it is done in many short transactions, however few events there are.
    pub in_batches: bool,
}

/// The result of a reload.
#[derive(Debug, Default)]
pub struct Reloaded {
    /// Its tasks.
    pub summary: RunSummary,
    /// How many events there are now.
    pub events: u64,
    /// How many there were before that the new reading does not have.
    pub gone: u64,
    /// Notes for the user: damaged copies.
    pub notes: Vec<String>,
}

/// A new reading, loaded over the old one.
pub(super) struct Loaded {
    pub(super) summary: RunSummary,
    pub(super) reread: Reread,
    /// Stored events it lacks.
    pub(super) lacking: u64,
}

/// The counts compared at the end of a reload.
struct Settling {
    input: InputId,
    /// Events there were when this run began.
    stored: u64,
    /// Number of events when the reload began, perhaps by an interrupted run.
    before: u64,
    accept_fewer: bool,
    /// Whether it is one transaction.
    alone: bool,
}

/// Reads the files of an input again.
///
/// # Errors
/// When there is no such input, when a file has neither a complete copy nor an original, when a file can't be read, or
/// when there would be fewer events than before. Then nothing has changed.
pub fn reload_input(engine: &mut Engine<'_>, id: InputId, reload: Reload) -> Result<Reloaded> {
    let input = engine.store.inputs().get(id)?;
    let unfinished = engine.store.reloads().unfinished(id)?;
    let zone = reload.zone.or_else(|| unfinished.as_ref()?.zone.as_ref()?.parse().ok());
    let files = engine.store.files().of_input(id)?;
    let mut notes = Vec::new();
    for file in &files {
        // All or nothing: look before anything is read.
        let cursor = engine.store.files().get(file.id)?.and_then(|(_, cursor)| cursor);
        let opened = open_again(engine.store, &engine.fs, file, cursor.as_ref(), Aim::Load)?;
        notes.extend(opened.note.map(|note| format!("{}: {note}", file.path)));
    }
    let stored = engine.store.reloads().count_events(id)?;
    let alone = stored <= IN_ONE && !reload.in_batches;
    // After an interrupted reload, events of both readings are stored.
    let before = unfinished.map_or(stored, |begun| begun.events);
    let begun = BegunReload { zone: zone.map(|zone| zone.name().to_owned()), events: before };
    engine.store.reloads().mark(id, Some(&begun))?;
    let settling = Settling { input: id, stored, before, accept_fewer: reload.accept_fewer, alone };
    let done = if alone {
        let (fs, registry, config) = (engine.fs.clone(), engine.registry, engine.config);
        let (stop, progress) = (Arc::clone(&engine.stop), engine.progress);
        engine.store.together("reload the input", |store| {
            let (fs, stop) = (fs.clone(), Arc::clone(&stop));
            let mut engine = Engine { store, fs, registry, config, reread: true, stop, progress };
            let loaded = load_again(&mut engine, &input, &files, zone, Aim::Load)?;
            let reloaded = settle(engine.store, loaded, &settling)?;
            Ok((reloaded, Fate::Commit))
        })
    } else {
        let loaded = load_again(engine, &input, &files, zone, Aim::Load)?;
        settle(engine.store, loaded, &settling)
    };
    if done.is_ok() || alone {
        engine.store.reloads().mark(id, None)?;
    }
    done.map(|reloaded| Reloaded { notes, ..reloaded })
}

/// Loads these files of an input again, over their stored events. Tasks report files that can't be read completely.
pub(super) fn load_again(
    engine: &mut Engine<'_>,
    input: &InputRow,
    files: &[FileRow],
    zone: Option<Tz>,
    aim: Aim,
) -> Result<Loaded> {
    let source = engine.registry.get(&input.source_type)?.source;
    let spec = spec_of(input, zone);
    let mut job = Job {
        source,
        spec: &spec,
        input_id: input.id,
        file_scope: None,
        zone: engine.config.timezone,
        fs: engine.fs.clone(),
        keep: &engine.config.fs_keep,
        rules: Rules::new(&engine.config.redaction, &engine.config.tags)?,
        folder: None,
        reread: true,
        replay: None,
        now_us: now_us(),
        may_group: false,
        limits: engine.config.limits,
        stop: Arc::clone(&engine.stop),
    };
    let mut summary = RunSummary::default();
    let mut read_to = ReadTo::default();
    engine.store.reloads().begin();
    for file in files {
        job.zone = zone.or_else(|| file.timezone.parse().ok()).unwrap_or(engine.config.timezone);
        let tz_version = Reading::tz_version();
        engine.store.files().set_zone(file.id, job.zone.name(), &tz_version)?;
        let file = FileRow { timezone: job.zone.name().into(), tz_version, ..file.clone() };
        let since = Instant::now();
        let (outcome, notes) = read_again(engine, &job, &file, aim)?;
        if matches!(outcome.state, TaskState::Done | TaskState::Unchanged) {
            read_to.insert(file.id, outcome.reached);
        }
        summary.push(engine.conclude(&job, &file.path, outcome, since, notes));
        if engine.stop.load(Ordering::Relaxed) {
            summary.interrupted = true;
            break;
        }
    }
    let reread = engine.store.reloads().end(read_to);
    let lacking = engine.store.reloads().count_lacking(input.id, &reread)?;
    Ok(Loaded { summary, reread, lacking })
}

/// Deletes events that the new reading lacks, if it is complete and there aren't fewer events, or the user accepts
/// that.
fn settle(store: &mut Store, loaded: Loaded, settling: &Settling) -> Result<Reloaded> {
    let Settling { input, stored, before, accept_fewer, alone } = *settling;
    let Loaded { summary, reread, lacking } = loaded;
    let as_it_was = if alone { "nothing was changed" } else { "what the old reading had is stored still" };
    if summary.interrupted {
        let hint = format!("{as_it_was}; run it again to reload all of it");
        return Err(Error::failed("the reload was interrupted").hint(hint));
    }
    let is_cut = |state: TaskState| matches!(state, TaskState::Failed | TaskState::Partial);
    if let Some(cut) = summary.tasks.iter().find(|task| is_cut(task.state)) {
        let why = cut.error.clone().unwrap_or_else(|| task::interrupted().to_string());
        let error = Error::failed(format!("cannot read {} again: {why}", cut.path));
        return Err(error.hint(format!("{as_it_was}; repair the file and reload the input")));
    }
    let events = (stored + summary.inserted).saturating_sub(lacking);
    if events < before && !accept_fewer {
        return Err(Error::failed(format!(
            "the new reading of input {input} has fewer events: {events} instead of {before}; {as_it_was}"
        ))
        .hint(format!(
            "does the source read another format now, or is a rule new? If that is right: workhours inputs reload \
             {input} --force"
        )));
    }
    let gone = store.reloads().delete_lacking(input, &reread)?;
    Ok(Reloaded { summary, events, gone, notes: Vec::new() })
}

/// The input as it was configured when it was loaded.
pub(super) fn spec_of(input: &InputRow, zone: Option<Tz>) -> InputSpec {
    InputSpec {
        source_type: input.source_type.clone(),
        label: input.label.clone(),
        path: PathBuf::from(&input.path),
        host: input.host.clone(),
        user: input.user.clone(),
        scope: Some(input.scope.clone()).filter(|s| !s.is_empty()),
        timezone: zone.or_else(|| input.timezone.parse().ok()),
        activity: Some(input.activity.clone()),
        options: serde_json::from_str(&input.options).unwrap_or_default(),
        origin: format!("input {}", input.id),
    }
}
