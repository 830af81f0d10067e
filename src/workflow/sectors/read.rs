//! Reading sectors, each caller as far as its sight of plans reaches. The education service sees of the sectors near listed schools the code
//! and the name, and no more.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::access::{Capability, PlanSight, Scope};
use crate::domain::Message;
use crate::domain::codes::{DepartmentCode, SectorCode, Uai};
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::domain::vocabulary::NationalList;
use crate::store::national_lists;
use crate::store::sectors::{self, Sector};
use crate::store::{schools, sectors::near};
use crate::workflow::{Call, Error, Result, revisions};

/// A sector as a caller sees it.
#[derive(Clone, Debug)]
pub enum SeenSector {
    /// All of it.
    Whole(Arc<Sector>),
    /// Its code and name.
    NameOnly {
        /// Revision and code.
        key: SectorKey,
        /// Its name.
        name: String,
    },
}

impl SeenSector {
    fn by(sight: &PlanSight, sector: Sector) -> Self {
        if sight.plans_in_force().holds(&sector.key.revision.department) {
            Self::Whole(Arc::new(sector))
        } else {
            Self::NameOnly { key: sector.key, name: sector.name }
        }
    }

    /// Revision and code.
    #[must_use]
    pub fn key(&self) -> &SectorKey {
        match self {
            Self::Whole(sector) => &sector.key,
            Self::NameOnly { key, .. } => key,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Whole(sector) => &sector.name,
            Self::NameOnly { name, .. } => name,
        }
    }

    /// All of it.
    ///
    /// # Errors
    /// FORBIDDEN for who sees the name only.
    pub fn whole(&self) -> Result<&Arc<Sector>> {
        match self {
            Self::Whole(sector) => Ok(sector),
            Self::NameOnly { .. } => {
                let capability = Capability::ReadPlansInForce;
                let text = format!("le droit {capability} est nécessaire pour voir d’un secteur plus que son nom");
                Err(Error::forbidden(Message::new("CAPABILITY_MISSING", text).with("capability", capability)))
            }
        }
    }
}

/// The sectors of revisions that were handed out whole, worst hit first.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn of_revisions(call: &mut Call, keys: &[RevisionKey]) -> Result<HashMap<RevisionKey, Vec<SeenSector>>> {
    let scope = call.plan_sight()?.plans_in_force();
    let (unchanging, changing) = held(call, &scope, keys.iter().cloned(), |key| key);
    let (mut all, mut missing) = call.office().contents.mappings.take_from(&unchanging);
    let to_keep: HashSet<RevisionKey> = missing.iter().cloned().collect();
    missing.extend(changing);
    if !missing.is_empty() {
        let mut read: HashMap<RevisionKey, Vec<Arc<Sector>>> = missing.iter().map(|key| (key.clone(), Vec::new())).collect();
        for sector in sectors::of_revisions(call.db()?, &scope, &missing)? {
            read.entry(sector.key.revision.clone()).or_default().push(Arc::new(sector));
        }
        for (key, mapping) in read {
            let mapping: Arc<[Arc<Sector>]> = mapping.into();
            if to_keep.contains(&key) {
                call.office().contents.mappings.keep(key.clone(), Arc::clone(&mapping));
            }
            all.insert(key, mapping);
        }
    }
    let whole = |mapping: &[Arc<Sector>]| mapping.iter().map(|sector| SeenSector::Whole(Arc::clone(sector))).collect();
    Ok(all.iter().map(|(key, mapping)| (key.clone(), whole(mapping))).collect())
}

/// Of some things, those in scope: first those of revisions that never change any more, then the others.
fn held<T>(
    call: &Call,
    scope: &Scope,
    things: impl Iterator<Item = T>,
    revision: impl Fn(&T) -> &RevisionKey,
) -> (Vec<T>, Vec<T>) {
    things.filter(|thing| scope.holds(&revision(thing).department)).partition(|thing| call.is_unchanging(revision(thing)))
}

/// Sectors that objects already handed out name.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn by_keys(call: &mut Call, keys: &[SectorKey]) -> Result<HashMap<SectorKey, SeenSector>> {
    let sight = call.plan_sight()?;
    let rows = sectors::by_keys(call.db()?, &sight.anything(), keys)?;
    Ok(rows.into_iter().map(|row| (row.key.clone(), SeenSector::by(&sight, row))).collect())
}

/// Those of some sectors that the caller sees, by their ids.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for a caller who reads no plan at all.
pub fn nodes(call: &mut Call, keys: &[SectorKey]) -> Result<HashMap<SectorKey, SeenSector>> {
    let (mut visible, sheet) = revisions::whole_or_sheet(call, keys, |key| &key.revision)?;
    if !sheet.is_empty() {
        visible.extend(on_school_sheet(call, &sheet)?);
    }
    by_keys(call, &visible)
}

/// Those of some sectors that are of the plan in force and near a listed school.
fn on_school_sheet(call: &mut Call, keys: &[SectorKey]) -> Result<Vec<SectorKey>> {
    let scope = call.plan_sight()?.school_sheet;
    let near: Vec<Uai> = near::schools_near(call.db()?, &scope, keys)?.into_iter().map(|near| near.uai).collect();
    let today = call.today();
    let listed: Vec<Uai> = schools::listed(call.db()?, &scope, &near, today)?.into_iter().collect();
    let in_force = near::sectors_near(call.db()?, &scope, &listed)?;
    let shown: BTreeSet<SectorKey> = in_force.into_iter().map(|(_, sector)| sector.key).collect();
    Ok(keys.iter().filter(|key| shown.contains(key)).cloned().collect())
}

/// The sectors of plans in force near schools that were handed out, nearest first.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn near_schools(call: &mut Call, uais: &[Uai]) -> Result<HashMap<Uai, Vec<SeenSector>>> {
    let sight = call.plan_sight()?;
    let mut all: HashMap<Uai, Vec<SeenSector>> = HashMap::new();
    for (uai, sector) in near::sectors_near(call.db()?, &sight.anything(), uais)? {
        all.entry(uai).or_default().push(SeenSector::by(&sight, sector));
    }
    Ok(all)
}

/// The outlines of sectors that were handed out whole, as GeoJSON: the coarsest stored one that is not coarser than asked for.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; INTERNAL for a stored text that is not JSON.
pub fn outlines(call: &mut Call, keys: &[SectorKey], tolerance: i32) -> Result<HashMap<SectorKey, Arc<RawValue>>> {
    let scope = call.plan_sight()?.plans_in_force();
    let wanted = keys.iter().map(|key| (key.clone(), tolerance));
    let (unchanging, changing) = held(call, &scope, wanted, |(key, _)| &key.revision);
    let (mut all, missing) = call.office().contents.outlines.take_from(&unchanging);
    let to_read: Vec<SectorKey> = missing.into_iter().chain(changing).map(|(key, _)| key).collect();
    if !to_read.is_empty() {
        for (key, text) in sectors::outlines::of_sectors(call.db()?, &scope, &to_read, tolerance)? {
            let fault = |error| Error::Internal(format!("a stored outline: {error}"));
            let outline: Arc<RawValue> = RawValue::from_string(text).map_err(fault)?.into();
            if call.is_unchanging(&key.revision) {
                call.office().contents.outlines.keep((key.clone(), tolerance), Arc::clone(&outline));
            }
            all.insert((key, tolerance), outline);
        }
    }
    Ok(all.into_iter().map(|((key, _), outline)| (key, outline)).collect())
}

/// The national lists on which sectors are today, whatever the revision.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn national_lists(
    call: &mut Call,
    sectors: &[(DepartmentCode, SectorCode)],
) -> Result<HashMap<(DepartmentCode, SectorCode), Vec<NationalList>>> {
    let scope = call.plan_sight()?.plans_in_force();
    let today = call.today();
    let mut all: HashMap<_, Vec<NationalList>> = HashMap::new();
    for entry in national_lists::of_sectors(call.db()?, &scope, sectors, today)? {
        match entry.member {
            national_lists::Member::Sector(code) => all.entry((entry.department, code)).or_default().push(entry.list),
            national_lists::Member::School(_) => {}
        }
    }
    Ok(all)
}

/// Sectors by department and code, as in the plan in force, else as in the last revision that held them and that the caller sees: what a
/// measure's sector is shown as.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn last_known(
    call: &mut Call,
    codes: &[(DepartmentCode, SectorCode)],
) -> Result<HashMap<(DepartmentCode, SectorCode), SeenSector>> {
    let sight = call.plan_sight()?;
    let mut all = in_force(call, &sight.plans_in_force(), codes)?;
    let others: Vec<(DepartmentCode, SectorCode)> = codes.iter().filter(|code| !all.contains_key(*code)).cloned().collect();
    if others.is_empty() {
        return Ok(all);
    }
    for (in_force, sector) in sectors::last_known(call.db()?, &sight, &others)? {
        let key = (sector.key.revision.department.clone(), sector.key.code.clone());
        // Latest first: the one in force is preferred, else the first met.
        if in_force || !all.contains_key(&key) {
            all.insert(key, SeenSector::by(&sight, sector));
        }
    }
    Ok(all)
}

/// Those of some sectors that the plans in force hold, where the caller reads these whole. Such plans are in memory, mostly.
fn in_force(
    call: &mut Call,
    scope: &Scope,
    codes: &[(DepartmentCode, SectorCode)],
) -> Result<HashMap<(DepartmentCode, SectorCode), SeenSector>> {
    let departments: BTreeSet<&DepartmentCode> = codes.iter().map(|(code, _)| code).filter(|code| scope.holds(code)).collect();
    if departments.is_empty() {
        return Ok(HashMap::new());
    }
    let departments: Vec<DepartmentCode> = departments.into_iter().cloned().collect();
    let plans = revisions::plans_within(call, scope, &departments)?;
    let current: Vec<RevisionKey> = plans.values().filter_map(|plan| plan.current.map(|number| plan.key(number))).collect();
    for key in &current {
        // What is in force was transmitted.
        call.met_transmitted(key);
    }
    let mappings = of_revisions(call, &current)?;
    let wanted: HashSet<(&DepartmentCode, &SectorCode)> = codes.iter().map(|(department, code)| (department, code)).collect();
    let mut found = HashMap::with_capacity(codes.len());
    for sector in mappings.into_values().flatten() {
        let key = sector.key();
        if wanted.contains(&(&key.revision.department, &key.code)) {
            found.insert((key.revision.department.clone(), key.code.clone()), sector);
        }
    }
    Ok(found)
}
