//! The requirements for every source, checked on one input: the tests a host would run on an untrusted library.

use super::memory::{MemoryInput, MemorySink, parse_bytes};
use crate::*;

/// One thing every source must do.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The test.
    pub name: &'static str,
    /// Runs it on an input and returns every breach; none is good.
    pub run: fn(&dyn IDataSource, &[u8]) -> Vec<String>,
}

/// All checks. Those of the description and the sample need no input and do the same for each.
pub const CHECKS: &[Check] = &[
    Check { name: "description", run: |source, _| description(source.info()) },
    Check { name: "sample", run: |source, _| sample(source) },
    Check { name: "rows are in the input", run: rows },
    Check { name: "twice the same", run: twice },
    Check { name: "1-byte reads", run: slowly },
    Check { name: "stops when told", run: stops },
    Check { name: "resumes at checkpoints", run: resumes },
    Check { name: "keys of the sample", run: |source, _| keys(source) },
    Check { name: "cut anywhere", run: cut },
    Check { name: "flipped bits", run: flipped },
    Check { name: "invalid UTF-8", run: not_text },
    Check { name: "CRLF", run: carriage_returns },
    Check { name: "large inputs", run: large },
];

/// Tests a source against the whole contract on `input`. Returns every breach; none is good.
pub fn check_source(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    CHECKS.iter().flat_map(|check| (check.run)(source, input)).collect()
}

fn parse(source: &dyn IDataSource, mut host: MemoryInput, mut sink: MemorySink) -> MemorySink {
    if let Err(e) = source.parse(&mut Input::new(&mut host), &mut sink) {
        sink.error = Some(e.to_string());
    }
    sink
}

fn sample(source: &dyn IDataSource) -> Vec<String> {
    let info = source.info();
    if info.sample.bytes.is_empty() {
        return Vec::new();
    }
    let sample = parse_bytes(source, info.sample.bytes);
    let counts = (sample.events.len() as u64, sample.rejects.len() as u64);
    if counts == (info.sample.events, info.sample.rejects) && sample.error.is_none() {
        return Vec::new();
    }
    vec![format!("sample: got {counts:?} events and rejects, {:?}", sample.error)]
}

fn twice(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    same(source, input, MemoryInput::new(input), "parsing twice gives two answers")
}

fn slowly(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    same(source, input, MemoryInput::new(input).read_at_most(1), "1-byte reads give another answer")
}

fn same(source: &dyn IDataSource, input: &[u8], host: MemoryInput, breach: &str) -> Vec<String> {
    let again = parse(source, host, MemorySink::default()).to_string();
    if again == parse_bytes(source, input).to_string() { Vec::new() } else { vec![breach.to_owned()] }
}

fn description(info: &SourceInfo) -> Vec<String> {
    let mut breaches = Vec::new();
    let word = |name: &str| {
        !name.is_empty()
            && name.split('.').all(|w| !w.is_empty())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b))
    };
    for name in std::iter::once(&info.name).chain(info.aliases).chain(info.kinds) {
        if !word(name) {
            breaches.push(format!("{name:?}: names are lower-case words separated by dots"));
        }
    }
    if info.summary.is_empty() || info.summary.ends_with('.') || info.summary.contains('\n') {
        breaches.push("summary: one line, no full stop".into());
    }
    for (field, value) in [("details", info.details), ("authority", info.authority)] {
        if value.is_empty() {
            breaches.push(format!("{field}: empty"));
        }
    }
    if info.kinds.is_empty() {
        breaches.push("kinds: none declared".into());
    }
    breaches
}

fn rows(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    let (info, mut breaches) = (source.info(), Vec::new());
    for e in &parse_bytes(source, input).events {
        if !info.kinds.contains(&e.kind.as_str()) {
            breaches.push(format!("line {}: kind {:?} is not declared", e.line, e.kind));
        }
        if e.flags.0 & !RowFlags::SOURCE_BITS.0 != 0 {
            breaches.push(format!("line {}: sets flags that are the host's", e.line));
        }
        let from = e.offset as usize;
        if !e.raw.is_empty() && input.get(from..from.saturating_add(e.raw.len())) != Some(&e.raw) {
            breaches.push(format!("line {}: raw bytes do not stand at offset {from}", e.line));
        }
        if e.raw.is_empty() && e.key.is_empty() {
            breaches.push(format!("line {}: neither a key nor raw bytes to make an identity of", e.line));
        }
    }
    breaches
}

fn stops(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    let events = parse_bytes(source, input).events.len();
    let mut breaches = Vec::new();
    for n in some(events).filter(|n| *n > 0) {
        let mut sink = MemorySink::stop_after(n);
        let end = source.parse(&mut Input::new(&mut MemoryInput::new(input)), &mut sink);
        if !matches!(end, Err(SourceError::Stopped)) || sink.events.len() != n {
            breaches.push(format!("told to stop after {n} events: gave {}, {end:?}", sink.events.len()));
        }
    }
    breaches
}

fn resumes(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    let mut breaches = Vec::new();
    if source.info().growth == Growth::Mutable {
        return breaches;
    }
    let whole = parse_bytes(source, input);
    // After an unfinished last record there is none to set.
    let finished = whole.events.iter().any(|e| !e.flags.contains(RowFlags::PROVISIONAL));
    if finished && whole.checkpoints.is_empty() && whole.error.is_none() {
        breaches.push("its input grows, and it sets no checkpoint to go on from".into());
    }
    for i in some(whole.checkpoints.len()).filter(|i| *i < whole.checkpoints.len()) {
        let (resume, events, rejects) = &whole.checkpoints[i];
        let offset = resume.position.offset;
        if offset > input.len() as u64 {
            breaches.push(format!("a checkpoint at byte {offset} of {}", input.len()));
            continue;
        }
        let host = MemoryInput::new(input).resume_at(resume.clone());
        let rest = parse(source, host, MemorySink::default());
        if rest.events != whole.events[*events..] || rest.rejects != whole.rejects[*rejects..] {
            breaches.push(format!("resuming at byte {offset} gives another rest"));
        }
    }
    breaches
}

/// Any input may contain a record twice, but a sample shows the usual case.
fn keys(source: &dyn IDataSource) -> Vec<String> {
    let input = source.info().sample.bytes;
    let mut seen = std::collections::HashSet::new();
    let whole = parse_bytes(source, input);
    let keyed = whole.events.iter().filter(|e| !e.key.is_empty());
    let twice =
        keyed.filter(|e| !seen.insert((e.key.as_slice(), e.host.as_slice(), e.user.as_slice(), e.time)));
    twice
        .take(3)
        .map(|e| format!("line {}: its key stands in the input twice, at one time", e.line))
        .collect()
}

/// Changed input may be read or rejected, but must not crash, and must always have the same result.
fn survives(source: &dyn IDataSource, input: &[u8], how: &str) -> Vec<String> {
    let first = parse_bytes(source, input);
    if let Some(error) = first.error.as_ref().filter(|e| e.contains("it panicked")) {
        return vec![format!("{how}: {error}")];
    }
    if parse_bytes(source, input).to_string() != first.to_string() {
        return vec![format!("{how}: parsing twice gives two answers")];
    }
    Vec::new()
}

fn cut(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    some(input.len()).flat_map(|n| survives(source, &input[..n], &format!("cut at byte {n}"))).collect()
}

fn flipped(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    let flip = |n: usize| {
        let mut bytes = input.to_vec();
        bytes[n] ^= 1 << (n % 8);
        survives(source, &bytes, &format!("a bit flipped at byte {n}"))
    };
    some(input.len()).filter(|n| *n < input.len()).flat_map(flip).collect()
}

fn not_text(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    let insert = |n: usize| {
        let bytes = [&input[..n], b"\xff\xc3\0\xed\xa0\x80", &input[n..]].concat();
        survives(source, &bytes, &format!("bytes that are not UTF-8 at byte {n}"))
    };
    some(input.len()).flat_map(insert).collect()
}

fn carriage_returns(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    let mut bytes = Vec::with_capacity(input.len() * 2);
    for byte in input {
        if *byte == b'\n' && bytes.last() != Some(&b'\r') {
            bytes.push(b'\r');
        }
        bytes.push(*byte);
    }
    survives(source, &bytes, "with CRLF")
}

/// Reads between two pushes: a source that reads for long without a push looks dead.
fn large(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    const TIMES: usize = 1 << 20;
    if input.is_empty() || source.info().growth == Growth::Mutable || source.info().input != InputNeed::Read {
        return Vec::new();
    }
    let many = input.repeat(TIMES / input.len() + 1);
    let whole = parse(source, MemoryInput::new(many), MemorySink::default());
    let silent = whole.events.is_empty() && whole.rejects.is_empty() && whole.ignored == 0;
    if silent && whole.error.is_none() {
        return vec![format!("{} MiB of input without an event, a reject or a line ignored", TIMES >> 20)];
    }
    Vec::new()
}

/// At most some 200 numbers from 0 to `n`, all of them when there are few.
fn some(n: usize) -> impl Iterator<Item = usize> + use<> {
    (0..=n).step_by(n / 200 + 1)
}
