//! Promise: the crates stay separate. Checks cargo's metadata and the sources; see also `docs`, which checks
//! ARCHITECTURE.md.

use crate::kit::repository;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CONTRACT: &str = "workhours-plugin-api";

/// The crates of the workspace, and what each depends on outside of its tests.
fn crates() -> Vec<(String, Vec<String>)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(repository(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        let mut names: Vec<String> = all.filter(|d| d["kind"] != "dev").map(text).collect();
        names.sort();
        names.dedup();
        (text(package), names)
    };
    metadata["packages"].as_array().unwrap().iter().map(of).collect()
}

fn dependencies(name: &str) -> Vec<String> {
    let found = crates().into_iter().find(|(n, _)| n == name);
    found.unwrap_or_else(|| panic!("no crate {name}")).1
}

#[test]
fn the_contract_depends_on_nothing_of_ours_and_on_little_else() {
    let all = dependencies(CONTRACT);
    assert!(!all.iter().any(|n| n.starts_with("workhours")), "{all:?}");
    assert!(all.len() <= 4, "{all:?}");
}

#[test]
fn crates_use_what_the_table_allows() {
    let text = fs::read_to_string(repository("ARCHITECTURE.md")).unwrap();
    let section = text.split("\n## Crates\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `workhours-"));
    let table: Vec<(String, Vec<String>)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let uses = cells[2].split(", ").filter(|name| *name != "nothing");
            let mut uses: Vec<String> = uses.map(|name| format!("workhours-{name}")).collect();
            uses.sort();
            (cells[0].trim_matches('`').to_owned(), uses)
        })
        .collect();
    let ours = crates().into_iter().filter(|(name, _)| name != "xtask").map(|(name, mut uses)| {
        uses.retain(|name| name.starts_with("workhours-"));
        (name, uses)
    });
    let mut table = table;
    table.sort();
    let mut ours: Vec<_> = ours.collect();
    ours.sort();
    assert_eq!(ours, table, "what the crates use, and what ARCHITECTURE.md says they may");
}

#[test]
fn only_search_output_and_store_have_heavy_dependencies() {
    for (heavy, at) in [
        ("tantivy", "workhours-search"),
        ("parquet", "workhours-output"),
        ("rust_xlsxwriter", "workhours-output"),
        ("diesel_migrations", "workhours-store"),
        ("libloading", "workhours-plugin-host"),
    ] {
        let users: Vec<String> = crates()
            .into_iter()
            .filter(|(_, uses)| uses.iter().any(|name| name == heavy))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(users, [at], "{heavy}");
    }
}

#[test]
fn only_the_program_links_the_sources() {
    let crates = crates();
    let links = |names: &[String]| names.iter().any(|n| n == "workhours-plugins");
    let linking: Vec<&str> =
        crates.iter().filter(|(_, all)| links(all)).map(|(name, _)| name.as_str()).collect();
    assert_eq!(linking, ["workhours-cli"]);
}

#[test]
fn every_source_file_says_what_it_is_for() {
    let mut files = Vec::new();
    for folder in [
        "workhours-plugin-api/src",
        "workhours-plugins/src",
        "workhours-core",
        "workhours-web/src",
        "workhours-cli/src",
        "tests",
    ] {
        sources_below(&repository(folder), &mut files);
    }
    assert!(files.len() > 100, "{}", files.len());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} does not begin with what it is for", path.display());
    }
}

fn sources_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            sources_below(&entry, found);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            found.push(entry);
        }
    }
}

#[test]
fn cargo_run_finds_one_program() {
    let text = fs::read_to_string(repository("Cargo.toml")).unwrap();
    let members = |key: &str| -> Vec<String> {
        let list = text.split(&format!("\n{key} = [")).nth(1).unwrap().split(']').next().unwrap();
        list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let mut all = members("members");
    all.retain(|name| name != "xtask");
    assert_eq!(members("default-members"), all, "all crates but the chores are built by default");
}
