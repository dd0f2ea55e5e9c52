//! Records of comma-separated fields, quoted as required by RFC 4180: shared by `csv` and `csv-safe`.
//!
//! The formats choose the fields and the end of a record. We only write. A crate for many dialects goes byte by byte,
//! which takes most of the time for millions of rows; this doesn't.

use super::text::BUFFER_BYTES;
use std::io::{self, BufWriter, Write};

/// Writes records to `out`, many at once.
pub(super) struct Records<'w> {
    out: BufWriter<&'w mut dyn Write>,
    end: &'static str,
    record: Vec<u8>,
}

impl<'w> Records<'w> {
    /// Records that end in `end`.
    pub(super) fn new(out: &'w mut dyn Write, end: &'static str) -> Self {
        Self { out: BufWriter::with_capacity(BUFFER_BYTES, out), end, record: Vec::new() }
    }

    /// The next field of the record.
    pub(super) fn field(&mut self, field: &[u8]) {
        if must_be_quoted(field) {
            self.record.push(b'"');
            for (i, part) in field.split(|byte| *byte == b'"').enumerate() {
                if i > 0 {
                    self.record.extend_from_slice(b"\"\"");
                }
                self.record.extend_from_slice(part);
            }
            self.record.push(b'"');
            self.record.push(b',');
        } else {
            self.plain(field);
        }
    }

    /// The next field, of which it is known that it needs no quotes.
    pub(super) fn plain(&mut self, field: &[u8]) {
        self.record.extend_from_slice(field);
        self.record.push(b',');
    }

    /// Ends the record.
    pub(super) fn end(&mut self) -> io::Result<()> {
        // The comma after the last field.
        self.record.pop();
        if self.record.is_empty() {
            // Readers skip an empty line.
            self.record.extend_from_slice(b"\"\"");
        }
        self.record.extend_from_slice(self.end.as_bytes());
        self.out.write_all(&self.record)?;
        self.record.clear();
        Ok(())
    }

    /// Writes the rest.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Looks at every byte, whatever it finds, because processors do that many at a time.
fn must_be_quoted(field: &[u8]) -> bool {
    field.iter().fold(false, |found, byte| found | matches!(byte, b',' | b'"' | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(records: &[&[&str]]) -> String {
        let mut out = Vec::new();
        let mut writer = Records::new(&mut out, "\n");
        for record in records {
            record.iter().for_each(|field| writer.field(field.as_bytes()));
            writer.end().unwrap();
        }
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_where_they_must_be() {
        assert_eq!(written(&[&["a", "", "b c", "é;\t\0'"]]), "a,,b c,é;\t\0'\n");
        assert_eq!(
            written(&[&[",", "\n", "\r", "\"", "\"\"", "a\"b\"c"]]),
            "\",\",\"\n\",\"\r\",\"\"\"\",\"\"\"\"\"\",\"a\"\"b\"\"c\"\n"
        );
    }

    #[test]
    fn no_line_is_empty() {
        assert_eq!(written(&[&[""], &["", ""], &[], &["a"]]), "\"\"\n,\n\"\"\na\n");
    }

    #[test]
    fn as_the_csv_crate_writes() {
        let long = "long,".repeat(40_000);
        let texts = ["", "a", ",", "\"", "\r\n", "a\"", "\"\"\"", "plain text", " , ", "\u{feff}", &long];
        for a in texts {
            for b in texts {
                let mut theirs = csv::Writer::from_writer(Vec::new());
                theirs.write_record([a, b]).unwrap();
                assert_eq!(written(&[&[a, b]]).into_bytes(), theirs.into_inner().unwrap());
            }
        }
    }
}
