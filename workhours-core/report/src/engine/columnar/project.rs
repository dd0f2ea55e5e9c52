//! The project of a row. Rules of the config are tests of the row; addresses, repositories and folders are looked up
//! once for each different text. So a changed rule applies at once: nothing of it is stored.

use super::mask::{Compiler, Test, place};
use rustc_hash::FxHashMap;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_columns::{ABSENT, Block, Column, MANY, Value};

/// Finds the projects of rows.
#[derive(Debug)]
pub(super) struct ProjectOf {
    /// The projects of rules, by the number of their names.
    rules: Vec<(u32, Test)>,
    /// By place, the project of each text; the first that has one decides.
    maps: Vec<(usize, Vec<u32>)>,
    names: Vec<Text>,
}

impl ProjectOf {
    /// `None` if columns can't decide a rule.
    pub(super) fn new(compiler: &mut Compiler<'_>) -> Result<Option<Self>> {
        let projects = compiler.lookup.projects.clone();
        let mut names = Names::default();
        let mut rules = Vec::with_capacity(projects.rules.len());
        for (name, rule) in &projects.rules {
            let Some(test) = compiler.expr(rule)? else { return Ok(None) };
            rules.push((names.number(Some(name.as_str().into())), test));
        }
        let text = |value: &Value<'_>| !value.is_number;
        let mut maps = Vec::new();
        let (repository, cwd) = (Column::Meta("repository".into()), Column::Meta("cwd".into()));
        if ![&repository, &cwd].into_iter().all(|column| compiler.columns.covers(column)) {
            return Ok(None);
        }
        for column in [Column::Url, repository, cwd] {
            let Some(dictionary) = compiler.columns.dictionary(&column) else { continue };
            let found = dictionary.map(|value| match &column {
                Column::Url => projects.of_address(value.text),
                Column::Meta(key) if **key == *"cwd" => {
                    projects.of_folder(value.text).filter(|_| text(&value))
                }
                _ => Some(projects.of_repository(value.text)).filter(|_| text(&value)),
            })?;
            let numbers = found.into_iter().map(|name| names.number(name.map(Text::from))).collect();
            maps.push((place(compiler.wanted, &column), numbers));
        }
        Ok(Some(Self { rules, maps, names: names.all }))
    }

    /// The number of a row's project.
    pub(super) fn of(&self, block: &Block, row: usize) -> Option<u32> {
        if let Some((number, _)) = self.rules.iter().find(|(_, rule)| rule.holds(block, row)) {
            return Some(*number);
        }
        let by_text = |(at, numbers): &(usize, Vec<u32>)| match block.ids(*at)[row] {
            ABSENT | MANY => None,
            id => numbers.get(id as usize).copied().filter(|number| *number != ABSENT),
        };
        self.maps.iter().find_map(by_text)
    }

    /// The name of a project.
    pub(super) fn name(&self, number: u32) -> Option<Text> {
        self.names.get(number as usize).cloned()
    }

    /// Which projects something is true of.
    pub(super) fn names_where(&self, is: impl Fn(&str) -> bool) -> Vec<bool> {
        self.names.iter().map(|name| is(name)).collect()
    }
}

/// Names, each with a number.
#[derive(Default)]
struct Names {
    numbers: FxHashMap<Text, u32>,
    all: Vec<Text>,
}

impl Names {
    fn number(&mut self, name: Option<Text>) -> u32 {
        let Some(name) = name else { return ABSENT };
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.all.push(name.clone());
            self.all.len() as u32 - 1
        })
    }
}
