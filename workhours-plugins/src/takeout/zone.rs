//! The zone of a time on one of Google's pages: `CEST`, `GMT +1`, `[GMT+8]`, `غرينتش+2`, `(+3:30 گرینویچ)`.
//!
//! Not a time zone database: a name is an offset here, or nothing if it has several meanings on these pages.

use crate::takeout::clock::prefix;
use crate::takeout::text::is_letter;
use crate::takeout::words::WORDS;
use crate::toolkit::zone_names;
use workhours_plugin_api::civil;

/// Minutes east of UTC for the zone at the start of a plain text, and the rest of the text. `india` means that the page
/// is from there, or that nothing contradicts it: `IST` is used in Ireland and Israel too.
pub(crate) fn at_start(text: &str, india: bool) -> Option<(i16, &str)> {
    const AROUND: [char; 6] = ['(', '[', ')', ']', ' ', ','];
    let text = text.trim_start_matches(AROUND);
    let base = |text| {
        let bases = WORDS.bases.iter().filter_map(|(word, minutes)| Some((*minutes, prefix(text, word)?)));
        bases.into_iter().find(|(_, rest)| !rest.starts_with(is_letter))
    };
    if let Some((minutes, rest)) = base(text) {
        let behind = rest.trim_start_matches([']', ' ', ':']);
        let (more, rest) = match offset(behind) {
            None if behind.starts_with(['+', '-']) => return None,
            found => found.unwrap_or((0, rest)),
        };
        return Some((minutes + more, rest.trim_start_matches(AROUND)));
    }
    if let Some((minutes, rest)) = offset(text) {
        let rest = rest.trim_start();
        let rest = base(rest).map_or(rest, |(_, rest)| rest);
        return Some((minutes, rest.trim_start_matches(AROUND)));
    }
    let end = text.find(|c: char| !is_letter(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let named = match name.to_lowercase().as_str() {
        "" => None,
        "ist" if india => Some(330),
        lower => WORDS.zones.get(lower).copied().or_else(|| zone_names::zone(name)),
    };
    Some((named?, rest.trim_start_matches(AROUND)))
}

/// The zone at the very end of a plain text, and the text before it.
pub(crate) fn at_end(text: &str, india: bool) -> Option<(i16, &str)> {
    const WORDS_LONG: usize = 5;
    let begins = |i: usize| i == 0 || text[..i].ends_with([' ', '(', '[']);
    let starts = text.char_indices().map(|(i, _)| i).filter(|i| begins(*i)).collect::<Vec<_>>();
    let last = &starts[starts.len().saturating_sub(WORDS_LONG)..];
    last.iter().find_map(|start| match at_start(&text[*start..], india) {
        Some((minutes, "")) => Some((minutes, text[..*start].trim_end())),
        _ => None,
    })
}

/// `+1`, `-3:30`, `+0530`, `+530`, `+5.30`: minutes, and what follows.
fn offset(text: &str) -> Option<(i16, &str)> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let rest = &text[1..];
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (hours, rest) = rest.split_at(digits(rest));
    let (hours, minutes, rest) = match (hours.len(), rest.strip_prefix([':', '.'])) {
        (1 | 2, Some(behind)) if digits(behind) == 2 => (hours, &behind[..2], &behind[2..]),
        (1 | 2, _) => (hours, "0", rest),
        (3 | 4, _) => (&hours[..hours.len() - 2], &hours[hours.len() - 2..], rest),
        _ => return None,
    };
    let (hours, minutes) = (civil::digits(hours.as_bytes())?, civil::digits(minutes.as_bytes())?);
    (hours <= 14 && minutes <= 59).then(|| (sign * (hours * 60 + minutes) as i16, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::takeout::text::plain;

    #[test]
    fn zones() {
        for (text, minutes, rest) in [
            ("EST", -300, ""),
            ("HNE", -300, ""),
            ("GMT +6", 360, ""),
            ("GMT+7 16 thg 2, 2024", 420, "16 thg 2, 2024"),
            ("[GMT+8]", 480, ""),
            ("[GMT]+5:30", 330, ""),
            ("GMT\u{200e}+2\u{200e}", 120, ""),
            ("(\u{200e}+۳:۳۰ گرینویچ)", 210, ""),
            ("غرينتش+2", 120, ""),
            ("Гринуич", 0, ""),
            ("ጂ ኤም ቲ+530", 330, ""),
            ("ভা. স.", 330, ""),
            ("ම", 0, "-"),
            ("ග්\u{200d}රිමවේ+5.30", 330, ""),
            ("GMT–2:30", -150, ""),
            ("(CET))", 60, ""),
            ("UTC", 0, ""),
            ("UTC-3", -180, ""),
        ] {
            let line = plain(text);
            let found = at_start(&line, false);
            assert_eq!(found, (rest != "-").then_some((minutes, rest)), "{text}");
        }
        assert_eq!((at_start("IST", false), at_start("IST", true)), (None, Some((330, ""))));
        assert_eq!((at_start("GMT+99", false), at_start("CESTA", false)), (None, None));
        assert_eq!(at_end("2024年1月31日 GMT+8", false), Some((480, "2024年1月31日")));
        assert_eq!(at_end("16 thg 2, 2024 GMT +7", false), Some((420, "16 thg 2, 2024")));
        assert_eq!(at_end("2024-02-15", false), None);
    }
}
