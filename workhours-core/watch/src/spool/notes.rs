//! What a client says about its streams, in small files: the buckets it has made. Not events: nothing of it is loaded.

use super::disk::{private, sync_folder};
use super::{Origin, Spool, Stream};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::Result;

/// The ending of their names.
const NOTE: &str = "note";

impl Spool {
    /// All notes of a stream.
    pub fn notes(&self, stream: &Stream) -> Vec<Vec<u8>> {
        let entries = fs::read_dir(self.folder_of(stream)).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let mut notes: Vec<Vec<u8>> = paths
            .filter(|path| path.extension().is_some_and(|ending| ending == NOTE))
            .filter_map(|path| fs::read(path).ok())
            .collect();
        notes.sort();
        notes
    }

    /// Keeps a note under a name; it is on the disk when this returns.
    ///
    /// # Errors
    /// When the disk can't take it.
    pub fn note(&self, (stream, origin): (&Stream, &Origin), name: &str, note: &[u8]) -> Result<()> {
        let folder = self.folder_of(stream);
        let say = || format!("cannot write to the spool {}", folder.display());
        let kept = self.prepare(stream, origin).and_then(|()| keep(&folder, name, note));
        kept.on_disk(Written::Filestore, &folder, say)
    }
}

fn keep(folder: &Path, name: &str, note: &[u8]) -> io::Result<()> {
    let name = &blake3::hash(name.as_bytes()).to_hex()[..32];
    let tmp = folder.join(format!("{name}.{}.tmp", std::process::id()));
    let _ = fs::remove_file(&tmp);
    private(&tmp).and_then(|mut file| file.write_all(note).and_then(|()| file.sync_data()))?;
    fs::rename(&tmp, folder.join(format!("{name}.{NOTE}")))?;
    sync_folder(folder)
}
