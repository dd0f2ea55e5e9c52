//! Removes secrets from stored texts: `--password=hunter2` becomes `--password=‹redacted:password›`.
//!
//! Works on text that is about to be stored or shown, never on the bytes of an identity: a new rule makes no new
//! events. A first pass finds which words of the rules a text contains; most texts have none. Then the rules of these
//! words run: `keyed` for values after names, patterns for the rest. `rules.toml` has the rules. Not here: copies in
//! the filestore, which are the originals, and `purge`, which removes from those too.

mod cards;
mod keyed;
mod names;
mod random;
mod rules;
mod symbol;
#[cfg(test)]
mod tests;
mod values;

use regex::Regex;
use rules::{Rule, Word, built_in};
use std::ops::Range;
use values::{Ask, is_secret};
use workhours_base::error::{Error, Result};

/// The user's rules for secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactionSettings {
    /// Whether anything is taken out at all.
    pub enabled: bool,
    /// Further rules: the kind of a secret, and the pattern that finds it. The group `secret` is hidden, or the whole
    /// match if there is no such group.
    pub rules: Vec<(String, String)>,
}

impl Default for RedactionSettings {
    fn default() -> Self {
        Self { enabled: true, rules: Vec::new() }
    }
}

/// The beginning of a mark; the kind and a closing character follow.
const OPENING: &str = "‹redacted:";

/// Capitals and digits that a secret needs if it is in a path or a word without a name.
const TELLING: u32 = 6;
/// Digits of the shortest number of a card.
const CARD: u32 = 14;

/// A secret that was found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret<'r> {
    /// Its position, bytes.
    pub range: Range<usize>,
    /// Its name in marks.
    pub kind: &'r str,
    /// The rule that found it: `name token`, `token jwt`, `command mysql`, `redaction.ticket`.
    pub rule: &'r str,
}

/// The rules, and a first look that most texts do not get past.
pub struct Redactor {
    own: Vec<Rule>,
    on: bool,
}

/// The built-in rules.
impl Default for Redactor {
    fn default() -> Self {
        Self { own: Vec::new(), on: true }
    }
}

impl Redactor {
    /// The field that may hold a user with a password.
    pub const USER: &'static str = "user";

    /// From the user's settings.
    ///
    /// # Errors
    /// When a pattern is invalid; says which.
    pub fn new(settings: &RedactionSettings) -> Result<Self> {
        let mut own = Vec::new();
        for (kind, pattern) in &settings.rules {
            let pattern = Regex::new(pattern).map_err(|e| {
                Error::usage(format!("the redaction rule {kind} is not a valid regular expression: {e}"))
            })?;
            own.push(Rule::own(kind, pattern));
        }
        Ok(Self { own, on: settings.enabled })
    }

    /// Whether there are only the built-in rules.
    pub fn is_built_in(&self) -> bool {
        self.own.is_empty()
    }

    /// The text without its secrets, which is the text itself when it has none.
    pub fn redact<'t>(&self, text: &'t str, scratch: &'t mut String) -> &'t str {
        hide(text, &self.secrets(text), scratch)
    }

    /// The value of a field without its secrets. The whole value is one if the name of the field says so.
    pub fn redact_field<'t>(&self, name: &str, value: &'t str, scratch: &'t mut String) -> &'t str {
        hide(value, &self.secrets_in_field(name, value), scratch)
    }

    /// Whether the values of fields of this name can be secrets as a whole.
    pub fn is_secret_name(&self, name: &str) -> bool {
        self.on && built_in().is_some_and(|known| known.names.classify(name).is_some())
    }

    /// Positions of secrets in the value of a field, in order and without overlaps.
    pub fn secrets_in_field(&self, name: &str, value: &str) -> Vec<Secret<'_>> {
        let Some(known) = built_in().filter(|_| self.on) else { return Vec::new() };
        if name == Self::USER {
            return self.secrets_in_user(value);
        }
        let is_number = || value.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        let named = known.names.classify(name).filter(|named| is_secret(value, named.asks));
        let named = named.filter(|named| !(named.number && is_number()));
        match named {
            Some(named) if !value.contains(OPENING) => {
                vec![Secret { range: 0..value.len(), kind: named.kind, rule: named.rule }]
            }
            _ => self.secrets(value),
        }
    }

    /// A user may be given with a password: `ada:hunter2`.
    fn secrets_in_user(&self, user: &str) -> Vec<Secret<'_>> {
        let password = user.split_once(':').filter(|(_, p)| !p.contains(':') && is_secret(p, Ask::Mixed));
        match password {
            Some((name, _)) if !user.contains(OPENING) => {
                let range = name.len() + 1..user.len();
                vec![Secret { range, kind: "password", rule: "user:password" }]
            }
            _ => self.secrets(user),
        }
    }

    /// Positions of secrets, in order and without overlaps.
    pub fn secrets(&self, text: &str) -> Vec<Secret<'_>> {
        let mut found: Vec<Secret<'_>> = Vec::new();
        let Some(known) = built_in().filter(|_| self.on) else { return found };
        if self.own.is_empty() && is_plain(text) {
            return found;
        }
        let mut names: Vec<(Range<usize>, names::Named<'_>)> = Vec::new();
        let (mut tried, mut seen) = ([0_u64; 2], 0);
        let mut values = keyed::Budget::new(text.len());
        let mut hidden: Option<Vec<Range<usize>>> = None;
        for hit in known.first_look.find_overlapping_iter(text) {
            match &known.words[hit.pattern().as_usize()] {
                Word::Patterns(some) => some.iter().for_each(|n| tried[n / 64] |= 1 << (n % 64)),
                Word::Name
                    if hit.end() > seen
                        && is_apart(&hit.range(), hidden.get_or_insert_with(|| marks(text))) =>
                {
                    let (end, secret) = keyed::find(text, hit.range(), &known.names, &mut values);
                    seen = end;
                    names.extend(secret);
                }
                Word::Name => {}
            }
        }
        let mut cards = Vec::new();
        cards::find(text, |range| cards.push(range));
        if names.is_empty() && tried == [0; 2] && cards.is_empty() && self.own.is_empty() {
            return found;
        }
        // A mark of a hidden secret isn't a secret, or part of one.
        let hidden = hidden.unwrap_or_else(|| marks(text));
        let is_new = |range: &Range<usize>| is_apart(range, &hidden);
        let rules = || {
            let tried = known.rules.iter().enumerate().filter(|(n, _)| tried[n / 64] & 1 << (n % 64) != 0);
            tried.map(|(_, rule)| rule).chain(&self.own)
        };
        for rule in rules().filter(|rule| rule.shape) {
            by_pattern(rule, text, &is_new, &mut found);
        }
        for range in cards.into_iter().filter(is_new) {
            found.push(Secret { range, kind: "card", rule: "card" });
        }
        for (range, named) in names.into_iter().filter(|(range, _)| is_new(range)) {
            found.push(Secret { range, kind: named.kind, rule: named.rule });
        }
        for rule in rules().filter(|rule| !rule.shape) {
            by_pattern(rule, text, &is_new, &mut found);
        }
        repeated(text, &is_new, merged(found))
    }
}

/// A text with more secrets is not looked through for each of them again.
const MAX_REPEATED: usize = 16;

/// Adds further occurrences of a secret without a name: `echo hunter2; echo hunter2`.
fn repeated<'r>(
    text: &str,
    is_new: &impl Fn(&Range<usize>) -> bool,
    mut found: Vec<Secret<'r>>,
) -> Vec<Secret<'r>> {
    let telling = |secret: &&Secret<'_>| is_secret(&text[secret.range.clone()], Ask::Mixed);
    let known: Vec<Secret<'_>> = found.iter().filter(telling).cloned().collect();
    if known.len() > MAX_REPEATED {
        return found;
    }
    for secret in known {
        for (at, again) in text.match_indices(&text[secret.range.clone()]) {
            let range = at..at + again.len();
            if is_new(&range) {
                found.push(Secret { range, ..secret.clone() });
            }
        }
    }
    merged(found)
}

/// Whether the text can't contain a secret, as most paths and machine addresses: a name needs a separator before its
/// value, and a secret with a shape of its own has capitals or digits.
fn is_plain(text: &str) -> bool {
    let (mut letters, mut telling, mut others) = (0_u32, 0_u32, 0_u32);
    // Without branches and in counters of a byte, compilers make this one step for many bytes.
    for some in text.as_bytes().chunks(usize::from(u8::MAX)) {
        let (mut some_letters, mut some_telling, mut some_others) = (0_u8, 0_u8, 0_u8);
        for b in some {
            let (lower, upper) = (b.is_ascii_lowercase(), b.is_ascii_uppercase());
            let strong = upper | b.is_ascii_digit();
            some_letters += u8::from(lower | upper);
            some_telling += u8::from(strong);
            some_others += u8::from(!(lower | strong | (b'-'..=b'/').contains(b) | (*b == b'_')));
        }
        letters += u32::from(some_letters);
        telling += u32::from(some_telling);
        others += u32::from(some_others);
    }
    others == 0 && (telling < TELLING || letters == 0 && telling < CARD)
}

/// Positions of marks of hidden secrets.
fn marks(text: &str) -> Vec<Range<usize>> {
    text.match_indices(OPENING)
        .filter_map(|(at, _)| Some(at..at + text[at..].find('›')? + '›'.len_utf8()))
        .collect()
}

/// Whether a range meets none of these, which are in order.
fn is_apart(range: &Range<usize>, others: &[Range<usize>]) -> bool {
    others[others.partition_point(|other| other.end <= range.start)..]
        .first()
        .is_none_or(|o| o.start >= range.end)
}

/// Options of one kind that are looked for in a command.
const MAX_OPTIONS: usize = 4;

/// The finds of one rule.
fn by_pattern<'r>(
    rule: &'r Rule,
    text: &str,
    is_new: &impl Fn(&Range<usize>) -> bool,
    found: &mut Vec<Secret<'r>>,
) {
    let Some(pattern) = rule.pattern() else { return };
    let mut rest: Option<String> = None;
    for _ in 0..if rule.shape { 1 } else { MAX_OPTIONS } {
        let ranges = matches(rule, pattern, rest.as_deref().unwrap_or(text), is_new);
        if ranges.is_empty() {
            return;
        }
        // A command may have a second such option, which a pattern finds only when the first is absent.
        if !rule.shape {
            rest = Some(without_options(rest.as_deref().unwrap_or(text), &ranges));
        }
        found.extend(ranges.into_iter().map(|range| Secret { range, kind: &rule.kind, rule: &rule.name }));
    }
}

/// A pattern's match that its rule accepts as a secret.
fn matches(
    rule: &Rule,
    pattern: &Regex,
    text: &str,
    is_new: &impl Fn(&Range<usize>) -> bool,
) -> Vec<Range<usize>> {
    let range_of = |captures: regex::Captures<'_>| {
        let range = without_quotes(text, captures.name("secret").or(captures.get(0))?.range());
        // No variable is looked up in a shell's single quotes.
        let literal = text[..range.start].ends_with('\'');
        let value = if literal { text[range.clone()].trim_start_matches('$') } else { &text[range.clone()] };
        let is_one = rule.asks.is_none_or(|asks| is_secret(value, asks));
        (is_one && !range.is_empty() && is_new(&range)).then_some(range)
    };
    pattern.captures_iter(text).filter_map(range_of).collect()
}

/// The text with spaces in place of secrets, and the options before them.
fn without_options(text: &str, secrets: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in secrets {
        let before = text[..range.start].trim_end_matches([' ', '\t', '"', '\'']);
        let from = before.rfind([' ', '\t']).map_or(0, |at| at + 1);
        bytes[from..range.end].fill(b' ');
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The range without the quotes at both its ends.
fn without_quotes(text: &str, range: Range<usize>) -> Range<usize> {
    for quote in ["\"", "'", "\\\"", "\\'"] {
        let inner = text[range.clone()].strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if inner.is_some() {
            return range.start + quote.len()..range.end - quote.len();
        }
    }
    range
}

/// The text with marks in the place of secrets.
fn hide<'t>(text: &'t str, secrets: &[Secret<'_>], scratch: &'t mut String) -> &'t str {
    if secrets.is_empty() {
        return text;
    }
    scratch.clear();
    let mut at = 0;
    for Secret { range, kind, .. } in secrets {
        scratch.push_str(&text[at..range.start]);
        scratch.push_str(OPENING);
        scratch.push_str(kind);
        scratch.push('›');
        at = range.end;
    }
    scratch.push_str(&text[at..]);
    scratch
}

/// In order, those that meet made one; the first to have been found names it.
fn merged(found: Vec<Secret<'_>>) -> Vec<Secret<'_>> {
    let mut all: Vec<(usize, Secret<'_>)> = found.into_iter().enumerate().collect();
    all.sort_by_key(|(turn, secret)| (secret.range.start, *turn));
    let mut apart: Vec<(usize, Secret<'_>)> = Vec::with_capacity(all.len());
    for (turn, secret) in all {
        match apart.last_mut().filter(|(_, before)| secret.range.start < before.range.end) {
            Some((first, before)) => {
                let range = before.range.start..before.range.end.max(secret.range.end);
                if turn < *first {
                    (*first, *before) = (turn, secret);
                }
                before.range = range;
            }
            None => apart.push((turn, secret)),
        }
    }
    apart.into_iter().map(|(_, secret)| secret).collect()
}
