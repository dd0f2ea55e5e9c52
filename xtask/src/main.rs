//! `cargo xtask`: the chores of the repository under one name. Each runs commands that you could type yourself and prints
//! them first.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

/// A chore: its name, what follows it, what it does, and the commands it runs.
struct Chore {
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    commands: fn(&[String]) -> Vec<Vec<String>>,
}

const CHORES: [Chore; 8] = [
    Chore {
        name: "check",
        arguments: "",
        summary: "Formatting, lints and documentation, as CI checks them",
        commands: |_| {
            vec![
                words("cargo fmt --all --check"),
                words("cargo clippy --workspace --all-targets -- -D warnings"),
                words(
                    "env RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --lib --document-private-items",
                ),
            ]
        },
    },
    Chore {
        name: "ci",
        arguments: "",
        summary: "All that CI runs; installs what it needs",
        commands: |_| vec![words(".ci/run")],
    },
    Chore {
        name: "bless",
        arguments: "[FILTER…]",
        summary: "Write expected outputs instead of comparing with them; read the diff afterwards",
        commands: |rest| {
            vec![with(words("env WORKHOURS_BLESS=1 cargo test --workspace"), rest), words("git diff --stat")]
        },
    },
    Chore {
        name: "bench",
        arguments: "NAME [ARGUMENT…]",
        summary: "Run a benchmark of benches/ on the release build",
        commands: |rest| {
            let Some((name, rest)) = rest.split_first() else { return vec![words("ls benches")] };
            vec![words("cargo build --release"), with(vec![format!("benches/{name}.py")], rest)]
        },
    },
    Chore {
        name: "screenshots",
        arguments: "",
        summary: "Take the pictures of the site in docs/screenshots again",
        commands: |_| {
            vec![
                words("cargo build"),
                words(
                    "env WORKHOURS_TEST_BROWSER=target/browser WORKHOURS_BIN=target/debug/workhours node tests/browser/screenshots.mjs docs/screenshots",
                ),
            ]
        },
    },
    Chore {
        name: "fuzz",
        arguments: "SECONDS [TARGET…]",
        summary: "Fuzz each target for so long; needs a nightly compiler and cargo-fuzz",
        commands: |rest| vec![with(words("fuzz/run"), rest)],
    },
    Chore {
        name: "deny",
        arguments: "",
        summary: "Check licences, advisories and sources of the dependencies; needs cargo-deny",
        commands: |_| vec![words("cargo deny check")],
    },
    Chore {
        name: "targets",
        arguments: "",
        summary: "Check the crates without C code for macOS and Windows; needs the targets of rustup",
        commands: |_| {
            let check = |target: &str| {
                words(&format!("cargo check -p workhours-plugin-api -p workhours-base --target {target}"))
            };
            vec![check("aarch64-apple-darwin"), check("x86_64-pc-windows-msvc")]
        },
    },
];

fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

fn with(mut command: Vec<String>, rest: &[String]) -> Vec<String> {
    command.extend_from_slice(rest);
    command
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        let known = name.is_empty() || name == "help" || name == "--help";
        help(if known { None } else { Some(&name) });
        return if known { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    for command in (chore.commands)(&rest) {
        say(&format!("$ {}", command.join(" ")));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        match Command::new(&command[0]).args(&command[1..]).current_dir(root).status() {
            Ok(status) if status.success() => {}
            Ok(status) => {
                return ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1));
            }
            Err(e) => {
                say(&format!("error: cannot run {}: {e}", command[0]));
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn help(unknown: Option<&str>) {
    if let Some(name) = unknown {
        say(&format!("error: there is no chore {name:?}"));
    }
    say("Usage: cargo xtask CHORE\n");
    for chore in &CHORES {
        say(&format!("  {:<28} {}", format!("{} {}", chore.name, chore.arguments), chore.summary));
    }
}

fn say(line: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{line}");
}
