//! The root of queries: one field for each question of the contract, handed on to its area.

mod territory;

use juniper::graphql_object;

use super::context::Context;
use super::error::ApiResult;
use super::scalars::DepartmentCode;
use super::types::territory::{DefenceZone, Department, Region};
use super::value::PaltsScalar;

/// The root of queries.
pub struct Query;

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
impl Query {
    // ------------------------------------------------------------ access

    // ------------------------------------------------------------ node

    // ------------------------------------------------------------ territory
    /// The departments, of a region or a defence zone or all.
    fn departments(
        context: &Context,
        region_code: Option<String>,
        defence_zone_code: Option<String>,
    ) -> ApiResult<Vec<Department>> {
        territory::departments(context, region_code, defence_zone_code)
    }
    /// One department.
    fn department(context: &Context, code: DepartmentCode) -> ApiResult<Option<Department>> {
        territory::department(context, code)
    }
    /// The 18 regions.
    fn regions(context: &Context) -> ApiResult<Vec<Region>> {
        territory::regions(context)
    }
    /// The 12 defence zones.
    fn defence_zones(context: &Context) -> ApiResult<Vec<DefenceZone>> {
        territory::defence_zones(context)
    }

    // ------------------------------------------------------------ plans

    // ------------------------------------------------------------ schools and lists

    // ------------------------------------------------------------ meetings and indicators

    // ------------------------------------------------------------ rollups

    // ------------------------------------------------------------ publications

    // ------------------------------------------------------------ compliance

    // ------------------------------------------------------------ administration and audit
}
