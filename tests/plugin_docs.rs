//! Every block of code in `docs/plugins/` works: C compiles, Rust compiles against the contract, manifests and settings
//! are read.

use crate::kit::plugin::{cargo, has_cc};
use crate::kit::{Home, repository};
use std::fmt::Write;
use std::fs;
use std::process::Command;
use workhours_core::plugin_host::manifest;

/// The fenced blocks of all pages: page, language, text.
fn blocks() -> Vec<(String, String, String)> {
    let mut pages: Vec<_> =
        fs::read_dir(repository("docs/plugins")).unwrap().map(|e| e.unwrap().path()).collect();
    pages.sort();
    let mut found = Vec::new();
    for page in pages.iter().filter(|p| p.extension().is_some_and(|e| e == "md")) {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(page).unwrap();
        let mut block: Option<(String, String)> = None;
        for line in text.lines() {
            match (line.strip_prefix("```"), &mut block) {
                (Some(language), None) => block = Some((language.to_owned(), String::new())),
                (Some(_), Some(_)) => {
                    let (language, text) = block.take().unwrap();
                    found.push((name.clone(), language, text));
                }
                (None, Some((_, text))) => writeln!(text, "{line}").unwrap(),
                (None, None) => {}
            }
        }
        assert!(block.is_none(), "{name}: a block without an end");
    }
    found
}

fn of(language: &str) -> Vec<(String, String)> {
    let all = blocks().into_iter().filter(|(_, l, _)| l == language);
    let found: Vec<_> = all.map(|(page, _, text)| (page, text)).collect();
    assert!(!found.is_empty(), "no block of {language}");
    found
}

#[test]
fn every_block_is_of_a_language_that_is_tested() {
    for (page, language, text) in blocks() {
        let known = ["c", "rust", "json", "toml", "console"].contains(&language.as_str());
        assert!(known, "{page}: a block of {language:?}\n{text}");
    }
}

#[test]
fn c_compiles() {
    if !has_cc() {
        return;
    }
    let home = Home::new();
    for (n, (page, text)) in of("c").into_iter().enumerate() {
        let file = format!("block{n}.c");
        home.write(&file, &text);
        let output = Command::new("cc")
            .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I"])
            .arg(repository("workhours-plugin-api/include"))
            .arg(home.path(&file))
            .output()
            .unwrap();
        assert!(output.status.success(), "{page}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn rust_compiles() {
    let home = Home::new();
    let contract = repository("workhours-plugin-api");
    let manifest = format!(
        "[package]\nname = \"blocks\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nworkhours-plugin-api = {{ path = {contract:?}, features = [\"testing\"] }}\n"
    );
    home.write("Cargo.toml", manifest);
    // The versions the contract is tested with, which are here already.
    fs::copy(repository("Cargo.lock"), home.path("Cargo.lock")).unwrap();
    let mut root = String::from("#![allow(dead_code, unused_imports)]\n");
    for (n, (page, text)) in of("rust").into_iter().enumerate() {
        writeln!(root, "/// {page}\npub mod block{n};").unwrap();
        home.write(format!("src/block{n}.rs"), text);
    }
    home.write("src/lib.rs", root);
    cargo(&home.path(""), &["check", "--offline", "--tests"], "docs");
}

#[test]
fn manifests_are_valid() {
    for (page, text) in of("json") {
        let read = manifest::read(&text);
        assert!(read.is_ok(), "{page}: {:?}\n{text}", read.err().map(|e| e.full_message()));
    }
}

#[test]
fn settings_are_understood() {
    for (page, text) in of("toml") {
        if text.contains("[package]") || text.contains("[dependencies]") || text.contains("[profile") {
            let parsed: Result<toml::Table, _> = text.parse();
            assert!(parsed.is_ok(), "{page}: {parsed:?}");
            continue;
        }
        let home = Home::new();
        home.write("c.toml", &text);
        let shown = home.ok(&["-c", "c.toml", "config", "show"]);
        assert!(shown.stderr().is_empty(), "{page}\n{shown}");
    }
}
