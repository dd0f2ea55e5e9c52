//! Cutting a question into words, signs and phrases, each with the place where it begins.

/// One piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    Minus,
    And,
    Or,
    Not,
    /// A word with the text before a colon or a comparison, if any.
    Word(String),
    /// `field:`, and what follows belongs to it.
    Field(String),
    /// `<`, `<=`, `>`, `>=`, and whether a field precedes it.
    Compare(super::Op),
    Phrase(String),
    Range(String, String),
}

/// A piece and the byte where it begins.
pub(super) type Placed = (Token, usize);

/// A mistake and the byte where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) what: String,
    pub(super) at: usize,
    /// Whether it is one of measure only.
    pub(super) excess: bool,
}

impl Mistake {
    pub(super) fn new(what: impl Into<String>, at: usize) -> Self {
        Self { what: what.into(), at, excess: false }
    }

    /// More than there may be.
    pub(super) fn excess(what: impl Into<String>, at: usize) -> Self {
        Self { excess: true, ..Self::new(what, at) }
    }
}

pub(super) fn lex(text: &str) -> Result<Vec<Placed>, Mistake> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let begin = at;
        match c {
            c if c.is_whitespace() => at += c.len_utf8(),
            '(' => {
                tokens.push((Token::Open, at));
                at += 1;
            }
            ')' => {
                tokens.push((Token::Close, at));
                at += 1;
            }
            '"' => {
                let (phrase, end) = quoted(text, at)?;
                tokens.push((Token::Phrase(phrase), begin));
                at = end;
            }
            '[' => {
                let (range, end) = range(text, at)?;
                tokens.push((range, begin));
                at = end;
            }
            '<' | '>' => {
                let (op, end) = compare(text, at);
                tokens.push((Token::Compare(op), begin));
                at = end;
            }
            '-' if !after_field(&tokens) && starts_atom(&text[at + 1..]) => {
                tokens.push((Token::Minus, at));
                at += 1;
            }
            _ => at = word(text, at, &mut tokens)?,
        }
    }
    Ok(tokens)
}

/// Whether the next piece is the value of a field: `date:-7d` has no minus of ours.
fn after_field(tokens: &[Placed]) -> bool {
    matches!(tokens.last(), Some((Token::Field(_) | Token::Compare(_), _)))
}

fn starts_atom(rest: &str) -> bool {
    rest.chars().next().is_some_and(|c| !c.is_whitespace() && c != ')')
}

fn compare(text: &str, at: usize) -> (super::Op, usize) {
    use super::Op::{AtLeast, AtMost, Less, More};
    let equal = text[at + 1..].starts_with('=');
    let op = match (text.as_bytes()[at], equal) {
        (b'<', false) => Less,
        (b'<', true) => AtMost,
        (_, false) => More,
        (_, true) => AtLeast,
    };
    (op, at + 1 + usize::from(equal))
}

/// A word up to a space or parenthesis; a colon or comparison after a name makes it a field. In a value they are
/// ordinary characters: `url:https://a.example/?q=(x)`.
fn word(text: &str, at: usize, tokens: &mut Vec<Placed>) -> Result<usize, Mistake> {
    let value = after_field(tokens);
    let mut open = 0_i32;
    let mut end = at;
    for (i, c) in text[at..].char_indices() {
        end = at + i;
        match c {
            c if c.is_whitespace() => break,
            '(' if value => open += 1,
            ')' if value && open > 0 => open -= 1,
            '(' | ')' => break,
            ':' | '<' | '>' if !value && i > 0 && is_name(&text[at..end]) => {
                tokens.push((Token::Field(text[at..end].to_owned()), at));
                return Ok(if c == ':' { end + 1 } else { end });
            }
            _ => {}
        }
        end += c.len_utf8();
    }
    let word = &text[at..end];
    tokens.push((
        match word {
            "AND" if !value => Token::And,
            "OR" if !value => Token::Or,
            "NOT" if !value => Token::Not,
            _ => Token::Word(word.to_owned()),
        },
        at,
    ));
    Ok(end)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// The text between quotation marks; `\"` and `\\` are those characters themselves.
fn quoted(text: &str, at: usize) -> Result<(String, usize), Mistake> {
    let mut out = String::new();
    let mut chars = text[at + 1..].char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((out, at + i + 2)),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => out.push(c),
                Some((_, c)) => out.extend(['\\', c]),
                None => break,
            },
            c => out.push(c),
        }
    }
    Err(Mistake::new("this quotation mark is never closed", at))
}

fn range(text: &str, at: usize) -> Result<(Token, usize), Mistake> {
    let Some(length) = text[at..].find(']') else {
        return Err(Mistake::new("this bracket is never closed", at));
    };
    let inside = &text[at + 1..at + length];
    let Some((from, to)) = inside.split_once(" TO ") else {
        return Err(Mistake::new("a range is written [FROM TO END], with TO in capitals", at));
    };
    let (from, to) = (from.trim().trim_matches('"'), to.trim().trim_matches('"'));
    if from.is_empty() || to.is_empty() {
        return Err(Mistake::new("a range has two ends; * is without end", at));
    }
    Ok((Token::Range(from.to_owned(), to.to_owned()), at + length + 1))
}
