//! What was transmitted never changes: the mapping, the objectives and the outlines of such revisions are kept in memory, by their keys, and
//! not read again. Bounded by bytes. Not for the heads of revisions, whose status moves on, nor for anything of a draft.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::shelf::{Heavy, OVERHEAD, Shelf};
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::store::objectives::Objective;
use crate::store::sectors::Sector;

/// Bytes of outlines kept, at most: all departments' plans as drawn are some ten million.
const OUTLINES: u64 = 32 << 20;
/// Bytes of mappings kept, and of objectives, at most.
const LISTS: u64 = 12 << 20;

impl Heavy for [Arc<Sector>] {
    fn bytes(&self) -> usize {
        self.iter().map(|sector| size_of::<Sector>() + sector.name.len() + sector.description.len() + OVERHEAD).sum()
    }
}

impl Heavy for [Arc<Objective>] {
    fn bytes(&self) -> usize {
        let texts = |one: &Objective| {
            one.title.len() + one.description.len() + one.modes_of_action.iter().map(String::len).sum::<usize>()
        };
        self.iter().map(|one| size_of::<Objective>() + texts(one) + OVERHEAD).sum()
    }
}

impl Heavy for RawValue {
    fn bytes(&self) -> usize {
        self.get().len()
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
