//! Dates in one cell as mail, spreadsheets and people write them: every word of the text must be valid, or it isn't a
//! date.
//!
//! Not for pages (`written`), where a date is among other words, nor for a pattern from the user.

mod rare_iso;

use crate::toolkit::moments::{self, Written};
use crate::toolkit::months::month;
use crate::toolkit::written::{self, Order};
use crate::toolkit::zone_names;
use workhours_plugin_api::{Precision, RowFlags, civil};

/// The result for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelled {
    Date(Written),
    /// Day and month could be either way round.
    Ambiguous,
    No,
}

/// A word of the text, and the character in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    before: char,
    is_number: bool,
}

/// Reads one date. `order` is the order of day and month between slashes, if the numbers don't show it.
pub(crate) fn read(text: &[u8], order: Option<Order>) -> Spelled {
    const LONGEST: usize = 80;
    let Some(text) = std::str::from_utf8(text).ok().filter(|t| t.len() <= LONGEST) else {
        return Spelled::No;
    };
    let text = written::plain(text);
    if let Some(written) = rare_iso::compact(&text).or_else(|| rare_iso::of_year(&text)) {
        return Spelled::Date(written);
    }
    let (rest, named) = bracketed(&text);
    spelled(rest, named, order).unwrap_or(Spelled::No)
}

/// A zone or remark in brackets at the end: `[Europe/Berlin]`, `(CET)`.
fn bracketed(text: &str) -> (&str, Option<&str>) {
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some((before, inside)) = text.strip_suffix(close).and_then(|t| t.rsplit_once(open)) {
            return (before.trim_end(), Some(inside));
        }
    }
    (text, None)
}

fn spelled(text: &str, named: Option<&str>, order: Option<Order>) -> Option<Spelled> {
    let clock = written::clock(text, false);
    // After a day, `10:30` may be attached with a colon or a T.
    let (date, after) = match clock {
        Some(c) => (c.before, c.after),
        None => match glued(text) {
            Some(at) => {
                return spelled(&format!("{} {}", text.get(..at)?, text.get(at + 1..)?), named, order);
            }
            None => (text, ""),
        },
    };
    let (secs, precision, nanos, after) = match clock {
        None => (0, Precision::Day, 0, after),
        Some(c) => {
            let (fine, after) = fraction(c.after, c.precision);
            let (nanos, precision) = fine.unwrap_or((0, c.precision));
            // `.5 PM`: the half of the day follows the fraction.
            let (secs, after) = match fine {
                Some(_) => half_behind(c.secs, after)?,
                None => (c.secs, after),
            };
            (secs, precision, nanos, after)
        }
    };
    let (mut offset_min, mut flags, mut late) = (None, RowFlags::NONE, "");
    let mut zone = after.trim();
    // `Fri Mar 15 10:30:00 CET 2024`: the year is last.
    if let Some((head, year)) = split_last(zone).filter(|(_, y)| y.len() == 4 && is_digits(y)) {
        (zone, late) = (head, year);
    }
    for name in [Some(zone), named].into_iter().flatten().filter(|n| !n.is_empty()) {
        match zone_of(name) {
            // Text in brackets after an offset is a remark.
            _ if offset_min.is_some() => {}
            Some(offset) => offset_min = Some(offset),
            None if is_zone_name(name) => flags = RowFlags::UNKNOWN_ZONE,
            None => return None,
        }
    }
    if offset_min.is_some() || clock.is_none() {
        flags = RowFlags::NONE;
    }
    if clock.is_none() && !zone.is_empty() {
        return None;
    }
    let day = match day_of(date, late, order)? {
        Day::Is(year, month, day) => civil::seconds(year, month, day, 0, 0, 0)?,
        Day::Ambiguous => return Some(Spelled::Ambiguous),
    };
    Some(Spelled::Date(Written { wall: day + secs, nanos, precision, offset_min, flags }))
}

/// A separator attaches a time to a date: `15/Mar/2024:10:30:00`, `2024/3/15T9:30`.
fn glued(text: &str) -> Option<usize> {
    let at = text.find([':', 'T']).filter(|at| text[..*at].ends_with(|c: char| c.is_ascii_digit()))?;
    let rest = text.get(at + 1..)?;
    written::clock(rest, false).is_some_and(|c| c.before.is_empty()).then_some(at)
}

fn fraction(after: &str, precision: Precision) -> (Option<(u32, Precision)>, &str) {
    let Some(digits) = after.strip_prefix(['.', ',']).filter(|_| precision == Precision::Second) else {
        return (None, after);
    };
    let len = digits.bytes().take_while(u8::is_ascii_digit).count();
    match moments::nanos(&digits.as_bytes()[..len]) {
        Some(fine) => (Some(fine), digits[len..].trim_start()),
        None => (None, after),
    }
}

fn half_behind(secs: i64, after: &str) -> Option<(i64, &str)> {
    const HALF_DAY: i64 = 43_200;
    let word = after.get(..2).map(str::to_ascii_lowercase);
    match word.as_deref().filter(|_| !after[2..].starts_with(char::is_alphanumeric)) {
        Some("am") if secs < HALF_DAY + 3_600 => Some((secs % HALF_DAY, after[2..].trim_start())),
        Some("pm") if secs < HALF_DAY + 3_600 => Some((secs % HALF_DAY + HALF_DAY, after[2..].trim_start())),
        Some("am" | "pm") => None,
        _ => Some((secs, after)),
    }
}

fn split_last(text: &str) -> Option<(&str, &str)> {
    match text.rsplit_once(' ') {
        Some((head, last)) => Some((head.trim_end(), last)),
        None => Some(("", text)),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn zone_of(name: &str) -> Option<i16> {
    moments::offset(name.as_bytes()).or_else(|| zone_names::zone(name))
}

/// `Europe/Berlin`, `IST`: the name of a zone, although it doesn't determine the offset.
pub(crate) fn is_zone_name(name: &str) -> bool {
    let word =
        |w: &str| w.len() > 1 && w.bytes().all(|b| b.is_ascii_alphabetic() || b"_-+0123456789".contains(&b));
    let capital = name.starts_with(|c: char| c.is_ascii_uppercase());
    let short = (2..=5).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_uppercase());
    capital && (short || name.contains('/') && name.split('/').all(word))
}

enum Day {
    Is(i32, u32, u32),
    Ambiguous,
}

/// The day of words and numbers. `late` is a year from elsewhere.
fn day_of(text: &str, late: &str, order: Option<Order>) -> Option<Day> {
    let mut tokens = tokens(text);
    if !late.is_empty() {
        tokens.push(Token { text: late, before: ' ', is_number: true });
    }
    // A weekday in front adds nothing. `mar` is one, in French, if another month follows.
    let months = tokens.iter().filter(|t| !t.is_number && month_of(t.text).is_some()).count();
    if let Some(first) = tokens.first().filter(|t| !t.is_number)
        && is_weekday(first.text)
        && (months != 1 || month_of(first.text).is_none())
    {
        tokens.remove(0);
    }
    tokens.retain(|t| !is_joint(t.text));
    let number = |t: &Token<'_>| if t.is_number { civil::digits(t.text.as_bytes()) } else { None };
    let named = |t: &Token<'_>| if t.is_number { None } else { month_of(t.text) };
    let [a, b, c] = tokens.as_slice() else { return None };
    let (year, month, day) = match (number(a), number(b), number(c)) {
        (Some(first), None, Some(last)) => {
            let month = named(b)?;
            if a.text.len() == 4 { (year(a)?, month, last) } else { (year(c)?, month, first) }
        }
        (None, Some(day), Some(_)) => (year(c)?, named(a)?, day),
        (Some(first), Some(second), Some(third)) => {
            if b.before != c.before || !"/.-年月 ".contains(b.before) && c.before != '月' {
                return None;
            }
            if a.text.len() == 4 {
                (year(a)?, second, third)
            } else if b.before == '-' && c.text.len() == 2 {
                // `24-03-15` may begin with its year.
                return None;
            } else {
                let known = match (b.before, first, second) {
                    ('.', ..) => Order::DayFirst,
                    (_, 13.., _) => Order::DayFirst,
                    (_, _, 13..) => Order::MonthFirst,
                    (_, first, second) if first == second => Order::DayFirst,
                    ('/' | '-', ..) => match order {
                        Some(order) => order,
                        None => {
                            civil::seconds(year(c)?, first, second, 0, 0, 0)?;
                            return Some(Day::Ambiguous);
                        }
                    },
                    _ => return None,
                };
                match known {
                    Order::DayFirst => (year(c)?, second, first),
                    Order::MonthFirst => (year(c)?, first, second),
                }
            }
        }
        _ => return None,
    };
    civil::seconds(year, month, day, 0, 0, 0).map(|_| Day::Is(year, month, day))
}

fn year(token: &Token<'_>) -> Option<i32> {
    let year = i32::try_from(civil::digits(token.text.as_bytes())?).ok()?;
    match token.text.len() {
        4 => Some(year),
        2 => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

/// Runs of digits and of letters, each with the sign before it; a sign within the text counts before a space.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest, mut before) = (Vec::new(), text, ' ');
    while let Some(c) = rest.chars().next() {
        if !c.is_alphanumeric() || "年月日年月日년월일".contains(c) {
            if c != ' ' || before == ' ' {
                before = if "년".contains(c) {
                    '年'
                } else if "월".contains(c) {
                    '月'
                } else {
                    c
                };
            }
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let digits = c.is_ascii_digit();
        let end = rest.find(|d: char| {
            !d.is_alphanumeric() || d.is_ascii_digit() != digits || "年月日년월일".contains(d)
        });
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        tokens.push(Token { text: word, before, is_number: digits });
        (rest, before) = (after, ' ');
    }
    // Between 年 and 月 are the parts of one date.
    if let [_, b, c] = tokens.as_mut_slice()
        && (b.before, c.before) == ('年', '月')
    {
        c.before = '年';
    }
    tokens
}

/// Two letters are too few for a month, except in languages that write it with one.
fn month_of(word: &str) -> Option<u32> {
    if word.chars().count() < 3 { None } else { month(word) }
}

fn is_weekday(word: &str) -> bool {
    const NAMES: &str = "mon tue wed thu fri sat sun mo di mi do fr sa so mon die mit don fre sam son lun mar mer jeu ven dim \
lu ma me je ve mié jue vie sáb dom mer gio seg ter qua qui sex sáb maa din woe don vri zat zon pon wto śro czw pią sob \
nie man tir ons tor fre lør søn mån tis lör sön вт ср чт пт сб вс пн пон вто сре чет пят суб вос po út st čt pá so ne";
    let word = word.to_lowercase();
    const FULL: &str = "monday tuesday wednesday thursday friday saturday sunday tues thur thurs montag dienstag mittwoch \
donnerstag freitag samstag sonntag sonnabend lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles \
jueves viernes sábado domingo lunedì martedì mercoledì giovedì venerdì sabato domenica segunda terça quarta quinta sexta \
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag mandag tirsdag onsdag torsdag fredag lørdag søndag måndag \
tisdag lördag söndag";
    [NAMES, FULL].iter().any(|names| names.split_whitespace().any(|n| n == word))
}

/// Words between the parts of a date that say nothing.
fn is_joint(word: &str) -> bool {
    const WORDS: &str =
        "de del of the den der d st nd rd th г года року at um à le om kl klo às as alle feira t";
    let word = word.to_lowercase();
    WORDS.split_whitespace().any(|w| w == word)
}

#[cfg(test)]
mod tests;
