//! Which engine runs a search, and for how long: the index if there is one, else the database itself, for a moment
//! only.

use crate::search::Search;
use crate::site::Site;
use crate::work_queue::CancelToken;
use std::path::Path;
use std::time::Duration;
use workhours_core::budget::Budget;
use workhours_core::error::Result;
use workhours_core::index::{Index, Order, Question, Scan, is_indexed};
use workhours_core::search::{Counted, FoundPage, counts, page};
use workhours_core::store::{Seq, Store};
use workhours_core::unmatched::{Unmatched, unmatched};

/// How long the index may take: less than the page may.
const INDEX: Duration = Duration::from_secs(20);
/// How long the database is searched if there is no index.
const SCAN: Duration = Duration::from_secs(2);
/// An index that is further behind than this is reported, µs.
const BEHIND_US: i64 = 30_000_000;

/// The engine.
pub(crate) struct SearchRun<'s> {
    site: &'s Site,
    scan: Option<Scan>,
    stop: &'s CancelToken,
    /// The state of the database of the results: no later one is known.
    pub(crate) as_of: Seq,
    /// Notes on the results.
    pub(crate) notices: Vec<String>,
}

impl<'s> SearchRun<'s> {
    /// Opens the index. If the requested state of the database is newer than the index, the database is searched
    /// instead: the next pages of a search in the database show the same events.
    ///
    /// # Errors
    /// Database errors. An unreadable index counts as none, and is reported.
    pub(crate) fn new(
        site: &'s Site,
        store: &mut Store,
        stop: &'s CancelToken,
        asked: Option<Seq>,
    ) -> Result<Self> {
        let now = store.as_of()?;
        let mut engine = Self { site, scan: None, stop, as_of: now, notices: Vec::new() };
        let known = site.index.known().unwrap_or_else(|e| {
            engine.notices.push(format!("{}.", e.full_message()));
            None
        });
        match known {
            Some(_) if site.read_only.is_some() && !site.index.is_current(store)? => {
                engine.notices.push(format!(
                    "The index is not of this state of the database and can't be updated, so the database itself is searched, for {} seconds at most.",
                    SCAN.as_secs()
                ));
                engine.scan = Some(Scan::new(site.pool.clone()));
            }
            Some(known) if asked.is_some_and(|as_of| as_of.min(now) > known) => {
                engine.notices.push(format!(
                    "The index is not as far as these pages are, so the database itself is searched, for {} seconds at most.",
                    SCAN.as_secs()
                ));
                engine.scan = Some(Scan::new(site.pool.clone()));
            }
            Some(known) => {
                engine.as_of = known.min(now);
                let lag = site.now_us() - store.journal().moment_of(known)?.committed_us;
                if known < now && known > Seq::default() && lag > BEHIND_US {
                    let minutes = lag / 60_000_000;
                    engine.notices.push(format!(
                        "The index is behind: what was loaded in the last {} is not found yet.",
                        if minutes < 2 { "minute".into() } else { format!("{minutes} minutes") }
                    ));
                }
            }
            None => {
                let made = match (site.keeps_index, &site.read_only) {
                    (true, _) => "It is being made.",
                    (false, None) => "workhours index update makes one.",
                    (false, Some(_)) => "None can be made here.",
                };
                engine.notices.push(format!(
                    "There is no index yet, so the database itself is searched, for {} seconds at most. {made}",
                    SCAN.as_secs()
                ));
                engine.scan = Some(Scan::new(site.pool.clone()));
            }
        }
        Ok(engine)
    }

    /// Its site.
    pub(crate) fn site(&self) -> &'s Site {
        self.site
    }

    /// Whether there is an index, which is needed for relevance and newer events.
    pub(crate) fn is_indexed(&self) -> bool {
        self.scan.is_none()
    }

    /// The engine that runs it.
    pub(crate) fn index(&self) -> &dyn Index {
        match &self.scan {
            Some(scan) => scan,
            None => &*self.site.index,
        }
    }

    /// How long it may take.
    pub(crate) fn budget(&self) -> Budget {
        self.stop.budget(if self.is_indexed() { INDEX } else { SCAN })
    }

    /// The requested page of events.
    ///
    /// # Errors
    /// Errors of the index or the database.
    pub(crate) fn page(&mut self, store: &mut Store, search: &Search) -> Result<FoundPage> {
        let mut ask = search.ask.clone();
        if ask.order == Order::Relevance && !self.is_indexed() {
            ask.order = Order::Newest;
            self.notices.push("Only the index can tell what fits best; the newest come first.".into());
        }
        self.ask_database_for(search, false, false);
        let mut question = search.question.clone();
        question.as_of.get_or_insert(self.as_of);
        let found = page(self.index(), store, &question, &ask, &self.budget())?;
        self.told(found.page.complete);
        if found.events.is_empty() && ask.after.is_none() && found.page.complete {
            let columns = self.site.config.used_columns();
            let told = suggestions(store, &question, columns.as_deref(), &self.stop.budget(SCAN))?;
            self.notices.extend(told);
        }
        Ok(found)
    }

    /// The counts.
    ///
    /// # Errors
    /// Index errors, and a limit error for too many intervals.
    pub(crate) fn counts(&mut self, search: &Search, histogram: bool, facets: bool) -> Result<Counted> {
        self.ask_database_for(search, histogram, facets);
        let mut question = search.question.clone();
        question.as_of.get_or_insert(self.as_of);
        let cut = histogram.then_some((search.cut, &search.by));
        let facets = if facets { &search.facets[..] } else { &[] };
        let counted = counts(self.index(), &question, (cut, &search.zones), facets, &self.budget())?;
        self.told(counted.complete);
        Ok(counted)
    }

    /// Values that follow from the rules of the config, projects and persons, aren't in an index.
    fn ask_database_for(&mut self, search: &Search, histogram: bool, facets: bool) {
        let by_facet = facets && search.facets.iter().any(|(field, _)| !is_indexed(field));
        let by_bars = histogram && !is_indexed(&search.by);
        if self.is_indexed() && (by_facet || by_bars || search.question.needs_database()) {
            self.notices.push(format!(
                "Projects and persons follow from your rules and are in no index, so the database itself is searched, for {} seconds at most.",
                SCAN.as_secs()
            ));
            self.scan = Some(Scan::new(self.site.pool.clone()));
        }
    }

    fn told(&mut self, complete: bool) {
        if !complete {
            self.notices.push(
                "Time ran out before all events were looked at. Ask for less time, with from and to, or for less."
                    .into(),
            );
        }
    }
}

/// Values of the question that no event has, with similar ones.
fn suggestions(
    store: &mut Store,
    question: &Question,
    columns: Option<&Path>,
    budget: &Budget,
) -> Result<Vec<String>> {
    let missing = unmatched(store, &question.expr, &question.lookup, columns, budget)?;
    let sentence = |value: &Unmatched| {
        let meant = value.meant().map(|meant| format!(" Did you mean {meant}?"));
        format!("{}.{}", capital(&value.note().text), meant.unwrap_or_default())
    };
    Ok(missing.iter().map(sentence).collect())
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
