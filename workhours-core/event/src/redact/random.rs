//! Whether a text looks randomly generated: pairs of letters that are rare in words, and digits among letters.
//!
//! Words in any case, dates, versions and numbers don't look random; generated identifiers, hashes and passwords do.
//! Short texts can't be judged.

/// For each letter, the letters that often follow it in English words and identifiers: 302 of the 676 possible pairs,
/// which are 93 % of the pairs in such texts.
const USUAL: [&str; 26] = [
    "bcdfgiklmnprstuvwxy", // a
    "aeijlorsuy",
    "acdehiklmoprstu",
    "abcdefilmoprstu",
    "abcdefgilmnopqrstvwxy",
    "acdefilorstu",
    "aehilnorstu",
    "aeiort",
    "abcdefglmnoprstvxz", // i
    "e",
    "aeis",
    "abcdefilopstuy",
    "abdeilmopsu",
    "acdefgiklnopstuv",
    "abcdfgiklmnoprstuvwx", // o
    "acdehiloprstuy",
    "u",
    "abcdefgiklmnoprstuvy",
    "acdefhiklmnopqrstuwy",
    "abcdefhilmnoprstuy",
    "abcdefilmnprst", // u
    "aei",
    "aeiors",
    "cefipt",
    "elmpst",
    "e",
];

/// Minimum number of pairs for a judgement.
const MIN_PAIRS: usize = 6;

/// Whether the text looks random, and has at least this many letters and digits.
pub(super) fn is_random(text: &str, shortest: usize) -> bool {
    let bytes = text.as_bytes();
    if bytes.iter().filter(|b| b.is_ascii_alphanumeric()).count() < shortest {
        return false;
    }
    let (mut seen, mut odd) = (0_usize, 0_usize);
    for pair in bytes.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if !a.is_ascii_alphanumeric()
            || !b.is_ascii_alphanumeric()
            || a.is_ascii_digit() && b.is_ascii_digit()
        {
            continue;
        }
        seen += 1;
        let usual = a.is_ascii_alphabetic()
            && b.is_ascii_alphabetic()
            && !(a.is_ascii_lowercase() && b.is_ascii_uppercase())
            && USUAL[usize::from(a.to_ascii_lowercase() - b'a')].as_bytes().contains(&b.to_ascii_lowercase());
        odd += usize::from(!usual);
    }
    seen >= MIN_PAIRS && odd * 10 >= seen * 4 + 10 || is_uuid(bytes)
}

/// Whether it is `8-4-4-4-12` hexadecimal digits.
fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(n, b)| match n {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_dates_and_versions_are_not() {
        for text in [
            "getUserNameFromDatabase",
            "user-profile-settings-page-2",
            "2026-03-10T08:00:00.000Z",
            "x86_64-unknown-linux-gnu",
            "report_2026_03_10_final.pdf",
            "internationalization",
            "application/vnd.api+json",
            "1773100000000000",
            "Mozilla/5.0 (X11; Linux x86_64)",
            "https://www.example.com/path/to/page",
        ] {
            assert!(!is_random(text, 12), "{text}");
        }
    }

    #[test]
    fn random_texts_are() {
        for text in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "wJalrXUtnFEMIK7MDENGbPxRfiCY",
            "123e4567-e89b-12d3-a456-426614174000",
            "k3b9x0q7z2m5p8w1",
            "dGhpcyBpcyBhIHNlY3JldA==",
        ] {
            assert!(is_random(text, 14), "{text}");
        }
        assert!(!is_random("k3b9x0", 14), "too short to tell");
    }
}
