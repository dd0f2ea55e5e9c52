//! `-r`: the reports and their settings. The zone is in the configuration already.

use crate::args::MainArgs;
use crate::session::Session;
use std::sync::Arc;
use workhours_core::error::Result;
use workhours_core::ingest::LineFinder;
use workhours_core::report::settings::ReportContext;
use workhours_core::report::shape::Shape;
use workhours_core::report::{Report, ReportParams, by_name};
use workhours_core::store::FindLines;
use workhours_core::vocabulary::PRESENCE;

/// The reports of these names.
pub(crate) fn resolve(names: &[String]) -> Result<Vec<&'static dyn Report>> {
    names.iter().map(|name| by_name(name)).collect()
}

/// Rejects a flag that none of them takes.
pub(crate) fn check(main: &MainArgs, reports: &[&'static dyn Report]) -> Result<()> {
    main.settings.0.check(&reports.iter().map(|report| report.info()).collect::<Vec<_>>())
}

/// The operations on their rows.
pub(crate) fn shape(main: &MainArgs) -> Result<Shape> {
    main.settings.0.shape()
}

/// Their parameters.
pub(crate) fn params(main: &MainArgs, session: &Session<'_>) -> Result<ReportParams> {
    let around = ReportContext {
        config: &session.config,
        now_us: session.now_us()?,
        source: &|name| Ok(session.registry()?.get(name)?.source.info().name.to_owned()),
        presence: &|| Ok(session.registry()?.recording(PRESENCE)),
        lines: &|| Ok(Arc::new(LineFinder::new(session.filestore()?)) as Arc<dyn FindLines>),
    };
    main.settings.0.params(&around)
}
