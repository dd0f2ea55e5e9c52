//! Promise: inside each crate, the modules at the top import each other one way: to read one
//! you need those below it and none above.
//!
//! Modules inside a folder are free among themselves. What is defined in `lib.rs` or `main.rs` itself belongs to all, and
//! tests may import what they like.

use crate::kit::repository;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which module imports which others, and a place for each that shows it.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn modules_import_each_other_without_circles() {
    let manifest = fs::read_to_string(repository("Cargo.toml")).unwrap();
    let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    let members: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
    let (mut circles, mut modules, mut imports) = (String::new(), 0, 0);
    for member in &members {
        let edges = edges_of(&repository(member).join("src"));
        modules += edges.len();
        for (from, all) in &edges {
            imports += all.len();
            // An edge is a part of a circle when there is a way back.
            for (to, place) in all.iter().filter(|(to, _)| below(&edges, to).contains(from.as_str())) {
                circles += &format!("{member}: {from} imports {to}, in {place}\n");
            }
        }
    }
    // Else nothing was understood.
    assert!(members.len() > 15 && modules > 200 && imports > 500, "{modules} modules, {imports} imports");
    assert!(circles.is_empty(), "modules import each other in circles:\n{circles}");
}

/// A module, what it imports, and what these import in turn.
fn below<'e>(edges: &'e Edges, from: &'e str) -> BTreeSet<&'e str> {
    let (mut seen, mut ahead) = (BTreeSet::from([from]), vec![from]);
    while let Some(module) = ahead.pop() {
        let next = edges.get(module).into_iter().flat_map(BTreeMap::keys).map(String::as_str);
        ahead.extend(next.filter(|next| seen.insert(next)));
    }
    seen
}

fn edges_of(src: &Path) -> Edges {
    let (mut modules, mut root) = (BTreeMap::new(), Vec::new());
    for path in fs::read_dir(src).unwrap().map(|entry| entry.unwrap().path()) {
        match path.file_stem().unwrap().to_str().unwrap() {
            "lib" | "main" => root.extend(tokens(&path)),
            name => sources_below(&path, modules.entry(name.to_owned()).or_insert_with(Vec::new)),
        }
    }
    modules.retain(|_, files| !files.is_empty());
    let homes = homes(&root, &modules);
    let mut edges = Edges::new();
    for (module, files) in &modules {
        let imports = edges.entry(module.clone()).or_default();
        for file in files {
            let inner = file.strip_prefix(src).unwrap();
            let depth = inner.iter().count() - usize::from(inner.ends_with("mod.rs"));
            for name in names_of_root(&tokens(file), depth) {
                if let Some(home) = homes.get(&name).filter(|home| *home != module) {
                    imports.entry(home.clone()).or_insert_with(|| format!("{} ({name})", inner.display()));
                }
            }
        }
    }
    edges
}

/// Which module a name of the root comes from: its own name, or one that the root imports or re-exports.
fn homes(root: &[String], modules: &BTreeMap<String, Vec<PathBuf>>) -> BTreeMap<String, String> {
    let mut homes: BTreeMap<String, String> =
        modules.keys().map(|name| (name.clone(), name.clone())).collect();
    for import in root.split(|token| token == "use").skip(1) {
        let import: Vec<&String> = import.iter().take_while(|token| *token != ";").collect();
        let mut words =
            import.iter().filter(|t| t.starts_with(in_word) && !["crate", "self"].contains(&t.as_str()));
        let Some(module) = words.next().filter(|module| modules.contains_key(**module)) else { continue };
        for name in words {
            homes.entry((*name).clone()).or_insert_with(|| (*module).clone());
        }
    }
    homes
}

/// The first names behind `crate::`, or behind as many `super::` as lead to the root; of a list in braces each.
fn names_of_root(tokens: &[String], depth: usize) -> Vec<String> {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token == text);
    let mut names = Vec::new();
    for at in 0..tokens.len() {
        let ups = (0..).take_while(|n| is(at + 2 * n, "super") && is(at + 2 * n + 1, "::")).count();
        let begins = at == 0 || !is(at - 1, "::");
        let behind = match () {
            () if is(at, "crate") && is(at + 1, "::") => &tokens[at + 2..],
            () if begins && ups == depth => &tokens[at + 2 * ups..],
            () => continue,
        };
        let (mut level, mut first) = (0, true);
        for token in behind {
            match token.as_str() {
                "{" => level += 1,
                "}" => level -= 1,
                "," => first = level == 1,
                word => {
                    names.extend(Some(word.to_owned()).filter(|word| first && word.starts_with(in_word)));
                    first = false;
                }
            }
            if level == 0 {
                break;
            }
        }
    }
    names
}

/// The words and signs of a file, without its comments and without the tests at its end.
fn tokens(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let tests =
        ["\n#[cfg(test)]\nmod tests {", "\n#[cfg(all(test"].iter().filter_map(|begin| text.find(begin));
    let mut tokens: Vec<String> = Vec::new();
    for line in text[..tests.min().unwrap_or(text.len())].lines().filter_map(|line| line.split("//").next()) {
        let mut before = ' ';
        for c in line.chars() {
            let goes_on = (in_word(before) && in_word(c)) || (before == ':' && c == ':');
            match tokens.last_mut() {
                Some(last) if goes_on => last.push(c),
                _ if c.is_whitespace() => {}
                _ => tokens.push(c.to_string()),
            }
            before = c;
        }
    }
    tokens
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn sources_below(path: &Path, found: &mut Vec<PathBuf>) {
    let name = path.file_stem().unwrap().to_str().unwrap();
    if path.is_dir() && name != "tests" && name != "testing" {
        fs::read_dir(path).unwrap().for_each(|entry| sources_below(&entry.unwrap().path(), found));
    } else if path.extension().is_some_and(|e| e == "rs") && !name.ends_with("tests") && name != "testing" {
        found.push(path.to_owned());
    }
}
