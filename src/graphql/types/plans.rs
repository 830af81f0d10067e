//! A department's plan in GraphQL.

use std::sync::Arc;

use juniper::{ID, graphql_object};

use super::node::NodeValue;
use super::revisions::{PlanRevision, PlanRevisionConnection};
use super::territory::Department;
use crate::domain::codes::DepartmentCode;
use crate::graphql::connection::{Page, PageRequest};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::value::PaltsScalar;
use crate::store::revisions as store;
use crate::workflow::{Error, revisions};

/// A department's plan: its revisions, one semester after the other.
#[derive(Clone)]
pub struct Plan(pub Arc<store::Plan>);

impl Plan {
    /// The plan of a department, as far as the viewer sees it.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN for a viewer who reads no plan at all.
    pub fn of(context: &Context, department: &DepartmentCode) -> ApiResult<Option<Self>> {
        let loaders = &context.loaders.revisions;
        let plan = loaders.plans.load(department, |codes| {
            let found = context.read(|call| revisions::plans(call, &codes))?;
            loaders.heads.expect(
                found.values().flat_map(|plan| plan.current.into_iter().chain(plan.pending).map(|number| plan.key(number))),
            );
            Ok(found.into_iter().map(|(code, plan)| (code, Some(plan))).collect())
        })?;
        Ok(plan.map(Self))
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A department's plan: its revisions, one semester after the other.
impl Plan {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Plan(self.0.department.clone()).into()
    }
    /// Whose plan it is.
    pub fn department(&self, context: &Context) -> ApiResult<Department> {
        let found = context.office().territories.department(&self.0.department).cloned();
        found.map(Department).ok_or_else(|| Error::Internal(format!("no department {}", self.0.department)).into())
    }
    /// The plan in force: of the latest semester, the last revision that is TRANSMITTED or ACKNOWLEDGED.
    pub fn current(&self, context: &Context) -> ApiResult<Option<PlanRevision>> {
        match self.0.current {
            Some(number) => PlanRevision::of(context, &self.0.key(number)),
            None => Ok(None),
        }
    }
    /// The one revision that is being worked on, if any: DRAFT, SUBMITTED or SIGNED. Seen inside the department only.
    pub fn pending(&self, context: &Context) -> ApiResult<Option<PlanRevision>> {
        match self.0.pending {
            Some(number) => PlanRevision::of(context, &self.0.key(number)),
            None => Ok(None),
        }
    }
    /// Its revisions that the viewer sees, latest first.
    pub fn revisions(
        &self,
        context: &Context,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<PlanRevisionConnection> {
        let request = PageRequest::new("revisions", first, after.as_deref(), &context.office().rules)?;
        let before = request.after_key()?;
        let department = self.0.department.clone();
        let found = context.read(|call| revisions::page(call, &department, before, request.first + 1))?;
        let revisions = PlanRevision::hand_out(context, found);
        let total = Box::new(move |context: &Context| {
            let total = context.read(|call| revisions::total(call, &department))?;
            Ok(i32::try_from(total).unwrap_or(i32::MAX))
        });
        Ok(PlanRevisionConnection(Page::new(&request, revisions, |one| one.0.revision.key.number.to_string(), total)))
    }
}
