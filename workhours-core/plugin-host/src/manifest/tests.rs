//! Manifests, good and hostile.
#![allow(clippy::unwrap_used)]

use super::*;

const LEAST: &str = r#"{"name":"my.log","summary":"Lines of my log","kinds":["line"],"growth":"append"}"#;

/// [`LEAST`] with one more key.
fn with(key: &str, value: &str) -> String {
    LEAST.replacen('{', &format!("{{\"{key}\":{value},"), 1)
}

#[test]
fn what_is_not_said_has_a_default() {
    let got = read(LEAST).unwrap();
    assert_eq!(
        (got.info.name, got.info.summary, got.info.kinds),
        ("my.log", "Lines of my log", &["line"][..])
    );
    assert_eq!((got.info.activity, got.info.growth), (Activity::Mixed, Growth::Append));
    assert_eq!((got.info.input, got.abi), (InputNeed::Read, None));
    assert_eq!((got.info.sample.bytes, got.info.details, got.json.as_str()), (&b""[..], "", LEAST));
}

#[test]
fn everything_said_is_understood() {
    let json = r#"{"name":"a.b-c_9","aliases":["abc"],"summary":"S","details":"one\ntwo","authority":"RFC 1",
        "activity":"human","growth":"mutable","kinds":["x","y.z"],
        "locations":[{"os":"macos","glob":"~/Library/*"},{"glob":"~/x"}],"companions":["-wal","-shm"],
        "options":[{"name":"level","help":"how much","default":"3"},{"name":"bare"}],"input":"path","abi":"1.0",
        "sample":{"hex":"00fFa1","events":1,"rejects":2},"of a later version":{"x":[1]}}"#;
    let got = read(json).unwrap();
    let info = got.info;
    assert_eq!((info.name, info.aliases, got.abi), ("a.b-c_9", &["abc"][..], Some((1, 0))));
    assert_eq!((info.activity, info.growth, info.input), (Activity::Human, Growth::Mutable, InputNeed::Path));
    assert_eq!((info.locations[0].os, info.locations[1].os), (Os::MacOs, Os::Any));
    assert_eq!((info.options[0].default, info.options[1].help), ("3", ""));
    assert_eq!((info.sample.bytes, info.sample.events, info.sample.rejects), (&b"\x00\xff\xa1"[..], 1, 2));
    assert_eq!(info.companions, ["-wal", "-shm"]);
    // Unknown keys do no harm, however deep.
    assert!(read(&with("later", &format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)))).is_ok());
}

#[test]
fn the_contract_writes_what_is_read_here() {
    let first = read(&with("sample", r#"{"text":"a \"b\"\n","events":1,"rejects":0}"#)).unwrap();
    let again = read(&workhours_plugin_api::abi::manifest(first.info)).unwrap();
    assert_eq!(format!("{:?}", again.info), format!("{:?}", first.info));
}

#[test]
fn the_same_text_is_kept_once() {
    let (a, b) = (read(LEAST).unwrap(), read(LEAST).unwrap());
    assert!(std::ptr::eq(a.info, b.info));
    assert!(!std::ptr::eq(a.info, read(&format!("{LEAST} ")).unwrap().info));
}

#[test]
fn nonsense_is_refused_with_the_reason() {
    let many = format!("[{}]", vec!["\"a\""; 1001].join(","));
    let long = "x".repeat(65);
    for (json, why) in [
        (String::new(), "EOF"),
        ("[]".into(), "invalid"),
        ("{}".into(), "missing field `name`"),
        (LEAST.replace("kinds", "kind"), "missing field `kinds`"),
        (LEAST.replace("append", "both"), "unknown variant `both`, expected `append` or `mutable`"),
        (LEAST.replace("my.log", "My.log"), "\"My.log\" is not a name"),
        (LEAST.replace("my.log", "my..log"), "is not a name"),
        (LEAST.replace("my.log", "-s"), "is not a name"),
        (LEAST.replace("my.log", "a/b"), "is not a name"),
        (LEAST.replace("my.log", &long), "is not a name"),
        (LEAST.replace("my.log", "auto"), "the name auto is taken"),
        (with("aliases", "[\"\"]"), "is not a name"),
        (with("aliases", &many), "aliases has 1001 entries"),
        (LEAST.replace("[\"line\"]", "[]"), "kinds is empty"),
        (LEAST.replace("\"line\"", "\"\""), "kinds has an empty text"),
        (LEAST.replace("\"line\"", &format!("\"{long}\"")), "is longer than 64"),
        (LEAST.replace("Lines of", "\\u001b[2J"), "summary has a control character"),
        (with("companions", "[\"/../../.ssh/id\"]"), "is not the ending of a file name"),
        (with("name", "\"other\""), "duplicate field"),
        (with("abi", "\"1\""), "not a version"),
        (with("abi", "\"1.99999\""), "not a version"),
        (with("sample", r#"{"events":1,"rejects":0}"#), "one of text and hex"),
        (with("sample", r#"{"text":"","hex":"","events":1,"rejects":0}"#), "one of text and hex"),
        (with("sample", r#"{"hex":"0","events":1,"rejects":0}"#), "pairs of hex digits"),
        (with("sample", r#"{"hex":"0g","events":1,"rejects":0}"#), "pairs of hex digits"),
        (with("sample", r#"{"text":"","events":-1,"rejects":0}"#), "invalid value"),
        (with("details", &format!("\"{}\"", "x".repeat(1 << 20))), "bytes; 1048576 are allowed"),
        (format!("{}1", "[".repeat(100_000)), "invalid"),
    ] {
        let Err(error) = read(&json) else { panic!("{why}: it was taken") };
        let error = error.full_message();
        assert!(error.contains(why), "{why}: {error}");
        assert!(!error.contains('\n') && error.len() < 500, "{error}");
    }
}
