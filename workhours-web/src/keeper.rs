//! The search index, kept up to date while the site runs: after each commit that is seen, what it brought is put in.
//! Loading never waits for this, and nor does an answer: it is of what the index knows.

use crate::background::Background;
use crate::log::{Level, Line};
use crate::site::Site;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use workhours_core::error::Result;
use workhours_core::index::embedded::Keeper;
use workhours_core::store::Store;

/// How long after a failure it is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(60);
/// With nothing to do for so long, others may write the index, and its memory is given back.
const IDLE: Duration = Duration::from_secs(60);

/// What is held from one turn to the next.
#[derive(Default)]
struct Tools {
    keeper: Option<Keeper>,
    used: Option<Instant>,
}

async fn keep(site: Site) {
    if !site.keeps_index {
        return site.closed().await;
    }
    let mut pulse = site.pulse.subscribe();
    let mut tools = Tools::default();
    while pulse.changed().await.is_ok() {
        let as_of = pulse.borrow_and_update().as_of;
        let (at, held) = (site.clone(), std::mem::take(&mut tools));
        let done = spawn_blocking(move || turn(&at, held, as_of)).await;
        match done.unwrap_or_else(|e| Err(workhours_core::error::Error::failed(e.to_string()))) {
            Ok(held) => tools = held,
            Err(e) => {
                Line::new(Level::Error, "index-failed").with("cause", e.full_message()).send(&site.log);
                sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Does what there is to do.
fn turn(site: &Site, mut tools: Tools, as_of: i64) -> Result<Tools> {
    if site.index.known()? == Some(as_of) {
        if tools.used.is_some_and(|used| used.elapsed() > IDLE)
            && let Some(keeper) = tools.keeper.take()
        {
            keeper.finish()?;
        }
        return Ok(tools);
    }
    let keeper = match tools.keeper.take() {
        Some(keeper) => Some(keeper),
        None => site.index.keeper()?,
    };
    // Another program is at it.
    let Some(mut keeper) = keeper else { return Ok(tools) };
    let begun = Instant::now();
    // A connection of its own: making a large index takes longer than a page may have one.
    let mut store = Store::open(&site.config.database)?;
    let added = keeper.catch_up(&mut store, &mut |_| match *site.closing.borrow() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })?;
    let ms = begun.elapsed().as_millis();
    Line::new(Level::Info, "indexed").with("events", added).with("ms", ms).send(&site.log);
    Ok(Tools { keeper: Some(keeper), used: Some(Instant::now()) })
}

inventory::submit! { Background { name: "index", run: |site| Box::pin(keep(site)) } }
