//! The tally of refusals: the first of its kind is written at once, those that repeat it within the window become one entry with a count. In
//! memory and bounded actor by actor, so that nobody fills the audit by being refused, and nobody hides in it who is refused beside them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{NaiveDateTime, TimeDelta};

use crate::store::audit::{Category, Chain, NewEntry};

/// Kinds of refusals that are told apart at once, beside those that every actor has a right to.
const MOST: usize = 16_384;
/// Kinds on plans and national acts that one actor is refused at once, each with an entry of its own, at most.
const MOST_PER_ACTOR: usize = 32;
/// The same on accounts, grants, tokens and sessions: far more, so that an attempt at rights stands by itself.
const MOST_ON_ACCESS: usize = 1_000;
/// Attempts at rights that one actor is remembered for at once: the same again is counted on the first.
const MOST_ESCALATING: usize = 256;
/// Kinds of each sort that every actor may have, whatever others do.
const EVERYBODY_S: usize = 8;
/// What stands for the rest.
const SEVERAL: &str = "several";
/// Refusals of a crowd that its count names.
const SAMPLES: usize = 3;

/// Refusals of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub chain: Chain,
    pub category: Category,
    pub act: String,
    pub subject: String,
    pub outcome: String,
    /// Tells kinds apart that read the same. Never written.
    pub mark: String,
    /// Whether it was an attempt at rights for oneself, or at those of administrators: never counted with others.
    pub escalates: bool,
}

impl Kind {
    fn entry(&self, actor: &str, at: NaiveDateTime, detail: &str) -> NewEntry {
        NewEntry::of(&self.chain, self.category, at, actor, &self.act, &self.subject, &self.outcome, detail)
    }

    fn on_access(&self) -> bool {
        self.category == Category::Access
    }

    /// The kind under which it is counted with others of its actor, once that has too many of its own. Acts on accounts stay apart, by act.
    fn crowd(&self) -> Self {
        let several = || SEVERAL.to_owned();
        let (mark, subject, escalates) = (String::new(), several(), false);
        if self.on_access() {
            return Self { subject, mark, escalates, ..self.clone() };
        }
        let (chain, category) = (Chain::Nation, Category::National);
        Self { chain, category, act: several(), subject, outcome: self.outcome.clone(), mark, escalates }
    }
}

struct Slot {
    since: NaiveDateTime,
    last: NaiveDateTime,
    repeats: u64,
    /// Some of what was counted, where that is of several kinds.
    samples: Vec<String>,
}

/// The tally.
#[derive(Default)]
pub struct Refusals {
    slots: Mutex<Slots>,
    unwritten: Mutex<Vec<NewEntry>>,
}

/// What each actor was refused of late. There are no more actors than accounts and tokens, and nobody.
#[derive(Default)]
struct Slots {
    actors: BTreeMap<String, HashMap<Kind, Slot>>,
    count: usize,
    /// When the first window ends, if any is open.
    earliest: Option<NaiveDateTime>,
}

impl Slots {
    /// Takes out the slots that are over; answers the counts that are due.
    fn settle(&mut self, now: NaiveDateTime, window: TimeDelta, all: bool) -> Vec<NewEntry> {
        let mut due = Vec::new();
        if !all && self.earliest.is_none_or(|earliest| now < earliest) {
            return due;
        }
        let mut earliest: Option<NaiveDateTime> = None;
        self.actors.retain(|actor, kinds| {
            kinds.retain(|kind, slot| {
                let ends = slot.since + window;
                if !all && now < ends {
                    earliest = Some(earliest.map_or(ends, |found| found.min(ends)));
                    return true;
                }
                if slot.repeats > 0 {
                    due.push(kind.entry(actor, now, &slot.told()));
                }
                false
            });
            !kinds.is_empty()
        });
        self.count = self.actors.values().map(HashMap::len).sum();
        self.earliest = earliest;
        due
    }
}

impl Slot {
    fn told(&self) -> String {
        let count = format!("{} more between {}Z and {}Z", self.repeats, stamp(self.since), stamp(self.last));
        if self.samples.is_empty() { count } else { format!("{count}, among them {}", self.samples.join("; ")) }
    }
}

impl Refusals {
    /// Counts a refusal of an actor; answers the entries that are to be written now: this one unless it repeats another, and the counts of kinds
    /// whose window is over.
    pub(super) fn note(&self, actor: &str, kind: Kind, detail: &str, now: NaiveDateTime, window: TimeDelta) -> Vec<NewEntry> {
        let mut guard = self.slots();
        let slots = &mut *guard;
        let mut due = slots.settle(now, window, false);
        let is_full = slots.count >= MOST;
        let kinds = slots.actors.entry(actor.to_owned()).or_default();
        let crowded = !kinds.contains_key(&kind) && {
            let alike =
                kinds.keys().filter(|other| other.on_access() == kind.on_access() && other.escalates == kind.escalates).count();
            let most = if kind.on_access() { MOST_ON_ACCESS } else { MOST_PER_ACTOR };
            alike >= if is_full { EVERYBODY_S } else { most }
        };
        // Among however many others it stands by itself; of these, the one that was met longest ago is forgotten.
        let crowded = crowded && !kind.escalates;
        if kind.escalates && !kinds.contains_key(&kind) {
            let others = || kinds.iter().filter(|(other, _)| other.escalates);
            let oldest = others().min_by_key(|(_, slot)| slot.last).map(|(other, _)| other.clone());
            if others().count() >= MOST_ESCALATING
                && let Some(oldest) = oldest
                && let Some(slot) = kinds.remove(&oldest)
            {
                slots.count -= 1;
                if slot.repeats > 0 {
                    due.push(oldest.entry(actor, now, &slot.told()));
                }
            }
        }
        let sample = crowded.then(|| format!("{} {}", kind.act, kind.subject));
        let kind = if crowded { kind.crowd() } else { kind };
        match kinds.get_mut(&kind) {
            Some(slot) => {
                slot.repeats = slot.repeats.saturating_add(1);
                slot.last = now;
                if let Some(sample) = sample.filter(|sample| slot.samples.len() < SAMPLES && !slot.samples.contains(sample)) {
                    slot.samples.push(sample);
                }
            }
            None => {
                let detail = sample.map_or_else(|| detail.to_owned(), |sample| format!("{sample}: {detail}"));
                due.push(kind.entry(actor, now, &detail));
                kinds.insert(kind, Slot { since: now, last: now, repeats: 0, samples: Vec::new() });
                slots.count += 1;
                let ends = now + window;
                slots.earliest = Some(slots.earliest.map_or(ends, |earliest| earliest.min(ends)));
            }
        }
        due
    }

    /// The counts of kinds whose window is over, or of all when the server stops.
    pub(super) fn flush(&self, now: NaiveDateTime, window: TimeDelta, all: bool) -> Vec<NewEntry> {
        self.slots().settle(now, window, all)
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

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    fn kind(category: Category, act: &str, subject: &str) -> Kind {
        Kind {
            chain: Chain::Nation,
            category,
            act: act.to_owned(),
            subject: subject.to_owned(),
            outcome: "FORBIDDEN".to_owned(),
            mark: String::new(),
            escalates: false,
        }
    }

    const WINDOW: TimeDelta = TimeDelta::minutes(5);

    #[test]
    fn repeated_refusals_are_one_entry_with_a_count() {
        let refusals = Refusals::default();
        let login = || kind(Category::Access, "login", "x");
        assert_eq!(refusals.note("a", login(), "no", noon(), WINDOW).len(), 1);
        for second in 1..100 {
            assert!(refusals.note("a", login(), "no", noon() + TimeDelta::seconds(second), WINDOW).is_empty());
        }
        assert!(refusals.flush(noon() + TimeDelta::minutes(4), WINDOW, false).is_empty());
        let due = refusals.flush(noon() + TimeDelta::minutes(5), WINDOW, false);
        assert_eq!(due.len(), 1);
        assert!(format!("{:?}", due[0]).contains("99 more between 2010-06-01T12:00:00Z and 2010-06-01T12:01:39Z"));
        assert!(refusals.flush(noon() + TimeDelta::minutes(9), WINDOW, true).is_empty());
    }

    #[test]
    fn one_actor_cannot_fill_the_audit_with_subjects() {
        let refusals = Refusals::default();
        let plan = |subject: &str| kind(Category::Plan, "openRevision", subject);
        let written: usize =
            (0..1_000).map(|number| refusals.note("a", plan(&number.to_string()), "no", noon(), WINDOW).len()).sum();
        assert_eq!(written, MOST_PER_ACTOR + 1);
        assert_eq!(refusals.note("b", plan("x"), "no", noon(), WINDOW).len(), 1);
        let counted = format!("{:?}", refusals.flush(noon(), WINDOW, true));
        assert!(counted.contains("967 more between") && counted.contains("among them openRevision 33"), "{counted}");
    }

    #[test]
    fn a_flood_of_two_accounts_hides_nobody_and_no_attempt_at_rights() {
        let refusals = Refusals::default();
        for number in 0..20_000 {
            let (chain, act) = (["13", "75"][number % 2].parse().map(Chain::Department).unwrap(), format!("act{}", number % 500));
            for actor in ["a", "b"] {
                let flood = Kind { chain: chain.clone(), ..kind(Category::Plan, &act, &number.to_string()) };
                refusals.note(actor, flood, "no", noon(), WINDOW);
                refusals.note(actor, kind(Category::Access, "query", &number.to_string()), "no", noon(), WINDOW);
            }
        }
        for (actor, act, category) in
            [("a", "grantRole", Category::Access), ("c", "openRevision", Category::Plan), ("c", "createUser", Category::Access)]
        {
            let due = format!("{:?}", refusals.note(actor, kind(category, act, "temoin"), "no", noon(), WINDOW));
            assert!(due.contains(&format!("actor: {actor:?}")), "{due}");
            assert!(due.contains(act) && due.contains("temoin"), "{due}");
        }
    }

    #[test]
    fn an_attempt_at_administrators_rights_stands_by_itself_after_any_number_of_others() {
        let refusals = Refusals::default();
        let grant = |subject: &str, escalates| Kind { escalates, ..kind(Category::Access, "grantRole", subject) };
        for number in 0..20_000 {
            refusals.note("a", grant(&format!("account {number}: PREFECT"), false), "no", noon(), WINDOW);
        }
        let count = refusals.slots().count;
        for number in 0..1_000 {
            let subject = format!("account {number}: ADMINISTRATOR");
            let due = format!("{:?}", refusals.note("a", grant(&subject, true), "no", noon(), WINDOW));
            assert!(due.contains(&subject), "{due}");
            assert!(refusals.note("a", grant(&subject, true), "no", noon(), WINDOW).is_empty(), "the same again is counted");
        }
        assert_eq!(refusals.slots().count, count + MOST_ESCALATING, "it takes bounded memory");
        // One that nobody hides is counted as others are: the same again is no second entry.
        assert_eq!(refusals.note("b", grant("account b: PREFECT", true), "no", noon(), WINDOW).len(), 1);
        assert!(refusals.note("b", grant("account b: PREFECT", true), "no", noon(), WINDOW).is_empty());
    }

    #[test]
    fn many_actors_cannot_fill_the_memory() {
        let refusals = Refusals::default();
        for number in 0..10_000 {
            for subject in ["x", "y", "z"] {
                let due = refusals.note(&number.to_string(), kind(Category::Plan, "openRevision", subject), "no", noon(), WINDOW);
                assert!(format!("{due:?}").contains(&format!("actor: \"{number}\"")), "everybody is named");
            }
        }
        for subject in 0..100 {
            refusals.note("late", kind(Category::Plan, "openRevision", &subject.to_string()), "no", noon(), WINDOW);
        }
        assert!(refusals.slots().count <= 30_000 + EVERYBODY_S + 1);
        assert_eq!(refusals.flush(noon(), WINDOW, true).len(), 1);
        assert!(refusals.slots().actors.is_empty());
        assert_eq!(refusals.slots().count, 0);
    }
}
