//! The throttle of failed logins, per account and per address. An attempt counts before its password is hashed, so that many at once do not
//! slip through. In memory and bounded: each process counts for itself, and a restart forgets.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{NaiveDateTime, TimeDelta};

/// How many failures are too many.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThrottleSettings {
    /// Failures of one account within the window.
    pub per_account: u32,
    /// Failures from one address within the window: a préfecture may share one.
    pub per_address: u32,
    /// The window, minutes, from the first failure on.
    pub window_minutes: i64,
    /// Accounts and addresses remembered, at most; beyond it the oldest are forgotten.
    pub remembered: usize,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self { per_account: 5, per_address: 50, window_minutes: 15, remembered: 20_000 }
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(String),
}

#[derive(Clone, Copy)]
struct Count {
    since: NaiveDateTime,
    failures: u32,
}

/// Too many failures; may be tried again after that many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub i64);

/// Counts failures.
pub struct Throttle {
    settings: ThrottleSettings,
    counts: Mutex<HashMap<Key, Count>>,
}

impl Throttle {
    /// A throttle that has seen nothing.
    #[must_use]
    pub fn new(mut settings: ThrottleSettings) -> Self {
        settings.remembered = settings.remembered.max(16);
        Self { settings, counts: Mutex::new(HashMap::new()) }
    }

    /// Counts an attempt as failed until [`succeeded`](Self::succeeded) says otherwise.
    ///
    /// # Errors
    /// [`RetryAfter`] when there were too many before; then it does not count.
    pub fn attempt(&self, account: &str, address: &str, now: NaiveDateTime) -> Result<(), RetryAfter> {
        let window = TimeDelta::minutes(self.settings.window_minutes);
        let mut counts = self.counts();
        let keys = [
            (Key::Account(account.to_owned()), self.settings.per_account),
            (Key::Address(address.to_owned()), self.settings.per_address),
        ];
        for (key, most) in &keys {
            if let Some(count) = counts.get(key)
                && now < count.since + window
                && count.failures >= *most
            {
                return Err(RetryAfter((count.since + window - now).num_seconds().max(1)));
            }
        }
        for (key, _) in keys {
            self.make_room(&mut counts, &key, now, window);
            let count = counts.entry(key).or_insert(Count { since: now, failures: 0 });
            if now >= count.since + window {
                *count = Count { since: now, failures: 0 };
            }
            count.failures = count.failures.saturating_add(1);
        }
        Ok(())
    }

    /// The attempt was right after all: the account starts anew, and the address gets this one back.
    pub fn succeeded(&self, account: &str, address: &str) {
        let mut counts = self.counts();
        counts.remove(&Key::Account(account.to_owned()));
        if let Some(count) = counts.get_mut(&Key::Address(address.to_owned())) {
            count.failures = count.failures.saturating_sub(1);
        }
    }

    fn make_room(&self, counts: &mut HashMap<Key, Count>, key: &Key, now: NaiveDateTime, window: TimeDelta) {
        if counts.len() < self.settings.remembered || counts.contains_key(key) {
            return;
        }
        counts.retain(|_, count| now < count.since + window);
        // Still full: an eighth goes, the oldest first, so that a flood does not pay for this at each attempt.
        if counts.len() >= self.settings.remembered {
            let mut ages: Vec<NaiveDateTime> = counts.values().map(|count| count.since).collect();
            let (_, bound, _) = ages.select_nth_unstable(self.settings.remembered / 8);
            let bound = *bound;
            let mut spare = self.settings.remembered / 8 + 1;
            counts.retain(|_, count| {
                let goes = spare > 0 && count.since <= bound;
                spare -= usize::from(goes);
                !goes
            });
        }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Key, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn noon() -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2010, 6, 1).unwrap().and_hms_opt(12, 0, 0).unwrap()
    }

    #[test]
    fn an_account_waits_after_too_many_failures_and_only_so_long() {
        let throttle = Throttle::new(ThrottleSettings { per_account: 2, ..ThrottleSettings::default() });
        assert_eq!(throttle.attempt("a", "1", noon()), Ok(()));
        assert_eq!(throttle.attempt("a", "2", noon()), Ok(()));
        assert_eq!(throttle.attempt("a", "3", noon() + TimeDelta::minutes(1)), Err(RetryAfter(14 * 60)));
        assert_eq!(throttle.attempt("b", "3", noon()), Ok(()));
        assert_eq!(throttle.attempt("a", "3", noon() + TimeDelta::minutes(15)), Ok(()));
    }

    #[test]
    fn an_address_waits_whatever_names_it_tries() {
        let throttle = Throttle::new(ThrottleSettings { per_address: 2, ..ThrottleSettings::default() });
        assert!(throttle.attempt("a", "1", noon()).is_ok());
        assert!(throttle.attempt("b", "1", noon()).is_ok());
        assert!(throttle.attempt("c", "1", noon()).is_err());
        assert!(throttle.attempt("c", "2", noon()).is_ok());
    }

    #[test]
    fn a_success_clears_the_account() {
        let throttle = Throttle::new(ThrottleSettings { per_account: 2, ..ThrottleSettings::default() });
        for _ in 0..10 {
            assert!(throttle.attempt("a", "1", noon()).is_ok());
            throttle.succeeded("a", "1");
        }
    }

    #[test]
    fn a_flood_of_names_takes_no_more_memory_than_it_may() {
        let throttle = Throttle::new(ThrottleSettings { remembered: 80, ..ThrottleSettings::default() });
        for number in 0..10_000 {
            let _ = throttle.attempt(&number.to_string(), &number.to_string(), noon());
        }
        assert!(throttle.counts().len() <= 80);
    }
}
