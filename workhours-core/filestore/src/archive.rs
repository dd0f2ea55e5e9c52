//! Zip archives: files in a file. Each has its own path, that of the archive followed by its name:
//! `takeout.zip/Takeout/Chrome/History.json`. Nothing is unpacked to disk.
//!
//! Not for compressed single streams (gzip, xz …): `extract` decompresses those.

use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use workhours_base::file::{Kind, Stat, open_regular, stat_of};
use zip::{CompressionMethod, ZipArchive};

/// Where a file is in an archive.
#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u64,
    packed: u64,
    size: u64,
    crc: u32,
    deflated: bool,
    /// It is encrypted, or its compression isn't supported.
    unsupported: bool,
}

/// The files of an archive by name, without names that point outside it.
type Index = BTreeMap<PathBuf, Entry>;

/// The archive that was read last, with its index: the files of an archive are read one after the other.
static CACHE: Mutex<Option<(PathBuf, Stat, Arc<Index>)>> = Mutex::new(None);

/// Whether a file is an archive, by its name and its first bytes. By its bytes alone, every office document would be
/// one.
pub fn is_archive(path: &Path) -> bool {
    let named = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"));
    let mut magic = [0; 4];
    named
        && open_regular(path).and_then(|mut f| f.read_exact(&mut magic)).is_ok()
        && matches!(&magic, b"PK\x03\x04" | b"PK\x05\x06")
}

/// The paths of all files in an archive, in order of their names.
///
/// # Errors
/// When its directory cannot be read.
pub fn members(archive: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(index(archive)?.keys().map(|name| archive.join(name)).collect())
}

/// The metadata of a file in an archive: its unpacked size, the time of the archive, and a checksum of its content
/// instead of an inode. `None` if the path isn't in an archive.
pub(super) fn member_stat(path: &Path) -> Option<Stat> {
    let (archive, name) = split_path(path)?;
    let of_archive = own_stat(archive)?;
    let entry = *index(archive).ok()?.get(name)?;
    Some(Stat { inode: (0, u64::from(entry.crc)), size: entry.size, mtime_ns: of_archive.mtime_ns })
}

/// The metadata of the archive file itself.
fn own_stat(archive: &Path) -> Option<Stat> {
    std::fs::metadata(archive).ok().and_then(|meta| stat_of_regular(archive, &meta))
}

/// The metadata of any file; `None` if it isn't a regular file.
pub(super) fn stat_of_regular(path: &Path, meta: &Metadata) -> Option<Stat> {
    (Kind::of_metadata(path, meta) == Kind::File).then(|| stat_of(meta))
}

/// Opens a file in an archive; `None` if the path isn't in an archive.
///
/// # Errors
/// When the archive is damaged, has no such file, or has it in an unsupported form.
pub(super) fn open_member(path: &Path) -> io::Result<Option<Box<dyn Read + Send>>> {
    let Some((archive, name)) = split_path(path) else { return Ok(None) };
    let found = index(archive)?.get(name).copied();
    let entry =
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the archive has no such file"))?;
    if entry.unsupported {
        let why = "it is encrypted, or its compression is not supported";
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    let mut file = open_regular(archive)?;
    file.seek(SeekFrom::Start(entry.start))?;
    let packed = BufReader::new(file).take(entry.packed);
    let inner: Box<dyn Read + Send> =
        if entry.deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) };
    Ok(Some(Box::new(Checked { inner: inner.take(entry.size), entry, crc: Crc::new() })))
}

/// The path of the archive in a path, and the name of the file in it.
fn split_path(path: &Path) -> Option<(&Path, &Path)> {
    let archive = path.ancestors().skip(1).find(|above| is_archive(above))?;
    Some((archive, path.strip_prefix(archive).ok()?))
}

fn index(archive: &Path) -> io::Result<Arc<Index>> {
    let now = own_stat(archive).ok_or(io::ErrorKind::NotFound)?;
    let mut last = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((path, state, index)) = &*last
        && (path.as_path(), state) == (archive, &now)
    {
        return Ok(Arc::clone(index));
    }
    let read = Arc::new(read(archive)?);
    *last = Some((archive.to_owned(), now, Arc::clone(&read)));
    Ok(read)
}

fn read(archive: &Path) -> io::Result<Index> {
    let mut zip = ZipArchive::new(BufReader::new(open_regular(archive)?)).map_err(io::Error::other)?;
    let mut index = Index::new();
    for i in 0..zip.len() {
        let file = zip.by_index_raw(i).map_err(io::Error::other)?;
        let (Some(name), Some(start), true) = (file.enclosed_name(), file.data_start(), file.is_file())
        else {
            continue;
        };
        let method = file.compression();
        let deflated = method == CompressionMethod::Deflated;
        let unsupported = file.encrypted() || !deflated && method != CompressionMethod::Stored;
        let (packed, size, crc) = (file.compressed_size(), file.size(), file.crc32());
        index.entry(name).or_insert(Entry { start, packed, size, crc, deflated, unsupported });
    }
    Ok(index)
}

/// Reads a file, and fails if its size or checksum isn't the one in the archive.
struct Checked {
    inner: io::Take<Box<dyn Read + Send>>,
    entry: Entry,
    crc: Crc,
}

impl Read for Checked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.crc.update(&buf[..n]);
        if n == 0 && !buf.is_empty() {
            if self.inner.limit() > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if self.crc.sum() != self.entry.crc {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "its checksum is not the one in the archive",
                ));
            }
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write;
    use zip::write::{SimpleFileOptions, ZipWriter};

    fn archive(dir: &Path, files: &[(&str, &[u8])]) -> PathBuf {
        let path = dir.join("a.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        for (i, (name, bytes)) in files.iter().enumerate() {
            let method = [CompressionMethod::Deflated, CompressionMethod::Stored][i % 2];
            zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    fn content(path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        open_member(path)?.unwrap().read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn files_are_read_one_by_one() {
        let dir = tempfile::tempdir().unwrap();
        let long = b"tides ".repeat(10_000);
        let zip = archive(dir.path(), &[("x/b.txt", &long), ("a.txt", b"one"), ("ä/empty", b"")]);
        assert!(is_archive(&zip));
        let names = members(&zip).unwrap();
        assert_eq!(names, ["a.txt", "x/b.txt", "ä/empty"].map(|name| zip.join(name)));
        assert_eq!((content(&names[0]).unwrap(), content(&names[1]).unwrap()), (b"one".to_vec(), long));
        assert_eq!((content(&names[2]).unwrap(), member_stat(&names[0]).unwrap().size), (Vec::new(), 3));
        assert!(content(&zip.join("none")).is_err());
        assert!(open_member(&dir.path().join("plain")).unwrap().is_none());
        assert_eq!(member_stat(&dir.path().join("plain")), None);
    }

    #[test]
    fn no_name_leads_out_and_damage_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let zip =
            archive(dir.path(), &[("../up", b"x"), ("/abs", b"x"), ("in/../ok", b"x"), ("s", b"stored")]);
        let names = members(&zip).unwrap();
        assert!(names.iter().all(|name| !name.ends_with("up")), "{names:?}");
        assert!(names.iter().all(|name| name.starts_with(&zip)), "{names:?}");
        let mut bytes = std::fs::read(&zip).unwrap();
        let at = memchr::memmem::find(&bytes, b"stored").unwrap();
        bytes[at] ^= 1;
        let damaged = dir.path().join("b.zip");
        std::fs::write(&damaged, &bytes).unwrap();
        assert!(content(&damaged.join("s")).is_err());
        std::fs::write(&damaged, &bytes[..bytes.len() / 2]).unwrap();
        assert!(is_archive(&damaged) && members(&damaged).is_err());
    }
}
