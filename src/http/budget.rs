//! Bytes that requests hold in memory, counted: so many in all, and so many for each caller, so that nobody takes what is there for everybody.
//! Not for how fast bytes move (`pace`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::graphql::shares::Counted;

/// So many bytes for everybody.
#[derive(Debug)]
pub struct Budget {
    /// For all.
    total: usize,
    /// For one caller.
    each: usize,
    /// For all together whom nobody knows.
    unknown: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    total: usize,
    unknown: usize,
    by_caller: HashMap<Counted, usize>,
    /// Buffers that several leases hold: by their address, how many leases do.
    shared: HashMap<usize, Shared>,
}

#[derive(Debug)]
struct Shared {
    leases: usize,
    caller: Counted,
    bytes: usize,
}

/// Which bound is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The caller's own.
    Caller,
    /// That of all: nothing is wrong with the caller.
    All,
}

/// Bytes that somebody holds, given back when it is dropped.
#[derive(Debug)]
pub struct Lease {
    budget: Arc<Budget>,
    caller: Counted,
    bytes: usize,
    shared: Option<usize>,
}

impl Budget {
    /// So many bytes in all; `parts` of them are one caller's share, and a quarter is for those whom nobody knows.
    #[must_use]
    pub fn new(total: usize, parts: usize) -> Arc<Self> {
        Arc::new(Self { total, each: total / parts.max(1), unknown: total / 4, held: Mutex::default() })
    }

    /// Nothing yet.
    #[must_use]
    pub fn lease(self: &Arc<Self>, caller: Counted) -> Lease {
        Lease { budget: Arc::clone(self), caller, bytes: 0, shared: None }
    }

    /// A buffer that several may hold at once: it is counted once, as the first one's. The address must be the buffer's as long as any lease
    /// lives.
    ///
    /// # Errors
    /// [`Full`].
    pub fn lease_shared(self: &Arc<Self>, caller: Counted, address: usize, bytes: usize) -> Result<Lease, Full> {
        let mut held = self.lock();
        if let Some(shared) = held.shared.get_mut(&address) {
            shared.leases += 1;
        } else {
            self.take(&mut held, caller, bytes)?;
            held.shared.insert(address, Shared { leases: 1, caller, bytes });
        }
        Ok(Lease { budget: Arc::clone(self), caller, bytes: 0, shared: Some(address) })
    }

    /// Bytes held now.
    #[must_use]
    pub fn held(&self) -> usize {
        self.lock().total
    }

    fn take(&self, held: &mut Held, caller: Counted, bytes: usize) -> Result<(), Full> {
        let own = held.by_caller.get(&caller).copied().unwrap_or(0);
        let unknown = if caller.is_known() { 0 } else { bytes };
        if held.total.saturating_add(bytes) > self.total || held.unknown.saturating_add(unknown) > self.unknown && unknown > 0 {
            return Err(Full::All);
        }
        if own.saturating_add(bytes) > self.each {
            return Err(Full::Caller);
        }
        self.put(held, caller, bytes);
        Ok(())
    }

    fn put(&self, held: &mut Held, caller: Counted, bytes: usize) {
        held.total += bytes;
        held.unknown += if caller.is_known() { 0 } else { bytes };
        *held.by_caller.entry(caller).or_default() += bytes;
    }

    fn give_back(held: &mut Held, caller: Counted, bytes: usize) {
        held.total = held.total.saturating_sub(bytes);
        if !caller.is_known() {
            held.unknown = held.unknown.saturating_sub(bytes);
        }
        if let Some(own) = held.by_caller.get_mut(&caller) {
            *own = own.saturating_sub(bytes);
            if *own == 0 {
                held.by_caller.remove(&caller);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Holds more.
    ///
    /// # Errors
    /// [`Full`]; what is held stays held.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        let budget = Arc::clone(&self.budget);
        budget.take(&mut budget.lock(), self.caller, bytes)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Holds more whatever the bounds say: what was done already is answered.
    pub fn force(&mut self, bytes: usize) {
        let budget = Arc::clone(&self.budget);
        budget.put(&mut budget.lock(), self.caller, bytes);
        self.bytes += bytes;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut held = self.budget.lock();
        if self.bytes > 0 {
            Budget::give_back(&mut held, self.caller, self.bytes);
        }
        let Some(address) = self.shared else { return };
        let Some(shared) = held.shared.get_mut(&address) else { return };
        shared.leases -= 1;
        if shared.leases == 0
            && let Some(Shared { caller, bytes, .. }) = held.shared.remove(&address)
        {
            Budget::give_back(&mut held, caller, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Counted = Counted::Account(1);
    const OTHER: Counted = Counted::Account(2);

    #[test]
    fn one_caller_leaves_something_to_others() {
        let budget = Budget::new(100, 2);
        let mut first = budget.lease(ONE);
        assert_eq!(first.grow(50), Ok(()));
        assert_eq!(first.grow(1), Err(Full::Caller));
        let mut second = budget.lease(OTHER);
        assert_eq!(second.grow(50), Ok(()));
        assert_eq!(budget.lease(Counted::Account(3)).grow(1), Err(Full::All));
        drop(first);
        assert_eq!(second.grow(1), Err(Full::Caller));
        drop(second);
        assert_eq!(budget.held(), 0);
        assert!(budget.lock().by_caller.is_empty());
    }

    #[test]
    fn those_whom_nobody_knows_share_a_quarter() {
        let budget = Budget::new(100, 2);
        let mut nobody = budget.lease(Counted::Nobody);
        assert_eq!(nobody.grow(25), Ok(()));
        assert_eq!(nobody.grow(1), Err(Full::All));
        assert_eq!(budget.lease(ONE).grow(50), Ok(()));
    }

    #[test]
    fn one_buffer_counts_once_however_many_hold_it() {
        let budget = Budget::new(100, 2);
        let first = budget.lease_shared(ONE, 7, 40).unwrap();
        let second = budget.lease_shared(OTHER, 7, 40).unwrap();
        assert_eq!(budget.held(), 40);
        drop(first);
        assert_eq!(budget.held(), 40);
        drop(second);
        assert_eq!(budget.held(), 0);
        assert!(budget.lock().shared.is_empty());
    }

    #[test]
    fn what_was_done_is_held_beyond_the_bounds() {
        let budget = Budget::new(10, 1);
        let mut lease = budget.lease(ONE);
        lease.force(50);
        assert_eq!((budget.held(), lease.grow(1)), (50, Err(Full::All)));
        drop(lease);
        assert_eq!(budget.held(), 0);
    }
}
