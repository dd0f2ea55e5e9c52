//! A page for each source, whose first part is made from the source's description; and the list of all pages.
//!
//! `WORKHOURS_BLESS=1 cargo test source_pages` writes both again and keeps the text below the mark.

use crate::kit::repository;
use std::fmt::Write;
use std::fs;
use workhours_plugin_api::{Growth, InputNeed, Os, SourceInfo, built_in_sources, folder_readers};

/// The text below is written by hand.
const MARK: &str = "<!-- Above: made from the source's description. Below: by hand. -->\n";
/// Around the list of all sources in `docs/sources.md`.
const LIST: [&str; 2] = ["<!-- list of sources -->\n", "<!-- end of the list -->\n"];

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    words.join(", ")
}

fn page(info: &SourceInfo) -> String {
    let mut page = format!("# {}\n\n{}.\n\n| | |\n|---|---|\n", info.name, info.summary);
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            writeln!(page, "| {name} | {value} |").unwrap();
        }
    };
    row("aliases", quoted(info.aliases));
    row("kinds", quoted(info.kinds));
    row("activity", info.activity.as_str().to_owned());
    row("growth", if info.growth == Growth::Append { "grows" } else { "is rewritten" }.to_owned());
    let whole =
        if info.input == InputNeed::Read { "" } else { "read whole, in memory or from a private copy" };
    row("input", whole.to_owned());
    row("read with it", quoted(info.companions));
    let place = |os: Os, name: &str| {
        let globs: Vec<&str> = info.locations.iter().filter(|l| l.os == os).map(|l| l.glob).collect();
        (!globs.is_empty()).then(|| (format!("usual places{name}"), quoted(&globs)))
    };
    let systems = [(Os::Any, ""), (Os::Linux, ", Linux"), (Os::MacOs, ", macOS"), (Os::Windows, ", Windows")];
    for (name, globs) in systems.into_iter().filter_map(|(os, name)| place(os, name)) {
        row(&name, globs);
    }
    for reader in folder_readers().into_iter().filter(|r| r.source == info.name) {
        row(
            "folders with",
            format!(
                "{}: what `{}` prints",
                quoted(reader.markers),
                reader.command.join(" ").replace('|', "\\|")
            ),
        );
    }
    row("authority", info.authority.replace('|', "\\|"));
    if !info.options.is_empty() {
        page.push_str("\n| option | means | default |\n|---|---|---|\n");
        for option in info.options {
            let default = if option.default.is_empty() { String::new() } else { quoted(&[option.default]) };
            writeln!(
                page,
                "| `{}` | {} | {} |",
                option.name,
                option.help.replace('|', "\\|"),
                default.replace('|', "\\|")
            )
            .unwrap();
        }
    }
    let sample = info.sample;
    write!(page, "\n{}\n", info.details.trim()).unwrap();
    if let Ok(text) = std::str::from_utf8(sample.bytes)
        && !text.is_empty()
        && text.len() < 1_500
        && !text.contains("```")
        && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        write!(
            page,
            "\nAn example, with {} events and {} rejects:\n\n```text\n{}\n```\n",
            sample.events,
            sample.rejects,
            text.trim_end_matches('\n')
        )
        .unwrap();
    }
    page.push('\n');
    page
}

#[test]
fn each_source_has_its_page() {
    let bless = std::env::var_os("WORKHOURS_BLESS").is_some();
    let mut list = String::from("| source type | reads |\n|---|---|\n");
    let mut pages = Vec::new();
    for source in built_in_sources() {
        let info = source.info();
        writeln!(list, "| [`{0}`](sources/{0}.md) | {1} |", info.name, info.summary.replace('|', "\\|"))
            .unwrap();
        let path = repository("docs/sources").join(format!("{}.md", info.name));
        let text = fs::read_to_string(&path).unwrap_or_default();
        let by_hand = text.split_once(MARK).map_or("", |(_, rest)| rest);
        let want = page(info) + MARK + by_hand;
        if bless {
            fs::write(&path, &want).unwrap();
        } else {
            assert!(
                text == want,
                "{} is not what the source says; WORKHOURS_BLESS=1 writes it anew",
                path.display()
            );
        }
        pages.push(format!("{}.md", info.name));
    }
    let path = repository("docs/sources.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(LIST[0]).expect("the list begins");
    let (_, after) = rest.split_once(LIST[1]).expect("the list ends");
    let want = [before, LIST[0], &list, LIST[1], after].concat();
    if bless {
        fs::write(&path, &want).unwrap();
    } else {
        assert!(text == want, "docs/sources.md lists other sources; WORKHOURS_BLESS=1 writes it anew");
    }
    let mut there: Vec<String> = fs::read_dir(repository("docs/sources"))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    there.sort();
    pages.sort();
    assert_eq!(there, pages, "a page for each source, and no other");
}
