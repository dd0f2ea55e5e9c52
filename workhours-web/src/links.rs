//! Addresses of pages that many others lead to.

use crate::query_string::QueryString;

/// Where events are looked through.
pub(crate) const EVENTS: &str = "/events";

/// The address of the events with this value, from wherever.
pub(crate) fn only(kept: &QueryString, field: &str, value: &str) -> String {
    kept.and("f", format!("{field}:{value}")).at(EVENTS)
}
