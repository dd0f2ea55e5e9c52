//! How many connections there may be at once, and which of them is closed when a new one comes and all seats are taken.
//!
//! A stranger who opens connections and sends nothing must not keep visitors out. So a new connection never waits for a
//! stranger: it takes the seat of the one that has been there longest. Connections of signed-in visitors lose theirs
//! only while they are idle, and browsers reopen them when needed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The seats of a server.
pub(super) struct Seats {
    most: usize,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Default)]
struct State {
    taken: HashMap<u64, Taken>,
    /// The number of the next connection, and of the next change: the lower number came, or changed, first.
    next: u64,
}

/// A seat that is taken.
struct Taken {
    /// Whether a request on this connection came from a signed-in visitor.
    known: bool,
    /// Whether a request is being answered.
    busy: bool,
    /// When that last changed.
    since: u64,
    closed: Arc<Notify>,
}

impl Seats {
    /// This many seats, all free.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, state: Mutex::default(), freed: Notify::new() })
    }

    /// A seat for a new connection. Waits only if all others belong to signed-in visitors with requests in progress.
    pub(super) async fn take(self: &Arc<Self>) -> Seat {
        loop {
            // Made before checking, so that a seat released in between isn't missed.
            let freed = self.freed.notified();
            if let Some(seat) = self.try_take() {
                return seat;
            }
            freed.await;
        }
    }

    fn try_take(self: &Arc<Self>) -> Option<Seat> {
        let mut state = self.state();
        if state.taken.len() >= self.most {
            let leaves = state.leaves()?;
            if let Some(taken) = state.taken.remove(&leaves) {
                taken.closed.notify_one();
            }
        }
        let (id, closed) = (state.number(), Arc::new(Notify::new()));
        let taken = Taken { known: false, busy: false, since: id, closed: Arc::clone(&closed) };
        state.taken.insert(id, taken);
        Some(Seat { seats: Arc::clone(self), id, closed })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Who loses a seat: strangers before signed-in visitors, idle ones before those with requests.
    fn leaves(&self) -> Option<u64> {
        let may_leave = self.taken.iter().filter(|(_, taken)| !(taken.known && taken.busy));
        may_leave.min_by_key(|(_, taken)| (taken.known, taken.busy, taken.since)).map(|(id, _)| *id)
    }
}

/// The seat of one connection, which is free again when this is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    id: u64,
    closed: Arc<Notify>,
}

impl Seat {
    /// Marks a request as in progress, until the returned value is dropped.
    pub(super) fn answering(self: &Arc<Self>, known: bool) -> Answering {
        self.change(|taken| {
            taken.known |= known;
            taken.busy = true;
        });
        Answering { seat: Arc::clone(self), ended: AtomicBool::new(false) }
    }

    /// Ends when another connection has taken the seat.
    pub(super) async fn lost(&self) {
        self.closed.notified().await;
    }

    fn change(&self, change: impl FnOnce(&mut Taken)) {
        let mut state = self.seats.state();
        let since = state.number();
        if let Some(taken) = state.taken.get_mut(&self.id) {
            change(taken);
            taken.since = since;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.state().taken.remove(&self.id);
        self.seats.freed.notify_one();
    }
}

/// A request that is being answered.
pub(super) struct Answering {
    seat: Arc<Seat>,
    ended: AtomicBool,
}

impl Answering {
    /// The response has been sent: from now on the connection is idle.
    pub(super) fn end(&self) {
        if !self.ended.swap(true, Ordering::Relaxed) {
            self.seat.change(|taken| taken.busy = false);
            self.seat.seats.freed.notify_one();
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_lost(seat: &Seat) -> bool {
        !seat.seats.state().taken.contains_key(&seat.id)
    }

    #[test]
    fn strangers_leave_first_and_who_is_answered_stays() {
        let seats = Seats::new(4);
        let take = || Arc::new(seats.try_take().unwrap());
        let [known_waits, known_asks, stranger, younger] = [take(), take(), take(), take()];
        drop(known_waits.answering(true));
        let asks = known_asks.answering(true);
        // A stranger whose request is being rejected stays longer than a silent one.
        let refused = stranger.answering(false);
        let first = take();
        assert!(is_lost(&younger) && !is_lost(&stranger));
        let second = take();
        assert!(is_lost(&first), "the one who waits, though the other came before");
        drop(refused);
        // Known now, and being answered.
        let third = second.answering(true);
        let newcomer = take();
        assert!(is_lost(&stranger));
        let fourth = newcomer.answering(true);
        let last = take();
        assert!(is_lost(&known_waits), "a known visitor who asks nothing, when there are no strangers");
        let fifth = last.answering(true);
        assert!(seats.try_take().is_none(), "all are known visitors who are being answered");
        drop(asks);
        assert!(seats.try_take().is_some() && is_lost(&known_asks));
        drop((third, fourth, fifth));
    }

    #[tokio::test]
    async fn a_seat_that_is_given_up_wakes_who_waits_for_one() {
        let seats = Seats::new(1);
        let seat = Arc::new(seats.take().await);
        let asks = seat.answering(true);
        let waits = tokio::spawn({
            let seats = Arc::clone(&seats);
            async move { seats.take().await.id }
        });
        tokio::task::yield_now().await;
        drop(asks);
        assert_ne!(waits.await.unwrap(), seat.id);
        seat.lost().await;
    }
}
