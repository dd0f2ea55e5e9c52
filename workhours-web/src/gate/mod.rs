//! Authentication and response headers: the checks before a request reaches its route.

mod headers;
mod host;
mod keys;
mod origin;
mod session;
mod theme;

pub(crate) use headers::dress;
pub(crate) use host::Hosts;
pub use keys::KeptKeys;
pub(crate) use keys::Keys;
pub(crate) use origin::same_origin;
pub(crate) use session::Sessions;
pub(crate) use theme::Theme;
