//! Reading objectives, each caller as far as its sight of plans reaches. The education service sees those of the plan in force that concern
//! listed schools, in full; their sectors it sees by name.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::codes::Uai;
use crate::domain::keys::{ObjectiveKey, RevisionKey, SectorKey};
use crate::store::objectives::{self, Named, Objective, links};
use crate::store::{revisions as store_revisions, schools, sectors::near};
use crate::workflow::{Call, Error, Result, revisions};

/// The objectives of revisions that were handed out whole, most urgent first.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn of_revisions(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<Arc<Objective>>>> {
    let scope = call.plan_sight()?.plans_in_force();
    let mut all: HashMap<RevisionKey, Vec<Arc<Objective>>> = HashMap::new();
    for objective in objectives::of_revisions(call.db()?, &scope, keys)? {
        all.entry(objective.key.revision.clone()).or_default().push(Arc::new(objective));
    }
    Ok(all)
}

/// Objectives of revisions that were handed out whole, by their keys.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn by_keys(call: &mut Call, keys: &[ObjectiveKey]) -> Result<HashMap<ObjectiveKey, Arc<Objective>>> {
    let scope = call.plan_sight()?.plans_in_force();
    let rows = objectives::by_keys(call.db()?, &scope, keys)?;
    Ok(rows.into_iter().map(|row| (row.key.clone(), Arc::new(row))).collect())
}

/// One objective by its id.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN, NOT_FOUND.
pub fn node(call: &mut Call, key: &ObjectiveKey) -> Result<Arc<Objective>> {
    let missing = || Error::not_found("objective");
    if !revisions::seen(call, &key.revision)?.whole && !on_school_sheet(call, key)? {
        return Err(missing());
    }
    let scope = call.plan_sight()?.anything();
    let found = objectives::by_keys(call.db()?, &scope, std::slice::from_ref(key))?.pop();
    found.map(Arc::new).ok_or_else(missing)
}

/// Whether an objective of the plan in force concerns a listed school.
fn on_school_sheet(call: &mut Call, key: &ObjectiveKey) -> Result<bool> {
    let scope = call.plan_sight()?.school_sheet;
    let plan = store_revisions::plan(call.db()?, &scope, &key.revision.department)?;
    if plan.and_then(|plan| plan.current) != Some(key.revision.number) {
        return Ok(false);
    }
    let named = links::of(call.db()?, &scope, std::slice::from_ref(key))?.remove(key).unwrap_or_default();
    let keys: Vec<SectorKey> = named.sectors.into_iter().map(|code| SectorKey { revision: key.revision.clone(), code }).collect();
    let near = near::schools_near(call.db()?, &scope, &keys)?;
    let concerned: BTreeSet<Uai> = named.schools.into_iter().chain(near.into_iter().map(|near| near.uai)).collect();
    let concerned: Vec<Uai> = concerned.into_iter().collect();
    let today = call.today();
    Ok(!schools::listed(call.db()?, &concerned, today)?.is_empty())
}

/// What objectives that were handed out name.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn named(call: &mut Call, keys: &[ObjectiveKey]) -> Result<HashMap<ObjectiveKey, Arc<Named>>> {
    let scope = call.plan_sight()?.anything();
    let all = links::of(call.db()?, &scope, keys)?;
    Ok(all.into_iter().map(|(key, named)| (key, Arc::new(named))).collect())
}

/// The objectives that name sectors that were handed out whole, most urgent first.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn naming_sectors(call: &mut Call, keys: &[SectorKey]) -> Result<HashMap<SectorKey, Vec<Arc<Objective>>>> {
    let scope = call.plan_sight()?.plans_in_force();
    let mut all: HashMap<SectorKey, Vec<Arc<Objective>>> = HashMap::new();
    for (sector, objective) in links::naming_sectors(call.db()?, &scope, keys)? {
        all.entry(sector).or_default().push(Arc::new(objective));
    }
    Ok(all)
}

/// The objectives of plans in force that concern schools that were handed out: that name them or a sector near them.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn concerning_schools(call: &mut Call, uais: &[Uai]) -> Result<HashMap<Uai, Vec<Arc<Objective>>>> {
    let scope = call.plan_sight()?.anything();
    let mut all: HashMap<Uai, Vec<Arc<Objective>>> = HashMap::new();
    for (uai, objective) in objectives::concerning_schools(call.db()?, &scope, uais)? {
        all.entry(uai).or_default().push(Arc::new(objective));
    }
    Ok(all)
}
