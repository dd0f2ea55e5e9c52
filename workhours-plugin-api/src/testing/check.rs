//! What every source must do, checked on one input: the questions a host would ask of a stranger's library.

use super::memory::{MemoryInput, MemorySink, parse_bytes};
use crate::*;

/// Holds a source against the contract on `input`. Gives every breach found; none is good.
///
/// Checked: the description; the embedded sample; the same answer twice and from 1-byte reads; declared
/// kinds; spans inside the input and raw bytes as they stand there; stopping at each event; resuming at each
/// checkpoint; no panic on any cut of the input.
pub fn check_source(source: &dyn IDataSource, input: &[u8]) -> Vec<String> {
    let mut breaches = Vec::new();
    let info = source.info();
    check_info(info, &mut breaches);
    let sample = parse_bytes(source, info.sample.bytes);
    let counts = (sample.events.len() as u64, sample.rejects.len() as u64);
    if counts != (info.sample.events, info.sample.rejects) || sample.error.is_some() {
        breaches.push(format!("sample: got {counts:?} events and rejects, {:?}", sample.error));
    }

    let whole = parse_bytes(source, input);
    let shown = whole.to_string();
    if parse_bytes(source, input).to_string() != shown {
        breaches.push("parsing twice gives two answers".into());
    }
    let mut slow = MemorySink::default();
    let mut host = MemoryInput::new(input).read_at_most(1);
    if let Err(e) = source.parse(&mut Input::new(&mut host), &mut slow) {
        slow.error = Some(e.to_string());
    }
    if slow.to_string() != shown {
        breaches.push("1-byte reads give another answer".into());
    }
    check_rows(info, input, &whole, &mut breaches);
    check_stop(source, input, &whole, &mut breaches);
    check_resume(source, input, &whole, &mut breaches);
    for cut in cuts(input.len()) {
        let _ = parse_bytes(source, &input[..cut]);
    }
    breaches
}

fn check_info(info: &SourceInfo, breaches: &mut Vec<String>) {
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
}

fn check_rows(info: &SourceInfo, input: &[u8], whole: &MemorySink, breaches: &mut Vec<String>) {
    for e in &whole.events {
        if !info.kinds.contains(&e.kind.as_str()) {
            breaches.push(format!("line {}: kind {:?} is not declared", e.line, e.kind));
        }
        if e.flags.0 & !RowFlags::SOURCE_BITS.0 != 0 {
            breaches.push(format!("line {}: sets flags that are the host's", e.line));
        }
        let from = e.offset as usize;
        if !e.raw.is_empty() && input.get(from..from + e.raw.len()) != Some(&e.raw) {
            breaches.push(format!("line {}: raw bytes do not stand at offset {from}", e.line));
        }
        if e.raw.is_empty() && e.key.is_empty() {
            breaches.push(format!("line {}: neither a key nor raw bytes to make an identity of", e.line));
        }
    }
}

fn check_stop(source: &dyn IDataSource, input: &[u8], whole: &MemorySink, breaches: &mut Vec<String>) {
    for n in cuts(whole.events.len()).filter(|n| *n > 0) {
        let mut sink = MemorySink::stop_after(n);
        let end = source.parse(&mut Input::new(&mut MemoryInput::new(input)), &mut sink);
        if !matches!(end, Err(SourceError::Stopped)) || sink.events.len() != n {
            breaches.push(format!("told to stop after {n} events: gave {}, {end:?}", sink.events.len()));
        }
    }
}

fn check_resume(source: &dyn IDataSource, input: &[u8], whole: &MemorySink, breaches: &mut Vec<String>) {
    if source.info().growth == Growth::Mutable {
        return;
    }
    for i in cuts(whole.checkpoints.len()).filter(|i| *i < whole.checkpoints.len()) {
        let (resume, events, rejects) = &whole.checkpoints[i];
        let mut sink = MemorySink::default();
        let mut host = MemoryInput::new(input).resume_at(resume.clone());
        let _ = source.parse(&mut Input::new(&mut host), &mut sink);
        if sink.events != whole.events[*events..] || sink.rejects != whole.rejects[*rejects..] {
            breaches.push(format!("resuming at byte {} gives another rest", resume.position.offset));
        }
    }
}

/// At most some 200 numbers from 0 to `n`, all of them when there are few.
fn cuts(n: usize) -> impl Iterator<Item = usize> {
    (0..=n).step_by(n / 200 + 1)
}
