//! Portable text: what every database can hold and every reader can show.

use super::flags::host_flags;

/// No text is stored longer than this; the raw record stays in the filestore's copy.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Text as it is stored: valid UTF-8 without NUL, not over the limit; `None` when empty. Raises the flag for
/// each thing done to it. Borrows when nothing had to be done.
pub fn portable<'a>(bytes: &'a [u8], scratch: &'a mut String, flags: &mut u32) -> Option<&'a str> {
    if bytes.is_empty() {
        return None;
    }
    let mut bytes = bytes;
    if bytes.len() > MAX_TEXT_BYTES {
        let cut = (MAX_TEXT_BYTES - 3..=MAX_TEXT_BYTES).rev().find(|i| bytes[*i] & 0xc0 != 0x80);
        bytes = &bytes[..cut.unwrap_or(MAX_TEXT_BYTES)];
        *flags |= host_flags::CUT_TEXT;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if memchr::memchr(0, bytes).is_none() => Some(text),
        _ => {
            scratch.clear();
            for part in bytes.utf8_chunks() {
                for c in part.valid().chars() {
                    if c == '\0' {
                        *flags |= host_flags::NUL_TEXT;
                    }
                    scratch.push(if c == '\0' { '\u{2400}' } else { c });
                }
                if !part.invalid().is_empty() {
                    *flags |= host_flags::LOSSY_TEXT;
                    scratch.push('\u{fffd}');
                }
            }
            Some(scratch)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(bytes: &[u8]) -> (Option<String>, u32) {
        let (mut scratch, mut flags) = (String::new(), 0);
        (portable(bytes, &mut scratch, &mut flags).map(str::to_owned), flags)
    }

    #[test]
    fn text_is_made_portable_and_says_so() {
        assert_eq!(run(b""), (None, 0));
        assert_eq!(run("é".as_bytes()), (Some("é".into()), 0));
        assert_eq!(run(b"a\0b"), (Some("a\u{2400}b".into()), host_flags::NUL_TEXT));
        assert_eq!(run(b"a\xffb"), (Some("a\u{fffd}b".into()), host_flags::LOSSY_TEXT));
        let (long, flags) = run("é".repeat(MAX_TEXT_BYTES).as_bytes());
        assert_eq!((long.map(|t| t.len()), flags), (Some(MAX_TEXT_BYTES), host_flags::CUT_TEXT));
    }
}
