//! The child of the sandbox's tests: does one deed inside the sandbox, and dies of it or not.
//!
//! It runs as an ignored test, controlled by its environment; run by hand it does nothing.
#![allow(unsafe_code, clippy::unwrap_used, clippy::disallowed_methods)]

use super::super::{before_loading, before_parsing, limit};
use super::{DEED, DONE, FOLDER, REFUSED, limits};
use crate::{SandboxLevel, crash};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::Command;

#[test]
#[ignore = "only as a child of the tests below"]
fn deed() {
    let Ok(deed) = std::env::var(DEED) else { return };
    let (stage, deed) = deed.split_once(' ').unwrap();
    let folder = std::env::var_os(FOLDER);
    let folder = folder.as_deref().map(Path::new);
    let parent = rustix::process::getppid().unwrap();
    limit(&limits()).unwrap();
    crash::install(2, limits().memory).unwrap();
    let library = File::open("/proc/self/exe").unwrap();
    let copy = sealed_copy().unwrap();
    if stage == "lacking" {
        return lacking(deed);
    }
    // Address space, as the limit counts it.
    let enforced = before_loading(SandboxLevel::Required, &limits(), folder).unwrap();
    assert!(enforced.is_full(), "{enforced}");
    if stage == "parsing" {
        before_parsing(SandboxLevel::Required, &limits(), folder).unwrap();
    }
    let fine = match deed {
        "nothing" => true,
        "enforced" => panic!("{enforced}"),
        "read an open file" => (&library).read(&mut [0; 4]).is_ok(),
        "socket" => std::net::UdpSocket::bind("127.0.0.1:0").is_ok(),
        "thread" => std::thread::Builder::new().spawn(|| ()).is_ok(),
        "process" => Command::new("/bin/true").spawn().is_ok(),
        "kill the parent" => rustix::process::kill_process(parent, rustix::process::Signal::TERM).is_ok(),
        "memory at once" => Vec::<u8>::new().try_reserve_exact(1 << 30).is_ok(),
        "memory by and by" => {
            let mut all = Vec::new();
            loop {
                all.push(std::hint::black_box(vec![1_u8; 1 << 20]));
            }
        }
        "half, then too much" => {
            // Of 256 MiB about 150 in use; the program's own memory before doesn't count.
            let all = std::hint::black_box(vec![1_u8; 150 << 20]);
            std::hint::black_box(vec![1_u8; 200 << 20]).len() == all.len()
        }
        "abort" => std::process::abort(),
        "exit" => std::process::exit(0),
        "time" => loop {
            std::hint::spin_loop();
        },
        "stack" => deep(1) == 0,
        "catch signals" => {
            // SAFETY: ignoring a signal runs no code.
            unsafe { libc::signal(libc::SIGSEGV, libc::SIG_IGN) != libc::SIG_ERR }
        }
        "is it a terminal" => {
            // SAFETY: takes a number.
            unsafe { libc::isatty(1) == 1 }
        }
        "fault" => {
            // SAFETY: none: this is to fault.
            unsafe { std::ptr::without_provenance::<u8>(0x30).read_volatile() == 0 }
        }
        "load" => load("libstdc++.so.6").is_ok_and(|()| load("libm.so.6").is_ok()),
        "load a copy" => load(&format!("/proc/self/fd/{}", copy.as_raw_fd())).is_ok(),
        "set no_new_privs" => call(libc::SYS_prctl, [libc::PR_SET_NO_NEW_PRIVS as i64, 1, 0]),
        "dumpable" => call(libc::SYS_prctl, [libc::PR_SET_DUMPABLE as i64, 1, 0]),
        "raise a limit" => call(libc::SYS_prlimit64, [0, 0, 1]),
        "executable memory" => map(libc::PROT_READ | libc::PROT_EXEC),
        "writable memory" => map(libc::PROT_READ | libc::PROT_WRITE),
        "x32" => call(libc::SYS_getpid | 0x4000_0000, [0; 3]),
        "fork" => call(libc::SYS_clone, [i64::from(libc::SIGCHLD), 0, 0]),
        "exec" => call(libc::SYS_execve, [c"/bin/true".as_ptr() as i64, 0, 0]),
        "ptrace" => call(libc::SYS_ptrace, [0; 3]),
        "bpf" => call(libc::SYS_bpf, [0; 3]),
        "io_uring" => call(libc::SYS_io_uring_setup, [1, 0, 0]),
        "memfd" => call(libc::SYS_memfd_create, [c"x".as_ptr() as i64, 0, 0]),
        "keyctl" => call(libc::SYS_keyctl, [0; 3]),
        "userfaultfd" => call(libc::SYS_userfaultfd, [0; 3]),
        "mount" => call(libc::SYS_mount, [0; 3]),
        "unshare" => call(libc::SYS_unshare, [0; 3]),
        deed => match deed.split_once(' ') {
            Some(("open", path)) => File::open(path).is_ok(),
            Some(("create", path)) => File::create(path).is_ok(),
            Some(("query", path)) => query(path),
            Some(("list", path)) => std::fs::read_dir(path).is_ok(),
            _ => panic!("{deed}"),
        },
    };
    // SAFETY: takes a number and does not return.
    unsafe { libc::_exit(if fine { DONE } else { REFUSED }) }
}

/// Pretends to run on a kernel without it.
fn lacking(feature: &str) {
    let (feature, level) = feature.split_once(' ').unwrap();
    let (call, why) = match feature {
        "landlock" => (libc::SYS_landlock_create_ruleset, "rlimits, seccomp (no Landlock: "),
        _ => (libc::SYS_seccomp, "(no seccomp: "),
    };
    let rules = std::collections::BTreeMap::from([(call, Vec::new())]);
    let missing = seccompiler::SeccompAction::Errno(libc::ENOSYS as u32);
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let filter = seccompiler::SeccompFilter::new(rules, seccompiler::SeccompAction::Allow, missing, arch);
    let program: seccompiler::BpfProgram = filter.unwrap().try_into().unwrap();
    seccompiler::apply_filter_all_threads(&program).unwrap();

    if level == "required" {
        let refused = before_loading(SandboxLevel::Required, &limits(), None).unwrap_err();
        assert!(refused.hint_text().is_some(), "{refused}");
    } else {
        let enforced = before_loading(SandboxLevel::BestEffort, &limits(), None).unwrap();
        assert!(!enforced.is_full() && enforced.to_string().contains(why), "{enforced}");
        before_parsing(SandboxLevel::BestEffort, &limits(), None).unwrap();
    }
    // SAFETY: takes a number and does not return.
    unsafe { libc::_exit(DONE) }
}

fn call(number: i64, [a, b, c]: [i64; 3]) -> bool {
    // SAFETY: whatever it does, the sandbox must stop it before.
    unsafe { libc::syscall(number, a, b, c, 0, 0, 0) != -1 }
}

fn map(protection: i32) -> bool {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: new memory, which is unused.
    unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0) != libc::MAP_FAILED }
}

/// A plugin that gets the path of a database.
fn query(path: &str) -> bool {
    use diesel::prelude::*;
    let Ok(mut db) = diesel::SqliteConnection::establish(&format!("file:{path}?mode=ro")) else {
        return false;
    };
    diesel::sql_query("CREATE TEMP TABLE sorted AS SELECT n FROM t ORDER BY random()")
        .execute(&mut db)
        .unwrap();
    diesel::sql_query("SELECT count(*) FROM t WHERE n IN sorted").execute(&mut db).is_ok()
}

/// A library as plugins are loaded: in memory that cannot be written to any more.
fn sealed_copy() -> std::io::Result<File> {
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    let paths = maps.lines().filter_map(|line| line.find('/').map(|at| &line[at..]));
    let library = paths.into_iter().find(|path| path.contains("libgcc_s")).unwrap();
    let mut copy = File::from(memfd_create("copy", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?);
    copy.write_all(&std::fs::read(library)?)?;
    fcntl_add_seals(&copy, SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE)?;
    Ok(copy)
}

/// Loads a library by its name, as a plugin's dependencies are.
fn load(name: &str) -> Result<(), libloading::Error> {
    // SAFETY: a system library.
    unsafe { libloading::Library::new(name) }.map(std::mem::forget)
}

fn deep(n: u64) -> u64 {
    let room = std::hint::black_box([n; 512]);
    if n == u64::MAX { 0 } else { deep(n + 1).wrapping_add(room[7]) }
}
