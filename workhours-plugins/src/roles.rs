//! The fields of an event that a value can be mapped to, the names that suggest them, and the options that map
//! them.

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
}

/// How many there are.
pub(crate) const ROLES: usize = 12;

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
        }
    }

    /// Names that suggest it, the best first, without case and punctuation. An id is never taken for a key, nor
    /// a duration for one in seconds: only the user knows.
    pub(crate) const fn guesses(self) -> &'static [&'static str] {
        match self {
            Self::Date => &[
                "datetime",
                "timestamp",
                "date",
                "time",
                "when",
                "eventtime",
                "createdat",
                "created",
                "dt",
                "ts",
                "starttime",
                "startdate",
                "start",
                "started",
                "begin",
                "logged",
                "visited",
                "modified",
                "updated",
            ],
            Self::End => &["end", "endtime", "enddate", "finished", "stop", "stoptime"],
            Self::Url => &["url", "uri", "link", "href", "address"],
            Self::Referrer => &["referrer", "referer"],
            Self::Title => &["title", "subject", "name", "summary", "headline"],
            Self::Text => &[
                "text",
                "message",
                "msg",
                "body",
                "content",
                "description",
                "comment",
                "note",
                "notes",
                "command",
                "cmd",
            ],
            Self::Host => &["host", "hostname", "machine", "computer"],
            Self::User => &["user", "username", "author", "login"],
            Self::Agent => &["agent", "useragent", "program", "application", "app"],
            Self::Tags => &["tags", "labels", "keywords", "categories"],
            Self::Duration | Self::Key => &[],
        }
    }
}

/// The options of every source that is told its columns, behind its own.
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
                "`auto`, `rfc3339`, `unix`, `unix_ms`, `unix_us`, `unix_ns`, `webkit`, `cocoa`, `filetime`, \
                 or a pattern such as `%d.%m.%Y %H:%M`",
                "auto",
            ),
            option("offset", "offset from UTC of dates that name none, such as `+02:00`", "a wall clock"),
            option("end", "where the end is, in the same format", "guessed"),
            option("duration", "where the duration is", ""),
            option("duration_unit", "what it counts: `ns`, `us`, `ms`, `s`, `min` or `h`", "s"),
            option("url", "where the address is", "guessed"),
            option("referrer", "where the address it came from is", "guessed"),
            option("title", "where the title is", "guessed"),
            option("text", "where the text is", "guessed"),
            option("host", "where the machine is", "guessed"),
            option("user", "where the user is", "guessed"),
            option("agent", "where the program is", "guessed"),
            option("tags", "where the tags are", "guessed"),
            option("tags_separator", "what stands between two tags", ","),
            option("key", "where the record's own, lasting id is", ""),
        ]
    }};
}
pub(crate) use mapped_options;
