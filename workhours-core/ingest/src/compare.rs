//! Whether stored events agree with the copies: each input is read again over its stored events, and the changes are
//! counted but not made.

use super::again::{Aim, open_again};
use super::reload::{Loaded, load_again};
use super::run::Engine;
use std::sync::Arc;
use workhours_base::error::Result;
use workhours_store::{Fate, InputRow, TaskState};

/// How an input's events compare with its copies.
#[derive(Debug)]
pub struct Compared {
    /// The input.
    pub input: InputRow,
    /// Events that are stored with another content.
    pub different: u64,
    /// Events that are not stored.
    pub missing: u64,
    /// Events that are stored and not in the copies.
    pub surplus: u64,
    /// Files that could not be compared: why, for each.
    pub unread: Vec<String>,
    /// Files that were compared.
    pub files: usize,
}

/// Compares an input's events with its copies, or with its files if there are no complete copies.
///
/// # Errors
/// Database errors.
pub fn compare_input(engine: &mut Engine<'_>, input: &InputRow) -> Result<Compared> {
    let (mut files, mut unread) = (Vec::new(), Vec::new());
    for file in engine.store.files().of_input(input.id)? {
        // A file whose load was undone has nothing stored.
        let Some((_, cursor @ Some(_))) = engine.store.files().get(file.id)? else { continue };
        match open_again(engine.store, &engine.fs, &file, cursor.as_ref(), Aim::Look) {
            Ok(_) => files.push(file),
            Err(e) => unread.push(e.full_message()),
        }
    }
    let (fs, registry, config) = (engine.fs.clone(), engine.registry, engine.config);
    let (stop, progress) = (Arc::clone(&engine.stop), engine.progress);
    let loaded = engine.store.together("compare the input with its copies", |store| {
        let (fs, stop) = (fs.clone(), Arc::clone(&stop));
        let mut engine = Engine { store, fs, registry, config, reread: true, stop, progress };
        Ok((load_again(&mut engine, input, &files, None, Aim::Look)?, Fate::RollBack))
    })?;
    let Loaded { summary, lacking, .. } = loaded;
    let cut =
        summary.tasks.iter().filter(|task| matches!(task.state, TaskState::Failed | TaskState::Partial));
    unread.extend(cut.map(|task| format!("{}: {}", task.path, task.error.as_deref().unwrap_or("not read"))));
    Ok(Compared {
        input: input.clone(),
        different: summary.updated,
        missing: summary.inserted,
        surplus: lacking,
        files: files.len(),
        unread,
    })
}
