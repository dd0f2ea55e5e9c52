//! The lines of an INI file by the rules of Python's `configparser`, which read the old tool's files: sections, keys,
//! and values with indented continuation lines, each with its line number. Doesn't interpret any of them.
//!
//! Written by hand because existing readers don't return line numbers, join a line that ends in `\` with the next one,
//! read a comment between continuation lines as data, and a line without `=` as the start of the next key.

use workhours_base::error::{Error, Result};

/// One `[name]` with what follows it. The same name may come again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section<'a> {
    pub name: &'a str,
    pub line: usize,
    pub entries: Vec<Entry<'a>>,
}

/// One key with its value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub key: &'a str,
    pub line: usize,
    /// False for a line without `=` or `:`, which is a mistake in a section that matters.
    pub has_value: bool,
    /// The non-empty lines of the value, trimmed, with their numbers.
    pub values: Vec<(usize, &'a str)>,
}

/// Splits a file into sections. `file` is for error messages.
pub(super) fn sections<'a>(text: &'a str, file: &str) -> Result<Vec<Section<'a>>> {
    let mut sections: Vec<Section<'a>> = Vec::new();
    let mut key_indent = 0;
    for (number, raw) in text.lines().enumerate().map(|(i, raw)| (i + 1, raw)) {
        let line = raw.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let indent = raw.len() - raw.trim_start().len();
        let open = sections.last_mut().and_then(|section| section.entries.last_mut());
        // Indented deeper than its key: the value continues. A glob such as `[ab]*.log` is a value there, not a
        // section.
        if let Some(entry) = open.filter(|_| indent > key_indent) {
            entry.values.push((number, line));
            continue;
        }
        key_indent = indent;
        if let Some(rest) = line.strip_prefix('[') {
            sections.push(Section { name: section_name(rest, file, number)?, line: number, entries: vec![] });
            continue;
        }
        let Some(section) = sections.last_mut() else {
            return Err(Error::usage(format!("{file}:{number}: {line:?} comes before the first [section]"))
                .hint("put [main] above the settings, or the source type above its inputs"));
        };
        section.entries.push(entry(line, number));
    }
    Ok(sections)
}

fn section_name<'a>(rest: &'a str, file: &str, number: usize) -> Result<&'a str> {
    let (name, after) = rest.rsplit_once(']').unwrap_or(("", rest));
    let after = after.trim_start();
    if name.trim().is_empty() || !(after.is_empty() || after.starts_with(['#', ';'])) {
        return Err(Error::usage(format!("{file}:{number}: [{rest} is not a section header"))
            .hint("write [main] or [source type], alone on its line"));
    }
    Ok(name.trim())
}

fn entry(line: &str, number: usize) -> Entry<'_> {
    match line.split_once(['=', ':']) {
        Some((key, value)) => {
            let value = value.trim();
            let values = if value.is_empty() { vec![] } else { vec![(number, value)] };
            Entry { key: key.trim(), line: number, has_value: true, values }
        }
        None => Entry { key: line, line: number, has_value: false, values: vec![] },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuation_lines_as_configparser_has_them() {
        let text = "[log.http]\nweb = /a.log\n  # not a path\n\n  /b=c.log\n  [cd]*.log\nwin: C:\\logs\\\n\
                    next =\n\t/d.log\n  [x] ; more\nlone\n";
        let got = sections(text, "f").unwrap();
        assert_eq!(got.len(), 1, "{got:#?}");
        let values: Vec<_> = got[0].entries.iter().map(|e| (e.key, e.line, e.values.clone())).collect();
        assert_eq!(
            values,
            [
                ("web", 2, vec![(2, "/a.log"), (5, "/b=c.log"), (6, "[cd]*.log")]),
                ("win", 7, vec![(7, "C:\\logs\\")]),
                ("next", 8, vec![(9, "/d.log"), (10, "[x] ; more")]),
                ("lone", 11, vec![]),
            ]
        );
        assert!(!got[0].entries[3].has_value);
    }

    #[test]
    fn headers() {
        let got = sections("  [a]  # why\n  [b]\nx=1\n[a]\n", "f").unwrap();
        assert_eq!(got.iter().map(|s| (s.name, s.line)).collect::<Vec<_>>(), [("a", 1), ("b", 2), ("a", 4)]);
        for (text, at) in [("x = 1", "f:1:"), ("\n[a", "f:2:"), ("[]", "f:1:"), ("[a] b", "f:1:")] {
            let error = sections(text, "f").unwrap_err();
            assert!(error.to_string().starts_with(at), "{error}");
        }
    }
}
