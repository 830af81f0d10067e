//! Loaders: children loaded for all siblings at once. Whoever hands out a list of objects says which keys are to be expected; the first of
//! them that is asked for its children loads those of all, with one IN query. So no query runs in a loop, and the number of statements does
//! not grow with the number of rows.

mod access;
mod cohort;
mod meetings;
mod objectives;
mod revisions;
mod schools;
mod sectors;

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use access::AccessLoaders;
use foldhash::fast::RandomState;
use meetings::MeetingLoaders;
use objectives::ObjectiveLoaders;
use revisions::RevisionLoaders;
use schools::SchoolLoaders;
use sectors::SectorLoaders;

use super::error::ApiResult;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;

/// Loads `V` by `K`, for all expected keys at once. A key that the load does not answer has the default value.
pub struct Loader<K, V> {
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    waiting: BTreeSet<K>,
    loaded: HashMap<K, V, RandomState>,
}

impl<K, V> Default for Loader<K, V> {
    fn default() -> Self {
        Self { state: Mutex::new(State { waiting: BTreeSet::new(), loaded: HashMap::default() }) }
    }
}

impl<K: Ord + Hash + Clone, V: Clone + Default> Loader<K, V> {
    /// Says which keys may be asked for: those of the objects handed out together.
    pub fn expect(&self, keys: impl IntoIterator<Item = K>) {
        let mut state = self.state();
        for key in keys {
            if !state.loaded.contains_key(&key) {
                state.waiting.insert(key);
            }
        }
    }

    /// Says what was read already, on the way to something else.
    pub fn know(&self, values: impl IntoIterator<Item = (K, V)>) {
        let mut state = self.state();
        for (key, value) in values {
            state.waiting.remove(&key);
            state.loaded.insert(key, value);
        }
    }

    /// The value of a key, if it was loaded.
    pub fn known(&self, key: &K) -> Option<V> {
        self.state().loaded.get(key).cloned()
    }

    /// The value of a key; loads those of all expected keys when it is the first to be asked.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub fn load(&self, key: &K, fetch: impl FnOnce(Vec<K>) -> ApiResult<HashMap<K, V>>) -> ApiResult<V> {
        let keys = {
            let mut state = self.state();
            if let Some(value) = state.loaded.get(key) {
                return Ok(value.clone());
            }
            state.waiting.insert(key.clone());
            std::mem::take(&mut state.waiting)
        };
        // Not under the lock: a fetch may expect keys of other loaders.
        let mut fetched = fetch(keys.iter().cloned().collect())?;
        let mut state = self.state();
        for key in keys {
            let value = fetched.remove(&key).unwrap_or_default();
            state.loaded.insert(key, value);
        }
        Ok(state.loaded.get(key).cloned().unwrap_or_default())
    }

    /// As [`load`](Self::load); when something has to be loaded, those of `siblings` too, which were not counted up before it was known that
    /// anybody asks.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub fn load_with<S: IntoIterator<Item = K>>(
        &self,
        key: &K,
        siblings: impl FnOnce() -> S,
        fetch: impl FnOnce(Vec<K>) -> ApiResult<HashMap<K, V>>,
    ) -> ApiResult<V> {
        if let Some(value) = self.known(key) {
            return Ok(value);
        }
        self.expect(siblings());
        self.load(key, fetch)
    }

    /// Forgets everything: after a write.
    pub fn forget(&self) {
        let mut state = self.state();
        state.waiting.clear();
        state.loaded.clear();
    }

    fn state(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All loaders of one operation, by area.
#[derive(Default)]
pub struct Loaders {
    /// Accounts.
    pub access: AccessLoaders,
    /// Plans and revisions.
    pub revisions: RevisionLoaders,
    /// Sectors.
    pub sectors: SectorLoaders,
    /// Indicators, meetings, measures and compliance.
    pub meetings: MeetingLoaders,
    /// Objectives.
    pub objectives: ObjectiveLoaders,
    /// Schools, and outlines of departments.
    pub schools: SchoolLoaders,
}

impl Loaders {
    /// Says which departments were handed out together: each area that hangs something on a department expects them.
    pub fn expect_departments<'a>(&self, codes: impl IntoIterator<Item = &'a DepartmentCode>) {
        let codes: Vec<DepartmentCode> = codes.into_iter().cloned().collect();
        self.meetings.expect_departments(&codes);
        self.schools.expect_departments(codes.iter().cloned());
        self.revisions.plans.expect(codes);
    }

    /// Says which revisions were handed out together: each area that hangs something on a revision expects them.
    pub fn expect_revisions(&self, keys: &[RevisionKey]) {
        self.revisions.expect(keys);
        self.sectors.of_revisions.expect(keys.iter().cloned());
        self.objectives.of_revisions.expect(keys.iter().cloned());
    }

    /// Forgets everything: after a write.
    pub fn forget(&self) {
        self.access.forget();
        self.revisions.forget();
        self.sectors.forget();
        self.meetings.forget();
        self.objectives.forget();
        self.schools.forget();
    }
}
