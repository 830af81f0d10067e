//! Which schools lie near which sectors, measured when either is written: metres on the ellipsoid, up to the configured distance (circular of
//! 2010, section 3; 300 m is house).

use geo::MultiPolygon;

use crate::access::Scope;
use crate::domain::Deadline;
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::geometry::{AreaIndex, Effort, Stopped};
use crate::store::revisions;
use crate::store::schools::{self, School};
use crate::store::sectors::near::{self as store, Near};
use crate::store::sectors::{self, outlines};
use crate::workflow::boundaries::stored_shape;
use crate::workflow::{Call, Result};

/// Ends with all that is near, or at the deadline: what is stored is whole.
fn measure(index: &AreaIndex<SectorKey>, schools: &[School], metres: f64, deadline: Deadline) -> Result<Vec<Near>, Stopped> {
    let mut effort = Effort::until(deadline);
    let mut found = Vec::new();
    for school in schools {
        for (sector, distance_m) in index.near(school.location, metres, &mut effort)? {
            found.push(Near { sector: sector.clone(), uai: school.uai.clone(), distance_m });
        }
    }
    Ok(found)
}

/// After sectors of a revision were drawn: their distances to all schools of the department.
pub(super) fn sectors_drawn(call: &mut Call, revision: &RevisionKey, drawn: Vec<(SectorKey, MultiPolygon<f64>)>) -> Result<()> {
    if drawn.is_empty() {
        return Ok(());
    }
    let scope = Scope::department(revision.department.clone());
    let metres = call.office().rules.school_distance_m;
    let schools = schools::all(call.db()?, &scope)?;
    let codes: Vec<SectorCode> = drawn.iter().map(|(key, _)| key.code.clone()).collect();
    let found = measure(&AreaIndex::new(drawn), &schools, metres, call.deadline())?;
    let codes: Vec<&SectorCode> = codes.iter().collect();
    store::replace_for_sectors(call.db()?, &scope, revision, &codes, &found)?;
    Ok(())
}

/// After schools of a department were placed: their distances to the sectors of its living revisions. Five statements, however many.
pub(in crate::workflow) fn schools_placed(call: &mut Call, department: &DepartmentCode, placed: &[School]) -> Result<()> {
    let scope = Scope::department(department.clone());
    let metres = call.office().rules.school_distance_m;
    let living = revisions::living(call.db()?, &scope, std::slice::from_ref(department))?;
    let living: Vec<RevisionKey> = living.into_iter().map(|(revision, _)| revision).collect();
    if living.is_empty() || placed.is_empty() {
        return Ok(());
    }
    let rows = sectors::of_revisions(call.db()?, &scope, &living)?;
    let within_reach = |bbox: &[f64; 4]| placed.iter().any(|school| roughly_near(school.location, *bbox, metres));
    let keys: Vec<SectorKey> = rows.into_iter().filter(|row| within_reach(&row.bbox)).map(|row| row.key).collect();
    let texts = outlines::of_sectors(call.db()?, &scope, &keys, 0)?;
    let mut areas = Vec::with_capacity(texts.len());
    for (key, text) in texts {
        call.deadline().check()?;
        areas.push((key, stored_shape(&text)?));
    }
    let found = measure(&AreaIndex::new(areas), placed, metres, call.deadline())?;
    let numbers: Vec<i32> = living.iter().map(|revision| revision.number).collect();
    let uais: Vec<_> = placed.iter().map(|school| &school.uai).collect();
    store::replace_for_schools(call.db()?, &scope, department, &numbers, &uais, &found)?;
    Ok(())
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
