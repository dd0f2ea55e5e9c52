//! Stored queries: those of projects and reports in the config, and of reports in the database. Warns of those that
//! need rewriting, once in a run of the program.
//!
//! Core decides what they mean, and whether they are out of date.

use super::reports::{SavedReport, from_config};
use crate::session::Session;
use workhours_core::error::Result;
use workhours_core::report::settings::WHERE;
use workhours_core::store::Store;
use workhours_core::unmatched::{KeptQuery, only_peers};

/// Warns of queries that call `host` what only is the peer of events.
pub(super) fn warn_of_hosts(session: &Session<'_>, store: &mut Store) -> Result<()> {
    let mut kept = Vec::new();
    for rule in &session.config.hours.projects {
        let whose = format!("{}: the project {}", rule.origin, rule.name);
        kept.push(KeptQuery { whose, query: rule.query.clone() });
    }
    for spec in &session.config.reports {
        // One with invalid flags reports it when it is run.
        let Ok(saved) = from_config(spec) else { continue };
        let whose = format!("{}: the report {}", spec.origin, spec.name);
        let queries = saved.settings.all(&WHERE);
        kept.extend(queries.map(|query| KeptQuery { whose: whose.clone(), query: query.to_owned() }));
    }
    for (name, settings, _) in store.saved().reports()? {
        let Ok(saved) = SavedReport::from_json(&name, &settings) else { continue };
        let whose = format!("the saved report {name}");
        let queries = saved.settings.all(&WHERE);
        kept.extend(queries.map(|query| KeptQuery { whose: whose.clone(), query: query.to_owned() }));
    }
    for note in only_peers(store, &kept)? {
        session.console.warn_of(&note);
    }
    Ok(())
}
