//! An entry of the systemd journal as an event, whichever way it was exported.
//!
//! Not for the export formats (`journal_export` and `journal_json`), nor for the journal's own files.

use crate::system_logs::log_auth::said;
use crate::system_logs::login::Facts;
use crate::system_logs::priority;
use crate::toolkit::keys::{Names, snake};
use crate::toolkit::stamp::Stamp;
use workhours_plugin_api::*;

/// A field: its name and its value, which may be any bytes.
pub(crate) type Field<'a> = (&'a [u8], &'a [u8]);

/// Fields that become something else than a text by their own name.
const KNOWN: &[(&[u8], &str)] = &[
    (b"_PID", "pid"),
    (b"_UID", "uid"),
    (b"_GID", "gid"),
    (b"CODE_LINE", "code_line"),
    (b"ERRNO", "errno"),
    (b"SYSLOG_PID", "syslog_pid"),
    (b"TID", "tid"),
    (b"_AUDIT_LOGINUID", "audit_loginuid"),
    (b"_AUDIT_SESSION", "audit_session"),
    (b"_SYSTEMD_OWNER_UID", "systemd_owner_uid"),
    (b"__SEQNUM", "seqnum"),
    (b"__MONOTONIC_TIMESTAMP", "monotonic_us"),
    (b"_SOURCE_REALTIME_TIMESTAMP", "source_realtime_us"),
    (b"_SOURCE_MONOTONIC_TIMESTAMP", "source_monotonic_us"),
    (b"_SOURCE_BOOTTIME_TIMESTAMP", "source_boottime_us"),
];

/// The first value of a field; empty if there is none.
fn first<'a>(fields: &[Field<'a>], name: &[u8]) -> &'a [u8] {
    fields.iter().find(|(n, _)| *n == name).map_or(&b""[..], |(_, value)| value)
}

fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The identity of an entry: its cursor, else its time and boot. Empty without both.
fn key(fields: &[Field<'_>]) -> Vec<u8> {
    let cursor = first(fields, b"__CURSOR");
    if !cursor.is_empty() {
        return cursor.to_vec();
    }
    let parts = [
        ("b", first(fields, b"_BOOT_ID")),
        ("m", first(fields, b"__MONOTONIC_TIMESTAMP")),
        ("t", first(fields, b"__REALTIME_TIMESTAMP")),
        ("i", first(fields, b"__SEQNUM")),
    ];
    let mut key = Vec::new();
    if !parts[0].1.is_empty() && !parts[1].1.is_empty() {
        for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            key.extend([name.as_bytes(), b"=", value, b";"].concat());
        }
    }
    key
}

/// Whether anything distinguishes an entry from any other list of names and values.
fn is_entry(fields: &[Field<'_>]) -> bool {
    let telling: [&[u8]; 4] = [b"__CURSOR", b"__REALTIME_TIMESTAMP", b"_BOOT_ID", b"MESSAGE"];
    fields.iter().any(|(name, _)| telling.contains(name))
}

/// How an entry becomes an event.
#[derive(Clone, Copy)]
pub(crate) struct How {
    /// The kind of an entry without a login.
    pub(crate) kind: &'static str,
    /// Whether it is known by its cursor, and not by its bytes.
    pub(crate) keyed: bool,
    /// The time before its fields, if there is one.
    pub(crate) time: Option<Stamp>,
}

/// For an export.
pub(crate) const EXPORTED: How = How { kind: "journal.message", keyed: true, time: None };

/// Pushes the entry with these fields. `flags` are remarks of the format.
pub(crate) fn emit(
    span: Span<'_>,
    fields: &[Field<'_>],
    how: How,
    mut flags: RowFlags,
    out: &mut dyn EventSink,
) -> Result<(), Stop> {
    if !is_entry(fields) {
        let reason =
            "none of the fields __CURSOR, __REALTIME_TIMESTAMP, _BOOT_ID and MESSAGE: no journal entry";
        let provisional = flags.contains(RowFlags::PROVISIONAL);
        return out.reject(&Reject { span, code: RejectCode::Malformed, reason, provisional });
    }
    let (stamp, stamped) = match first(fields, b"__REALTIME_TIMESTAMP") {
        b"" => (first(fields, b"_SOURCE_REALTIME_TIMESTAMP"), &b"_SOURCE_REALTIME_TIMESTAMP"[..]),
        stamp => (stamp, &b"__REALTIME_TIMESTAMP"[..]),
    };
    let (stamp, stamped) = if how.time.is_some() { (&b""[..], &b""[..]) } else { (stamp, stamped) };
    let time = how.time.map(|(time, _)| time).or_else(|| integer(stamp).map(EventTime::from_unix_us));
    flags |= how.time.map_or(RowFlags::NONE, |(_, remark)| remark);
    if time.is_none() && !stamp.is_empty() {
        flags |= RowFlags::BAD_TIME;
    }
    let identifier = first(fields, b"SYSLOG_IDENTIFIER");
    let agent: &[u8] = if identifier.is_empty() { b"_COMM" } else { b"SYSLOG_IDENTIFIER" };
    let mut spent: [(&[u8], bool); 5] =
        [(b"__CURSOR", false), (stamped, false), (b"MESSAGE", false), (b"_HOSTNAME", false), (agent, false)];
    let mut names = Names::default();
    let mut named: Vec<(String, Value<'_>)> = Vec::with_capacity(fields.len());
    for &(name, value) in fields {
        // Only the first of its name goes into a fixed field of the event.
        if let Some((_, seen)) = spent.iter_mut().find(|(n, seen)| *n == name && !*seen) {
            *seen = true;
            continue;
        }
        let number = |key: &str| match integer(value) {
            Some(n) => (key.to_owned(), Value::Int(n)),
            None => (key.to_owned(), Value::Str(Text(value))),
        };
        let (key, value) = match name {
            b"PRIORITY" => match integer(value).and_then(|n| priority::severity(u32::try_from(n).ok()?)) {
                Some(severity) => ("severity".to_owned(), Value::Str(severity.into())),
                None => number("severity"),
            },
            b"SYSLOG_FACILITY" => {
                match integer(value).and_then(|n| priority::names(u32::try_from(n).ok()?.checked_mul(8)?)) {
                    Some((facility, _)) => ("facility".to_owned(), Value::Str(facility.into())),
                    None => number("facility"),
                }
            }
            _ => match KNOWN.iter().find(|(known, _)| *known == name) {
                Some((_, key)) => number(key),
                None => (snake(&[name]), Value::Str(Text(value))),
            },
        };
        named.push((names.free(&key), value));
    }
    let message = first(fields, b"MESSAGE");
    let (facts, _) = said(first(fields, agent), message);
    for attr in facts.iter().flat_map(Facts::attrs) {
        named.push((names.free(attr.key), attr.value));
    }
    let attrs: Vec<_> = named.iter().map(|(key, value)| Attr { key, value: *value }).collect();
    let user = facts.map_or(&b""[..], |f| f.user);
    let key = if how.keyed { key(fields) } else { Vec::new() };
    out.emit(&EventRow {
        span,
        time,
        kind: facts.map_or(how.kind, |f| f.kind),
        key: &key,
        text: Text(message),
        host: Text(first(fields, b"_HOSTNAME")),
        peer: facts.map_or(Text::NONE, |f| f.peer()),
        user: Text(user),
        // Entries were identified by their key before their users were read.
        key_user: Text(if user.is_empty() || key.is_empty() { b"" } else { b"\0" }),
        agent: Text(first(fields, agent)),
        attrs: &attrs,
        flags,
        ..EventRow::default()
    })
}
