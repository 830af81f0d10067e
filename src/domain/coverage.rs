//! Which schools the plan's deterrence objectives cover ('doivent bénéficier d'actions de dissuasion', circular of 2010).
//!
//! A school is covered when a DETERRENCE objective names it, or names a sector that is one of its own: one that contains it or lies near
//! (that relation comes from `geometry`). A department-wide objective covers no school by itself (house).

use std::collections::BTreeSet;

use super::codes::{SectorCode, Uai};
use super::content::ObjectiveContent;
use super::vocabulary::ObjectiveAxis;

/// What the deterrence objectives of one revision name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    schools: BTreeSet<Uai>,
    sectors: BTreeSet<SectorCode>,
}

impl Coverage {
    /// Of a revision's objectives; those of repression are passed over.
    #[must_use]
    pub fn of(objectives: &[ObjectiveContent]) -> Self {
        let deterrence = || objectives.iter().filter(|objective| objective.axis == ObjectiveAxis::Deterrence);
        Self::naming(
            deterrence().flat_map(|objective| objective.school_uais.iter().cloned()),
            deterrence().flat_map(|objective| objective.sector_codes.iter().cloned()),
        )
    }

    /// Of the schools and sectors that deterrence objectives name.
    pub fn naming(schools: impl IntoIterator<Item = Uai>, sectors: impl IntoIterator<Item = SectorCode>) -> Self {
        Self { schools: schools.into_iter().collect(), sectors: sectors.into_iter().collect() }
    }

    /// Whether a school with these sectors is covered.
    #[must_use]
    pub fn covers(&self, school: &Uai, its_sectors: &[SectorCode]) -> bool {
        self.schools.contains(school) || its_sectors.iter().any(|sector| self.sectors.contains(sector))
    }
}
