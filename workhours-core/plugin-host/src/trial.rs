//! One test of the validator, run in a worker: the contract's own checks on the inputs of the job.

use super::library::Described;
use serde::{Deserialize, Serialize};
use std::io::Write;
use workhours_plugin_api::testing::{CHECKS, MemoryInput, MemorySink, parse_bytes};
use workhours_plugin_api::{Input, SourceError, abi};

/// Maximum number of printed breaches; more are counted.
const TOLD: usize = 10;

/// The subject of the test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Trial {
    /// The source type.
    pub(super) source: String,
    pub(super) test: Test,
    pub(super) cases: Vec<Case>,
}

/// The test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Test {
    /// One of the contract's own, by its name.
    Contract(String),
    /// The cases' expected results.
    Fixtures,
    /// A host of other versions, with larger structs.
    OtherHosts,
}

/// An input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) input: Vec<u8>,
    /// The expectation of a fixture.
    pub(super) expected: Option<String>,
}

/// Runs it. All breaches are in the error.
pub(super) fn run(trial: &Trial, sources: &[Described]) -> Result<(), SourceError> {
    let named = sources.iter().find(|s| s.manifest.info.name == trial.source);
    let source = named.ok_or_else(|| SourceError::Internal(format!("it has no source {}", trial.source)))?;
    let mut breaches = Vec::new();
    for case in &trial.cases {
        // Should it crash, the host finds on which input.
        let _ = writeln!(std::io::stderr(), "input {}", case.name);
        let found = match &trial.test {
            Test::Contract(name) => CHECKS
                .iter()
                .filter(|check| check.name == name)
                .flat_map(|check| (check.run)(source, &case.input))
                .collect(),
            Test::Fixtures => compare(source, case),
            Test::OtherHosts => other_hosts(source, &case.input),
        };
        breaches.extend(found.into_iter().map(|breach| format!("{}: {breach}", case.name)));
    }
    if breaches.is_empty() {
        return Ok(());
    }
    let more = breaches.len().saturating_sub(TOLD);
    breaches.truncate(TOLD);
    if more > 0 {
        breaches.push(format!("and {more} more"));
    }
    Err(SourceError::Internal(breaches.join("; ")))
}

fn compare(source: &Described, case: &Case) -> Vec<String> {
    let Some(want) = &case.expected else { return Vec::new() };
    let got = parse_bytes(source, &case.input).to_string();
    if got == *want {
        return Vec::new();
    }
    let at = got.lines().zip(want.lines()).take_while(|(g, w)| g == w).count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(nothing)").to_owned();
    vec![format!("line {} of expected: want {:?}, got {:?}", at + 1, line(want), line(&got))]
}

/// A host that has grown, and ones that claim to be older and newer, must be served alike.
fn other_hosts(source: &Described, input: &[u8]) -> Vec<String> {
    let usual = parse_bytes(source, input).to_string();
    let mut breaches = Vec::new();
    for (abi_minor, grown_by) in [(0, 0), (abi::MINOR + 1, 8), (u16::MAX, 128)] {
        let mut sink = MemorySink::default();
        let shape = abi::HostShape { abi_minor, grown_by };
        let mut host = MemoryInput::new(input);
        if let Err(e) = abi::call_as(source.source, &mut Input::new(&mut host), &mut sink, shape) {
            sink.error = Some(e.to_string());
        }
        if sink.to_string() != usual {
            breaches.push(format!("a host of version 1.{abi_minor} gets another answer"));
        }
    }
    breaches
}
