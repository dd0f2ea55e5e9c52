//! The shells' histories: the sample corpus, and commands written as the shells write them and read back.

use crate::{beside_crate, source};
use proptest::prelude::*;
use workhours_plugin_api::testing::{Event, MemorySink, check_source, parse_bytes};
use workhours_plugin_api::{RowFlags, civil};

/// Reads a file of the corpus, or prints that there is none.
pub(crate) fn corpus(source_type: &str, file: &str) -> Option<MemorySink> {
    let path = beside_crate("../shared/data").join(file);
    let Ok(bytes) = std::fs::read(&path) else {
        crate::skipped(format_args!("no sample at {}", path.display()));
        return None;
    };
    Some(parse_bytes(source(source_type), &bytes))
}

/// Every exact row of the corpus has its counts.
pub(crate) fn exact_rows(rows_of: &str, source_type: &str) {
    let folder = beside_crate("../shared/data");
    let Ok(manifest) = std::fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        crate::skipped(format_args!("no sample corpus at {}", folder.display()));
        return;
    };
    let mut rows = 0;
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        if columns[1] != rows_of || columns[10] != "exact" {
            continue;
        }
        let bytes = std::fs::read(folder.join(columns[0])).unwrap();
        let got = parse_bytes(source(source_type), &bytes);
        let rejects = got.rejects.len();
        let events = got.events;
        let counts = (events.len().to_string(), rejects.to_string(), got.error);
        assert_eq!(counts, (columns[6].into(), columns[7].into(), None), "{}", columns[0]);
        for want in [columns[8], columns[9]].into_iter().filter_map(second) {
            let seen = events.iter().any(|e| secs(e) == Some(want));
            assert!(seen, "{}: no event at {want}", columns[0]);
        }
        if bytes.len() < 20_000 {
            assert_eq!(check_source(source(source_type), &bytes), [""; 0], "{}", columns[0]);
        }
        rows += 1;
    }
    assert!(rows > 0, "the manifest has no exact row for {rows_of}");
}

/// The second of an ISO date in UTC that `text` begins with.
fn second(text: &str) -> Option<i64> {
    let number = |at: std::ops::Range<usize>| civil::digits(text.get(at)?.as_bytes());
    let utc = text.get(19..).is_some_and(|rest| rest.contains('Z'));
    let day = (number(0..4)? as i32, number(5..7)?, number(8..10)?);
    let clock = (number(11..13)?, number(14..16)?, number(17..19)?);
    civil::seconds(day.0, day.1, day.2, clock.0, clock.1, clock.2).filter(|_| utc)
}

fn texts(got: &MemorySink) -> Vec<String> {
    got.events.iter().map(|e| String::from_utf8_lossy(&e.text).into_owned()).collect()
}

fn secs(event: &Event) -> Option<i64> {
    event.time.map(|t| t.secs)
}

#[test]
fn corpus_rows() {
    exact_rows("bash_history", "bash.history");
    exact_rows("zsh_history", "zsh.history");
    exact_rows("fish_history", "fish.history");
}

#[test]
fn corpus_bash_as_bash_reads_it() {
    let Some(got) = corpus("bash.history", "bash_history/fishrepo-history_sample_bash") else { return };
    assert_eq!((got.events.len(), got.rejects.len()), (22, 0));
    assert_eq!(got.events.iter().filter_map(secs).collect::<Vec<_>>(), [1_339_718_290, 1_339_718_298]);
    let got = corpus("bash.history", "bash_history/plaso-bash_history_desync").unwrap();
    assert_eq!((got.events.len(), got.rejects.len()), (8, 0));
    let got = corpus("bash.history", "bash_history/lnav-logfile_tcsh_history.0").unwrap();
    assert_eq!(texts(&got), ["./drive_vt52_curses", "exit"]);
    assert_eq!(secs(&got.events[1]), Some(1_162_490_385));
}

#[test]
fn corpus_bash_torture() {
    let file = "torture/gen-bash52-nasty-lithist.bash_history";
    let Some(got) = corpus("bash.history", file) else { return };
    assert_eq!((got.events.len(), got.rejects.len(), got.ignored), (11, 0, 5));
    assert_eq!(got.events[3].text, b"for i in 1 2\ndo\n  echo $i\ndone");
    assert_eq!(
        (got.events[5].text.as_slice(), secs(&got.events[5])),
        (&b"heredoc body\nE"[..], Some(1_234_567_890))
    );
    assert_eq!(got.events[6].text, b"echo raw \xff\xfe bytes");
    let provisional = got.events.iter().filter(|e| e.flags.contains(RowFlags::PROVISIONAL)).count();
    assert_eq!((texts(&got)[10].as_str(), provisional), ("exit", 1));
}

#[test]
fn corpus_zsh_commands() {
    let Some(got) = corpus("zsh.history", "zsh_history/gen-zsh59-extended.zsh_history") else { return };
    let texts = texts(&got);
    assert_eq!(texts[2], "echo héllo 日本語 😀 à");
    assert_eq!(texts[3], "for i in 1 2; do\n  echo $i\ndone");
    assert_eq!((texts[5].as_str(), texts[6].as_str()), ("echo back\\\\", "echo cont \\\n  next"));
    assert_eq!(got.events[8].text, b"echo raw \xff\xfe\x83\xa2 bytes");
    let sleep = &got.events[9];
    assert_eq!(sleep.end.map(|t| t.secs), secs(sleep).map(|s| s + 1));
    assert_eq!(texts[11], ": 1457771210:0;not a header");
    let got = corpus("zsh.history", "zsh_history/atuin-metafied.zsh_history").unwrap();
    assert_eq!(
        got.events.iter().map(|e| e.text.as_slice()).collect::<Vec<_>>(),
        ["echo 你好".as_bytes(), "ls ~/音乐".as_bytes()]
    );
}

#[test]
fn corpus_fish_commands() {
    let Some(got) = corpus("fish.history", "fish_history/atuin-parse_complex.fish_history") else { return };
    assert_eq!(texts(&got)[4], "echo \"foo\" \\\n'bar' baz");
    assert_eq!(texts(&got)[6], "echo \"\\\"\" \\\\ \"\\\\\"");
    let got = corpus("fish.history", "fish_history/fishrepo-history_sample_fish_2_0").unwrap();
    assert_eq!(
        got.events.iter().map(secs).collect::<Vec<_>>(),
        [Some(1_111_122_222), Some(1_339_717_377), Some(1_339_717_385)]
    );
    assert!(got.rejects.is_empty() && got.ignored > 0, "the torn last entry is left until it is whole");
    let got = corpus("fish.history", "fish_history/fishrepo-history_sample_corrupt1").unwrap();
    assert_eq!(got.events.iter().map(secs).collect::<Vec<_>>(), [None, Some(1_403_531_898)]);
}

#[test]
fn corpus_noise() {
    for file in ["random.bin", "nul-10k.bin", "only-newlines.txt", "empty.file", "not-a-db.sqlite"] {
        for name in ["zsh.history", "fish.history", "bash.history", "find", "bodyfile", "log.wtmp"] {
            let Some(got) = corpus(name, &format!("torture/{file}")) else { return };
            // Any line can be a command, so a few of these may be.
            let lenient = matches!((name, file), ("zsh.history" | "bash.history", "random.bin"));
            assert!(got.events.is_empty() || lenient, "{name} finds events in {file}");
        }
    }
}

/// Commands as people type them, and worse; without what no history can hold.
fn command(pattern: &'static str) -> impl Strategy<Value = String> {
    let lines = proptest::collection::vec(pattern, 1..4).prop_map(|lines| lines.join("\n"));
    lines.prop_filter("something to do", |c| !c.trim().is_empty())
}

proptest! {
    #[test]
    fn bash_reads_what_bash_writes(
        history in proptest::collection::vec((1..4_000_000_000_i64, command("[^\0\r\n#]{1,12}")), 1..8)
    ) {
        let file: String = history.iter().map(|(secs, c)| format!("#{secs}\n{c}\n")).collect();
        let got = parse_bytes(source("bash.history"), file.as_bytes());
        let read: Vec<_> = got.events.iter().map(secs).zip(texts(&got)).collect();
        // Lines that are blank at either end of a command are not part of it.
        let blank = |l: &&str| l.as_bytes().trim_ascii().is_empty();
        let trimmed = |c: &str| {
            let lines: Vec<_> = c.split('\n').skip_while(blank).collect();
            let end = lines.iter().rposition(|l| !blank(l)).map_or(0, |n| n + 1);
            lines[..end].join("\n")
        };
        let wrote: Vec<_> = history.iter().map(|(secs, c)| (Some(*secs), trimmed(c)))
            .filter(|(_, c)| !c.is_empty()).collect();
        prop_assert_eq!(read, wrote);
    }

    #[test]
    fn zsh_reads_what_zsh_writes(
        history in proptest::collection::vec((1..4_000_000_000_i64, 0..90_000_i64, command("[^\0\r\n\u{feff}]{1,12}")), 1..8),
        extended in any::<bool>(),
    ) {
        // In a history without times, zsh takes the backslash of such a command for its own.
        prop_assume!(extended || !history.iter().any(|(_, _, c)| c.starts_with("\\:")));
        let mut file = Vec::new();
        for (secs, elapsed, command) in &history {
            if extended {
                file.extend(format!(": {secs}:{elapsed};").into_bytes());
            } else if command.starts_with(':') {
                file.push(b'\\');
            }
            let mut backslashes = false;
            for byte in command.bytes() {
                if byte == b'\n' {
                    file.push(b'\\');
                }
                backslashes = byte == b'\\' || (backslashes && byte == b' ');
                if (0x83..=0xa2).contains(&byte) {
                    file.extend([0x83, byte ^ 0x20]);
                } else {
                    file.push(byte);
                }
            }
            if backslashes {
                file.push(b' ');
            }
            file.push(b'\n');
        }
        let got = parse_bytes(source("zsh.history"), &file);
        for (event, (start, elapsed, command)) in got.events.iter().zip(&history) {
            prop_assert_eq!(String::from_utf8_lossy(&event.text), command.as_str());
            if extended {
                let end = Some(start + elapsed).filter(|_| *elapsed > 0 && elapsed < start);
                prop_assert_eq!(secs(event), Some(*start));
                prop_assert!(elapsed >= start || event.end.map(|t| t.secs) == end);
            }
        }
        prop_assert_eq!((got.events.len(), got.rejects.len()), (history.len(), 0));
    }

    #[test]
    fn fish_reads_what_fish_writes(
        history in proptest::collection::vec(
            (1..4_000_000_000_i64, command("[^\0\r\n\u{feff}]{1,12}"), proptest::collection::vec("[^\0\r]{1,9}", 0..3)), 1..8)
    ) {
        let escape = |text: &str| text.replace('\\', "\\\\").replace('\n', "\\n");
        let mut file = String::new();
        for (secs, command, paths) in &history {
            file += &format!("- cmd: {}\n  when: {secs}\n", escape(command));
            if !paths.is_empty() {
                file += "  paths:\n";
            }
            file.extend(paths.iter().map(|p| format!("    - {}\n", escape(p))));
        }
        let got = parse_bytes(source("fish.history"), file.as_bytes());
        prop_assert_eq!((got.events.len(), got.rejects.len()), (history.len(), 0));
        for (event, (start, command, paths)) in got.events.iter().zip(&history) {
            // fish reads back without the white space in front.
            prop_assert_eq!(String::from_utf8_lossy(&event.text), command.trim_start_matches([' ', '\t', '\x0c']));
            prop_assert_eq!(secs(event), Some(*start));
            let want: Vec<_> = (!paths.is_empty()).then(|| ("paths".into(), format!("{:?}", paths.join("\n"))))
                .into_iter().collect::<Vec<(String, String)>>();
            prop_assert_eq!(&event.attrs, &want);
        }
    }
}
