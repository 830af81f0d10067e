//! Children that depend on arguments: `meetings(period:, first:)` of all departments handed out together, in one load for each set of arguments.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;

use crate::graphql::error::ApiResult;

/// Loads `V` by `K` and arguments `A`, for all siblings of `K` at once. A key that the load does not answer has the default value.
pub struct Cohort<K, A, V> {
    state: Mutex<State<K, A, V>>,
}

struct State<K, A, V> {
    siblings: BTreeSet<K>,
    loaded: HashMap<A, HashMap<K, V, RandomState>, RandomState>,
}

impl<K, A, V> Default for Cohort<K, A, V> {
    fn default() -> Self {
        Self { state: Mutex::new(State { siblings: BTreeSet::new(), loaded: HashMap::default() }) }
    }
}

impl<K: Ord + Hash + Clone, A: Eq + Hash + Clone, V: Clone + Default> Cohort<K, A, V> {
    /// Says which keys may be asked for: those of the objects handed out together.
    pub fn expect(&self, keys: impl IntoIterator<Item = K>) {
        self.state().siblings.extend(keys);
    }

    /// The value of a key under some arguments; loads those of all siblings when it is the first to be asked.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub fn load(&self, key: &K, arguments: &A, fetch: impl FnOnce(Vec<K>) -> ApiResult<HashMap<K, V>>) -> ApiResult<V> {
        self.load_with(key, arguments, std::iter::empty, fetch)
    }

    /// As [`load`](Self::load); when something has to be loaded, those of `siblings` too, which were not counted up before it was known that
    /// anybody asks.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub fn load_with<S: IntoIterator<Item = K>>(
        &self,
        key: &K,
        arguments: &A,
        siblings: impl FnOnce() -> S,
        fetch: impl FnOnce(Vec<K>) -> ApiResult<HashMap<K, V>>,
    ) -> ApiResult<V> {
        if let Some(value) = self.state().loaded.get(arguments).and_then(|loaded| loaded.get(key)) {
            return Ok(value.clone());
        }
        let others = siblings();
        let wanted: Vec<K> = {
            let mut state = self.state();
            state.siblings.insert(key.clone());
            state.siblings.extend(others);
            let loaded = state.loaded.get(arguments);
            state.siblings.iter().filter(|key| !loaded.is_some_and(|loaded| loaded.contains_key(*key))).cloned().collect()
        };
        // Not under the lock: a fetch may expect keys of other loaders.
        let mut fetched = fetch(wanted.clone())?;
        let mut state = self.state();
        let loaded = state.loaded.entry(arguments.clone()).or_default();
        for key in wanted {
            let value = fetched.remove(&key).unwrap_or_default();
            loaded.insert(key, value);
        }
        Ok(loaded.get(key).cloned().unwrap_or_default())
    }

    /// Forgets everything: after a write.
    pub fn forget(&self) {
        let mut state = self.state();
        state.siblings.clear();
        state.loaded.clear();
    }

    fn state(&self) -> MutexGuard<'_, State<K, A, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
