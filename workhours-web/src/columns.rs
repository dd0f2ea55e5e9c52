//! Keeps columns up to date while the site runs, if there are any: after each commit, with low priority. Reports read events
//! until it's done.

use crate::background::Background;
use crate::log::{Level, Line};
use crate::site::Site;
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::sleep;
use workhours_core::columns::{Status, Writer, status};
use workhours_core::error::{Error, Result};
use workhours_core::priority::give_way;
use workhours_core::store::Store;

/// How long to wait after a change: more may follow.
const SETTLE: Duration = Duration::from_secs(2);

async fn keep(site: Site) {
    if !site.keeps_index {
        return site.closed().await;
    }
    let mut pulse = site.pulse.subscribe();
    loop {
        let (tell, told) = oneshot::channel();
        let working = site.clone();
        // Low priority can't be undone for a thread, so it's one of its own.
        let thread = thread::Builder::new().name("columns".into()).spawn(move || {
            give_way();
            // The site may have ended.
            let _ = tell.send(update(&working));
        });
        let done = match thread {
            Ok(_) => told.await.unwrap_or_else(|e| Err(Error::failed(e.to_string()))),
            Err(e) => Err(Error::failed("cannot start a thread").with_source(e)),
        };
        if let Err(e) = done {
            Line::new(Level::Error, "columns-failed").with("cause", e.full_message()).send(&site.log);
        }
        if pulse.changed().await.is_err() {
            return;
        }
        sleep(SETTLE).await;
        pulse.mark_unchanged();
    }
}

/// Brings them up to date, unless there are none or another program does.
fn update(site: &Site) -> Result<()> {
    let folder = site.config.columns_folder();
    let mut store = Store::open(&site.config.database)?;
    let policy = site.config.columns;
    let is_due = match status(&folder, store.uuid())? {
        Status::Ready { seq, .. } => policy.keeps(true, 0) && seq < store.as_of()?,
        Status::Growing(_) => policy.keeps(true, 0),
        Status::Absent => policy.keeps(false, store.journal().added()?),
    };
    if !is_due {
        return Ok(());
    }
    let Some(mut writer) = Writer::open(&folder, store.uuid())? else { return Ok(()) };
    let begun = Instant::now();
    let added = writer.catch_up(&mut store, &mut |_| match *site.closing.borrow() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })?;
    if let Some(damage) = writer.take_damage() {
        Line::new(Level::Error, "columns-damaged").with("cause", damage.full_message()).send(&site.log);
    }
    let ms = begun.elapsed().as_millis();
    Line::new(Level::Info, "columns").with("events", added).with("ms", ms).send(&site.log);
    Ok(())
}

inventory::submit! { Background { name: "columns", run: |site| Box::pin(keep(site)) } }
