//! The lines in which operations wait for the database: those that read, and those that write. A write stands in line only once it has something to
//! write, after the other writes of its caller, and for as long as it may. Not for how many operations there are at once (`gate`, `shares`).

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;

use super::answer::Refusal;
use super::gate::Gate;
use super::shares::{Counted, Share, Shares};
use crate::domain::territory::Territories;
use crate::store::audit::Chain;
use crate::store::silence::Loan;
use crate::workflow::Result;
use crate::workflow::call::Turns;

/// The lines of one database.
pub(super) struct Lines {
    /// Of those who read, and of everybody where all share one pool.
    pub readers: Gate,
    /// Of those who write.
    pub writers: Gate,
    /// Whether who writes takes a connection of those who read.
    pub is_shared: bool,
    /// One writer of each territory, where several write at once: its next writers wait here and leave the connections to others. The locks
    /// themselves are the database's, for there may be other processes.
    pub territories: HashMap<Chain, Gate>,
    /// How long one may keep others from writing.
    pub longest: Duration,
}

impl Lines {
    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        let territories: usize = self.territories.values().map(Gate::waiting).sum();
        self.readers.waiting() + self.writers.waiting() + territories
    }

    /// Lines of one writer for the nation and for each department; so many wait in each at most.
    pub(super) fn of_territories(territories: &Territories, queue: usize) -> HashMap<Chain, Gate> {
        let departments = territories.departments().map(|department| Chain::Department(department.code.clone()));
        departments.chain([Chain::Nation]).map(|chain| (chain, Gate::new(1, queue))).collect()
    }
}

/// How one operation of a caller stands in the lines: it holds places of the caller's share there, and counts for how long it keeps others waiting.
pub(super) struct Own {
    /// The lines.
    pub database: Arc<Lines>,
    /// What of them he may have; none: there is no limit.
    pub share: Option<Arc<Share>>,
    /// Since when his write keeps others waiting.
    since: Arc<OnceLock<Instant>>,
}

impl Own {
    /// A caller's.
    pub(super) fn of(database: &Arc<Lines>, shares: Option<&Shares>, who: Counted) -> Self {
        Self { database: Arc::clone(database), share: shares.map(|shares| shares.of(who)), since: Arc::default() }
    }

    /// Whether the caller has not kept others from writing for too long of late.
    ///
    /// # Errors
    /// LIMIT.
    pub(super) fn may_write(&self) -> Result<()> {
        match self.share.as_ref().map_or(Ok(()), |share| share.may_write()) {
            Err(Refusal::Throttled(error, _)) => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// A turn to write.
struct Writing {
    share: Option<Arc<Share>>,
    since: Arc<OnceLock<Instant>>,
    _places: Vec<OwnedSemaphorePermit>,
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let (Some(share), Some(since)) = (&self.share, self.since.get()) {
            share.wrote(since.elapsed());
        }
    }
}

impl Turns for Own {
    fn writing(&self, chains: &[Chain], deadline: Instant) -> Result<Loan> {
        // In this order everywhere, and all of them before the first lock in the database: nobody waits for each other in a circle.
        let own = self.share.iter().map(|share| share.writing());
        // In the order in which they are locked.
        let territories = chains.iter().filter_map(|chain| self.database.territories.get(chain));
        let everybodys = [&self.database.writers].into_iter().chain(self.database.is_shared.then_some(&self.database.readers));
        let gates = own.chain(territories).chain(everybodys);
        let places = gates.map(|gate| gate.enter_blocking(deadline)).collect::<Result<Vec<_>>>()?;
        Ok(Loan::of(Writing { share: self.share.clone(), since: Arc::clone(&self.since), _places: places }))
    }

    fn begins(&self) {
        let _ = self.since.set(Instant::now());
    }

    fn reading(&self, deadline: Instant) -> Result<Loan> {
        Ok(Loan::of(self.database.readers.enter_blocking(deadline)?))
    }

    fn longest(&self) -> Duration {
        self.database.longest
    }
}
