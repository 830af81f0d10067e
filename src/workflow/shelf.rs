//! A shelf: values of one sort in memory, by their keys, bounded by bytes. Not for when they are true.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// What a key and its place take, about.
pub(super) const OVERHEAD: usize = 160;

/// How many bytes a value takes, about.
pub trait Heavy {
    /// The bytes that it points to.
    fn bytes(&self) -> usize;
}

impl<T: Heavy + ?Sized> Heavy for Arc<T> {
    fn bytes(&self) -> usize {
        T::bytes(self)
    }
}

#[derive(Clone)]
struct Weight;

impl<K, V: Heavy> Weighter<K, V> for Weight {
    fn weight(&self, _: &K, value: &V) -> u64 {
        (OVERHEAD + value.bytes()) as u64
    }
}

/// Values of one sort, by their keys.
pub struct Shelf<K, V>(Cache<K, V, Weight>);

impl<K: Clone + Eq + Hash, V: Clone + Heavy> Shelf<K, V> {
    /// A shelf for so many bytes, in values of about so many each.
    #[must_use]
    pub fn of(bytes: u64, each: usize) -> Self {
        Self(Cache::with_weighter(usize::try_from(bytes).unwrap_or(usize::MAX) / each, bytes, Weight))
    }

    /// The value of a key, if it is kept.
    #[must_use]
    pub fn find(&self, key: &K) -> Option<V> {
        self.0.get(key)
    }

    /// Those of some keys that are kept, and the keys of which nothing is.
    #[must_use]
    pub fn take_from(&self, keys: &[K]) -> (HashMap<K, V>, Vec<K>) {
        let (mut found, mut missing) = (HashMap::with_capacity(keys.len()), Vec::new());
        for key in keys {
            match self.0.get(key) {
                Some(value) => {
                    found.insert(key.clone(), value);
                }
                None => missing.push(key.clone()),
            }
        }
        (found, missing)
    }

    /// Keeps a value, in the place of what was kept under the key.
    pub fn keep(&self, key: K, value: V) {
        self.0.insert(key, value);
    }
}
