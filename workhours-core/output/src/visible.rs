//! Strangers' text made safe and measurable for a terminal: a page title may hold escape sequences that move
//! the cursor, or bidi overrides that make one text look like another.
//!
//! Only for people's eyes: the tokens are not an escaping that can be read back, so no data output uses this.

use std::borrow::Cow;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const JOINER: char = '\u{200d}';

/// Marks and joiners allowed in a row: more than any script or emoji needs, fewer than would smear over the
/// lines around or make a megabyte look like one character.
const MAX_MARKS: usize = 8;

/// Appends the text with everything that is not plainly visible as a token: `␛`, `␊`, `⟨U+202E⟩`.
///
/// With `columns` it may stop, with a `…`, once there is surely more than fits: [`cut`] does the exact part.
pub(super) fn push_visible(out: &mut String, text: &str, columns: Option<usize>) {
    // A column takes at most one character and its marks; see MAX_MARKS.
    let mut room = columns.map_or(usize::MAX, |n| n * (2 * MAX_MARKS + 2));
    let (mut marks, mut joined) = (0, false);
    for c in text.chars() {
        if room == 0 {
            out.push('…');
            return;
        }
        room -= 1;
        let mark = c.width() == Some(0);
        match c {
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('␀')),
            '\u{7f}' => out.push('␡'),
            _ if is_hidden(c) || (mark && marks == MAX_MARKS) => {
                let _ = write!(out, "⟨U+{:04X}⟩", c as u32);
            }
            _ => out.push(c),
        }
        marks = if mark { marks % MAX_MARKS + 1 } else { marks * usize::from(joined) };
        joined = c == JOINER;
    }
}

/// Whether a character is invisible, or changes how others look.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'           // C1 controls: escape sequences in one character
        | '\u{ad}'                    // soft hyphen
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // bidi
        | '\u{2028}' | '\u{2029}'     // line and paragraph separator
        | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}' // no width
        | '\u{fff9}'..='\u{fffb}'     // annotations
        | '\u{e0000}'..='\u{e007f}'   // tags: a second, unseen alphabet
    )
}

/// The text if it is at most this many columns wide, else its beginning with a `…` at the end.
pub(super) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    // No character is wider than its UTF-8 is long.
    if text.len() <= columns || text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut room = columns.saturating_sub(1);
    let mut end = 0;
    for (at, c) in text.char_indices() {
        // Counted separately, an emoji made of several characters is wider than it looks: cut slightly early, never
        // late.
        let width = if c == '\u{fe0f}' { 1 } else { c.width().unwrap_or(0) };
        if width > room {
            break;
        }
        room -= width;
        end = at + c.len_utf8();
    }
    Cow::Owned(format!("{}…", text[..end].trim_end_matches(JOINER)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visible(text: &str) -> String {
        let mut out = String::new();
        push_visible(&mut out, text, None);
        out
    }

    #[test]
    fn tokens() {
        for (text, want) in [
            ("plain æøå 日本 👩‍🔬 नि e\u{301}", "plain æøå 日本 👩‍🔬 नि e\u{301}"),
            ("a\tb\r\n\0", "a␉b␍␊␀"),
            ("\u{1b}]0;owned\u{7}\u{1b}[2J", "␛]0;owned␇␛[2J"),
            ("\u{7f}\u{9b}31m", "␡⟨U+009B⟩31m"),
            ("exe\u{202e}gpj.", "exe⟨U+202E⟩gpj."),
            ("\u{2066}\u{200b}\u{2028}\u{feff}", "⟨U+2066⟩⟨U+200B⟩⟨U+2028⟩⟨U+FEFF⟩"),
            ("\u{e0041}", "⟨U+E0041⟩"),
        ] {
            assert_eq!(visible(text), want);
        }
    }

    #[test]
    fn nothing_the_terminal_obeys_comes_out() {
        let all: String = ('\0'..=char::MAX).collect();
        let got = visible(&all);
        assert!(!got.chars().any(|c| c.is_control() || is_hidden(c)));
    }

    #[test]
    fn endless_marks_and_joined_emoji_get_a_width() {
        for spam in ["\u{301}", "👩\u{200d}"] {
            let got = visible(&format!("e{}", spam.repeat(1_000)));
            assert!(got.width() > 100, "{spam:?}: {}", got.width());
            let mut short = String::new();
            push_visible(&mut short, &spam.repeat(1_000_000), Some(20));
            assert!(short.len() < 5_000 && cut(&short, 20).width() <= 20);
        }
    }

    #[test]
    fn cuts() {
        for (text, columns, want) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("abcd", 1, "…"),
            ("日本", 4, "日本"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("日本", 2, "…"),
            ("👩‍🔬", 2, "👩‍🔬"),
            ("👩‍🔬👩‍🔬x", 4, "👩…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("❤️❤️", 3, "❤️…"),
        ] {
            assert_eq!(cut(text, columns), want);
            assert!(cut(text, columns).width() <= columns);
        }
    }
}
