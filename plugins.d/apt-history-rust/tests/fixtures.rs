//! Each folder in `fixtures/apt.history` is a test: `input` must produce `expected`, and the source must keep the
//! contract on it. `WORKHOURS_BLESS=1 cargo test` writes `expected` again: read the diff before you keep it.

use apt_history::AptHistory;
use std::path::Path;
use workhours_plugin_api::MAX_RECORD_BYTES;
use workhours_plugin_api::testing::{check_source, fixtures_in, parse_bytes};

#[test]
fn fixtures() {
    for fixture in fixtures_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apt.history")) {
        fixture.check(&AptHistory).unwrap_or_else(|e| panic!("{e}"));
        let input = std::fs::read(fixture.dir.join("input")).unwrap();
        assert_eq!(check_source(&AptHistory, &input), [""; 0], "{}", fixture.dir.display());
    }
}

#[test]
fn a_stanza_that_is_too_long_is_rejected_and_the_next_is_read() {
    let mut input = b"Start-Date: 2024-05-01  12:00:00\nInstall: ".to_vec();
    input.resize(input.len() + MAX_RECORD_BYTES, b'x');
    input.extend_from_slice(b"\nEnd-Date: 2024-05-01  12:00:01\n\nStart-Date: 2024-05-01  12:00:02\n\n");
    let sink = parse_bytes(&AptHistory, &input);
    assert_eq!((sink.events.len(), sink.rejects.len(), sink.ignored), (1, 1, 2));
    assert_eq!((sink.events[0].line, sink.rejects[0].line), (5, 1));
}
