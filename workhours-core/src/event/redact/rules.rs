//! What looks like a secret: one row a rule, with the words without which it need not be tried.
//!
//! A row names the secret's kind, and its pattern marks the secret itself as `secret`. More is hidden than must be
//! rather than less, but what only points to a secret stays readable: `$TOKEN`, `$(cat file)`, `--password-file`.

/// Where a rule looks, which says what is no secret there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// Anything that fits is one.
    Any,
    /// On a command line: variables and substitutions are none, nor are the values of `--no-…` and `--ask-…`.
    Shell,
}

impl Context {
    /// Whether a value is no secret after all.
    pub(super) fn spares(self, option: &str, value: &str) -> bool {
        let value = value.trim_matches(['"', '\'']);
        if value.is_empty() || self == Self::Any {
            return value.is_empty();
        }
        let option = option.to_ascii_lowercase();
        let flag = ["no-", "ask-", "skip-", "without-", "use-"].iter().any(|p| option.starts_with(p));
        let variable = value.strip_prefix('$').is_some_and(|rest| {
            rest.starts_with(|c: char| c == '{' || c == '(' || c == '_' || c.is_ascii_alphabetic())
        });
        flag || variable
            || value.starts_with('`')
            || matches!(option.as_str(), "pwd" | "oldpwd" | "gdm-password")
            || is_pam_call(value)
    }
}

/// Whether this ends `pam_unix(passwd:chauthtok):`, where a service's name stands before the colon, and a call behind it.
fn is_pam_call(value: &str) -> bool {
    const CALLS: [&str; 6] = ["auth", "account", "session", "setcred", "chauthtok", "password"];
    value.split_once(')').is_some_and(|(call, rest)| CALLS.contains(&call) && matches!(rest, "" | ":"))
}

pub(super) struct Row {
    pub(super) kind: &'static str,
    /// In lower case; one of them must be there, in any case.
    pub(super) triggers: &'static [&'static str],
    pub(super) pattern: &'static str,
    pub(super) context: Context,
    /// A byte without which it need not be tried either: addresses are common, those with a user are not.
    pub(super) needs: Option<u8>,
}

const fn any(kind: &'static str, triggers: &'static [&'static str], pattern: &'static str) -> Row {
    Row { kind, triggers, pattern, context: Context::Any, needs: None }
}

const fn shell(kind: &'static str, triggers: &'static [&'static str], pattern: &'static str) -> Row {
    Row { kind, triggers, pattern, context: Context::Shell, needs: None }
}

const PASSWORD_WORDS: &[&str] = &["passw", "passphrase", "pwd", "pass"];
const TOKEN_WORDS: &[&str] = &["token", "secret", "key", "credential", "signature", "sig="];

/// All of them. Those that know a secret by its own shape come first, for they name it best.
pub(super) const BUILT_IN: &[Row] = &[
    any(
        "private-key",
        &["private key"],
        r"(?s)(?<secret>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z))",
    ),
    any("jwt", &["eyj"], r"\b(?<secret>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*)"),
    any("aws-key", &["akia", "asia", "abia", "acca"], r"\b(?<secret>(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b"),
    any(
        "github-token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(?<secret>gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})",
    ),
    any("gitlab-token", &["glpat-"], r"\b(?<secret>glpat-[A-Za-z0-9_-]{20,})"),
    any(
        "slack-token",
        &["xox", "hooks.slack.com"],
        r"(?<secret>\bxox[abeoprs]-[A-Za-z0-9-]{10,})|hooks\.slack\.com/services/[A-Za-z0-9/_-]{20,}",
    ),
    any("google-key", &["aiza"], r"\b(?<secret>AIza[0-9A-Za-z_-]{35})"),
    any("stripe-key", &["sk_live_", "rk_live_"], r"\b(?<secret>[sr]k_live_[0-9A-Za-z]{16,})"),
    any("npm-token", &["npm_"], r"\b(?<secret>npm_[A-Za-z0-9]{36})\b"),
    any("pypi-token", &["pypi-ag"], r"\b(?<secret>pypi-Ag[A-Za-z0-9_-]{50,})"),
    any("api-key", &["sk-"], r"\b(?<secret>sk-[A-Za-z0-9_-]{24,})"),
    any(
        "authorization",
        &["authorization"],
        r#"(?i)\bauthorization['"]?\s*[:=]\s*['"]?(?:(?:basic|bearer|token|digest|negotiate|apikey|aws4-hmac-sha256)\s+)?(?<secret>[^\s'"\\,;]+)"#,
    ),
    any("authorization", &["bearer"], r"(?i)\bbearer\s+(?<secret>[A-Za-z0-9._~+/-]{16,}=*)"),
    any(
        "token",
        &["x-api-key", "x-auth-token", "private-token", "x-vault-token", "job-token"],
        r#"(?i)\b(?:x-api-key|x-auth-token|private-token|x-vault-token|job-token)['"]?\s*:\s*['"]?(?<secret>[^\s'"]+)"#,
    ),
    any("cookie", &["cookie:"], r#"(?i)\b(?:set-)?cookie:\s*(?<secret>[^'"\r\n]+)"#),
    // scheme://user:password@host
    Row {
        kind: "password",
        triggers: &["://"],
        pattern: r"(?i)\b[a-z][a-z0-9+.-]{1,30}://[^/\s:@?#'\x22]*:(?<secret>[^@/\s'\x22]+)@",
        context: Context::Any,
        needs: Some(b'@'),
    },
    any(
        "password",
        PASSWORD_WORDS,
        r#"(?i)[?&;][a-z0-9_.-]*(?:password|passwd|passphrase|pass|pwd)=(?<secret>[^&#;\s"'<>]+)"#,
    ),
    any(
        "token",
        TOKEN_WORDS,
        r#"(?i)[?&;#](?:[a-z0-9_.-]*(?:secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|signature|credential)|sig|key)=(?<secret>[^&#;\s"'<>]+)"#,
    ),
    shell(
        "password",
        PASSWORD_WORDS,
        r#"(?i)(?:^|[\s'"])--?(?<option>(?:[a-z0-9]+[-_.])*(?:password|passwd|passphrase|pass|pwd))(?:=|\s+)(?<secret>"[^"]*"|'[^']*'|[^\s'"-][^\s]*)"#,
    ),
    shell(
        "token",
        TOKEN_WORDS,
        r#"(?i)(?:^|[\s'"])--?(?<option>(?:[a-z0-9]+[-_.])*(?:token|secret|api[-_]?key|access[-_]?key|secret[-_]?key|auth[-_]?key|credentials?))(?:=|\s+)(?<secret>"[^"]*"|'[^']*'|[^\s'"-][^\s]*)"#,
    ),
    shell(
        "password",
        PASSWORD_WORDS,
        r#"(?i)\b(?<option>(?:gdm-)?[a-z0-9_]*(?:password|passwd|passphrase|pwd)[a-z0-9_]*)['"]?(?:\s*=\s*|:\s*)(?<secret>"[^"]+"|'[^']+'|[^\s'"&;,]+)"#,
    ),
    shell(
        "token",
        TOKEN_WORDS,
        r#"(?i)\b(?<option>[a-z0-9_]*(?:secret|token|api_?key|access_?key|private_?key|credentials)(?:_[a-z0-9_]+)?)['"]?(?:\s*=\s*|:\s*)(?<secret>"[^"]+"|'[^']+'|[^\s'"&;,]+)"#,
    ),
    shell(
        "password",
        &["mysql", "mariadb"],
        r#"(?i)\b(?:mysql[a-z_]*|mariadb(?:-[a-z]+)*)\b[^|;&\n]*?\s-p(?<secret>"[^"]+"|'[^']+'|[^\s|;&'"]+)"#,
    ),
    shell("password", &["sshpass"], r#"\bsshpass\s+-p\s*(?<secret>"[^"]+"|'[^']+'|\S+)"#),
    shell(
        "password",
        &["curl ", "wget ", "http ", "https ", "xh "],
        r#"\b(?:curl|wget|https?|xh)\b[^|;&\n]*?\s(?:-u|-U|-a|--user|--proxy-user|--auth)[=\s]*['"]?[^\s:'"]+:(?<secret>[^\s'"]+)"#,
    ),
    shell("password", &["login"], r#"\blogin\b[^|;&\n]*?\s-p[=\s]*(?<secret>"[^"]+"|'[^']+'|[^\s'"]+)"#),
    shell("password", &["redis-cli"], r#"\bredis-cli\b[^|;&\n]*?\s-a\s+(?<secret>"[^"]+"|'[^']+'|\S+)"#),
    shell("password", &["pass:"], r"\bpass:(?<secret>[^\s'\x22]+)"),
    shell("password", &["htpasswd"], r"\bhtpasswd\s+-[a-zA-Z]*b[a-zA-Z]*\s+\S+\s+\S+\s+(?<secret>\S+)"),
];
