//! A filter as a test of rows: each condition is decided once for each different text, and then by its number.

use super::project::ProjectOf;
use rustc_hash::FxHashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_columns::{ABSENT, Block, Column, Columns, IdSet, UNDATED, Value};
use workhours_event::StoredEvent;
use workhours_query::{
    Expr, Field, Lookup, NO_VALUE, Op, Want, domain_of, name_is, number_is, text_is, wants_number,
};
use workhours_store::{EventFilter, Store};

/// The texts that a word without a field is looked for in, other than the values of `meta`.
const TEXTS: [Column; 6] =
    [Column::Title, Column::Text, Column::Url, Column::Host, Column::Peer, Column::User];

/// A test of rows.
#[derive(Debug)]
pub(super) struct Mask {
    test: Test,
    /// Whether undated events are left out.
    dated: bool,
    /// The time outside of which nothing can match.
    pub(super) window: Option<(i64, i64)>,
}

/// A condition. Columns are named by their place among those that are read.
#[derive(Debug)]
pub(super) enum Test {
    Always,
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    /// One of the row's texts is among these.
    Text(usize, IdSet),
    /// The row's number is among these.
    Number(usize, FxHashSet<i64>),
    /// The duration is as wanted, in milliseconds.
    Duration(usize, Want),
    /// The date is from one instant on and before another.
    Date(i64, i64),
    /// The identity is as wanted.
    Id(usize, Want),
    /// The project is among these; the last says whether rows without one match.
    Project(Box<ProjectOf>, Vec<bool>, bool),
    /// The user and the host are those of a wanted person: for each user, and then for none, all hosts and then none.
    Person {
        user: usize,
        host: usize,
        hosts: usize,
        wanted: Vec<bool>,
    },
}

/// Users times hosts, at most, of which it is found out beforehand who they are.
const MAX_PAIRS: usize = 1 << 20;

/// Makes tests of conditions.
pub(super) struct Compiler<'a> {
    pub(super) columns: &'a Columns,
    pub(super) store: &'a mut Store,
    pub(super) wanted: &'a mut Vec<Column>,
    pub(super) lookup: &'a Lookup,
}

impl Mask {
    /// The test of a filter. `None` if columns can't decide it.
    ///
    /// # Errors
    /// Errors of the columns or the database.
    pub(super) fn new(compiler: &mut Compiler<'_>, filter: &EventFilter) -> Result<Option<Self>> {
        let mut all = Vec::new();
        if !filter.users.is_empty() {
            all.push(compiler.texts(&Column::User, |user| filter.users.iter().any(|name| name == user))?);
        }
        if !filter.source_types.is_empty() {
            let is_one = |source: &str| filter.source_types.iter().any(|name| name == source);
            all.push(compiler.texts(&Column::Source, is_one)?);
        }
        if let Some(kind) = filter.kind {
            let is = |text: &str| if kind.ends_with('.') { text.starts_with(kind) } else { text == kind };
            all.push(compiler.texts(&Column::Kind, is)?);
        }
        if filter.with_place {
            all.push(compiler.texts(&Column::Url, |url| !url.starts_with('/'))?);
        }
        if let Some(inputs) = &filter.input_ids {
            let numbers = inputs.iter().map(|input| input.get()).collect();
            all.push(Test::Number(compiler.place(&Column::Input), numbers));
        }
        if let Some(text) = &filter.text {
            let text = text.to_lowercase();
            let mut any = Vec::new();
            for column in &TEXTS {
                any.push(compiler.texts(column, |value| value.to_lowercase().contains(&text))?);
            }
            all.push(Test::Any(any));
        }
        if let Some(query) = &filter.query {
            let Some(test) = compiler.expr(query)? else { return Ok(None) };
            all.push(test);
        }
        let bounded = filter.from_us.is_some() || filter.until_us.is_some();
        let window = (filter.from_us.unwrap_or(i64::MIN), filter.until_us.unwrap_or(UNDATED));
        Ok(Some(Self {
            test: if all.is_empty() { Test::Always } else { Test::All(all) },
            dated: bounded || filter.dated_only,
            window: bounded.then_some(window),
        }))
    }

    /// Whether a row matches.
    pub(super) fn matches(&self, block: &Block, row: usize) -> bool {
        !(self.dated && block.dates()[row] == UNDATED) && self.test.holds(block, row)
    }
}

impl Test {
    pub(super) fn holds(&self, block: &Block, row: usize) -> bool {
        match self {
            Self::Always => true,
            Self::All(tests) => tests.iter().all(|test| test.holds(block, row)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(block, row)),
            Self::Not(test) => !test.holds(block, row),
            Self::Text(at, ids) => block.values(*at, row).iter().any(|id| ids.contains(*id)),
            Self::Number(at, numbers) => numbers.contains(&block.numbers(*at)[row]),
            Self::Duration(at, want) => match block.numbers(*at)[row] {
                workhours_columns::NO_NUMBER => false,
                us => number_is(us as f64 / 1000.0, want),
            },
            Self::Date(from, until) => {
                let date = block.dates()[row];
                date != UNDATED && (*from..*until).contains(&date)
            }
            Self::Id(at, want) => name_is(&block.id(*at, row).to_hex(), want),
            Self::Project(project, wanted, none) => match project.of(block, row) {
                Some(number) => wanted[number as usize],
                None => *none,
            },
            Self::Person { user, host, hosts, wanted } => {
                let number = |at: usize, none: usize| match block.ids(at)[row] {
                    ABSENT => none,
                    id => id as usize,
                };
                let of_none = wanted.len() / (hosts + 1) - 1;
                wanted[number(*user, of_none) * (hosts + 1) + number(*host, *hosts)]
            }
        }
    }
}

impl Compiler<'_> {
    /// The place of a column among those that are read.
    fn place(&mut self, column: &Column) -> usize {
        place(self.wanted, column)
    }

    fn texts(&mut self, column: &Column, test: impl Fn(&str) -> bool + Sync) -> Result<Test> {
        self.values(column, |value| test(value.text))
    }

    fn values(&mut self, column: &Column, test: impl Fn(Value<'_>) -> bool + Sync) -> Result<Test> {
        let ids = match self.columns.dictionary(column) {
            Some(dictionary) => dictionary.ids_where(test)?,
            None => IdSet::new(0),
        };
        Ok(Test::Text(self.place(column), ids))
    }

    fn all(&mut self, parts: &[Expr]) -> Result<Option<Vec<Test>>> {
        let mut tests = Vec::with_capacity(parts.len());
        for part in parts {
            let Some(test) = self.expr(part)? else { return Ok(None) };
            tests.push(test);
        }
        Ok(Some(tests))
    }

    /// The test of a condition; `None` if columns can't decide it.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Option<Test>> {
        Ok(match expr {
            Expr::And(parts) => self.all(parts)?.map(Test::All),
            Expr::Or(parts) => self.all(parts)?.map(Test::Any),
            Expr::Not(part) => self.expr(part)?.map(|test| Test::Not(Box::new(test))),
            Expr::Term { field: None, want, .. } => self.anywhere(want)?,
            Expr::Term { field: Some(field), want, span } => self.term(field, want, *span)?,
        })
    }

    /// A word without a field: in the texts, and in the values of all keys of `meta`. Columns have objects as their text, so
    /// they can't tell one from a text of an object; that matters only if the word is in one.
    fn anywhere(&mut self, want: &Want) -> Result<Option<Test>> {
        if !self.columns.has_all_keys() {
            return Ok(None);
        }
        let mut any = Vec::with_capacity(TEXTS.len());
        for column in &TEXTS {
            any.push(self.texts(column, |text| text_is(text, want))?);
        }
        for key in self.columns.keys() {
            let column = Column::Meta(key.as_str().into());
            let Some(dictionary) = self.columns.dictionary(&column) else { continue };
            let may_be_object = AtomicBool::new(false);
            let ids = dictionary.ids_where(|value| {
                let is = text_is(value.text, want);
                if is && value.text.starts_with('{') {
                    may_be_object.store(true, Ordering::Relaxed);
                }
                is
            })?;
            if may_be_object.into_inner() {
                return Ok(None);
            }
            // Most keys have no such value, and their columns aren't read.
            if !ids.is_empty() {
                any.push(Test::Text(self.place(&column), ids));
            }
        }
        Ok(Some(Test::Any(any)))
    }

    fn term(&mut self, field: &Field, want: &Want, span: Option<(i64, i64)>) -> Result<Option<Test>> {
        let names = |text: &str| name_is(text, want);
        let words = |text: &str| text_is(text, want);
        Ok(Some(match field {
            Field::Source => self.texts(&Column::Source, names)?,
            Field::Kind => self.texts(&Column::Kind, names)?,
            Field::Host => self.texts(&Column::Host, names)?,
            Field::Peer => self.texts(&Column::Peer, names)?,
            Field::User => self.texts(&Column::User, names)?,
            Field::Tag => self.texts(&Column::Tag, names)?,
            Field::Domain => {
                self.texts(&Column::Url, |url| domain_of(url).is_some_and(|domain| name_is(&domain, want)))?
            }
            Field::Title => self.texts(&Column::Title, words)?,
            Field::Text => self.texts(&Column::Text, words)?,
            Field::Url => self.texts(&Column::Url, words)?,
            Field::Referrer => self.texts(&Column::Referrer, words)?,
            Field::Agent => self.texts(&Column::Agent, words)?,
            Field::Meta(key) => {
                let column = Column::Meta(key.as_str().into());
                if !self.columns.covers(&column) {
                    return Ok(None);
                }
                let is_number = wants_number(want);
                self.values(&column, |value| match value.text.parse::<f64>() {
                    Ok(n) if value.is_number && is_number => number_is(n, want),
                    _ => name_is(value.text, want),
                })?
            }
            Field::Date => match span {
                Some((start, end)) => {
                    let (from, until) = match want {
                        Want::Compare(Op::Less, _) => (i64::MIN, start),
                        Want::Compare(Op::AtMost, _) => (i64::MIN, end),
                        Want::Compare(Op::More, _) => (end, i64::MAX),
                        Want::Compare(Op::AtLeast, _) => (start, i64::MAX),
                        _ => (start, end),
                    };
                    Test::Date(from, until)
                }
                None => Test::Any(Vec::new()),
            },
            Field::Duration => Test::Duration(self.place(&Column::Duration), want.clone()),
            Field::Id => Test::Id(self.place(&Column::Id), want.clone()),
            Field::Input => {
                let inputs = self.store.inputs().labels()?;
                let numbers = inputs.keys().filter(|id| name_is(&id.to_string(), want));
                let numbers = numbers.map(|id| id.get()).collect();
                Test::Number(self.place(&Column::Input), numbers)
            }
            Field::Label => {
                let inputs = self.store.inputs().labels()?;
                let is = |label: &str| !label.is_empty() && name_is(label, want);
                let numbers = inputs.iter().filter(|(_, label)| is(label)).map(|(id, _)| id.get()).collect();
                Test::Number(self.place(&Column::Input), numbers)
            }
            Field::Path => {
                let files = self.store.files().paths()?;
                let numbers = files.iter().filter(|(_, path)| words(path)).map(|(id, _)| id.get()).collect();
                Test::Number(self.place(&Column::File), numbers)
            }
            Field::Project => {
                let Some(project) = ProjectOf::new(self)? else { return Ok(None) };
                let none = matches!(want, Want::Word(text) | Want::Phrase(text) if text == NO_VALUE);
                let wanted = project.names_where(names);
                Test::Project(Box::new(project), wanted, none)
            }
            Field::Person => return self.person(want),
        }))
    }

    fn person(&mut self, want: &Want) -> Result<Option<Test>> {
        let texts = |column: &Column| -> Result<Vec<Option<Text>>> {
            let known = match self.columns.dictionary(column) {
                Some(dictionary) => dictionary.map(|value| Some(Text::from(value.text)))?,
                None => Vec::new(),
            };
            Ok(known.into_iter().chain([None]).collect())
        };
        let (users, hosts) = (texts(&Column::User)?, texts(&Column::Host)?);
        if users.len() * hosts.len() > MAX_PAIRS {
            return Ok(None);
        }
        let context = self.lookup.context();
        let mut wanted = Vec::with_capacity(users.len() * hosts.len());
        for user in users {
            let mut event = StoredEvent { user, ..StoredEvent::default() };
            for host in &hosts {
                event.host.clone_from(host);
                wanted.push(name_is(&context.person(&event), want));
            }
        }
        let hosts = hosts.len() - 1;
        let (user, host) = (self.place(&Column::User), self.place(&Column::Host));
        Ok(Some(Test::Person { user, host, hosts, wanted }))
    }
}

/// The place of a column among those that are read; it is added if it isn't there.
pub(super) fn place(wanted: &mut Vec<Column>, column: &Column) -> usize {
    wanted.iter().position(|known| known == column).unwrap_or_else(|| {
        wanted.push(column.clone());
        wanted.len() - 1
    })
}
