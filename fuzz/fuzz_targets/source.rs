//! A source on any bytes: no panic, at most a second, no memory beyond what the input explains.
//!
//! `WORKHOURS_FUZZ_SOURCE=log.http cargo +nightly fuzz run source`; `fuzz/run` does it for all of them, beginning
//! with each source's own sample and fixtures.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;
use workhours_plugin_api::testing::parse_bytes;
use workhours_plugin_api::{IDataSource, built_in_sources};
use workhours_plugins as _;

fn source() -> &'static dyn IDataSource {
    static CHOSEN: OnceLock<&'static dyn IDataSource> = OnceLock::new();
    *CHOSEN.get_or_init(|| {
        let name = std::env::var("WORKHOURS_FUZZ_SOURCE").unwrap_or_else(|_| "log.http".into());
        let found = built_in_sources().into_iter().find(|s| s.info().name == name);
        found.unwrap_or_else(|| panic!("there is no source {name}"))
    })
}

fuzz_target!(|data: &[u8]| {
    let source = source();
    let first = parse_bytes(source, data);
    assert_eq!(first.to_string(), parse_bytes(source, data).to_string(), "twice gives two answers");
    for e in &first.events {
        let end = (e.offset as usize).saturating_add(e.raw.len());
        assert!(e.raw.is_empty() || end <= data.len() + 4, "a record beyond the input");
        assert!(!e.raw.is_empty() || !e.key.is_empty(), "nothing to make an identity of");
        assert!(source.info().kinds.contains(&e.kind.as_str()), "a kind that is not declared");
    }
});
