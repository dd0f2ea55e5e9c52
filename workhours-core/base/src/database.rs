//! Database URIs, read as SQLAlchemy reads them: three slashes before a relative path, four before an
//! absolute one. Opens nothing, and does not know which backends this build can talk to.

use crate::error::{Error, Result};
use crate::names;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the events are stored. `Display` writes the URI with its password hidden; it reads back.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUri {
    /// `sqlite://…`
    Sqlite(SqlitePath),
    /// The whole URI, password and all, as `postgresql://…` without a driver suffix.
    Postgres(String),
    /// The whole URI, password and all, as `mysql://…` without a driver suffix.
    Mysql(String),
}

/// The part after the scheme of a SQLite URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlitePath {
    /// A database that is gone when the process ends: `sqlite://`, `sqlite:///:memory:`.
    Memory,
    /// A file. Relative means relative to the working directory of the process.
    File(PathBuf),
}

/// The access to a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Reading and writing, or reading alone where nothing can be written.
    #[default]
    Write,
    /// Only reading: nothing is written to the database or next to it.
    Read,
}

/// The scheme as users write it, without driver suffix, and its meaning.
const SCHEMES: [(&str, Backend); 5] = [
    ("sqlite", Backend::Sqlite),
    ("postgresql", Backend::Postgres),
    ("postgres", Backend::Postgres),
    ("mysql", Backend::Mysql),
    ("mariadb", Backend::Mysql),
];

#[derive(Clone, Copy)]
enum Backend {
    Sqlite,
    Postgres,
    Mysql,
}

impl FromStr for DatabaseUri {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else { return Err(not_a_uri(text)) };
        let name = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
        match SCHEMES.iter().find(|(known, _)| *known == name).map(|(_, backend)| *backend) {
            Some(Backend::Sqlite) => sqlite(rest).map(Self::Sqlite),
            Some(Backend::Postgres) => Ok(Self::Postgres(format!("postgresql://{rest}"))),
            Some(Backend::Mysql) => Ok(Self::Mysql(format!("mysql://{rest}"))),
            // The URI itself stays out of the message: it may hold a password.
            None => Err(Error::usage(format!("unknown database scheme {scheme:?}")).hint(
                match names::nearest(&name, SCHEMES.iter().map(|(known, _)| *known)) {
                    Some(near) => format!("did you mean {near}://…?"),
                    None => "use sqlite:///events.db, postgresql://… or mysql://…".to_owned(),
                },
            )),
        }
    }
}

fn sqlite(rest: &str) -> Result<SqlitePath> {
    if let Some((path, query)) = rest.split_once('?') {
        return Err(Error::usage(format!("a SQLite URI takes no options, but this one has ?{query}"))
            .hint(format!("use sqlite://{path}, or write %3F for a question mark in a file name")));
    }
    let Some(path) = rest.strip_prefix('/') else {
        if rest.is_empty() {
            return Ok(SqlitePath::Memory);
        }
        return Err(Error::usage(format!("sqlite://{rest} names a host, and SQLite has none"))
            .hint(format!("did you mean sqlite:///{rest} (relative) or sqlite:////{rest} (absolute)?")));
    };
    if path.is_empty() || path == ":memory:" {
        return Ok(SqlitePath::Memory);
    }
    // SQLite itself would read such a name as a URI, with options.
    if path.to_ascii_lowercase().starts_with("file:") {
        let plain = path.get(5..).unwrap_or_default();
        return Err(Error::usage(format!("sqlite:///{path} holds a second URI"))
            .hint(format!("did you mean sqlite:///{plain}?")));
    }
    decode_path(path).map(SqlitePath::File)
}

fn not_a_uri(text: &str) -> Error {
    if text.is_empty() || text.contains('@') {
        // A text with an @ may have a password before it, which must not be printed.
        return Error::usage("a database URI starts with its scheme and ://")
            .hint("use sqlite:///events.db, postgresql://… or mysql://…");
    }
    // "sqlite:x.db" and "sqlite:/abs/x.db" fell one or two slashes short; anything else is a bare path.
    let path = text.strip_prefix("sqlite:").unwrap_or(text);
    Error::usage(format!("{text:?} is not a database URI")).hint(format!("did you mean sqlite:///{path}?"))
}

impl fmt::Display for DatabaseUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(SqlitePath::Memory) => f.write_str("sqlite:///:memory:"),
            Self::Sqlite(SqlitePath::File(path)) => write!(f, "sqlite:///{}", encode_path(path)),
            Self::Postgres(uri) | Self::Mysql(uri) => f.write_str(&mask(uri)),
        }
    }
}

/// As `Display`: a password must not reach a log by way of `{:?}` either.
impl fmt::Debug for DatabaseUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUri({self})")
    }
}

/// The URI with `***` for the password, in the authority and in the query. Text that isn't a URI is returned unchanged.
/// When in doubt it hides too much: a password may contain an unescaped `/` or `@`.
pub fn mask(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let rest = match (rest.find([':', '/']), rest.rfind('@')) {
        (Some(colon), Some(at)) if rest.as_bytes()[colon] == b':' && colon < at => {
            format!("{}:***{}", &rest[..colon], &rest[at..])
        }
        _ => rest.to_owned(),
    };
    let Some((address, query)) = rest.split_once('?') else { return format!("{scheme}://{rest}") };
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((key, _)) if is_secret(key) => format!("{key}=***"),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{scheme}://{address}?{}", pairs.join("&"))
}

/// Whether a value under this name should not be shown.
pub fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["pass", "pwd", "secret", "token", "apikey", "api_key", "api-key", "credential"]
        .iter()
        .any(|word| key.contains(word))
}

/// Reads `%41` as `A`; a `%` without two hex digits stays, as in Python's `unquote`.
///
/// # Errors
/// A usage error for a path that no file can have.
pub fn decode_path(text: &str) -> Result<PathBuf> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|two| {
            let digit = |b: u8| (b as char).to_digit(16);
            u8::try_from(digit(two[0])? * 16 + digit(two[1])?).ok()
        });
        match hex {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    if bytes.contains(&0) {
        return Err(Error::usage(format!("{text:?} holds a NUL byte, which no file name can")));
    }
    bytes_to_path(bytes)
}

#[cfg(unix)]
fn bytes_to_path(bytes: Vec<u8>) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn bytes_to_path(bytes: Vec<u8>) -> Result<PathBuf> {
    String::from_utf8(bytes)
        .map(PathBuf::from)
        .map_err(|e| Error::usage("a file name decoded from a URI is not UTF-8").with_source(e))
}

/// The inverse of [`decode_path`]: escapes what would be read otherwise, and bytes that are not text.
pub fn encode_path(path: &Path) -> String {
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if matches!(c, '%' | '?' | '#') || c.is_ascii_control() {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            } else {
                out.push(c);
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> DatabaseUri {
        DatabaseUri::Sqlite(SqlitePath::File(path.into()))
    }

    #[test]
    fn as_sqlalchemy_reads_them() {
        for (text, want) in [
            ("sqlite://", DatabaseUri::Sqlite(SqlitePath::Memory)),
            ("sqlite:///", DatabaseUri::Sqlite(SqlitePath::Memory)),
            ("sqlite:///:memory:", DatabaseUri::Sqlite(SqlitePath::Memory)),
            ("sqlite:///rel.db", file("rel.db")),
            ("sqlite:////abs/x.db", file("/abs/x.db")),
            ("sqlite+pysqlite:///rel.db", file("rel.db")),
            ("SQLite:///a%20b%3F100%.db", file("a b?100%.db")),
            ("postgres://u:p@h/d", DatabaseUri::Postgres("postgresql://u:p@h/d".into())),
            ("postgresql+psycopg2://h/d?x=1", DatabaseUri::Postgres("postgresql://h/d?x=1".into())),
            ("mysql+pymysql://h/d", DatabaseUri::Mysql("mysql://h/d".into())),
            ("mariadb://h/d", DatabaseUri::Mysql("mysql://h/d".into())),
        ] {
            let got: DatabaseUri = text.parse().unwrap();
            assert_eq!(got, want, "{text}");
            if !text.contains("p@h") {
                assert_eq!(got.to_string().parse::<DatabaseUri>().unwrap(), got, "{got}");
            }
        }
    }

    #[test]
    fn mistakes() {
        for (text, hint) in [
            ("events.db", "sqlite:///events.db"),
            ("/abs/events.db", "sqlite:////abs/events.db"),
            ("sqlite:x.db", "sqlite:///x.db"),
            ("sqlite:/abs/x.db", "sqlite:////abs/x.db"),
            ("sqlite://x.db", "sqlite:///x.db"),
            ("sqlite:///x.db?timeout=3", "sqlite:///x.db, or"),
            ("sqlite:///file:x.db", "sqlite:///x.db"),
            ("sqllite:///x.db", "sqlite://"),
            ("oracle://u:p@h", ""),
            ("mysql:u:p@h/d", "mysql://…"),
            ("sqlite:///a%00b", ""),
            ("", "sqlite:///events.db"),
        ] {
            let error = text.parse::<DatabaseUri>().expect_err(text);
            assert!(error.hint_text().unwrap_or_default().contains(hint), "{text}: {error:?}");
            assert!(!error.to_string().contains("u:p"));
        }
    }

    #[test]
    fn passwords_are_masked() {
        for (text, want) in [
            ("postgresql://u:p@h/d", "postgresql://u:***@h/d"),
            ("mysql://u:p/w@x@h:33/d", "mysql://u:***@h:33/d"),
            ("mysql://u@h:33/d", "mysql://u@h:33/d"),
            ("postgresql:///d?user=u&password=p&x=1", "postgresql:///d?user=u&password=***&x=1"),
            ("/plain/path", "/plain/path"),
        ] {
            assert_eq!(mask(text), want);
        }
    }
}
