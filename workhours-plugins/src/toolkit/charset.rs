//! The encodings that texts are in: one that is declared, or for each record what its bytes look like.
//!
//! Not for UTF-16: the host detects it by its byte order mark and passes UTF-8. A source splits bytes and decodes only
//! what it shows, so that spans stay those of the file.

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;
use workhours_plugin_api::{Input, RowFlags, SourceError};

/// The encoding of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Charset {
    /// Nothing is declared: UTF-8, or windows-1252 where it is not.
    #[default]
    Guessed,
    Declared(&'static Encoding),
}

impl Charset {
    /// The option `encoding`.
    pub(crate) fn option(input: &Input<'_>) -> Result<Self, SourceError> {
        let label = match input.option("encoding").map(str::trim) {
            None | Some("" | "auto") => return Ok(Self::Guessed),
            Some(label) => label,
        };
        let wrong = |why| Err(SourceError::Config(format!("encoding cannot be {label:?}: {why}")));
        match Encoding::for_label_no_replacement(label.as_bytes()) {
            None => wrong("use auto, or a name such as utf-8, windows-1252, shift_jis"),
            Some(utf16) if utf16 == UTF_16LE || utf16 == UTF_16BE => {
                wrong("UTF-16 is known by its byte order mark; without one, convert the file to UTF-8 first")
            }
            Some(encoding) => Ok(Self::Declared(encoding)),
        }
    }

    /// A page's declared encoding, as in the encoding standard; `None` for an unknown name.
    pub(crate) fn declared(label: &[u8]) -> Option<Self> {
        let encoding = Encoding::for_label_no_replacement(label)?;
        // A page with a readable declaration isn't in UTF-16.
        let is_utf8 = [UTF_8, UTF_16LE, UTF_16BE].contains(&encoding);
        Some(if is_utf8 { Self::Guessed } else { Self::Declared(encoding) })
    }

    /// Whether an ASCII byte always means itself.
    pub(crate) fn keeps_ascii(self) -> bool {
        match self {
            Self::Guessed => true,
            Self::Declared(e) => {
                e.is_single_byte() || e == UTF_8 || [encoding_rs::EUC_JP, encoding_rs::EUC_KR].contains(&e)
            }
        }
    }

    /// The text as UTF-8, with a flag that its encoding was guessed. A byte outside the declared encoding stays invalid
    /// UTF-8, for the host to replace and flag. A byte order mark isn't text.
    pub(crate) fn decode(self, bytes: &[u8]) -> (Cow<'_, [u8]>, RowFlags) {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let (text, flags) = match self {
            _ if bytes.is_ascii() && self.keeps_ascii() => (Cow::Borrowed(bytes), RowFlags::NONE),
            Self::Guessed if std::str::from_utf8(bytes).is_err() => {
                (Cow::Owned(guessed(bytes)), RowFlags::GUESSED_ENCODING)
            }
            Self::Declared(encoding) if encoding != UTF_8 => {
                (Cow::Owned(decoded(encoding, bytes)), RowFlags::NONE)
            }
            _ => (Cow::Borrowed(bytes), RowFlags::NONE),
        };
        (text, flags)
    }
}

/// As windows-1252; but UTF-8 with one or two wrong bytes keeps the correct ones.
fn guessed(bytes: &[u8]) -> Vec<u8> {
    let (mut right, mut wrong) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        wrong += chunk.invalid().len();
    }
    if right <= wrong {
        return windows_1252(bytes).into_owned().into_bytes();
    }
    let mut out = Vec::with_capacity(bytes.len() + wrong);
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        out.extend_from_slice(windows_1252(chunk.invalid()).as_bytes());
    }
    out
}

fn windows_1252(bytes: &[u8]) -> Cow<'_, str> {
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> Vec<u8> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (mut out, mut rest) = (Vec::new(), bytes);
    loop {
        let room =
            decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(rest.len() * 4 + 16);
        let from = out.len();
        out.resize(from + room.max(16), 0);
        let to = out.get_mut(from..).unwrap_or_default();
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(rest, to, true);
        out.truncate(from + written);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return out,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => out.push(0xff),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(charset: Charset, bytes: &[u8]) -> (String, RowFlags) {
        let (text, flags) = charset.decode(bytes);
        (String::from_utf8_lossy(&text).into_owned(), flags)
    }

    #[test]
    fn guessed_by_validity() {
        let (none, guessed) = (RowFlags::NONE, RowFlags::GUESSED_ENCODING);
        for (bytes, want, flags) in [
            (&b"plain"[..], "plain", none),
            ("Grüße – 5 €".as_bytes(), "Grüße – 5 €", none),
            (b"\xef\xbb\xbfmark", "mark", none),
            (b"Gr\xfc\xdfe \x96 5 \x80", "Grüße – 5 €", guessed),
            (b"Gr\xc3\xbc\xc3\x9fe und \xe9", "Grüße und é", guessed),
            (b"caf\xe9", "café", guessed),
        ] {
            assert_eq!(text(Charset::Guessed, bytes), (want.to_owned(), flags), "{want}");
        }
    }

    #[test]
    fn declared() {
        let of = |label: &str| Charset::declared(label.as_bytes()).unwrap();
        assert_eq!(text(of("Shift_JIS"), b"\x93\xfa\x96{").0, "日本");
        assert_eq!(text(of(" ISO-8859-1 "), b"\x80").0, "€");
        assert_eq!(text(of("koi8-r"), b"\xf0\xd2\xc9").0, "При");
        assert_eq!(text(of("shift_jis"), b"a\x93").0, "a\u{fffd}");
        assert_eq!(of("utf-8"), Charset::Guessed);
        assert_eq!(of("utf-16"), Charset::Guessed);
        assert_eq!(Charset::declared(b"klingon"), None);
        assert!(of("latin1").keeps_ascii() && !of("gbk").keeps_ascii());
    }
}
