//! A report and its settings, read from an address.

use super::formats::split;
use crate::fresh::{Clock, asks_for_time, is_fixed};
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::site::Site;
use crate::work_queue::CancelToken;
use chrono_tz::Tz;
use workhours_core::error::Result;
use workhours_core::output::Style;
use workhours_core::report::settings::{
    EXPLAIN, FROM, IN, Parameter, ParameterKind, Settings, TO, WHERE, parameters_of,
};
use workhours_core::report::shape::shape;
use workhours_core::report::{Report, by_name, reports};
use workhours_core::store::Store;
use workhours_core::table::Table;

/// A report with its settings, ready to be run.
#[derive(Clone)]
pub(crate) struct ReportRequest {
    pub(crate) report: &'static dyn Report,
    pub(crate) settings: Settings,
    pub(crate) zone: Tz,
}

/// The parameters of a named report, whose name may have a format's extension; all parameters if it is unknown.
pub(crate) fn parameters_for(name: Option<&str>) -> Vec<Parameter> {
    match name.map(|name| by_name(split(name).0)) {
        Some(Ok(report)) => parameters_of(report.info()).collect(),
        _ => workhours_core::report::settings::PARAMETERS.to_vec(),
    }
}

impl ReportRequest {
    /// For the report of this name and a query's parameters.
    ///
    /// # Errors
    /// A problem when there is no such report, or a parameter can't be read.
    pub(crate) fn new(site: &Site, name: &str, query: &QueryString) -> Result<Self, Problem> {
        let names = || reports().into_iter().map(|report| report.info().name);
        let report = by_name(name).map_err(|_| {
            let problem = Problem::not_found(format!("there is no report {name:?}"));
            match workhours_core::names::nearest(name, names()) {
                Some(near) => problem.hint(format!("did you mean {near}?")),
                None => problem.hint("/reports/ lists them"),
            }
        })?;
        let mut settings = Settings::default();
        for parameter in parameters_of(report.info()) {
            if parameter.repeatable || parameter.kind == ParameterKind::Columns {
                query.all(parameter.name).iter().try_for_each(|value| settings.set(parameter.name, value))?;
            } else if let Some(value) = query.one(parameter.name)?
                && !(parameter.kind == ParameterKind::Flag && ["0", "false", "off"].contains(&value))
            {
                settings.set(parameter.name, value)?;
            }
        }
        let zone = settings.zone(&site.config)?;
        // Errors are returned before the request waits for its turn.
        settings.shape()?;
        site.params(&settings.clone().without(&EXPLAIN))?;
        Ok(Self { report, settings, zone })
    }

    /// The output format.
    pub(crate) fn style(&self, all_columns: bool) -> Style {
        Style { zone: self.zone, width: None, color: false, all_columns }
    }

    /// Whether its result depends on the current time. It doesn't if its period is fixed and no query asks for a time.
    pub(crate) fn clock(&self) -> Clock {
        let settings = &self.settings;
        let bounded = settings.get(&IN).is_some_and(is_fixed)
            || settings.get(&TO).is_some_and(is_fixed) && settings.get(&FROM).is_none_or(is_fixed);
        let asks = settings.all(&WHERE).any(asks_for_time);
        if bounded && !asks { Clock::Still } else { Clock::Minute }
    }

    /// Runs it, and returns at most `limit` rows instead of as many as its settings say.
    ///
    /// # Errors
    /// Database errors.
    pub(crate) fn run<'s>(
        &self,
        site: &Site,
        store: &'s mut Store,
        stop: &CancelToken,
        limit: Option<u64>,
    ) -> Result<Table<'s>> {
        let params = site.params(&self.settings)?;
        let table = stop.watch(workhours_core::report::run(self.report, store, &params)?);
        let mut wanted = self.settings.shape()?;
        wanted.limit = limit;
        shape(table, &wanted)
    }
}
