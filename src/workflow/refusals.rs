//! The tally of refusals: the first of its kind is written at once, those that repeat it within the window become one entry with a count.
//! In memory and bounded, so that nobody fills the audit by being refused.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{NaiveDateTime, TimeDelta};

use crate::store::audit::{Category, Chain, NewEntry};

/// Kinds of refusals that are told apart at once, at most.
const MOST: usize = 4_096;
/// Subjects that one actor is refused at once, each with an entry of its own, at most.
const MOST_PER_ACTOR: usize = 32;
/// What stands for the rest.
const SEVERAL: &str = "several";

/// Refusals of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub chain: Chain,
    pub category: Category,
    pub actor: String,
    pub act: String,
    pub subject: String,
    pub outcome: String,
}

impl Kind {
    fn entry(&self, at: NaiveDateTime, detail: &str) -> NewEntry {
        NewEntry::of(&self.chain, self.category, at, &self.actor, &self.act, &self.subject, &self.outcome, detail)
    }
}

struct Slot {
    since: NaiveDateTime,
    last: NaiveDateTime,
    repeats: u64,
}

/// The tally.
#[derive(Default)]
pub struct Refusals {
    slots: Mutex<HashMap<Kind, Slot>>,
    unwritten: Mutex<Vec<NewEntry>>,
}

impl Refusals {
    /// Counts a refusal; answers the entries that are to be written now: this one unless it repeats another, and the counts of kinds whose
    /// window is over.
    pub(super) fn note(&self, mut kind: Kind, detail: &str, now: NaiveDateTime, window: TimeDelta) -> Vec<NewEntry> {
        let mut slots = self.slots();
        let mut due = settle(&mut slots, now, |slot| now >= slot.since + window);
        if !slots.contains_key(&kind) {
            let crowded = slots.len() >= MOST;
            if crowded || slots.keys().filter(|other| other.actor == kind.actor).count() >= MOST_PER_ACTOR {
                kind.subject = SEVERAL.to_owned();
            }
            if crowded {
                kind.actor = SEVERAL.to_owned();
            }
        }
        match slots.get_mut(&kind) {
            Some(slot) => {
                slot.repeats = slot.repeats.saturating_add(1);
                slot.last = now;
            }
            None => {
                due.push(kind.entry(now, detail));
                slots.insert(kind, Slot { since: now, last: now, repeats: 0 });
            }
        }
        due
    }

    /// The counts of kinds whose window is over, or of all when the server stops.
    pub(super) fn flush(&self, now: NaiveDateTime, window: TimeDelta, all: bool) -> Vec<NewEntry> {
        settle(&mut self.slots(), now, |slot| all || now >= slot.since + window)
    }

    /// Takes back entries that could not be written: they are due again when anything is. Answers how many had to be given up.
    pub(super) fn take_back(&self, entries: Vec<NewEntry>) -> usize {
        let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST.saturating_sub(unwritten.len());
        let lost = entries.len().saturating_sub(room);
        unwritten.extend(entries.into_iter().take(room));
        lost
    }

    /// The entries that were taken back.
    pub(super) fn unwritten(&self) -> Vec<NewEntry> {
        std::mem::take(&mut self.unwritten.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Kind, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn settle(slots: &mut HashMap<Kind, Slot>, now: NaiveDateTime, over: impl Fn(&Slot) -> bool) -> Vec<NewEntry> {
    let mut due = Vec::new();
    slots.retain(|kind, slot| {
        if !over(slot) {
            return true;
        }
        if slot.repeats > 0 {
            let detail = format!("{} more between {}Z and {}Z", slot.repeats, stamp(slot.since), stamp(slot.last));
            due.push(kind.entry(now, &detail));
        }
        false
    });
    due
}

fn stamp(at: NaiveDateTime) -> impl std::fmt::Display {
    at.format("%Y-%m-%dT%H:%M:%S")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn what_could_not_be_written_is_due_again_within_bounds() {
        let refusals = Refusals::default();
        let now = NaiveDate::from_ymd_opt(2010, 6, 1).unwrap().and_hms_opt(12, 0, 0).unwrap();
        let chain = Chain::Nation;
        let entry = || NewEntry::of(&chain, Category::Access, now, "anonymous", "login", "account", "UNAUTHENTICATED", "");
        assert_eq!(refusals.take_back(vec![entry(), entry()]), 0);
        assert_eq!(refusals.unwritten().len(), 2);
        assert_eq!(refusals.unwritten().len(), 0);
        assert_eq!(refusals.take_back((0..MOST + 3).map(|_| entry()).collect()), 3);
    }

    fn noon() -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2010, 6, 1).unwrap().and_hms_opt(12, 0, 0).unwrap()
    }

    fn kind(actor: &str, subject: &str) -> Kind {
        Kind {
            chain: Chain::Nation,
            category: Category::Access,
            actor: actor.to_owned(),
            act: "login".to_owned(),
            subject: subject.to_owned(),
            outcome: "UNAUTHENTICATED".to_owned(),
        }
    }

    #[test]
    fn repeated_refusals_are_one_entry_with_a_count() {
        let (refusals, window) = (Refusals::default(), TimeDelta::minutes(5));
        assert_eq!(refusals.note(kind("a", "x"), "no", noon(), window).len(), 1);
        for second in 1..100 {
            assert!(refusals.note(kind("a", "x"), "no", noon() + TimeDelta::seconds(second), window).is_empty());
        }
        assert!(refusals.flush(noon() + TimeDelta::minutes(4), window, false).is_empty());
        let due = refusals.flush(noon() + TimeDelta::minutes(5), window, false);
        assert_eq!(due.len(), 1);
        assert!(format!("{:?}", due[0]).contains("99 more between 2010-06-01T12:00:00Z and 2010-06-01T12:01:39Z"));
        assert!(refusals.flush(noon() + TimeDelta::minutes(9), window, true).is_empty());
    }

    #[test]
    fn one_actor_cannot_fill_the_audit_with_subjects() {
        let (refusals, window) = (Refusals::default(), TimeDelta::minutes(5));
        let written: usize =
            (0..1_000).map(|number| refusals.note(kind("a", &number.to_string()), "no", noon(), window).len()).sum();
        assert_eq!(written, MOST_PER_ACTOR + 1);
        assert_eq!(refusals.note(kind("b", "x"), "no", noon(), window).len(), 1);
    }

    #[test]
    fn many_actors_cannot_fill_the_memory() {
        let (refusals, window) = (Refusals::default(), TimeDelta::minutes(5));
        for number in 0..10_000 {
            refusals.note(kind(&number.to_string(), "x"), "no", noon(), window);
        }
        assert!(refusals.slots().len() <= MOST + 1);
    }
}
