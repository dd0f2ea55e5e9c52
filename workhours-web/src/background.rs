//! Background jobs that run as long as the site. One file each; to add one, end it with `inventory::submit!`.

use crate::log::{Level, Line};
use crate::site::Site;
use std::future::Future;
use std::pin::Pin;

/// Something that runs until the site ends.
pub(crate) struct Background {
    /// For the log.
    pub(crate) name: &'static str,
    /// Does it. It is dropped, wherever it waits, when the site ends.
    pub(crate) run: fn(Site) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

inventory::collect!(Background);

/// Begins all of it.
pub(crate) fn begin(site: &Site) {
    for background in inventory::iter::<Background> {
        let (work, site) = ((background.run)(site.clone()), site.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = work => Line::new(Level::Warn, "ended").with("background", background.name).send(&site.log),
                () = site.closed() => {}
            }
        });
    }
}
