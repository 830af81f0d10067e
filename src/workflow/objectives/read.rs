//! Reading objectives, each caller as far as its sight of plans reaches. The education service sees those of the plan in force that concern
//! listed schools, in full; their sectors it sees by name.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::codes::Uai;
use crate::domain::keys::{ObjectiveKey, RevisionKey, SectorKey};
use crate::store::objectives::{self, Named, Objective, links};
use crate::store::{schools, sectors::near};
use crate::workflow::{Call, Result, revisions};

/// The objectives of revisions that were handed out whole, most urgent first.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn of_revisions(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<Arc<Objective>>>> {
    let scope = call.plan_sight()?.plans_in_force();
    let in_scope = keys.iter().filter(|key| scope.holds(&key.department)).cloned();
    let (unchanging, changing): (Vec<RevisionKey>, Vec<RevisionKey>) = in_scope.partition(|key| call.is_unchanging(key));
    let (kept, mut missing) = call.office().contents.objectives.take_from(&unchanging);
    let mut all: HashMap<RevisionKey, Vec<Arc<Objective>>> = kept.into_iter().map(|(key, list)| (key, list.to_vec())).collect();
    let to_keep = missing.clone();
    missing.extend(changing);
    if !missing.is_empty() {
        for objective in objectives::of_revisions(call.db()?, &scope, &missing)? {
            all.entry(objective.key.revision.clone()).or_default().push(Arc::new(objective));
        }
        for key in to_keep {
            let list = all.entry(key.clone()).or_default();
            call.office().contents.objectives.keep(key, list.as_slice().into());
        }
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

/// Those of some objectives that the caller sees, by their ids.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for a caller who reads no plan at all.
pub fn nodes(call: &mut Call, keys: &[ObjectiveKey]) -> Result<HashMap<ObjectiveKey, Arc<Objective>>> {
    let (mut visible, sheet) = revisions::whole_or_sheet(call, keys, |key| &key.revision)?;
    if !sheet.is_empty() {
        visible.extend(on_school_sheet(call, &sheet)?);
    }
    let scope = call.plan_sight()?.anything();
    let rows = objectives::by_keys(call.db()?, &scope, &visible)?;
    Ok(rows.into_iter().map(|row| (row.key.clone(), Arc::new(row))).collect())
}

/// Those of some objectives that are of the plan in force and concern a listed school.
fn on_school_sheet(call: &mut Call, keys: &[ObjectiveKey]) -> Result<Vec<ObjectiveKey>> {
    let scope = call.plan_sight()?.school_sheet;
    let all = links::of(call.db()?, &scope, keys)?;
    let sectors: Vec<SectorKey> = all
        .iter()
        .flat_map(|(key, named)| {
            named.sectors.iter().map(|code| SectorKey { revision: key.revision.clone(), code: code.clone() })
        })
        .collect();
    let near = near::schools_near(call.db()?, &scope, &sectors)?;
    let named = all.into_values().flat_map(|named| named.schools);
    let concerned: BTreeSet<Uai> = named.chain(near.into_iter().map(|near| near.uai)).collect();
    let today = call.today();
    let listed = schools::listed(call.db()?, &scope, &concerned.into_iter().collect::<Vec<_>>(), today)?;
    let in_force = objectives::concerning_schools(call.db()?, &scope, &listed.into_iter().collect::<Vec<_>>())?;
    let shown: BTreeSet<ObjectiveKey> = in_force.into_iter().map(|(_, objective)| objective.key).collect();
    Ok(keys.iter().filter(|key| shown.contains(key)).cloned().collect())
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
