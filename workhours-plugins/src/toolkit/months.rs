//! Names of months in the languages that web pages write dates in.
//!
//! Not a calendar: Gregorian months only, by the beginning of their names.

/// Beginnings of names, in lower case, for each month.
const NAMES: [&str; 12] = [
    "jan jän gen ene янв січ sty led tammi oca ιαν ian",
    "feb fev fév févr фев лют lut úno helmi şub φεβ",
    "mar mär mrz maa maalis bře març mrt мар бер μαρ μάρ",
    "apr avr abr ápr апр кві kwi dub huhti nis απρ",
    "mai may maj mag máj mei май мая тра kvě touko μαΐ μάι maig",
    "jun juin giu jún июн чер cze čvn červn kesä haz ιουν",
    "jul juil lug júl июл лип lip čvc červenc heinä tem ιουλ",
    "aug août aoû ago авг сер sie srp elo ağu agu αυγ",
    "sep set szept сен вер wrz zář syys eyl σεπ",
    "oct okt ott out окт жов paź říj loka eki οκτ",
    "nov ноя лис lis marras kas νοε",
    "dec déc dez des dic дек гру gru pro joulu ara δεκ",
];

/// 1 to 12 for a word that begins like the name of a month; the longest beginning counts.
pub(crate) fn month(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    // Dates are short, and so are names: a long word isn't a month.
    if word.chars().count() > 14 {
        return None;
    }
    let known = NAMES.iter().zip(1..).flat_map(|(names, month)| names.split(' ').map(move |n| (n, month)));
    known.filter(|(n, _)| word.starts_with(n)).max_by_key(|(n, _)| n.len()).map(|(_, month)| month)
}
