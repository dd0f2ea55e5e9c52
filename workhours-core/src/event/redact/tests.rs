//! What is hidden and what is not.
#![allow(clippy::unwrap_used)]

use super::*;

fn redacted(text: &str) -> String {
    let redactor = Redactor::new(&RedactionSettings::default()).unwrap();
    redactor.redact(text, &mut String::new()).to_owned()
}

#[test]
fn all_built_in_rules_compile_and_their_triggers_are_in_lower_case() {
    assert!(built_in().is_some());
    let words: std::collections::BTreeSet<_> = BUILT_IN.iter().flat_map(|r| r.triggers).collect();
    assert!(words.len() <= 64 && words.iter().all(|w| **w == w.to_lowercase()), "{words:?}");
    assert!(BUILT_IN.iter().all(|r| !r.triggers.is_empty()));
}

#[test]
fn secrets_are_hidden_and_what_is_around_them_stays() {
    // Put together from pieces, so that no scanner takes this file for a leak.
    let github = format!("ghp_{}", "a1B2".repeat(9));
    let jwt = format!("eyJ{}.eyJ{}.{}", "a".repeat(20), "b".repeat(20), "c".repeat(20));
    let aws = format!("AKIA{}", "ABCDEFGH23456723");
    let slack = format!("xoxb-{}", "123456789012-abcdef");
    let key = format!("-----BEGIN {0}-----\nabc\ndef\n-----END {0}-----", "OPENSSH PRIVATE KEY");
    for (text, hidden) in [
        ("mysql -u root -phunter2 shop", "mysql -u root -p‹redacted:password› shop"),
        ("mysqldump -p'two words' db > f", "mysqldump -p‹redacted:password› db > f"),
        ("x --password=hunter2 y", "x --password=‹redacted:password› y"),
        ("x --db-password 'a b' y", "x --db-password ‹redacted:password› y"),
        ("password: hunter2", "password: ‹redacted:password›"),
        ("db-password: hunter2", "db-password: ‹redacted:password›"),
        ("passwd:session)x", "passwd:‹redacted:password›"),
        (
            "pam_unix(gdm-password:auth): password: hunter2",
            "pam_unix(gdm-password:auth): password: ‹redacted:password›",
        ),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=‹redacted:password› psql"),
        ("export API_TOKEN=abc123", "export API_TOKEN=‹redacted:token›"),
        ("aws_secret_access_key = wJalrXUtnFEMI", "aws_secret_access_key = ‹redacted:token›"),
        ("sshpass -p hunter2 ssh h", "sshpass -p ‹redacted:password› ssh h"),
        ("curl -u ada:hunter2 https://h/", "curl -u ada:‹redacted:password› https://h/"),
        ("curl --user ada:hunter2 h", "curl --user ada:‹redacted:password› h"),
        ("docker login -u a -p hunter2 r", "docker login -u a -p ‹redacted:password› r"),
        ("redis-cli -h h -a hunter2 ping", "redis-cli -h h -a ‹redacted:password› ping"),
        (
            "curl -H 'Authorization: Bearer abc.def' https://h/",
            "curl -H 'Authorization: Bearer ‹redacted:authorization›' https://h/",
        ),
        ("Authorization: Basic YTpi", "Authorization: Basic ‹redacted:authorization›"),
        ("curl -H 'Cookie: a=b; c=d' h", "curl -H 'Cookie: ‹redacted:cookie›' h"),
        ("https://ada:hunter2@h.example/p", "https://ada:‹redacted:password›@h.example/p"),
        (
            "GET /login?user=a&password=hunter2&x=1 HTTP/1.1",
            "GET /login?user=a&password=‹redacted:password›&x=1 HTTP/1.1",
        ),
        ("/cb?access_token=abc&x=1", "/cb?access_token=‹redacted:token›&x=1"),
        (
            &format!("git clone https://{github}@github.com/a/b"),
            "git clone https://‹redacted:github-token›@github.com/a/b",
        ),
        (&format!("TOKEN={github} make"), "TOKEN=‹redacted:github-token› make"),
        (&format!("echo {jwt}"), "echo ‹redacted:jwt›"),
        (&format!("id {aws}."), "id ‹redacted:aws-key›."),
        (&format!("post {slack}"), "post ‹redacted:slack-token›"),
        (&format!("cat <<X\n{key}\nX"), "cat <<X\n‹redacted:private-key›\nX"),
    ] {
        assert_eq!(redacted(text), hidden);
        assert_eq!(redacted(hidden), hidden, "hiding twice changes nothing");
    }
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "",
        "cargo build -p workhours-core",
        "mysql -u root -p shop",
        "mkdir -p a/b && cd a/b",
        "PWD=/home/ada make",
        "OLDPWD=/tmp",
        "export TOKEN=$OTHER",
        "PASSWORD=$(pass show x) run",
        "psql --no-password db",
        "x --password-file=/run/secret",
        "Failed password for root from 192.0.2.1 port 22 ssh2",
        "https://example.org/a:b@c",
        "https://example.org/tokens/42?page=2",
        "man passwd",
        "ssh ada@host",
        "git commit -m 'rotate the token'",
        "pam_unix(gdm-password:session): session opened for user ada(uid=1000) by (uid=0)",
        "pam_unix(passwd:chauthtok): password changed for bob",
        "pam_sss(gdm-password:auth): authentication success; rhost= user=ada",
        "pam_unix(systemd-user:session): session opened for user ada by (uid=0)",
        "gdm-password: gkr-pam: unlocked login keyring",
        "unix_chkpwd[10]: password check failed for user (root)",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn rules_of_ones_own_and_none_at_all() {
    let rules = vec![("ticket".to_owned(), r"TCK-(?<secret>\d+)".to_owned())];
    let own = Redactor::new(&RedactionSettings { enabled: true, rules: rules.clone() }).unwrap();
    assert_eq!(own.redact("see TCK-4711!", &mut String::new()), "see TCK-‹redacted:ticket›!");
    let off = Redactor::new(&RedactionSettings { enabled: false, rules }).unwrap();
    assert_eq!(off.redact("TCK-1 --password=x", &mut String::new()), "TCK-1 --password=x");
    let wrong = RedactionSettings { enabled: true, rules: vec![("bad".into(), "(".into())] };
    assert!(Redactor::new(&wrong).err().unwrap().to_string().contains("the redaction rule bad"));
}
