//! Single values as people write them: time zones, gap times, what to keep, paths. The same for both file
//! formats and for the flags. Knows nothing of keys or of which value wins.

use super::Keep;
use chrono_tz::Tz;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use workhours_base::database::{self as uri, DatabaseUri, SqlitePath};
use workhours_base::environment::Environment;
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_base::vocabulary::ACTIVITIES;

/// More jobs or connections than this are a mistake.
const MAX_PARALLEL: u32 = 100;

/// Adds the position of the error in front of the message.
pub(super) fn at(origin: &str, error: Error) -> Error {
    let placed = Error::usage(format!("{origin}: {}", error.full_message()));
    match error.hint_text() {
        Some(hint) => placed.hint(hint),
        None => placed,
    }
}

/// A zone of the IANA database, in any case.
pub(super) fn timezone(text: &str) -> Result<Tz> {
    let text = text.trim();
    let all = || chrono_tz::TZ_VARIANTS.iter().copied();
    if let Some(zone) = all().find(|zone| zone.name().eq_ignore_ascii_case(text)) {
        return Ok(zone);
    }
    // "Berlin" is nearer to Europe/Berlin than its letters say.
    let city = all().find(|zone| {
        let (_, city) = zone.name().rsplit_once('/').unwrap_or_default();
        !city.is_empty() && city.eq_ignore_ascii_case(&text.replace(' ', "_"))
    });
    let near = city.or_else(|| {
        let lower: Vec<String> = all().map(|zone| zone.name().to_lowercase()).collect();
        let found = names::nearest(text, lower.iter().map(String::as_str))?;
        all().find(|zone| zone.name().eq_ignore_ascii_case(found))
    });
    Err(Error::usage(format!("unknown time zone {text:?}")).hint(match near {
        Some(zone) => format!("did you mean {}?", zone.name()),
        None => "use a name such as Europe/Berlin or UTC".to_owned(),
    }))
}

/// Minutes without an event that end a session.
pub(super) fn gaptime(minutes: f64) -> Result<f64> {
    if minutes.is_finite() && minutes > 0.0 {
        return Ok(minutes);
    }
    Err(Error::usage(format!("a gap of {minutes} minutes cannot be"))
        .hint("give minutes above 0, such as 15 or 7.5"))
}

/// How many of something may be at work at once.
pub(super) fn several(n: i64) -> Result<u32> {
    u32::try_from(n).ok().filter(|n| (1..=MAX_PARALLEL).contains(n)).ok_or_else(|| {
        Error::usage(format!("{n} is not a number from 1 to {MAX_PARALLEL}"))
            .hint("as many as the machine has cores is a lot")
    })
}

/// Whether something is so, in the words of INI files.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// `all`, `none`, `30d`, `30`.
pub(super) fn keep(text: &str) -> Result<Keep> {
    let lower = text.trim().to_ascii_lowercase();
    let days = lower.trim_end_matches("days").trim_end_matches("day").trim_end_matches('d').trim_end();
    match (lower.as_str(), days.parse()) {
        ("all", _) => Ok(Keep::All),
        ("none", _) | (_, Ok(0)) => Ok(Keep::None),
        (_, Ok(days)) => Ok(Keep::Days(days)),
        _ => Err(Error::usage(format!("{text:?} does not say how long to keep copies"))
            .hint("use all, none or a number of days such as 30d")),
    }
}

/// `human`, `machine` or `mixed`.
pub(super) fn activity(text: &str) -> Result<String> {
    if ACTIVITIES.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(Error::usage(format!("unknown activity {text:?}")).hint(match names::nearest(text, ACTIVITIES) {
        Some(near) => format!("did you mean {near}?"),
        None => "use human, machine or mixed".to_owned(),
    }))
}

/// A database URI; the path in it may start with `~`, and is relative to `base` where there is one.
pub(super) fn database(text: &str, base: Option<&Path>, env: &Environment) -> Result<DatabaseUri> {
    Ok(match text.parse()? {
        DatabaseUri::Sqlite(SqlitePath::File(path)) => {
            let path = home(&path, env)?;
            DatabaseUri::Sqlite(SqlitePath::File(base.map_or_else(|| path.clone(), |dir| dir.join(&path))))
        }
        other => other,
    })
}

/// A path in a setting or an input: `~`, `file:///…`, or relative to `base` where there is one. `-` and globs
/// stay.
pub(super) fn path(text: &OsStr, base: Option<&Path>, env: &Environment) -> Result<PathBuf> {
    if text == "-" {
        return Ok(text.into());
    }
    if text.is_empty() {
        // Joined to a directory it would mean all of it.
        return Err(Error::usage("the path is empty"));
    }
    if let Some(rest) = text.to_str().and_then(|t| t.strip_prefix("file://")) {
        let local = rest.strip_prefix("localhost").unwrap_or(rest);
        if !local.starts_with('/') {
            return Err(Error::usage(format!("file://{rest} names another host"))
                .hint(format!("did you mean file:///{rest}?")));
        }
        return uri::decode_path(local);
    }
    let path = home(Path::new(text), env)?;
    Ok(base.map_or_else(|| path.clone(), |dir| join(dir, &path)))
}

/// Joins, and keeps the directory's own `*`, `?` and `[` from turning into a pattern when `path` is a glob.
pub(super) fn join(base: &Path, path: &Path) -> PathBuf {
    if path.is_absolute() || !is_glob(path.as_os_str()) {
        return base.join(path);
    }
    Path::new(&escape_glob(base)).join(path)
}

/// Whether this has a character with a meaning in globs.
pub(super) fn is_glob(text: &OsStr) -> bool {
    text.as_encoded_bytes().iter().any(|b| matches!(b, b'*' | b'?' | b'['))
}

/// The pattern that matches exactly this directory. Paths that aren't UTF-8 are skipped: no glob can name them.
pub(super) fn escape_glob(dir: &Path) -> std::ffi::OsString {
    let Some(text) = dir.to_str() else { return dir.into() };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '*' | '?' | '[' => out.extend(['[', c, ']']),
            _ => out.push(c),
        }
    }
    out.into()
}

fn home(path: &Path, env: &Environment) -> Result<PathBuf> {
    let Ok(below) = path.strip_prefix("~") else { return Ok(path.to_owned()) };
    let Some(home) = &env.home else {
        return Err(Error::usage(format!("{} needs a home directory, and there is none", path.display()))
            .hint("write the path in full"));
    };
    if below.as_os_str().is_empty() { Ok(home.clone()) } else { Ok(join(home, below)) }
}
