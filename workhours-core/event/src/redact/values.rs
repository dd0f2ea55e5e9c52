//! What the value after a name looks like: a secret, or only a reference to one, a description or a placeholder.

use super::random::is_random;
use serde::Deserialize;

/// What a value must look like to count as a secret, the least first.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ask {
    /// Like anything that does not only point to a secret.
    Any,
    /// The same, but no short number.
    Text,
    /// No plain words either.
    Mixed,
    /// A short number, or random.
    Digits,
    /// Random.
    Random,
}

/// Letters and digits that a random value has at least.
const RANDOM: usize = 14;

/// Well-known placeholders.
const STAND_INS: &[&str] = &[
    "true",
    "false",
    "null",
    "none",
    "nil",
    "yes",
    "no",
    "on",
    "off",
    "undefined",
    "test",
    "example",
    "required",
    "optional",
    "redacted",
    "filtered",
    "hidden",
    "public",
    "masked",
    "omitted",
    "empty",
    "unset",
    "unknown",
    "prompt",
    "auto",
    "default",
    "string",
    "missing",
    "invalid",
    "expired",
    "pass",
    "password",
    "passwd",
    "secret",
    "token",
    "not",
    "is",
    "must",
];

/// Endings of files that values name.
const ENDINGS: &[&str] = &[
    "pem", "key", "pub", "crt", "cer", "p12", "pfx", "jks", "gpg", "asc", "txt", "json", "yml", "yaml",
    "conf", "cfg", "ini", "env", "toml", "xml", "log", "md", "rs", "py", "js", "ts", "go", "sh", "php",
    "html", "kdbx", "tf", "cpp", "java", "rb", "sql",
];

/// References to a secret.
const POINTERS: &[&str] = &[
    "http://",
    "https://",
    "file:",
    "env:",
    "vault:",
    "op://",
    "arn:",
    "os.environ",
    "os.getenv",
    "process.env",
    "env[",
    "env(",
    "getenv",
    "secrets.",
    "settings.",
    "sha256:",
    "md5:",
    "sha1:",
    "var.",
    "local.",
    "data.",
    "pass:",
    "id=",
    "src=",
    "type=",
];

/// Whether the value is a secret, as far as the name before it asks.
pub(super) fn is_secret(value: &str, asks: Ask) -> bool {
    let value = value.trim_matches(['"', '\'']);
    if !value.contains(|c: char| c.is_alphanumeric()) || points(value) || stands_in(value) {
        return false;
    }
    match asks {
        Ask::Any => true,
        Ask::Text => !(is_number(value) && value.len() < 6),
        Ask::Mixed => value.len() >= 6 && !is_number(value) && !is_words(value),
        Ask::Digits => {
            value.bytes().all(|b| b.is_ascii_digit()) && (3..=10).contains(&value.len())
                || is_random(value, 12)
        }
        Ask::Random => is_random(value, RANDOM),
    }
}

/// Whether it says where to find the secret: a variable, a command, a file, an expression.
fn points(value: &str) -> bool {
    let lower = value.get(..value.len().min(12)).unwrap_or(value).to_ascii_lowercase();
    let variable = value.strip_prefix('$').is_some_and(|rest| {
        rest.starts_with(|c: char| c == '{' || c == '(' || c == '_' || c == '@' || c.is_ascii_alphabetic())
    });
    variable
        || value.starts_with('`')
        || value.starts_with("{{")
        || value.starts_with('{') && value.ends_with('}')
        || value.starts_with("‹redacted:")
        || (value.starts_with('<') || value.starts_with("%3C"))
        || value.len() > 2 && value.starts_with('%') && value.ends_with('%')
        || POINTERS.iter().any(|start| lower.starts_with(start))
        || is_path(value)
        || is_call(value)
        || [".*", ".+", "\\w", "\\S", "\\d", "[^"].iter().any(|regex| value.contains(regex))
}

/// Whether it is the path or the name of a file. A secret may begin with a slash too, but does not read like a path.
fn is_path(value: &str) -> bool {
    let bytes = value.as_bytes();
    let rooted = ["/", "./", "../", "~/", "@/", "@./"].iter().any(|start| value.starts_with(start))
        || bytes.len() > 2
            && bytes[0].is_ascii_alphabetic()
            && bytes[1] == b':'
            && matches!(bytes[2], b'\\' | b'/');
    let ends = value.rsplit_once('.').is_some_and(|(stem, end)| {
        ENDINGS.iter().any(|e| end.eq_ignore_ascii_case(e))
            && stem.chars().all(|c| c.is_alphanumeric() || "/_-.@~".contains(c))
    });
    let folder =
        value.ends_with('/') && value.bytes().all(|b| b.is_ascii_lowercase() || b == b'/' || b == b'-');
    (rooted || ends || folder) && !value.split('/').any(|part| is_random(part, RANDOM))
}

/// Whether it is a call of a function: `getpass()`, `config.get("x")`.
fn is_call(value: &str) -> bool {
    value.split_once(['(', '[']).or(value.split_once("::")).is_some_and(|(name, _)| {
        name.len() > 1
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':'))
    })
}

/// Whether it is a placeholder for a secret: `***`, `xxxx`, `none`.
fn stands_in(value: &str) -> bool {
    let first = value.chars().next().unwrap_or(' ');
    let one = value.chars().all(|c| c == first) && "*xX.-_#?•/\\=".contains(first);
    one || value.starts_with("***")
        || value.starts_with("[REDACTED")
        || value.starts_with("[FILTERED")
        || value.ends_with("…") && value.chars().count() < 4
        || matches!(value.as_bytes(), [b'X' | b'x', b'/'])
        || STAND_INS.iter().any(|known| value.eq_ignore_ascii_case(known))
}

fn is_number(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'+' | b':' | b'%'))
}

/// Whether it is made of words alone.
fn is_words(value: &str) -> bool {
    let is_word = |word: &str| {
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        capitals * 3 <= word.len() || capitals == word.len() || word.len() < 4
    };
    value.chars().all(|c| c.is_alphabetic() || "+-_./ ,;!?".contains(c))
        && value.split(|c: char| !c.is_alphabetic()).all(is_word)
        && !is_random(value, RANDOM)
}

/// Whether it reads like a word of a sentence: `see`, `required`, `for`.
pub(super) fn is_word(value: &str) -> bool {
    let word = value.trim_end_matches(['.', ',', ';', '!', '?', ':', ')']);
    !word.is_empty()
        && word.chars().all(|c| c.is_lowercase() || c == '-' || c == '\'')
        && !is_random(word, RANDOM)
}

/// Whether it reads like the name of a thing that is managed somewhere: `my-db-url`.
pub(super) fn is_resource(value: &str) -> bool {
    value.contains(['-', '/']) && is_words(value) && value.chars().all(|c| !c.is_uppercase())
}
