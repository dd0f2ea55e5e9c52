//! Datagrams: each is a message. What comes while we don't read, the system keeps for a while and then drops; it counts
//! them, and so do we.

use crate::frames::{Framing, Messages};
use crate::news::News;
use crate::sink::Sink;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The largest datagram.
const LARGEST: usize = 64 << 10;
/// How long to wait for one before looking whether all ends.
const WAIT: Duration = Duration::from_millis(500);
/// Bytes that are stored together.
const TOGETHER: usize = 1 << 20;
/// Time between two looks for dropped ones.
const LOOK: Duration = Duration::from_secs(5);

/// Takes datagrams until all ends.
pub(crate) fn receive(socket: &UdpSocket, framing: Framing, sink: &mut Sink<'_>) {
    let mut buffer = vec![0; LARGEST];
    let mut drops = Drops::new(socket);
    let _ = socket.set_read_timeout(Some(WAIT));
    while !sink.around().stopped() {
        let mut messages = Messages::new(framing);
        match socket.recv(&mut buffer) {
            Ok(length) => {
                messages.add(&buffer[..length]);
                more(socket, &mut buffer, &mut messages);
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            // What a sender of ours did to another datagram.
            Err(_) => sink.around().wait(Duration::from_millis(10)),
        }
        if !sink.put(&messages) {
            return;
        }
        if let Some(lost) = drops.new_ones() {
            sink.counts().lost.fetch_add(lost, Ordering::Relaxed);
            sink.tell(&News::Lost(lost));
        }
    }
}

/// Those that wait already.
fn more(socket: &UdpSocket, buffer: &mut [u8], messages: &mut Messages) {
    if socket.set_nonblocking(true).is_err() {
        return;
    }
    while messages.lines.len() < TOGETHER {
        match socket.recv(buffer) {
            Ok(length) => messages.add(&buffer[..length]),
            Err(_) => break,
        }
    }
    let _ = socket.set_nonblocking(false);
}

/// The datagrams that the system dropped.
struct Drops {
    port: Option<u16>,
    known: u64,
    looked: Instant,
}

impl Drops {
    fn new(socket: &UdpSocket) -> Self {
        let port = socket.local_addr().ok().map(|at| at.port());
        Self { port, known: port.and_then(dropped).unwrap_or_default(), looked: Instant::now() }
    }

    fn new_ones(&mut self) -> Option<u64> {
        if self.looked.elapsed() < LOOK {
            return None;
        }
        self.looked = Instant::now();
        let all = dropped(self.port?)?;
        let new = all.saturating_sub(self.known);
        self.known = all;
        (new > 0).then_some(new)
    }
}

/// What Linux has dropped at a port: the last column of `/proc/net/udp`.
fn dropped(port: u16) -> Option<u64> {
    let tables = ["/proc/net/udp", "/proc/net/udp6"];
    let texts: Vec<String> = tables.iter().filter_map(|table| std::fs::read_to_string(table).ok()).collect();
    (!texts.is_empty()).then(|| texts.iter().map(|text| dropped_in(text, port)).sum())
}

fn dropped_in(table: &str, port: u16) -> u64 {
    let port = format!(":{port:04X}");
    let rows = table.lines().skip(1).map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    let ours = rows.filter(|row| row.get(1).is_some_and(|local| local.ends_with(&port)));
    ours.filter_map(|row| row.last()?.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_of_our_port() {
        let table = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
                     10: 0100007F:1592 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 9 2 0 17\n\
                     11: 00000000:15A0 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 9 2 0 3\n";
        assert_eq!((dropped_in(table, 0x1592), dropped_in(table, 1)), (17, 0));
    }
}
