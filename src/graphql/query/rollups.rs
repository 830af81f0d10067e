//! Questions about indicators, rollups and compliance.

use std::sync::Arc;

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::lists::List;
use crate::graphql::scalars::{DepartmentCode, Period, Semester};
use crate::graphql::types::compliance::NationalOverview;
use crate::graphql::types::enums::RollupAxis;
use crate::graphql::types::indicators::Indicator;
use crate::graphql::types::rollups::Rollup;
use crate::workflow::{compliance, indicators, input, rollups};

/// Indicators that the viewer sees.
pub fn indicators(context: &Context, department: Option<DepartmentCode>) -> ApiResult<List<Indicator>> {
    let department = department.map(|code| code.0);
    let found = context.read(|call| indicators::list(call, department.as_ref()))?;
    Ok(found.into_iter().map(|indicator| Indicator(Arc::new(indicator))).collect())
}

/// An indicator over a period.
pub fn rollup(
    context: &Context,
    indicator: &str,
    period: Period,
    axis: RollupAxis,
    department: Option<DepartmentCode>,
) -> ApiResult<Rollup> {
    let code = input::parse("indicator", indicator)?;
    let department = department.map(|code| code.0);
    let compared = context.compares;
    Ok(Rollup(context.read(|call| rollups::rollup(call, code, axis.into(), period.0, department, compared))?))
}

/// An indicator over successive periods.
pub fn rollup_series(
    context: &Context,
    indicator: &str,
    axis: RollupAxis,
    from: Period,
    until: Period,
    department: Option<DepartmentCode>,
) -> ApiResult<List<Rollup>> {
    let code = input::parse("indicator", indicator)?;
    let department = department.map(|code| code.0);
    let found = context.read(|call| rollups::series(call, code, axis.into(), from.0, until.0, department, context.compares))?;
    Ok(found.into_iter().map(Rollup).collect())
}

/// How the nation stands in a semester.
pub fn national_overview(context: &Context, semester: Semester) -> ApiResult<NationalOverview> {
    Ok(context.read(|call| compliance::national_overview(call, semester.0))?.into())
}
