//! The places for uploads: few, and the server's. Who has none is not kept waiting by who has several, nor by who takes his time: once every place
//! is taken, such an upload gives way, as long as its file is still arriving. Not for the bytes that are held, nor for their least speed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::budget::Full;
use crate::graphql::shares::Counted;

/// Uploads under way.
pub struct Uploads {
    places: usize,
    per_caller: usize,
    turn: Duration,
    under_way: Mutex<UnderWay>,
}

#[derive(Default)]
struct UnderWay {
    next: u64,
    /// By number, the oldest first.
    by_number: BTreeMap<u64, Upload>,
}

struct Upload {
    who: Counted,
    since: Instant,
    /// Until its file has arrived it may give way, and is told by this.
    arriving: Option<Arc<Notify>>,
}

/// A place among the uploads.
pub struct UploadPlace {
    uploads: Arc<Uploads>,
    number: u64,
    gives_way: Arc<Notify>,
}

impl Uploads {
    /// So many places, so many of them for one account, and how long a file may take to arrive once others wait.
    #[must_use]
    pub fn new(places: usize, per_caller: usize, turn: Duration) -> Arc<Self> {
        Arc::new(Self { places, per_caller, turn, under_way: Mutex::default() })
    }

    /// A place.
    ///
    /// # Errors
    /// [`Full::Caller`] when the caller has as many as he may, [`Full::All`] when all are taken and none gives way.
    pub fn enter(self: &Arc<Self>, who: Counted, now: Instant) -> Result<UploadPlace, Full> {
        let mut under_way = self.lock();
        let UnderWay { next, by_number } = &mut *under_way;
        let held = |by: Counted| by_number.values().filter(|upload| upload.who == by).count();
        if held(who) >= self.per_caller {
            return Err(Full::Caller);
        }
        if by_number.len() >= self.places {
            // Nobody gives way to an account that has as many places as he.
            let own = held(who);
            let is_second = |upload: &Upload| own == 0 && held(upload.who) > 1;
            let is_over = |upload: &Upload| held(upload.who) > own && now.saturating_duration_since(upload.since) >= self.turn;
            let arriving = || by_number.iter().filter(|(_, upload)| upload.arriving.is_some());
            // Of several of one account the youngest has the least to lose; then those that take longest.
            let second = arriving().rev().find(|(_, upload)| is_second(upload));
            let found = second.or_else(|| arriving().find(|(_, upload)| is_over(upload)));
            let number = found.map(|(number, _)| *number).ok_or(Full::All)?;
            if let Some(told) = by_number.remove(&number).and_then(|upload| upload.arriving) {
                told.notify_one();
            }
        }
        let (number, gives_way) = (*next, Arc::new(Notify::new()));
        *next += 1;
        by_number.insert(number, Upload { who, since: now, arriving: Some(Arc::clone(&gives_way)) });
        Ok(UploadPlace { uploads: Arc::clone(self), number, gives_way })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().by_number.len()
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UploadPlace {
    /// Ends when the place is another's.
    pub async fn given_way(&self) {
        self.gives_way.notified().await;
    }

    /// The file is here: the place is kept to the end. Answers whether it is still held.
    #[must_use]
    pub fn arrived(&self) -> bool {
        let mut under_way = self.uploads.lock();
        let upload = under_way.by_number.get_mut(&self.number);
        upload.map(|upload| upload.arriving = None).is_some()
    }
}

impl Drop for UploadPlace {
    fn drop(&mut self) {
        self.uploads.lock().by_number.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURN: Duration = Duration::from_secs(60);

    fn account(id: i64) -> Counted {
        Counted::Account(id)
    }

    fn enter(uploads: &Arc<Uploads>, id: i64, now: Instant) -> UploadPlace {
        uploads.enter(account(id), now).unwrap_or_else(|_| panic!("a place for {id}"))
    }

    #[test]
    fn an_account_with_several_places_gives_one_to_an_account_without() {
        let (uploads, now) = (Uploads::new(4, 2, TURN), Instant::now());
        let held: Vec<_> = [1, 1, 2, 2].map(|id| enter(&uploads, id, now)).into();
        assert!(matches!(uploads.enter(account(1), now), Err(Full::Caller)));
        let third = enter(&uploads, 3, now);
        assert_eq!((uploads.count(), held[2].arrived(), held[3].arrived()), (4, true, false));
        assert!(matches!(uploads.enter(account(3), now), Err(Full::All)), "who has one takes no second from others");
        drop(held);
        assert_eq!(uploads.count(), 1, "who gave way takes nothing with him");
        assert!(third.arrived());
    }

    #[test]
    fn who_takes_longer_than_his_turn_gives_way_once_others_wait_and_not_when_his_file_is_there() {
        let (uploads, began) = (Uploads::new(2, 1, TURN), Instant::now());
        let (first, second) = (enter(&uploads, 1, began), enter(&uploads, 2, began));
        let soon = began + TURN / 2;
        assert!(matches!(uploads.enter(account(3), soon), Err(Full::All)));
        assert!(first.arrived());
        let third = enter(&uploads, 3, began + TURN);
        assert_eq!((first.arrived(), second.arrived()), (true, false));
        assert!(matches!(uploads.enter(account(4), began + TURN), Err(Full::All)));
        assert!(third.arrived());
    }

    #[test]
    fn a_second_gives_way_before_a_late_one_and_nobody_to_who_has_as_many() {
        let (uploads, began) = (Uploads::new(3, 2, TURN), Instant::now());
        let slow = enter(&uploads, 1, began);
        let (first, second) = (enter(&uploads, 2, began + TURN), enter(&uploads, 2, began + TURN));
        let late = began + TURN * 2;
        let third = enter(&uploads, 3, late);
        assert_eq!((slow.arrived(), first.arrived(), second.arrived()), (true, true, false));
        assert!(matches!(uploads.enter(account(3), late + TURN * 2), Err(Full::All)), "who has one takes none of who has one");
        assert!(third.arrived());
    }
}
