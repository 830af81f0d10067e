//! Territory: reading the reference facts. Everyone who is signed in may (house).

use super::{Call, Result};
use crate::domain::codes::DepartmentCode;
use crate::domain::territory::{DefenceZone, Department, Region};

/// The departments, of a region or a defence zone or both; none for a code that nothing bears.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn departments(call: &Call, region: Option<&str>, zone: Option<&str>) -> Result<Vec<Department>> {
    call.require_signed_in()?;
    let wanted = |department: &&Department| {
        region.is_none_or(|code| department.region.as_str() == code) && zone.is_none_or(|code| department.zone.as_str() == code)
    };
    Ok(call.office().territories.departments().filter(wanted).cloned().collect())
}

/// One department.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn department(call: &Call, code: &DepartmentCode) -> Result<Option<Department>> {
    call.require_signed_in()?;
    Ok(call.office().territories.department(code).cloned())
}

/// All regions, by code.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn regions(call: &Call) -> Result<Vec<Region>> {
    call.require_signed_in()?;
    Ok(call.office().territories.regions().cloned().collect())
}

/// All defence zones, by code.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn defence_zones(call: &Call) -> Result<Vec<DefenceZone>> {
    call.require_signed_in()?;
    Ok(call.office().territories.zones().cloned().collect())
}
