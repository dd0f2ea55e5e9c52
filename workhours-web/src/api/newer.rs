//! `/api/events/stream`: how many events have arrived since a page was made, sent whenever that changes. The events
//! themselves are loaded with a new request for the page.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::request::Request;
use crate::route::{Kind, Route};
use crate::search::{NARROWED, Search, SearchRun};
use crate::site::Beat;
use crate::site::Site;
use futures_util::stream::unfold;
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use warp::sse::{Event, keep_alive};
use workhours_core::error::Result as CoreResult;
use workhours_core::index::{Order, PageAsk, Question};
use workhours_core::report::settings::{Parameter, ParameterKind};
use workhours_core::store::Seq;

const AS_OF: Parameter =
    Parameter::new("as_of", "The state of the database the page is of", ParameterKind::Number);
/// A keep-alive, so that no proxy closes the connection.
const ALIVE: Duration = Duration::from_secs(20);

/// The state of one listener.
struct Listener {
    site: Site,
    search: Search,
    pulse: watch::Receiver<Beat>,
    /// Events there were when the page was made, once they were counted.
    base: Option<u64>,
    /// The last seen state, and what was sent about it.
    seen: Seq,
    told: Option<u64>,
    _place: OwnedSemaphorePermit,
}

async fn newer(site: Site, asked: Request) -> Result<Answer, Problem> {
    let search = Search::new(&site, &asked.query)?;
    let Some(seen) = search.question.as_of else {
        return Err(Problem::bad("this needs as_of: the state of the page").hint("/api/events gives it"));
    };
    let place = site.listeners.clone().try_acquire_owned().map_err(|_| Problem::busy())?;
    let mut pulse = site.pulse.subscribe();
    pulse.mark_changed();
    let listener = Listener { site, search, pulse, base: None, seen, told: None, _place: place };
    let events = unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<Event, Infallible>(event), listener))
    });
    Ok(Answer::from_reply(warp::sse::reply(keep_alive().interval(ALIVE).stream(events))).private())
}

impl Listener {
    /// The next message; `None` when the site ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                changed = self.pulse.changed() => changed.ok()?,
                () = self.site.closed() => return None,
            }
            self.pulse.borrow_and_update();
            // Too much to do just now: the next beat comes soon.
            let Ok((as_of, count)) = self.look().await else { continue };
            if as_of > self.seen && count != Some(0) && (count != self.told || count.is_none()) {
                (self.seen, self.told) = (as_of, count);
                return Event::default()
                    .event("newer")
                    .json_data(json!({ "count": count, "as_of": as_of.to_string() }))
                    .ok();
            }
        }
    }

    /// The state that can be shown now, and how many more events it has; `None` if they can't be counted.
    async fn look(&mut self) -> Result<(Seq, Option<u64>), Problem> {
        let (search, seen, base) = (self.search.clone(), self.seen, self.base);
        let work = self.site.work(move |site, store, stop| {
            let engine = SearchRun::new(site, store, stop, None)?;
            if engine.as_of <= seen {
                return Ok((engine.as_of, None, base));
            }
            if !engine.is_indexed() {
                return Ok((engine.as_of, None, None));
            }
            let total = |as_of: Option<Seq>| -> CoreResult<u64> {
                let question = Question { as_of, ..search.question.clone() };
                let ask = PageAsk { order: Order::Newest, after: None, size: 1 };
                Ok(engine.index().page(&question, &ask, &engine.budget())?.total.value)
            };
            let base = base.map_or_else(|| total(search.question.as_of), Ok)?;
            Ok((engine.as_of, Some(total(Some(engine.as_of))?.saturating_sub(base)), Some(base)))
        });
        let (as_of, count, base) = work.await?;
        self.base = base;
        Ok((as_of, count))
    }
}

inventory::submit! { Route {
    params: |_| [&NARROWED[..], &[AS_OF]].concat(),
    kind: Kind::Stream,
    ..Route::page("/api/events/stream", "How many events a search finds that are newer than a state, as they come", |site, asked| {
        Box::pin(newer(site, asked))
    })
} }
