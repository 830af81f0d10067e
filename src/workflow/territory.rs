//! Territory: reading the reference facts. Everyone who is signed in may (house).

use super::{Call, Result};
use crate::domain::codes::{DepartmentCode, ParquetCode, RegionCode, ZoneCode};
use crate::domain::territory::{DefenceZone, Department, Parquet, Region};

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

/// One region.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn region(call: &Call, code: &RegionCode) -> Result<Option<Region>> {
    call.require_signed_in()?;
    Ok(call.office().territories.region(code).cloned())
}

/// One defence zone.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn defence_zone(call: &Call, code: &ZoneCode) -> Result<Option<DefenceZone>> {
    call.require_signed_in()?;
    Ok(call.office().territories.zone(code).cloned())
}

/// One parquet.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn parquet(call: &Call, code: &ParquetCode) -> Result<Option<Parquet>> {
    call.require_signed_in()?;
    Ok(call.office().territories.parquet(code).cloned())
}
