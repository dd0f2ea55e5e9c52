//! `plugin new`: a project with a working source to change, its test, and everything to build it on a machine without a
//! network.
//!
//! Nothing is built here, and no tool is looked for.

use super::vendored;
use crate::manifest;
use std::fs;
use std::path::{Path, PathBuf};
use workhours_base::error::{Context, Error, Result, quoted};
use workhours_plugin_api::built_in_sources;

/// The language of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// Rust, with cargo.
    Rust,
    /// C, with a compiler and make.
    C,
}

/// A project that was written.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its files, in the order in which they were written.
    pub files: Vec<PathBuf>,
    /// The next steps, a line each.
    pub next_steps: Vec<String>,
}

/// Files of a project: path and content, both with words to fill in.
type Template = &'static [(&'static str, &'static str)];

const BOTH: Template = &[
    (".gitattributes", include_str!("templates/both/gitattributes.in")),
    ("fixtures/{{name}}/first/input", include_str!("templates/both/input.in")),
    ("fixtures/{{name}}/first/expected", include_str!("templates/both/expected.in")),
];

const RUST: Template = &[
    ("README.md", include_str!("templates/rust/README.md.in")),
    ("Cargo.toml", include_str!("templates/rust/Cargo.toml.in")),
    (".gitignore", include_str!("templates/rust/gitignore.in")),
    ("src/lib.rs", include_str!("templates/rust/lib.rs.in")),
    ("tests/fixtures.rs", include_str!("templates/rust/fixtures.rs.in")),
];

const C: Template = &[
    ("README.md", include_str!("templates/c/README.md.in")),
    ("Makefile", include_str!("templates/c/Makefile.in")),
    (".gitignore", include_str!("templates/c/gitignore.in")),
    ("{{name}}.c", include_str!("templates/c/plugin.c.in")),
];

/// Words that no Rust crate can have as its name, or that would hide another crate.
const TAKEN: &str = " abstract alloc as async await become box break const continue core crate do dyn else enum \
extern false final fn for gen if impl in let loop macro match mod move mut override priv proc_macro pub ref return \
self static std struct super test trait true try type typeof union unsafe unsized use virtual where while \
workhours_plugin_api yield ";

/// Writes a project for a source type into `dir`, which must be new or empty.
///
/// # Errors
/// When the name is invalid, or taken, or the folder isn't empty; or writing fails.
pub fn new_project(name: &str, lang: Lang, dir: &Path) -> Result<Project> {
    check_name(name)?;
    check_folder(dir)?;
    let words = Words::of(name, lang);
    let mut files = Vec::new();
    let mut write = |path: &str, text: &str| {
        let path = dir.join(words.fill_in(path));
        let failed = || format!("cannot write {}", path.display());
        path.parent().map_or(Ok(()), fs::create_dir_all).context(failed)?;
        fs::write(&path, words.fill_in(text)).context(failed)?;
        files.push(path);
        Ok::<(), Error>(())
    };
    let template = match lang {
        Lang::Rust => RUST,
        Lang::C => C,
    };
    for (path, text) in template.iter().chain(BOTH) {
        write(path, text)?;
    }
    match lang {
        Lang::C => write("workhours_plugin.h", vendored::HEADER)?,
        Lang::Rust => {
            for (path, text) in vendored::files() {
                write(&format!("vendor/workhours-plugin-api/{path}"), &text)?;
            }
        }
    }
    Ok(Project { files, next_steps: next_steps(&words, lang, dir) })
}

fn check_name(name: &str) -> Result<()> {
    if !manifest::is_name(name) {
        let typed = name.to_lowercase().replace([' ', '/'], ".");
        let rule = format!(
            "lower-case words of a-z, 0-9, _ and - joined by dots, at most {} bytes",
            manifest::MAX_NAME
        );
        let hint = match manifest::is_name(&typed) {
            true => format!("{rule}: {typed}"),
            false => format!("{rule}: my.log"),
        };
        return Err(Error::usage(format!("{name:?} cannot be the name of a source type")).hint(hint));
    }
    let built_in = built_in_sources().into_iter().map(|source| source.info());
    let taken = name == manifest::RESERVED
        || built_in.into_iter().any(|info| info.name == name || info.aliases.contains(&name));
    if taken {
        return Err(
            Error::usage(format!("the name {name:?} is taken")).hint(format!("take another: my.{name}"))
        );
    }
    Ok(())
}

fn check_folder(dir: &Path) -> Result<()> {
    let failed = || format!("cannot look into {}", dir.display());
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            Some(entry) => {
                let entry = entry.context(failed)?.file_name();
                Err(Error::usage(format!(
                    "{} is not empty: it has {}",
                    dir.display(),
                    entry.to_string_lossy()
                ))
                .hint("name a new folder with --dir"))
            }
            None => Ok(()),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => {
            Err(Error::usage(format!("{} is not a folder", dir.display()))
                .hint("name a new folder with --dir"))
        }
        Err(e) => Err(e).context(failed),
    }
}

/// The replacements.
struct Words {
    name: String,
    /// The name of the Rust crate.
    package: String,
    /// The same in Rust code.
    ident: String,
    /// The file name of the library.
    library: String,
}

impl Words {
    fn of(name: &str, lang: Lang) -> Self {
        let mut package = name.replace('.', "_");
        let spaced = format!(" {} ", package.replace('-', "_"));
        if !package.starts_with(|c: char| c.is_ascii_lowercase()) || TAKEN.contains(&spaced) {
            package = format!("plugin_{package}");
        }
        let ident = package.replace('-', "_");
        let library = match lang {
            Lang::Rust => format!("{}{ident}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX),
            Lang::C => format!("{name}{}", std::env::consts::DLL_SUFFIX),
        };
        Self { name: name.to_owned(), package, ident, library }
    }

    fn fill_in(&self, text: &str) -> String {
        text.replace("{{name}}", &self.name)
            .replace("{{crate}}", &self.package)
            .replace("{{ident}}", &self.ident)
            .replace("{{library}}", &self.library)
            .replace("{{version}}", env!("CARGO_PKG_VERSION"))
    }
}

fn next_steps(words: &Words, lang: Lang, dir: &Path) -> Vec<String> {
    let (build, library, begin) = match lang {
        Lang::Rust => ("cargo test && cargo build --release", "target/release/", "src/lib.rs".to_owned()),
        Lang::C => ("make", "", format!("{}.c", words.name)),
    };
    let library = format!("{library}{}", words.library);
    vec![
        "it works as it is; to try it:".to_owned(),
        format!("  cd {}", quoted(dir)),
        format!("  {build}"),
        format!("  workhours plugin check {library} fixtures"),
        format!("  workhours plugin add {library}"),
        format!("  workhours -s {} fixtures/{0}/first/input -r events", words.name),
        format!("then make it yours: begin in {begin}; README.md says more"),
    ]
}

#[cfg(test)]
mod tests;
