//! Empty lines, as many at once as are in the buffer: a log may have a gigabyte of them, one byte each.
//!
//! For sources in which an empty line isn't a record and doesn't affect later ones.

use workhours_plugin_api::*;

/// Whether the line is nothing but its end.
pub(crate) fn is_one(line: &Line<'_>) -> bool {
    line.terminated && line.bytes().is_empty()
}

/// Passes over the empty lines that follow one. `state` is what a checkpoint there has.
pub(crate) fn pass_over(
    lines: &mut Lines<'_, '_>,
    state: &[u8],
    out: &mut dyn EventSink,
) -> Result<(), Stop> {
    match lines.skip_empty() {
        0 => Ok(()),
        n => {
            out.ignored(n)?;
            out.checkpoint(lines.position(), state)
        }
    }
}
