//! `serve`: the web site, until a signal ends it. The site decides what it shows and to whom.

use super::{Outcome, kept, receiving, watch};
use crate::args::Serve;
use crate::session::Session;
use crate::signals;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use workhours_core::error::Result;
use workhours_core::listen::Inherited;
use workhours_core::vocabulary::PRESENCE;
use workhours_core::watch::Spool;
use workhours_plugin_api::Growth;
use workhours_web::{KeptKeys, Level, Server, Setup, Sink, SourceName};

pub(crate) fn run(session: &Session<'_>, asked: &Serve) -> Result<Outcome> {
    let sources = session.registry()?.all().iter().map(|registered| {
        let info = registered.source.info();
        SourceName {
            name: info.name.to_owned(),
            aliases: info.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            summary: info.summary.to_owned(),
            presence: info.kinds.contains(&PRESENCE),
            grows: info.growth == Growth::Append,
        }
    });
    let mut inherited = Inherited::take();
    let listeners = receiving::open(session, &mut inherited)?;
    let server = &session.config.server;
    let socket = inherited.tcp(SocketAddr::new(server.host(), server.port()));
    let spool = Arc::new(Spool::new(&session.config.filestore));
    let setup = Setup {
        config: session.config.clone(),
        sources: sources.collect(),
        auth: !asked.no_auth,
        keeps_index: !asked.no_index,
        spool: Arc::clone(&spool),
        socket,
        received: listeners.counts(),
        now_us: session.fixed_now_us()?,
        log: sink(session.console.is_quiet()),
    };
    let server = Server::bind(setup)?;
    kept::warn_of_hosts(session, &mut session.store()?)?;
    let console = session.console;
    // The address must be printed, even with --quiet.
    console.must_say(format_args!("workhours is at {}", server.invitation()));
    if asked.no_auth {
        console.warn("everyone on this machine who can reach that address sees everything");
    } else {
        console.say(format_args!("that address signs in one visitor, once"));
        console.say(match server.keys() {
            KeptKeys::File(file) => {
                format!("the token, for programs and for signing in again, is in {}", file.display())
            }
            KeptKeys::Token(token) => {
                format!("the token of this run, for programs and for signing in again, is {token}")
            }
        });
    }
    if let Some(why) = server.read_only() {
        console.say(format_args!("nothing is saved: {why}"));
    }
    let server_is_read_only = server.read_only().is_some();
    let stopper = server.stopper();
    signals::on_stop(move || stopper.stop())?;
    // What programs send is loaded in any case.
    let watch = match (server_is_read_only, asked.watch) {
        (true, _) => None,
        (false, true) => Some(watch::of(session, &spool)?),
        (false, false) => Some(watch::of_spool(session, &spool)?),
    };
    match watch {
        Some(watch) => watch::keep(session, &watch, &listeners, asked.watch, || {
            server.run();
            watch.stop.store(true, Ordering::Relaxed);
            Ok(())
        })?,
        None => server.run(),
    }
    Ok(Outcome::Done)
}

/// Lines of the log on standard error; with `-q` only those of failures.
fn sink(quiet: bool) -> Sink {
    Arc::new(move |level, line| {
        if !quiet || level == Level::Error {
            // If standard error is closed, there is nowhere left to print.
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    })
}
