//! Sockets: those that the service manager holds for us, so that they stay open while we are restarted, and new ones.

use listenfd::ListenFd;
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use workhours_base::error::{Error, Result};

/// How many bytes the system may keep for us until we read them. It may allow less.
const BUFFER: usize = 8 << 20;

/// The sockets that the service manager has opened (systemd's socket activation).
#[derive(Default)]
pub struct Inherited {
    tcp: Vec<TcpListener>,
    udp: Vec<UdpSocket>,
}

impl Inherited {
    /// Those of this process. To be asked once.
    pub fn take() -> Self {
        let mut all = Self::default();
        let mut given = ListenFd::from_env();
        for n in 0..given.len() {
            if let Ok(Some(socket)) = given.take_tcp_listener(n) {
                all.tcp.push(socket);
            } else if let Ok(Some(socket)) = given.take_udp_socket(n) {
                all.udp.push(socket);
            }
        }
        all
    }

    /// The listener at an address, if there is one.
    pub fn tcp(&mut self, at: SocketAddr) -> Option<TcpListener> {
        let found = self.tcp.iter().position(|socket| is_at(socket.local_addr().ok(), at))?;
        Some(self.tcp.swap_remove(found))
    }

    fn udp(&mut self, at: SocketAddr) -> Option<UdpSocket> {
        let found = self.udp.iter().position(|socket| is_at(socket.local_addr().ok(), at))?;
        Some(self.udp.swap_remove(found))
    }
}

/// A socket for all addresses of a port is the one for each of them.
fn is_at(socket: Option<SocketAddr>, at: SocketAddr) -> bool {
    socket.is_some_and(|socket| socket == at || socket.port() == at.port() && socket.ip().is_unspecified())
}

/// A listener: the service manager's, or a new one.
pub(crate) fn tcp(at: SocketAddr, inherited: &mut Inherited) -> Result<TcpListener> {
    match inherited.tcp(at) {
        Some(socket) => Ok(socket),
        None => TcpListener::bind(at).map_err(|e| cannot(at, e)),
    }
}

/// A socket for datagrams: the service manager's, or a new one.
pub(crate) fn udp(at: SocketAddr, inherited: &mut Inherited) -> Result<UdpSocket> {
    if let Some(socket) = inherited.udp(at) {
        return Ok(socket);
    }
    let socket = || {
        let socket = Socket::new(Domain::for_address(at), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_recv_buffer_size(BUFFER)?;
        socket.bind(&at.into())?;
        std::io::Result::Ok(socket)
    };
    socket().map(UdpSocket::from).map_err(|e| cannot(at, e))
}

fn cannot(at: SocketAddr, e: std::io::Error) -> Error {
    let hint = match e.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for the administrator: choose another, or have systemd open the socket"
        }
        _ => "another program may listen there: choose another port",
    };
    Error::failed(format!("cannot listen at {at}")).with_source(e).hint(hint)
}
