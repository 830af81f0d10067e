//! A token bucket in one number: when it would be full again. Taking from it is one exchange of that number, without a lock. Not for whose
//! bucket it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How fast buckets fill, and how much they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Nanoseconds in which one unit comes back.
    each: u64,
    /// Nanoseconds in which an empty bucket is full.
    whole: u64,
}

impl Rate {
    /// So many units a second, and so many that may be taken at once. None where there is no limit: at 0.
    #[must_use]
    pub fn new(per_s: u64, burst: u64) -> Option<Self> {
        let each = 1_000_000_000_u64.checked_div(per_s)?.max(1);
        Some(Self { each, whole: each.saturating_mul(burst.max(1)) })
    }
}

/// What somebody may take. A new one is full.
#[derive(Debug, Default)]
pub struct Bucket(AtomicU64);

impl Bucket {
    /// Takes so many units, `now` being counted from any fixed moment.
    ///
    /// # Errors
    /// How long to wait until there are as many; then nothing is taken.
    pub fn take(&self, rate: Rate, units: u64, now: Duration) -> Result<(), Duration> {
        let (now, cost) = (nanoseconds(now), rate.each.saturating_mul(units));
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            let full_at = full_at.max(now).saturating_add(cost);
            (full_at - now <= rate.whole).then_some(full_at)
        });
        taken.map(|_| ()).map_err(|full_at| Duration::from_nanos(full_at.max(now).saturating_add(cost) - now - rate.whole))
    }

    /// Takes what was used already, even where there is not as much.
    pub fn charge(&self, rate: Rate, units: u64, now: Duration) {
        let (now, cost) = (nanoseconds(now), rate.each.saturating_mul(units));
        // The closure always gives a value.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| Some(full_at.max(now).saturating_add(cost)));
    }

    /// Gives back what was taken in vain, in thousandths of a unit.
    pub fn give_back(&self, rate: Rate, thousandths: u64) {
        let back = rate.each / 1_000 * thousandths;
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| Some(full_at.saturating_sub(back)));
    }
}

/// The moment from which buckets count: the process' first question.
#[must_use]
pub fn now() -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(100);

    #[test]
    fn a_burst_goes_through_and_what_is_beyond_waits_for_its_turn() {
        let (bucket, rate) = (Bucket::default(), Rate::new(10, 3).unwrap());
        for _ in 0..3 {
            assert_eq!(bucket.take(rate, 1, START), Ok(()));
        }
        let wait = bucket.take(rate, 1, START).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        assert_eq!(bucket.take(rate, 1, START + wait), Ok(()));
        assert!(bucket.take(rate, 1, START + wait).is_err());
        // Whoever was refused loses nothing by it, and a full bucket holds no more than its burst.
        for _ in 0..3 {
            assert_eq!(bucket.take(rate, 1, START + Duration::from_secs(50)), Ok(()));
        }
        assert!(bucket.take(rate, 1, START + Duration::from_secs(50)).is_err());
    }

    #[test]
    fn what_was_used_is_owed_and_what_was_taken_in_vain_comes_back() {
        let (bucket, rate) = (Bucket::default(), Rate::new(1, 1).unwrap());
        bucket.charge(rate, 5, START);
        assert_eq!(bucket.take(rate, 1, START), Err(Duration::from_secs(5)));
        bucket.give_back(rate, 5_000);
        assert_eq!(bucket.take(rate, 1, START), Ok(()));
        assert_eq!(Rate::new(0, 5), None);
    }
}
