//! Reading schools: the whole directory for who reads schools, the listed ones alone for the education service.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::access::Capability;
use crate::domain::Message;
use crate::domain::codes::{DepartmentCode, Uai};
use crate::domain::keys::SectorKey;
use crate::store::schools::{self, School, SchoolFilter, SchoolSight};
use crate::store::sectors::near;
use crate::workflow::{Call, Error, Result};

/// Rows that one statement reads for several departments at once, at most.
const MAX_ROWS: i64 = 20_000;

/// Which schools of a department are asked for, and how many.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listing {
    /// On the national list today, or not; covered or not.
    pub filter: SchoolFilter,
    /// The UAI after which to begin.
    pub after: Option<Uai>,
    /// How many.
    pub limit: i64,
}

/// The caller's sight of schools.
fn sight(call: &mut Call) -> Result<SchoolSight> {
    let directory = call.access().scope_or_nowhere(Capability::ReadSchools)?;
    let listed = call.access().scope_or_nowhere(Capability::ReadSchoolSheet)?;
    if directory.is_nowhere() && listed.is_nowhere() {
        call.scope(Capability::ReadSchools)?;
    }
    Ok(SchoolSight { directory, listed, on: call.today() })
}

/// A department named in a question must be in sight.
fn require(call: &mut Call, sight: &SchoolSight, department: &DepartmentCode) -> Result<()> {
    if !sight.directory.holds(department) && !sight.listed.holds(department) {
        call.require(Capability::ReadSchools, department)?;
    }
    Ok(())
}

/// Schools by UAI, of one department or of all in sight: one more than asked for, if more follow.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN, NOT_FOUND for a department out of scope.
pub fn page(call: &mut Call, department: Option<&DepartmentCode>, listing: &Listing) -> Result<Vec<Arc<School>>> {
    let sight = sight(call)?;
    if let Some(department) = department {
        require(call, &sight, department)?;
    }
    let departments = department.map(std::slice::from_ref);
    let limit = listing.limit.saturating_add(1);
    let rows = schools::page(call.db()?, &sight, departments, &listing.filter, listing.after.as_ref(), limit)?;
    Ok(rows.into_iter().map(Arc::new).collect())
}

/// The same for several departments at once: one statement. Departments out of sight have none.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; LIMIT where the departments have too many schools together.
pub fn of_departments(
    call: &mut Call,
    departments: &[DepartmentCode],
    listing: &Listing,
) -> Result<HashMap<DepartmentCode, Vec<Arc<School>>>> {
    let sight = sight(call)?;
    let wanted = usize::try_from(listing.limit.saturating_add(1)).unwrap_or(usize::MAX);
    let limit = if let [_] = departments { listing.limit.saturating_add(1) } else { MAX_ROWS + 1 };
    let rows = schools::page(call.db()?, &sight, Some(departments), &listing.filter, listing.after.as_ref(), limit)?;
    if departments.len() > 1 && i64::try_from(rows.len()).unwrap_or(i64::MAX) > MAX_ROWS {
        let text = "ces départements ont trop d’établissements pour une seule liste ; demandez moins de départements";
        return Err(Error::limit(Message::new("TOO_MANY_SCHOOLS", text)));
    }
    let mut all: HashMap<DepartmentCode, Vec<Arc<School>>> = HashMap::new();
    for row in rows {
        let schools = all.entry(row.department.clone()).or_default();
        if schools.len() < wanted {
            schools.push(Arc::new(row));
        }
    }
    Ok(all)
}

/// How many schools there are in sight.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn total(call: &mut Call, department: Option<&DepartmentCode>, filter: &SchoolFilter) -> Result<i64> {
    let sight = sight(call)?;
    Ok(schools::count(call.db()?, &sight, department, filter)?)
}

/// One school by its id.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN, NOT_FOUND.
pub fn node(call: &mut Call, uai: &Uai) -> Result<Arc<School>> {
    by_uai(call, std::slice::from_ref(uai))?.remove(uai).ok_or_else(|| Error::not_found("établissement"))
}

/// Those of some schools that are in sight.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn by_uai(call: &mut Call, uais: &[Uai]) -> Result<HashMap<Uai, Arc<School>>> {
    let sight = sight(call)?;
    let rows = schools::by_uai(call.db()?, &sight, uais)?;
    Ok(rows.into_iter().map(|row| (row.uai.clone(), Arc::new(row))).collect())
}

/// Those of some schools that are on the national list today.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn listed(call: &mut Call, uais: &[Uai]) -> Result<BTreeSet<Uai>> {
    let sight = sight(call)?;
    Ok(schools::listed(call.db()?, &sight.anywhere(), uais, sight.on)?)
}

/// Those of some schools that the plan in force covers.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn covered(call: &mut Call, uais: &[Uai]) -> Result<BTreeSet<Uai>> {
    let scope = sight(call)?.anywhere();
    Ok(schools::covered(call.db()?, &scope, uais)?)
}

/// The UAIs of the schools near sectors that were handed out whole, nearest first.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn near_sectors(call: &mut Call, keys: &[SectorKey]) -> Result<HashMap<SectorKey, Vec<Uai>>> {
    let scope = call.plan_sight()?.plans_in_force();
    let mut all: HashMap<SectorKey, Vec<Uai>> = HashMap::new();
    for near in near::schools_near(call.db()?, &scope, keys)? {
        all.entry(near.sector).or_default().push(near.uai);
    }
    Ok(all)
}
