//! The gate before the blocking pool: so many operations at once, so many waiting, and those beyond are turned away at once rather than kept
//! until nobody waits for them any more.

use std::future::Future as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};
use std::thread::Thread;
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::Message;
use crate::workflow::{Error, Result};

/// What is answered when the deadline passes before the turn comes.
pub(super) fn waited_too_long() -> Error {
    Error::unavailable(Message::new("WAITED_TOO_LONG", "l’opération a attendu son tour trop longtemps"))
}

/// What is answered when too many wait.
pub(super) fn queue_full() -> Error {
    Error::limit(Message::new("QUEUE_FULL", "trop d’opérations attendent ; réessayez dans un instant"))
}

/// A semaphore with a bounded queue.
#[derive(Clone)]
pub struct Gate {
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
}

/// Counts somebody who waits, until they go in or go away.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A thread that sleeps until its turn has come.
struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Gate {
    /// A gate that lets `places` in at once and `queue` more wait.
    #[must_use]
    pub fn new(places: usize, queue: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places.max(1))), waiting: Arc::default(), queue }
    }

    /// Waits for a place, which is free again when the permit is dropped.
    ///
    /// # Errors
    /// LIMIT at once when the queue is full; UNAVAILABLE when the deadline passes.
    pub async fn enter(&self, deadline: Instant) -> Result<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = self.queue()?;
        match tokio::time::timeout_at(deadline.into(), Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed; a deadline passes.
            Ok(Err(_)) | Err(_) => Err(waited_too_long()),
        }
    }

    /// The same on a thread that may block, in the same queue.
    ///
    /// # Errors
    /// As of [`enter`](Self::enter).
    pub fn enter_blocking(&self, deadline: Instant) -> Result<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = self.queue()?;
        let mut turn = pin!(Arc::clone(&self.places).acquire_owned());
        let waker = Arc::new(Sleeper(std::thread::current())).into();
        let mut context = Context::from_waker(&waker);
        loop {
            match turn.as_mut().poll(&mut context) {
                Poll::Ready(Ok(permit)) => return Ok(permit),
                // The semaphore is never closed.
                Poll::Ready(Err(_)) => return Err(waited_too_long()),
                Poll::Pending => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(waited_too_long());
            }
            std::thread::park_timeout(left);
        }
    }

    /// A place among those who wait.
    fn queue(&self) -> Result<Waiting<'_>> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&self.waiting);
        if before >= self.queue { Err(queue_full()) } else { Ok(waiting) }
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn beyond_the_queue_nobody_waits() {
        let gate = Gate::new(1, 1);
        let deadline = Instant::now() + Duration::from_secs(60);
        let inside = gate.enter(deadline).await.unwrap();
        let second = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter(deadline).await.map(drop) }
        });
        while gate.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.enter(deadline).await.unwrap_err().code(), "LIMIT");
        drop(inside);
        second.await.unwrap().unwrap();
        assert_eq!(gate.waiting(), 0);
    }

    #[test]
    fn a_thread_waits_for_its_turn_in_the_same_queue() {
        let gate = Gate::new(1, 1);
        let deadline = Instant::now() + Duration::from_secs(60);
        let inside = gate.enter_blocking(deadline).unwrap();
        assert_eq!(gate.enter_blocking(Instant::now()).unwrap_err().code(), "UNAVAILABLE");
        let second = std::thread::spawn({
            let gate = gate.clone();
            move || gate.enter_blocking(deadline).map(drop)
        });
        while gate.waiting() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(gate.enter_blocking(deadline).unwrap_err().code(), "LIMIT");
        drop(inside);
        second.join().unwrap().unwrap();
        assert_eq!(gate.waiting(), 0);
    }

    #[tokio::test]
    async fn a_deadline_ends_the_wait() {
        let gate = Gate::new(1, 1);
        let _inside = gate.enter(Instant::now() + Duration::from_secs(60)).await.unwrap();
        assert_eq!(gate.enter(Instant::now()).await.unwrap_err().code(), "UNAVAILABLE");
        assert_eq!(gate.waiting(), 0);
    }
}
