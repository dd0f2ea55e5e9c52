//! Light or dark, as the visitor chose; else as their system is. Not a secret, so its cookie is for scripts too.

use super::session::cookie;
use hyper::HeaderMap;

/// The cookie.
const NAME: &str = "theme";

/// How a page looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system does.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The choice.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        cookie(headers, NAME).and_then(Self::named).unwrap_or_default()
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == name)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The header that keeps it for a year.
    pub(crate) fn keep(self) -> String {
        let seconds = if self == Self::System { 0 } else { 365 * 86_400 };
        format!("{NAME}={}; Path=/; Max-Age={seconds}; SameSite=Lax", self.as_str())
    }
}
