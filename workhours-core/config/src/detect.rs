//! Whether a config file is INI or TOML, by its content.

use super::layer::File;
use super::tree::{Shape, shapes};

/// How a config file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `[main]` and `[source type]` sections, values without quotes.
    Ini,
    /// TOML.
    Toml,
}

/// Tables with a name of their own in INI.
pub(super) const ONLY_TOML: [&str; 8] =
    ["alerts", "formats", "fs", "inputs", "people", "receivers", "schedules", "server"];

/// Tables whose own tables have sections of the same name in INI: `[people.ada]`.
const DOTTED: [&str; 4] = ["alerts", "people", "receivers", "schedules"];

/// Mistakes for a table of TOML.
const NEARLY: [&str; 3] = ["format", "input", "options"];

/// The tables of a config file that are sections of the same name in INI, each with its keys.
pub(super) fn sections() -> impl Iterator<Item = (&'static str, Shape)> {
    shapes::<File>().into_iter().filter(|(name, shape)| *shape != Shape::Value && !ONLY_TOML.contains(name))
}

/// Which format this is. Decided by the first conclusive line, not by trying to parse: an error should be reported in
/// the file's own format, and `[main]` followed by a number is valid TOML too.
pub(super) fn detect(text: &str) -> Format {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let toml = match lines.find(|line| !line.starts_with(';')) {
        None => true,
        // INI has no settings outside a section.
        Some(line) if !line.starts_with('[') => true,
        Some(header) => {
            let both: Vec<&str> = sections().map(|(name, _)| name).collect();
            let header_is_toml = |line: &str| is_toml_header(line, &both);
            header_is_toml(header).unwrap_or_else(|| are_toml(lines, header_is_toml))
        }
    };
    if toml { Format::Toml } else { Format::Ini }
}

/// Whether a line in brackets heads a table of TOML; `None` for those that both formats have.
fn is_toml_header(line: &str, both: &[&str]) -> Option<bool> {
    let header = line.strip_prefix('[').unwrap_or(line);
    let name = header.split(']').next().unwrap_or_default().trim();
    let (top, dotted) = name.split_once('.').map_or((name, false), |(top, _)| (top.trim(), true));
    if dotted && DOTTED.contains(&top) || both.iter().any(|both| name.eq_ignore_ascii_case(both)) {
        return None;
    }
    // The tables of TOML; any other name is a section. Those of these three hold no tables.
    let table = dotted && both.contains(&top) && !["limits", "me", "plugins"].contains(&top);
    let only_toml = !DOTTED.contains(&top) && ONLY_TOML.contains(&top);
    Some(header.starts_with('[') || table || only_toml || NEARLY.contains(&top))
}

/// Whether the lines after a header that both formats have are TOML. A header decides, because the other tables and
/// sections differ; else the values, which TOML quotes.
fn are_toml<'a>(lines: impl Iterator<Item = &'a str>, header: impl Fn(&str) -> Option<bool>) -> bool {
    let mut by_value = None;
    for line in lines {
        if let Some(toml) = line.starts_with('[').then(|| header(line)).flatten() {
            return toml;
        }
        if by_value.is_none() {
            by_value = looks_quoted(line);
        }
    }
    by_value.unwrap_or(true)
}

/// Whether a setting is written as TOML would, if that can be seen.
fn looks_quoted(line: &str) -> Option<bool> {
    if line.starts_with(';') {
        return Some(false);
    }
    let Some((_, value)) = line.split_once('=') else { return line.contains(':').then_some(false) };
    let value = value.trim();
    if value.starts_with(['"', '\'', '[', '{']) {
        return Some(true);
    }
    // Numbers and truth values are the same in both.
    let (bare, _) = value.split_once('#').unwrap_or((value, ""));
    let same = value.starts_with(|c: char| c.is_ascii_digit()) || ["true", "false"].contains(&bare.trim());
    (!same).then_some(false)
}
