//! The receivers of the config: opened before anything else begins, and what they report.

use crate::console::{Console, count};
use crate::session::Session;
use std::sync::atomic::AtomicBool;
use workhours_core::error::{Error, Result};
use workhours_core::listen::{Inherited, Listeners, News};
use workhours_core::watch::Spool;
use workhours_plugin_api::Growth;

/// Opens them.
///
/// # Errors
/// A usage error for a source type that isn't read line by line; when a socket can't be opened.
pub(super) fn open(session: &Session<'_>, inherited: &mut Inherited) -> Result<Listeners> {
    let mut specs = session.config.receivers.clone();
    for spec in &mut specs {
        let say =
            |e: &Error| Error::usage(format!("{}: {e}", spec.origin)).hint(e.hint_text().unwrap_or_default());
        let info = session.registry()?.get(&spec.source_type).map_err(|e| say(&e))?.source.info();
        if info.growth != Growth::Append {
            let what = format!(
                "{}: {} is read as a whole, so it can't be received in parts",
                spec.origin, info.name
            );
            return Err(Error::usage(what).hint("choose a type of lines, such as syslog or jsonl"));
        }
        spec.source_type = info.name.to_owned();
    }
    if !specs.is_empty() && session.config.read_only {
        return Err(Error::usage("nothing can be received with --read-only"));
    }
    Listeners::open(&specs, inherited)
}

/// Receives until `stop`.
pub(super) fn keep(session: &Session<'_>, listeners: &Listeners, spool: &Spool, stop: &AtomicBool) {
    let console = session.console;
    for (name, scheme, at) in listeners.addresses() {
        console.say(format_args!("{name}: receiving at {scheme}://{at}"));
    }
    let most = u64::from(session.config.watch.spool_mib) << 20;
    listeners.run(spool, most, stop, &|name, news| tell(console, name, news));
}

fn tell(console: &Console, name: &str, news: &News<'_>) {
    match news {
        News::Failed(error) => {
            console.problem(format_args!("{name}: {}", error.full_message()), error.hint_text());
        }
        News::Recovered => console.say(format_args!("{name}: it works again")),
        News::Lost(n) => console.problem(
            format_args!(
                "{name}: {} came faster than they could be read, and were dropped",
                count(*n, "message")
            ),
            Some("have the sender use tcp://, or raise net.core.rmem_max of the system"),
        ),
        News::Cut(n) => {
            console.warn(format_args!("{name}: {} were too long, and are cut", count(*n, "message")))
        }
        News::Full => {
            console.warn(format_args!("{name}: too many connections; further ones wait for their turn"))
        }
        News::Broken(why) => console.warn(format_args!("{name}: a connection was closed: {why}")),
    }
}
