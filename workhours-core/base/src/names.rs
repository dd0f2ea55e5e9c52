//! Names people type, and the nearest right one when they mistype. Not a registry.

use crate::error::Error;

/// The candidate most similar to `typed`, if one is similar enough.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = typed.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (strsim::jaro_winkler(&lower, c), c))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

/// The error for an unknown name: `unknown source type "log.htp"`, with the nearest one and where to see all.
pub fn unknown<'a>(
    what: &str,
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    see: &str,
) -> Error {
    let hint = match nearest(typed, candidates) {
        Some(name) => format!("did you mean {name}? see {see}"),
        None => format!("see {see}"),
    };
    Error::usage(format!("unknown {what} {typed:?}")).hint(hint)
}
