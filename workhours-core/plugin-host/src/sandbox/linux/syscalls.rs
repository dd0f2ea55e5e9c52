//! The system calls a plugin may make, and the names of notable ones it may not.
//!
//! Not here: how a list becomes a filter, see `seccomp`.

use Allowed::{Any, OneOf, OwnLimits, ToSelf, Within, WithinWithout, Without};
use libc::*;

/// A system call and how it may be made. Arguments count from 0.
#[derive(Clone, Copy)]
pub(super) enum Allowed {
    /// In any way.
    Any(i64),
    /// With an argument that is one of these.
    OneOf(i64, u8, &'static [u64]),
    /// With an argument that has none of these bits.
    Without(i64, u8, u64),
    /// With an argument of at most the memory limit.
    Within(i64, u8),
    /// The like, and another argument that has none of these bits.
    WithinWithout(i64, u8, u8, u64),
    /// With this process as its first argument.
    ToSelf(i64),
    /// To read the limits of this process.
    OwnLimits(i64),
}

const EXEC: u64 = PROT_EXEC as u64;

/// Always: the calls of a program that reads its input, computes, and writes its results.
pub(super) const CALCULATING: &[Allowed] = &[
    Any(SYS_read),
    Any(SYS_readv),
    Any(SYS_pread64),
    Any(SYS_preadv),
    Any(SYS_write),
    Any(SYS_writev),
    Any(SYS_lseek),
    Any(SYS_close),
    Any(SYS_fstat),
    Any(SYS_ppoll),
    // Handled by a separate filter.
    Any(SYS_ioctl),
    Any(SYS_munmap),
    Within(SYS_mremap, 2),
    Any(SYS_madvise),
    Any(SYS_brk),
    Any(SYS_futex),
    Any(SYS_membarrier),
    Any(SYS_rseq),
    Any(SYS_set_robust_list),
    Any(SYS_clock_gettime),
    Any(SYS_clock_getres),
    Any(SYS_gettimeofday),
    Any(SYS_times),
    Any(SYS_nanosleep),
    Any(SYS_clock_nanosleep),
    Any(SYS_sched_yield),
    Any(SYS_sched_getaffinity),
    Any(SYS_getcpu),
    Any(SYS_getrandom),
    Any(SYS_getpid),
    Any(SYS_gettid),
    Any(SYS_getppid),
    Any(SYS_getuid),
    Any(SYS_geteuid),
    Any(SYS_getgid),
    Any(SYS_getegid),
    Any(SYS_uname),
    Any(SYS_sysinfo),
    Any(SYS_getrusage),
    OwnLimits(SYS_prlimit64),
    Any(SYS_rt_sigreturn),
    Any(SYS_rt_sigprocmask),
    Any(SYS_sigaltstack),
    Any(SYS_restart_syscall),
    // How a C library aborts.
    ToSelf(SYS_tgkill),
    ToSelf(SYS_tkill),
    ToSelf(SYS_kill),
    Any(SYS_exit),
    Any(SYS_exit_group),
    #[cfg(target_arch = "x86_64")]
    Any(SYS_poll),
    #[cfg(target_arch = "x86_64")]
    Any(SYS_time),
    #[cfg(target_arch = "x86_64")]
    Any(SYS_getrlimit),
];

const WRITING: u64 = (O_ACCMODE | O_CREAT | O_TRUNC) as u64;

/// Where Landlock decides about files: to find and read them.
pub(super) const READING_FILES: &[Allowed] = &[
    Without(SYS_openat, 2, WRITING),
    Any(SYS_newfstatat),
    Any(SYS_statx),
    Any(SYS_faccessat),
    Any(SYS_faccessat2),
    Any(SYS_readlinkat),
    Any(SYS_getcwd),
    Any(SYS_getdents64),
    Any(SYS_statfs),
    Any(SYS_fstatfs),
    Any(SYS_fadvise64),
    // SQLite takes locks, even if no other process can.
    OneOf(SYS_fcntl, 1, &[F_SETFD as u64, F_GETLK as u64, F_SETLK as u64, F_SETLKW as u64]),
    #[cfg(target_arch = "x86_64")]
    Without(SYS_open, 1, WRITING),
    #[cfg(target_arch = "x86_64")]
    Any(SYS_stat),
    #[cfg(target_arch = "x86_64")]
    Any(SYS_lstat),
    #[cfg(target_arch = "x86_64")]
    Any(SYS_access),
    #[cfg(target_arch = "x86_64")]
    Any(SYS_readlink),
];

/// While loading: code may be mapped, and the second stage set up.
pub(super) const LOADING: &[Allowed] = &[
    Within(SYS_mmap, 1),
    Any(SYS_mprotect),
    OneOf(SYS_fcntl, 1, &[F_GETFD as u64, F_GETFL as u64]),
    OneOf(SYS_prctl, 0, &[PR_SET_NO_NEW_PRIVS as u64, PR_SET_VMA as u64, PR_SET_NAME as u64]),
    // Constructors of system libraries look around.
    OneOf(SYS_prctl, 0, &[PR_GET_NAME as u64, PR_CAPBSET_READ as u64]),
    Any(SYS_capget),
    Any(SYS_seccomp),
    Any(SYS_landlock_create_ruleset),
    Any(SYS_landlock_add_rule),
    Any(SYS_landlock_restrict_self),
    #[cfg(target_arch = "x86_64")]
    Any(SYS_arch_prctl),
];

/// While parsing: no new code.
pub(super) const PARSING: &[Allowed] = &[
    WithinWithout(SYS_mmap, 1, 2, EXEC),
    Without(SYS_mprotect, 2, EXEC),
    // Names for memory, which some C libraries set.
    OneOf(SYS_prctl, 0, &[PR_SET_VMA as u64]),
    // How `fstat` is called nowadays.
    OneOf(SYS_newfstatat, 3, &[AT_EMPTY_PATH as u64]),
    OneOf(SYS_statx, 2, &[AT_EMPTY_PATH as u64]),
    OneOf(SYS_fcntl, 1, &[F_GETFD as u64, F_GETFL as u64]),
];

const FILES: &str = "a plugin reads what it is given and opens nothing";
const WRITES: &str = "a plugin writes no files";
const NETWORK: &str = "a plugin has no network";
const TASKS: &str = "a plugin starts neither threads nor processes";
const OTHERS: &str = "a plugin leaves other processes alone";
const SIGNALS: &str = "signals and timers are the host's";
const CODE: &str = "no code may be added once a plugin is loaded";
const PIPES: &str = "a plugin has no channels but its host";

/// The name of a call that is forbidden, or restricted, and the rule for it.
pub(crate) fn forbidden(number: u64) -> Option<(&'static str, &'static str)> {
    let number = i64::try_from(number).ok()?;
    FORBIDDEN.iter().find(|(n, ..)| *n == number).map(|(_, name, why)| (*name, *why))
}

macro_rules! table {
    ($($number:ident $name:literal $why:ident $(in $arch:literal)?,)*) => {
        const FORBIDDEN: &[(i64, &str, &str)] = &[
            $($(#[cfg(target_arch = $arch)])? ($number, $name, $why),)*
        ];
    };
}

table! {
    SYS_openat "openat" FILES,
    SYS_openat2 "openat2" FILES,
    SYS_open "open" FILES in "x86_64",
    SYS_creat "creat" WRITES in "x86_64",
    SYS_newfstatat "newfstatat" FILES,
    SYS_statx "statx" FILES,
    SYS_stat "stat" FILES in "x86_64",
    SYS_lstat "lstat" FILES in "x86_64",
    SYS_access "access" FILES in "x86_64",
    SYS_faccessat "faccessat" FILES,
    SYS_faccessat2 "faccessat2" FILES,
    SYS_readlink "readlink" FILES in "x86_64",
    SYS_readlinkat "readlinkat" FILES,
    SYS_getcwd "getcwd" FILES,
    SYS_chdir "chdir" FILES,
    SYS_getdents64 "getdents64" FILES,
    SYS_statfs "statfs" FILES,
    SYS_dup "dup" FILES,
    SYS_dup3 "dup3" FILES,
    SYS_fcntl "fcntl" FILES,
    SYS_flock "flock" FILES,
    SYS_mkdirat "mkdirat" WRITES,
    SYS_mkdir "mkdir" WRITES in "x86_64",
    SYS_unlinkat "unlinkat" WRITES,
    SYS_unlink "unlink" WRITES in "x86_64",
    SYS_renameat2 "renameat2" WRITES,
    SYS_rename "rename" WRITES in "x86_64",
    SYS_truncate "truncate" WRITES,
    SYS_ftruncate "ftruncate" WRITES,
    SYS_fchmodat "fchmodat" WRITES,
    SYS_chmod "chmod" WRITES in "x86_64",
    SYS_pwrite64 "pwrite64" WRITES,
    SYS_fsync "fsync" WRITES,
    SYS_memfd_create "memfd_create" WRITES,
    SYS_mount "mount" FILES,
    SYS_chroot "chroot" FILES,
    SYS_socket "socket" NETWORK,
    SYS_socketpair "socketpair" NETWORK,
    SYS_connect "connect" NETWORK,
    SYS_bind "bind" NETWORK,
    SYS_sendto "sendto" NETWORK,
    SYS_recvfrom "recvfrom" NETWORK,
    SYS_clone "clone" TASKS,
    SYS_clone3 "clone3" TASKS,
    SYS_fork "fork" TASKS in "x86_64",
    SYS_vfork "vfork" TASKS in "x86_64",
    SYS_execve "execve" TASKS,
    SYS_execveat "execveat" TASKS,
    SYS_unshare "unshare" TASKS,
    SYS_setns "setns" TASKS,
    SYS_wait4 "wait4" TASKS,
    SYS_kill "kill" OTHERS,
    SYS_tkill "tkill" OTHERS,
    SYS_tgkill "tgkill" OTHERS,
    SYS_ptrace "ptrace" OTHERS,
    SYS_process_vm_readv "process_vm_readv" OTHERS,
    SYS_process_vm_writev "process_vm_writev" OTHERS,
    SYS_pidfd_open "pidfd_open" OTHERS,
    SYS_prlimit64 "prlimit64" OTHERS,
    SYS_setpgid "setpgid" OTHERS,
    SYS_setsid "setsid" OTHERS,
    SYS_prctl "prctl" OTHERS,
    SYS_rt_sigaction "rt_sigaction" SIGNALS,
    SYS_setitimer "setitimer" SIGNALS,
    SYS_alarm "alarm" SIGNALS in "x86_64",
    SYS_timer_create "timer_create" SIGNALS,
    SYS_mmap "mmap" CODE,
    SYS_mprotect "mprotect" CODE,
    SYS_pkey_mprotect "pkey_mprotect" CODE,
    SYS_bpf "bpf" CODE,
    SYS_init_module "init_module" CODE,
    SYS_finit_module "finit_module" CODE,
    SYS_userfaultfd "userfaultfd" CODE,
    SYS_pipe "pipe" PIPES in "x86_64",
    SYS_pipe2 "pipe2" PIPES,
    SYS_eventfd2 "eventfd2" PIPES,
    SYS_epoll_create1 "epoll_create1" PIPES,
    SYS_inotify_init1 "inotify_init1" PIPES,
    SYS_io_uring_setup "io_uring_setup" PIPES,
    SYS_perf_event_open "perf_event_open" OTHERS,
    SYS_keyctl "keyctl" OTHERS,
}
