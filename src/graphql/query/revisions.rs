//! Questions about plans and revisions.

use juniper::ID;

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::DepartmentCode;
use crate::graphql::types::plans::Plan;
use crate::graphql::types::revisions::PlanRevision;

/// A department's plan.
pub fn plan(context: &Context, department: DepartmentCode) -> ApiResult<Option<Plan>> {
    Plan::of(context, &department.0)
}

/// A revision by its id; an id of anything else names none.
pub fn plan_revision(context: &Context, id: &ID) -> ApiResult<Option<PlanRevision>> {
    context.read(|call| call.require_signed_in())?;
    match NodeId::revision(id) {
        Ok(key) => PlanRevision::of(context, &key),
        Err(_) => Ok(None),
    }
}
