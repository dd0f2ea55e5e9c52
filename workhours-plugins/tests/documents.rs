//! Logs of git, calendars, timelines of Trac and exports of Google: the counts of the sample corpus, and round trips.

use crate::{beside_crate, source};
use workhours_plugin_api::testing::{check_source, parse_bytes};

const OURS: [&str; 4] = ["git.log", "google.takeout", "ical", "trac.timeline"];

#[test]
fn documents_exact_counts() {
    let folder = beside_crate("../shared/data");
    let Ok(manifest) = std::fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        eprintln!("SKIPPED: no sample corpus at {}", folder.display());
        return;
    };
    let mut wrong = Vec::new();
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let (file, source_type) = (columns[0], columns[1]);
        if !OURS.contains(&source_type)
            || !workhours_plugin_api::built_in_sources().iter().any(|s| s.info().name == source_type)
        {
            continue;
        }
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let got = parse_bytes(source(source_type), &bytes);
        let counts = (got.events.len().to_string(), got.rejects.len().to_string(), got.error.clone());
        if counts != (columns[6].into(), columns[7].into(), None) {
            wrong.push(format!(
                "{file}: {counts:?}, expected {} {}: {:?}",
                columns[6],
                columns[7],
                got.rejects.first()
            ));
        }
        if bytes.len() < 20_000 {
            assert_eq!(check_source(source(source_type), &bytes), [""; 0], "{file}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
