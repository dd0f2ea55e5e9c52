//! The fields of an event that a value can be mapped to, and the options that map them.

/// A field of an event that a value of a record can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Date,
    End,
    Duration,
    Url,
    Referrer,
    Title,
    Text,
    Host,
    User,
    Agent,
    Tags,
    Key,
    Peer,
}

/// How many there are.
pub(crate) const ROLES: usize = 13;

impl Role {
    pub(crate) const ALL: [Self; ROLES] = [
        Self::Date,
        Self::End,
        Self::Duration,
        Self::Url,
        Self::Referrer,
        Self::Title,
        Self::Text,
        Self::Host,
        Self::User,
        Self::Agent,
        Self::Tags,
        Self::Key,
        Self::Peer,
    ];

    /// The option that maps it, which is also a name that always means it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::End => "end",
            Self::Duration => "duration",
            Self::Url => "url",
            Self::Referrer => "referrer",
            Self::Title => "title",
            Self::Text => "text",
            Self::Host => "host",
            Self::User => "user",
            Self::Agent => "agent",
            Self::Tags => "tags",
            Self::Key => "key",
            Self::Peer => "peer",
        }
    }
}

/// The options of every source with configured columns, after its own.
macro_rules! mapped_options {
    ($(($name:expr, $help:expr, $default:expr)),* $(,)?) => {{
        const fn option(name: &'static str, help: &'static str, default: &'static str) -> SourceOption {
            SourceOption { name, help, default }
        }
        &[
            $(option($name, $help, $default),)*
            option("date", "where the date is; parts that belong together are joined by `+`", "guessed"),
            option(
                "date_format",
                "`auto`, `rfc3339`, `unix`, `unix_ms`, `unix_us`, `unix_ns`, `webkit`, `cocoa`, `filetime`, `excel`, \
                 or a pattern such as `%d.%m.%Y %H:%M`",
                "auto",
            ),
            option("offset", "offset from UTC of dates that name none, such as `+02:00`", "a wall clock"),
            option("end", "where the end is, in the same format, or a clock on the day it began", "guessed"),
            option("duration", "where the duration is: a number, or `01:30:00`, `1:30`, `1h 30m`, `PT1H30M`", ""),
            option("duration_unit", "what a number counts: `ns`, `us`, `ms`, `s`, `min` or `h`", "s"),
            option("url", "where the address is", "guessed"),
            option("referrer", "where the address it came from is", "guessed"),
            option("title", "where the title is", "guessed"),
            option("text", "where the text is", "guessed"),
            option("host", "where the machine is", "guessed"),
            option("peer", "where the other end is: the client, where a login came from", "guessed"),
            option("user", "where the user is", "guessed"),
            option("agent", "where the program is", "guessed"),
            option("tags", "where the tags are", "guessed"),
            option("tags_separator", "what stands between two tags", "a comma, else ; or |"),
            option("key", "where the record's own, lasting id is", ""),
            option("event_kind", "`record`, or `http.request` for what a web server was asked", "record"),
            option("encoding", "of text: `auto`, or a name such as `windows-1252` or `shift_jis`", "auto"),
        ]
    }};
}
pub(crate) use mapped_options;
