//! `-r`: which reports, asked with what.

use crate::args::MainArgs;
use crate::session::Session;
use workhours_core::error::{Error, Result};
use workhours_core::report::{Report, ReportParams, by_name};
use workhours_core::store::EventFilter;
use workhours_core::when::{parse_until, parse_when};

/// The reports of these names.
pub(crate) fn resolve(names: &[String]) -> Result<Vec<&'static dyn Report>> {
    names.iter().map(|name| by_name(name)).collect()
}

/// What they are asked with.
pub(crate) fn params(main: &MainArgs, session: &Session<'_>) -> Result<ReportParams> {
    let now = session.now_us()?;
    let zone = session.config.timezone;
    let from_us = main.from.as_deref().map(|t| parse_when(t, now, zone)).transpose()?;
    let until_us = main.to.as_deref().map(|t| parse_until(t, now, zone)).transpose()?;
    if let (Some(from), Some(until)) = (from_us, until_us)
        && from >= until
    {
        return Err(Error::usage("--from is not before --to").hint("no event could lie between them"));
    }
    let gaptime_min = session.config.gaptime_min;
    if !gaptime_min.is_finite() || gaptime_min < 0.0 {
        return Err(Error::usage(format!("a gap of {gaptime_min} minutes makes no sense")));
    }
    let registry = session.registry()?;
    let mut source_types = Vec::new();
    for name in &main.sources {
        source_types.push(registry.get(name)?.source.info().name.to_owned());
    }
    let filter = EventFilter {
        users: main.users.clone(),
        source_types,
        from_us,
        until_us,
        text: main.text.clone(),
        dated_only: false,
    };
    Ok(ReportParams { filter, gaptime_min })
}
