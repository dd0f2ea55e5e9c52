//! Whether a copy still is what was copied. An object is named by the hash of its bytes, so a flipped bit or a cut on
//! disk can be told from its name. It is looked at before anything is built on it: read unchecked, damage would become
//! events.

use super::Filestore;
use std::fs::File;
use std::io;

/// Whether an object has the bytes that its name stands for. One that is not there or can't be unpacked has not.
pub fn is_whole(fs: &Filestore, object: &str) -> bool {
    let hash = || -> io::Result<blake3::Hash> {
        let mut hasher = blake3::Hasher::new();
        io::copy(&mut zstd::Decoder::new(File::open(fs.object_path(object))?)?, &mut hasher)?;
        Ok(hasher.finalize())
    };
    hash().is_ok_and(|hash| hash.to_hex().as_str() == object)
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
        assert!(is_whole(&fs, &object));
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bad).unwrap();
            let is_the_same = zstd::decode_all(&bad[..]).ok() == zstd::decode_all(&good[..]).ok();
            assert_eq!(is_whole(&fs, &object), is_the_same, "bit at {at}");
        }
        std::fs::write(&path, &good[..good.len() - 9]).unwrap();
        assert!(!is_whole(&fs, &object));
        std::fs::remove_file(&path).unwrap();
        assert!(!is_whole(&fs, &object));
    }
}
