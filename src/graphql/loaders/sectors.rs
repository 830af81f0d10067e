//! Loaders of sectors and of what hangs on them.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;

use super::Loader;
use crate::domain::codes::{DepartmentCode, SectorCode, Uai};
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::domain::vocabulary::NationalList;
use crate::graphql::value::RawJson;
use crate::store::objectives::Objective;
use crate::workflow::sectors::SeenSector;

/// By revision or by sector.
#[derive(Default)]
pub struct SectorLoaders {
    /// The mapping of a revision, worst hit first.
    pub of_revisions: Loader<RevisionKey, Vec<SeenSector>>,
    /// Sectors by their ids, if they are seen.
    pub nodes: Loader<SectorKey, Option<SeenSector>>,
    /// Sectors that objectives name.
    pub named: Loader<SectorKey, Option<SeenSector>>,
    /// Outlines by tolerance.
    pub outlines: Loader<(SectorKey, i32), Option<RawJson>>,
    /// UAIs of the schools near.
    pub schools: Loader<SectorKey, Vec<Uai>>,
    /// Objectives that name the sector.
    pub objectives: Loader<SectorKey, Vec<Arc<Objective>>>,
    /// National lists on which the sector is today.
    pub lists: Loader<(DepartmentCode, SectorCode), Vec<NationalList>>,
    /// Sectors handed out whole so far: what hangs on them is loaded together, once it is asked for.
    handed_out: Mutex<HashSet<SectorKey, RandomState>>,
}

impl SectorLoaders {
    /// Says which sectors were handed out together, whole.
    pub fn expect<'a>(&self, keys: impl IntoIterator<Item = &'a SectorKey>) {
        let mut together = self.together();
        for key in keys {
            // The same page is handed out as often as it is selected.
            if !together.contains(key) {
                together.insert(key.clone());
            }
        }
    }

    /// The sectors handed out whole so far.
    pub fn siblings(&self) -> Vec<SectorKey> {
        self.together().iter().cloned().collect()
    }

    /// The sectors handed out so far, by department and code.
    pub fn handed_out(&self) -> BTreeSet<(DepartmentCode, SectorCode)> {
        self.together().iter().map(|key| (key.revision.department.clone(), key.code.clone())).collect()
    }

    fn together(&self) -> MutexGuard<'_, HashSet<SectorKey, RandomState>> {
        self.handed_out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything: after a write.
    pub fn forget(&self) {
        self.of_revisions.forget();
        self.nodes.forget();
        self.named.forget();
        self.outlines.forget();
        self.schools.forget();
        self.objectives.forget();
        self.lists.forget();
        self.together().clear();
    }
}
