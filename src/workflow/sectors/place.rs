//! Sectors of plans in force, by place: within a shape, or containing one. Boxes are compared in SQL, shapes here.

use std::collections::HashMap;
use std::sync::Arc;

use geo::Geometry;

use super::SeenSector;
use crate::access::{Capability, Scope};
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::SectorKey;
use crate::domain::vocabulary::NationalList;
use crate::geometry::{geojson, measure, place, sector, validity};
use crate::store::sectors::place::{self as store, Place, PlaceFilter};
use crate::store::sectors::{Sector, outlines};
use crate::workflow::boundaries::stored_shape;
use crate::workflow::{Call, Error, Result};

/// Sectors whose shapes one question compares, at most: beyond it the question is too wide.
const MAX_CANDIDATES: usize = 2_000;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct PlaceQuery {
    /// Of one department.
    pub department: Option<DepartmentCode>,
    /// GeoJSON of an area: sectors that lie wholly in it.
    pub within: Option<String>,
    /// GeoJSON of any geometry: sectors that hold all of it.
    pub containing: Option<String>,
    /// Sectors on this list today.
    pub list: Option<NationalList>,
}

/// The answer.
pub enum SectorsInForce {
    /// One more than asked for, if more follow: shapes were not asked about.
    Page(Vec<SeenSector>),
    /// All there are: shapes were compared.
    All(Vec<SeenSector>),
}

/// The scope and the filter of a question.
fn filter(call: &mut Call, query: &PlaceQuery) -> Result<(Scope, PlaceFilter)> {
    let scope = call.plan_sight()?.plans_in_force();
    if let Some(department) = &query.department
        && !scope.holds(department)
    {
        call.require(Capability::ReadPlansInForce, department)?;
    }
    if scope.is_nowhere() {
        call.scope(Capability::ReadPlansInForce)?;
    }
    let today = call.today();
    let on_list = query.list.map(|list| (list, today));
    Ok((scope, PlaceFilter { department: query.department.clone(), within: None, containing: None, on_list }))
}

/// Up to `limit` sectors of plans in force after a place in their order (by department, worst hit first), or all of them when shapes are
/// compared.
///
/// # Errors
/// FORBIDDEN; NOT_FOUND for a department out of scope; INVALID for a geometry; LIMIT for a question that too many sectors may answer.
pub fn by_place(call: &mut Call, query: &PlaceQuery, after: Option<&Place>, limit: i64) -> Result<SectorsInForce> {
    let (scope, mut filter) = filter(call, query)?;
    let seen = |rows: Vec<Sector>| rows.into_iter().map(|row| SeenSector::Whole(Arc::new(row))).collect();
    if query.within.is_none() && query.containing.is_none() {
        return Ok(SectorsInForce::Page(seen(store::find(call.db()?, &scope, &filter, after, limit)?)));
    }
    let within = query.within.as_deref().map(area).transpose()?;
    let containing = query.containing.as_deref().map(|text| read("containing", text)).transpose()?;
    filter.within = within.as_ref().and_then(measure::bbox);
    filter.containing = containing.as_ref().and_then(place::bbox_of);
    let most = i64::try_from(MAX_CANDIDATES).unwrap_or(i64::MAX);
    let candidates = store::find(call.db()?, &scope, &filter, None, most.saturating_add(1))?;
    if candidates.len() > MAX_CANDIDATES {
        return Err(Error::limit(format!(
            "more than {MAX_CANDIDATES} sectors may lie there; name a department or a smaller place"
        )));
    }
    let keys: Vec<SectorKey> = candidates.iter().map(|sector| sector.key.clone()).collect();
    let texts: HashMap<SectorKey, String> = outlines::of_sectors(call.db()?, &scope, &keys, 0)?.into_iter().collect();
    let mut found = Vec::new();
    for sector in candidates {
        let Some(text) = texts.get(&sector.key) else { continue };
        let shape = stored_shape(text)?;
        let lies_in = within.as_ref().is_none_or(|around| place::covers(around, &Geometry::MultiPolygon(shape.clone())));
        if lies_in && containing.as_ref().is_none_or(|held| place::covers(&shape, held)) {
            found.push(sector);
        }
    }
    Ok(SectorsInForce::All(seen(found)))
}

/// How many sectors a question without shapes finds.
///
/// # Errors
/// As [`by_place`].
pub fn total(call: &mut Call, query: &PlaceQuery) -> Result<i64> {
    let (scope, filter) = filter(call, query)?;
    Ok(store::count(call.db()?, &scope, &filter)?)
}

fn read(field: &str, text: &str) -> Result<Geometry<f64>> {
    geojson::parse(text).map_err(|fault| Error::invalid(field, fault))
}

/// A valid area.
fn area(text: &str) -> Result<geo::MultiPolygon<f64>> {
    let (shape, _) = sector::polygons(read("within", text)?).map_err(|fault| Error::invalid("within", fault))?;
    let shape = geojson::canonical(&shape);
    match validity::check(&shape) {
        Ok(()) => Ok(shape),
        Err(faults) => {
            let first = faults.first().map_or_else(|| "is not valid".to_owned(), ToString::to_string);
            Err(Error::invalid("within", first))
        }
    }
}
