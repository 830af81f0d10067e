//! Over which territory an answer may be: a cell that is not wholly within what the caller reads is refused, never summed in part.

use std::collections::BTreeSet;

use crate::access::{Capability, Scope};
use crate::domain::codes::{DepartmentCode, RegionCode, ZoneCode};
use crate::domain::rollup::table::NATION;
use crate::domain::territory::Territories;
use crate::domain::vocabulary::RollupAxis;
use crate::workflow::{Call, Error, Result};

/// A territory that is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The nation.
    Nation,
    /// A defence zone.
    Zone(ZoneCode),
    /// A region.
    Region(RegionCode),
    /// A department.
    Department(DepartmentCode),
}

/// The territory of an answer, wholly within what the caller reads.
#[derive(Clone, Debug)]
pub struct View {
    /// Which it is.
    pub field: Field,
    /// Its departments.
    pub departments: BTreeSet<DepartmentCode>,
}

impl View {
    fn of(territories: &Territories, field: Field) -> Self {
        let departments = match &field {
            Field::Nation => territories.departments().map(|department| department.code.clone()).collect(),
            Field::Zone(code) => territories.departments_of_zone(code).collect(),
            Field::Region(code) => territories.departments_of_region(code).collect(),
            Field::Department(code) => BTreeSet::from([code.clone()]),
        };
        Self { field, departments }
    }

    /// As a scope for the store.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match &self.field {
            Field::Nation => Scope::Nation,
            Field::Zone(_) | Field::Region(_) | Field::Department(_) => Scope::departments(self.departments.iter().cloned()),
        }
    }

    /// Code of the territory: the key of the total.
    #[must_use]
    pub fn key(&self) -> &str {
        match &self.field {
            Field::Nation => NATION,
            Field::Zone(code) => code.as_str(),
            Field::Region(code) => code.as_str(),
            Field::Department(code) => code.as_str(),
        }
    }
}

/// The territory of an answer along an axis. With a department named: the department, or on a wider axis the one zone, region or nation
/// that holds it, whole. Without: all that the caller reads, which must make one territory.
///
/// # Errors
/// FORBIDDEN where a cell would reach beyond what the caller reads; NOT_FOUND for a department outside its territory; INVALID where a
/// department must be named.
pub fn view(call: &mut Call, axis: RollupAxis, department: Option<&DepartmentCode>) -> Result<View> {
    let scope = call.scope(Capability::ReadRollups)?;
    let field = match department {
        Some(code) => {
            call.require(Capability::ReadRollups, code)?;
            Field::Department(code.clone())
        }
        None if axis == RollupAxis::Sector => {
            return Err(Error::invalid("departmentCode", "the axis SECTOR is within one department: name it"));
        }
        None => whole(&call.office().territories, &scope)
            .ok_or_else(|| Error::invalid("departmentCode", "what you may read is no single territory: name the department"))?,
    };
    match along(&call.office().territories, &scope, field, axis) {
        Some(field) => Ok(View::of(&call.office().territories, field)),
        None => {
            call.require_nation(Capability::ReadRollups)?;
            Err(Error::Forbidden(format!("cells of the axis {axis} reach beyond the territory")))
        }
    }
}

/// The territory that a scope is, if it is one.
fn whole(territories: &Territories, scope: &Scope) -> Option<Field> {
    let codes = match scope {
        Scope::Nation => return Some(Field::Nation),
        Scope::Departments(codes) => codes,
    };
    if let (1, Some(code)) = (codes.len(), codes.first()) {
        return Some(Field::Department(code.clone()));
    }
    let same = |departments: BTreeSet<DepartmentCode>| departments == *codes;
    let zone = territories.zones().find(|zone| same(territories.departments_of_zone(&zone.code).collect()));
    let region = territories.regions().find(|region| same(territories.departments_of_region(&region.code).collect()));
    zone.map(|zone| Field::Zone(zone.code.clone())).or_else(|| region.map(|region| Field::Region(region.code.clone())))
}

/// The territory within which the axis' cells are whole: the field itself, or the wider one that holds it; none where that is beyond the
/// scope, or where the field cuts through cells.
fn along(territories: &Territories, scope: &Scope, field: Field, axis: RollupAxis) -> Option<Field> {
    let all = |departments: BTreeSet<DepartmentCode>| scope.holds_all(&departments);
    let first = View::of(territories, field.clone()).departments.first().and_then(|code| territories.department(code))?;
    let cuts = |field: &Field, departments: BTreeSet<DepartmentCode>| {
        let within = View::of(territories, field.clone()).departments;
        !departments.is_subset(&within) && !departments.is_disjoint(&within)
    };
    let cuts_a_parquet =
        |field: &Field| territories.parquets().any(|parquet| cuts(field, parquet.departments.iter().cloned().collect()));
    match (axis, &field) {
        (RollupAxis::National, Field::Nation) => Some(field),
        (RollupAxis::National, Field::Zone(_) | Field::Region(_) | Field::Department(_)) => {
            all(territories.departments().map(|department| department.code.clone()).collect()).then_some(Field::Nation)
        }
        (RollupAxis::DefenceZone, Field::Department(_)) => {
            all(territories.departments_of_zone(&first.zone).collect()).then(|| Field::Zone(first.zone.clone()))
        }
        (RollupAxis::Region, Field::Department(_)) => {
            all(territories.departments_of_region(&first.region).collect()).then(|| Field::Region(first.region.clone()))
        }
        (RollupAxis::DefenceZone, Field::Nation | Field::Zone(_) | Field::Region(_)) => {
            (!territories.zones().any(|zone| cuts(&field, territories.departments_of_zone(&zone.code).collect())))
                .then_some(field)
        }
        (RollupAxis::Region, Field::Nation | Field::Zone(_) | Field::Region(_)) => {
            (!territories.regions().any(|region| cuts(&field, territories.departments_of_region(&region.code).collect())))
                .then_some(field)
        }
        (RollupAxis::Parquet, Field::Nation | Field::Zone(_) | Field::Region(_)) => (!cuts_a_parquet(&field)).then_some(field),
        // Colmar prosecutes in two departments: its cell is in the region that holds both, or in none.
        (RollupAxis::Parquet, Field::Department(_)) if cuts_a_parquet(&field) => {
            let wider = [Field::Region(first.region.clone()), Field::Zone(first.zone.clone()), Field::Nation];
            wider.into_iter().find(|wider| all(View::of(territories, wider.clone()).departments) && !cuts_a_parquet(wider))
        }
        (RollupAxis::Parquet, Field::Department(_))
        | (
            RollupAxis::Department | RollupAxis::Sector | RollupAxis::Service | RollupAxis::Authority,
            Field::Nation | Field::Zone(_) | Field::Region(_) | Field::Department(_),
        ) => Some(field),
    }
}
