//! Numbers of payment cards: known by how they begin, how long they are, and a check digit (ISO/IEC 7812).

use std::ops::Range;

/// The shortest number looked for.
const SHORTEST: usize = 14;

/// Adds positions of card numbers. Digits may be in groups, separated by spaces or dashes.
pub(super) fn find(text: &str, mut add: impl FnMut(Range<usize>)) {
    let bytes = text.as_bytes();
    let is_part = |b: u8| b.is_ascii_digit() || b == b' ' || b == b'-';
    // Whatever is so long covers one of these places, so most bytes need no look.
    let mut at = SHORTEST - 1;
    while at < bytes.len() {
        if !is_part(bytes[at]) {
            at += SHORTEST;
            continue;
        }
        let from = bytes[..at].iter().rposition(|b| !is_part(*b)).map_or(0, |n| n + 1);
        let to = bytes[at..].iter().position(|b| !is_part(*b)).map_or(bytes.len(), |n| at + n);
        runs(bytes, from..to, &mut add);
        at = to + SHORTEST;
    }
}

/// Looks at digits with separators between them.
fn runs(bytes: &[u8], all: Range<usize>, add: &mut impl FnMut(Range<usize>)) {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut at = all.start;
    while at < all.end {
        let len = bytes[at..all.end].iter().take_while(|b| b.is_ascii_digit()).count();
        if len > 0 {
            groups.push(at..at + len);
        }
        at += len.max(1);
    }
    let mut first = 0;
    while first < groups.len() {
        let hit =
            (first + 1..=groups.len().min(first + 4)).find(|last| is_card(bytes, &groups[first..*last]));
        if let Some(last) = hit {
            add(groups[first].start..groups[last - 1].end);
        }
        first = hit.unwrap_or(first + 1);
    }
}

fn is_card(bytes: &[u8], groups: &[Range<usize>]) -> bool {
    let close = groups.windows(2).all(|two| two[1].start == two[0].end + 1);
    let lengths: Vec<usize> = groups.iter().map(ExactSizeIterator::len).collect();
    let usual = matches!(lengths[..], [14..=16] | [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4]);
    let alone =
        |b: Option<&u8>| !b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'%'));
    let (from, to) = (groups[0].start, groups[groups.len() - 1].end);
    if !close || !usual || !alone(from.checked_sub(1).and_then(|n| bytes.get(n))) || !alone(bytes.get(to)) {
        return false;
    }
    let digits: Vec<u32> =
        groups.iter().flat_map(|g| &bytes[g.clone()]).map(|b| u32::from(b - b'0')).collect();
    let head = |n: usize| digits[..n].iter().fold(0, |sum, digit| sum * 10 + digit);
    let issued = match digits.len() {
        16 => {
            matches!(head(1), 4)
                || matches!(head(2), 51..=55 | 62 | 65)
                || matches!(head(3), 644..=649)
                || matches!(head(4), 2221..=2720 | 3528..=3589 | 6011)
        }
        15 => matches!(head(2), 34 | 37),
        _ => matches!(head(2), 36 | 38) || matches!(head(3), 300..=305),
    };
    issued && luhn(&digits)
}

/// Whether the check digit is right.
fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, digit)| match digit * (1 + n as u32 % 2) {
            two @ 10.. => two - 9,
            one => one,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|d| *d != 0)
}

#[cfg(test)]
mod tests {
    fn found(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        super::find(text, |range| found.push(&text[range]));
        found
    }

    #[test]
    fn cards_are_found_in_every_grouping() {
        for card in [
            "4111111111111111",
            "5555 5555 5555 4444",
            "3782-822463-10005",
            "378282246310005",
            "30569309025904",
        ] {
            assert_eq!(found(card), [card]);
            assert_eq!(found(&format!("echo {card} | pay")), [card]);
            assert_eq!(found(&format!("x=12 {card} 3")), [card]);
            assert_eq!(found(&format!("\"{card}\"")), [card]);
        }
    }

    #[test]
    fn other_numbers_are_not() {
        for text in [
            "4111111111111112",
            "1773100000000000",
            "41111111111111110",
            "a4111111111111111",
            "2026-03-10 08:00:00",
            "0000000000000000",
            "kill 1234567890123456",
            "4111.1111.1111.1111",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
