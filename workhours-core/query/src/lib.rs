//! The query language for events: `user:ada -source:log.http date>=2026-03 "release notes"`. The parser has limits and
//! reports the position of an error; it returns a tree that knows no engine.
//!
//! ```text
//! or    = and {"OR" and}
//! and   = not {["AND"] not}
//! not   = ["-" | "NOT"] atom
//! atom  = "(" or ")" | [field ":"] value | field compare value
//! value = word | word"*" | "quoted phrase" | "[" from " TO " to "]" | compare word
//! ```
//!
//! Without a field, a word is looked for in the title, the text, the URL, host, peer and user of an event, and in the
//! values of its `meta`. Words are runs of letters and digits; the signs between them do not count. Here is the filter
//! over events read from the database (`eval`); an index answers the same trees faster.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod context;
mod ends;
mod eval;
mod fields;
mod lex;
mod meta;
mod parse;
pub mod people;
#[cfg(test)]
mod tests;
mod wants;
pub mod words;

pub use context::{Context, Lookup, Projects};
pub use ends::either_end;
pub use eval::{NO_VALUE, domain_of};
pub use fields::{FIELDS, Field, FieldInfo, FieldKind};
pub use meta::{any_value, meta_text};
pub use parse::{MAX_BYTES, MAX_CLAUSES, MAX_DEPTH, parse, quoted, written};
pub use wants::{name_is, number_is, text_is, wants_number};

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// A condition on a field, or on all texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// The whole value of a name; in a text these words one after the other, in any case.
    Word(String),
    /// A prefix: of the whole value of a name, or of the last of the words in a text.
    Prefix(String),
    /// As a word; it may hold blanks and signs.
    Phrase(String),
    /// On this side of the value.
    Compare(Op, String),
    /// Between the two, both included; `*` is without end.
    Range(String, String),
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// All of them hold. Of none: always.
    And(Vec<Expr>),
    /// One of them holds.
    Or(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// A field, or all texts, is as wanted.
    Term {
        /// `None` for all texts.
        field: Option<Field>,
        /// The condition.
        want: Want,
        /// For values that are times: the first instant the text means, and the first that it does not any more.
        span: Option<(i64, i64)>,
    },
}

impl Expr {
    /// The smallest range of time outside which nothing can match: from, and before. Only from conditions at the top of
    /// the tree.
    pub fn time_bounds(&self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::And(parts) => {
                parts.iter().map(Self::time_bounds).fold((None, None), |(from, until), (f, u)| {
                    (from.max(f), [until, u].into_iter().flatten().min())
                })
            }
            Self::Term { field: Some(Field::Date), want, span: Some((start, end)) } => match want {
                Want::Compare(Op::AtLeast, _) => (Some(*start), None),
                Want::Compare(Op::More, _) => (Some(*end), None),
                Want::Compare(Op::Less, _) => (None, Some(*start)),
                Want::Compare(Op::AtMost, _) => (None, Some(*end)),
                Want::Range(from, to) => ((from != "*").then_some(*start), (to != "*").then_some(*end)),
                _ => (Some(*start), Some(*end)),
            },
            _ => (None, None),
        }
    }

    /// Whether it only restricts the time: then the events are adjacent in the database.
    pub fn is_of_time_only(&self) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(Self::is_of_time_only),
            Self::Term { field: Some(Field::Date), want: Want::Compare(..) | Want::Range(..), .. } => true,
            _ => false,
        }
    }

    /// The values one of which this field must have: `source:a`, or `(source:a OR source:b)`, at the top of the tree.
    /// `None` when it may have any.
    pub fn exactly(&self, wanted: &Field) -> Option<Vec<&str>> {
        match self {
            Self::And(parts) => parts.iter().find_map(|part| part.exactly(wanted)),
            Self::Or(parts) => {
                let all: Option<Vec<Vec<&str>>> = parts.iter().map(|part| part.exactly(wanted)).collect();
                all.filter(|all| !all.is_empty()).map(|all| all.concat())
            }
            Self::Term { field: Some(field), want: Want::Word(word), .. } if field == wanted => {
                Some(vec![word.as_str()])
            }
            _ => None,
        }
    }
}
