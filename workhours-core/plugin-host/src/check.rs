//! The validator: tests a library against the contract, for `plugin check`. Each test has its own worker, so if one
//! crashes, its name is known and the others still run. It needs no trust: everything is sandboxed.

use super::child;
use super::failure::Failure;
use super::job::{Job, Task};
use super::source::describe;
use super::trial::{Case, Test, Trial};
use super::{PluginSettings, manifest, trust};
use object::{Object, ObjectSymbol};
use std::path::Path;
use std::time::Duration;
use workhours_base::error::{Context, Error, Result};
use workhours_plugin_api::abi::{self, status};
use workhours_plugin_api::testing::{CHECKS, Fixture};
use workhours_plugin_api::{SourceInfo, Stop};

/// A description that takes longer does work that belongs into `parse`.
const SLOW: Duration = Duration::from_secs(1);

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should.
    Pass,
    /// Not so.
    Fail,
    /// There was nothing to run it on.
    Skip,
}

impl Verdict {
    /// The word used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// One test of the validator.
#[derive(Clone, Debug)]
pub struct Tested {
    /// The source type; empty for the library as a whole.
    pub source: String,
    /// The test.
    pub test: String,
    /// Its result.
    pub verdict: Verdict,
    /// The problem, or why it was skipped.
    pub problem: Option<String>,
}

/// Holds a library against the contract. `fixtures` is a folder of `<source type>/<case>/input` and `expected`,
/// or of the cases of its only source.
///
/// # Errors
/// When the library or the fixtures can't be read. Problems of the library are in the result.
pub fn check(file: &Path, fixtures: Option<&Path>, settings: &PluginSettings) -> Result<Vec<Tested>> {
    let file = trust::canonical(file)?;
    let bytes = std::fs::read(&file).context(|| format!("cannot read {}", file.display()))?;
    let mut tested = vec![of_library("one export", exports(&bytes))];
    let described = describe(&file, &file, settings);
    let elapsed = described.as_ref().ok().map(|first| {
        // The quickest of several: the first one includes a cold disk.
        let again = (0..2).filter_map(|_| describe(&file, &file, settings).ok().map(|d| d.elapsed));
        again.fold(first.elapsed, Duration::min)
    });
    tested.push(of_library(
        "loads and describes itself",
        described.as_ref().map(|_| ()).map_err(Error::full_message),
    ));
    let Ok(described) = described else { return Ok(tested) };
    let slow = elapsed
        .filter(|e| *e > SLOW)
        .map(|e| format!("it took {} ms; {} are allowed", e.as_millis(), SLOW.as_millis()));
    tested.push(of_library("describes itself at once", slow.map_or(Ok(()), Err)));
    let only = described.manifests.len() == 1;
    for json in &described.manifests {
        let info = manifest::read(json)?.info;
        let cases = cases(info, fixtures, only)?;
        let trial = |test: Test, cases: Vec<Case>| {
            let task = Task::Check(Trial { source: info.name.to_owned(), test, cases });
            let (sandbox, limits) = (settings.sandbox, settings.limits);
            Job { plugin: file.clone(), sha256: Some(described.sha256.clone()), sandbox, limits, task }
        };
        for check in CHECKS {
            tested.push(in_worker(
                info,
                check.name,
                &trial(Test::Contract(check.name.to_owned()), cases.clone()),
            ));
        }
        tested.push(in_worker(info, "hosts of other versions", &trial(Test::OtherHosts, cases.clone())));
        let expecting: Vec<Case> = cases.into_iter().filter(|c| c.expected.is_some()).collect();
        let name = format!("fixtures ({})", expecting.len());
        tested.push(match expecting.is_empty() {
            true => Tested {
                source: info.name.to_owned(),
                test: name,
                verdict: Verdict::Skip,
                problem: Some("there are none; give their folder".into()),
            },
            false => in_worker(info, &name, &trial(Test::Fixtures, expecting)),
        });
    }
    Ok(tested)
}

fn of_library(test: &str, result: std::result::Result<(), String>) -> Tested {
    let verdict = if result.is_ok() { Verdict::Pass } else { Verdict::Fail };
    Tested { source: String::new(), test: test.into(), verdict, problem: result.err() }
}

fn in_worker(info: &SourceInfo, test: &str, job: &Job) -> Tested {
    let ended = child::run(job, None, &std::env::temp_dir(), &mut |_| Ok::<(), Stop>(()));
    let problem = match ended {
        Ok(finished) if finished.end.status == status::OK => None,
        Ok(finished) => Some(finished.end.message),
        Err(Failure::Broken(why)) => Some(why),
        Err(Failure::Stopped) => Some("stopped".into()),
    };
    let verdict = if problem.is_none() { Verdict::Pass } else { Verdict::Fail };
    Tested { source: info.name.to_owned(), test: test.to_owned(), verdict, problem }
}

/// The inputs to test a source on: nothing, its sample, and the fixtures.
fn cases(info: &SourceInfo, fixtures: Option<&Path>, only: bool) -> Result<Vec<Case>> {
    let case = |name: &str, input: &[u8]| Case { name: name.into(), input: input.to_vec(), expected: None };
    let mut cases = vec![case("nothing", b""), case("sample", info.sample.bytes)];
    let Some(folder) = fixtures else { return Ok(cases) };
    let own = folder.join(info.name);
    let folder = if own.is_dir() { own } else { folder.to_owned() };
    let mut dirs: Vec<_> = std::fs::read_dir(&folder)
        .context(|| format!("cannot list the fixtures in {}", folder.display()))?
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|dir| dir.join("input").is_file())
        .collect();
    dirs.sort();
    if dirs.is_empty() && only {
        return Err(Error::usage(format!("{} holds no fixtures", folder.display()))
            .hint("a fixture is a folder with a file input and a file expected"));
    }
    for dir in dirs {
        let fixture = Fixture { dir };
        let read = |name: &str| {
            let path = fixture.dir.join(name);
            std::fs::read(&path).context(|| format!("cannot read {}", path.display()))
        };
        let expected = read("expected").ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let name = fixture.dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        cases.push(Case { name, input: read("input")?, expected });
    }
    Ok(cases)
}

/// Whether a library exports the one function and nothing else.
fn exports(bytes: &[u8]) -> std::result::Result<(), String> {
    let library = object::File::parse(bytes).map_err(|e| format!("it is no library: {e}"))?;
    let mut names: Vec<&str> = match library.format() {
        // An ELF library exports its own global dynamic symbols; the linker's marks aren't functions.
        object::BinaryFormat::Elf => library
            .dynamic_symbols()
            .filter(|s| s.is_definition() && s.is_global() && !s.name().unwrap_or("").starts_with("_"))
            .filter_map(|s| s.name().ok())
            .collect(),
        _ => {
            let exported = library.exports().map_err(|e| format!("its exports cannot be read: {e}"))?;
            let names = exported.iter().filter_map(|e| std::str::from_utf8(e.name()).ok());
            names.map(|name| name.trim_start_matches('_')).collect()
        }
    };
    names.sort_unstable();
    match names[..] {
        [abi::SYMBOL] => Ok(()),
        [] => Err(format!("it exports nothing; {} is looked for", abi::SYMBOL)),
        _ if !names.contains(&abi::SYMBOL) => Err(format!("it does not export {}", abi::SYMBOL)),
        _ => {
            names.retain(|name| *name != abi::SYMBOL);
            names.truncate(5);
            Err(format!("it also exports {}; compile with -fvisibility=hidden", names.join(", ")))
        }
    }
}
