//! `search`: searches the index, and shows the results: lines with highlights for people, any output for programs. The
//! engine knows what a query means.

use super::event_lines::EventLines;
use super::{Outcome, index, kept};
use crate::args::Search;
use crate::console::count;
use crate::session::Session;
use std::sync::Arc;
use std::time::{Duration, Instant};
use workhours_core::budget::Budget;
use workhours_core::error::{Error, Result};
use workhours_core::index::{Cut, Highlights, Index, Order, PageAsk, Question, Scan, is_indexed};
use workhours_core::query::{Expr, Field};
use workhours_core::search::{
    Counted, FoundPage, SearchRequest, counts, dividing, events_table, facet, facet_table, histogram_table,
    page, page_json,
};
use workhours_core::store::{Pool, Store};
use workhours_core::unmatched::unmatched;

/// How long the database itself may be searched.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(60);
/// Default number of events.
const USUAL: usize = 20;
/// The most at once: more are for a report.
const MAX_RESULTS: usize = 10_000;
/// Bars of a histogram that fit onto a screen.
const BARS: usize = 30;

pub(crate) fn run(session: &Session<'_>, asked: &Search) -> Result<Outcome> {
    let began = Instant::now();
    let expr = expr(session, asked)?;
    let highlights = Highlights::of(&expr);
    let facets = asked.facets.iter().map(|text| facet(text)).collect::<Result<Vec<_>>>()?;
    let by = asked.by.as_deref().map_or(Ok(Field::Source), dividing)?;
    let cut = match &asked.histogram {
        Some(Some(step)) => Some((Cut::By(step.parse()?), &by)),
        Some(None) => Some((Cut::Into(BARS), &by)),
        None => None,
    };
    let order = asked.order.parse::<Order>()?;
    let size = asked.limit.unwrap_or(USUAL);
    if size > MAX_RESULTS {
        return Err(Error::usage(format!("--limit {size} is more than {MAX_RESULTS}"))
            .hint("a report gives all events: workhours -r events --where QUERY"));
    }
    let after = asked.after.as_deref().map(str::parse).transpose()?;
    let ask = PageAsk { order, after, size };
    let zones = session.config.zones(None, None)?;

    let mut store = session.store()?;
    kept::warn_of_hosts(session, &mut store)?;
    let lookup = session.config.hours.lookup(session.now_us()?, &zones)?;
    let question = Question { lookup, ..Question::of(expr) };
    // Values that follow from the rules of the config aren't in an index.
    let by_rules =
        question.needs_database() || facets.iter().any(|(field, _)| !is_indexed(field)) || !is_indexed(&by);
    let engine = engine(session, &mut store, asked.no_index || by_rules)?;
    let (index, mut warnings) = (engine.index.as_ref(), engine.warnings);
    let found = page(index, &mut store, &question, &ask, &engine.budget)?;
    let wants_counts = cut.is_some() || !facets.is_empty();
    let counted = match wants_counts {
        true => Some(counts(index, &question, (cut, &zones), &facets, &engine.budget)?),
        false => None,
    };
    if !found.page.complete || counted.as_ref().is_some_and(|counted| !counted.complete) {
        warnings.push(
            "time ran out before all events were looked at: ask for less time, or make an index".into(),
        );
    }
    let asked_in_vain = match found.events.is_empty() && ask.after.is_none() && found.page.complete {
        true => unmatched(
            &mut store,
            &question.expr,
            &question.lookup,
            session.config.used_columns().as_deref(),
            &engine.budget,
        )?,
        false => Vec::new(),
    };
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    for warning in &warnings {
        session.console.warn(warning);
    }
    let view = View { session, lines: EventLines { zones, highlights, colors: session.colors() } };
    match session.format() {
        Some("json") => {
            let json = page_json(&found, size, counted.as_ref(), &view.lines.highlights, took_ms, &warnings);
            session.print_text(&format!("{json:#}\n"))?;
        }
        None if session.to_terminal() => view.for_people(&found, counted.as_ref(), took_ms)?,
        _ => view.for_programs(found, counted.as_ref())?,
    }
    for value in &asked_in_vain {
        session.console.note(&value.note());
    }
    Ok(Outcome::Done)
}

/// The query and the filters as one question.
fn expr(session: &Session<'_>, asked: &Search) -> Result<Expr> {
    let mut sources = Vec::with_capacity(asked.sources.len());
    for name in &asked.sources {
        sources.push(session.registry()?.get(name)?.source.info().name.to_owned());
    }
    let asked = SearchRequest {
        query: asked.query.join(" "),
        filters: Vec::new(),
        sources,
        users: asked.users.clone(),
        in_period: asked.in_period.clone(),
        from: asked.from.clone(),
        to: asked.to.clone(),
    };
    asked.expr(session.now_us()?, &session.config.zones(None, None)?)
}

/// The engine.
pub(super) struct Engine {
    pub(super) index: Box<dyn Index>,
    pub(super) budget: Budget,
    pub(super) warnings: Vec<String>,
}

/// The updated index; else the database itself.
pub(super) fn engine(session: &Session<'_>, store: &mut Store, no_index: bool) -> Result<Engine> {
    let kept = index::open(session, store)?;
    let mut warnings = Vec::new();
    if !no_index {
        let (usable, lacking) = match store.read_only() {
            Some(_) => (index::is_current(session, store, &*kept)?, "no index that is up to date"),
            None => (index::up_to_date(session, store, &*kept)?, "no index to ask"),
        };
        if usable {
            return Ok(Engine { index: kept, budget: Budget::unlimited(), warnings });
        }
        warnings.push(format!(
            "there is {lacking}; the database is searched for up to {} s",
            SEARCH_TIMEOUT.as_secs()
        ));
    }
    let pool = Arc::new(Pool::open_as(&session.config.database, 1, session.config.access())?);
    Ok(Engine { index: Box::new(Scan::new(pool)), budget: Budget::of(SEARCH_TIMEOUT), warnings })
}

struct View<'s> {
    session: &'s Session<'s>,
    lines: EventLines,
}

impl View<'_> {
    /// One table: the events, or the counts.
    fn for_programs(&self, found: FoundPage, counted: Option<&Counted>) -> Result<()> {
        let Some(counted) = counted else {
            let mut table = events_table(found.events);
            self.session.print(&mut table)?;
            self.say_more(&found.page);
            return Ok(());
        };
        match (&counted.histogram, &counted.facets[..]) {
            (Some(histogram), []) => self.session.print(&mut histogram_table(histogram, &self.lines.zones)),
            (None, [facet]) => self.session.print(&mut facet_table(facet)),
            (None, []) => self.session.print(&mut events_table(Vec::new())),
            _ => Err(Error::usage("this format holds one table at a time")
                .hint("ask for one --facet or for --histogram, or for all with -O json")),
        }
    }

    fn for_people(&self, found: &FoundPage, counted: Option<&Counted>, took_ms: u64) -> Result<()> {
        let mut text = String::new();
        for found in &found.events {
            self.lines.add(&mut text, &found.event);
        }
        self.session.print_text(&text)?;
        if let Some(counted) = counted {
            if let Some(histogram) = &counted.histogram {
                self.session.print_text("\n")?;
                self.session.print(&mut histogram_table(histogram, &self.lines.zones))?;
            }
            for facet in &counted.facets {
                self.session.print_text(&format!("\n{}\n", facet.field.name()))?;
                self.session.print(&mut facet_table(facet))?;
            }
        }
        let total = &found.page.total;
        let about = if total.exact { "" } else { "at least " };
        self.session.console.say(format_args!("{about}{} in {took_ms} ms", count(total.value, "event")));
        self.say_more(&found.page);
        Ok(())
    }

    fn say_more(&self, page: &workhours_core::index::HitPage) {
        if let Some(next) = &page.next {
            self.session.console.say(format_args!("more: the same with --after {next}"));
        }
    }
}
