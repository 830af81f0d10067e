//! Over which territory an answer may be: a cell that is not wholly within what the caller reads is refused, never summed in part.

use crate::access::{Capability, Scope};
use crate::domain::Message;
use crate::domain::codes::{DepartmentCode, RegionCode, ZoneCode};
use crate::domain::departments::DepartmentSet;
use crate::domain::rollup::table::NATION;
use crate::domain::territory::{Territories, Unit, unit};
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
    pub departments: DepartmentSet,
}

impl Field {
    /// Its departments; none of a territory that does not exist.
    fn departments(&self, territories: &Territories) -> DepartmentSet {
        match self {
            Self::Nation => territories.all(),
            Self::Zone(code) => behind(territories.zone_units(), code.as_str()),
            Self::Region(code) => behind(territories.region_units(), code.as_str()),
            Self::Department(code) => territories.place(code).map(DepartmentSet::one).unwrap_or_default(),
        }
    }
}

fn behind(units: &[Unit], key: &str) -> DepartmentSet {
    unit(units, key).map(|unit| unit.departments).unwrap_or_default()
}

impl View {
    fn of(territories: &Territories, field: Field) -> Self {
        Self { departments: field.departments(territories), field }
    }

    /// As a scope for the store.
    #[must_use]
    pub fn scope(&self, territories: &Territories) -> Scope {
        match &self.field {
            Field::Nation => Scope::Nation,
            Field::Zone(_) | Field::Region(_) | Field::Department(_) => scope_of(territories, self.departments),
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
            return Err(Error::invalid(
                "departmentCode",
                Message::new("DEPARTMENT_NEEDED", "l’axe SECTOR est interne à un département : nommez-le"),
            ));
        }
        None => whole(&call.office().territories, &scope).ok_or_else(|| {
            Error::invalid(
                "departmentCode",
                Message::new("DEPARTMENT_NEEDED", "ce que vous pouvez lire n’est pas un seul territoire : nommez le département"),
            )
        })?,
    };
    match along(&call.office().territories, &scope, field.clone(), axis) {
        Some(field) => Ok(View::of(&call.office().territories, field)),
        None => {
            let refusal = too_wide(&call.office().territories, &field, axis);
            // Asked for, so that the refusal is audited; it is said in words of the axis, since the right itself is there.
            match call.require_nation(Capability::ReadRollups) {
                Ok(()) | Err(Error::Forbidden(_)) => Err(Error::forbidden(refusal)),
                Err(other) => Err(other),
            }
        }
    }
}

/// That cells of the axis reach beyond what the caller reads, and which parquets do.
fn too_wide(territories: &Territories, field: &Field, axis: RollupAxis) -> Message {
    let within = field.departments(territories);
    let shared =
        |unit: &&Unit| axis == RollupAxis::Parquet && unit.departments.meets(within) && !within.holds_all(unit.departments);
    let named = |unit: &Unit| {
        let codes: Vec<&str> = territories.of(unit.departments).map(|department| department.code.as_str()).collect();
        format!("{} s’étend sur les départements {}", unit.key, codes.join(" et "))
    };
    let shared: Vec<String> = territories.parquet_units().iter().filter(shared).map(named).collect();
    let why = if shared.is_empty() { String::new() } else { format!(" : {}", shared.join(", ")) };
    Message::new("AXIS_TOO_WIDE", format!("les cellules de l’axe {axis} dépassent ce que vous pouvez lire{why}"))
        .with("axis", axis)
}

/// Some departments as a scope for the store.
pub(super) fn scope_of(territories: &Territories, departments: DepartmentSet) -> Scope {
    Scope::departments(territories.of(departments).map(|department| department.code.clone()))
}

/// What a scope reaches.
fn reach(territories: &Territories, scope: &Scope) -> DepartmentSet {
    match scope {
        Scope::Nation => territories.all(),
        Scope::Departments(codes) => codes.iter().filter_map(|code| territories.place(code)).collect(),
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
    let all = reach(territories, scope);
    let zones = || territories.zones().map(|zone| Field::Zone(zone.code.clone()));
    let regions = || territories.regions().map(|region| Field::Region(region.code.clone()));
    zones().chain(regions()).find(|field| field.departments(territories) == all)
}

/// The territory within which the axis' cells are whole: the field itself, or the wider one that holds it; none where that is beyond the
/// scope, or where the field cuts through cells.
fn along(territories: &Territories, scope: &Scope, field: Field, axis: RollupAxis) -> Option<Field> {
    let first = territories.of(field.departments(territories)).next()?;
    let within_reach =
        |wider: &Field| *scope == Scope::Nation || reach(territories, scope).holds_all(wider.departments(territories));
    let cuts = |field: &Field, units: &[Unit]| {
        let within = field.departments(territories);
        units.iter().any(|unit| unit.departments.meets(within) && !within.holds_all(unit.departments))
    };
    let cuts_a_parquet = |field: &Field| cuts(field, territories.parquet_units());
    match (axis, &field) {
        (RollupAxis::National, Field::Nation) => Some(field),
        (RollupAxis::National, Field::Zone(_) | Field::Region(_) | Field::Department(_)) => {
            Some(Field::Nation).filter(within_reach)
        }
        (RollupAxis::DefenceZone, Field::Department(_)) => Some(Field::Zone(first.zone.clone())).filter(within_reach),
        (RollupAxis::Region, Field::Department(_)) => Some(Field::Region(first.region.clone())).filter(within_reach),
        (RollupAxis::DefenceZone, Field::Nation | Field::Zone(_) | Field::Region(_)) => {
            (!cuts(&field, territories.zone_units())).then_some(field)
        }
        (RollupAxis::Region, Field::Nation | Field::Zone(_) | Field::Region(_)) => {
            (!cuts(&field, territories.region_units())).then_some(field)
        }
        (RollupAxis::Parquet, Field::Nation | Field::Zone(_) | Field::Region(_)) => (!cuts_a_parquet(&field)).then_some(field),
        // Colmar prosecutes in two departments: its cell is in the region that holds both, or in none.
        (RollupAxis::Parquet, Field::Department(_)) if cuts_a_parquet(&field) => {
            let wider = [Field::Region(first.region.clone()), Field::Zone(first.zone.clone()), Field::Nation];
            wider.into_iter().find(|wider| within_reach(wider) && !cuts_a_parquet(wider))
        }
        (RollupAxis::Parquet, Field::Department(_))
        | (
            RollupAxis::Department | RollupAxis::Sector | RollupAxis::Service | RollupAxis::Authority,
            Field::Nation | Field::Zone(_) | Field::Region(_) | Field::Department(_),
        ) => Some(field),
    }
}
