//! What was transmitted never changes: the mapping, the objectives and the outlines of such revisions are kept in memory, by their keys, and
//! not read again. Bounded by bytes. Not for the heads of revisions, whose status moves on, nor for anything of a draft.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::value::RawValue;

use crate::domain::keys::{RevisionKey, SectorKey};
use crate::store::objectives::Objective;
use crate::store::sectors::Sector;

/// Bytes of outlines kept, at most: all departments' plans as drawn are some ten million.
const OUTLINES: u64 = 32 << 20;
/// Bytes of mappings kept, and of objectives, at most.
const LISTS: u64 = 12 << 20;
/// What a key and its place take, about.
const OVERHEAD: usize = 160;

/// How many bytes a value takes, about.
trait Heavy {
    fn bytes(&self) -> usize;
}

impl Heavy for Arc<[Arc<Sector>]> {
    fn bytes(&self) -> usize {
        self.iter().map(|sector| size_of::<Sector>() + sector.name.len() + sector.description.len() + OVERHEAD).sum()
    }
}

impl Heavy for Arc<[Arc<Objective>]> {
    fn bytes(&self) -> usize {
        let texts = |one: &Objective| {
            one.title.len() + one.description.len() + one.modes_of_action.iter().map(String::len).sum::<usize>()
        };
        self.iter().map(|one| size_of::<Objective>() + texts(one) + OVERHEAD).sum()
    }
}

impl Heavy for Arc<RawValue> {
    fn bytes(&self) -> usize {
        self.get().len()
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

#[allow(private_bounds)] // What weighs how much is this file's business.
impl<K: Clone + Eq + Hash, V: Clone + Heavy> Shelf<K, V> {
    fn of(bytes: u64, each: usize) -> Self {
        Self(Cache::with_weighter(usize::try_from(bytes).unwrap_or(usize::MAX) / each, bytes, Weight))
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

    /// Keeps what belongs to a revision that was transmitted.
    pub fn keep(&self, key: K, value: V) {
        self.0.insert(key, value);
    }
}

/// What one process keeps.
pub struct Contents {
    /// Mappings, worst hit first.
    pub mappings: Shelf<RevisionKey, Arc<[Arc<Sector>]>>,
    /// Objectives, most urgent first.
    pub objectives: Shelf<RevisionKey, Arc<[Arc<Objective>]>>,
    /// Outlines by tolerance: JSON that was read once.
    pub outlines: Shelf<(SectorKey, i32), Arc<RawValue>>,
}

impl Default for Contents {
    fn default() -> Self {
        Self {
            mappings: Shelf::of(LISTS, 16 << 10),
            objectives: Shelf::of(LISTS, 8 << 10),
            outlines: Shelf::of(OUTLINES, 2 << 10),
        }
    }
}
