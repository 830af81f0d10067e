//! The root of queries: one field for each question of the contract, handed on to its area.

mod access;
mod audit;
mod publications;
mod revisions;
mod rollups;
mod schools;
mod sectors;
mod territory;

use juniper::{ID, graphql_object};

use super::context::Context;
use super::error::ApiResult;
use super::lists::List;
use super::scalars::{Date, DateTime, DepartmentCode, GeoJson, Period, Semester};
use super::types::access::{ApiTokenConnection, UserConnection, Viewer};
use super::types::audit::AuditEntryConnection;
use super::types::compliance::NationalOverview;
use super::types::enums::{NationalList, RollupAxis};
use super::types::indicators::Indicator;
use super::types::national_lists::NationalListEntry;
use super::types::node::{self, NodeValue};
use super::types::plans::Plan;
use super::types::publications::PublicationConnection;
use super::types::revisions::PlanRevision;
use super::types::rollups::Rollup;
use super::types::schools::{SchoolConnection, SchoolsRequest};
use super::types::sectors::SectorConnection;
use super::types::territory::{DefenceZone, Department, Region};
use super::value::PaltsScalar;

/// The root of queries.
pub struct Query;

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// The root of queries.
impl Query {
    // ------------------------------------------------------------ access
    /// Whoever is signed in; null for nobody.
    fn viewer(context: &Context) -> ApiResult<Option<Viewer>> {
        access::viewer(context)
    }

    // ------------------------------------------------------------ node
    /// Any object by its id; null when it does not exist for the viewer.
    fn node(context: &Context, #[graphql(description = "Opaque id of the object.")] id: ID) -> ApiResult<Option<NodeValue>> {
        node::by_id(context, &id)
    }

    // ------------------------------------------------------------ territory
    /// The departments, of a region or a defence zone or all.
    fn departments(
        context: &Context,
        #[graphql(description = "INSEE code of the region.")] region_code: Option<String>,
        #[graphql(description = "Code of the defence zone: SUD.")] defence_zone_code: Option<String>,
    ) -> ApiResult<List<Department>> {
        territory::departments(context, region_code, defence_zone_code)
    }
    /// One department.
    fn department(
        context: &Context,
        #[graphql(description = "INSEE code of the department.")] code: DepartmentCode,
    ) -> ApiResult<Option<Department>> {
        territory::department(context, code)
    }
    /// The 18 regions.
    fn regions(context: &Context) -> ApiResult<List<Region>> {
        territory::regions(context)
    }
    /// The 12 defence zones.
    fn defence_zones(context: &Context) -> ApiResult<List<DefenceZone>> {
        territory::defence_zones(context)
    }

    // ------------------------------------------------------------ plans
    /// A department's plan; null outside the viewer's territory.
    fn plan(
        context: &Context,
        #[graphql(description = "INSEE code of the department.")] department_code: DepartmentCode,
    ) -> ApiResult<Option<Plan>> {
        revisions::plan(context, department_code)
    }
    /// A revision by its id; null when the viewer does not see it.
    fn plan_revision(
        context: &Context,
        #[graphql(description = "Opaque id of the revision.")] id: ID,
    ) -> ApiResult<Option<PlanRevision>> {
        revisions::plan_revision(context, &id)
    }

    /// Sectors of plans in force, by place: lying within an area, or containing a geometry. By department, worst hit first.
    #[allow(clippy::too_many_arguments)] // The contract's.
    fn sectors(
        context: &Context,
        #[graphql(description = "Of this department alone.")] department_code: Option<DepartmentCode>,
        #[graphql(description = "Lying wholly within this area: a Polygon or MultiPolygon.")] within: Option<GeoJson>,
        #[graphql(description = "Containing the whole of this geometry.")] containing: Option<GeoJson>,
        #[graphql(description = "On this list today.")] national_list: Option<NationalList>,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<SectorConnection> {
        let arguments =
            sectors::SectorsArguments { department: department_code, within, containing, list: national_list, first, after };
        sectors::sectors(context, arguments)
    }

    // ------------------------------------------------------------ schools and lists
    /// Schools of the directory, by UAI; the education service sees the listed ones.
    fn schools(
        context: &Context,
        #[graphql(description = "Of this department alone.")] department_code: Option<DepartmentCode>,
        #[graphql(description = "On the national list of today (true), or not on it (false).")] listed: Option<bool>,
        #[graphql(description = "Covered by a deterrence objective of the plan in force (true), or not (false).")]
        covered: Option<bool>,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<SchoolConnection> {
        let request = SchoolsRequest::new(context, listed, covered, first, after.as_deref())?;
        schools::schools(context, department_code, &request)
    }
    /// A national list on a day, today unless said.
    fn national_list(
        context: &Context,
        #[graphql(description = "Which list.")] list: NationalList,
        #[graphql(description = "The day, in Europe/Paris; today unless said.")] on: Option<Date>,
    ) -> ApiResult<List<NationalListEntry>> {
        schools::national_list(context, list, on)
    }

    // ------------------------------------------------------------ meetings and indicators
    /// The indicators that the viewer sees, national ones first; of local ones, those of the department if one is named.
    fn indicators(
        context: &Context,
        #[graphql(description = "Of this department alone.")] department_code: Option<DepartmentCode>,
    ) -> ApiResult<List<Indicator>> {
        rollups::indicators(context, department_code)
    }

    // ------------------------------------------------------------ rollups
    /// An indicator over a period, cut along an axis. With departmentCode: within the department, or on a wider axis the one territory that
    /// holds it. Without: over all that the viewer reads, which must be one territory. SECTOR needs departmentCode. A cell that is not wholly
    /// within what the viewer may read is refused, never summed in part. On PARQUET the territory of a department that shares a parquet with
    /// another one (67 and 68 share TJ-COLMAR) is the region that holds both: `total` is the region's, and who does not read the region is
    /// refused (AXIS_TOO_WIDE).
    fn rollup(
        context: &Context,
        #[graphql(description = "Code of the indicator: CANNABIS_KG.")] indicator: String,
        #[graphql(description = "The period; its form says how long it is.")] period: Period,
        #[graphql(description = "How it is cut into cells.")] axis: RollupAxis,
        #[graphql(
            description = "Within this department, or the one territory of the axis that holds it; `total.key` says which it is."
        )]
        department_code: Option<DepartmentCode>,
    ) -> ApiResult<Rollup> {
        rollups::rollup(context, &indicator, period, axis, department_code)
    }
    /// The same over successive periods, for curves; at most 240 of them.
    fn rollup_series(
        context: &Context,
        #[graphql(description = "Code of the indicator: CANNABIS_KG.")] indicator: String,
        #[graphql(description = "How it is cut into cells.")] axis: RollupAxis,
        #[graphql(description = "The first period.")] from: Period,
        #[graphql(description = "The last period, as long as the first.")] until: Period,
        #[graphql(
            description = "Within this department, or the one territory of the axis that holds it; `total.key` says which it is."
        )]
        department_code: Option<DepartmentCode>,
    ) -> ApiResult<List<Rollup>> {
        rollups::rollup_series(context, &indicator, axis, from, until, department_code)
    }

    // ------------------------------------------------------------ publications
    /// What was published, newest first.
    fn publications(
        context: &Context,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<PublicationConnection> {
        publications::publications(context, first, after)
    }

    // ------------------------------------------------------------ compliance
    /// How all departments stand in a semester; for who reads the nation.
    fn national_overview(
        context: &Context,
        #[graphql(description = "The semester.")] semester: Semester,
    ) -> ApiResult<NationalOverview> {
        rollups::national_overview(context, semester)
    }

    // ------------------------------------------------------------ administration and audit
    /// Accounts, by name.
    fn users(
        context: &Context,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<UserConnection> {
        access::users(context, first, after)
    }
    /// Tokens of machines, newest first.
    fn api_tokens(
        context: &Context,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<ApiTokenConnection> {
        access::api_tokens(context, first, after)
    }
    /// The audit that the viewer may read, newest first: of one department, or of all that is the viewer's to read; from one moment on,
    /// before another.
    fn audit_entries(
        context: &Context,
        #[graphql(description = "Of this department alone.")] department_code: Option<DepartmentCode>,
        #[graphql(description = "From this moment on.")] from: Option<DateTime>,
        #[graphql(description = "Before this moment.")] until: Option<DateTime>,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<AuditEntryConnection> {
        audit::audit_entries(context, department_code, from, until, first, after)
    }
}
