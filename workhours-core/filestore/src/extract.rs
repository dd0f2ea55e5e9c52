//! Opening inputs: a file, one in a zip archive, or standard input, decompressed by content, with UTF-16 converted to
//! UTF-8.
//!
//! Nothing here writes. The bytes that come out are *the* bytes of the input: offsets, hashes and copies all
//! refer to them, so a log and its `.gz` twin are one file.

use super::archive;
use super::stream::Stream;
use liblzma::read::XzDecoder;
use niffler::send::compression::Format;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use workhours_base::error::{Error, Result};
use workhours_base::file::{Kind, open_regular};
use workhours_base::file::{Stat, stat_of};

/// A logical file is known by this many of its first bytes, or by all when it has fewer.
const HEAD_BYTES: usize = 4096;

/// The first bytes of an input.
#[derive(Clone, Debug, Default)]
pub struct Head(pub Vec<u8>);

impl Head {
    /// The hash of the first `len` bytes; `None` when there are fewer.
    pub fn prefix_hash(&self, len: u64) -> Option<Vec<u8>> {
        let prefix = self.0.get(..usize::try_from(len).ok()?)?;
        Some(blake3::hash(prefix).as_bytes().to_vec())
    }

    /// Length and hash of all of it.
    pub fn fingerprint(&self) -> (u64, Vec<u8>) {
        (self.0.len() as u64, blake3::hash(&self.0).as_bytes().to_vec())
    }
}

/// Hashes of ever longer beginnings of a head, each made of the one before.
pub struct Prefixes<'h> {
    head: &'h Head,
    hasher: blake3::Hasher,
    at: usize,
}

impl<'h> Prefixes<'h> {
    /// With this head.
    pub fn of(head: &'h Head) -> Self {
        Self { head, hasher: blake3::Hasher::new(), at: 0 }
    }

    /// As [`Head::prefix_hash`].
    pub fn hash(&mut self, len: u64) -> Option<Vec<u8>> {
        let len = usize::try_from(len).ok()?;
        let Some(more) = self.head.0.get(self.at..len) else { return self.head.prefix_hash(len as u64) };
        self.hasher.update(more);
        self.at = len;
        Some(self.hasher.finalize().as_bytes().to_vec())
    }
}

/// The metadata of a file in its file system or archive; `None` if it isn't a regular file.
pub fn stat(path: &Path) -> Option<Stat> {
    match std::fs::metadata(path) {
        Ok(meta) => archive::stat_of_regular(path, &meta),
        Err(_) => archive::member_stat(path),
    }
}

/// An opened input.
pub struct Extract {
    /// Its first bytes.
    pub head: Head,
    /// Its metadata in the file system; `None` for a pipe.
    pub stat: Option<Stat>,
    /// Bytes taken from disk so far, still compressed.
    pub consumed: Arc<AtomicU64>,
    /// Whether it may have no end: a device, or a file that the system makes up.
    pub is_device: bool,
    reader: Box<dyn Read + Send>,
    /// The file itself, when its bytes are the input's bytes and it can be read anywhere.
    plain: Option<File>,
    at: u64,
}

/// Opens standard input for `-`, and any other named input; waits for a pipe or device until `stop` is set. Then the
/// data read so far is returned, followed by an error.
///
/// # Errors
/// As [`open`].
pub fn open_stream(path: &Path, stop: &Arc<AtomicBool>) -> Result<Extract> {
    let kind = Kind::of(path);
    let stream = match kind {
        _ if path.as_os_str() == "-" => Stream::stdin(stop),
        Some(kind) if kind.is_stream() || kind == Kind::Socket => {
            Stream::open(path, stop).map_err(|e| cannot_read(path, &e))?
        }
        _ => return open(path),
    };
    let mut extract = Extract::new(Box::new(stream), None, None).map_err(|e| cannot_read(path, &e))?;
    extract.is_device = path.as_os_str() != "-" && matches!(kind, Some(Kind::Device | Kind::Pseudo));
    Ok(extract)
}

/// Opens a regular file, or one in an archive.
///
/// # Errors
/// With a hint, when it doesn't exist, isn't a file, or isn't readable.
pub fn open(path: &Path) -> Result<Extract> {
    let file = match open_regular(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => return Err(cannot_read(path, &e)),
        Err(e) => {
            let member = archive::open_member(path).map_err(|e| cannot_read(path, &e))?;
            let member = member.ok_or_else(|| cannot_read(path, &e))?;
            return Extract::new(member, stat(path), None).map_err(|e| cannot_read(path, &e));
        }
    };
    let meta = file.metadata().map_err(|e| cannot_read(path, &e))?;
    let plain = file.try_clone().ok();
    Extract::new(Box::new(file), Some(stat_of(&meta)), plain).map_err(|e| cannot_read(path, &e))
}

fn cannot_read(path: &Path, e: &io::Error) -> Error {
    if Kind::of(path) == Some(Kind::Folder) {
        return Error::failed(format!("{} is a directory", path.display()));
    }
    let error = Error::failed(format!("cannot read {}: {e}", path.display()));
    match e.kind() {
        io::ErrorKind::InvalidInput if Kind::of(path) == Some(Kind::Socket) => {
            error.hint("write its output to a file or a pipe, and load that")
        }
        io::ErrorKind::NotFound => error.hint("check the path; a pattern must be quoted from the shell"),
        io::ErrorKind::PermissionDenied => {
            error.hint("you have no permission to read it; run as its owner, or copy it first")
        }
        _ => error,
    }
}

impl Extract {
    fn new(raw: Box<dyn Read + Send>, stat: Option<Stat>, plain: Option<File>) -> io::Result<Self> {
        let consumed = Arc::new(AtomicU64::new(0));
        let mut raw: Box<dyn Read + Send> = Box::new(Counting { inner: raw, count: Arc::clone(&consumed) });
        // The sniffer wants five bytes; a shorter file is not compressed.
        let mut magic = Vec::new();
        raw.by_ref().take(5).read_to_end(&mut magic)?;
        let short = magic.len() < 5;
        let raw: Box<dyn Read + Send> = Box::new(io::Cursor::new(magic).chain(raw));
        let (decoded, compressed) = if short { (raw, false) } else { unpack(raw)? };
        let (head, mut reader) = peek(decoded);
        let mut plain = plain.filter(|_| !compressed);
        let mut head = Head(head);
        if let Some(encoding) = utf16(&head.0) {
            plain = None;
            let (decoded, rest) = peek(Box::new(Decoding::new(encoding, reader)));
            (head, reader) = (Head(decoded), rest);
        }
        Ok(Self { head, stat, consumed, is_device: false, reader, plain, at: 0 })
    }

    /// From whatever can be read once, compressed or not.
    ///
    /// # Errors
    /// When its first bytes cannot be read.
    pub fn from_reader(reader: Box<dyn Read + Send>) -> io::Result<Self> {
        Self::new(reader, None, None)
    }

    /// From a copy in the filestore: already decompressed and decoded.
    pub fn from_copy(copy: super::CopyReader, stat: Option<Stat>) -> Self {
        let consumed = Arc::new(AtomicU64::new(0));
        let (head, reader) = peek(Box::new(Counting { inner: Box::new(copy), count: Arc::clone(&consumed) }));
        Self { head: Head(head), stat, consumed, is_device: false, reader, plain: None, at: 0 }
    }

    /// From bytes in memory.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        let head = Head(bytes.iter().take(HEAD_BYTES).copied().collect());
        let consumed = Arc::new(AtomicU64::new(0));
        let reader = Box::new(io::Cursor::new(bytes));
        Self { head, stat: None, consumed, is_device: false, reader, plain: None, at: 0 }
    }

    /// The same, ending at this byte at the latest.
    pub fn up_to(mut self, end: u64) -> Self {
        self.reader = Box::new(self.reader.take(end.saturating_sub(self.at)));
        self
    }

    /// Whether any part can be read at any time.
    pub fn is_plain(&self) -> bool {
        self.plain.is_some()
    }

    /// Size in decoded bytes, when known without reading.
    pub fn size(&self) -> Option<u64> {
        self.plain.as_ref().and_then(|f| f.metadata().ok()).map(|m| m.len())
    }

    /// A few bytes from anywhere; only of a plain file.
    pub fn peek_at(&mut self, offset: u64, len: u64) -> Option<Vec<u8>> {
        let mut file = self.plain.as_ref()?.try_clone().ok()?;
        let back = file.stream_position().ok()?;
        file.seek(SeekFrom::Start(offset)).ok()?;
        let mut bytes = Vec::new();
        let read = (&mut file).take(len).read_to_end(&mut bytes);
        file.seek(SeekFrom::Start(back)).ok()?;
        read.ok()?;
        Some(bytes)
    }

    /// Moves forward to an offset: seeks in a plain file, else reads and drops. Returns `false` if the input ends
    /// before.
    ///
    /// # Errors
    /// Errors of the file system or the decompressor.
    pub fn skip_to(&mut self, offset: u64) -> io::Result<bool> {
        if let Some(file) = &mut self.plain {
            if file.metadata()?.len() < offset {
                return Ok(false);
            }
            file.seek(SeekFrom::Start(offset))?;
            self.consumed.store(offset, Ordering::Relaxed);
            let file = file.try_clone()?;
            self.reader = Box::new(Counting { inner: Box::new(file), count: Arc::clone(&self.consumed) });
            self.at = offset;
            return Ok(true);
        }
        let wanted = offset - self.at;
        let skipped = io::copy(&mut self.reader.by_ref().take(wanted), &mut io::sink())?;
        self.at += skipped;
        Ok(skipped == wanted)
    }
}

impl Read for Extract {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// Decompresses by content, and returns whether there was anything to decompress.
fn unpack(raw: Box<dyn Read + Send>) -> io::Result<(Box<dyn Read + Send>, bool)> {
    let (raw, format) = niffler::send::sniff(raw).map_err(io::Error::other)?;
    if format == Format::Lzma {
        // niffler would stop at the end of the first of several streams, and say nothing.
        return Ok((Box::new(XzDecoder::new_multi_decoder(raw)), true));
    }
    let (reader, format) = niffler::send::get_reader(raw).map_err(io::Error::other)?;
    Ok((reader, format != Format::No))
}

/// The first bytes, and a reader that still returns them. An error while peeking is returned again in its place.
fn peek(mut reader: Box<dyn Read + Send>) -> (Vec<u8>, Box<dyn Read + Send>) {
    let mut head = vec![0; HEAD_BYTES];
    let mut len = 0;
    let mut error = None;
    while len < HEAD_BYTES {
        match reader.read(&mut head[len..]) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                error = Some(e);
                break;
            }
        }
    }
    head.truncate(len);
    let first = io::Cursor::new(head.clone());
    match error {
        Some(e) => (head, Box::new(first.chain(Failing(Some(e))))),
        None => (head, Box::new(first.chain(reader))),
    }
}

struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self.0.take().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()))
    }
}

struct Counting {
    inner: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

fn utf16(head: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match head {
        [0xff, 0xfe, ..] => Some(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] => Some(encoding_rs::UTF_16BE),
        _ => None,
    }
}

/// UTF-16 to UTF-8, without the byte order mark; invalid text becomes U+FFFD.
struct Decoding {
    decoder: encoding_rs::Decoder,
    inner: Box<dyn Read + Send>,
    input: Vec<u8>,
    output: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl Decoding {
    fn new(encoding: &'static encoding_rs::Encoding, inner: Box<dyn Read + Send>) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { decoder, inner, input: vec![0; 16 << 10], output: Vec::new(), taken: 0, ended: false }
    }
}

impl Read for Decoding {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.output.len() && !self.ended {
            let n = self.inner.read(&mut self.input)?;
            self.ended = n == 0;
            let room = self.decoder.max_utf8_buffer_length(n).unwrap_or(4 * n + 16);
            self.output.resize(room, 0);
            let (_, _, written, _) =
                self.decoder.decode_to_utf8(&self.input[..n], &mut self.output, self.ended);
            self.output.truncate(written);
            self.taken = 0;
        }
        let n = buf.len().min(self.output.len() - self.taken);
        buf[..n].copy_from_slice(&self.output[self.taken..self.taken + n]);
        self.taken += n;
        Ok(n)
    }
}
