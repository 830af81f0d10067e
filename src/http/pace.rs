//! The least speed at which bytes must move on a connection, either way. Not a time limit for the whole: what moves goes on as long as it
//! takes, and what stands still, or nearly, ends after the grace.

use std::time::{Duration, Instant};

/// A least speed, and how long it may be missed.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    bytes_per_s: u64,
    grace: Duration,
}

/// When a transfer under way is given up, unless more bytes move.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pace: Pace,
    until: Instant,
}

impl Pace {
    /// So many bytes a second, missed for so long at most.
    #[must_use]
    pub fn new(bytes_per_s: u64, grace_ms: u64) -> Self {
        Self { bytes_per_s: bytes_per_s.max(1), grace: Duration::from_millis(grace_ms) }
    }

    /// A transfer begins.
    #[must_use]
    pub fn begin(self, now: Instant) -> Patience {
        Patience { pace: self, until: now + self.grace }
    }
}

impl Patience {
    /// When it ends.
    #[must_use]
    pub fn until(&self) -> Instant {
        self.until
    }

    /// So many bytes moved: they earn the time that the least speed gives them, and never more than the grace from now on.
    pub fn moved(&mut self, bytes: usize, now: Instant) {
        let nanoseconds =
            u128::try_from(bytes).unwrap_or(u128::MAX).saturating_mul(1_000_000_000) / u128::from(self.pace.bytes_per_s);
        let earned = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX)).min(self.pace.grace);
        self.until = (self.until + earned).min(now + self.pace.grace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasts(bytes: usize, every: Duration, for_at_most: Duration) -> Option<Duration> {
        let began = Instant::now();
        let mut patience = Pace::new(1_000, 5_000).begin(began);
        let mut now = began;
        while now < patience.until() {
            now += every;
            if now >= began + for_at_most {
                return None;
            }
            if now < patience.until() {
                patience.moved(bytes, now);
            }
        }
        Some(patience.until() - began)
    }

    #[test]
    fn what_moves_fast_enough_goes_on_however_long_it_takes() {
        assert_eq!(lasts(1_000, Duration::from_secs(1), Duration::from_secs(86_400)), None);
        assert_eq!(lasts(4_500, Duration::from_secs(4), Duration::from_secs(86_400)), None);
    }

    #[test]
    fn what_trickles_ends_soon_after_the_grace() {
        let lasted = lasts(10, Duration::from_secs(1), Duration::from_secs(86_400)).unwrap();
        assert!(lasted < Duration::from_secs(6), "{lasted:?}");
    }

    #[test]
    fn a_fast_start_earns_no_long_sleep() {
        let began = Instant::now();
        let mut patience = Pace::new(1_000, 5_000).begin(began);
        patience.moved(60_000_000, began + Duration::from_secs(1));
        assert_eq!(patience.until(), began + Duration::from_secs(6));
    }
}
