//! The definition of a word, for the filter, for an index and for highlighting: a run of letters and digits, in lower
//! case, up to a maximum length.

/// Bytes of a word that count: no one types longer words.
const LONGEST: usize = 128;

/// The positions of a text's words, in bytes.
pub fn spans(text: &str) -> Spans<'_> {
    Spans { text, next: 0 }
}

/// Goes from word to word of a text.
pub struct Spans<'t> {
    text: &'t str,
    next: usize,
}

impl Spans<'_> {
    /// The next position, from one on, that is a letter or digit, or isn't; the text's end if there is none.
    fn seek(&self, from: usize, letter: bool) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            // Nearly everything is ASCII, and one byte shows that.
            let (is_letter, length) = match byte.is_ascii() {
                true => (byte.is_ascii_alphanumeric(), 1),
                false => {
                    let c = self.text[at..].chars().next().unwrap_or_default();
                    (c.is_alphanumeric(), c.len_utf8())
                }
            };
            if is_letter == letter {
                break;
            }
            at += length;
        }
        at
    }
}

impl Iterator for Spans<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let start = self.seek(self.next, true);
        self.next = self.seek(start, false);
        (start < self.next).then_some((start, self.next))
    }
}

/// Writes a word as it is compared.
pub fn fold(word: &str, out: &mut String) {
    out.clear();
    if word.is_ascii() {
        out.push_str(word);
        out.make_ascii_lowercase();
    } else {
        out.push_str(&word.to_lowercase());
    }
    if out.len() > LONGEST {
        out.truncate((0..=LONGEST).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0));
    }
}

/// The words of a text, in order.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    spans(text).map(|(start, end)| {
        let mut word = String::new();
        fold(&text[start..end], &mut word);
        word
    })
}

/// Whether the `wanted` words follow each other in the text. With `open`, the last is a prefix.
pub(super) fn has(text: &str, wanted: &[String], open: bool) -> bool {
    let all: Vec<String> = words(text).collect();
    places(&all, wanted, open).next().is_some()
}

/// The positions of the `wanted` words in a row among the words of a text.
pub fn places<'w>(all: &'w [String], wanted: &'w [String], open: bool) -> impl Iterator<Item = usize> + 'w {
    let fits = move |some: &[String]| {
        let Some((last, first)) = wanted.split_last() else { return false };
        let Some((end, begin)) = some.split_last() else { return false };
        begin == first && if open { end.starts_with(last.as_str()) } else { end == last }
    };
    all.windows(wanted.len().max(1)).enumerate().filter(move |(_, some)| fits(some)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_letters_and_digits() {
        let all: Vec<String> = words("  naïve, B-2 don't; ΣΑΣ\u{202e}x ").collect();
        assert_eq!(all, ["naïve", "b", "2", "don", "t", "σας", "x"]);
        assert_eq!(words("--").count(), 0);
    }

    proptest! {
        #[test]
        fn words_are_what_lies_between_all_else(text in "[a-zA-Z0-9 ./äß中…\\-]{0,40}|.{0,40}") {
            let cut: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
            let found: Vec<&str> = spans(&text).map(|(start, end)| &text[start..end]).collect();
            prop_assert_eq!(found, cut);
        }
    }

    #[test]
    fn what_goes_on_for_long_counts_to_a_point() {
        let long = "ä".repeat(1000);
        assert!(words(&long).all(|word| word.len() <= LONGEST && word.starts_with('ä')));
        assert!(has(&long, &words(&("ä".repeat(900))).collect::<Vec<_>>(), false));
    }
}
