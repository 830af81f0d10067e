//! Loaders of sectors and of what hangs on them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Sectors handed out whole so far: their outlines are loaded together, at whatever tolerance is asked for.
    handed_out: Mutex<BTreeSet<SectorKey>>,
}

impl SectorLoaders {
    /// Says which sectors were handed out together, whole.
    pub fn expect<'a>(&self, keys: impl IntoIterator<Item = &'a SectorKey>) {
        let mut handed_out = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            self.schools.expect([key.clone()]);
            self.objectives.expect([key.clone()]);
            self.lists.expect([(key.revision.department.clone(), key.code.clone())]);
            handed_out.insert(key.clone());
        }
    }

    /// The sectors handed out so far, by department and code.
    pub fn handed_out(&self) -> BTreeSet<(DepartmentCode, SectorCode)> {
        let handed_out = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        handed_out.iter().map(|key| (key.revision.department.clone(), key.code.clone())).collect()
    }

    /// Says that the outlines of all sectors handed out so far are wanted at a tolerance.
    pub fn expect_outlines(&self, tolerance: i32) {
        let handed_out = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        self.outlines.expect(handed_out.iter().map(|key| (key.clone(), tolerance)));
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
        self.handed_out.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
