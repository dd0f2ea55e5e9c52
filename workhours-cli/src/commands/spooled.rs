//! What programs have sent and what is not in the database yet, before something is removed from everything we store: it is
//! loaded first, so that it's removed from there, and then its files go.

use crate::session::Session;
use crate::signals;
use workhours_core::error::Result;
use workhours_core::ingest::{Engine, Progress};
use workhours_core::store::Store;
use workhours_core::watch::Spool;

/// How often more may be received meanwhile.
const ATTEMPTS: u32 = 5;

/// Loads all of it.
///
/// # Errors
/// Database errors.
pub(super) fn load(session: &Session<'_>, store: &mut Store) -> Result<()> {
    let spool = Spool::new(&session.config.filestore);
    spool.end()?;
    let inputs = spool.inputs();
    if inputs.is_empty() || !store.can_be_shared() {
        return Ok(());
    }
    let mut engine = Engine {
        store,
        fs: session.filestore()?,
        registry: session.registry()?,
        config: &session.config,
        reread: false,
        stop: signals::stop_flag()?,
        progress: &Silent,
    };
    engine.run(&inputs).map(drop)
}

/// Removes its files.
///
/// # Errors
/// Database errors, or when a file can't be removed.
pub(super) fn empty(session: &Session<'_>, store: &mut Store) -> Result<()> {
    let spool = Spool::new(&session.config.filestore);
    let mut left = spool.empty(store)?;
    for _ in 0..ATTEMPTS {
        if left == 0 {
            return Ok(());
        }
        // More has been received meanwhile.
        load(session, store)?;
        left = spool.empty(store)?;
    }
    if left > 0 {
        session.console.warn(format_args!(
            "{left} of the received files could not be loaded, and may still hold it; run the same command again"
        ));
    }
    Ok(())
}

struct Silent;

impl Progress for Silent {
    fn start(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn finish(&self) {}
}
