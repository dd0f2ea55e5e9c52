//! Reading an input anew from its copies: after a better parser, or with another zone.

use super::again::open_again;
use super::job::Job;
use super::run::Engine;
use super::sink::Shared;
use super::task::{self, Append};
use super::{RunSummary, document};
use crate::config::InputSpec;
use crate::error::Result;
use crate::event::{Reading, Rules};
use crate::store::{FileRow, InputRow, now_us};
use chrono_tz::Tz;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use workhours_plugin_api::Growth;

/// Deletes an input's events and loads its files again, from the copies where they are whole, else from
/// where the files were. `zone` replaces the zone wall clocks are read in.
///
/// # Errors
/// When there is no such input, or a file is neither copied nor still there: then nothing is deleted.
pub fn reload_input(engine: &mut Engine<'_>, id: i64, zone: Option<Tz>) -> Result<RunSummary> {
    let input = engine.store.input(id)?;
    let source = engine.registry.get(&input.source_type)?.source;
    let spec = spec_of(&input, zone);
    let mut job = Job {
        source,
        spec: &spec,
        input_id: id,
        zone: engine.config.timezone,
        fs: engine.fs.clone(),
        keep: &engine.config.fs_keep,
        rules: Rules::new(&engine.config.redaction, &engine.config.tags)?,
        folder: None,
        reread: false,
        replay: None,
        now_us: now_us(),
        may_group: false,
        limits: engine.config.limits,
        stop: Arc::clone(&engine.stop),
    };
    let mut files = Vec::new();
    for file in engine.store.files_of(id)? {
        let cursor = engine.store.file(file.id)?.and_then(|(_, cursor)| cursor);
        open_again(engine.store, &job.fs, &file, cursor.as_ref())?; // all or nothing: look before deleting
        files.push((file, cursor));
    }
    engine.store.empty_input(id, false)?;
    let mut summary = RunSummary::default();
    for (file, cursor) in files {
        job.zone = zone.or_else(|| file.timezone.parse().ok()).unwrap_or(engine.config.timezone);
        engine.store.set_file_zone(file.id, job.zone.name(), &Reading::tz_version())?;
        let since = Instant::now();
        let extract = open_again(engine.store, &job.fs, &file, cursor.as_ref())?;
        let shared = Arc::new(Shared { stop: Arc::clone(&engine.stop), ..Shared::default() });
        let outcome = if source.info().growth == Growth::Mutable {
            Some(
                document::run(
                    &job,
                    engine.store,
                    extract,
                    &file.path,
                    Some(file.id),
                    &shared,
                    engine.progress,
                )
                .0,
            )
        } else {
            let copied_to = engine.store.segments(file.id)?.last().map_or(0, |s| (s.start + s.length) as u64);
            let now = engine.store.file(file.id)?.map_or(file.clone(), |(row, _)| row);
            // What it spans was forgotten with its events, and is as true as before.
            let file = FileRow { first_date: file.first_date, last_date: file.last_date, ..now };
            let append = Append { job: &job, file: &file, base: None, copied_to, path: &file.path };
            task::run(&append, engine.store, extract, &shared, engine.progress)
        };
        let Some(outcome) = outcome else { continue };
        summary.push(engine.conclude(&job, &file.path, outcome, since, Vec::new()));
    }
    Ok(summary)
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
