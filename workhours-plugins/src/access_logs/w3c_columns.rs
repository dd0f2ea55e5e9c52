//! The columns of the W3C's extended log format: those of the draft, IIS and CloudFront.
//!
//! Not for how lines are split or values are read.

/// The meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Date,
    Time,
    LocalDate,
    LocalTime,
    /// Date and time in one, or a number.
    Timestamp,
    Method,
    /// Path and query.
    Uri,
    Stem,
    Query,
    Version,
    Protocol,
    Port,
    /// From the request's `Host` header.
    Vhost,
    /// From the request's `Host` header, if the other is the name within a network of caches.
    AskedHost,
    ServerName,
    ServerAddress,
    Client,
    Forwarded,
    User,
    Agent,
    Referrer,
    Status,
    Win32Status,
    Size,
    /// In milliseconds with IIS, else in seconds.
    Taken,
    TakenMs,
    /// Not kept: it is a secret.
    Cookie,
    Other,
}

use Column::*;

const COLUMNS: [(&str, Column); 36] = [
    ("date", Date),
    ("time", Time),
    ("date-local", LocalDate),
    ("time-local", LocalTime),
    ("timestamp", Timestamp),
    ("x-timestamp", Timestamp),
    ("cs-method", Method),
    ("cs-uri", Uri),
    ("cs-uri-stem", Stem),
    ("cs-uri-query", Query),
    ("cs-version", Version),
    ("cs-protocol-version", Version),
    ("cs-protocol", Protocol),
    ("s-port", Port),
    ("cs-host", Vhost),
    ("cs(host)", Vhost),
    ("x-host-header", AskedHost),
    ("s-computername", ServerName),
    ("s-ip", ServerAddress),
    ("c-ip", Client),
    ("x-forwarded-for", Forwarded),
    ("cs(x-forwarded-for)", Forwarded),
    ("cs-username", User),
    ("cs(user-agent)", Agent),
    ("cs(referer)", Referrer),
    ("cs(referrer)", Referrer),
    ("sc-status", Status),
    ("c-status", Status),
    ("sc-win32-status", Win32Status),
    ("sc-bytes", Size),
    ("time-taken", Taken),
    ("x-duration", Taken),
    ("timetakenms", TakenMs),
    ("cs(cookie)", Cookie),
    ("cs(set-cookie)", Cookie),
    ("sc(set-cookie)", Cookie),
];

/// The field of a column's name.
pub(crate) fn column(name: &[u8]) -> Column {
    let found = COLUMNS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
    found.map_or(Other, |(_, column)| *column)
}
