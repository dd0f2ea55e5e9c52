//! The filters of a search, each with a link to remove it; and the addresses that add filters.

use super::PATH;
use crate::query_string::QueryString;
use crate::search::Search;
use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use serde::Serialize;
use workhours_core::query::Field;
use workhours_core::search::Filter;

/// A filter that is set.
#[derive(Serialize)]
pub(super) struct Chip {
    label: String,
    negated: bool,
    /// The address without it.
    off: String,
    /// The address with it the other way round, where there is one.
    turned: Option<String>,
}

/// The active filters, except the words of the search box.
pub(super) fn chips(search: &Search, query: &QueryString) -> Vec<Chip> {
    // A field may have several names: remove the one in the address.
    let written = query.all("f");
    let filter = |(filter, text): (&Filter, &String)| {
        let turned = Filter { not: !filter.not, ..filter.clone() };
        let without = query.without_one("f", text);
        Chip {
            label: format!("{} {}", filter.field.name(), filter.value),
            negated: filter.not,
            off: without.at(PATH),
            turned: Some(without.and("f", turned).at(PATH)),
        }
    };
    let time = |name: &str, value: &Option<String>| {
        let value = value.as_ref()?;
        Some(Chip {
            label: format!("{name} {value}"),
            negated: false,
            off: query.without(name).at(PATH),
            turned: None,
        })
    };
    let times = [time("from", &search.asked.from), time("to", &search.asked.to)];
    search.asked.filters.iter().zip(&written).map(filter).chain(times.into_iter().flatten()).collect()
}

/// The address with a filter more. The opposite one goes.
pub(super) fn with(query: &QueryString, not: bool, field: &Field, value: &str) -> String {
    let filter = |not| Filter { not, field: field.clone(), value: value.to_owned() }.to_string();
    query.without_one("f", &filter(!not)).and("f", filter(not)).at(PATH)
}

/// An instant for an address: by the clock of the zone, and unmistakable.
pub(crate) fn instant(us: i64, zone: Tz) -> String {
    let time = DateTime::from_timestamp_micros(us).map(|time| time.with_timezone(&zone));
    time.map_or_else(
        || format!("@{}", us.div_euclid(1_000_000)),
        |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    )
}
