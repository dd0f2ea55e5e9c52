//! Lines of Google's pages made plain: one kind of space, of digits and of punctuation, whatever the script.
//!
//! Not for stored text: that stays as it was written.

/// The zeros of the scripts of dates; the other nine digits follow each.
const ZEROS: [char; 20] =
    ['٠', '۰', '߀', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '෦', '๐', '໐', '༠', '၀', '០', '᠐', '０'];

/// A digit of any script as one of ASCII.
fn digit(c: char) -> char {
    let value = ZEROS.iter().filter_map(|zero| (c as u32).checked_sub(*zero as u32)).find(|n| *n < 10);
    value.and_then(|n| char::from_digit(n, 10)).unwrap_or(c)
}

/// The line with ASCII digits, spaces and punctuation, and without marks of direction and of width nothing.
pub(crate) fn plain(line: &str) -> String {
    let seen = line.chars().filter(|c| {
        !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}'
            | '\u{61c}' | '\u{feff}')
    });
    let mapped = seen.map(|c| match c {
        '،' | '、' | '，' => ',',
        '：' => ':',
        '॰' => '.',
        '−' | '–' | '‒' => '-',
        '＋' => '+',
        '（' => '(',
        '）' => ')',
        '’' | '‘' | 'ʼ' | '׳' => '\'',
        c if c.is_whitespace() => ' ',
        c if c.is_ascii() => c,
        c => digit(c),
    });
    mapped.collect::<String>().split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a character of a plain line can be part of a word.
pub(crate) fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || !c.is_ascii()
}

/// The words of a plain line in lower case; dots and apostrophes within them belong to them.
pub(crate) fn words(line: &str) -> impl Iterator<Item = String> {
    line.split(|c: char| !is_letter(c) && !matches!(c, '.' | '\''))
        .map(|w| w.trim_matches(['.', '\'']))
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
}

/// The numbers of a plain line, no longer than four digits; `None` where one is longer.
pub(crate) fn numbers(line: &str) -> Option<Vec<u32>> {
    let runs = line.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    runs.map(|run| if run.len() <= 4 { run.parse().ok() } else { None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_of_everything() {
        assert_eq!(plain("١٥\u{200f}/٠٢\u{200f}/٢٠٢٤، ١٠:٥٤:٣٦\u{a0} م"), "15/02/2024, 10:54:36 م");
        assert_eq!(plain("१६ फ़र॰ २०२४"), "16 फ़र. 2024");
        assert_eq!(words("15. d'abr. de 2024 (ก.พ.)").collect::<Vec<_>>(), ["d'abr", "de", "ก.พ"]);
        assert_eq!(numbers("2024(e)ko ots. 15(a)"), Some(vec![2024, 15]));
        assert_eq!(numbers("20240215"), None);
    }
}
