//! Whether a copy is intact. An object is named by the hash of its bytes, so its name reveals a flipped bit or a cut.
//! It is checked before it is used, because damage would become events. A damaged copy is set aside, so that it isn't
//! read again and can be inspected.

use super::{Filestore, make_private_dir};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use workhours_base::error::{Context, Result};
use workhours_store::{FileId, Segment, Store};

/// The state of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Its bytes match its name.
    Whole,
    /// It has others, or can't be unpacked.
    Damaged,
    /// There is no such file.
    Missing,
    /// It can't be read now: the disk or the system reports an error.
    Unreadable,
}

/// Reads an object and compares it with its name.
pub fn health(fs: &Filestore, object: &str) -> Health {
    let hash = || -> io::Result<blake3::Hash> {
        let mut hasher = blake3::Hasher::new();
        io::copy(&mut zstd::Decoder::new(File::open(fs.object_path(object))?)?, &mut hasher)?;
        Ok(hasher.finalize())
    };
    match hash() {
        Ok(hash) if hash.to_hex().as_str() == object => Health::Whole,
        Ok(_) => Health::Damaged,
        Err(e) if e.kind() == io::ErrorKind::NotFound => Health::Missing,
        // An error of the system isn't a property of the file; an error of unpacking is.
        Err(e) if e.raw_os_error().is_some() => Health::Unreadable,
        Err(_) => Health::Damaged,
    }
}

/// An object that is not as it should be.
#[derive(Clone, Debug)]
pub struct Ailing {
    /// Its name.
    pub object: String,
    /// The problem.
    pub health: Health,
    /// The logical files it holds bytes of.
    pub files: Vec<String>,
}

/// Checks all objects that copies refer to. Returns how many there are, and those that are damaged.
///
/// # Errors
/// Database errors.
pub fn verify(store: &mut Store, fs: &Filestore) -> Result<(u64, Vec<Ailing>)> {
    let mut users: BTreeMap<String, Vec<FileId>> = BTreeMap::new();
    for Segment { object, file_id, .. } in store.segments().all()? {
        users.entry(object).or_default().push(file_id);
    }
    let mut ailing = Vec::new();
    for (object, mut users) in users.iter().map(|(object, users)| (object, users.clone())) {
        let health = health(fs, object);
        if health == Health::Whole {
            continue;
        }
        users.dedup();
        let mut files = Vec::new();
        for id in users {
            files.extend(store.files().get(id)?.map(|(row, _)| row.path));
        }
        ailing.push(Ailing { object: object.clone(), health, files });
    }
    Ok((users.len() as u64, ailing))
}

/// Moves a damaged object out of the way. Returns its new path. Its references stay: a user with a backup of the object
/// can restore it.
///
/// # Errors
/// File system errors; then it is where it was.
pub fn set_aside(fs: &Filestore, object: &str) -> Result<PathBuf> {
    let (from, folder) = (fs.object_path(object), fs.damaged());
    let to = folder.join(format!("{object}.zst"));
    let say = || format!("cannot set aside {}", from.display());
    make_private_dir(&folder).context(say)?;
    std::fs::rename(&from, &to).context(say)?;
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::super::ObjectWriter;
    use super::*;
    use std::io::Write;

    #[test]
    fn a_flipped_bit_and_a_cut_are_found_wherever_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let fs = Filestore::open(dir.path()).unwrap();
        let mut writer = ObjectWriter::create(&fs).unwrap();
        for n in 0..200 {
            writeln!(writer, "192.0.2.{n} - - a line of a log that is {} long", n * n).unwrap();
        }
        let object = writer.finish().unwrap();
        let path = fs.object_path(&object);
        let good = std::fs::read(&path).unwrap();
        assert_eq!(health(&fs, &object), Health::Whole);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bad).unwrap();
            let is_the_same = zstd::decode_all(&bad[..]).ok() == zstd::decode_all(&good[..]).ok();
            let want = if is_the_same { Health::Whole } else { Health::Damaged };
            assert_eq!(health(&fs, &object), want, "bit at {at}");
        }
        std::fs::write(&path, &good[..good.len() - 9]).unwrap();
        assert_eq!(health(&fs, &object), Health::Damaged);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(health(&fs, &object), Health::Missing);
        std::fs::create_dir(&path).unwrap();
        assert_eq!(health(&fs, &object), Health::Unreadable, "nothing can be said of its bytes");
    }
}
