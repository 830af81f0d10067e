//! Sectors of plans in force, by place: within a shape, or containing one. Boxes are compared in SQL, shapes here.

use std::collections::HashMap;
use std::sync::Arc;

use geo::Geometry;

use super::SeenSector;
use crate::access::{Capability, Scope};
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::SectorKey;
use crate::domain::vocabulary::NationalList;
use crate::domain::{Deadline, Message};
use crate::geometry::edges::Edges;
use crate::geometry::geojson::{self, Limits};
use crate::geometry::place::{self, Area, Held};
use crate::geometry::{Effort, GeometryFault, GeometryFaultKind, measure, sector, validity};
use crate::store::sectors::place::{self as store, Place, PlaceFilter};
use crate::store::sectors::{Sector, outlines};
use crate::workflow::boundaries::stored_shape;
use crate::workflow::{Call, Error, Result};

/// Sectors whose shapes one question compares, at most: beyond it the question is too wide.
const MAX_CANDIDATES: usize = 2_000;

/// Sectors whose outlines are read at once.
const SOME: usize = 250;

/// Steps that one question may cost: some seconds. A question with a commune's outline costs some ten thousand.
const MAX_STEPS: usize = 50_000_000;

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
/// FORBIDDEN; NOT_FOUND for a department out of scope; INVALID for a geometry; LIMIT for one of too many positions, or a question that too many
/// sectors may answer; UNAVAILABLE past the deadline.
pub fn by_place(call: &mut Call, query: &PlaceQuery, after: Option<&Place>, limit: i64) -> Result<SectorsInForce> {
    let (scope, mut filter) = filter(call, query)?;
    let seen = |rows: Vec<Sector>| rows.into_iter().map(|row| SeenSector::Whole(Arc::new(row))).collect();
    if query.within.is_none() && query.containing.is_none() {
        return Ok(SectorsInForce::Page(seen(store::find(call.db()?, &scope, &filter, after, limit)?)));
    }
    let most = call.office().rules.max_question_positions;
    let deadline = call.deadline();
    let within = query.within.as_deref().map(|text| area(text, most, deadline)).transpose()?;
    let containing = query.containing.as_deref().map(|text| read("containing", text, most)).transpose()?;
    let held = containing.as_ref().map(|geometry| held(geometry, deadline)).transpose()?;
    filter.within = within.as_ref().and_then(measure::bbox);
    filter.containing = containing.as_ref().and_then(place::bbox_of);
    let most = i64::try_from(MAX_CANDIDATES).unwrap_or(i64::MAX);
    let candidates = store::find(call.db()?, &scope, &filter, None, most.saturating_add(1))?;
    if candidates.len() > MAX_CANDIDATES {
        let text = format!("plus de {MAX_CANDIDATES} secteurs peuvent s’y trouver ; nommez un département ou un lieu plus petit");
        return Err(Error::limit(Message::new("TOO_MANY_SECTORS", text).with("most", MAX_CANDIDATES)));
    }
    let around = within.as_ref().map(Area::of);
    let mut effort = Effort::new(MAX_STEPS, deadline);
    let mut found = Vec::new();
    // Some at a time: the outlines of all of them may be more than memory should hold.
    for some in candidates.chunks(SOME) {
        let keys: Vec<SectorKey> = some.iter().map(|sector| sector.key.clone()).collect();
        let texts: HashMap<SectorKey, String> = outlines::of_sectors(call.db()?, &scope, &keys, 0)?.into_iter().collect();
        for sector in some {
            let Some(text) = texts.get(&sector.key) else { continue };
            deadline.check()?;
            let shape = stored_shape(text)?;
            // For each of the trees that are made of it.
            effort.spend(Edges::steps_to_make(&shape).saturating_mul(2))?;
            let lies_in = match &around {
                Some(around) => around.covers(&Held::area(&shape), &mut effort)?,
                None => true,
            };
            let holds = match &held {
                Some(held) => lies_in && Area::of(&shape).covers(held, &mut effort)?,
                None => lies_in,
            };
            if holds {
                found.push(sector.clone());
            }
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

fn read(field: &str, text: &str, most: usize) -> Result<Geometry<f64>> {
    let read = geojson::parse_within(text, Limits::for_positions(most)).map_err(|fault| refused(field, fault.all()))?;
    Ok(geojson::at_kept_decimals(&read))
}

/// A valid area.
fn area(text: &str, most: usize, deadline: Deadline) -> Result<geo::MultiPolygon<f64>> {
    let shape = sector::polygons(read("within", text, most)?).map_err(|fault| refused("within", fault.all()))?;
    let faults = validity::faults(&geojson::rounded(&shape), deadline)?;
    if faults.is_empty() { Ok(geojson::canonical(&shape)) } else { Err(refused("within", faults)) }
}

fn held(geometry: &Geometry<f64>, deadline: Deadline) -> Result<Held> {
    Held::of(geometry, deadline)?.map_err(|faults| refused("containing", faults))
}

/// What is wrong with the geometry of a question: LIMIT for one that is too much, else INVALID.
fn refused(field: &str, faults: Vec<GeometryFault>) -> Error {
    const SHOWN: usize = 5;
    let reason = faults.first().map_or("MALFORMED", |fault| fault.kind.code());
    let is_too_large = faults.iter().any(|fault| fault.kind == GeometryFaultKind::TooLarge);
    let shown: Vec<String> = faults.iter().take(SHOWN).map(ToString::to_string).collect();
    let text = shown.join(" ; ");
    if is_too_large {
        return Error::limit(Message::new("GEOMETRY_TOO_LARGE", format!("{field} : {text}")).with("field", field));
    }
    Error::invalid(field, Message::new(reason, text).with("faults", faults.len()))
}
