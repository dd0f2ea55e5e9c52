//! The plugin's side of the ABI: a Rust source behind C functions.
//!
//! Whatever a source does, nothing but a status leaves [`parse`]: a panic becomes an error with its message.
#![allow(unsafe_code)]

use super::entry::{SourceEntry, entries};
use super::types::*;
use crate::row::{EventRow, IEventRecord, Text, Value};
use crate::sink::{EventSink, Position, Stop};
use crate::time::{EventTime, Zone};
use crate::{IDataSource, InputHost, Resume, SourceError};
use std::ffi::c_void;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::OnceLock;

/// The plugin made of these sources: the value that [`workhours_plugin_v1`](SYMBOL) returns. Built once for each
/// library.
pub fn workhours_plugin(place: &'static OnceLock<Plugin>, entries: &[SourceEntry]) -> &'static Plugin {
    place.get_or_init(|| {
        let leak = |entry: &SourceEntry| -> *const Source {
            let manifest = Box::leak(super::manifest(entry.source.info()).into_boxed_str());
            Box::leak(Box::new(Source {
                size: size_of::<Source>() as u32,
                reserved: 0,
                manifest: Str::of(manifest.as_bytes()),
                parse: Some(entry.parse),
            }))
        };
        let sources = Box::leak(entries.iter().map(leak).collect::<Box<[_]>>());
        Plugin {
            magic: MAGIC,
            size: size_of::<Plugin>() as u32,
            abi_major: MAJOR,
            abi_minor: MINOR,
            sdk: Str::of(concat!("Rust SDK ", env!("CARGO_PKG_VERSION")).as_bytes()),
            sources: sources.as_ptr(),
            n_sources: sources.len(),
        }
    })
}

/// The sources linked into this program or library, as a plugin.
pub fn built_in() -> &'static Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    workhours_plugin(&PLUGIN, &entries())
}

/// The one export of a library. With the registry, this crate defines it, once, however many sources there are.
#[cfg(feature = "inventory")]
#[unsafe(no_mangle)]
extern "C" fn workhours_plugin_v1() -> *const Plugin {
    built_in()
}

/// Runs a source for a host on the other side of the ABI. Called by the function that
/// [`export_source!`](crate::export_source) makes.
#[doc(hidden)]
#[allow(clippy::not_unsafe_ptr_arg_deref)] // the macro's caller must not have to write `unsafe`
pub fn parse(source: &dyn IDataSource, host: *const Host, input: *const Input, sink: *const Sink) -> Status {
    // SAFETY: the host lends three valid structs for the length of this call.
    let (Some(host), Some(input), Some(sink)) =
        (unsafe { host.as_ref() }, unsafe { Input::read(input) }, unsafe { sink.as_ref() })
    else {
        return status::INTERNAL;
    };
    let run = || {
        let mut input = Guest::new(&input);
        source.parse(
            &mut crate::Input::new(&mut input),
            &mut GuestSink { sink, tags: Vec::new(), attrs: Vec::new() },
        )
    };
    let (status, message) = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => return status::OK,
        Ok(Err(SourceError::Stopped)) => return status::STOP,
        Ok(Err(SourceError::Unsupported(why))) => (status::UNSUPPORTED, why),
        Ok(Err(SourceError::Corrupt(why))) => (status::CORRUPT, why),
        Ok(Err(SourceError::Io(e))) => (status::IO, e.to_string()),
        Ok(Err(SourceError::Config(why))) => (status::CONFIG, why),
        Ok(Err(SourceError::Limit(why))) => (status::LIMIT, why),
        Ok(Err(SourceError::Internal(why))) => (status::INTERNAL, why),
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            // A payload may panic when dropped.
            std::mem::forget(payload);
            (status::INTERNAL, format!("it panicked: {}", text.unwrap_or_else(|| "without a message".into())))
        }
    };
    (host.set_error)(host.ctx, Str::of(message.as_bytes()));
    status
}

/// The host's input as a source sees it.
struct Guest<'h> {
    input: &'h Input,
    name: String,
    resume: Resume,
}

impl<'h> Guest<'h> {
    fn new(input: &'h Input) -> Self {
        // SAFETY: the host lends both for as long as the input.
        let (name, state) = unsafe { (input.name.bytes(), input.state.bytes()) };
        let position = Position { offset: input.start_offset, lines: input.start_lines };
        Self {
            input,
            name: String::from_utf8_lossy(name.unwrap_or_default()).into_owned(),
            resume: Resume { position, state: state.unwrap_or_default().to_vec() },
        }
    }

    fn lent(&self, of: extern "C" fn(*mut c_void, *mut Str) -> Status) -> io::Result<&'h [u8]> {
        let mut out = Str::NONE;
        let status = of(self.input.ctx, &raw mut out);
        if status != status::OK {
            return Err(io::Error::other("the host cannot provide it"));
        }
        // SAFETY: what the host lends through its input lives as long as that.
        unsafe { out.bytes() }.ok_or_else(|| io::Error::other("the host lends no bytes"))
    }
}

impl InputHost for Guest<'_> {
    fn name(&self) -> &str {
        &self.name
    }
    fn resume(&self) -> &Resume {
        &self.resume
    }
    fn size(&self) -> Option<u64> {
        Some(self.input.bytes).filter(|n| *n != BYTES_UNKNOWN)
    }
    fn reference_secs(&self) -> i64 {
        self.input.reference_sec
    }
    fn horizon_secs(&self) -> i64 {
        // A host of version 1.0 names none.
        let year_on = self.input.reference_sec.saturating_add(366 * 86_400);
        Some(self.input.horizon_sec).filter(|secs| *secs != 0).unwrap_or(year_on)
    }
    fn option(&self, name: &str) -> Option<&str> {
        let mut out = Str::NONE;
        let status = (self.input.option)(self.input.ctx, Str::of(name.as_bytes()), &raw mut out);
        if status != status::OK || out.ptr.is_null() {
            return None;
        }
        // SAFETY: options live as long as the input.
        unsafe { out.bytes() }.and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = (self.input.read)(self.input.ctx, buf.as_mut_ptr().cast(), buf.len());
        usize::try_from(got)
            .ok()
            .filter(|n| *n <= buf.len())
            .ok_or_else(|| io::Error::other("the host could not deliver the bytes"))
    }
    fn map(&mut self) -> io::Result<&[u8]> {
        self.lent(self.input.map)
    }
    fn path(&mut self) -> io::Result<&Path> {
        let bytes = self.lent(self.input.path)?;
        std::str::from_utf8(bytes).map(Path::new).map_err(io::Error::other)
    }
}

/// The host's sink as a source sees it.
struct GuestSink<'h> {
    sink: &'h Sink,
    tags: Vec<Str>,
    attrs: Vec<Attr>,
}

fn go_on(status: Status) -> Result<(), Stop> {
    if status == status::OK { Ok(()) } else { Err(Stop) }
}

fn lend(text: Text<'_>) -> Str {
    Str::of(text.0)
}

fn time(time: Option<EventTime>) -> Time {
    let Some(t) = time else { return Time { sec: 0, nsec: 0, offset_min: 0, precision: 0, flags: 0 } };
    let (offset_min, local) = match t.zone {
        Zone::Unknown => (OFFSET_UNKNOWN, 0),
        Zone::Offset(minutes) => (minutes, 0),
        Zone::Local => (OFFSET_UNKNOWN, time_flags::LOCAL),
    };
    let flags = time_flags::SET | local;
    Time { sec: t.secs, nsec: t.nanos, offset_min, precision: t.precision as u8, flags }
}

impl EventSink for GuestSink<'_> {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        let row: EventRow<'_> = record.to_event_row();
        self.tags.clear();
        self.tags.extend(row.tags.iter().map(|t| lend(*t)));
        self.attrs.clear();
        self.attrs.extend(row.attrs.iter().map(|a| {
            let (kind, value) = match a.value {
                Value::Str(s) => (attr_kind::STR, AttrValue { s: lend(s) }),
                Value::Int(i) => (attr_kind::INT, AttrValue { i }),
                Value::Float(f) => (attr_kind::FLOAT, AttrValue { f }),
                Value::Bool(b) => (attr_kind::BOOL, AttrValue { i: b.into() }),
            };
            Attr { key: Str::of(a.key.as_bytes()), kind, reserved: 0, value }
        }));
        let row = row.with_possible_times();
        let event = Event {
            size: size_of::<Event>() as u32,
            flags: row.flags.0,
            start: time(row.time),
            end: time(row.end),
            offset: row.span.offset,
            line: row.span.line,
            raw: Str::of(row.span.raw),
            kind: Str::of(row.kind.as_bytes()),
            key: Str::of(row.key),
            url: lend(row.url),
            referrer: lend(row.referrer),
            title: lend(row.title),
            text: lend(row.text),
            host: lend(row.host),
            user: lend(row.user),
            agent: lend(row.agent),
            tags: self.tags.as_ptr(),
            n_tags: self.tags.len(),
            attrs: self.attrs.as_ptr(),
            n_attrs: self.attrs.len(),
            peer: lend(row.peer),
            key_host: lend(row.key_host),
            key_user: lend(row.key_user),
            series: Str::of(row.series),
            revision: row.revision,
        };
        go_on((self.sink.emit)(self.sink.ctx, &raw const event))
    }

    fn reject(&mut self, reject: &crate::Reject<'_>) -> Result<(), Stop> {
        let reject = Reject {
            size: size_of::<Reject>() as u32,
            flags: if reject.provisional { crate::RowFlags::PROVISIONAL.0 } else { 0 },
            code: reject.code as u32,
            reserved: 0,
            offset: reject.span.offset,
            line: reject.span.line,
            raw: Str::of(reject.span.raw),
            reason: Str::of(reject.reason.as_bytes()),
        };
        go_on((self.sink.reject)(self.sink.ctx, &raw const reject))
    }

    fn ignored(&mut self, n: u64) -> Result<(), Stop> {
        go_on((self.sink.ignored)(self.sink.ctx, n))
    }

    fn checkpoint(&mut self, at: Position, state: &[u8]) -> Result<(), Stop> {
        go_on((self.sink.checkpoint)(self.sink.ctx, at.offset, at.lines, Str::of(state)))
    }

    fn progress(&mut self, done: u64) -> Result<(), Stop> {
        go_on((self.sink.progress)(self.sink.ctx, done))
    }
}
