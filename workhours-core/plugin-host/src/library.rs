//! One library: read, hashed, sealed, loaded, and its description checked. Built-in sources go the same way, without
//! the loading.
//!
//! The loaded bytes are the hashed bytes: they go into read-only memory, and that is opened, not the file. A library is
//! never unloaded: its threads, thread-locals and exit handlers would point into nothing. Not here: whether it may be
//! loaded, see `trust` and `lock`.
#![allow(unsafe_code)]

use super::manifest::{self, Manifest};
use super::trust;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use workhours_base::error::{Context, Error, Result};
use workhours_plugin_api::abi::{self, Grows, PluginFn};
use workhours_plugin_api::{EventSink, IDataSource, Input, SourceError, SourceInfo};
use workhours_registry::{BUILT_IN, Registered};

/// Maximum number of sources in a library.
const MAX_SOURCES: usize = 1000;
/// Bytes of a library.
const MAX_BYTES: u64 = 1 << 30;
/// The majors this program supports, and the next ones, to detect which side is too old.
const LATER: std::ops::RangeInclusive<u16> = abi::MAJOR + 1..=abi::MAJOR + 9;

/// A library's bytes, hashed and out of reach.
pub(super) struct Sealed {
    /// The file to load: the sealed copy if the system supports it, else the file itself.
    path: PathBuf,
    /// Holds the copy. Never closed: a loader knows libraries by their path, and a number must not come again.
    _copy: Option<File>,
}

/// Reads and hashes a library. Nothing of it runs.
///
/// # Errors
/// When it can't be read, or doesn't match its pin.
pub(super) fn seal(file: &Path, pinned: Option<&str>) -> Result<Sealed> {
    let failed = || format!("cannot read {}", file.display());
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let opened = options.open(file).context(failed)?;
    let meta = opened.metadata().context(failed)?;
    if !meta.is_file() || meta.len() > MAX_BYTES {
        return Err(Error::failed(format!("{} is not a file that could be a library", file.display())));
    }
    let mut bytes = Vec::new();
    // In a worker memory is limited, and this must be an error there, not the end of the process.
    bytes.try_reserve_exact(meta.len() as usize).map_err(std::io::Error::from).context(failed)?;
    opened.take(MAX_BYTES).read_to_end(&mut bytes).context(failed)?;
    let sha256 = trust::sha256(&bytes);
    if pinned.is_some_and(|pinned| pinned != sha256) {
        return Err(Error::failed("it has changed since it was trusted")
            .hint(format!("if you changed it on purpose: workhours plugin trust {}", file.display())));
    }
    let (path, copy) = sealed_copy(&bytes, file).context(|| format!("cannot copy {}", file.display()))?;
    Ok(Sealed { path, _copy: copy })
}

#[cfg(target_os = "linux")]
fn sealed_copy(bytes: &[u8], _: &Path) -> std::io::Result<(PathBuf, Option<File>)> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use std::io::Write;
    use std::os::fd::AsRawFd;
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // The file isn't executable as a program, which some systems require to be declared; older ones don't know the
    // flag.
    let made = memfd_create("plugin", flags | MemfdFlags::NOEXEC_SEAL);
    let mut copy = File::from(made.or_else(|_| memfd_create("plugin", flags))?);
    copy.write_all(bytes)?;
    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    // While the kernel still holds one of the pages, on a busy machine, this fails and must be tried again.
    let mut tries = 0;
    while let Err(e) = fcntl_add_seals(&copy, seals) {
        tries += 1;
        if e != rustix::io::Errno::BUSY || tries > 50 {
            return Err(e.into());
        }
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    Ok((PathBuf::from(format!("/proc/self/fd/{}", copy.as_raw_fd())), Some(copy)))
}

/// Other systems have no such memory: between hashing and loading, the folder's permissions protect the file.
#[cfg(not(target_os = "linux"))]
fn sealed_copy(_: &[u8], file: &Path) -> std::io::Result<(PathBuf, Option<File>)> {
    Ok((file.to_owned(), None))
}

/// Loads a library and asks for its description. Its constructors run here.
///
/// # Errors
/// When it can't be loaded, isn't a plugin, or is one for another version.
pub(super) fn load(sealed: Sealed) -> Result<&'static abi::Plugin> {
    let library = dlopen(&sealed.path)?;
    std::mem::forget(sealed);
    // SAFETY: the header declares the symbol of this name with this type.
    let entry = unsafe { library.get::<PluginFn>(abi::SYMBOL.as_bytes()) }.map(|f| *f);
    let entry = entry.map_err(|_| {
        let other = LATER.into_iter().find(|major| {
            let name = format!("workhours_plugin_v{major}");
            // SAFETY: only looked for, never called.
            unsafe { library.get::<PluginFn>(name.as_bytes()) }.is_ok()
        });
        match other {
            Some(major) => other_major(major),
            None => {
                Error::failed(format!("it is not a workhours plugin: it does not export {}", abi::SYMBOL))
            }
        }
    })?;
    std::mem::forget(library);
    let plugin = entry();
    if plugin.is_null() || !plugin.is_aligned() {
        return Err(Error::failed(format!("{} returned nothing", abi::SYMBOL)));
    }
    // SAFETY: what begins with the magic number is a static description, and not null.
    match unsafe { plugin.cast::<u64>().read() } {
        abi::MAGIC => Ok(unsafe { &*plugin }),
        _ => Err(invalid("it does not begin with the magic number")),
    }
}

/// Loads a pinned library into this process and returns its sources; it is loaded once, however often this is called.
///
/// # Errors
/// As [`seal`], [`load`] and [`describe`].
pub(super) fn open(file: &Path, sha256: &str) -> Result<&'static [Described]> {
    type Opened = Vec<(PathBuf, String, &'static [Described])>;
    static OPENED: Mutex<Opened> = Mutex::new(Vec::new());
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, _, sources)) = opened.iter().find(|(f, hash, _)| f == file && hash == sha256) {
        return Ok(sources);
    }
    let sources: &[Described] = describe(load(seal(file, Some(sha256))?)?)?.sources.leak();
    opened.push((file.to_owned(), sha256.to_owned(), sources));
    Ok(sources)
}

#[cfg(unix)]
fn dlopen(path: &Path) -> Result<libloading::os::unix::Library> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: runs the constructors, which the user has agreed to by pinning the file, or the sandbox contains.
    let opened = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL | libc::RTLD_NODELETE) };
    opened.map_err(|e| cannot_load(path, &e))
}

#[cfg(not(unix))]
fn dlopen(path: &Path) -> Result<libloading::Library> {
    // SAFETY: as above.
    unsafe { libloading::Library::new(path) }.map_err(|e| cannot_load(path, &e))
}

fn cannot_load(path: &Path, e: &libloading::Error) -> Error {
    // The loader's own words, without the name of the copy.
    let text = match std::error::Error::source(e) {
        Some(inner) => inner.to_string(),
        None => e.to_string(),
    };
    let copy = format!("{}: ", path.display());
    let text = text.replace(&copy, "");
    Error::failed(format!("it cannot be loaded: {text}"))
}

fn invalid(what: &str) -> Error {
    Error::failed(format!("its description is not valid: {what}"))
}

fn other_major(major: u16) -> Error {
    let hint = "update workhours, or get the plugin built for this version";
    Error::failed(format!(
        "it was built for version {major} of the plugin border; this workhours speaks {}",
        abi::MAJOR
    ))
    .hint(hint)
}

/// A source as its library describes it.
#[derive(Clone)]
pub(super) struct Described {
    pub(super) source: &'static abi::Source,
    pub(super) manifest: Manifest,
}

/// A checked description.
pub(super) struct Description {
    pub(super) sdk: String,
    pub(super) abi: (u16, u16),
    pub(super) sources: Vec<Described>,
}

/// Reads a description: the negotiation of versions. A plugin of a later minor version works, because fields are only
/// appended; one that needs a later host says so in its manifest.
///
/// # Errors
/// The problem.
pub(super) fn describe(plugin: &'static abi::Plugin) -> Result<Description> {
    let bad = invalid;
    if plugin.magic != abi::MAGIC {
        return Err(bad("it does not begin with the magic number"));
    }
    if plugin.abi_major != abi::MAJOR {
        return Err(other_major(plugin.abi_major));
    }
    if (plugin.size as usize) < size_of::<abi::Plugin>() {
        return Err(bad("it is smaller than in any version"));
    }
    if plugin.n_sources == 0 || plugin.sources.is_null() || !plugin.sources.is_aligned() {
        return Err(bad("it has no sources"));
    }
    if plugin.n_sources > MAX_SOURCES {
        return Err(bad(&format!("it has {} sources; {MAX_SOURCES} are allowed", plugin.n_sources)));
    }
    // SAFETY: a static array of that many pointers, as the header promises; null and absurd sizes are excluded.
    let pointers = unsafe { std::slice::from_raw_parts(plugin.sources, plugin.n_sources) };
    let mut sources = Vec::new();
    for pointer in pointers {
        // SAFETY: null or a static source that begins with its size.
        let source = unsafe { abi::Source::read(*pointer) }.ok_or_else(|| bad("a source is missing"))?;
        if source.parse.is_none() {
            return Err(bad("a source has no parse function"));
        }
        if source.manifest.len > manifest::MAX_BYTES {
            return Err(bad(&format!("a manifest has {} bytes", source.manifest.len)));
        }
        // SAFETY: static text.
        let json = unsafe { source.manifest.bytes::<'static>() }.and_then(|b| std::str::from_utf8(b).ok());
        let manifest = manifest::read(json.ok_or_else(|| bad("a manifest is not UTF-8"))?)?;
        if let Some((major, minor)) = manifest.abi
            && (major, minor) > (abi::MAJOR, abi::MINOR)
        {
            return Err(Error::failed(format!(
                "{} needs version {major}.{minor} of the plugin border; this workhours speaks {}.{}",
                manifest.info.name,
                abi::MAJOR,
                abi::MINOR
            ))
            .hint("update workhours"));
        }
        sources.push(Described { source: Box::leak(Box::new(source)), manifest });
    }
    // SAFETY: static text.
    let sdk = unsafe { plugin.sdk.bytes::<'static>() }.unwrap_or_default();
    let sdk = String::from_utf8_lossy(&sdk[..sdk.len().min(200)]).into_owned();
    Ok(Description { sdk, abi: (plugin.abi_major, plugin.abi_minor), sources })
}

/// The sources linked into this program, by way of the same description.
///
/// # Errors
/// When one of them describes itself wrongly.
pub(super) fn built_in() -> Result<Vec<Registered>> {
    let described = describe_built_in()?;
    Ok(described
        .iter()
        .map(|d| Registered { source: d as &'static dyn IDataSource, origin: BUILT_IN })
        .collect())
}

fn describe_built_in() -> Result<&'static [Described]> {
    static KNOWN: std::sync::OnceLock<&'static [Described]> = std::sync::OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Ok(known);
    }
    let plugin = abi::built_in();
    let sources = if plugin.n_sources == 0 { Vec::new() } else { describe(plugin)?.sources };
    Ok(KNOWN.get_or_init(|| sources.leak()))
}

/// A source in this process, behind the ABI.
impl IDataSource for Described {
    fn info(&self) -> &'static SourceInfo {
        self.manifest.info
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> std::result::Result<(), SourceError> {
        abi::call(self.source, input, out)
    }
}
