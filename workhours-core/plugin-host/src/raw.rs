//! Operations of a worker on its own process that need `unsafe`: it closes inherited descriptors, and exits without
//! running a plugin's exit handlers.
#![allow(unsafe_code)]

/// Closes every descriptor except the three standard ones: a shell may have left some open that plugins must not read.
/// Call it at the very beginning, before this process has its own.
pub(super) fn close_inherited() {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: a system call on numbers; nothing here owns a descriptor above the standard ones yet.
        let closed = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
        if closed == 0 {
            return;
        }
    }
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(1 << 16);
    for fd in 3..i32::try_from(most.min(1 << 16)).unwrap_or(1 << 16) {
        // SAFETY: as above; closing one that is not open does nothing.
        unsafe { libc::close(fd) };
    }
}

/// Writes out what a plugin printed through the C library and what is still in its buffers.
pub(super) fn flush_c_streams() {
    // SAFETY: without a stream it flushes all of them. Standard output is a pipe that never blocks by now.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}

/// Ends the process at once: without exit handlers and destructors, because they are the plugin's.
pub(super) fn leave(code: i32) -> ! {
    // SAFETY: always allowed; skipping exit handlers is intended.
    unsafe { libc::_exit(code) }
}
