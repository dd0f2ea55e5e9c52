//! Secrets: hidden before they are stored, and removed for good when asked. And tags by rule.

use crate::kit::{Home, Summary};
use std::fs;
use std::path::{Path, PathBuf};

const LINE: &str = "192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /in?user=a&password=hunter2 HTTP/1.0\" 200 1 \
                    \"https://ada:hunter2@h.example/p?token=s3cr3t\" \"curl\"\n";
const CLEAN: &str =
    "192.0.2.1 - - [10/Oct/2000:13:55:37 -0700] \"GET /clean HTTP/1.0\" 200 1 \"-\" \"curl\"\n";
const REJECTED: &str = "nonsense --password=hunter2 here\n";

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The names of our own files that hold the text, unpacked where they are packed.
fn holding(home: &Home, text: &str) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    files(&home.path("data"))
        .into_iter()
        .filter(|path| {
            let bytes = fs::read(path).unwrap();
            let unpacked = zstd::decode_all(&bytes[..]).unwrap_or_default();
            holds(&bytes) || holds(&unpacked)
        })
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

fn home() -> (Home, Summary) {
    let home = Home::new();
    home.write("access.log", [LINE, CLEAN, REJECTED].concat());
    let summary = home.load(&["-s", "log.http", "access.log"]);
    (home, summary)
}

#[test]
fn what_is_stored_and_shown_holds_no_secret() {
    let (home, summary) = home();
    summary.counts([2, 0, 0, 1]);
    let shown = home.ok(&["-r", "events", "-O", "jsonl"]).stdout();
    for secret in ["hunter2", "s3cr3t"] {
        assert!(!shown.contains(secret), "{shown}");
        let held = holding(&home, secret);
        assert!(
            held.iter().all(|name| name.ends_with(".zst")),
            "only the copies are the originals: {held:?}"
        );
    }
    for hidden in [
        "/in?user=a&password=‹redacted:password›",
        "https://ada:‹redacted:password›@h.example/p?token=‹redacted:token›",
    ] {
        assert!(shown.contains(hidden), "{shown}");
    }
    assert!(shown.contains("\"redacted\""), "the event says so\n{shown}");
    // Hidden text isn't part of an identity.
    home.write("off.toml", "[redaction]\nenabled = false\n");
    home.load(&["-c", "off.toml", "-s", "log.http", "access.log", "--reread"]).counts([0, 2, 0, 1]);
}

#[test]
fn a_rule_of_ones_own_and_a_wrong_one() {
    let home = Home::new();
    home.write("access.log", CLEAN.replace("/clean", "/t/TCK-4711"));
    home.write("own.toml", "[redaction]\nticket = 'TCK-(?<secret>\\d+)'\n");
    home.load(&["-c", "own.toml", "-s", "log.http", "access.log"]).counts([1, 0, 0, 0]);
    assert_eq!(home.column("url"), ["/t/TCK-‹redacted:ticket›"]);
    home.write("own.ini", "[main]\n[redaction]\nenabled = no\n");
    home.write("twin.log", CLEAN.replace("/clean", "/t/TCK-1"));
    home.load(&["-c", "own.ini", "-s", "log.http", "twin.log"]).counts([1, 0, 0, 0]);
    assert!(home.column("url").contains(&"/t/TCK-1".to_owned()));
    home.write("bad.toml", "\n[redaction]\nticket = '('\n");
    home.run(&["-c", "bad.toml", "-l"]).exits(2).says(&["bad.toml:3", "the redaction rule ticket"]);
}

#[test]
fn purged_it_is_gone_from_everything_and_stays_so() {
    let (home, _) = home();
    let all = holding(&home, "hunter2");
    assert!(!all.is_empty(), "the copy holds it");
    home.ok(&["purge", "hunter2", "--dry-run"]).says(&["would remove: 1 event, 1 reject"]);
    assert_eq!(holding(&home, "hunter2"), all, "a dry run changes nothing");
    home.ok(&["purge", "hunter2"]).says(&["removed for good: 1 event, 1 reject", "copies of 1 file blanked"]);
    for gone in ["hunter2", "s3cr3t", "h.example", "nonsense"] {
        assert_eq!(holding(&home, gone), [""; 0], "{gone}");
    }
    assert_eq!(home.column("url"), ["/clean"]);
    // No load brings it back: neither of the same file nor of one that has grown, nor from the copy.
    home.load(&["-s", "log.http", "access.log", "--reread"]);
    home.append("access.log", CLEAN.replace(":37", ":38"));
    home.load(&["-s", "log.http", "access.log"]).counts([1, 0, 0, 0]);
    home.write("twin.log", LINE);
    home.load(&["-s", "log.http", "twin.log"]);
    assert_eq!(home.column("url"), ["/clean"; 2]);
    assert!(home.rejects().is_empty(), "{:?}", home.rejects());
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!(home.column("url"), ["/clean"; 2]);
    home.ok(&["purge", "hunter2", "--dry-run"]).says(&["would remove: 0 events, 0 rejects"]);
}

#[test]
fn purge_wants_to_know_what() {
    let (home, _) = home();
    home.run(&["purge", ".*"]).exits(2).says(&["matches everything", "hint: "]);
    home.run(&["purge", "("]).exits(2).says(&["not a valid regular expression"]);
    home.ok(&["purge", "-F", "(", "--dry-run"]);
    home.ok(&["purge", "no such thing"]).says(&["0 events, 0 rejects"]);
    assert_eq!(home.column("url").len(), 2);
}

#[test]
fn tags_come_from_rules_and_go_with_them() {
    let home = Home::new();
    home.write("access.log", [LINE, CLEAN].concat());
    home.write(
        "b.html",
        "<DT><A HREF=\"https://acme.example/\" ADD_DATE=\"1\" TAGS=\"work,acme\">Acme</A>\n",
    );
    home.write("a.toml", "[tags]\nclean = { url = '/clean$' }\nacme = 'acme'\n");
    home.load(&["-c", "a.toml", "-s", "log.http", "access.log", "-s", "bookmarks.html", "b.html"]);
    let list = |home: &Home| home.ok(&["tags", "list", "-O", "csv"]).stdout();
    assert_eq!(list(&home), "tag,events,by_rule\nacme,1,0\nclean,1,1\nwork,1,0\n");
    // Other rules: theirs come and go, those of the bookmark stay.
    home.write("b.toml", "[tags]\nweb = { source = '^log\\.http$' }\nclean = { title = 'nothing' }\n");
    home.ok(&["-c", "b.toml", "tags", "apply"]).says(&["looked at 3 events: 2 tags put on, 1 taken off"]);
    assert_eq!(list(&home), "tag,events,by_rule\nacme,1,0\nweb,2,2\nwork,1,0\n");
    home.ok(&["-c", "b.toml", "tags", "apply"]).says(&["0 tags put on, 0 taken off"]);
    // Without rules only the source's own are left.
    home.ok(&["tags", "apply"]).says(&["0 tags put on, 2 taken off"]);
    assert_eq!(list(&home), "tag,events,by_rule\nacme,1,0\nwork,1,0\n");
    home.write("bad.toml", "[tags]\nx = { titel = 'a' }\n");
    home.run(&["-c", "bad.toml", "tags", "apply"]).exits(2).says(&["bad.toml:2", "did you mean title?"]);
}

const KEYED: &str = "{\"time\":\"2026-03-10T08:00:00Z\",\"text\":\"a\",\"password\":\"Zq1SecretOne\",\"api_key\":\"Zq3SecretThree\",\"pin\":4711}\n";

#[test]
fn what_a_name_says_is_secret_is_hidden_in_every_format() {
    let home = Home::new();
    home.write("j.jsonl", KEYED);
    home.write("s.log", "<34>1 2026-03-10T08:00:00Z h app 1 ID [x@1 password=\"Zq4SecretFour\"] hi\n");
    home.write("t.csv", "time,text,client_secret\n2026-03-10T08:00:00Z,a,Zq5SecretFive\n");
    home.load(&["-s", "jsonl", "j.jsonl", "-s", "syslog", "s.log", "-s", "csv", "t.csv"])
        .counts([3, 0, 0, 0]);
    let shown = home.ok(&["-r", "events", "-O", "jsonl", "--all-columns"]).stdout();
    for kind in ["password", "token", "code"] {
        assert!(shown.contains(&format!("‹redacted:{kind}›")), "{kind}\n{shown}");
    }
    assert!(!shown.contains("4711"), "{shown}");
    let held = holding(&home, "Secret");
    assert!(held.iter().all(|name| name.ends_with(".zst")), "only the copies are the originals: {held:?}");
}

#[test]
fn a_change_of_the_rules_reaches_what_is_stored() {
    let home = Home::new();
    home.write("access.log", [LINE, CLEAN, REJECTED].concat());
    home.write("j.jsonl", KEYED);
    home.write("off.toml", "[redaction]\nenabled = false\n");
    home.load(&["-c", "off.toml", "-s", "log.http", "access.log", "-s", "jsonl", "j.jsonl", "--index"])
        .counts([3, 0, 0, 1]);
    let before = home.column("id");
    home.run(&["redact"]).exits(2);
    let survey = home
        .ok(&["redact", "--dry-run", "-O", "csv"])
        .says(&["would hide: secrets in 2 events, 1 reject"])
        .stdout();
    for spot in [
        "name pw,password,url,1,",
        "command ://,password,referrer,1,",
        "name token,token,referrer,1,",
        "name pw,password,meta.password,1,",
        "name pin,code,meta.pin,1,",
        "name pw,password,rejects.excerpt,1,",
    ] {
        assert!(survey.contains(spot), "{spot}\n{survey}");
    }
    for secret in ["hunter2", "s3cr3t", "Zq1SecretOne"] {
        assert!(!survey.contains(secret), "the secret itself is not shown\n{survey}");
        assert!(
            holding(&home, secret).iter().any(|name| !name.ends_with(".zst")),
            "a dry run changes nothing"
        );
    }
    home.ok(&["redact", "--apply"]).says(&["hidden: secrets in 2 events, 1 reject"]);
    home.ok(&["purge", "--check"]).says(&["nothing is left of what was purged"]);
    for secret in ["hunter2", "s3cr3t", "Zq1SecretOne", "Zq3SecretThree"] {
        let found = home.ok(&["search", secret, "-O", "jsonl"]).json_lines();
        assert!(found.is_empty(), "the index knows no word of it: {found:?}");
        let held = holding(&home, secret);
        assert!(
            held.iter().all(|name| name.ends_with(".zst")),
            "only the copies are the originals: {held:?}"
        );
    }
    assert_eq!(home.column("id"), before, "events keep their identities");
    let shown = home.ok(&["-r", "events", "-O", "jsonl", "--all-columns"]).stdout();
    assert!(shown.contains("https://ada:‹redacted:password›@h.example/p?token=‹redacted:token›"), "{shown}");
    // It is as if it had been loaded with these rules.
    home.load(&["-s", "log.http", "access.log", "--reread"]).counts([0, 2, 0, 1]);
    home.ok(&["redact", "--dry-run"]).says(&["would hide: secrets in 0 events, 0 rejects"]);
    home.ok(&["redact", "--apply"]).says(&["hidden: secrets in 0 events, 0 rejects"]);
    home.ok(&["db", "check"]);
}
