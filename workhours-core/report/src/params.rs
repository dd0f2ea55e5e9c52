//! The parameters of reports: which events, by which clock, and the settings of those that count time.

use chrono_tz::Tz;
use std::path::PathBuf;
use std::sync::Arc;
use workhours_base::error::Result;
use workhours_base::vocabulary::{Activity, Bucket, Dimension, Rounding, Terms};
use workhours_base::zones::Zones;
use workhours_event::LONGEST_US;
use workhours_query::{Expr, Lookup};
use workhours_store::{EventFilter, FindLines, Store};

/// An interval of time; without an end if it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

/// The parameters of a report. Every report understands the filter, the zones and the shape of the result;
/// [`super::ReportInfo::options`] names what else it understands.
#[derive(Clone, Debug)]
pub struct ReportParams {
    /// The filter for events.
    pub filter: EventFilter,
    /// The source types that record whether someone was there.
    pub presence: Vec<String>,
    /// The traces that time is built from: the filter without times, users and `--where`.
    pub chosen: EventFilter,
    /// Whose traces: `-u`.
    pub users: Vec<String>,
    /// Which time counts: `--where`.
    pub keep: Option<Arc<Expr>>,
    /// From when on time counts, µs.
    pub from_us: Option<i64>,
    /// Before when.
    pub until_us: Option<i64>,
    /// How projects and persons are determined.
    pub lookup: Lookup,
    /// At most this many µs of a longer trace count.
    pub longest_us: i64,
    /// The clock to use.
    pub zones: Zones,
    /// The present moment.
    pub now_us: i64,
    /// Minutes without an event that make a gap.
    pub gaptime_min: f64,
    /// Minutes counted before the first event of a session.
    pub pad_min: f64,
    /// Whose traces count as work.
    pub activity: Activity,
    /// The length of a row's interval.
    pub bucket: Option<Bucket>,
    /// What to divide by.
    pub by: Option<Dimension>,
    /// How hours are rounded.
    pub rounding: Option<Rounding>,
    /// The price of an hour, and the target hours.
    pub terms: Arc<Terms>,
    /// The total at several gap times instead of the hours.
    pub sensitivity: bool,
    /// The events the hours are made of instead.
    pub explain: bool,
    /// Whether the report `events` says whose each is: if its rows are grouped or sorted by that.
    pub persons: bool,
    /// The folder of the databases' columns; events are read without it.
    pub columns: Option<PathBuf>,
    /// Finds the lines of these records.
    pub lines: Option<Arc<dyn FindLines>>,
}

impl Default for ReportParams {
    fn default() -> Self {
        Self {
            presence: Vec::new(),
            filter: EventFilter::default(),
            chosen: EventFilter::default(),
            users: Vec::new(),
            keep: None,
            from_us: None,
            until_us: None,
            lookup: Lookup::default(),
            longest_us: LONGEST_US,
            zones: Zones::plain(Tz::UTC),
            now_us: i64::MAX,
            gaptime_min: 15.0,
            pad_min: 0.0,
            activity: Activity::default(),
            bucket: None,
            by: None,
            rounding: None,
            terms: Arc::default(),
            sensitivity: false,
            explain: false,
            persons: false,
            columns: None,
            lines: None,
        }
    }
}

impl ReportParams {
    /// The window in which time counts: until now at the latest, and not before [`EARLIEST_US`].
    pub(super) fn counted_window(&self) -> Window {
        let from = self.from_us.map_or(i64::MIN, |from| from.max(EARLIEST_US));
        Window { from, until: self.until_us.unwrap_or(i64::MAX).min(self.now_us) }
    }

    /// A filter without events that are dated before [`EARLIEST_US`] or more than ten years from now.
    pub(super) fn plausible(&self, filter: EventFilter) -> EventFilter {
        let latest = self.now_us.saturating_add(TEN_YEARS_US);
        let until_us = Some(filter.until_us.map_or(latest, |until| until.min(latest)));
        let from_us = Some(filter.from_us.map_or(EARLIEST_US, |from| from.max(EARLIEST_US)));
        EventFilter { from_us, until_us, ..filter }
    }

    /// The selection, narrowed to dated events of inputs whose traces count.
    ///
    /// # Errors
    /// Database errors.
    pub fn work_filter(&self, store: &mut Store) -> Result<EventFilter> {
        let mut filter = self.chosen.clone();
        filter.dated_only = true;
        // A source type or input that is named counts, for any person.
        if self.activity == Activity::Usual && (!filter.source_types.is_empty() || filter.input_ids.is_some())
        {
            return Ok(filter);
        }
        let inputs = store.inputs().all()?;
        let counts = |activity: &str| match &self.activity {
            Activity::Usual => activity == "human",
            Activity::All => true,
            Activity::Only(words) => words.iter().any(|word| word == activity),
        };
        if inputs.iter().any(|input| !counts(&input.activity)) {
            let chosen = inputs.iter().filter(|input| counts(&input.activity)).map(|input| input.id);
            filter.input_ids = Some(chosen.collect());
        }
        Ok(filter)
    }
}

/// 1971-01-01, µs: an earlier date comes from a clock that was never set.
pub(super) const EARLIEST_US: i64 = 31_536_000_000_000;
/// Ten years, µs: a later date isn't plausible, even for a plan.
const TEN_YEARS_US: i64 = 3_652 * 86_400_000_000;
