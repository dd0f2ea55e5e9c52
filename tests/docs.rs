//! The documentation describes everything that exists and nothing else; and the program is built as ARCHITECTURE.md
//! says.

use crate::kit::Home;
use diesel::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use workhours_core::output::outputs;
use workhours_core::report::reports;
use workhours_plugin_api::built_in_sources;
use workhours_plugins as _;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The files below a folder of the repository with this extension, without build results and downloads.
fn files(dir: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![root().join(dir)];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && name != "fixtures" && !name.starts_with('.') {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {extension} in {dir}");
    found
}

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let ends = |block: &str| block.split_once("\n```").map(|(block, _)| block.to_owned());
    text.split(&fence).skip(1).filter_map(ends).collect()
}

/// Words such as `--gaptime`.
fn long_options(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
        if let Some(name) =
            word.strip_prefix("--").filter(|n| n.starts_with(|c: char| c.is_ascii_lowercase()))
        {
            found.insert(format!("--{name}"));
        }
    }
    found
}

/// The help of the program and of each sub-command below, with the words that lead there.
fn helps(home: &Home, path: &[&str], found: &mut Vec<(String, String)>) {
    let text = home.ok(&[path, &["--help"]].concat()).stdout();
    let commands = text.split_once("\nCommands:\n").map_or("", |(_, rest)| rest);
    for line in commands.lines().take_while(|line| line.starts_with("  ")) {
        let name = line.trim().split(' ').next().unwrap();
        // Deeper lines continue the description above them.
        if !line.starts_with("   ") && name != "help" {
            helps(home, &[path, &[name]].concat(), found);
        }
    }
    found.push((path.join(" "), text));
}

fn missing(text: &str, wanted: impl IntoIterator<Item = String>) -> Vec<String> {
    wanted.into_iter().filter(|w| !text.contains(w.as_str())).collect()
}

#[test]
fn what_is_registered_is_documented() {
    let quoted = |name: &str| format!("`{name}`");
    let readme = read("README.md");
    for source in built_in_sources() {
        let info = source.info();
        let page = read(&format!("docs/sources/{}.md", info.name));
        assert_eq!(missing(&readme, [quoted(info.name)]), [""; 0], "README.md");
        let names = info.aliases.iter().chain(info.kinds).map(|n| quoted(n));
        let places = info.locations.iter().map(|l| quoted(l.glob));
        let options = info.options.iter().map(|o| quoted(o.name));
        let authority = info.authority.split(' ').find(|w| w.starts_with("https://")).map(str::to_owned);
        let all = names.chain(places).chain(options).chain(authority);
        assert_eq!(missing(&page, all), [""; 0], "docs/sources/{}.md", info.name);
    }
    let text = read("docs/reports.md");
    for report in reports() {
        let info = report.info();
        assert_eq!(missing(&readme, [quoted(info.name)]), [""; 0], "README.md");
        let columns =
            info.columns.iter().map(|c| format!("| `{}` {}|", c.name, if c.detail { "* " } else { "" }));
        let all = columns.chain([format!("## {}\n", info.name)]);
        assert_eq!(missing(&text, all), [""; 0], "docs/reports.md, {}", info.name);
    }
    for output in outputs() {
        let info = output.info();
        assert_eq!(missing(&readme, [quoted(info.name)]), [""; 0], "README.md");
        let all = info.extensions.iter().map(|e| quoted(&format!(".{e}"))).chain([quoted(info.name)]);
        assert_eq!(missing(&text, all), [""; 0], "docs/reports.md, {}", info.name);
    }
}

#[test]
fn options_are_documented_and_documented_ones_exist() {
    let mut found = Vec::new();
    helps(&Home::new(), &[], &mut found);
    let text = read("docs/cli.md");
    let there: BTreeSet<String> = found.iter().flat_map(|(_, help)| long_options(help)).collect();
    assert!(there.len() > 20, "the help is not understood: {there:?}");
    assert_eq!(long_options(&text), there, "docs/cli.md and --help differ");
    let commands: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert!(commands.contains(&"inputs reload"), "{commands:?}");
    // A command that only leads to others is in the names of those.
    for path in commands.iter().filter(|path| !path.is_empty()) {
        assert!(text.contains(&format!("| `{path}")), "docs/cli.md says nothing of {path}");
    }
    // Elsewhere cargo's and rustc's options are spoken of too.
    let foreign = [
        "--release",
        "--features",
        "--path",
        "--all",
        "--check",
        "--workspace",
        "--all-targets",
        "--test",
        "--bench",
    ];
    for file in files("docs", "md").iter().chain([&root().join("README.md")]) {
        // The pages of sources speak of other programs' options.
        if file.ends_with("docs/benchmarks.md") || file.parent().is_some_and(|f| f.ends_with("docs/sources"))
        {
            continue;
        }
        let known = |name: &String| there.contains(name) || foreign.contains(&name.as_str());
        let unknown: Vec<_> =
            long_options(&fs::read_to_string(file).unwrap()).into_iter().filter(|n| !known(n)).collect();
        assert_eq!(unknown, [""; 0], "{} names options that are not there", file.display());
    }
}

#[test]
fn config_keys_are_documented() {
    let text = read("docs/config.md");
    let home = Home::new();
    // The answer to a key like no other lists those there are.
    for (file, wrong) in [
        ("a.ini", "[main]\n0x0 = 1\n"),
        ("b.toml", "0x0 = 1\n"),
        ("c.toml", "fs.0x0 = 1\n"),
        ("e.ini", "[main]\n[plugins]\n0x0 = 1\n"),
        ("f.toml", "plugins.0x0 = 1\n"),
        ("g.toml", "limits.0x0 = 1\n"),
        ("h.toml", "hours.0x0 = 1\n"),
        ("i.toml", "server.0x0 = 1\n"),
        ("k.toml", "index.0x0 = 1\n"),
        ("j.toml", "me.0x0 = 1\n"),
        ("d.toml", "[[inputs]]\ntype = \"x\"\npath = \"y\"\n0x0 = 1\n"),
    ] {
        home.write(file, wrong);
        let ran = home.run(&["-c", file, "config", "show"]).exits(2);
        let said = ran.stderr();
        let keys: Vec<String> = match said.rsplit_once(" are ") {
            // The table below `fs` has its own file here.
            Some((_, keys)) => keys.split(',').map(|k| k.trim().to_owned()).filter(|k| k != "fs").collect(),
            None => panic!("no list of keys\n{ran}"),
        };
        let prefix = if file == "c.toml" { "fs." } else { "" };
        assert_eq!(
            missing(&text, keys.iter().map(|k| format!("`{prefix}{k}`"))),
            [""; 0],
            "docs/config.md\n{ran}"
        );
    }
    for (i, example) in blocks(&text, "toml").iter().enumerate() {
        home.write(format!("{i}.toml"), example);
        home.ok(&["-c", &format!("{i}.toml"), "config", "show"]);
    }
    for (i, example) in blocks(&text, "ini").iter().enumerate() {
        home.write(format!("{i}.ini"), example);
        home.ok(&["-c", &format!("{i}.ini"), "config", "show"]);
    }
}

#[test]
fn the_two_commands_of_the_readme() {
    let readme = read("README.md");
    let commands = blocks(&readme, "sh");
    let args =
        commands[0].strip_prefix("cargo run --release -- ").expect("the first command loads an example");
    let home = Home::new();
    let args: Vec<&str> = args.split(' ').collect();
    let ran = crate::kit::Ran::of(home.command(&args).current_dir(root())).exits(0);
    assert_eq!(ran.stdout().lines().filter(|l| l.starts_with("gap,")).count(), 3, "{ran}");
    let ran = ran.says(&["45 events, 45 new"]);
    let test = commands[1].as_str();
    assert!(read(".ci/run").lines().any(|l| l.starts_with(&format!("{test} "))), "CI runs {test}\n{ran}");
    assert!(read("CONTRIBUTING.md").contains(test));
}

#[test]
fn queries_of_the_data_model_run() {
    let home = Home::new();
    for (source, file) in [
        ("log.shell", "examples/session.log"),
        ("log.http", "examples/access.log"),
        ("bookmarks.html", "workhours-plugins/samples/bookmarks.html"),
    ] {
        home.load(&["-s", source, root().join(file).to_str().unwrap()]);
    }
    let text = read("docs/data-model.md");
    let name = home.path("data/workhours/events.db");
    let mut conn = SqliteConnection::establish(name.to_str().unwrap()).unwrap();
    let queries = blocks(&text, "sql");
    assert!(queries.len() > 4);
    for query in queries {
        diesel::sql_query(format!("CREATE TEMP TABLE answer AS {query}"))
            .execute(&mut conn)
            .unwrap_or_else(|e| panic!("{e}: {query}"));
        let rows = diesel::sql_query("DELETE FROM answer").execute(&mut conn).unwrap();
        assert!(rows > 0, "no answer to {query}");
        diesel::sql_query("DROP TABLE answer").execute(&mut conn).unwrap();
    }
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                  UNION SELECT c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c \
                  WHERE t.type = 'table' AND t.name NOT LIKE '%migrations'";
    let names: Vec<Named> = diesel::sql_query(tables).load(&mut conn).unwrap();
    assert_eq!(missing(&text, names.iter().map(|n| format!("`{}`", n.name))), [""; 0], "docs/data-model.md");
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for file in files(".", "md") {
        let text = fs::read_to_string(&file).unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.contains("://") || link.starts_with('<') {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            let headings = fs::read_to_string(&target).unwrap_or_default();
            let found =
                target.exists() && (anchor.is_empty() || headings.lines().any(|l| anchor_of(l) == anchor));
            if !found {
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The anchor of a heading, as on GitHub; empty for other lines.
fn anchor_of(line: &str) -> String {
    let Some(title) = line.strip_prefix('#').map(|l| l.trim_start_matches('#').trim()) else {
        return String::new();
    };
    let kept = title.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

#[test]
fn the_engine_names_no_source() {
    let mut named = Vec::new();
    for file in files("workhours-core", "rs") {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.contains("test")
            || file
                .components()
                .any(|c| ["tests", "benches", "examples"].iter().any(|folder| c.as_os_str() == *folder))
        {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for line in code.lines().filter(|l| !l.trim_start().starts_with("//")) {
            let infos = built_in_sources().into_iter().map(|s| s.info());
            let names = infos.flat_map(|i| i.aliases.iter().chain([&i.name]).copied());
            // Outputs for a source's format have its name, in a separate folder.
            let is_output = |n: &str| {
                let mut infos = outputs().into_iter().map(|o| o.info());
                infos.any(|info| info.name == n || info.extensions.contains(&n))
            };
            let among_outputs = file.components().any(|c| c.as_os_str() == "output");
            let names = names.filter(|n| !(among_outputs && is_output(n)));
            // A protocol has the name of its messages.
            let is_protocol = |n: &str| ["syslog", "journal", "journald"].contains(&n);
            let names = names.filter(|n| !(name == "receivers.rs" && is_protocol(n)));
            named.extend(
                // A name that is a word of the language, or of Rust, is one only in quotes.
                names
                    .filter(|n| {
                        line.contains(&if n.contains('.') { n.to_string() } else { format!("\"{n}\"") })
                    })
                    .map(|n| format!("{}: {n} in {line}", file.display())),
            );
        }
    }
    assert!(named.is_empty(), "{}", named.join("\n"));
}

#[test]
fn unsafe_code_is_where_it_may_be() {
    let text = read("ARCHITECTURE.md");
    let section = text.split("\n## Unsafe\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let listed: BTreeSet<String> = section
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once('`').map(|(path, _)| path.to_owned()))
        .collect();
    let allows =
        |path: &PathBuf| fs::read_to_string(path).unwrap().contains(concat!("allow(", "unsafe_code"));
    let root = root();
    let there: BTreeSet<String> = files(".", "rs")
        .into_iter()
        .filter(allows)
        .map(|path| path.strip_prefix(root.join(".")).unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, listed, "the files that allow unsafe code, and those listed in ARCHITECTURE.md");
    assert!(read("Cargo.toml").contains("\nunsafe_code = \"deny\"\n"));
    for file in
        files(".", "toml").iter().filter(|f| f.ends_with("Cargo.toml") && f.parent() != Some(root.as_path()))
    {
        let text = fs::read_to_string(file).unwrap();
        // The examples represent other people's projects, and the fuzz targets need another compiler.
        if text.contains("\n[workspace]") || text.starts_with("[workspace]") {
            continue;
        }
        assert!(text.contains("[lints]\nworkspace = true"), "{} obeys the workspace's lints", file.display());
    }
}

#[test]
fn tests_named_by_the_architecture_exist() {
    let text = read("ARCHITECTURE.md");
    let section = text.split("\n## Invariants\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let (mut file, mut seen) = (String::new(), 0);
    for name in section.split('`').skip(1).step_by(2) {
        if name.ends_with(".rs") {
            file = read(name);
        } else if name.contains('_') && !name.contains(['(', '.']) {
            assert!(file.contains(&format!("fn {name}(")), "ARCHITECTURE.md names the test {name}");
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} tests were found in the list");
}
