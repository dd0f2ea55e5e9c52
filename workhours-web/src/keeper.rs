//! Keeps the search index up to date while the site runs: after each commit it indexes the new events. Loads never wait
//! for this, and neither do responses: they show what the index has.

use crate::background::Background;
use crate::log::{Level, Line};
use crate::site::Site;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use workhours_core::error::{Error, Result};
use workhours_core::index::IndexWriter;
use workhours_core::priority::give_way;
use workhours_core::store::Store;

/// How long after a failure it is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(60);
/// How often the index is checked without changes.
const LOOK: Duration = Duration::from_secs(60);
/// With nothing to do for so long, others may write the index, and its memory is given back.
const IDLE: Duration = Duration::from_secs(60);

/// State kept from one turn to the next.
#[derive(Default)]
struct Tools {
    writer: Option<Box<dyn IndexWriter>>,
    used: Option<Instant>,
    /// Whether the index was found to belong to this database, and updated.
    checked: bool,
}

/// A message to the thread: continue if the index is behind, and return the result.
type Ask = (bool, oneshot::Sender<Result<()>>);

async fn keep(site: Site) {
    if !site.keeps_index {
        return site.closed().await;
    }
    let mut pulse = site.pulse.subscribe();
    let mut ask = begin(&site);
    // From time to time without a change too: a file of the index may have been damaged.
    while !matches!(timeout(LOOK, pulse.changed()).await, Ok(Err(_))) {
        let beat = *pulse.borrow_and_update();
        // If the low-priority thread opened it, the index would be searched by low-priority threads.
        let asking = site.clone();
        let state = move || Ok::<_, Error>((asking.index.known()?, asking.index.purges()?));
        let known = spawn_blocking(state).await;
        // A purge may change no event, and still there are words to be taken out.
        let is_behind = !matches!(known, Ok(Ok((known, purges)))
            if known == Some(beat.as_of) && purges >= Some(beat.purges));
        let (tell, told) = oneshot::channel();
        if ask.send((is_behind, tell)).await.is_err() {
            // It panicked, with a message.
            ask = begin(&site);
            continue;
        }
        let done = told.await;
        if let Err(e) = done.unwrap_or_else(|e| Err(Error::failed(e.to_string()))) {
            Line::new(Level::Error, "index-failed").with("cause", e.full_message()).send(&site.log);
            sleep(AFTER_FAILURE).await;
        }
    }
}

/// One thread for the whole run: it has low priority, which can't be undone for a thread.
fn begin(site: &Site) -> mpsc::Sender<Ask> {
    let (ask, asked) = mpsc::channel(1);
    let site = site.clone();
    drop(spawn_blocking(move || work(&site, asked)));
    ask
}

/// Until all senders are gone.
fn work(site: &Site, mut asked: mpsc::Receiver<Ask>) {
    give_way();
    let mut tools = Tools::default();
    while let Some((is_behind, tell)) = asked.blocking_recv() {
        // The client may be gone.
        let _ = tell.send(turn(site, &mut tools, is_behind));
    }
}

/// Does what there is to do.
fn turn(site: &Site, tools: &mut Tools, is_behind: bool) -> Result<()> {
    if tools.checked && !is_behind {
        if tools.used.is_some_and(|used| used.elapsed() > IDLE)
            && let Some(writer) = tools.writer.take()
        {
            writer.finish()?;
        }
        return Ok(());
    }
    let writer = match tools.writer.take() {
        Some(writer) => Some(writer),
        None => site.index.writer()?,
    };
    // It is checked again after a failure.
    tools.checked = false;
    // Another program is at it.
    let Some(mut writer) = writer else { return Ok(()) };
    let begun = Instant::now();
    // A separate connection: building a large index takes longer than a page may hold one.
    let mut store = Store::open(&site.config.database)?;
    let added = writer.catch_up(&mut store, &mut |_| match *site.closing.borrow() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })?;
    if let Some(damage) = writer.take_damage() {
        Line::new(Level::Error, "index-damaged").with("cause", damage.full_message()).send(&site.log);
    }
    let ms = begun.elapsed().as_millis();
    Line::new(Level::Info, "indexed").with("events", added).with("ms", ms).send(&site.log);
    (tools.used, tools.checked) = (Some(Instant::now()), true);
    if added == 0 {
        // Others may write it: more is not on its way.
        return writer.finish();
    }
    tools.writer = Some(writer);
    Ok(())
}

inventory::submit! { Background { name: "index", run: |site| Box::pin(keep(site)) } }
