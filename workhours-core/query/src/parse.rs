//! From pieces to the tree, with caps: no question can make us recurse or build more than is sensible.

use super::lex::{Mistake, Placed, Token, lex};
use super::{Expr, Field, FieldKind, Want};
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_base::when::{parse_until, parse_when};
use workhours_base::zones::Zones;

/// The longest question, in bytes.
pub const MAX_BYTES: usize = 1024;
/// The deepest nesting.
pub const MAX_DEPTH: usize = 16;
/// The most terms.
pub const MAX_CLAUSES: usize = 64;

/// Reads a question. `now_us` and `zones` are for times such as `yesterday`.
///
/// # Errors
/// A usage error that shows the question with a mark where the mistake is.
pub fn parse(text: &str, now_us: i64, zones: &Zones) -> Result<Expr> {
    read(text, now_us, zones).map_err(|Mistake { what, at, excess }| {
        let before = text.get(..at).map_or(0, |before| before.chars().count());
        let message = format!("cannot read the query, at character {}: {what}", before + 1);
        let error = if excess { Error::limit_exceeded(message) } else { Error::usage(message) };
        error.at(before + 1).hint(match text.len() > MAX_BYTES {
            true => "ask in fewer words, or in several queries".to_owned(),
            false => format!("{text}\n      {}^", " ".repeat(before)),
        })
    })
}

fn read(text: &str, now_us: i64, zones: &Zones) -> std::result::Result<Expr, Mistake> {
    if text.len() > MAX_BYTES {
        return Err(Mistake::excess(format!("it is longer than {MAX_BYTES} bytes"), 0));
    }
    let tokens = lex(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, end: text.len(), clauses: 0, now_us, zones };
    if tokens.is_empty() {
        return Ok(Expr::And(Vec::new()));
    }
    let expr = parser.or(0)?;
    match parser.tokens.get(parser.next) {
        None => Ok(expr),
        Some((_, at)) => Err(Mistake::new("this parenthesis was never opened", *at)),
    }
}

/// A text as a phrase of the query language.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A value as it is written after a field: plain if that can be read, else as a phrase.
pub fn written(value: &str) -> String {
    let plain = value.chars().all(|c| c.is_alphanumeric() || "._-/@".contains(c)) && !value.is_empty();
    if plain { value.to_owned() } else { quoted(value) }
}

struct Parser<'t> {
    tokens: &'t [Placed],
    next: usize,
    end: usize,
    clauses: usize,
    now_us: i64,
    zones: &'t Zones,
}

type Parsed = std::result::Result<Expr, Mistake>;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(_, at)| *at)
    }

    fn or(&mut self, depth: usize) -> Parsed {
        let mut parts = vec![self.and(depth)?];
        while self.peek() == Some(&Token::Or) {
            self.next += 1;
            parts.push(self.and(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) })
    }

    fn and(&mut self, depth: usize) -> Parsed {
        let mut parts = vec![self.not(depth)?];
        loop {
            match self.peek() {
                None | Some(Token::Close | Token::Or) => break,
                Some(Token::And) => self.next += 1,
                Some(_) => {}
            }
            parts.push(self.not(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::And(parts) })
    }

    fn not(&mut self, depth: usize) -> Parsed {
        if matches!(self.peek(), Some(Token::Minus | Token::Not)) {
            self.next += 1;
            return Ok(Expr::Not(Box::new(self.atom(depth)?)));
        }
        self.atom(depth)
    }

    fn atom(&mut self, depth: usize) -> Parsed {
        let at = self.at();
        let Some((token, _)) = self.tokens.get(self.next) else {
            return Err(Mistake::new("something is missing here", at));
        };
        self.next += 1;
        match token {
            Token::Open => {
                if depth == MAX_DEPTH {
                    return Err(Mistake::excess(
                        format!("parentheses are nested more than {MAX_DEPTH} deep"),
                        at,
                    ));
                }
                let expr = self.or(depth + 1)?;
                if self.peek() != Some(&Token::Close) {
                    return Err(Mistake::new("this parenthesis is never closed", at));
                }
                self.next += 1;
                Ok(expr)
            }
            Token::Field(name) => {
                let Some(field) = Field::named(name) else {
                    let near = names::nearest(name, Field::names());
                    let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
                    return Err(Mistake::new(format!("there is no field {name:?}{near}"), at));
                };
                self.value(Some(field))
            }
            _ => {
                self.next -= 1;
                self.value(None)
            }
        }
    }

    fn value(&mut self, field: Option<Field>) -> Parsed {
        let at = self.at();
        self.clauses += 1;
        if self.clauses > MAX_CLAUSES {
            return Err(Mistake::excess(format!("there are more than {MAX_CLAUSES} terms"), at));
        }
        let token = self.tokens.get(self.next).map(|(token, _)| token.clone());
        self.next += 1;
        let want = match token {
            Some(Token::Word(word)) => match word.strip_suffix('*') {
                Some(start) if !start.is_empty() => Want::Prefix(start.to_owned()),
                _ => Want::Word(word),
            },
            Some(Token::Phrase(phrase)) => Want::Phrase(phrase),
            Some(Token::Range(from, to)) => Want::Range(from, to),
            Some(Token::Compare(op)) => {
                let value = self.tokens.get(self.next).map(|(token, _)| token.clone());
                self.next += 1;
                match value {
                    Some(Token::Word(word) | Token::Phrase(word)) => Want::Compare(op, word),
                    _ => return Err(Mistake::new("a value is missing behind the comparison", at)),
                }
            }
            _ => return Err(Mistake::new("something is missing here", at)),
        };
        if field.is_none() && matches!(want, Want::Compare(..) | Want::Range(..)) {
            return Err(Mistake::new("a comparison needs a field before it, such as date>=2026-03", at));
        }
        if let Some(field) = field.as_ref().filter(|field| field.kind() == FieldKind::Words)
            && matches!(want, Want::Compare(..) | Want::Range(..))
        {
            let name = field.name();
            return Err(Mistake::new(
                format!("{name} is a text, which has no order; ask for words of it: {name}:word"),
                at,
            ));
        }
        let span = match field.as_ref().map(Field::kind) {
            Some(FieldKind::Time) => Some(self.span(&want, at)?),
            Some(FieldKind::Number) => {
                number(&want, at)?;
                None
            }
            _ => None,
        };
        Ok(Expr::Term { field, want, span })
    }

    /// The instants a time's text means.
    fn span(&self, want: &Want, at: usize) -> std::result::Result<(i64, i64), Mistake> {
        let mistake = |e: Error| Mistake::new(e.full_message(), at);
        let from = |text: &str| parse_when(text, self.now_us, self.zones).map_err(mistake);
        let until = |text: &str| parse_until(text, self.now_us, self.zones).map_err(mistake);
        match want {
            Want::Word(text) | Want::Phrase(text) | Want::Compare(_, text) => {
                let (start, end) = (from(text)?, until(text)?);
                // A moment is as long as the finest unit there is.
                Ok((start, end.max(start + 1)))
            }
            Want::Range(a, b) => {
                let start = if a == "*" { i64::MIN } else { from(a)? };
                Ok((start, if b == "*" { i64::MAX } else { until(b)?.max(start.saturating_add(1)) }))
            }
            Want::Prefix(_) => Err(Mistake::new("a time has no beginning to match; write date:2026-03", at)),
        }
    }
}

fn number(want: &Want, at: usize) -> std::result::Result<(), Mistake> {
    let texts: Vec<&str> = match want {
        Want::Word(text) | Want::Phrase(text) | Want::Prefix(text) | Want::Compare(_, text) => vec![text],
        Want::Range(a, b) => [a, b].into_iter().map(String::as_str).filter(|text| *text != "*").collect(),
    };
    match texts.into_iter().find(|text| text.parse::<f64>().is_err()) {
        Some(text) => Err(Mistake::new(format!("{text:?} is not a number"), at)),
        None => Ok(()),
    }
}
