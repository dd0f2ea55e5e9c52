//! Whether a single value is as a condition wants it: a text, a name or a number. Not here: which values an event has.

use super::words::{has, words};
use super::{Op, Want};
use std::cmp::Ordering;

/// Whether the value of a condition is a number.
pub fn wants_number(want: &Want) -> bool {
    match want {
        Want::Word(text) | Want::Compare(_, text) => text.parse::<f64>().is_ok(),
        Want::Range(a, b) => [a, b].iter().all(|text| *text == "*" || text.parse::<f64>().is_ok()),
        Want::Prefix(_) | Want::Phrase(_) => false,
    }
}

/// Whether a text is as wanted. It has no order; the parser asks for none.
pub fn text_is(text: &str, want: &Want) -> bool {
    match want {
        Want::Word(wanted) | Want::Phrase(wanted) => has(text, &words(wanted).collect::<Vec<_>>(), false),
        Want::Prefix(wanted) => has(text, &words(wanted).collect::<Vec<_>>(), true),
        Want::Compare(..) | Want::Range(..) => false,
    }
}

/// Whether a name is as wanted.
pub fn name_is(name: &str, want: &Want) -> bool {
    match want {
        Want::Word(wanted) | Want::Phrase(wanted) => name == wanted,
        Want::Prefix(start) => name.starts_with(start.as_str()),
        Want::Compare(op, value) => holds(*op, name.cmp(value)),
        Want::Range(a, b) => (a == "*" || name >= a.as_str()) && (b == "*" || name <= b.as_str()),
    }
}

/// Whether a number is as wanted.
pub fn number_is(n: f64, want: &Want) -> bool {
    let value = |text: &str| text.parse::<f64>().ok();
    match want {
        Want::Word(text) | Want::Phrase(text) | Want::Prefix(text) => value(text) == Some(n),
        Want::Compare(op, text) => {
            value(text).and_then(|v| n.partial_cmp(&v)).is_some_and(|order| holds(*op, order))
        }
        Want::Range(a, b) => {
            let from = a == "*" || value(a).is_some_and(|a| n >= a);
            from && (b == "*" || value(b).is_some_and(|b| n <= b))
        }
    }
}

fn holds(op: Op, order: Ordering) -> bool {
    match op {
        Op::Less => order.is_lt(),
        Op::AtMost => order.is_le(),
        Op::More => order.is_gt(),
        Op::AtLeast => order.is_ge(),
    }
}
