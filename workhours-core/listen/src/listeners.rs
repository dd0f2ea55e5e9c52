//! All receivers of a configuration.

use crate::command;
use crate::frames::Framing;
use crate::news::{Counts, Tell};
use crate::sink::{Around, Sink};
use crate::sockets::{self, Inherited};
use crate::tcp::{self, Open, Plain};
use crate::udp;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
#[cfg(not(feature = "tls"))]
use workhours_base::error::Error;
use workhours_base::error::Result;
use workhours_config::{Listen, ReceiverSpec};
use workhours_watch::Spool;

/// Receivers whose sockets are open.
pub struct Listeners {
    all: Vec<Listener>,
}

struct Listener {
    spec: ReceiverSpec,
    counts: Arc<Counts>,
    place: Place,
}

/// Where messages come from.
enum Place {
    Udp(UdpSocket),
    Tcp(TcpListener, Box<dyn Open + Send>),
    Command(String),
    Journal,
}

impl Listeners {
    /// Opens all sockets.
    ///
    /// # Errors
    /// When one can't be opened, or the files for its encryption can't be read.
    pub fn open(specs: &[ReceiverSpec], inherited: &mut Inherited) -> Result<Self> {
        let mut all = Vec::with_capacity(specs.len());
        for spec in specs {
            let place = match &spec.listen {
                Listen::Udp(at) => Place::Udp(sockets::udp(*at, inherited)?),
                Listen::Tcp(at) => Place::Tcp(sockets::tcp(*at, inherited)?, Box::new(Plain)),
                #[cfg(feature = "tls")]
                Listen::Tls(at, files) => {
                    let tls = crate::tls::Tls::new(files)?;
                    Place::Tcp(sockets::tcp(*at, inherited)?, Box::new(tls))
                }
                #[cfg(not(feature = "tls"))]
                Listen::Tls(..) => {
                    let what = format!("{}: this build has no encryption", spec.origin);
                    return Err(Error::usage(what).hint("build it with --features tls"));
                }
                Listen::Command(line) => Place::Command(line.clone()),
                Listen::Journal => Place::Journal,
            };
            all.push(Listener { spec: spec.clone(), counts: Arc::default(), place });
        }
        Ok(Self { all })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The names of those at sockets, each with its address.
    pub fn addresses(&self) -> Vec<(String, String, SocketAddr)> {
        let at = |listener: &Listener| {
            let (scheme, at) = match (&listener.place, &listener.spec.listen) {
                (Place::Udp(socket), _) => ("udp", socket.local_addr().ok()?),
                (Place::Tcp(socket, _), Listen::Tls(..)) => ("tls", socket.local_addr().ok()?),
                (Place::Tcp(socket, _), _) => ("tcp", socket.local_addr().ok()?),
                (Place::Command(_) | Place::Journal, _) => return None,
            };
            Some((listener.spec.name.clone(), scheme.to_owned(), at))
        };
        self.all.iter().filter_map(at).collect()
    }

    /// What each counts, by name.
    pub fn counts(&self) -> Vec<(String, Arc<Counts>)> {
        self.all.iter().map(|listener| (listener.spec.name.clone(), Arc::clone(&listener.counts))).collect()
    }

    /// Receives until `stop`. At most `most` bytes may wait in the spool.
    pub fn run(&self, spool: &Spool, most: u64, stop: &AtomicBool, tell: Tell<'_>) {
        let around = Around { spool, most, stop, tell };
        // Each listener makes sinks of its own, which live as long as its connections.
        type NewSink<'a> = Box<dyn Fn() -> Sink<'a> + Sync + 'a>;
        let new_sinks: Vec<NewSink<'_>> = self
            .all
            .iter()
            .map(|listener| {
                let by_identity = matches!(listener.place, Place::Journal);
                let new = move || Sink::new(around, &listener.spec, &listener.counts, by_identity);
                Box::new(new) as NewSink<'_>
            })
            .collect();
        thread::scope(|scope| {
            for (listener, new_sink) in self.all.iter().zip(&new_sinks) {
                let framing = if listener.spec.may_count() { Framing::Syslog } else { Framing::Lines };
                scope.spawn(move || match &listener.place {
                    Place::Udp(socket) => udp::receive(socket, framing, &mut new_sink()),
                    Place::Tcp(socket, open) => {
                        tcp::accept(scope, socket, open.as_ref(), framing, new_sink.as_ref());
                    }
                    Place::Command(line) => command::run(line, &mut new_sink()),
                    Place::Journal => command::follow_journal(&mut new_sink()),
                });
            }
        });
        new_sinks.iter().for_each(|new| new().finish());
    }
}
