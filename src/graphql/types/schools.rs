//! A school of the directory in GraphQL.

use std::sync::Arc;

use juniper::{ID, graphql_object};

use super::enums::SchoolKind;
use super::node::NodeValue;
use super::objectives::Objective;
use super::sectors::{Sector, point};
use super::territory::Department;
use crate::connection;
use crate::domain::codes::{DepartmentCode, Uai};
use crate::graphql::connection::{Page, PageRequest};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::GeoJson;
use crate::graphql::value::PaltsScalar;
use crate::store::schools::{self as store, SchoolFilter};
use crate::workflow::schools::{self, Listing};
use crate::workflow::{Error, objectives, sectors};

/// A school of the directory. The sensitive ones are those on the national list.
#[derive(Clone)]
pub struct School(pub Arc<store::School>);

connection!(SchoolConnection, SchoolEdge, School);

/// What a list of schools is asked for.
pub struct SchoolsRequest {
    /// The page.
    pub page: PageRequest,
    /// What is listed.
    pub listing: Listing,
}

impl SchoolsRequest {
    /// Reads the arguments of a list of schools.
    ///
    /// # Errors
    /// INVALID or LIMIT for the page.
    pub fn new(
        context: &Context,
        listed: Option<bool>,
        covered: Option<bool>,
        first: Option<i32>,
        after: Option<&str>,
    ) -> ApiResult<Self> {
        let page = PageRequest::new("schools", first, after, &context.office().rules)?;
        let listing = Listing { filter: SchoolFilter { listed, covered }, after: page.after_key()?, limit: page.first };
        Ok(Self { page, listing })
    }

    /// The page of what was found.
    #[must_use]
    pub fn answer(
        &self,
        context: &Context,
        department: Option<DepartmentCode>,
        found: Vec<Arc<store::School>>,
    ) -> SchoolConnection {
        let filter = self.listing.filter.clone();
        let total = Box::new(move |context: &Context| {
            let total = context.read(|call| schools::total(call, department.as_ref(), &filter))?;
            Ok(i32::try_from(total).unwrap_or(i32::MAX))
        });
        let schools = School::hand_out(context, found);
        SchoolConnection(Page::new(&self.page, schools, |school| school.0.uai.to_string(), total))
    }
}

impl School {
    /// Schools that are handed out together, and so load what hangs on them together.
    pub fn hand_out(context: &Context, found: Vec<Arc<store::School>>) -> Vec<Self> {
        context.loaders.schools.expect(found.iter().map(|school| &school.uai));
        context.loaders.expect_departments(found.iter().map(|school| &school.department));
        found.into_iter().map(Self).collect()
    }

    /// A school by its UAI, if the viewer sees it.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN for a viewer who reads no school at all.
    pub fn of(context: &Context, uai: &Uai) -> ApiResult<Option<Self>> {
        let found = context.loaders.schools.by_uai.load(uai, |uais| {
            let found = context.read(|call| schools::by_uai(call, &uais))?;
            context.loaders.schools.expect(found.keys());
            Ok(found.into_iter().map(|(uai, school)| (uai, Some(school))).collect())
        })?;
        Ok(found.map(Self))
    }

    /// The schools that objects already handed out name, those of today's directory that the viewer sees.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn named(context: &Context, uais: impl IntoIterator<Item = Uai>) -> ApiResult<Vec<Self>> {
        uais.into_iter().filter_map(|uai| Self::of(context, &uai).transpose()).collect()
    }

    /// A page of the schools of a department that was handed out.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN for a viewer who reads no school at all.
    pub fn of_department(
        context: &Context,
        department: &DepartmentCode,
        request: &SchoolsRequest,
    ) -> ApiResult<SchoolConnection> {
        let loaders = &context.loaders.schools;
        let listing = &request.listing;
        loaders.expect_pages(listing);
        let found = loaders.pages.load(&(department.clone(), listing.clone()), |wanted| {
            let departments: Vec<DepartmentCode> = wanted.into_iter().map(|(department, _)| department).collect();
            let found = context.read(|call| schools::of_departments(call, &departments, listing))?;
            loaders.expect(found.values().flatten().map(|school| &school.uai));
            Ok(found.into_iter().map(|(department, schools)| ((department, listing.clone()), schools)).collect())
        })?;
        Ok(request.answer(context, Some(department.clone()), found))
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A school of the directory. The sensitive ones are those on the national list.
impl School {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::School(self.0.uai.clone()).into()
    }
    /// Unité administrative immatriculée: 7 digits and a check letter.
    pub fn uai(&self) -> &str {
        self.0.uai.as_str()
    }
    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
    /// What kind of school.
    pub fn kind(&self) -> SchoolKind {
        self.0.kind.into()
    }
    /// The department that keeps it.
    pub fn department(&self, context: &Context) -> ApiResult<Department> {
        let found = context.office().territories.department(&self.0.department).cloned();
        found.map(Department).ok_or_else(|| Error::Internal(format!("no department {}", self.0.department)).into())
    }
    /// Where it is: a Point.
    pub fn location(&self) -> ApiResult<GeoJson> {
        point(self.0.location)
    }
    /// Whether it is on the national list of the most sensitive schools today.
    pub fn listed(&self, context: &Context) -> ApiResult<bool> {
        context.loaders.schools.listed.load(&self.0.uai, |uais| {
            let found = context.read(|call| schools::listed(call, &uais))?;
            Ok(found.into_iter().map(|uai| (uai, true)).collect())
        })
    }
    /// The sectors of the plan in force that contain the school or lie within 300 m of it, nearest first.
    pub fn sectors(&self, context: &Context) -> ApiResult<Vec<Sector>> {
        let found = context.loaders.schools.sectors.load(&self.0.uai, |uais| {
            let found = context.read(|call| sectors::near_schools(call, &uais))?;
            let whole = found.values().flatten().filter_map(|seen| seen.whole().ok());
            context.loaders.sectors.expect(whole.map(|sector| &sector.key));
            Ok(found)
        })?;
        Ok(found.into_iter().map(Sector).collect())
    }
    /// The objectives of the plan in force that name the school or one of its sectors, most urgent first.
    pub fn objectives(&self, context: &Context) -> ApiResult<Vec<Objective>> {
        let found = context.loaders.schools.objectives.load(&self.0.uai, |uais| {
            let found = context.read(|call| objectives::concerning_schools(call, &uais))?;
            Objective::expect(context, found.values().flatten());
            Ok(found)
        })?;
        Ok(found.into_iter().map(Objective).collect())
    }
    /// True when a DETERRENCE objective of the plan in force names the school or one of its sectors.
    pub fn covered(&self, context: &Context) -> ApiResult<bool> {
        context.loaders.schools.covered.load(&self.0.uai, |uais| {
            let found = context.read(|call| schools::covered(call, &uais))?;
            Ok(found.into_iter().map(|uai| (uai, true)).collect())
        })
    }
}
