//! `-r`: the reports and their settings. Core parses the settings, also those of the web.

use crate::args::MainArgs;
use crate::session::Session;
use std::sync::Arc;
use workhours_core::error::Result;
use workhours_core::ingest::LineFinder;
use workhours_core::report::settings::{ReportContext, Settings};
use workhours_core::report::shape::Shape;
use workhours_core::report::{Report, ReportParams, by_name};
use workhours_core::store::FindLines;

/// The reports of these names.
pub(crate) fn resolve(names: &[String]) -> Result<Vec<&'static dyn Report>> {
    names.iter().map(|name| by_name(name)).collect()
}

/// Rejects a flag that none of them takes.
pub(crate) fn check(main: &MainArgs, reports: &[&'static dyn Report]) -> Result<()> {
    settings(main).check(&reports.iter().map(|report| report.info()).collect::<Vec<_>>())
}

/// The operations on their rows.
pub(crate) fn shape(main: &MainArgs) -> Result<Shape> {
    settings(main).shape()
}

/// Their parameters.
pub(crate) fn params(main: &MainArgs, session: &Session<'_>) -> Result<ReportParams> {
    let around = ReportContext {
        config: &session.config,
        now_us: session.now_us()?,
        source: &|name| Ok(session.registry()?.get(name)?.source.info().name.to_owned()),
        lines: &|| Ok(Arc::new(LineFinder::new(session.filestore()?)) as Arc<dyn FindLines>),
    };
    settings(main).params(&around)
}

/// The flags as settings. The zone is not among them: that of `--timezone` is in the configuration already.
fn settings(main: &MainArgs) -> Settings {
    let main = main.clone();
    Settings {
        in_period: main.in_period,
        from: main.from,
        to: main.to,
        sources: main.sources,
        users: main.users,
        text: main.text,
        wheres: main.wheres,
        by: main.by,
        bucket: main.bucket,
        gaptime: main.gaptime,
        pad: main.pad,
        round: main.round,
        activity: main.activity,
        day_start: main.day_start,
        sensitivity: main.sensitivity,
        explain: main.explain,
        group_by: main.group_by,
        sort: main.sort,
        limit: main.limit,
        timezone: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::args::Cli;
    use clap::CommandFactory;
    use workhours_core::report::settings::PARAMETERS;

    #[test]
    fn flags_and_parameters_are_one() {
        let command = Cli::command();
        for parameter in &PARAMETERS {
            let flag = command.get_arguments().find(|arg| {
                let aliases = arg.get_visible_aliases().unwrap_or_default();
                arg.get_long() == Some(parameter.name) || aliases.contains(&parameter.name)
            });
            let help = flag.and_then(|flag| flag.get_help()).map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with(parameter.help), "{}: {help:?}", parameter.name);
        }
    }
}
