//! Ctrl-C and `kill`: the first asks the run to stop with everything committed kept, the second ends it.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use workhours_core::error::{Context, Result};

/// A flag that is set when the user wants the run to end.
pub(crate) fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let say = || "cannot listen for Ctrl-C".to_owned();
        // Order matters: on the first signal the flag is not set yet, so this one does nothing.
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop)).context(say)?;
        flag::register(signal, Arc::clone(&stop)).context(say)?;
    }
    Ok(stop)
}

/// Whether a file has grown to the limit that `ulimit -f` sets.
static TOO_LARGE: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Makes a write beyond the limit on file sizes fail, where the system would end the program without a word.
pub(crate) fn outlive_file_size_limit() {
    let reached = Arc::clone(TOO_LARGE.get_or_init(Arc::default));
    #[cfg(unix)]
    let _ = flag::register(signal_hook::consts::SIGXFSZ, reached);
    #[cfg(not(unix))]
    drop(reached);
}

/// Whether that has happened.
pub(crate) fn is_file_size_limit_reached() -> bool {
    TOO_LARGE.get().is_some_and(|reached| reached.load(Ordering::Relaxed))
}

/// Has something done when the user wants the run to end. A second signal ends it at once.
pub(crate) fn on_stop(act: impl FnOnce() + Send + 'static) -> Result<()> {
    let say = || "cannot listen for Ctrl-C".to_owned();
    stop_flag()?;
    let mut signals = Signals::new([SIGINT, SIGTERM]).context(say)?;
    let wait = move || {
        if signals.forever().next().is_some() {
            act();
        }
    };
    thread::Builder::new().name("signals".into()).spawn(wait).map(|_| ()).context(say)
}
