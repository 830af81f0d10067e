//! The throttle of failed logins, per account and per address. An attempt counts before its password is hashed, so that many at once do not
//! slip through. An address from which the account signed in before counts for itself, so that strangers' failures do not lock its people out.
//! In memory and bounded: each process counts for itself, and a restart forgets.

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
    /// Strangers' attempts at an account.
    Account(String),
    /// Attempts at an account from one address that it signed in from before.
    Familiar(String, String),
    /// All attempts from an address.
    Address(String),
}

/// Somebody who tries to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// At which account, by a mark of the name that was typed: whether there is one makes no difference.
    pub account: &'a str,
    /// From where.
    pub address: &'a str,
    /// Whether the account signed in from there before.
    pub familiar: bool,
    /// When an operator lifted the account's waiting time: what failed before does not count.
    pub unlocked_at: Option<NaiveDateTime>,
}

impl Attempt<'_> {
    fn account_key(&self) -> Key {
        if self.familiar {
            Key::Familiar(self.account.to_owned(), self.address.to_owned())
        } else {
            Key::Account(self.account.to_owned())
        }
    }
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
    pub fn attempt(&self, attempt: &Attempt<'_>, now: NaiveDateTime) -> Result<(), RetryAfter> {
        let window = TimeDelta::minutes(self.settings.window_minutes);
        let mut counts = self.counts();
        let account = attempt.account_key();
        if let Some(unlocked_at) = attempt.unlocked_at
            && counts.get(&account).is_some_and(|count| count.since <= unlocked_at)
        {
            counts.remove(&account);
        }
        // The address is held to its own bound for strangers only: who was let in from there, or was just unlocked, has the account's.
        let lifted = attempt.familiar || attempt.unlocked_at.is_some_and(|at| now < at + window);
        let address = Key::Address(attempt.address.to_owned());
        let keys = [(account, self.settings.per_account), (address, if lifted { u32::MAX } else { self.settings.per_address })];
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
    pub fn succeeded(&self, attempt: &Attempt<'_>) {
        let mut counts = self.counts();
        counts.remove(&attempt.account_key());
        if let Some(count) = counts.get_mut(&Key::Address(attempt.address.to_owned())) {
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

    fn stranger<'a>(account: &'a str, address: &'a str) -> Attempt<'a> {
        Attempt { account, address, familiar: false, unlocked_at: None }
    }

    #[test]
    fn an_account_waits_after_too_many_failures_and_only_so_long() {
        let throttle = Throttle::new(ThrottleSettings { per_account: 2, ..ThrottleSettings::default() });
        assert_eq!(throttle.attempt(&stranger("a", "1"), noon()), Ok(()));
        assert_eq!(throttle.attempt(&stranger("a", "2"), noon()), Ok(()));
        assert_eq!(throttle.attempt(&stranger("a", "3"), noon() + TimeDelta::minutes(1)), Err(RetryAfter(14 * 60)));
        assert_eq!(throttle.attempt(&stranger("b", "3"), noon()), Ok(()));
        assert_eq!(throttle.attempt(&stranger("a", "3"), noon() + TimeDelta::minutes(15)), Ok(()));
    }

    #[test]
    fn an_address_waits_whatever_names_it_tries() {
        let throttle = Throttle::new(ThrottleSettings { per_address: 2, ..ThrottleSettings::default() });
        assert!(throttle.attempt(&stranger("a", "1"), noon()).is_ok());
        assert!(throttle.attempt(&stranger("b", "1"), noon()).is_ok());
        assert!(throttle.attempt(&stranger("c", "1"), noon()).is_err());
        assert!(throttle.attempt(&stranger("c", "2"), noon()).is_ok());
    }

    #[test]
    fn strangers_do_not_lock_out_who_comes_from_a_familiar_address() {
        let throttle = Throttle::new(ThrottleSettings { per_account: 2, per_address: 3, ..ThrottleSettings::default() });
        for _ in 0..9 {
            let _ = throttle.attempt(&stranger("a", "1"), noon());
        }
        let known = Attempt { familiar: true, ..stranger("a", "2") };
        assert!(throttle.attempt(&stranger("a", "2"), noon()).is_err());
        assert!(throttle.attempt(&known, noon()).is_ok());
        // It is held to the account's bound, itself alone.
        assert!(throttle.attempt(&known, noon()).is_ok());
        assert!(throttle.attempt(&known, noon()).is_err());
        assert!(throttle.attempt(&Attempt { familiar: true, ..stranger("a", "3") }, noon()).is_ok());
    }

    #[test]
    fn what_failed_before_an_account_was_unlocked_does_not_count() {
        let throttle = Throttle::new(ThrottleSettings { per_account: 2, per_address: 2, ..ThrottleSettings::default() });
        for _ in 0..3 {
            let _ = throttle.attempt(&stranger("a", "1"), noon());
        }
        let unlocked = Attempt { unlocked_at: Some(noon() + TimeDelta::minutes(1)), ..stranger("a", "1") };
        assert!(throttle.attempt(&unlocked, noon() + TimeDelta::minutes(2)).is_ok());
        assert!(throttle.attempt(&unlocked, noon() + TimeDelta::minutes(2)).is_ok());
        assert!(throttle.attempt(&unlocked, noon() + TimeDelta::minutes(2)).is_err(), "once, not for ever");
        assert!(throttle.attempt(&stranger("b", "1"), noon() + TimeDelta::minutes(2)).is_err(), "no other account");
    }

    #[test]
    fn a_success_clears_the_account() {
        let throttle = Throttle::new(ThrottleSettings { per_account: 2, ..ThrottleSettings::default() });
        for _ in 0..10 {
            assert!(throttle.attempt(&stranger("a", "1"), noon()).is_ok());
            throttle.succeeded(&stranger("a", "1"));
        }
    }

    #[test]
    fn a_flood_of_names_takes_no_more_memory_than_it_may() {
        let throttle = Throttle::new(ThrottleSettings { remembered: 80, ..ThrottleSettings::default() });
        for number in 0..10_000 {
            let name = number.to_string();
            let _ = throttle.attempt(&stranger(&name, &name), noon());
        }
        assert!(throttle.counts().len() <= 80);
    }
}
