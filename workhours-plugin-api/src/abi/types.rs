//! The structs of `include/workhours_plugin.h`. That file explains them; this one holds them to it.
//!
//! No behaviour but what reading a borrowed string or a grown struct safely needs.
#![allow(unsafe_code)]
#![allow(missing_docs)] // the header is their documentation

use std::ffi::c_void;

/// `"WHPLUG1\n"`, little-endian.
pub const MAGIC: u64 = u64::from_le_bytes(*b"WHPLUG1\n");
/// The version of the ABI. The symbol's name ends in it.
pub const MAJOR: u16 = 1;
/// Increases with each addition since the major version began.
pub const MINOR: u16 = 1;
/// The name of the one exported function.
pub const SYMBOL: &str = "workhours_plugin_v1";

/// The return values of calls: [`status`].
pub type Status = i32;

/// The values of a [`Status`]. An unknown negative one means [`INTERNAL`](status::INTERNAL).
pub mod status {
    use super::Status;
    pub const OK: Status = 0;
    /// From the host: return at once.
    pub const STOP: Status = 1;
    pub const UNSUPPORTED: Status = -1;
    pub const CORRUPT: Status = -2;
    pub const IO: Status = -3;
    pub const CONFIG: Status = -4;
    pub const LIMIT: Status = -5;
    pub const NOMEM: Status = -6;
    pub const INTERNAL: Status = -7;
}

/// The bits of [`Time::flags`].
pub mod time_flags {
    /// There is a time.
    pub const SET: u8 = 1;
    /// `sec` is a wall clock; the host applies the zone.
    pub const LOCAL: u8 = 2;
}

/// [`Time::offset_min`] of a source that wrote no offset.
pub const OFFSET_UNKNOWN: i16 = i16::MIN;
/// [`Input::bytes`] of an input with an unknown size.
pub const BYTES_UNKNOWN: u64 = u64::MAX;

/// The values of [`Attr::kind`].
pub mod attr_kind {
    pub const STR: u32 = 1;
    pub const INT: u32 = 2;
    pub const FLOAT: u32 = 3;
    pub const BOOL: u32 = 4;
}

/// Borrowed bytes. Frozen.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Str {
    pub ptr: *const u8,
    pub len: usize,
}

impl Str {
    /// No text.
    pub const NONE: Str = Str { ptr: std::ptr::null(), len: 0 };

    /// Lends `bytes`. The pointer is set even for an empty slice.
    pub const fn of(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes, or `None` for a length no memory can have or without a pointer.
    ///
    /// # Safety
    /// `ptr` must point at `len` bytes that live and stay as they are for `'a`.
    pub unsafe fn bytes<'a>(self) -> Option<&'a [u8]> {
        match self {
            Str { len: 0, .. } => Some(&[]),
            Str { ptr, len } if !ptr.is_null() && len <= isize::MAX as usize => {
                // SAFETY: promised by the caller; null and impossible lengths were excluded.
                Some(unsafe { std::slice::from_raw_parts(ptr, len) })
            }
            _ => None,
        }
    }
}

/// A point in time. Frozen.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Time {
    pub sec: i64,
    pub nsec: u32,
    pub offset_min: i16,
    pub precision: u8,
    pub flags: u8,
}

/// The value of an [`Attr`]; `kind` says which field is valid.
#[repr(C)]
#[derive(Clone, Copy)]
pub union AttrValue {
    pub i: i64,
    pub f: f64,
    pub s: Str,
}

/// One fact more. Frozen.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Attr {
    pub key: Str,
    pub kind: u32,
    pub reserved: u32,
    pub value: AttrValue,
}

/// One event.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Event {
    pub size: u32,
    pub flags: u32,
    pub start: Time,
    pub end: Time,
    pub offset: u64,
    pub line: u64,
    pub raw: Str,
    pub kind: Str,
    pub key: Str,
    pub url: Str,
    pub referrer: Str,
    pub title: Str,
    pub text: Str,
    pub host: Str,
    pub user: Str,
    pub agent: Str,
    pub tags: *const Str,
    pub n_tags: usize,
    pub attrs: *const Attr,
    pub n_attrs: usize,
    /// Since 1.1, as are those below.
    pub peer: Str,
    pub key_host: Str,
    pub key_user: Str,
    pub series: Str,
    pub revision: i64,
}

/// One rejected record.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Reject {
    pub size: u32,
    pub flags: u32,
    pub code: u32,
    pub reserved: u32,
    pub offset: u64,
    pub line: u64,
    pub raw: Str,
    pub reason: Str,
}

/// The program around the plugin.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    pub size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub ctx: *mut c_void,
    pub set_error: extern "C" fn(*mut c_void, Str),
}

/// The input.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Input {
    pub size: u32,
    pub reserved: u32,
    pub ctx: *mut c_void,
    pub name: Str,
    pub bytes: u64,
    pub reference_sec: i64,
    pub start_offset: u64,
    pub start_lines: u64,
    pub state: Str,
    pub read: extern "C" fn(*mut c_void, *mut c_void, usize) -> i64,
    pub map: extern "C" fn(*mut c_void, *mut Str) -> Status,
    pub path: extern "C" fn(*mut c_void, *mut Str) -> Status,
    pub option: extern "C" fn(*mut c_void, Str, *mut Str) -> Status,
    /// Since 1.1.
    pub horizon_sec: i64,
}

/// The receiver of events.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Sink {
    pub size: u32,
    pub reserved: u32,
    pub ctx: *mut c_void,
    pub emit: extern "C" fn(*mut c_void, *const Event) -> Status,
    pub reject: extern "C" fn(*mut c_void, *const Reject) -> Status,
    pub ignored: extern "C" fn(*mut c_void, u64) -> Status,
    pub checkpoint: extern "C" fn(*mut c_void, u64, u64, Str) -> Status,
    pub progress: extern "C" fn(*mut c_void, u64) -> Status,
}

/// Reads one input.
pub type ParseFn = extern "C" fn(*const Host, *const Input, *const Sink) -> Status;

/// One source of a plugin.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Source {
    pub size: u32,
    pub reserved: u32,
    pub manifest: Str,
    pub parse: Option<ParseFn>,
}

/// The exports of a plugin.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Plugin {
    pub magic: u64,
    pub size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub sdk: Str,
    pub sources: *const *const Source,
    pub n_sources: usize,
}

/// The exported function.
pub type PluginFn = extern "C" fn() -> *const Plugin;

// SAFETY: both are descriptions that never change and refer only to static memory, as the rules of the ABI require.
unsafe impl Sync for Source {}
// SAFETY: as above.
unsafe impl Send for Source {}
// SAFETY: as above.
unsafe impl Sync for Plugin {}
// SAFETY: as above.
unsafe impl Send for Plugin {}

/// Structs that begin with their size and grow at their end.
///
/// # Safety
/// Implementors are `repr(C)`, begin with a `u32` size, and all-zero bytes are a value of them.
pub unsafe trait Grows: Copy {
    /// The size in version 1.0: the least there may be.
    const LEAST: usize;

    /// Copies the existing fields; missing ones are zero. `None` for a null pointer or a struct smaller than any
    /// version.
    ///
    /// # Safety
    /// `from` is null or points at a struct whose first word is its true size.
    unsafe fn read(from: *const Self) -> Option<Self> {
        if from.is_null() {
            return None;
        }
        // SAFETY: the caller vouches for the first word.
        let size = unsafe { from.cast::<u32>().read_unaligned() } as usize;
        if size < Self::LEAST {
            return None;
        }
        let mut copy = std::mem::MaybeUninit::<Self>::zeroed();
        // SAFETY: `size` bytes may be read, and at most as many as fit are written; zero bytes are a valid value.
        unsafe {
            let n = size.min(size_of::<Self>());
            std::ptr::copy_nonoverlapping(from.cast::<u8>(), copy.as_mut_ptr().cast::<u8>(), n);
            Some(copy.assume_init())
        }
    }
}

// SAFETY: integers, pointers and Strs only, beginning with a size; the functions are within the least size, so that they
// are never left zero.
unsafe impl Grows for Input {
    const LEAST: usize = 112;
}
// SAFETY: as above, without functions.
unsafe impl Grows for Event {
    const LEAST: usize = 248;
}
// SAFETY: as above.
unsafe impl Grows for Reject {
    const LEAST: usize = 64;
}
// SAFETY: as above; a missing `parse` is None.
unsafe impl Grows for Source {
    const LEAST: usize = 32;
}
