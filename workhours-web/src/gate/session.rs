//! Sessions without storage: a signed cookie with its creation time. Also the token, and the ticket, which is a
//! one-time token.

use super::keys::{Keys, random};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, COOKIE};
use std::sync::Mutex;
use workhours_core::error::Result;

/// How long a session lasts.
const DAYS: i64 = 30;

/// The credentials of visitors.
pub(crate) struct Sessions {
    token: blake3::Hash,
    key: [u8; 32],
    ticket: Mutex<Option<blake3::Hash>>,
    /// The cookie's name: cookies do not know ports, and two sites must not take each other's.
    name: String,
    secure: bool,
}

impl Sessions {
    /// With `secure`, cookies are only sent over encrypted connections. Returns the ticket too.
    pub(crate) fn new(keys: &Keys, port: u16, secure: bool) -> Result<(Self, String)> {
        let ticket = random()?;
        let sessions = Self {
            token: hash(&keys.token),
            key: keys.session_key().unwrap_or_default(),
            ticket: Mutex::new(Some(hash(&ticket))),
            name: format!("workhours-{port}"),
            secure,
        };
        Ok((sessions, ticket))
    }

    /// Whether a visitor has shown the token or has a session.
    pub(crate) fn know(&self, headers: &HeaderMap, now_us: i64) -> bool {
        bearer(headers).is_some_and(|token| self.is_token(token)) || self.has_session(headers, now_us)
    }

    /// Whether there is a session.
    pub(crate) fn has_session(&self, headers: &HeaderMap, now_us: i64) -> bool {
        cookie(headers, &self.name).is_some_and(|value| self.is_signed(value, now_us))
    }

    /// Whether this is the token. Hashes compare in constant time.
    pub(crate) fn is_token(&self, text: &str) -> bool {
        hash(text) == self.token
    }

    /// Whether this is the ticket, which it is once.
    pub(crate) fn take_ticket(&self, text: &str) -> bool {
        let Ok(mut ticket) = self.ticket.lock() else { return false };
        let fits = ticket.is_some_and(|ticket| ticket == hash(text));
        if fits {
            *ticket = None;
        }
        fits
    }

    /// The header that begins a session.
    pub(crate) fn begin(&self, now_us: i64) -> Result<String> {
        let said = format!("{}.{}", now_us / 1_000_000, &random()?[..16]);
        Ok(self.cookie(&format!("{said}.{}", self.sign(&said)), DAYS * 86_400))
    }

    /// The header that ends it.
    pub(crate) fn end(&self) -> String {
        self.cookie("", 0)
    }

    fn cookie(&self, value: &str, seconds: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", self.name)
    }

    fn sign(&self, said: &str) -> blake3::Hash {
        blake3::keyed_hash(&self.key, said.as_bytes())
    }

    fn is_signed(&self, value: &str, now_us: i64) -> bool {
        let Some((said, signature)) = value.rsplit_once('.') else { return false };
        let begun = said.split('.').next().and_then(|begun| begun.parse::<i64>().ok());
        let Ok(signature) = blake3::Hash::from_hex(signature) else { return false };
        let age = begun.map(|begun| now_us / 1_000_000 - begun);
        self.sign(said) == signature && age.is_some_and(|age| (-300..DAYS * 86_400).contains(&age))
    }
}

fn hash(text: &str) -> blake3::Hash {
    blake3::hash(text.as_bytes())
}

/// The token that is shown.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The value of a cookie.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|all| all.split(';')).find_map(|one| one.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: hyper::header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn sessions_are_signed_and_end() {
        let dir = tempfile::tempdir().unwrap();
        let (keys, _) = Keys::open(dir.path()).unwrap();
        let (sessions, ticket) = Sessions::new(&keys, 1, false).unwrap();
        let now = 1_800_000_000_000_000;
        let given = sessions.begin(now).unwrap();
        assert!(given.contains("HttpOnly; SameSite=Strict") && !given.contains("Secure"));
        let value = given.split(';').next().unwrap().to_owned();
        let shown = headers(COOKIE, &format!("a=b; {value}"));
        assert!(sessions.know(&shown, now) && sessions.know(&shown, now + 29 * 86_400_000_000));
        assert!(!sessions.know(&shown, now + 31 * 86_400_000_000));
        let forged = value.replacen("1800000000", "1800000001", 1);
        assert!(!sessions.know(&headers(COOKIE, &forged), now));
        let (other_port, _) = Sessions::new(&keys, 2, false).unwrap();
        assert!(!other_port.know(&shown, now));

        assert!(sessions.know(&headers(AUTHORIZATION, &format!("Bearer {}", keys.token)), now));
        assert!(!sessions.know(&headers(AUTHORIZATION, "Bearer x"), now));
        assert!(
            !sessions.take_ticket("x") && sessions.take_ticket(&ticket) && !sessions.take_ticket(&ticket)
        );
    }
}
