//! Which texts are hidden and which aren't.
#![allow(clippy::unwrap_used)]

use super::*;

fn redacted(text: &str) -> String {
    let redactor = Redactor::new(&RedactionSettings::default()).unwrap();
    redactor.redact(text, &mut String::new()).to_owned()
}

/// Text of a row of the rules with its placeholders filled in: `{a20}` becomes twenty letters and digits.
fn filled(text: &str) -> String {
    let pattern = Regex::new(r"\{([ahdu])(\d+)\}").unwrap();
    let mut state = 7_u32;
    let mut draw = |from: &str| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(from.as_bytes()[(state >> 16) as usize % from.len()])
    };
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let all = format!("{letters}{}0123456789", letters.to_lowercase());
    let fill = |captures: &regex::Captures<'_>| {
        let from = match &captures[1] {
            "a" => all.clone(),
            "h" => "0123456789abcdef".to_owned(),
            "d" => "0123456789".to_owned(),
            _ => format!("{letters}234567"),
        };
        (0..captures[2].parse().unwrap()).map(|_| draw(&from)).collect::<String>()
    };
    pattern.replace_all(text, fill).into_owned()
}

/// The text without the marks `‹` and `›`, and the text between them.
fn marked(text: &str) -> (String, Vec<Range<usize>>) {
    let (mut plain, mut ranges) = (String::new(), Vec::new());
    for part in text.split_inclusive(['‹', '›']) {
        match part.strip_suffix('›') {
            Some(secret) => {
                ranges.push(plain.len()..plain.len() + secret.len());
                plain.push_str(secret);
            }
            None => plain.push_str(part.strip_suffix('‹').unwrap_or(part)),
        }
    }
    (plain, ranges)
}

#[test]
fn each_rule_finds_its_examples_and_none_finds_the_near_misses() {
    let redactor = Redactor::default();
    let mut wrong = Vec::new();
    for row in rules::examples::all() {
        for example in &row.found {
            let (text, expected) = marked(&filled(example));
            let found = redactor.secrets(&text);
            let ranges: Vec<_> = found.iter().map(|secret| secret.range.clone()).collect();
            if ranges != expected
                || !found.iter().any(|secret| secret.rule == row.name || secret.kind == row.kind)
            {
                wrong.push(format!("{}: {text}\n    gives {found:?}", row.name));
            }
            let mut scratch = String::new();
            let hidden = redactor.redact(&text, &mut scratch).to_owned();
            if redactor.redact(&hidden, &mut String::new()) != hidden {
                wrong.push(format!("{}: hidden again: {hidden}", row.name));
            }
        }
        for example in &row.missed {
            let text = filled(example);
            let found = redactor.secrets(&text);
            if !found.is_empty() {
                wrong.push(format!("{}: {text}\n    should be missed, gives {found:?}", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_rule_is_sound_and_has_examples() {
    let known = built_in().unwrap();
    assert!(known.rules.len() <= 128, "a rule has a bit");
    let unsound: Vec<&str> =
        known.rules.iter().filter(|rule| rule.pattern().is_none()).map(|rule| rule.name.as_str()).collect();
    assert_eq!(unsound, [""; 0], "patterns that do not compile");
    let mut names = std::collections::BTreeSet::new();
    for row in rules::examples::all() {
        assert!(names.insert(row.name.clone()), "two rules are called {}", row.name);
        assert!(!row.found.is_empty() && !row.missed.is_empty(), "{} has no examples", row.name);
        assert!(!row.words.is_empty(), "{} has no words", row.name);
        assert!(row.words.iter().all(|word| *word == word.to_lowercase()), "{}: {:?}", row.name, row.words);
    }
}

#[test]
fn secrets_are_hidden_and_what_is_around_them_stays() {
    // Composed of pieces, so that no scanner reports this file as a leak.
    let github = format!("ghp_{}", "a1B2".repeat(9));
    let jwt = format!("eyJ{}.eyJ{}.{}", "a".repeat(20), "b".repeat(20), "c".repeat(20));
    let aws = format!("AKIA{}", "ABCDEFGH23456723");
    let slack = format!("xoxb-{}", "123456789012-abcdef");
    let key = format!("-----BEGIN {0}-----\nabc\ndef\n-----END {0}-----", "OPENSSH PRIVATE KEY");
    for (text, hidden) in [
        ("mysql -u root -phunter2 shop", "mysql -u root -p‹redacted:password› shop"),
        ("mysqldump -p'two words' db > f", "mysqldump -p'‹redacted:password›' db > f"),
        ("x --password=hunter2 y", "x --password=‹redacted:password› y"),
        ("x --db-password 'a b' y", "x --db-password '‹redacted:password›' y"),
        ("password: hunter2", "password: ‹redacted:password›"),
        ("db-password: hunter2", "db-password: ‹redacted:password›"),
        ("passwd:session)x", "passwd:‹redacted:password›"),
        (r#"{"password":"a \" b","x":1}"#, r#"{"password":"‹redacted:password›","x":1}"#),
        ("f(password='a', user='b')", "f(password='‹redacted:password›', user='b')"),
        ("mysql -p'$ecret1' db", "mysql -p'‹redacted:password›' db"),
        ("export PASSWORD='$ecret;&|1'", "export PASSWORD='‹redacted:password›'"),
        ("mount -o password=a,b,uid=1", "mount -o password=‹redacted:password›,uid=1"),
        ("SetEnvironmentVariable('TOKEN','abc123x')", "SetEnvironmentVariable('TOKEN','‹redacted:token›')"),
        ("--password='a'b'c' x", "--password='‹redacted:password› x"),
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

#[test]
fn the_name_of_a_field_tells_what_its_value_is() {
    let redactor = Redactor::default();
    let field = |name: &str, value: &str| redactor.redact_field(name, value, &mut String::new()).to_owned();
    for (name, value, hidden) in [
        ("password", "correct horse battery", "‹redacted:password›"),
        ("db_passwd", "x y", "‹redacted:password›"),
        ("api_key", "a1b2c3d4", "‹redacted:token›"),
        ("authorization", "Bearer abc", "‹redacted:authorization›"),
        ("cookie", "sid=abc; lang=en", "‹redacted:cookie›"),
        ("pin", "4711", "‹redacted:code›"),
        ("session", "wJalrXUtnFEMIK7MDENGbPx", "‹redacted:token›"),
        ("session_token", "018d7f82ad167dc4888ca0bf294d2bfd", "‹redacted:token›"),
        ("phpsessid", "018d7f82ad167dc4888ca0bf294d2bfd", "‹redacted:token›"),
        ("user", "ada:hunter2", "ada:‹redacted:password›"),
        ("message", "password=hunter2", "password=‹redacted:password›"),
        ("structured_data", r#"[x@1 password="hunter2"]"#, r#"[x@1 password="‹redacted:password›"]"#),
    ] {
        assert_eq!(field(name, value), hidden);
        assert_eq!(field(name, hidden), hidden);
    }
    for (name, value) in [
        ("password_file", "/run/secret"),
        ("session", "42"),
        ("key", "F5"),
        ("token_type", "bearer"),
        ("user", "system:serviceaccount:kube:default"),
        ("user", "ada:staff"),
        ("status", "200"),
        ("session", "018d7f82ad167dc4888ca0bf294d2bfd"),
        ("hash", "9f86d081884c7d659a2feaa0c55ad0159f86d081"),
        ("key", "SHA256:uNiVztksCsDhcc0u9e8BrLVnzfYqpmkBnBHnM3Yp1Qs"),
    ] {
        assert_eq!(field(name, value), value);
    }
}
