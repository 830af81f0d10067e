//! The replica: a standby of the PostgreSQL database that answers glances, whenever it shows exactly the state that the primary was in. Nothing
//! waits for it and nothing depends on it: whatever it does not answer, the primary does. Not for writes, nor for snapshots.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::epochs::{Epochs, Reading, State};
use super::opening::{Link, Manager};
use super::pool::{Pool, Taken};
use super::{StoreError, StoreResult};

/// So long a replica that failed is not asked again.
const REST: Duration = Duration::from_secs(1);

/// A replica, and what is counted of it.
pub(super) struct Replica {
    pool: Pool,
    health: Arc<Health>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    answers: AtomicU64,
    behind: AtomicU64,
    away: AtomicU64,
}

/// How often glances were answered by the replica, and why not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplicaFigures {
    /// It answered.
    pub answers: u64,
    /// It did not show the primary's state, or did not go on showing it.
    pub behind: u64,
    /// It could not be asked.
    pub away: u64,
}

/// A glance at the replica under way: the state that it was in when the glance began.
pub(super) struct Standing {
    state: State,
    health: Arc<Health>,
    counts: Arc<Counts>,
}

impl Replica {
    /// Connects in the background, when it is first asked.
    pub(super) fn over(manager: Manager) -> StoreResult<Self> {
        let (connections, patience) = (manager.connections(), manager.checkout_timeout());
        let pool = Pool::new(manager, connections, patience, || {})?;
        Ok(Self { pool, health: Arc::default(), counts: Arc::default() })
    }

    /// Closes its connections; whether all are closed in time.
    pub(super) fn close(&self, within: Duration) -> bool {
        self.pool.close(within)
    }

    pub(super) fn figures(&self) -> ReplicaFigures {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ReplicaFigures { answers: read(&self.counts.answers), behind: read(&self.counts.behind), away: read(&self.counts.away) }
    }

    /// A connection on which the replica shows that state now. None when it does not, or cannot be asked at once.
    pub(super) fn showing(&self, state: &State) -> Option<(Taken, Standing)> {
        // Connections of before a restart are found out one by one.
        for _ in 0..=self.pool.size() {
            if self.health.is_resting() {
                break;
            }
            // Whoever finds none has one made for those who come later.
            let health = Arc::clone(&self.health);
            let failed = move |error: &StoreError| match error {
                // It answers, and opens no further connection: those that there are go on.
                StoreError::NoFurther(_) | StoreError::Busy(_) => tracing::debug!(%error, "no further connection to the replica"),
                other => health.fails(other),
            };
            let Some(mut taken) = self.pool.take_idle(failed) else { break };
            let link = taken.link();
            match link.shows(state, self.health.is_trusted()) {
                Ok(true) => {
                    let standing =
                        Standing { state: state.clone(), health: Arc::clone(&self.health), counts: Arc::clone(&self.counts) };
                    return Some((taken, standing));
                }
                Ok(false) => {
                    self.health.is_well();
                    self.counts.behind.fetch_add(1, Ordering::Relaxed);
                    return None;
                }
                Err(StoreError::Unreachable(_)) => link.lost = true,
                Err(error) => {
                    link.lost = true;
                    self.health.fails(&error);
                }
            }
        }
        self.counts.away.fetch_add(1, Ordering::Relaxed);
        None
    }
}

impl Standing {
    /// Whether the replica shows that state still: then it showed no other one in between, to this connection. Its epochs only grow, for as
    /// long as the connection lasts.
    pub(super) fn holds(self, link: &mut Link) -> bool {
        match link.read() {
            Ok(seen) => {
                self.health.is_well();
                let holds = self.state.is_that_of(&seen);
                let count = if holds { &self.counts.answers } else { &self.counts.behind };
                count.fetch_add(1, Ordering::Relaxed);
                holds
            }
            Err(error) => {
                link.lost = true;
                self.health.fails(&error);
                self.counts.away.fetch_add(1, Ordering::Relaxed);
                false
            }
        }
    }
}

impl Link {
    /// Whether the server shows that state now. It is not asked when it did at last, if it is trusted to be there: whether it still shows it
    /// is found out at the end.
    fn shows(&mut self, state: &State, trusted: bool) -> StoreResult<bool> {
        if trusted && self.seen.as_ref().is_some_and(|seen| state.is_that_of(&seen.epochs)) {
            return Ok(true);
        }
        let seen = self.read()?;
        Ok(state.is_that_of(&seen))
    }

    fn read(&mut self) -> StoreResult<Arc<Epochs>> {
        let reading = Reading::again(self.seen.take(), &mut self.connection)?;
        let epochs = Arc::clone(&reading.epochs);
        self.seen = Some(reading);
        Ok(epochs)
    }
}

/// Whether the replica can be asked; says so in the log when that changes.
#[derive(Default)]
struct Health {
    /// After a failure: until when it is left alone.
    rests_until: Mutex<Option<Instant>>,
}

impl Health {
    fn is_resting(&self) -> bool {
        self.rest().is_some_and(|until| Instant::now() < until)
    }

    /// Whether it has answered since it last failed.
    fn is_trusted(&self) -> bool {
        self.rest().is_none()
    }

    fn is_well(&self) {
        if self.rest().take().is_some() {
            tracing::info!("the replica answers again");
        }
    }

    fn fails(&self, error: &StoreError) {
        if self.rest().replace(Instant::now() + REST).is_none() {
            tracing::warn!(%error, "the replica does not answer, the primary does");
        }
    }

    fn rest(&self) -> MutexGuard<'_, Option<Instant>> {
        self.rests_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
