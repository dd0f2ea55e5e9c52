//! Passwords that are set outside the URI. They are kept in a type that never shows them, and added to the URI for the
//! database's client library.

use crate::database::DatabaseUri;
use std::fmt;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Makes a text a secret.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl DatabaseUri {
    /// The URI with this password, unless it has one already. A SQLite URI stays as it is.
    pub fn with_password(self, password: Option<&Secret>) -> Self {
        let Some(Secret(password)) = password else { return self };
        let encoded: String = password
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect();
        match self {
            Self::Postgres(uri) if !has_password(&uri) => {
                let mark = if uri.contains('?') { '&' } else { '?' };
                Self::Postgres(format!("{uri}{mark}password={encoded}"))
            }
            Self::Mysql(uri) if !has_password(&uri) => Self::Mysql(match uri.split_once('@') {
                Some((user, rest)) => format!("{user}:{encoded}@{rest}"),
                None => uri, // no user, so no password either
            }),
            other => other,
        }
    }
}

fn has_password(uri: &str) -> bool {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let user = address.split_once('@').map_or("", |(user, _)| user);
    user.contains(':') || query.split('&').any(|pair| pair.starts_with("password="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(uri: &str, password: &str) -> String {
        let uri: DatabaseUri = uri.parse().unwrap();
        match uri.with_password(Some(&Secret::new(password.into()))) {
            DatabaseUri::Postgres(uri) | DatabaseUri::Mysql(uri) => uri,
            DatabaseUri::Sqlite(_) => String::new(),
        }
    }

    #[test]
    fn passwords_go_where_the_client_looks() {
        assert_eq!(with("postgresql://u@h/d", "p@/ä"), "postgresql://u@h/d?password=p%40%2F%C3%A4");
        assert_eq!(with("postgresql:///d?host=/run", "p"), "postgresql:///d?host=/run&password=p");
        assert_eq!(with("mysql://u@h/d?x=1", "a:b"), "mysql://u:a%3Ab@h/d?x=1");
        assert_eq!(with("mysql://h/d", "p"), "mysql://h/d");
    }

    #[test]
    fn one_in_the_uri_stays() {
        for uri in ["postgresql://u:own@h/d", "postgresql:///d?password=own", "mysql://u:own@h/d"] {
            assert_eq!(with(uri, "other"), uri);
        }
    }

    #[test]
    fn none_is_shown() {
        let uri: DatabaseUri = "postgresql://u@h/d".parse().unwrap();
        let uri = uri.with_password(Some(&Secret::new("hush".into())));
        assert!(!format!("{uri} {uri:?} {:?}", Secret::new("hush".into())).contains("hush"));
    }
}
