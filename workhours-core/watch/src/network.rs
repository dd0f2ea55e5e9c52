//! File systems that report no changes that other machines make, so that files on them are checked in turn.

use std::path::Path;

/// Whether the system reports all changes of files at a path.
#[cfg(target_os = "linux")]
pub(crate) fn reports_changes(path: &Path) -> bool {
    /// By the numbers of `linux/magic.h` and of the file systems' own headers.
    const REMOTE: [u64; 10] = [
        0x6969,      // nfs
        0x517b,      // smb
        0xfe53_4d42, // smb2
        0xff53_4d42, // cifs
        0x0102_1997, // 9p
        0x6573_5546, // fuse: sshfs, rclone and others
        0x786f_4256, // vboxsf
        0x00c3_6400, // ceph
        0x5346_414f, // afs
        0x0bd0_0bd0, // lustre
    ];
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let Ok(stat) = rustix::fs::statfs(there) else { return true };
    #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss)] // the type differs between systems
    let kind = stat.f_type as u64 & 0xffff_ffff;
    !REMOTE.contains(&kind)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn reports_changes(_: &Path) -> bool {
    true
}
