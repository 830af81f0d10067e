//! Questions about territory. Reference facts: everyone who is signed in may read them (house).

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::scalars::DepartmentCode;
use crate::graphql::types::territory::{DefenceZone, Department, Region};
use crate::workflow::territory;

/// Departments by region or zone.
pub fn departments(context: &Context, region: Option<String>, zone: Option<String>) -> ApiResult<Vec<Department>> {
    let found = context.read(|call| territory::departments(call, region.as_deref(), zone.as_deref()))?;
    Ok(found.into_iter().map(Department).collect())
}

/// One department.
pub fn department(context: &Context, code: DepartmentCode) -> ApiResult<Option<Department>> {
    Ok(context.read(|call| territory::department(call, &code.0))?.map(Department))
}

/// All regions.
pub fn regions(context: &Context) -> ApiResult<Vec<Region>> {
    Ok(context.read(|call| territory::regions(call))?.into_iter().map(Region).collect())
}

/// All defence zones.
pub fn defence_zones(context: &Context) -> ApiResult<Vec<DefenceZone>> {
    Ok(context.read(|call| territory::defence_zones(call))?.into_iter().map(DefenceZone).collect())
}
