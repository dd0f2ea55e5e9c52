//! Settings of single inputs in an INI file: `web.host = www1` next to `web = /var/log/access.log`.
//!
//! The part before the last dot must be the label of an input of the same source type; a label that merely has a dot
//! in it is a label as ever.

use super::lines::{Entry, Section};
use super::{InputSpec, values};
use workhours_base::error::{Error, Result};

/// The keys of an input.
pub(super) const KEYS: [&str; 5] = ["host", "user", "scope", "timezone", "activity"];

/// Label and setting that a key of a section names, if it is the setting of an input of this section.
pub(super) fn setting_of<'k>(section: &Section<'_>, key: &'k str) -> Option<(&'k str, &'static str)> {
    let (label, name) = key.rsplit_once('.')?;
    let known = KEYS.iter().find(|known| known.eq_ignore_ascii_case(name))?;
    section.entries.iter().any(|entry| entry.key == label).then_some((label, known))
}

/// The keys a section sets for an input, in a spec without any other.
pub(super) fn settings(section: &Section<'_>, label: &str, file: &str) -> Result<InputSpec> {
    let mut spec = InputSpec::default();
    for entry in &section.entries {
        let Some((_, name)) = setting_of(section, entry.key).filter(|(of, _)| *of == label) else { continue };
        let origin = format!("{file}:{}", entry.line);
        let text = value(entry, &origin)?;
        match name {
            "host" => spec.host = Some(text),
            "user" => spec.user = Some(text),
            "scope" => spec.scope = Some(text),
            "timezone" => {
                spec.timezone = Some(values::timezone(&text).map_err(|e| values::at(&origin, e))?);
            }
            _ => spec.activity = Some(values::activity(&text).map_err(|e| values::at(&origin, e))?),
        }
    }
    Ok(spec)
}

fn value(entry: &Entry<'_>, origin: &str) -> Result<String> {
    match entry.values[..] {
        [(_, text)] => Ok(text.to_owned()),
        _ => Err(Error::usage(format!("{origin}: {} wants one value", entry.key))
            .hint("only paths may go on in indented lines")),
    }
}
