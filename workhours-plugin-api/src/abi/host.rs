//! The host's side of the ABI: a C source behind a Rust call.
//!
//! Everything is checked before it is used, except for pointers: only a separate process protects against wrong ones.
#![allow(unsafe_code)]

use super::event::fill;
use super::types::{self, *};
use crate::SourceError;
use crate::row::{EventRow, RowFlags, Span};
use crate::sink::{EventSink, Position, RejectCode};
use std::any::Any;
use std::ffi::c_void;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Runs a source through the ABI on `input` and pushes what it finds into `out`.
///
/// # Errors
/// What the source reports; [`SourceError::Internal`] also when it breaks a rule of the ABI.
pub fn call(
    source: &Source,
    input: &mut crate::Input<'_>,
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    call_as(source, input, out, HostShape::default())
}

/// How a plugin sees its host: only a test kit shows another one.
#[derive(Clone, Copy, Debug)]
pub struct HostShape {
    /// The minor version it claims.
    pub abi_minor: u16,
    /// Bytes its structs claim to have beyond those of this version.
    pub grown_by: u32,
}

impl Default for HostShape {
    fn default() -> Self {
        Self { abi_minor: MINOR, grown_by: 0 }
    }
}

/// A host struct followed by spare memory, so that a claim of more fields is safe.
#[repr(C)]
struct Roomy<T>(T, [u64; 16]);

/// [`call`] by a host of another shape.
///
/// # Errors
/// As [`call`].
pub fn call_as(
    source: &Source,
    input: &mut crate::Input<'_>,
    out: &mut dyn EventSink,
    shape: HostShape,
) -> Result<(), SourceError> {
    let Some(parse) = source.parse else {
        return Err(SourceError::Internal("it has no parse function".into()));
    };
    let grown = shape.grown_by.min(128);
    let resume = input.resume().clone();
    let name = input.name().to_owned();
    let (size, reference_sec, horizon_sec) = (input.size(), input.reference_secs(), input.horizon_secs());
    let mut call = Call { input, out, state: State::default() };
    let ctx: *mut c_void = (&raw mut call).cast();
    let host = Roomy(
        Host {
            size: size_of::<Host>() as u32 + grown,
            abi_major: MAJOR,
            abi_minor: shape.abi_minor,
            ctx,
            set_error,
        },
        [0; 16],
    );
    let lent = Roomy(
        Input {
            size: size_of::<Input>() as u32 + grown,
            reserved: 0,
            ctx,
            name: Str::of(name.as_bytes()),
            bytes: size.unwrap_or(BYTES_UNKNOWN),
            reference_sec,
            start_offset: resume.position.offset,
            start_lines: resume.position.lines,
            state: Str::of(&resume.state),
            read,
            map,
            path,
            option,
            horizon_sec,
        },
        [0; 16],
    );
    let sink = Roomy(
        Sink {
            size: size_of::<Sink>() as u32 + grown,
            reserved: 0,
            ctx,
            emit,
            reject,
            ignored,
            checkpoint,
            progress,
        },
        [0; 16],
    );
    let status = parse(&raw const host.0, &raw const lent.0, &raw const sink.0);
    call.state.conclude(status)
}

/// The state of the callbacks. They get a pointer to it as `ctx`.
struct Call<'c, 'h> {
    input: &'c mut crate::Input<'h>,
    out: &'c mut dyn EventSink,
    state: State,
}

#[derive(Default)]
struct State {
    /// The sink stopped, or a rule was broken: no more records are accepted.
    stopped: bool,
    /// Pushes after that.
    went_on: u64,
    events: u64,
    broken: Option<String>,
    message: Option<String>,
    failed_read: Option<io::Error>,
    panic: Option<Box<dyn Any + Send>>,
    /// Lent by `option` and `path` until the end.
    kept: Vec<Box<[u8]>>,
}

impl State {
    fn conclude(self, status: Status) -> Result<(), SourceError> {
        if let Some(payload) = self.panic {
            resume_unwind(payload);
        }
        let went_on = format!("it pushed on {} times after it was told to stop", self.went_on);
        match self.broken {
            Some(broken) if self.went_on > 0 => {
                return Err(SourceError::Internal(format!("{broken}; and {went_on}")));
            }
            Some(broken) => return Err(SourceError::Internal(broken)),
            None if self.went_on > 0 => return Err(SourceError::Internal(went_on)),
            None => {}
        }
        if self.stopped {
            return Err(SourceError::Stopped);
        }
        let said = |otherwise: &str| self.message.clone().unwrap_or_else(|| otherwise.to_owned());
        match status {
            // One that does not notice a failed read must not make a cut input look whole.
            status::OK | status::IO if self.failed_read.is_some() => {
                Err(SourceError::Io(self.failed_read.unwrap_or_else(|| io::Error::other(""))))
            }
            status::OK => Ok(()),
            status::UNSUPPORTED => Err(SourceError::Unsupported(said("the source does not say why"))),
            status::CORRUPT => Err(SourceError::Corrupt(said("the source does not say where"))),
            status::IO => Err(SourceError::Io(io::Error::other(said("the source does not say why")))),
            status::CONFIG => Err(SourceError::Config(said("the source does not say which"))),
            status::LIMIT => Err(SourceError::Limit(said("the source does not say which"))),
            status::NOMEM => Err(SourceError::Limit(said("out of memory"))),
            status::STOP => Err(SourceError::Internal("it stopped without being told to".into())),
            status::INTERNAL => Err(SourceError::Internal(said("the source does not say what"))),
            other => Err(SourceError::Internal(said(&format!("it ended with the unknown status {other}")))),
        }
    }
}

/// Runs a callback's body on the call behind `ctx`; a panic of the host itself is carried around the plugin.
fn guarded<R>(ctx: *mut c_void, on_panic: R, body: impl FnOnce(&mut Call<'_, '_>) -> R) -> R {
    // SAFETY: `ctx` comes from `call_as`, and its call is still running on this thread; callbacks don't nest.
    let call = unsafe { &mut *ctx.cast::<Call<'_, '_>>() };
    match catch_unwind(AssertUnwindSafe(|| body(call))) {
        Ok(result) => result,
        Err(payload) => {
            // SAFETY: as above; the closure's borrow is over.
            let call = unsafe { &mut *ctx.cast::<Call<'_, '_>>() };
            call.state.panic = Some(payload);
            call.state.stopped = true;
            on_panic
        }
    }
}

/// A push: it fails after a stop, and a broken rule is a stop.
fn push(
    ctx: *mut c_void,
    body: impl FnOnce(&mut Call<'_, '_>) -> Result<Result<(), crate::Stop>, String>,
) -> Status {
    guarded(ctx, status::STOP, |call| {
        if call.state.stopped {
            call.state.went_on += 1;
            return status::STOP;
        }
        match body(call) {
            Ok(Ok(())) => return status::OK,
            Ok(Err(crate::Stop)) => {}
            Err(broken) => call.state.broken = Some(broken),
        }
        call.state.stopped = true;
        status::STOP
    })
}

extern "C" fn set_error(ctx: *mut c_void, message: Str) {
    guarded(ctx, (), |call| {
        // SAFETY: borrowed for this call.
        let bytes = unsafe { message.bytes() }.unwrap_or_default();
        call.state.message = Some(String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).into_owned());
    });
}

extern "C" fn read(ctx: *mut c_void, buf: *mut c_void, cap: usize) -> i64 {
    guarded(ctx, status::IO.into(), |call| {
        if buf.is_null() || cap > isize::MAX as usize {
            call.state.broken = Some("it reads into no buffer".into());
            return status::INTERNAL.into();
        }
        // SAFETY: the plugin lends `cap` writable bytes for this call. Its content may be uninitialised, so it
        // is written before a Rust slice of it exists.
        let buf = unsafe {
            std::ptr::write_bytes(buf.cast::<u8>(), 0, cap);
            std::slice::from_raw_parts_mut(buf.cast::<u8>(), cap)
        };
        loop {
            match call.input.read(buf) {
                Ok(n) => return n as i64,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    call.state.failed_read = Some(e);
                    return status::IO.into();
                }
            }
        }
    })
}

extern "C" fn map(ctx: *mut c_void, out: *mut Str) -> Status {
    guarded(ctx, status::IO, |call| match call.input.map() {
        Ok(bytes) => lend_out(out, bytes),
        Err(e) => {
            call.state.failed_read = Some(e);
            status::IO
        }
    })
}

extern "C" fn path(ctx: *mut c_void, out: *mut Str) -> Status {
    guarded(ctx, status::IO, |call| match call.input.path() {
        Ok(path) => {
            let mut bytes = path.as_os_str().as_encoded_bytes().to_vec();
            // C opens names that end in a zero byte; it is not counted.
            bytes.push(0);
            call.state.kept.push(bytes.into_boxed_slice());
            let kept = call.state.kept.last().map_or(&[][..], |k| k);
            lend_out(out, &kept[..kept.len() - 1])
        }
        Err(e) => {
            call.state.failed_read = Some(e);
            status::IO
        }
    })
}

extern "C" fn option(ctx: *mut c_void, name: Str, out: *mut Str) -> Status {
    guarded(ctx, status::INTERNAL, |call| {
        // SAFETY: borrowed for this call.
        let Some(Ok(name)) = unsafe { name.bytes() }.map(std::str::from_utf8) else { return status::CONFIG };
        let Some(value) = call.input.option(name) else {
            return if write_out(out, Str::NONE) { status::OK } else { status::INTERNAL };
        };
        call.state.kept.push(value.as_bytes().into());
        let kept = call.state.kept.last().map_or(&[][..], |k| k);
        lend_out(out, kept)
    })
}

fn lend_out(out: *mut Str, bytes: &[u8]) -> Status {
    if write_out(out, Str::of(bytes)) { status::OK } else { status::INTERNAL }
}

fn write_out(out: *mut Str, value: Str) -> bool {
    if out.is_null() {
        return false;
    }
    // SAFETY: the plugin lends a place for the answer.
    unsafe { out.write(value) };
    true
}

extern "C" fn emit(ctx: *mut c_void, event: *const Event) -> Status {
    push(ctx, |call| {
        let n = call.state.events + 1;
        let line =
            |event: &Event| if event.line > 0 { format!(" (line {})", event.line) } else { String::new() };
        // SAFETY: the plugin lends an event for this call.
        let Some(event) = (unsafe { Event::read(event) }) else {
            return Err(format!("event {n}: its size is less than that of any version"));
        };
        call.state.events = n;
        let (mut tags, mut attrs) = (Vec::new(), Vec::new());
        let row = fill(&event, &mut tags, &mut attrs)
            .map_err(|what| format!("event {n}{}: {what}", line(&event)))?;
        Ok(call.out.emit(&EventRow { tags: &tags, attrs: &attrs, ..row }))
    })
}

extern "C" fn reject(ctx: *mut c_void, reject: *const types::Reject) -> Status {
    push(ctx, |call| {
        // SAFETY: the plugin lends a reject for this call.
        let Some(reject) = (unsafe { types::Reject::read(reject) }) else {
            return Err("a reject's size is less than that of any version".into());
        };
        // SAFETY: lent for this call.
        let (raw, reason) = unsafe { (reject.raw.bytes(), reject.reason.bytes()) };
        let raw = raw.ok_or("a reject's raw has a length but no bytes")?;
        let reason = std::str::from_utf8(reason.unwrap_or_default())
            .map_err(|_| format!("the reason of the reject at byte {} is not UTF-8", reject.offset))?;
        let code = RejectCode::from_number(reject.code).unwrap_or(RejectCode::Malformed);
        let span = Span { offset: reject.offset, line: reject.line, raw };
        if span.offset.checked_add(raw.len() as u64).is_none() {
            return Err("a reject's offset is beyond any input".into());
        }
        let provisional = reject.flags & RowFlags::PROVISIONAL.0 != 0;
        Ok(call.out.reject(&crate::Reject { span, code, reason, provisional }))
    })
}

extern "C" fn ignored(ctx: *mut c_void, n: u64) -> Status {
    push(ctx, |call| Ok(call.out.ignored(n)))
}

extern "C" fn checkpoint(ctx: *mut c_void, offset: u64, lines: u64, state: Str) -> Status {
    push(ctx, |call| {
        // SAFETY: lent for this call.
        let state = unsafe { state.bytes() }.ok_or("a checkpoint's state has a length but no bytes")?;
        Ok(call.out.checkpoint(Position { offset, lines }, state))
    })
}

extern "C" fn progress(ctx: *mut c_void, done: u64) -> Status {
    push(ctx, |call| Ok(call.out.progress(done)))
}
