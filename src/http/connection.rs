//! Connections: so many for each address, and closed when the other side stops reading. An answer that nobody takes holds memory, and actix
//! would wait for its reader for ever. Not for requests, which are `edge`'s.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use actix_web::rt::net::TcpStream;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::idle_buffers::Received;
use super::pace::{Pace, Patience};
use crate::graphql::shares::Counted;

/// What the system may hold of an answer that was not read yet. It doubles it; a third must be free again before it takes more, so that a
/// larger one would make a slow reader look like one who does not read.
const SEND_BUFFER: usize = 256 << 10;

/// Told to who has too many connections already, before any request is read.
const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// What somebody has open, counted.
#[derive(Debug, Default)]
pub struct Open {
    by_network: Mutex<HashMap<Counted, usize>>,
    turned_away: AtomicU64,
    stalled: AtomicU64,
}

/// One of them.
#[derive(Debug)]
pub struct Place {
    open: Arc<Open>,
    network: Counted,
}

impl Open {
    /// Takes a place, if the address has fewer than so many.
    #[must_use]
    pub fn enter(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Place> {
        let network = Counted::network(Some(address));
        let mut open = self.lock();
        let count = open.entry(network).or_default();
        if *count >= most {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        *count += 1;
        Some(Place { open: Arc::clone(self), network })
    }

    /// How many an address has.
    #[must_use]
    pub fn held(&self, address: IpAddr) -> usize {
        self.lock().get(&Counted::network(Some(address))).copied().unwrap_or(0)
    }

    /// How many were turned away.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// How many connections were closed because nobody read.
    #[must_use]
    pub fn stalled(&self) -> u64 {
        self.stalled.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Counted, usize>> {
        self.by_network.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        if let Some(count) = open.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.network);
            }
        }
    }
}

/// A connection whose writing ends when the other side reads too slowly.
pub struct Watched {
    io: TcpStream,
    pace: Pace,
    /// Since something could not be written.
    waiting: Option<Waiting>,
    open: Arc<Open>,
    received: Received,
    _place: Option<Place>,
}

struct Waiting {
    patience: Patience,
    /// Not set anew for each write: it wakes at times too early, and looks.
    alarm: Pin<Box<Sleep>>,
}

impl Watched {
    /// Watches a connection.
    #[must_use]
    pub fn new(io: TcpStream, pace: Pace, open: &Arc<Open>, place: Option<Place>) -> Self {
        if let Err(error) = SockRef::from(&io).set_send_buffer_size(SEND_BUFFER) {
            tracing::debug!(%error, "the send buffer keeps its size");
        }
        Self { io, pace, waiting: None, open: Arc::clone(open), received: Received::default(), _place: place }
    }

    /// What came over it since its last answer.
    #[must_use]
    pub fn received(&self) -> Received {
        self.received.clone()
    }

    /// Turns a connection away.
    pub fn turn_away(io: &TcpStream) {
        // Best effort: what does not fit into an empty buffer is not said.
        let _ = io.try_write(TOO_MANY);
    }

    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let (pace, now) = (self.pace, Instant::now());
        let waiting = self.waiting.get_or_insert_with(|| {
            let patience = pace.begin(now);
            Waiting { patience, alarm: Box::pin(tokio::time::sleep_until(patience.until().into())) }
        });
        loop {
            ready!(waiting.alarm.as_mut().poll(cx));
            if Instant::now() >= waiting.patience.until() {
                break;
            }
            waiting.alarm.as_mut().reset(waiting.patience.until().into());
        }
        self.open.stalled.fetch_add(1, Ordering::Relaxed);
        // What the system still holds for this reader goes with the connection, not minutes later.
        if let Err(error) = self.io.set_zero_linger() {
            tracing::debug!(%error, "a connection lingers");
        }
        tracing::debug!("a connection is closed: its client does not read");
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the client does not read"))
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        self.received.add(buf.filled().len().saturating_sub(before));
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.io).poll_write(cx, buf) {
            Poll::Ready(Ok(written)) => {
                if let Some(waiting) = &mut self.waiting {
                    waiting.patience.moved(written, Instant::now());
                }
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_patience(cx).map(Err),
        }
    }

    /// Asked for when all that was to be written has been taken: nothing is waited for any more.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waiting = None;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_connections_and_others_have_theirs() {
        let open = Arc::new(Open::default());
        let (one, other): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let first = open.enter(one, 2).unwrap();
        let _second = open.enter(one, 2).unwrap();
        assert!(open.enter(one, 2).is_none());
        assert!(open.enter("::ffff:192.0.2.1".parse().unwrap(), 2).is_none());
        assert!(open.enter(other, 2).is_some());
        drop(first);
        assert!(open.enter(one, 2).is_some());
        assert_eq!((open.turned_away(), open.lock().len()), (2, 1));
    }
}
