//! The signal handlers of a worker: they write what killed it in one frame.
//!
//! A handler runs in a process in which anything may be broken. It takes no lock, allocates nothing, and makes
//! only calls that POSIX allows it: it reads one file that is open already, writes the frame, and ends the
//! process. No crash is ever survived.
#![allow(unsafe_code)]

use super::{STATUS, STATUS_TIME, TOO_MUCH, UNKNOWN};
use crate::frame::crash_frame;
use libc::{c_int, c_void, siginfo_t};
use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// The reported values. The last two are reached limits.
const SIGNALS: [c_int; 9] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGABRT,
    libc::SIGTRAP,
    libc::SIGSYS,
    libc::SIGXCPU,
    libc::SIGXFSZ,
];
/// Bytes of the handlers' own stack: enough for the widest registers a kernel saves on it.
const OWN_STACK: usize = 64 << 10;
/// How far below the lowest address of a full stack a function may reach.
const STRIDE: usize = 1 << 20;

// Handlers have only the signal as argument: the rest must be stored here before the first can run.
static FRAMES: AtomicI32 = AtomicI32::new(-1);
static STATM: AtomicI32 = AtomicI32::new(-1);
static MEMORY: AtomicU64 = AtomicU64::new(u64::MAX);
/// Pages that were in use before the plugin: the program's own.
static OWN: AtomicU64 = AtomicU64::new(0);
static STACK_TOP: AtomicUsize = AtomicUsize::new(0);

/// Has crashes of this process reported to `frame_fd`, forbidden system calls among them. Comes after the
/// limits, on the thread on which the plugin will run.
///
/// # Errors
/// When a handler cannot be installed.
pub(crate) fn install(frame_fd: RawFd, memory_limit: u64) -> io::Result<()> {
    let here = 0_u8;
    STACK_TOP.store(&raw const here as usize, Relaxed);
    FRAMES.store(frame_fd, Relaxed);
    MEMORY.store(memory_limit, Relaxed);
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::IntoRawFd;
        STATM.store(std::fs::File::open("/proc/self/statm")?.into_raw_fd(), Relaxed);
        OWN.store(pages(), Relaxed);
    }
    // Never freed: the process ends after the handlers.
    let stack = Box::leak(vec![0_u8; OWN_STACK].into_boxed_slice());
    let stack = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: OWN_STACK };
    // SAFETY: the stack is ours, of that size, and lives as long as the process.
    if unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    SIGNALS.iter().try_for_each(|signal| watch(*signal))
}

fn watch(signal: c_int) -> io::Result<()> {
    // SAFETY: all zero is a valid action of this plain struct: no flags, an empty mask, the default handler.
    let mut action = unsafe { std::mem::zeroed::<libc::sigaction>() };
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    action.sa_sigaction = report as *const () as libc::sighandler_t;
    // SAFETY: both point into this frame; the handler has the type SA_SIGINFO asks for.
    let set = unsafe {
        libc::sigfillset(&raw mut action.sa_mask);
        libc::sigaction(signal, &raw const action, std::ptr::null_mut())
    };
    if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The handler.
extern "C" fn report(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let value = value(signal, info, context);
    let frame = crash_frame(signal, value, taken());
    let mut rest = &frame[..];
    while !rest.is_empty() {
        // SAFETY: `rest` is memory of that length.
        let written = unsafe { libc::write(FRAMES.load(Relaxed), rest.as_ptr().cast(), rest.len()) };
        let Ok(written) = usize::try_from(written) else { break };
        rest = rest.get(written..).unwrap_or_default();
    }
    let status = if signal == libc::SIGXCPU { STATUS_TIME } else { STATUS };
    // SAFETY: takes a number and does not return; runs no exit handlers.
    unsafe { libc::_exit(status) }
}

fn value(signal: c_int, info: *mut siginfo_t, _context: *mut c_void) -> u64 {
    // SAFETY: the kernel hands a valid one to a handler installed with SA_SIGINFO.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    match signal {
        libc::SIGSEGV | libc::SIGBUS if !tells_address(code) => UNKNOWN,
        libc::SIGSEGV | libc::SIGBUS if below_stack(address) => TOO_MUCH,
        libc::SIGSEGV | libc::SIGBUS => address as u64,
        #[cfg(all(
            target_os = "linux",
            any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
        ))]
        libc::SIGSYS if code == linux::SYS_SECCOMP => linux::call(info, _context),
        _ => UNKNOWN,
    }
}

/// Not a signal from another process, nor a fault without an address.
fn tells_address(code: c_int) -> bool {
    const SI_KERNEL: c_int = 0x80;
    code > 0 && !(cfg!(target_os = "linux") && code == SI_KERNEL)
}

fn below_stack(address: usize) -> bool {
    let size = crate::sandbox::STACK as usize;
    let top = STACK_TOP.load(Relaxed);
    (top.saturating_sub(size + STRIDE)..top).contains(&address)
}

/// Pages of address space the plugin has taken; 0 if unknown.
fn taken() -> u64 {
    pages().saturating_sub(OWN.load(Relaxed))
}

/// Pages of address space in use.
fn pages() -> u64 {
    let statm = STATM.load(Relaxed);
    if statm < 0 {
        return 0;
    }
    let mut text = [0_u8; 32];
    // SAFETY: `text` is memory of that length.
    let read = unsafe { libc::pread(statm, text.as_mut_ptr().cast(), text.len(), 0) };
    let read = usize::try_from(read).unwrap_or(0).min(text.len());
    let digits = text[..read].iter().take_while(|b| b.is_ascii_digit());
    digits.fold(0, |n: u64, b| n.wrapping_mul(10).wrapping_add(u64::from(b - b'0')))
}

/// Systems with a sandbox that sends such signals.
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod linux {
    use super::{MEMORY, Relaxed, TOO_MUCH};
    use libc::{c_int, c_uint, c_void, siginfo_t};

    /// Why a SIGSYS comes from a filter.
    pub(super) const SYS_SECCOMP: c_int = 1;

    /// The kernel's `siginfo_t` for SIGSYS, which `libc` does not spell out.
    #[repr(C)]
    struct Trapped {
        signal: c_int,
        errno: c_int,
        code: c_int,
        at: *const c_void,
        number: c_int,
        arch: c_uint,
    }

    /// Which call a filter stopped, marked if it was for its size.
    pub(super) fn call(info: *mut siginfo_t, context: *mut c_void) -> u64 {
        // SAFETY: with this signal and code the union holds this type; it is smaller than the union.
        let number = unsafe { (*info.cast::<Trapped>()).number };
        let length = match i64::from(number) {
            libc::SYS_mmap => argument(context, 1),
            libc::SYS_mremap => argument(context, 2),
            _ => 0,
        };
        let mark = if length > MEMORY.load(Relaxed) { TOO_MUCH } else { 0 };
        u64::from(number as u32) | mark
    }

    /// An argument of the call, from the registers as they were.
    fn argument(context: *mut c_void, n: usize) -> u64 {
        // SAFETY: the third argument of a handler installed with SA_SIGINFO.
        let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext };
        #[cfg(target_arch = "x86_64")]
        return registers.gregs[[libc::REG_RDI, libc::REG_RSI, libc::REG_RDX][n] as usize] as u64;
        #[cfg(target_arch = "aarch64")]
        return registers.regs[n];
        #[cfg(target_arch = "riscv64")]
        return registers.__gregs[libc::REG_A0 + n] as u64;
    }
}
