//! The time of day in a line of one of Google's pages: `22:54:50`, `22.54.50`, `15 h 54 min 36 s`, `오후 10시 54분 36초`.
//!
//! Not for times without seconds, which these pages never write.

use crate::takeout::text::is_letter;
use crate::takeout::words::WORDS;
use workhours_plugin_api::civil;

/// The position of a time in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock<'a> {
    /// Seconds since midnight.
    pub(crate) secs: i64,
    /// Whether a word means before or after noon.
    pub(crate) halved: bool,
    pub(crate) before: &'a str,
    pub(crate) after: &'a str,
}

/// The text after hour, minute and second.
type Signs = [&'static str; 3];

/// The first kind that is found counts: with dots `22.54.50` is a time, but `31.01.20` may be a part of a date.
const KINDS: [&[Signs]; 3] = [
    &[[":", ":", ""]],
    &[
        ["h", "min", "s"],
        ["h", "m", "s"],
        ["시", "분", "초"],
        ["時", "分", "秒"],
        ["时", "分", "秒"],
        ["นาฬิกา", "นาที", "วินาที"],
        ["ໂມງ", "ນາທີ", "ວິນາທີ"],
    ],
    &[[".", ".", ""]],
];

/// Finds the last clock of a plain line.
pub(crate) fn clock(line: &str) -> Option<Clock<'_>> {
    KINDS.iter().find_map(|kinds| {
        let starts = line.char_indices().rev().filter(|(i, c)| {
            c.is_ascii_digit() && !line[..*i].ends_with(|c: char| c.is_ascii_digit() || ".:/-+".contains(c))
        });
        let mut found = starts.filter_map(|(i, _)| Some((i, kinds.iter().find_map(|k| at(&line[i..], k))?)));
        found.find_map(|(start, (parts, len))| placed(line, start, parts, len))
    })
}

/// Hour, minute and second at the very start, and their length.
fn at(text: &str, signs: &Signs) -> Option<([u32; 3], usize)> {
    let mut parts = [0; 3];
    let mut rest = text;
    for (i, sign) in signs.iter().enumerate() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        // No leading zero is needed before words.
        let short = i == 0 || signs[2].starts_with(is_letter);
        let fits = digits == 2 || digits == 1 && short;
        parts[i] = civil::digits(rest.as_bytes().get(..digits).filter(|_| fits)?)?;
        rest = &rest[digits..];
        if sign.starts_with(is_letter) {
            // Words need separators, signs don't.
            rest = rest.trim_start().strip_prefix(sign)?;
            rest = if i < 2 { rest.trim_start() } else { rest };
        } else {
            rest = rest.strip_prefix(sign)?;
        }
    }
    let ended = !rest.starts_with(|c: char| c.is_ascii_digit());
    let ended = ended && (signs[2] != "s" || !rest.starts_with(is_letter));
    ended.then_some((parts, text.len() - rest.len()))
}

fn placed(line: &str, start: usize, [hour, minute, second]: [u32; 3], len: usize) -> Option<Clock<'_>> {
    let (before, after) = (line[..start].trim_end(), line[start + len..].trim_start());
    let (half, before, after) = half(before, after);
    // Bulgarian has "o'clock" after the time.
    let after = after.strip_prefix("ч.").unwrap_or(after).trim_start();
    let hour = match half {
        Some(pm) if (1..=12).contains(&hour) => hour % 12 + if pm { 12 } else { 0 },
        // `13:00 PM` and `0:30 PM` are written too.
        Some(true) if hour == 0 => 12,
        _ => hour,
    };
    let secs = civil::seconds(1970, 1, 1, hour, minute, second)?;
    Some(Clock { secs, halved: half.is_some(), before, after })
}

/// Takes off a word for before or after noon: `true` is after.
fn half<'a>(before: &'a str, after: &'a str) -> (Option<bool>, &'a str, &'a str) {
    for (word, pm) in &WORDS.halves {
        if let Some(rest) = prefix(after, word).filter(|rest| !rest.starts_with(is_letter)) {
            return (Some(*pm), before, rest.trim_start());
        }
    }
    for (word, pm) in &WORDS.halves {
        // Short words of Latin letters mean something else there: `em` is "at" in Portuguese.
        let usual = !word.is_ascii() || ["am", "pm", "de.", "du."].contains(word);
        let Some(rest) = suffix(before, word).filter(|_| usual) else { continue };
        // Chinese leaves no space.
        if !rest.ends_with(is_letter) || word.starts_with(|c| ('\u{2e80}'..='\u{9fff}').contains(&c)) {
            return (Some(*pm), rest.trim_end(), after);
        }
    }
    (None, before, after)
}

/// The text after `word` at the start of `text`, ignoring case.
pub(crate) fn prefix<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut wanted = word.chars();
    for (i, c) in text.char_indices() {
        if wanted.as_str().is_empty() {
            return Some(&text[i..]);
        }
        if !c.to_lowercase().all(|lower| wanted.next() == Some(lower)) {
            return None;
        }
    }
    wanted.as_str().is_empty().then_some("")
}

/// The text before `word` at the end of `text`, ignoring case.
fn suffix<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, _) = text.char_indices().rev().nth(word.chars().count().checked_sub(1)?)?;
    prefix(&text[start..], word).filter(|rest| rest.is_empty()).map(|_| &text[..start])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::takeout::text::plain;

    #[test]
    fn clocks() {
        for (text, secs, rest) in [
            ("Jan 31, 2018, 10:54:50\u{202f}PM EST", 82_490, "EST"),
            ("31.01.2018, 22:54:50 MEZ", 82_490, "MEZ"),
            ("31.1.2018 klo 22.54.50 UTC+2", 82_490, "UTC+2"),
            ("15/02/2024، 10:54:36 م غرينتش+2", 82_476, "غرينتش+2"),
            ("15 févr. 2024, 15 h 54 min 36 s HNE", 57_276, "HNE"),
            ("2024. 2. 16. AM 5시 54분 36초 GMT+9", 21_276, "GMT+9"),
            ("2024. 2. 16. AM 5시 4분 3초 GMT+9", 18_243, "GMT+9"),
            ("2018. 1. 31. 오후 10:54:50 GMT+9", 82_490, "GMT+9"),
            ("2024年2月16日 凌晨12:54:36 [GMT+8]", 3_276, "[GMT+8]"),
            ("16 ก.พ. 2567 3 นาฬิกา 54 นาที 36 วินาที GMT+7", 14_076, "GMT+7"),
            ("၂၀၂၄ ဖေ ၁၆ GMT+၆:၃၀ ၀၃:၂၄:၃၆", 12_276, ""),
            ("15 Feb 2024, 2:54:36 p. m. GMT-6", 53_676, "GMT-6"),
            ("15 de fev. de 2024 em 10:54:36", 39_276, ""),
            ("15.02.2024 г., 22:54:36 ч. Гринуич+2", 82_476, "Гринуич+2"),
            ("2024年2月17日 UTC下午3:54:36", 57_276, ""),
        ] {
            let line = plain(text);
            let found = clock(&line).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.secs, found.after), (secs, rest), "{text}");
        }
        for none in ["25:00:00", "10:54 PM", "1:2:3", "31.01.2018", "10:54:500", "15 h 54 min 36 sec"] {
            assert_eq!(clock(none), None, "{none}");
        }
    }
}
