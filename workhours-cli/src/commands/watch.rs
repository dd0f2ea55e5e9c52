//! `watch`: follows the inputs until a signal ends it.

use super::watching::Watching;
use super::{Outcome, alert, receiving, schedule};
use crate::session::Session;
use crate::signals;
use std::sync::atomic::{AtomicBool, Ordering};
use workhours_core::error::{Context, Error, Result};
use workhours_core::listen::{Inherited, Listeners};
use workhours_core::watch::{Spool, Watch};

pub(crate) fn run(session: &Session<'_>) -> Result<Outcome> {
    let spool = Spool::new(&session.config.filestore);
    let watch = of(session, &spool)?;
    let listeners = receiving::open(session, &mut Inherited::take())?;
    keep(session, &watch, &listeners, true, || Ok(()))?;
    Ok(Outcome::Done)
}

/// Follows the inputs, receives, and runs the schedules, if wanted, until the watch is stopped; does something else meanwhile. When
/// that ends, all ends.
pub(super) fn keep(
    session: &Session<'_>,
    watch: &Watch<'_>,
    listeners: &Listeners,
    with_schedules: bool,
    meanwhile: impl FnOnce() -> Result<()>,
) -> Result<()> {
    std::thread::scope(|scope| {
        let name = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let say = || "cannot start a thread".to_owned();
        let watching = name("watch").spawn_scoped(scope, || {
            // However it ends, the others end too.
            let _over = Over(&watch.stop);
            watch.run(&mut Watching::new(session.console, with_schedules))
        });
        let watching = watching.context(say)?;
        if with_schedules {
            name("schedules").spawn_scoped(scope, || schedule::keep(session, &watch.stop)).context(say)?;
        }
        if with_schedules {
            name("alerts").spawn_scoped(scope, || alert::keep(session, &watch.stop)).context(say)?;
        }
        if let Some(spool) = watch.spool.filter(|_| !listeners.is_empty()) {
            let run = || receiving::keep(session, listeners, spool, &watch.stop);
            name("receivers").spawn_scoped(scope, run).context(say)?;
        }
        let done = meanwhile();
        if done.is_err() {
            watch.stop.store(true, Ordering::Relaxed);
        }
        watching.join().map_err(|_| Error::failed("following the inputs ended in a panic"))??;
        done
    })
}

/// Sets a flag when it is dropped.
struct Over<'f>(&'f AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A watch of what programs send, and of nothing else.
///
/// # Errors
/// When there are no sources or no filestore.
pub(super) fn of_spool<'s>(session: &'s Session<'_>, spool: &'s Spool) -> Result<Watch<'s>> {
    Ok(Watch {
        config: &session.config,
        registry: session.registry()?,
        inputs: &[],
        spool: Some(spool),
        fs: session.filestore()?,
        stop: signals::stop_flag()?,
    })
}

/// The watch of this session's inputs.
///
/// # Errors
/// When there is nothing to follow, or no database to load into.
pub(super) fn of<'s>(session: &'s Session<'_>, spool: &'s Spool) -> Result<Watch<'s>> {
    let config = &session.config;
    let registry = session.registry()?;
    schedule::check(session)?;
    alert::check(session)?;
    let has_none = config.inputs.is_empty() && config.receivers.is_empty();
    if has_none && config.schedules.is_empty() && config.alerts.is_empty() {
        return Err(Error::usage("there is no input to follow")
            .hint("name one with -s TYPE PATH, or in a config file given by -c"));
    }
    for input in &config.inputs {
        if input.source_type != "auto" {
            registry.get(&input.source_type).map_err(|e| {
                Error::usage(format!("{}: {e}", input.origin)).hint(e.hint_text().unwrap_or_default())
            })?;
        }
        if input.path.as_os_str() == "-" {
            return Err(Error::usage(format!("{}: standard input can't be followed", input.origin))
                .hint("load it with -P, or let the program write to a file and follow that"));
        }
    }
    if !session.store()?.can_be_shared() {
        return Err(Error::usage("a database in memory can't be followed into: it ends with the program")
            .hint("name a file or a server with --db"));
    }
    let (spool, stop) = (Some(spool), signals::stop_flag()?);
    Ok(Watch { config, registry, inputs: &config.inputs, spool, fs: session.filestore()?, stop })
}
