//! The manifest of a folder: what belongs to its state, and which moment of the database that is. It is replaced at once,
//! after all files it names are on the disk. It is a line of JSON and a line with the JSON's checksum.

use crate::dead::DeadEntry;
use crate::dictionary::blocks::Extent;
use crate::disk;
use crate::rows_file::FileEntry;
use serde::{Deserialize, Serialize};
use std::path::Path;
use workhours_base::error::{Context, Result};
use workhours_event::EventId;
use workhours_store::{Moment, Seq};

/// The version of the format. Folders of another are made again.
pub(crate) const VERSION: u32 = 1;
pub(crate) const MANIFEST: &str = "manifest";

/// Files of rows, and which of their rows are dead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) files: Vec<FileEntry>,
    pub(crate) dead: Option<DeadEntry>,
}

impl State {
    /// How many rows are alive.
    pub(crate) fn events(&self) -> u64 {
        let rows: u64 = self.files.iter().map(|file| u64::from(file.rows)).sum();
        rows - self.dead.as_ref().map_or(0, |dead| dead.rows)
    }
}

/// A part of the database's history on its way into the folder. Readers don't see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Round {
    /// It leads up to here.
    #[serde(with = "moment")]
    pub(crate) until: Moment,
    /// Events up to this one are in.
    #[serde(with = "id")]
    pub(crate) after: EventId,
    /// What the state will be.
    pub(crate) state: State,
}

/// What a folder has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) version: u32,
    pub(crate) database: String,
    /// It has all of the database's history up to here.
    #[serde(with = "moment")]
    pub(crate) done: Moment,
    pub(crate) state: State,
    pub(crate) round: Option<Round>,
    pub(crate) extent: Extent,
    /// The keys of `meta` that have a column, in order of their numbers.
    pub(crate) keys: Vec<String>,
    /// Whether there are keys without a column.
    pub(crate) more_keys: bool,
    /// The number of the next file.
    pub(crate) next: u32,
}

impl Manifest {
    /// Whether it has nothing yet, but something is on its way into it.
    pub(crate) fn is_growing(&self) -> bool {
        self.done.seq == Seq::default() && self.round.is_some()
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let mut text = serde_json::to_string(self).context(|| "cannot write the manifest")?;
        let checksum = crc32fast::hash(text.as_bytes());
        text.push_str(&format!("\n{checksum:08x}\n"));
        disk::replace(&dir.join(MANIFEST), text.as_bytes())
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it can't be read, or is damaged.
    pub(crate) fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(MANIFEST);
        let bytes = std::fs::read(&path).context(|| format!("cannot read {}", path.display()))?;
        let parse = || {
            let mut lines = std::str::from_utf8(&bytes).ok()?.split('\n');
            let (json, checksum) = (lines.next()?, lines.next()?);
            let whole = checksum == format!("{:08x}", crc32fast::hash(json.as_bytes()));
            if !whole || lines.next() != Some("") || lines.next().is_some() {
                return None;
            }
            serde_json::from_str::<Self>(json).ok().filter(|manifest| manifest.version == VERSION)
        };
        parse().ok_or_else(|| disk::damaged(&path))
    }
}

mod moment {
    use super::{Moment, Seq};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(moment: &Moment, serializer: S) -> Result<S::Ok, S::Error> {
        [moment.seq.get(), moment.committed_us, moment.purges].serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let [seq, committed_us, purges] = <[i64; 3]>::deserialize(deserializer)?;
        Ok(Moment { seq: Seq::new(seq), committed_us, purges })
    }
}

mod id {
    use super::EventId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(id: &EventId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&id.to_hex())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventId, D::Error> {
        let hex = String::deserialize(deserializer)?;
        EventId::from_hex(&hex).ok_or_else(|| D::Error::custom("not an event's id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_damage_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let until = Moment { seq: Seq::new(9), committed_us: 17, purges: 2 };
        let round = Some(Round { until, after: EventId([7; 16]), state: State::default() });
        let manifest = Manifest {
            version: VERSION,
            database: "abc".into(),
            round,
            keys: vec!["status".into(), "a\"b".into()],
            ..Manifest::default()
        };
        manifest.write(dir.path()).unwrap();
        assert_eq!(Manifest::read(dir.path()).unwrap(), manifest);
        let path = dir.path().join(MANIFEST);
        let bytes = std::fs::read(&path).unwrap();
        for n in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[n] ^= 4;
            std::fs::write(&path, wrong).unwrap();
            assert!(Manifest::read(dir.path()).is_err(), "{n}");
        }
        Manifest { version: VERSION + 1, ..manifest }.write(dir.path()).unwrap();
        assert!(Manifest::read(dir.path()).is_err());
    }
}
