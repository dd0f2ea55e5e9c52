//! Listening and shutting down: our own loop around hyper, because it must give up on slow requests, limit connections,
//! and end in time.

mod answered;
mod connection;
mod seats;
mod stop;

pub use stop::Stopper;

use crate::background;
use crate::gate::KeptKeys;
use crate::log::{Level, Line};
use crate::router;
use crate::setup::Setup;
use crate::site::Site;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use seats::Seats;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use stop::Stop;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};
use workhours_core::error::{Context, Error, Result};
use workhours_core::store::ReadOnly;

/// Connections at once.
const CONNECTIONS: usize = 256;
/// How long requests under way may take once the site is to end.
const DRAIN: Duration = Duration::from_millis(1200);
/// How long abandoned work may take then.
const LEAVE: Duration = Duration::from_millis(200);

/// A site that listens.
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    site: Site,
    ticket: String,
    stop: Stop,
    stopper: Stopper,
}

impl Server {
    /// Opens everything, and listens.
    ///
    /// # Errors
    /// A usage error for an address at which the site would not be safe; what opening reports.
    pub fn bind(mut setup: Setup) -> Result<Self> {
        let server = &setup.config.server;
        let socket = setup.socket.take();
        let given = socket.as_ref().and_then(|socket| socket.local_addr().ok());
        let at = given.unwrap_or(SocketAddr::new(server.host(), server.port()));
        check_safe(at, setup.auth, server.behind_proxy)?;
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .thread_name("workhours-web")
            .build()
            .context(|| "cannot begin to serve")?;
        let listener = runtime.block_on(async {
            match socket {
                None => TcpListener::bind(at).await,
                Some(socket) => {
                    socket.set_nonblocking(true)?;
                    TcpListener::from_std(socket)
                }
            }
        });
        let listener = listener.map_err(|e| {
            let hint = "take another port with --port; 0 is any that is free";
            Error::failed(format!("cannot listen on {at}")).with_source(e).hint(hint)
        })?;
        let at = listener.local_addr().context(|| "cannot listen")?;
        let (site, ticket) = Site::open(setup, at)?;
        let (stopper, stop) = stop::pair();
        Ok(Self { runtime, listener, site, ticket, stop, stopper })
    }

    /// Its address.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// The address with the one-time key; the plain one if no sign-in is needed.
    pub fn invitation(&self) -> String {
        let address = self.address().map(|at| format!("http://{at}/")).unwrap_or_default();
        if self.site.auth { format!("{address}login?token={}", self.ticket) } else { address }
    }

    /// The file with the token for programs.
    pub fn keys(&self) -> &KeptKeys {
        &self.site.keys
    }

    /// Why it writes nothing; `None` where it does.
    pub fn read_only(&self) -> Option<&ReadOnly> {
        self.site.read_only.as_ref()
    }

    /// Ends it, from any thread.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Serves until it is stopped. Requests under way are answered if they can be in a second.
    pub fn run(self) {
        let Self { runtime, listener, site, stop, stopper, .. } = self;
        runtime.block_on(serve(listener, site, stop));
        drop(stopper);
        runtime.shutdown_timeout(LEAVE);
    }
}

/// Doesn't allow unencrypted access from other machines.
fn check_safe(at: SocketAddr, auth: bool, behind_proxy: bool) -> Result<()> {
    if at.ip().is_loopback() || (auth && behind_proxy) {
        return Ok(());
    }
    let why = match auth {
        true => "and nothing would encrypt what they send",
        false => "and they would not be asked who they are",
    };
    let hint = "listen at 127.0.0.1, and let a proxy that encrypts stand before it; when it runs on another machine, \
                say so with --behind-proxy, and without --no-auth";
    Err(Error::usage(format!("other machines could reach {}, {why}", at.ip())).hint(hint))
}

async fn serve(listener: TcpListener, site: Site, mut stop: Stop) {
    background::begin(&site);
    let service = TowerToHyperService::new(warp::service(router::filter(&site)));
    let (graceful, seats) = (GracefulShutdown::new(), Seats::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.asked() => break,
        };
        match accepted {
            Ok((socket, _)) => {
                let seat = tokio::select! {
                    seat = seats.take() => Arc::new(seat),
                    () = stop.asked() => break,
                };
                let (site, service, watcher) = (site.clone(), service.clone(), graceful.watcher());
                tokio::spawn(connection::serve(socket, site, service, watcher, seat));
            }
            Err(e) => {
                // Out of file handles, mostly: some will be free again.
                Line::new(Level::Error, "accept-failed").with("cause", e).send(&site.log);
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    site.closing.send_replace(true);
    let drained = timeout(DRAIN, graceful.shutdown()).await.is_ok();
    Line::new(Level::Info, "stopped").with("drained", drained).send(&site.log);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_in_the_clear() {
        for (at, auth, proxy, safe) in [
            ("127.0.0.1:1", false, false, true),
            ("[::1]:1", true, false, true),
            ("0.0.0.0:1", true, false, false),
            ("192.168.1.5:1", true, false, false),
            ("192.168.1.5:1", false, true, false),
            ("0.0.0.0:1", true, true, true),
        ] {
            assert_eq!(check_safe(at.parse().unwrap(), auth, proxy).is_ok(), safe, "{at}");
        }
    }
}
