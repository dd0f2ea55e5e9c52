//! `-r`: which reports, asked with what.

use crate::args::MainArgs;
use crate::session::Session;
use std::sync::Arc;
use workhours_core::config::clock;
use workhours_core::error::{Error, Result};
use workhours_core::pipeline::LineFinder;
use workhours_core::query::parse;
use workhours_core::report::shape::Shape;
use workhours_core::report::{Activity, Report, ReportParams, by_name};
use workhours_core::store::EventFilter;
use workhours_core::when::{parse_until, parse_when};
use workhours_core::zones::Zones;

/// The reports of these names.
pub(crate) fn resolve(names: &[String]) -> Result<Vec<&'static dyn Report>> {
    names.iter().map(|name| by_name(name)).collect()
}

/// What is done to their rows.
pub(crate) fn shape(main: &MainArgs) -> Result<Shape> {
    let sort = main.sort.iter().map(|text| text.parse()).collect::<Result<_>>()?;
    Ok(Shape { group_by: main.group_by.clone(), sort, limit: main.limit })
}

/// What they are asked with.
pub(crate) fn params(main: &MainArgs, session: &Session<'_>) -> Result<ReportParams> {
    let now = session.now_us()?;
    let config = &session.config;
    let zone = config.timezone;
    let filter = filter(main, session, now)?;
    // That of a saved report is not among the settings the program began with.
    let gaptime_min = main.gaptime.unwrap_or(config.gaptime_min);
    if !gaptime_min.is_finite() || gaptime_min < 0.0 {
        return Err(Error::usage(format!("a gap of {gaptime_min} minutes makes no sense")));
    }
    let settings = &config.hours;
    let pad_min = main.pad.unwrap_or(settings.pad_min);
    if !(0.0..=1440.0).contains(&pad_min) {
        return Err(Error::usage(format!("--pad {pad_min} is not a number of minutes from 0 to 1440")));
    }
    let day_start = main.day_start.as_deref().map(clock).transpose()?.unwrap_or(settings.day_start);
    let activity = main.activity.as_deref().map(str::parse::<Activity>).transpose()?;
    Ok(ReportParams {
        filter,
        zones: Zones::new(zone, settings.travels.clone(), day_start)?,
        now_us: now,
        gaptime_min,
        pad_min,
        activity: activity.unwrap_or_else(|| settings.activity.clone()),
        bucket: main.bucket.as_deref().map(str::parse).transpose()?,
        by: main.by.as_deref().map(str::parse).transpose()?,
        rounding: main.round.as_deref().map(str::parse).transpose()?.or(settings.rounding),
        terms: Arc::new(settings.terms.clone()),
        projects: Arc::new(settings.projects(now, zone)?),
        sensitivity: main.sensitivity,
        explain: main.explain,
        lines: if main.explain { Some(Arc::new(LineFinder::new(session.filestore()?))) } else { None },
    })
}

fn filter(main: &MainArgs, session: &Session<'_>, now: i64) -> Result<EventFilter> {
    let zone = session.config.timezone;
    let from_us = main.from.as_deref().map(|t| parse_when(t, now, zone)).transpose()?;
    let until_us = main.to.as_deref().map(|t| parse_until(t, now, zone)).transpose()?;
    if let (Some(from), Some(until)) = (from_us, until_us)
        && from >= until
    {
        return Err(Error::usage("--from is not before --to").hint("no event could lie between them"));
    }
    let registry = session.registry()?;
    let mut source_types = Vec::new();
    for name in &main.sources {
        source_types.push(registry.get(name)?.source.info().name.to_owned());
    }
    let mut filter = EventFilter {
        users: main.users.clone(),
        source_types,
        from_us,
        until_us,
        text: main.text.clone(),
        ..EventFilter::default()
    };
    for query in &main.wheres {
        filter.ask(parse(query, now, zone)?);
    }
    Ok(filter)
}
