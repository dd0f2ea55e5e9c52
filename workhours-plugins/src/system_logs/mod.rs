//! Logs of systems and services: syslog, the systemd journal, OpenTelemetry, and logins.

pub mod journald;
pub mod log_auth;
pub mod log_wtmp;
pub mod otlp;
pub mod syslog;

pub(crate) mod authmsg;
pub(crate) mod bsd;
pub(crate) mod dropbear;
pub(crate) mod journal;
pub(crate) mod journal_export;
pub(crate) mod journal_json;
pub(crate) mod journal_verbose;
pub(crate) mod log_time;
pub(crate) mod login;
pub(crate) mod priority;
pub(crate) mod raised;
pub(crate) mod rfc5424;
pub(crate) mod sshd;
pub(crate) mod syslog_rows;
pub(crate) mod utmp;
