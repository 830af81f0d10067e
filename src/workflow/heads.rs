//! What nearly every query begins with, in memory: plans, the heads of their revisions, the last meetings, the national indicators; what rollups
//! add up, and what measures are held against. Each as it was read at known data epochs, and true for as long as these stand: one look at the
//! epochs, which serves many requests (or a lock, which says its own), spares the same few statements to all of them. Not for what a revision
//! holds (see [`contents`](super::contents)), nor for who sees what.

use std::collections::HashMap;
use std::sync::Arc;

use super::call::HandedOn;
use super::measures::frame::Frame;
use super::pages::FirstPages;
use super::rollups::known::{ByDepartment, Share, Slice};
use super::shelf::{Heavy, OVERHEAD, Shelf};
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::keys::{MeetingKey, RevisionKey};
use crate::domain::rollup::table::Exemption;
use crate::store::indicators::StoredIndicator;
use crate::store::measures::Measure;
use crate::store::meetings::Meeting;
use crate::store::revisions::{Plan, Revision};

/// Bytes of heads kept, at most; their diagnoses are what weighs.
const HEADS: u64 = 8 << 20;
/// Bytes of plans kept, at most.
const PLANS: u64 = 1 << 20;
/// Bytes of definitions kept, at most. Some hundred kilobytes are; but the shelf is divided, and they lie in one part of it.
const DEFINITIONS: u64 = 16 << 20;
/// Bytes of rollups' sums kept, at most: 10 kB for each indicator and period of which the nation has cells.
const SUMS: u64 = 16 << 20;
/// Bytes of meetings kept, at most; their minutes are what weighs.
const MEETINGS: u64 = 4 << 20;
/// Bytes of measures kept, at most: 10 kB for twenty of them.
const MEASURES: u64 = 8 << 20;
/// Bytes of declarations kept, at most.
const EXEMPTIONS: u64 = 2 << 20;
/// Bytes of frames kept, at most: ten kilobytes for a department, as a rule.
const FRAMES: u64 = 8 << 20;

/// A value, and the version of the data that it was read at.
#[derive(Clone)]
pub struct At<V> {
    version: i64,
    value: V,
}

impl<V: Heavy> Heavy for At<V> {
    fn bytes(&self) -> usize {
        self.value.bytes()
    }
}

/// Values that are true for as long as the version of their data stands.
pub struct Dated<K, V>(Shelf<K, At<V>>);

impl<K: Clone + Eq + std::hash::Hash, V: Clone + Heavy> Dated<K, V> {
    /// The value of a key, if what is kept was read at this version.
    #[must_use]
    pub fn find(&self, key: &K, version: i64) -> Option<V> {
        self.0.find(key).filter(|at| at.version == version).map(|at| at.value)
    }

    /// Keeps a value that was read at this version, in the place of any other: of a database that was restored, versions begin anew.
    pub fn keep(&self, key: K, version: i64, value: V) {
        self.0.keep(key, At { version, value });
    }
}

impl Heavy for Plan {
    fn bytes(&self) -> usize {
        size_of::<Self>()
    }
}

impl Heavy for Revision {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.diagnosis.len() + self.uncovered_schools_reason.len()
    }
}

/// All national indicators.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    by_id: HashMap<i32, Arc<StoredIndicator>>,
    by_code: HashMap<IndicatorCode, Arc<StoredIndicator>>,
}

impl Catalogue {
    /// A catalogue of these.
    #[must_use]
    pub fn of(indicators: Vec<StoredIndicator>) -> Self {
        let all: Vec<Arc<StoredIndicator>> = indicators.into_iter().map(Arc::new).collect();
        Self {
            by_id: all.iter().map(|one| (one.id, Arc::clone(one))).collect(),
            by_code: all.iter().map(|one| (one.indicator.code.clone(), Arc::clone(one))).collect(),
        }
    }

    /// One by its database id.
    #[must_use]
    pub fn by_id(&self, id: i32) -> Option<&Arc<StoredIndicator>> {
        self.by_id.get(&id)
    }

    /// One by its code.
    #[must_use]
    pub fn by_code(&self, code: &IndicatorCode) -> Option<&Arc<StoredIndicator>> {
        self.by_code.get(code)
    }
}

impl Heavy for Catalogue {
    fn bytes(&self) -> usize {
        self.by_id.values().map(|one| one.bytes() + 2 * OVERHEAD).sum()
    }
}

impl Heavy for StoredIndicator {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.indicator.label.len() + self.indicator.definition.len()
    }
}

/// What one process remembers.
pub struct Heads {
    /// Plans, at the version of their department.
    pub plans: Dated<DepartmentCode, Arc<Plan>>,
    /// Revisions' heads, at the version of their department.
    pub revisions: Dated<RevisionKey, Arc<Revision>>,
    /// The last meetings of departments.
    pub meetings: FirstPages<DepartmentCode, Meeting>,
    /// The measures that meetings brought, for those who see all of them.
    pub measures: FirstPages<MeetingKey, Measure>,
    /// The national indicators, at the nation's epoch.
    pub indicators: Dated<(), Arc<Catalogue>>,
    /// What measures are held against, each department's at its epoch: national acts change nothing of it.
    pub frames: Dated<DepartmentCode, Arc<Frame>>,
    /// What rollups add up, each department's at the version of the department.
    pub sums: Shelf<Slice, Arc<ByDepartment<Share>>>,
    /// What is declared not applicable, by indicator id, each department's at the version of the department.
    pub exemptions: Shelf<i32, Arc<ByDepartment<Exemption>>>,
}

impl Default for Heads {
    fn default() -> Self {
        Self {
            plans: Dated(Shelf::of(PLANS, 256)),
            revisions: Dated(Shelf::of(HEADS, 4 << 10)),
            meetings: Dated(Shelf::of(MEETINGS, 2 << 10)),
            measures: Dated(Shelf::of(MEASURES, 8 << 10)),
            indicators: Dated(Shelf::of(DEFINITIONS, 64 << 10)),
            // In few parts, so that the greatest department's fits into one.
            frames: Dated(Shelf::of(FRAMES, 64 << 10)),
            sums: Shelf::of(SUMS, 4 << 10),
            exemptions: Shelf::of(EXEMPTIONS, 2 << 10),
        }
    }
}

impl Heads {
    /// Remembers the frames that a write has left as they were, once its commit was acknowledged.
    pub fn take_frames(&self, handed_on: Vec<HandedOn>) {
        for (department, epoch, frame) in handed_on {
            self.frames.keep(department, epoch, frame);
        }
    }
}
