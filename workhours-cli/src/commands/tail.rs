//! `tail`: the last events that match a query, and then each new one as it is loaded. Who loads them doesn't matter: the
//! commits of the database are followed.

use super::event_lines::EventLines;
use super::search::engine;
use super::{Outcome, kept};
use crate::args::Tail;
use crate::session::Session;
use crate::signals;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use workhours_core::error::{Error, Result};
use workhours_core::event::{BatchId, EventId, InputId, Seq, StoredEvent, flag_names};
use workhours_core::index::{Highlights, Order, PageAsk, Question};
use workhours_core::output::{Output, Style, by_name};
use workhours_core::search::{Found, SearchRequest, events_table, page};
use workhours_core::store::{EventFilter, EventWalk, Store, key_ranges};

/// Time between two looks for commits.
const INTERVAL: Duration = Duration::from_millis(200);
/// Commits and events read at once.
const BATCHES: i64 = 200;
const PAGE: i64 = 1_000;
/// The most that can be begun with.
const MOST_LINES: usize = 10_000;
/// Formats that can be written without an end.
const FORMATS: [&str; 3] = ["jsonl", "csv", "tsv"];

pub(crate) fn run(session: &Session<'_>, asked: &Tail) -> Result<Outcome> {
    let stop = signals::stop_flag()?;
    let question = question(session, asked)?;
    let mut printer = Printer::new(session, &question)?;
    if asked.lines > MOST_LINES {
        return Err(Error::usage(format!("--lines {} is more than {MOST_LINES}", asked.lines))
            .hint("a report gives all events: workhours -r events --where QUERY"));
    }
    let mut store = session.store()?;
    if !store.can_be_shared() {
        return Err(
            Error::usage("nothing new comes into a database in memory").hint("name another with --db")
        );
    }
    kept::warn_of_hosts(session, &mut store)?;
    let mut seen = store.as_of()?;
    if asked.lines > 0 {
        printer.print(last(session, &mut store, &question, seen, asked.lines)?)?;
    }
    while !stop.load(Ordering::Relaxed) {
        std::thread::park_timeout(INTERVAL);
        let now = store.as_of()?;
        if now < seen {
            session
                .console
                .warn("the database was replaced by an older one; its new events are printed from here on");
            seen = now;
        }
        while seen < now && !stop.load(Ordering::Relaxed) {
            seen = follow(&mut store, &question, (seen, now), &mut printer)?;
        }
    }
    Ok(Outcome::Done)
}

fn question(session: &Session<'_>, asked: &Tail) -> Result<Question> {
    question_of(session, &asked.query.join(" "), &asked.sources, &asked.users)
}

/// The question of a query and filters.
pub(super) fn question_of(
    session: &Session<'_>,
    query: &str,
    types: &[String],
    users: &[String],
) -> Result<Question> {
    let mut sources = Vec::with_capacity(types.len());
    for name in types {
        sources.push(session.registry()?.get(name)?.source.info().name.to_owned());
    }
    let request =
        SearchRequest { query: query.to_owned(), sources, users: users.to_vec(), ..SearchRequest::default() };
    let zones = session.config.zones(None, None)?;
    let expr = request.expr(session.now_us()?, &zones)?;
    Ok(Question { lookup: session.config.hours.lookup(session.now_us()?, &zones)?, ..Question::of(expr) })
}

/// The last events of a state of the database, oldest first.
fn last(
    session: &Session<'_>,
    store: &mut Store,
    question: &Question,
    as_of: Seq,
    lines: usize,
) -> Result<Vec<Found>> {
    let engine = engine(session, store, question.needs_database())?;
    let question = Question { as_of: Some(as_of), ..question.clone() };
    let ask = PageAsk { order: Order::Newest, after: None, size: lines };
    let found = page(engine.index.as_ref(), store, &question, &ask, &engine.budget)?;
    Ok(found.events.into_iter().rev().collect())
}

/// Prints the events of the commits between two states that match; returns the state it came to.
fn follow(
    store: &mut Store,
    question: &Question,
    (seen, now): (Seq, Seq),
    printer: &mut Printer<'_>,
) -> Result<Seq> {
    let batches = store.journal().batches(seen, now, BATCHES)?;
    let reached = match batches.last() {
        Some(last) if batches.len() as i64 == BATCHES => last.seq,
        _ => now,
    };
    let own: HashSet<BatchId> = batches.iter().map(|batch| batch.id).collect();
    let filter = EventFilter {
        query: Some(Arc::new(question.expr.clone())),
        lookup: question.lookup.clone(),
        ..EventFilter::default()
    };
    let listed: HashSet<EventId> = store.journal().listed(seen, reached)?.into_iter().collect();
    let mut ranges = key_ranges(&batches);
    let is_covered = |id: &EventId| ranges.iter().any(|(first, last)| (first..=last).contains(&id));
    let apart: Vec<_> = listed.iter().filter(|id| !is_covered(id)).map(|id| (*id, *id)).collect();
    ranges.extend(apart);
    ranges.sort_unstable();
    for (first, last) in ranges {
        let mut walk = EventWalk::through(first, last).matching(filter.clone());
        while !walk.is_done() {
            let mut found = Vec::new();
            for event in walk.next_page(store, PAGE)? {
                if own.contains(&event.batch_id) || listed.contains(&event.id) {
                    let path = walk.path_of(store, event.file_id)?.to_string();
                    found.push(Found { event, path, score: None });
                }
            }
            printer.print(found)?;
        }
    }
    Ok(reached)
}

/// Prints events: lines for people, or rows in a format that has no end.
struct Printer<'s> {
    session: &'s Session<'s>,
    lines: EventLines,
    output: Option<&'static dyn Output>,
    begun: bool,
    /// Events that may have grown since they were printed.
    growing: HashSet<Growing>,
}

/// What an event keeps while it grows.
type Growing = (InputId, i64, Option<String>);

impl<'s> Printer<'s> {
    fn new(session: &'s Session<'_>, question: &Question) -> Result<Self> {
        if session.to_file() {
            return Err(Error::usage("tail has no end, so it can't write a file with -o")
                .hint("write to standard output: workhours tail > FILE"));
        }
        let output = session.format().map(by_name).transpose()?;
        if let Some(name) = output.map(|output| output.info().name).filter(|name| !FORMATS.contains(name)) {
            return Err(Error::usage(format!("{name} can't be written without an end"))
                .hint(format!("choose one of {}", FORMATS.join(", "))));
        }
        let lines = EventLines {
            zones: session.config.zones(None, None)?,
            highlights: Highlights::of(&question.expr),
            colors: session.colors(),
        };
        Ok(Self { session, lines, output, begun: false, growing: HashSet::new() })
    }

    /// Whether an event wasn't printed before, when it was shorter.
    fn is_new(&mut self, event: &StoredEvent) -> bool {
        const REMEMBERED: usize = 1_000;
        let (Some(date), Some(_)) = (event.date, event.duration_us) else { return true };
        let key = (event.input_id, date, event.title.as_deref().map(str::to_owned));
        let grows = flag_names(event.flags as u32).iter().any(|name| name == "provisional");
        if !grows {
            return !self.growing.remove(&key);
        }
        if self.growing.len() >= REMEMBERED {
            self.growing.clear();
        }
        self.growing.insert(key)
    }

    fn print(&mut self, mut found: Vec<Found>) -> Result<()> {
        found.retain(|found| self.is_new(&found.event));
        if found.is_empty() {
            return Ok(());
        }
        let Some(output) = self.output else {
            let mut text = String::new();
            found.iter().for_each(|found| self.lines.add(&mut text, &found.event));
            return self.session.print_text(&text);
        };
        let mut text = Vec::new();
        let style = Style {
            zone: self.session.config.timezone,
            width: None,
            color: false,
            all_columns: self.session.wants_all_columns(),
        };
        output.write(&mut events_table(found), &mut text, &style)?;
        let text = String::from_utf8_lossy(&text);
        // The names of the columns come once.
        let has_names = output.info().name != "jsonl";
        let rows = match has_names && std::mem::replace(&mut self.begun, true) {
            true => text.split_once('\n').map_or("", |(_, rows)| rows),
            false => &text,
        };
        self.session.print_text(rows)
    }
}
