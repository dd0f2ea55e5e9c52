//! Which values of a JSON object are which fields of an event, by paths such as `user.names[0].first`; all others are
//! its attributes.
//!
//! Not for tables: there names are looked up once, here in every record.

use crate::toolkit::attr_names::{Keys, snake_case};
use crate::toolkit::found::{Extra, Found, Held};
use crate::toolkit::json::nodes::{Kind, Node, Object};
use crate::toolkit::labels;
use crate::toolkit::mapping::{Mapping, Wanted};
use crate::toolkit::roles::{ROLES, Role};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use workhours_plugin_api::SourceError;

/// A step into an object or array.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Item(usize),
}

/// The paths that options name.
#[derive(Debug)]
pub(crate) struct Paths {
    paths: Vec<(Role, String, Vec<Step>)>,
    /// The fields suggested by names: records usually have the same names.
    guessed: RefCell<HashMap<Vec<u8>, Guess>>,
}

/// A role with its rank, and whether it counts only if its value is a date.
type Guess = Option<(Role, usize, bool)>;

impl Paths {
    /// Reads the paths.
    pub(crate) fn new(mapping: &Mapping) -> Result<Self, SourceError> {
        let mut paths = Vec::new();
        for (role, wanted) in mapping.wanted() {
            let Wanted::Named(parts) = wanted else { continue };
            for text in parts {
                let steps = steps(text).ok_or_else(|| {
                    SourceError::Config(format!(
                        "{} cannot be {text:?}: write a path as a.b[0].c",
                        role.name()
                    ))
                })?;
                paths.push((role, text.clone(), steps));
            }
        }
        Ok(Self { paths, guessed: RefCell::default() })
    }

    /// Sorts the values of an object.
    pub(crate) fn found<'a>(&self, mapping: &Mapping, object: &Object<'a>) -> Found<'a> {
        let mut found = Found::default();
        let mut used = Vec::new();
        for (role, name, steps) in &self.paths {
            if let Some((at, node)) = follow(object, name, steps) {
                put(*role, at, node, object, &mut found);
                used.push(at);
            }
        }
        let mut best: [Option<(usize, usize)>; ROLES] = [None; ROLES];
        for (at, node) in object.children(0) {
            let key = object.key(node);
            let Some((role, rank, if_date)) = self.guess(mapping, &key) else { continue };
            if if_date && !mapping.is_date(&object.text(node)) {
                continue;
            }
            let says = match node.kind {
                Kind::Null | Kind::Object => false,
                Kind::Array => role == Role::Tags,
                _ => true,
            };
            let slot = &mut best[role as usize];
            if says && slot.is_none_or(|(_, known)| rank <= known) {
                *slot = Some((at, rank));
            }
        }
        for (role, slot) in Role::ALL.into_iter().zip(best) {
            if let Some((at, node)) = slot.and_then(|(at, _)| Some((at, object.nodes.get(at)?))) {
                put(role, at, node, object, &mut found);
                used.push(at);
            }
        }
        found.attrs = rest(object, &used);
        found
    }

    fn guess(&self, mapping: &Mapping, name: &[u8]) -> Guess {
        const MAX_GUESSES: usize = 4096;
        if let Some(known) = self.guessed.borrow().get(name) {
            return *known;
        }
        let guess = std::str::from_utf8(name).ok().and_then(|name| match mapping.guess(name) {
            Some((role, rank)) => Some((role, rank, false)),
            None => mapping.guess_weakly(name).map(|(role, rank)| (role, rank, true)),
        });
        let mut guessed = self.guessed.borrow_mut();
        if guessed.len() < MAX_GUESSES {
            guessed.insert(name.to_vec(), guess);
        }
        guess
    }
}

/// `a.b[0].c`; a dot that belongs to a name is written `\.`.
fn steps(text: &str) -> Option<Vec<Step>> {
    let (mut steps, mut name) = (Vec::new(), String::new());
    let mut chars = text.chars();
    // After an item, no name is needed.
    let mut named = true;
    while let Some(c) = chars.next() {
        match c {
            '\\' => name.push(chars.next()?),
            '.' if named && name.is_empty() => return None,
            '.' => {
                if named {
                    steps.push(Step::Name(std::mem::take(&mut name)));
                }
                named = true;
            }
            '[' => {
                let mut number = String::new();
                loop {
                    match chars.next()? {
                        ']' => break,
                        digit => number.push(digit),
                    }
                }
                if named && !name.is_empty() {
                    steps.push(Step::Name(std::mem::take(&mut name)));
                }
                steps.push(Step::Item(number.parse().ok()?));
                named = false;
            }
            _ if named => name.push(c),
            _ => return None,
        }
    }
    if named {
        if name.is_empty() {
            return None;
        }
        steps.push(Step::Name(name));
    }
    Some(steps)
}

/// The value at a path. A member with exactly that name comes before the path; of equal names, the last counts.
fn follow<'o>(object: &'o Object<'_>, name: &str, steps: &[Step]) -> Option<(usize, &'o Node)> {
    let member = |parent: usize, name: &str| {
        object.children(parent).filter(|(_, node)| object.key(node).as_ref() == name.as_bytes()).last()
    };
    if let Some(found) = member(0, name) {
        return Some(found);
    }
    let mut at = 0;
    for step in steps {
        let kind = object.nodes.get(at)?.kind;
        at = match step {
            Step::Name(name) if kind == Kind::Object => member(at, name)?.0,
            Step::Item(n) if kind == Kind::Array => object.children(at).nth(*n)?.0,
            _ => return None,
        };
    }
    Some((at, object.nodes.get(at)?))
}

fn put<'a>(role: Role, at: usize, node: &Node, object: &Object<'a>, found: &mut Found<'a>) {
    if role == Role::Tags && node.kind == Kind::Array {
        found.tags.extend(object.children(at).map(|(_, tag)| match tag.kind {
            // Labels that are objects have a name.
            Kind::Object => {
                let text = object.text(tag);
                let named = serde_json::from_slice(&text).ok().and_then(|value| labels::label(&value));
                named.map_or(text, |name| Cow::Owned(name.into_bytes()))
            }
            _ => object.text(tag),
        }));
    } else {
        found.add(role, object.text(node));
    }
}

/// All values that aren't fields, with the names of the objects around them: `a.b` becomes `a_b`. Arrays stay as they
/// are written; empty values are left out.
fn rest<'a>(object: &Object<'a>, used: &[usize]) -> Vec<Extra<'a>> {
    let (mut extras, mut keys) = (Vec::new(), Keys::default());
    // The objects around the place: where each ends, and its name.
    let mut around: Vec<(usize, String)> = Vec::new();
    let mut at = 1;
    while let Some(node) = object.nodes.get(at) {
        while around.last().is_some_and(|(end, _)| *end <= at) {
            around.pop();
        }
        let next = node.next as usize;
        if used.contains(&at) {
            at = next;
            continue;
        }
        let name = snake_case(&String::from_utf8_lossy(&object.key(node)));
        let name = match around.last() {
            Some((_, outer)) if name.is_empty() => outer.clone(),
            Some((_, outer)) => snake_case(&format!("{outer}_{name}")),
            None => name,
        };
        if node.kind == Kind::Object {
            around.push((next, name));
            at += 1;
            continue;
        }
        if let Some(value) = held(object, node) {
            let name = if name.is_empty() { "value".to_owned() } else { name };
            extras.push(Extra { key: Cow::Owned(keys.unique(name)), value });
        }
        at = next;
    }
    extras
}

fn held<'a>(object: &Object<'a>, node: &Node) -> Option<Held<'a>> {
    let text = object.text(node);
    Some(match node.kind {
        Kind::True => Held::Bool(true),
        Kind::False => Held::Bool(false),
        Kind::Number => number(text),
        Kind::Array if text.iter().all(|b| b"[] \t\r\n".contains(b)) => return None,
        _ if text.is_empty() => return None,
        _ => Held::Str(text),
    })
}

/// Whole numbers and decimals as numbers; others as they are written.
fn number(text: Cow<'_, [u8]>) -> Held<'_> {
    let parsed = std::str::from_utf8(&text).ok().and_then(|digits| {
        let whole = digits.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        match digits.parse() {
            Ok(n) => Some(Held::Int(n)),
            Err(_) if whole => None,
            Err(_) => digits.parse().ok().filter(|n: &f64| n.is_finite()).map(Held::Float),
        }
    });
    parsed.unwrap_or(Held::Str(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let name = |text: &str| Step::Name(text.to_owned());
        assert_eq!(steps("a.b[0].c"), Some(vec![name("a"), name("b"), Step::Item(0), name("c")]));
        assert_eq!(steps("a[1][2]"), Some(vec![name("a"), Step::Item(1), Step::Item(2)]));
        assert_eq!(steps(r"a\.b.c"), Some(vec![name("a.b"), name("c")]));
        for wrong in ["", ".", "a.", ".a", "a..b", "a[x]", "a[1", "a[1]b", "a\\"] {
            assert_eq!(steps(wrong), None, "{wrong}");
        }
    }
}
