//! The words of the option `log_format`: Apache's and GoAccess's `%h`, nginx's `$remote_addr`.
//!
//! One letter may mean two things: the whole layout shows which program's directives they are.

use crate::toolkit::keys::snake;

/// The program whose directives a layout uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Apache,
    Nginx,
    GoAccess,
}

/// The meaning of a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Time,
    /// With its brackets.
    BoxedTime,
    Date,
    Clock,
    Client,
    Forwarded,
    Host,
    Vhost,
    Port,
    Scheme,
    Ident,
    User,
    Request,
    Method,
    Target,
    Query,
    Protocol,
    Status,
    Size,
    Referrer,
    Agent,
    Seconds,
    Millis,
    Micros,
    Nanos,
    /// Passed over.
    Nothing,
    /// An attribute.
    Other,
    /// The text after the last directive of the layout.
    Rest,
}

/// A directive of a layout, or the text between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Literal(String),
    /// Its meaning, and its name as an attribute.
    Field(Field, String),
}

use Field::*;

impl Dialect {
    /// Only GoAccess has a date separate from its time, and a directive for skipped text.
    pub(crate) fn of(layout: &str) -> Self {
        let words = || layout.split('%').skip(1);
        let own = |w: &str| w.starts_with(['d', 'x', '~']) || (w.starts_with('^') && !w.starts_with("^F"));
        let goaccess = words().any(own) || layout.contains("~h{");
        match () {
            () if layout.contains("%{") => Self::Apache,
            () if goaccess => Self::GoAccess,
            () if layout.contains('$') => Self::Nginx,
            () => Self::Apache,
        }
    }
}

impl Field {
    /// A regular expression group for it; in quotes it includes everything except a quote, or an escaped one, unless
    /// the server doesn't escape them.
    pub(crate) fn pattern(self, quoted: bool, escapes: bool) -> &'static str {
        match self {
            Status => r"(\d{3}|-|0)",
            Size => r"(-?\d+|-)",
            Seconds | Millis | Micros | Nanos => r"(-?[\d.]+|-)",
            BoxedTime => r"(\[[^\]]*\])",
            Client | Forwarded => r#"([^\s,"]*(?:,\s*[^\s,"]+)*)"#,
            _ if quoted && escapes => r#"((?:[^"\\]|\\.)*)"#,
            Vhost | Host => r"(\[[^\]\s]*\]|\S*?)",
            Ident | Method | Port | Scheme | Protocol => r"(\S*?)",
            _ => r"(.*?)",
        }
    }
}

/// The directive at the start of a layout, and its length; `None` for text between directives.
///
/// # Errors
/// A text that looks like a directive but isn't one.
pub(crate) fn word(dialect: Dialect, layout: &str) -> Result<Option<(Word, usize)>, String> {
    match dialect {
        Dialect::Nginx => nginx(layout),
        Dialect::Apache => apache(layout),
        Dialect::GoAccess => goaccess(layout),
    }
}

type Found = Result<Option<(Word, usize)>, String>;

fn field(field: Field, name: &str, len: usize) -> Found {
    Ok(Some((Word::Field(field, snake(&[name.as_bytes()])), len)))
}

fn nginx(layout: &str) -> Found {
    let Some(rest) = layout.strip_prefix('$') else { return Ok(None) };
    let braced = rest.strip_prefix('{');
    let name = braced.unwrap_or(rest);
    let len = name.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let name = &name[..len];
    let is = match name {
        "" => return Err("a $ without a name".to_owned()),
        "time_local" | "time_iso8601" | "msec" => Time,
        "remote_addr" | "the_real_ip" | "realip_remote_addr" | "http_x_real_ip" => Client,
        "http_x_forwarded_for" | "proxy_add_x_forwarded_for" => Forwarded,
        "remote_user" => User,
        "hostname" => Host,
        "host" | "http_host" | "server_name" => Vhost,
        "server_port" => Port,
        "scheme" | "http_x_forwarded_proto" => Scheme,
        "request" => Request,
        "request_method" => Method,
        "request_uri" | "uri" | "document_uri" => Target,
        "args" | "query_string" => Query,
        "server_protocol" => Protocol,
        "status" => Status,
        "body_bytes_sent" | "bytes_sent" => Size,
        "http_referer" => Referrer,
        "http_user_agent" => Agent,
        "request_time" => Seconds,
        _ => Other,
    };
    field(is, name, 1 + len + if braced.is_some() { 2 } else { 0 })
}

fn apache(layout: &str) -> Found {
    let Some(rest) = layout.strip_prefix('%') else { return Ok(None) };
    if rest.starts_with('%') {
        return Ok(Some((Word::Literal("%".to_owned()), 2)));
    }
    // Statuses for which it is written, and which of two requests is meant.
    let modifiers = rest.bytes().take_while(|b| b.is_ascii_digit() || b"!,<>".contains(b)).count();
    let (argument, rest) = match rest[modifiers..].strip_prefix('{') {
        Some(inside) => inside.split_once('}').ok_or("a %{ without its }")?,
        None => ("", &rest[modifiers..]),
    };
    let braces = if argument.is_empty() { 0 } else { argument.len() + 2 };
    let Some(letter) = rest.chars().next() else { return Err("a % without a letter".to_owned()) };
    let two = if letter == '^' { 3 } else { letter.len_utf8() };
    let len = 1 + modifiers + braces + two;
    let lower = argument.to_ascii_lowercase();
    let is = match (letter, lower.as_str()) {
        ('t', "") => BoxedTime,
        ('t', _) => Time,
        ('h' | 'a', _) => Client,
        ('i', "x-forwarded-for") => Forwarded,
        ('i', "x-real-ip") => Client,
        ('i', "referer" | "referrer") => Referrer,
        ('i', "user-agent") => Agent,
        ('i', "host") | ('v' | 'V', _) => Vhost,
        ('i', "x-forwarded-proto") => Scheme,
        ('l', _) => Ident,
        ('u', _) => User,
        ('r', _) => Request,
        ('m', _) => Method,
        ('U', _) => Target,
        ('q', _) => Query,
        ('H', _) => Protocol,
        ('s', _) => Status,
        ('b' | 'B' | 'O', _) => Size,
        ('p', "" | "canonical" | "local") => Port,
        ('T', "ms") => Millis,
        ('T', "us") | ('D', _) => Micros,
        ('T', _) => Seconds,
        (
            'A' | 'C' | 'e' | 'f' | 'I' | 'i' | 'k' | 'L' | 'n' | 'o' | 'p' | 'P' | 'R' | 'S' | 'X' | 'x'
            | '^',
            _,
        ) => Other,
        _ => return Err(format!("%{letter} is no word of Apache's")),
    };
    let name = match (letter, argument) {
        (_, name) if !name.is_empty() => name,
        ('A', _) => "server",
        ('f', _) => "file",
        ('I', _) => "received_bytes",
        ('k', _) => "keepalives",
        ('L', _) => "log_id",
        ('P', _) => "pid",
        ('R', _) => "handler",
        ('S', _) => "transferred_bytes",
        ('X', _) => "connection",
        _ => "value",
    };
    field(is, name, len)
}

fn goaccess(layout: &str) -> Found {
    // `~h{, }`: the client in a list of forwarders, and the separators of the list.
    if let Some(after) = layout.strip_prefix("~h{") {
        let (set, _) = after.split_once('}').ok_or("a ~h{ without its }")?;
        return field(Forwarded, "", 4 + set.len());
    }
    let Some(rest) = layout.strip_prefix('%') else { return Ok(None) };
    let Some(letter) = rest.chars().next() else { return Err("a % without a letter".to_owned()) };
    let (is, name) = match letter {
        '%' => return Ok(Some((Word::Literal("%".to_owned()), 2))),
        '~' => return Ok(Some((Word::Literal(" ".to_owned()), 2))),
        'x' => (Time, ""),
        'd' => (Date, ""),
        't' => (Clock, ""),
        'h' => (Client, ""),
        'v' => (Vhost, ""),
        'e' => (User, ""),
        'r' => (Request, ""),
        'm' => (Method, ""),
        'U' => (Target, ""),
        'q' => (Query, ""),
        'H' => (Protocol, ""),
        's' => (Status, ""),
        'b' => (Size, ""),
        'R' => (Referrer, ""),
        'u' => (Agent, ""),
        'T' => (Seconds, ""),
        'L' => (Millis, ""),
        'D' => (Micros, ""),
        'n' => (Nanos, ""),
        'C' => (Other, "cache"),
        'M' => (Other, "mime_type"),
        'K' => (Other, "tls_version"),
        'k' => (Other, "tls_cipher"),
        '^' => (Nothing, ""),
        _ => return Err(format!("%{letter} is no word of GoAccess's")),
    };
    field(is, name, 1 + letter.len_utf8())
}
