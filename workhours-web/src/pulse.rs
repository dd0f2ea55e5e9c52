//! The state of the database, polled: whether it responds, and whether anything was committed. Listeners for new events
//! subscribe to it, so they don't poll themselves.

use crate::background::Background;
use crate::site::{Beat, Site};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use workhours_core::store::now_us;

const EVERY: Duration = Duration::from_secs(1);

async fn beat(site: Site) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Ok(moment) = site.quick_read(|store| store.journal().moment()).await {
            let (as_of, purges) = (moment.seq, moment.purges);
            site.pulse.send_replace(Beat { as_of, purges, seen_us: now_us() });
        }
    }
}

inventory::submit! { Background { name: "pulse", run: |site| Box::pin(beat(site)) } }
