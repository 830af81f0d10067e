//! Which schools lie near which sectors, measured when either is written: metres on the ellipsoid, up to the configured distance (circular of
//! 2010, section 3; 300 m is house).

use geo::MultiPolygon;

use crate::access::Scope;
use crate::domain::Deadline;
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::geometry::{AreaIndex, Effort, LonLat, Stopped};
use crate::store::revisions;
use crate::store::schools::School;
use crate::store::sectors::near::{self as store, Near};
use crate::store::sectors::{self, outlines};
use crate::workflow::boundaries::stored_shape;
use crate::workflow::{Call, Result, Write};

/// Which of some schools lie near which of some sectors. Ends with all that is near, or at the deadline: what is stored is whole.
///
/// # Errors
/// [`Stopped`].
pub(super) fn measure(
    index: &AreaIndex<SectorKey>,
    schools: &[School],
    metres: f64,
    deadline: Deadline,
) -> Result<Vec<Near>, Stopped> {
    let mut effort = Effort::until(deadline);
    let mut found = Vec::new();
    for school in schools {
        for (sector, distance_m) in index.near(school.location, metres, &mut effort)? {
            found.push(Near { sector: sector.clone(), uai: school.uai.clone(), distance_m });
        }
    }
    Ok(found)
}

/// After sectors of a revision were drawn: keeps which schools lie near them.
///
/// # Errors
/// Those of the database.
pub(super) fn keep_of_sectors(write: &mut Write<'_>, revision: &RevisionKey, drawn: &[SectorCode], found: &[Near]) -> Result<()> {
    if drawn.is_empty() {
        return Ok(());
    }
    let scope = Scope::department(revision.department.clone());
    let codes: Vec<&SectorCode> = drawn.iter().collect();
    store::replace_for_sectors(write.writer()?, &scope, revision, &codes, found)?;
    Ok(())
}

/// Sectors near which schools lie.
pub(in crate::workflow) struct Surroundings {
    /// The revisions of which they are, and their versions.
    living: Vec<(RevisionKey, i32)>,
    areas: Vec<(SectorKey, MultiPolygon<f64>)>,
}

impl Surroundings {
    /// The sectors of a department's living revisions that may be near any of some places. Three statements, however many.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::workflow) fn of(call: &mut Call, department: &DepartmentCode, places: &[LonLat]) -> Result<Self> {
        let scope = Scope::department(department.clone());
        let metres = call.office().rules.school_distance_m;
        let living = living(call, &scope, department)?;
        if living.is_empty() || places.is_empty() {
            return Ok(Self { living, areas: Vec::new() });
        }
        let keys: Vec<RevisionKey> = living.iter().map(|(revision, _)| revision.clone()).collect();
        let rows = sectors::of_revisions(call.db()?, &scope, &keys)?;
        let within_reach = |bbox: &[f64; 4]| places.iter().any(|place| roughly_near(*place, *bbox, metres));
        let mut keys: Vec<SectorKey> = Vec::new();
        for row in rows {
            call.deadline().check()?;
            keys.extend(Some(row).filter(|row| within_reach(&row.bbox)).map(|row| row.key));
        }
        let texts = outlines::of_sectors(call.db()?, &scope, &keys, 0)?;
        let mut areas = Vec::with_capacity(texts.len());
        for (key, text) in texts {
            call.deadline().check()?;
            areas.push((key, stored_shape(&text)?));
        }
        Ok(Self { living, areas })
    }

    /// Which of some schools lie near which of them; and what tells later whether they are the same still.
    ///
    /// # Errors
    /// [`Stopped`].
    pub(in crate::workflow) fn measured(self, placed: &[School], metres: f64, deadline: Deadline) -> Result<Neighbours, Stopped> {
        let found = measure(&AreaIndex::new(self.areas), placed, metres, deadline)?;
        Ok(Neighbours { living: self.living, found })
    }
}

/// Which schools lie near which sectors of the living revisions.
pub(in crate::workflow) struct Neighbours {
    living: Vec<(RevisionKey, i32)>,
    found: Vec<Near>,
}

impl Neighbours {
    /// Whether the sectors are still those among which it was measured.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::workflow) fn stand(&self, call: &mut Call, department: &DepartmentCode) -> Result<bool> {
        Ok(living(call, &Scope::department(department.clone()), department)? == self.living)
    }

    /// Keeps them, after the schools were placed.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::workflow) fn keep(&self, write: &mut Write<'_>, department: &DepartmentCode, placed: &[School]) -> Result<()> {
        if self.living.is_empty() || placed.is_empty() {
            return Ok(());
        }
        let scope = Scope::department(department.clone());
        let numbers: Vec<i32> = self.living.iter().map(|(revision, _)| revision.number).collect();
        let uais: Vec<_> = placed.iter().map(|school| &school.uai).collect();
        store::replace_for_schools(write.writer()?, &scope, department, &numbers, &uais, &self.found)?;
        Ok(())
    }
}

fn living(call: &mut Call, scope: &Scope, department: &DepartmentCode) -> Result<Vec<(RevisionKey, i32)>> {
    let found = revisions::living(call.db()?, scope, std::slice::from_ref(department))?;
    Ok(found.into_iter().map(|(revision, version, _)| (revision, version)).collect())
}

/// Whether a point may be within so many metres of a box: never a false no.
fn roughly_near((lon, lat): (f64, f64), [west, south, east, north]: [f64; 4], metres: f64) -> bool {
    // A degree of latitude is at least 110.5 km; one of longitude that times the cosine, here of a parallel a little nearer the pole.
    let north_south = metres / 110_000.0;
    let cosine = (lat.abs() + 1.0).min(89.0).to_radians().cos();
    let east_west = north_south / cosine;
    lon >= west - east_west && lon <= east + east_west && lat >= south - north_south && lat <= north + north_south
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_within_reach_is_never_passed_over() {
        let bbox = [5.0, 43.0, 5.1, 43.1];
        assert!(roughly_near((5.05, 43.05), bbox, 300.0));
        assert!(roughly_near((5.1036, 43.05), bbox, 300.0));
        assert!(roughly_near((5.05, 43.1026), bbox, 300.0));
        assert!(!roughly_near((5.2, 43.05), bbox, 300.0));
        assert!(!roughly_near((5.05, 43.2), bbox, 300.0));
    }
}
