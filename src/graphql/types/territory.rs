//! Territory in GraphQL: departments, regions, defence zones, parquets. Reference facts, seen by everyone who is signed in; what hangs on
//! a department is its area's to show.

use juniper::{ID, graphql_object};

use super::compliance::Compliance;
use super::meetings::{Meeting, MeetingConnection};
use super::node::NodeValue;
use super::plans::Plan;
use super::schools::{School, SchoolConnection, SchoolsRequest};
use super::sectors::stored_geojson;
use crate::domain::territory as domain;
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::lists::List;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::{Date, DepartmentCode, GeoJson, Period, Semester};
use crate::graphql::value::PaltsScalar;
use crate::store::sectors::outlines::stored_tolerance;
use crate::workflow::{Error, boundaries};

/// A department.
#[derive(Clone)]
pub struct Department(pub domain::Department);

/// A region of today.
#[derive(Clone)]
pub struct Region(pub domain::Region);

/// A defence zone of today.
#[derive(Clone)]
pub struct DefenceZone(pub domain::DefenceZone);

/// The public prosecutor's office of a tribunal judiciaire.
#[derive(Clone)]
pub struct Parquet(pub domain::Parquet);

/// Departments by their codes, in order; codes of our own rows, so all exist.
fn departments(context: &Context, codes: impl IntoIterator<Item = crate::domain::codes::DepartmentCode>) -> List<Department> {
    let territories = &context.office().territories;
    Department::hand_out(context, codes.into_iter().filter_map(|code| territories.department(&code).cloned())).into()
}

impl Department {
    /// Departments that are handed out together, and so load what hangs on them together.
    pub fn hand_out(context: &Context, departments: impl IntoIterator<Item = domain::Department>) -> Vec<Self> {
        let departments: Vec<Self> = departments.into_iter().map(Self).collect();
        context.loaders.expect_departments(departments.iter().map(|department| &department.0.code));
        departments
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A department.
impl Department {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Department(self.0.code.clone()).into()
    }
    /// INSEE code.
    pub fn code(&self) -> DepartmentCode {
        DepartmentCode(self.0.code.clone())
    }
    /// French name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
    /// Its region of today.
    pub fn region(&self, context: &Context) -> ApiResult<Region> {
        let region = context.office().territories.region(&self.0.region).cloned();
        region.map(Region).ok_or_else(|| Error::Internal(format!("no region {}", self.0.region)).into())
    }
    /// Its defence zone of today.
    pub fn defence_zone(&self, context: &Context) -> ApiResult<DefenceZone> {
        let zone = context.office().territories.zone(&self.0.zone).cloned();
        zone.map(DefenceZone).ok_or_else(|| Error::Internal(format!("no defence zone {}", self.0.zone)).into())
    }
    /// The parquets that reach into it.
    pub fn parquets(&self, context: &Context) -> Vec<Parquet> {
        context.office().territories.parquets_of(&self.0.code).cloned().map(Parquet).collect()
    }
    /// The parquet whose procureur signs the plan; the department's seat unless set otherwise. The other parquets put their visa.
    pub fn coordinating_parquet(&self, context: &Context) -> ApiResult<Parquet> {
        let parquet = context.office().territories.parquet(&self.0.coordinating_parquet).cloned();
        parquet.map(Parquet).ok_or_else(|| Error::Internal(format!("no parquet {}", self.0.coordinating_parquet)).into())
    }
    /// Mayotte became a department on 2011-03-31: before, nothing was expected of it.
    pub fn department_since(&self) -> Option<Date> {
        self.0.since.map(Date)
    }
    /// Its plan; absent outside the viewer's territory.
    pub fn plan(&self, context: &Context) -> ApiResult<Option<Plan>> {
        Plan::of(context, &self.0.code)
    }
    /// Outline. tolerance, in metres: the coarsest stored outline (10, 50, 250, 1000 m) that is not coarser than asked for; left out, the
    /// outline as it was loaded. Absent while none is loaded.
    pub fn boundary(
        &self,
        context: &Context,
        #[graphql(description = "In metres: how far the outline may differ from the one as drawn.")] tolerance: Option<f64>,
    ) -> ApiResult<Option<GeoJson>> {
        let tolerance = stored_tolerance(tolerance);
        let loaders = &context.loaders.schools;
        loaders.expect_boundaries(tolerance);
        let outline = loaders.boundaries.load(&(self.0.code.clone(), tolerance), |wanted| {
            let codes: Vec<_> = wanted.into_iter().map(|(code, _)| code).collect();
            let found = context.read(|call| boundaries::texts(call, &codes, tolerance))?;
            found.into_iter().map(|(code, text)| Ok(((code, tolerance), Some(stored_geojson(&text)?)))).collect()
        })?;
        Ok(outline.map(GeoJson))
    }
    /// The schools of its directory that the viewer sees, by UAI; on the national list of today or not, covered by a deterrence objective
    /// of the plan in force or not.
    pub fn schools(
        &self,
        context: &Context,
        #[graphql(description = "On the national list of today (true), or not on it (false).")] listed: Option<bool>,
        #[graphql(description = "Covered by a deterrence objective of the plan in force (true), or not (false).")]
        covered: Option<bool>,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<SchoolConnection> {
        let request = SchoolsRequest::new(context, listed, covered, first, after.as_deref())?;
        School::of_department(context, &self.0.code, &request)
    }
    /// Its meetings, newest first; of a period if one is named. None outside the viewer's territory.
    pub fn meetings(
        &self,
        context: &Context,
        #[graphql(description = "Held in this period.")] period: Option<Period>,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<MeetingConnection> {
        Meeting::of_department(context, &self.0.code, period, first, after.as_deref())
    }
    /// What the circular of 2010 expects of it in a semester, and what was done.
    pub fn compliance(
        &self,
        context: &Context,
        #[graphql(description = "The semester.")] semester: Semester,
    ) -> ApiResult<Compliance> {
        Compliance::of(context, &self.0.code, semester.0)
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A region of today.
impl Region {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Region(self.0.code.clone()).into()
    }
    /// INSEE code.
    pub fn code(&self) -> &str {
        self.0.code.as_str()
    }
    /// French name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
    /// Its departments of today.
    pub fn departments(&self, context: &Context) -> List<Department> {
        departments(context, context.office().territories.departments_of_region(&self.0.code))
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A defence zone of today.
impl DefenceZone {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::DefenceZone(self.0.code.clone()).into()
    }
    /// Stable code.
    pub fn code(&self) -> &str {
        self.0.code.as_str()
    }
    /// French name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
    /// Its departments of today; two overseas zones have none.
    pub fn departments(&self, context: &Context) -> List<Department> {
        departments(context, context.office().territories.departments_of_zone(&self.0.code))
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// The public prosecutor's office of a tribunal judiciaire.
impl Parquet {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Parquet(self.0.code.clone()).into()
    }
    /// Stable code.
    pub fn code(&self) -> &str {
        self.0.code.as_str()
    }
    /// French name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
    /// Seat of its court of appeal.
    pub fn court_of_appeal(&self) -> &str {
        &self.0.court_of_appeal
    }
    /// The departments that it reaches into.
    pub fn departments(&self, context: &Context) -> List<Department> {
        departments(context, self.0.departments.iter().cloned())
    }
}
