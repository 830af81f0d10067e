//! Questions about territory. Reference facts: everyone who is signed in may read them (house).

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::lists::List;
use crate::graphql::scalars::DepartmentCode;
use crate::graphql::types::territory::{DefenceZone, Department, Region};
use crate::workflow::territory;

/// Departments by region or zone.
pub fn departments(context: &Context, region: Option<String>, zone: Option<String>) -> ApiResult<List<Department>> {
    let found = context.read(|call| territory::departments(call, region.as_deref(), zone.as_deref()))?;
    Ok(Department::hand_out(context, found).into())
}

/// One department.
pub fn department(context: &Context, code: DepartmentCode) -> ApiResult<Option<Department>> {
    Ok(context.read(|call| territory::department(call, &code.0))?.map(Department))
}

/// All regions.
pub fn regions(context: &Context) -> ApiResult<List<Region>> {
    let found = context.read(|call| territory::regions(call))?;
    expect_all(context);
    Ok(found.into_iter().map(Region).collect())
}

/// All defence zones.
pub fn defence_zones(context: &Context) -> ApiResult<List<DefenceZone>> {
    let found = context.read(|call| territory::defence_zones(call))?;
    expect_all(context);
    Ok(found.into_iter().map(DefenceZone).collect())
}

/// All regions, or all zones, hand out all departments in the end: what hangs on them is loaded for all at once.
fn expect_all(context: &Context) {
    context.loaders.expect_departments(context.office().territories.departments().map(|department| &department.code));
}
