//! A value of a config file, with its key and its place there.

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Setting<T> {
    pub value: T,
    /// As the user knows it: `main.eventsdb.uri`, `fs.keep`.
    pub key: String,
    /// `FILE:LINE`
    pub origin: String,
}
