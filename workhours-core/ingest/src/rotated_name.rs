//! Names of rotated files: which two could be parts of one log. A guess from their form, good enough to read the files,
//! but their content decides.
//!
//! Rotation puts a number, a date, a time or a word like `old` after the name or before its extension, and may pack the
//! file, or move it to a subfolder.

use std::path::{Path, PathBuf};

/// The extension that packing adds.
const PACKINGS: [&str; 4] = ["gz", "bz2", "xz", "zst"];
/// Words for older files.
const WORDS: [&str; 10] =
    ["old", "bak", "backup", "orig", "prev", "previous", "last", "save", "saved", "rotated"];
const SEPARATORS: [char; 4] = ['.', '-', '_', '~'];

/// The path with the name the file had before it was rotated: `access.log` for `access.log.2.gz`,
/// `access-20240501.log` and `access.log.old`.
pub fn series(path: &Path) -> PathBuf {
    path.with_file_name(stem(&name(path)))
}

/// Whether two files could be parts of one rotated log.
pub(super) fn are_kin(a: &Path, b: &Path) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (a, b) = (absolute(a), absolute(b));
    let (a_name, b_name) = (name(&a), name(&b));
    let names = stem(&a_name) == stem(&b_name)
        || was_put_behind(&a_name, &b_name)
        || was_put_behind(&b_name, &a_name);
    names && are_near(a.parent(), b.parent())
}

/// Whether two names differ at most in how the files are packed.
pub(super) fn differ_in_packing_only(a: &Path, b: &Path) -> bool {
    a.parent() == b.parent() && unpacked(&name(a)) == unpacked(&name(b))
}

/// Whether a file is packed, going by its name.
pub(super) fn is_packed(path: &Path) -> bool {
    let name = name(path);
    unpacked(&name).len() < name.len()
}

/// Whether it has the name that is written to.
pub(super) fn is_live(path: &Path) -> bool {
    let name = name(path);
    stem(&name) == name
}

/// The rotation number; 0 if it has none.
pub(super) fn number(path: &Path) -> u64 {
    let name = name(path);
    let number = unpacked(&name).rsplit_once('.').and_then(|(_, n)| n.parse().ok());
    number.filter(|n| *n < 10_000).unwrap_or(0)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn unpacked(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((rest, ending)) if !rest.is_empty() && PACKINGS.contains(&ending) => rest,
        _ => name,
    }
}

/// One folder, one below the other, or two that are named by a number or a date: `2026-03-10/access.log`.
fn are_near(a: Option<&Path>, b: Option<&Path>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return a == b };
    let is_dated = |path: &Path| name(path).split(SEPARATORS).all(is_number);
    a == b
        || a.parent() == Some(b)
        || b.parent() == Some(a)
        || (a.parent() == b.parent() && is_dated(a) && is_dated(b))
}

/// Whether `name` is `live` followed by text with a number: `access.log.Mar10`.
fn was_put_behind(live: &str, name: &str) -> bool {
    let rest = unpacked(name).strip_prefix(live);
    rest.is_some_and(|rest| rest.starts_with(SEPARATORS) && rest.bytes().any(|b| b.is_ascii_digit()))
}

/// The name without packing and without what rotation adds. A name of numbers only keeps its first.
fn stem(name: &str) -> String {
    let name = unpacked(name).trim_end_matches('~');
    // Each part with the separator before it.
    let mut parts: Vec<&str> = Vec::new();
    let mut from = 0;
    for (at, _) in name.match_indices(SEPARATORS).filter(|(at, _)| *at > 0) {
        parts.push(&name[from..at]);
        from = at;
    }
    parts.push(&name[from..]);
    let bare = |part: &str| part.trim_start_matches(SEPARATORS).to_owned();
    let last_word = parts.iter().rposition(|part| !is_number(&bare(part)));
    let kept = parts.iter().enumerate().filter(|(at, part)| {
        let bare = bare(part);
        let is_word = *at > 0 && Some(*at) == last_word && WORDS.contains(&bare.as_str());
        !is_number(&bare) && !is_word
    });
    let stem: String = kept.map(|(_, part)| *part).collect();
    match parts.first() {
        // All of it is numbers.
        Some(first) if stem.is_empty() => (*first).to_owned(),
        // A date in front includes the separator after it.
        Some(first) if is_number(first) => bare(&stem),
        _ => stem,
    }
}

/// A number, a date or a time: digits, and the letters within a time or a week.
fn is_number(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_digit())
        && part
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, 'T' | 't' | 'Z' | 'z' | 'W' | 'h' | ':' | '+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relatives_share_a_series() {
        let rotated = [
            "access.log",
            "access.log.1",
            "access.log.0",
            "access.log.12.gz",
            "access.log.1.zst",
            "access.log-20240501.xz",
            "access.log-20260310.1",
            "access.log-2026031008.gz",
            "access.log-20260310-1773100000.gz",
            "access.log-1773100000",
            "access.log.2026-03-10",
            "access.log-2026-03-10_08-00-00",
            "access.log-20260310T080000Z",
            "access-20260310.log",
            "access_2026-03-10.log.bz2",
            "20260310-access.log",
            "access.1.log",
            "access.log.old",
            "access.log.old.gz",
            "access.log.1.bak",
            "access.log~",
        ];
        for name in rotated {
            let path = Path::new("/l").join(name);
            assert_eq!(series(&path), Path::new("/l/access.log"), "{name}");
            assert!(are_kin(&path, Path::new("/l/access.log")), "{name}");
            assert!(are_kin(&path, Path::new("/l/old/access.log.7")), "{name}");
        }
        assert_eq!(series(Path::new("2024")), Path::new("2024"));
        assert_eq!(series(Path::new(".zsh_history")), Path::new(".zsh_history"));
        assert!(are_kin(Path::new("access.log.Mar10"), Path::new("access.log")));
        assert!(are_kin(Path::new("/l/20260310/a.log"), Path::new("/l/20260311/a.log")));
    }

    #[test]
    fn others_do_not() {
        let pairs = [
            ("a.log", "b.log"),
            ("access.log", "error.log"),
            ("access.log", "all.log"),
            ("access.log", "access.all.log"),
            ("host1.log", "host2.log"),
            ("www1/access.log", "www2/access.log"),
            ("old.log", "new.log"),
        ];
        for (a, b) in pairs {
            assert!(!are_kin(Path::new(a), Path::new(b)), "{a} {b}");
        }
    }

    #[test]
    fn packing_and_numbers() {
        let differ = |a: &str, b: &str| differ_in_packing_only(Path::new(a), Path::new(b));
        assert!(differ("access.log.1", "access.log.1.gz") && !differ("access.log", "access.log.1.gz"));
        assert!(is_packed(Path::new("a.log.gz")) && !is_packed(Path::new("a.log")));
        assert_eq!([number(Path::new("a.log.12.gz")), number(Path::new("a.log"))], [12, 0]);
    }
}
