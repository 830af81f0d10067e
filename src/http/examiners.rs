//! Places in which files are examined: a few, since each takes a processor and much memory. One caller has half of them at most, so that another
//! always finds one, and nobody waits without end. Not for places to send a file in, which are `edge`'s.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::budget::Full;
use crate::graphql::shares::Counted;

/// The places.
pub struct Examiners {
    all: Arc<Semaphore>,
    each: usize,
    own: Arc<Mutex<HashMap<Counted, Own>>>,
}

/// What one caller has of them.
struct Own {
    places: Arc<Semaphore>,
    /// Who holds or waits.
    users: usize,
}

/// A place, free again when it is dropped.
pub struct Place {
    _all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    _user: User,
}

/// Somebody who holds or waits: the last of a caller's forgets the caller.
struct User {
    own: Arc<Mutex<HashMap<Counted, Own>>>,
    who: Counted,
}

impl Drop for User {
    fn drop(&mut self) {
        let mut own = lock(&self.own);
        if let Some(caller) = own.get_mut(&self.who) {
            caller.users = caller.users.saturating_sub(1);
            if caller.users == 0 {
                own.remove(&self.who);
            }
        }
    }
}

fn lock(own: &Mutex<HashMap<Counted, Own>>) -> MutexGuard<'_, HashMap<Counted, Own>> {
    own.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Examiners {
    /// So many places, of which one caller has half at most; never fewer than two, so that there is one for another.
    #[must_use]
    pub fn new(places: usize) -> Self {
        let places = places.max(2);
        Self { all: Arc::new(Semaphore::new(places)), each: places / 2, own: Arc::default() }
    }

    /// Waits for a place: first behind the caller's own files, then behind everybody's.
    ///
    /// # Errors
    /// Nothing was free in time: of the caller's own places, or of all.
    pub async fn enter(&self, who: Counted, until: Instant) -> Result<Place, Full> {
        let (places, user) = self.user(who);
        let own = timeout_at(until.into(), places.acquire_owned()).await;
        let Ok(Ok(own)) = own else { return Err(Full::Caller) };
        let all = timeout_at(until.into(), Arc::clone(&self.all).acquire_owned()).await;
        let Ok(Ok(all)) = all else { return Err(Full::All) };
        Ok(Place { _all: all, _own: own, _user: user })
    }

    fn user(&self, who: Counted) -> (Arc<Semaphore>, User) {
        let mut own = lock(&self.own);
        let caller = own.entry(who).or_insert_with(|| Own { places: Arc::new(Semaphore::new(self.each)), users: 0 });
        caller.users += 1;
        (Arc::clone(&caller.places), User { own: Arc::clone(&self.own), who })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(50)
    }

    fn full(came: Result<Place, Full>) -> Full {
        match came {
            Ok(_) => panic!("there was a place"),
            Err(full) => full,
        }
    }

    #[tokio::test]
    async fn one_caller_has_half_of_the_places_and_another_finds_one_at_once() {
        let (one, other) = (Counted::Account(1), Counted::Account(2));
        for (places, half) in [(1, 1), (2, 1), (3, 1), (8, 4)] {
            let examiners = Examiners::new(places);
            let mut held = Vec::new();
            for _ in 0..half {
                held.push(examiners.enter(one, soon()).await.ok().unwrap());
            }
            assert_eq!(full(examiners.enter(one, soon()).await), Full::Caller, "{places}");
            assert!(examiners.enter(other, soon()).await.is_ok(), "{places}");
            held.clear();
            assert!(lock(&examiners.own).is_empty(), "nobody is remembered");
        }
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_they_are_ready_to() {
        let examiners = Examiners::new(2);
        let _held = [
            examiners.enter(Counted::Account(1), soon()).await.ok().unwrap(),
            examiners.enter(Counted::Account(2), soon()).await.ok().unwrap(),
        ];
        assert_eq!(full(examiners.enter(Counted::Account(3), soon()).await), Full::All);
        assert_eq!(lock(&examiners.own).len(), 2);
    }

    #[tokio::test]
    async fn who_waits_comes_in_when_a_place_is_free() {
        let examiners = Arc::new(Examiners::new(2));
        let held = examiners.enter(Counted::Account(1), soon()).await.ok().unwrap();
        let waiting = tokio::spawn({
            let examiners = Arc::clone(&examiners);
            async move { examiners.enter(Counted::Account(1), Instant::now() + Duration::from_secs(30)).await.is_ok() }
        });
        tokio::task::yield_now().await;
        drop(held);
        assert!(waiting.await.unwrap());
    }
}
